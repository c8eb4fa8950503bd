//! Detections of a page, hunted over its events or checked without any, and what is found or said compared with the page.

use std::process::{Command, Output};

use libtest_mimic::Failed;
use serde_json::Value;

use crate::folder::Folder;
use crate::page::Section;
use crate::query::{plain, says};

/// A section with events is a hunt; one without is a check.
pub fn check(section: &Section) -> Result<(), Failed> {
    let folder = Folder::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_trapline"));
    command.current_dir(&folder.0);
    let is_hunt = !section.data.is_empty();
    command.args(if is_hunt { ["hunt", "--format", "ndjson"] } else { ["check", "--format", "table"] });
    for (name, text) in &section.data {
        std::fs::write(folder.0.join(name), format!("{text}\n"))?;
        command.arg(name);
    }
    for (name, text) in &section.rules {
        std::fs::write(folder.0.join(name), format!("{text}\n"))?;
        if is_hunt && !name.starts_with("placeholders") {
            command.arg("--detections");
        } else if name.starts_with("placeholders") {
            command.arg("--placeholders");
        }
        command.arg(name);
    }
    command.args(&section.options);
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if let Some(expected) = &section.says {
        says(expected, &said)?;
    }
    ends_well(section, is_hunt, output.status.code()).map_err(|why| format!("{why}:\n{said}"))?;
    for (name, expected) in &section.mended {
        let text = std::fs::read_to_string(folder.0.join(name))?;
        if text.trim_end() != expected.trim_end() {
            return Err(format!("{name} is\n{text}and not\n{expected}").into());
        }
    }
    match &section.table {
        Some(expected) => compare(expected, &output, &said),
        None => Ok(()),
    }
}

/// What is found is 1; what could not run is said, and is 2 where nothing was found. A check fails by its errors.
fn ends_well(section: &Section, is_hunt: bool, code: Option<i32>) -> Result<(), String> {
    let is_error = |says: &String| says.lines().any(|line| line.trim_start().starts_with("error"));
    let has_errors = section.says.as_ref().is_some_and(is_error);
    let has_rows = section.table.as_ref().is_some_and(|table| table.len() > 1);
    let expected = match (is_hunt, has_errors, has_rows) {
        (true, _, true) | (false, true, _) => 1,
        (true, true, false) => 2,
        (true, false, false) | (false, false, _) => 0,
    };
    if code == Some(expected) { Ok(()) } else { Err(format!("exit {code:?}, not {expected}")) }
}

/// A column is a key of the finding, `records` for its events' numbers, or a column of its row.
fn compare(expected: &[Vec<String>], output: &Output, said: &str) -> Result<(), Failed> {
    let text = String::from_utf8_lossy(&output.stdout);
    let names = expected.first().ok_or("the table has no header")?;
    let mut actual = vec![names.clone()];
    for line in text.lines() {
        let finding: Value = serde_json::from_str(line).map_err(|error| format!("{error} in:\n{line}\n{said}"))?;
        let cell = |name: &String| match (name.as_str(), &finding[name], &finding["row"][name]) {
            ("records", ..) => {
                let events = finding["events"].as_array().into_iter().flatten();
                events.map(|event| plain(&event["record"])).collect::<Vec<_>>().join(" ")
            }
            (_, Value::Null, of_row) => plain(of_row),
            (_, of_finding, _) => plain(of_finding),
        };
        actual.push(names.iter().map(cell).collect());
    }
    if actual == expected {
        return Ok(());
    }
    let show = |rows: &[Vec<String>]| rows.iter().map(|row| format!("| {} |\n", row.join(" | "))).collect::<String>();
    Err(format!("expected:\n{}but got:\n{}{said}", show(expected), show(&actual)).into())
}
