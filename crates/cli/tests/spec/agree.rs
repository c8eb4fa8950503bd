//! Agreement of the two ways that a plan can run: a hunt's sweep over all detections, and the engine on one query.
//!
//! For every variant of every built-in detection, a hunt over the samples and its tests' events finds as much as the query has rows.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::folder::Folder;
use crate::package::ran_whole;

const VARIANTS: [(&str, &str); 3] = [("kql", "query.kql"), ("aql", "query.aql"), ("sigma", "rule.yml")];

/// One test for each variant.
pub fn trials(root: &Path) -> Vec<Trial> {
    let mut trials = Vec::new();
    for package in packages(&root.join("detections")) {
        for (language, file) in VARIANTS {
            let (root, text) = (root.to_path_buf(), package.join(file));
            // A correlation looks at what other rules found, and no query can say it.
            let is_query = std::fs::read_to_string(&text).is_ok_and(|text| !text.contains("\ncorrelation:"));
            if !is_query {
                continue;
            }
            let name = text.strip_prefix(&root).expect("a package lies under the root").display().to_string();
            let package = package.clone();
            trials.push(Trial::test(format!("agreement {name}"), move || check(&root, &package, language, &text)));
        }
    }
    trials
}

fn packages(folder: &Path) -> Vec<PathBuf> {
    if folder.join("detection.toml").exists() {
        return vec![folder.to_path_buf()];
    }
    let entries = std::fs::read_dir(folder).expect("the folder of detections");
    let folders = entries.map(|entry| entry.expect("an entry of it").path()).filter(|path| path.is_dir());
    let mut found: Vec<PathBuf> = folders.flat_map(|path| packages(&path)).collect();
    found.sort();
    found
}

fn check(root: &Path, package: &Path, language: &str, text: &Path) -> Result<(), Failed> {
    let about: toml::Table = toml::from_str(&std::fs::read_to_string(package.join("detection.toml"))?)?;
    let id = about["id"].as_str().ok_or("a detection has an id")?;
    let evidence = [root.join("samples"), package.join("tests")];
    let found = hunted(root, &evidence, id, language)?;
    let text = std::fs::read_to_string(text)?;
    // A Sigma file holds several rules, and a query is one.
    let queries = if language == "sigma" { text.split("\n---\n").collect() } else { vec![text.as_str()] };
    let mut rows = 0;
    for query in queries {
        rows += queried(root, &evidence, language, query)?;
    }
    if found == 0 {
        return Err("the evidence holds nothing for this variant: agreement would say nothing".into());
    }
    if found != rows {
        return Err(format!("a hunt finds {found} times, and the query gives {rows} rows").into());
    }
    Ok(())
}

/// How much a hunt finds by one variant.
fn hunted(root: &Path, evidence: &[PathBuf], id: &str, language: &str) -> Result<u64, Failed> {
    let folder = Folder::new();
    let summary = folder.0.join("summary.json");
    let mut command = Command::new(env!("CARGO_BIN_EXE_trapline"));
    command.current_dir(root).arg("hunt").args(evidence);
    command.args(["--format", "ndjson", "--only", id, "--variant", language]);
    let output = command.arg("--summary").arg(&summary).output()?;
    ran_whole(&output, &summary).map_err(|why| told(&why, &output))?;
    let findings = String::from_utf8_lossy(&output.stdout).into_owned();
    let findings = findings.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
    Ok(findings.len() as u64)
}

/// Rows of one query.
fn queried(root: &Path, evidence: &[PathBuf], language: &str, query: &str) -> Result<u64, Failed> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trapline"));
    command.current_dir(root).args(["query", "--window", "all", "--format", "json"]);
    for path in evidence {
        command.arg("--data").arg(path);
    }
    let output = command.args(["--language", language, "--", query]).output()?;
    if output.status.code() != Some(0) {
        return Err(told("the query did not run", &output).into());
    }
    let answer: Value = serde_json::from_slice(&output.stdout)?;
    Ok(answer["rows"].as_array().ok_or("the answer has no rows")?.len() as u64)
}

fn told(why: &str, output: &Output) -> String {
    format!("{why} (exit {:?}):\n{}", output.status.code(), String::from_utf8_lossy(&output.stderr))
}
