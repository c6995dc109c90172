//! SVG plots with a row for each function and a dot for each figure. The axis is logarithmic, because the
//! start of an interpreter takes about a hundred times as long as that of a floor.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use crate::artefacts::{Kind, Subject};
use crate::sample::Sample;
use crate::statistics::{median, ms, quantile};
use crate::table::Transport;

/// The label of a set of dots, and the figure that they show.
type Series = (&'static str, fn(&Sample) -> Duration);

const STARTS: &[Series] = &[
    ("start", |sample| median(&sample.start)),
    ("start and first request", |sample| median(&sample.start) + median(&sample.first)),
];
const LATENCIES: &[Series] = &[
    ("p50", |sample| median(&sample.warm)),
    ("p99", |sample| quantile(&sample.warm, 0.99)),
    ("first request", |sample| median(&sample.first)),
];

const COLOURS: [&str; 3] = ["#0072b2", "#d55e00", "#009e73"];
const LEFT: f64 = 190.0;
const RIGHT: f64 = 730.0;
const TOP: f64 = 78.0;
const ROW: f64 = 44.0;
const LINE: f64 = 12.0;

/// Writes `start.svg` and `latency.svg`.
pub fn write(folder: &Path, subjects: &[Subject], transport: &Transport) {
    std::fs::create_dir_all(folder).expect("a folder");
    for (file, title, series) in [
        ("start.svg", "Start of an instance", STARTS),
        ("latency.svg", "A request to an instance that runs", LATENCIES),
    ] {
        let title = format!("{title}, milliseconds, DynamoDB over {}", transport.name);
        let svg = dots(&title, subjects, &transport.samples, series);
        std::fs::write(folder.join(file), svg).expect("a file");
    }
}

fn dots(title: &str, subjects: &[Subject], samples: &[Sample], series: &[Series]) -> String {
    let all = samples.iter().flat_map(|sample| series.iter().map(|(_, of)| ms(of(sample))));
    let (mut least, mut most) = (f64::MAX, f64::MIN);
    for value in all {
        (least, most) = (least.min(value), most.max(value));
    }
    let (first, last) = (least.log10().floor(), most.log10().ceil());
    let x = |value: f64| LEFT + (value.log10() - first) / (last - first) * (RIGHT - LEFT);
    let bottom = TOP + ROW * subjects.len() as f64;

    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 760 {}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"760\" height=\"{}\" fill=\"white\"/>\n\
         <text x=\"16\" y=\"24\" font-size=\"15\" font-weight=\"bold\">{title}</text>\n",
        bottom + 32.0,
        bottom + 32.0,
    );
    for (at, (name, _)) in series.iter().enumerate() {
        let left = LEFT + 190.0 * at as f64;
        let _ = writeln!(
            svg,
            "<circle cx=\"{left}\" cy=\"46\" r=\"6\" fill=\"{}\"/><text x=\"{}\" y=\"51\">{name}</text>",
            COLOURS[at],
            left + 12.0,
        );
    }
    for power in first as i32..=last as i32 {
        let value = 10_f64.powi(power);
        let _ = writeln!(
            svg,
            "<line x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"{1}\" y2=\"{bottom}\" stroke=\"#ccc\"/>\
             <text x=\"{0:.1}\" y=\"{2}\" text-anchor=\"middle\" fill=\"#555\">{value}</text>",
            x(value),
            TOP - 12.0,
            bottom + 18.0,
        );
    }
    for (row, (subject, sample)) in subjects.iter().zip(samples).enumerate() {
        let y = TOP + ROW * row as f64 + ROW / 2.0;
        let weight = if subject.kind == Kind::Product { "bold" } else { "normal" };
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" font-weight=\"{weight}\">{}</text>\
             <line x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{y}\" y2=\"{y}\" stroke=\"#eee\"/>",
            LEFT - 12.0,
            y + 4.0,
            subject.name,
        );
        for (at, (_, of)) in series.iter().enumerate() {
            let value = ms(of(sample));
            // Each series has its own line, so that close figures remain readable.
            let line = y + LINE * (at as f64 - (series.len() - 1) as f64 / 2.0);
            let _ = writeln!(
                svg,
                "<circle cx=\"{0:.1}\" cy=\"{line}\" r=\"5\" fill=\"{1}\"><title>{value:.2}</title></circle>\
                 <text x=\"{2:.1}\" y=\"{3}\" font-size=\"10\">{4}</text>",
                x(value),
                COLOURS[at],
                x(value) + 9.0,
                line + 3.5,
                if value < 10.0 { format!("{value:.2}") } else { format!("{value:.0}") },
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}
