//! The house rules that matter, as a test over the repository's own files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

const LONGEST: usize = 500;
const MEDIAN: usize = 150;
/// Names that say nothing of what a file is about.
const EMPTY_NAMES: [&str; 9] = ["utils", "util", "helpers", "helper", "common", "misc", "manager", "handler", "mod"];
/// What a crate must not know, however indirectly it might be asked for.
const LAYERS: [(&str, &[&str]); 13] = [
    ("syntax", &["arrow", "datafusion", "functions", "plan", "telemetry", "engine"]),
    ("convert", &["arrow", "datafusion", "functions", "plan", "telemetry", "engine", "catalogue", "hunt", "render"]),
    ("functions", &["syntax", "plan", "telemetry", "engine"]),
    ("plan", &["telemetry", "engine", "catalogue", "hunt", "render", "evtx"]),
    ("telemetry", &["engine", "catalogue", "hunt", "render"]),
    ("engine", &["catalogue", "hunt", "render"]),
    ("lint", &["arrow", "datafusion", "functions", "plan", "telemetry", "engine", "hunt", "render"]),
    ("catalogue", &["arrow", "datafusion", "engine", "hunt", "render"]),
    ("render", &["datafusion", "plan", "engine", "hunt"]),
    ("hunt", &["cli", "clap", "indicatif", "evtx"]),
    ("proof", &["cli", "clap", "indicatif", "evtx"]),
    ("cli", &["arrow", "evtx", "xtask"]),
    ("xtask", &["datafusion", "engine", "catalogue", "hunt", "render", "cli"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All files below a folder with one of these endings, what is built left out.
fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && name != ".git" {
            found.extend(files(&path, endings));
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Fails with every offence at once.
fn none(offences: Vec<String>) {
    assert!(offences.is_empty(), "\n{}", offences.join("\n"));
}

#[test]
fn files_are_small_and_say_what_they_are_about() {
    let mut lengths = Vec::new();
    let mut offences = Vec::new();
    for path in files(&root().join("crates"), &[".rs"]) {
        let text = read(&path);
        let lines = text.lines().count();
        lengths.push(lines);
        if lines > LONGEST {
            offences.push(format!("{}: {lines} lines, more than {LONGEST}", path.display()));
        }
        if !text.starts_with("//! ") {
            offences.push(format!("{}: does not open with //! and its noun", path.display()));
        }
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        if EMPTY_NAMES.contains(&stem.as_str()) {
            offences.push(format!("{}: the name says nothing", path.display()));
        }
    }
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    if median > MEDIAN {
        offences.push(format!("the median file has {median} lines, more than {MEDIAN}"));
    }
    none(offences);
}

#[test]
fn nothing_is_left_for_later_or_hidden() {
    let forbidden = [
        "TO".to_string() + "DO",
        "FIX".to_string() + "ME",
        "#[ign".to_string() + "ore",
        "allow(dead".to_string() + "_code)",
    ];
    let mut offences = Vec::new();
    for path in files(&root().join("crates"), &[".rs"]) {
        for (number, line) in read(&path).lines().enumerate() {
            let is_glob = line.trim_start().starts_with("pub use ") && line.trim_end().ends_with("::*;");
            if is_glob || forbidden.iter().any(|word| line.contains(word.as_str())) {
                offences.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    none(offences);
}

#[test]
fn crates_know_only_what_lies_beneath_them() {
    let mut offences = Vec::new();
    let members = std::fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap().file_name());
    for member in members.filter(|member| LAYERS.iter().all(|(name, _)| member != name)) {
        offences.push(format!("{}: the layers do not say what it must not know", member.display()));
    }
    for (name, forbidden) in LAYERS {
        let manifest = read(&root().join("crates").join(name).join("Cargo.toml"));
        let depends = manifest.split("[dependencies]").nth(1).expect("a crate depends on others");
        let depends = depends.split("\n[").next().unwrap_or("");
        for line in depends.lines() {
            let dependency = line.split(['.', ' ', '=']).next().unwrap_or("");
            let is = |known: &&&str| {
                dependency == **known || (**known == "datafusion" && dependency.starts_with("datafusion"))
            };
            if forbidden.iter().any(|known| is(&known)) {
                offences.push(format!("{name} must not depend on {dependency}"));
            }
        }
    }
    none(offences);
}

#[test]
fn the_project_speaks_of_itself_alone() {
    let places = [
        "/wo".to_string() + "rk/",
        "crates".to_string() + ".io",
        "npm".to_string() + "js.com",
        "pypi".to_string() + ".org",
    ];
    let mut offences = Vec::new();
    for path in files(&root(), &[".rs", ".md", ".toml", ".kql", ".aql", ".yml"]) {
        if path.ends_with("Cargo.lock") {
            continue;
        }
        for (number, line) in read(&path).lines().enumerate() {
            if places.iter().any(|place| line.contains(place.as_str())) {
                offences.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    none(offences);
}
