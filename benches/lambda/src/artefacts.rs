//! The functions to measure: how they are built and started.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A function to measure.
pub struct Subject {
    pub name: &'static str,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// The deployed file; `None` for one in another language, which is not a single file.
    pub binary: Option<PathBuf>,
}

pub const HTTP: &str = "empty lambda_http";
pub const RUNTIME: &str = "empty lambda_runtime";
pub const CALLS: &str = "two bare SDK calls";
pub const ROLLCALL: &str = "rollcall";

/// The root folder of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("a folder")
}

/// Builds the baselines with these names and the product; `product` is a binary to use instead of
/// building one.
pub fn rust(baselines: &[&'static str], product: Option<PathBuf>) -> Vec<Subject> {
    let subject = |name, binary: PathBuf| Subject {
        name,
        command: vec![binary.to_str().expect("a path that is UTF-8").to_owned()],
        binary: Some(binary),
    };
    let package = |name: &str| match name {
        HTTP => "baseline-http",
        RUNTIME => "baseline-runtime",
        CALLS => "baseline-calls",
        other => panic!("{other} is no baseline"),
    };
    let baseline = |name: &&'static str| subject(*name, build("benches", package(name)));
    let mut subjects: Vec<_> = baselines.iter().map(baseline).collect();
    let product = product.unwrap_or_else(|| build(".", ROLLCALL));
    subjects.push(subject(ROLLCALL, product));
    subjects
}

/// The processors of Lambda, for which `cargo lambda build` compiles the deployed binary.
const RUSTFLAGS: &str = if cfg!(target_arch = "x86_64") {
    "-C target-cpu=haswell"
} else {
    "-C target-cpu=neoverse-n1"
};

/// Builds one package at a time, so that cargo does not unify its features with those of another.
fn build(workspace: &str, package: &str) -> PathBuf {
    let root = root();
    let target = root.join("target/measure");
    eprintln!("building {package}");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--release", "--locked", "--package", package])
        .args(["--bin", package])
        .arg("--target-dir")
        .arg(&target)
        .env("RUSTFLAGS", RUSTFLAGS)
        .current_dir(root.join(workspace))
        .status()
        .expect("cargo");
    assert!(status.success(), "{package} can't be built");
    target.join("release").join(package)
}

/// The functions in other languages whose runtime and packages are installed. Prints what is missing
/// for the others.
pub fn other_languages() -> Vec<Subject> {
    let python = ["python3", "-c", "import boto3, sys; print(sys.executable)"];
    let node = "require('@aws-sdk/client-dynamodb'); console.log(process.execPath)";
    let node = ["node", "-e", node];
    [
        ("Python, boto3", python, "python/bootstrap.py", "`pip install boto3`"),
        ("Node.js, SDK v3", node, "node/bootstrap.cjs", "`npm install` in benches/others/node"),
    ]
    .into_iter()
    .filter_map(|(name, program, file, install)| {
        let folder = root().join("benches/others");
        let Some(interpreter) = output(&program, &folder.join("node")) else {
            eprintln!("skipped: {name}; it needs {} and {install}", program[0]);
            return None;
        };
        let script = folder.join(file).to_str()?.to_owned();
        Some(Subject { name, command: vec![interpreter, script], binary: None })
    })
    .collect()
}

/// The output of a program; `None` if it fails or is not installed.
pub fn output(command: &[&str], folder: &Path) -> Option<String> {
    let (program, arguments) = command.split_first()?;
    let ran = Command::new(program).args(arguments).current_dir(folder).output().ok()?;
    ran.status.success().then(|| String::from_utf8_lossy(&ran.stdout).trim().to_owned())
}

/// The path of a program; `None` if it is not installed.
pub fn which(program: &str) -> Option<String> {
    let folders = std::env::var_os("PATH")?;
    let file = std::env::split_paths(&folders).map(|f| f.join(program)).find(|f| f.is_file())?;
    file.to_str().map(str::to_owned)
}

/// The size of a file in bytes, and the size of a zip that contains it.
pub fn sizes(binary: &Path) -> (u64, u64) {
    let bytes = std::fs::read(binary).expect("a binary");
    let mut zip = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut zip, &bytes).expect("memory");
    // A zip adds headers of 122 bytes and the name `bootstrap` twice.
    (bytes.len() as u64, zip.finish().expect("memory").len() as u64 + 140)
}
