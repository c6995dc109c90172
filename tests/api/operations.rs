//! Every operation is in the places that a new one must be added to, and that no other test reads.

use std::path::{Path, PathBuf};

use rollcall::operations::OPERATIONS;
use rollcall_testing::calls;
use serde_json::Value;

fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The words of a name, in lower case.
fn words(name: &str, separator: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push_str(separator);
        }
        words.extend(letter.to_lowercase());
    }
    words
}

/// The names of all members of a value.
fn members(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(elements) => elements.iter().flat_map(members).collect(),
        Value::Object(named) => {
            named.keys().map(String::as_str).chain(named.values().flat_map(members)).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn every_operation_is_in_the_suite_the_first_calls_and_the_readme() {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api/suite");
    let modules = read(suite.join("mod.rs"));
    let files = suite.read_dir().unwrap().map(|file| file.unwrap().path());
    let is_compiled = |file: &PathBuf| {
        let name = file.file_stem().unwrap().display().to_string();
        modules.contains(&format!("mod {name};\n"))
    };
    let suite = files.filter(is_compiled).map(read).collect::<String>() + &modules;
    let (first_calls, readme) = (read("examples/local/first_calls.sh"), read("README.md"));
    for name in OPERATIONS.iter().map(|operation| operation.name) {
        let request = format!(".{}()", words(name, "_"));
        assert!(suite.contains(&request), "tests/api/suite does not call {name}");
        let command = format!("aws chime-sdk-meetings {} ", words(name, "-"));
        assert!(first_calls.contains(&command), "examples/local/first_calls.sh has no {command}");
        let row = format!("| [{name}](https://");
        assert!(readme.contains(&row), "README.md has no row of {name}");
    }
}

#[test]
fn every_member_of_a_body_is_in_the_dictionary_of_the_fuzz_targets() {
    let dictionary = read("fuzz/members.dict");
    for name in calls::all().flat_map(|(_, call)| members(&call.body)) {
        assert!(dictionary.contains(&format!("\"{name}\"\n")), "{name}");
    }
}
