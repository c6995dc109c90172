//! What is measured: how it is built, and how it is started.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A function to be measured.
pub struct Subject {
    pub name: &'static str,
    pub kind: Kind,
    /// Program and arguments.
    pub command: Vec<String>,
    /// What is deployed, where it is one file.
    pub binary: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Does nothing, or the bare calls.
    Floor,
    Product,
    /// The same as somebody would write it in another language.
    Peer,
}

pub const HTTP: &str = "empty lambda_http";
pub const RUNTIME: &str = "empty lambda_runtime";
pub const CALLS: &str = "two bare SDK calls";
pub const ROLLCALL: &str = "rollcall";

/// The folder of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("a folder")
}

/// The floors of these names, and the product.
pub fn rust(floors: &[&'static str], product: Option<PathBuf>) -> Vec<Subject> {
    let subject = |name, kind, binary: PathBuf| Subject {
        name,
        kind,
        command: vec![binary.to_str().expect("a path that is UTF-8").to_owned()],
        binary: Some(binary),
    };
    let package = |name: &str| match name {
        HTTP => "floor-http",
        RUNTIME => "floor-runtime",
        CALLS => "floor-calls",
        other => panic!("{other} is no floor"),
    };
    let floor = |name: &&'static str| subject(*name, Kind::Floor, build("benches", package(name)));
    let mut subjects: Vec<_> = floors.iter().map(floor).collect();
    let product = product.unwrap_or_else(|| build(".", ROLLCALL));
    subjects.push(subject(ROLLCALL, Kind::Product, product));
    subjects
}

/// For the processors of Lambda, as `cargo lambda build` compiles what is deployed.
const RUSTFLAGS: &str = if cfg!(target_arch = "x86_64") {
    "-C target-cpu=haswell"
} else {
    "-C target-cpu=neoverse-n1"
};

/// One package at a time, so that none gets a feature that another asks for.
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

/// The peers whose runtime and packages are installed; says of the others what they lack.
pub fn peers() -> Vec<Subject> {
    let python = ["python3", "-c", "import boto3, sys; print(sys.executable)"];
    let node = "require('@aws-sdk/client-dynamodb'); console.log(process.execPath)";
    let node = ["node", "-e", node];
    [
        ("Python, boto3", python, "python/bootstrap.py", "`pip install boto3`"),
        ("Node.js, SDK v3", node, "node/bootstrap.cjs", "`npm install` in benches/peers/node"),
    ]
    .into_iter()
    .filter_map(|(name, program, file, install)| {
        let folder = root().join("benches/peers");
        let Some(interpreter) = output(&program, &folder.join("node")) else {
            eprintln!("skipped: {name}; it needs {} and {install}", program[0]);
            return None;
        };
        let script = folder.join(file).to_str()?.to_owned();
        Some(Subject { name, kind: Kind::Peer, command: vec![interpreter, script], binary: None })
    })
    .collect()
}

/// What a program prints; `None` where it fails or is not there.
pub fn output(command: &[&str], folder: &Path) -> Option<String> {
    let (program, arguments) = command.split_first()?;
    let ran = Command::new(program).args(arguments).current_dir(folder).output().ok()?;
    ran.status.success().then(|| String::from_utf8_lossy(&ran.stdout).trim().to_owned())
}

/// Where a program is; `None` where it is not installed.
pub fn which(program: &str) -> Option<String> {
    let folders = std::env::var_os("PATH")?;
    let file = std::env::split_paths(&folders).map(|f| f.join(program)).find(|f| f.is_file())?;
    file.to_str().map(str::to_owned)
}

/// Of a file, and of what it is in a zip.
pub fn sizes(binary: &Path) -> (u64, u64) {
    let bytes = std::fs::read(binary).expect("a binary");
    let mut zip = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut zip, &bytes).expect("memory");
    // The zip's own headers are 122 bytes and the name `bootstrap` twice.
    (bytes.len() as u64, zip.finish().expect("memory").len() as u64 + 140)
}
