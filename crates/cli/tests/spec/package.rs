//! The tests of a detection package, run through the program: what each variant must and must not find.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use libtest_mimic::Failed;
use serde_json::Value;

use crate::folder::Folder;

/// Every test file of every package below a folder.
pub fn tests(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else {
        return found;
    };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let is_test = path.parent().is_some_and(|parent| parent.ends_with("tests"));
        if path.is_dir() {
            found.extend(tests(&path));
        } else if is_test && path.extension().is_some_and(|ending| ending == "toml") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Each finding is of the variants that must fire and of no other, and there are as many as the test says.
pub fn check(path: &Path) -> Result<(), Failed> {
    let test: toml::Table = toml::from_str(&std::fs::read_to_string(path)?)?;
    let folder = path.parent().ok_or("a test lies in a folder")?;
    let events = folder.join(test["events"].as_str().ok_or("`events` is no text")?);
    let package = folder.parent().ok_or("the folder lies in a package")?;
    let temporary = Folder::new();
    let summary = temporary.0.join("summary.json");
    let output = Command::new(env!("CARGO_BIN_EXE_trapline"))
        .args(["hunt", "--format", "ndjson", "--detections"])
        .args([package, &events])
        .arg("--summary")
        .arg(&summary)
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ran_whole(&output, &summary).map_err(|why| format!("{why}:\n{said}"))?;
    let must = test["must"].as_table().ok_or("`must` is no table")?;
    let expected: Vec<&str> = ["kql", "aql", "sigma"]
        .into_iter()
        .filter(|name| must.get(*name).and_then(toml::Value::as_bool) == Some(true))
        .collect();
    let wanted = test.get("findings").and_then(toml::Value::as_integer).unwrap_or(0);
    let text = String::from_utf8_lossy(&output.stdout);
    let findings = text.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
    for finding in &findings {
        let variants: Vec<&str> =
            finding["variants"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if variants != expected {
            return Err(format!("found by {variants:?}, not by {expected:?}: {finding}").into());
        }
    }
    if findings.len() as i64 != wanted {
        return Err(format!("{} findings, not {wanted}:\n{text}{said}", findings.len()).into());
    }
    Ok(())
}

/// Nothing found counts only where every variant ran, over all of the evidence.
pub fn ran_whole(output: &Output, summary: &Path) -> Result<(), String> {
    if !matches!(output.status.code(), Some(0 | 1)) {
        return Err(format!("exit {:?}", output.status.code()));
    }
    let text = std::fs::read_to_string(summary).map_err(|error| format!("no summary: {error}"))?;
    let summary: Value = serde_json::from_str(&text).map_err(|error| format!("the summary is not JSON: {error}"))?;
    for place in ["/detections/failed", "/not_read"] {
        match summary.pointer(place).and_then(Value::as_array) {
            Some(entries) if entries.is_empty() => {}
            entries => return Err(format!("{place}: {entries:?}")),
        }
    }
    let count = |place| summary.pointer(place).and_then(Value::as_u64);
    match (count("/detections/ran"), count("/evidence/events")) {
        (Some(1..), Some(1..)) => Ok(()),
        (ran, events) => Err(format!("{ran:?} detections ran over {events:?} events")),
    }
}
