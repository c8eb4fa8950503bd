//! One query of a page, run through the program, its answer compared with the table beneath it.

use std::process::{Command, Output};

use libtest_mimic::Failed;
use serde_json::Value;

use crate::folder::Folder;
use crate::page::Section;

pub fn check(section: &Section, language: &str, query: &str) -> Result<(), Failed> {
    let folder = Folder::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_trapline"));
    command.current_dir(&folder.0).args(["query", "--language", language, "--format", "json", query]);
    command.args(&section.options);
    for (name, text) in &section.data {
        std::fs::write(folder.0.join(name), format!("{text}\n"))?;
        command.args(["--data", name]);
    }
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if let Some(expected) = &section.says {
        says(expected, &said)?;
    }
    ends_well(section, output.status.code()).map_err(|why| format!("{why}:\n{said}"))?;
    match &section.table {
        Some(expected) => compare(expected, &output, &said, language == "sigma"),
        None if section.says.is_some() => Ok(()),
        None => Err("the section expects nothing: add a table or a `says` block".into()),
    }
}

/// A table comes from a query that ran: over all the evidence, unless the page says what was not read. An error is 2.
fn ends_well(section: &Section, code: Option<i32>) -> Result<(), String> {
    let is_error = |says: &String| says.lines().any(|line| line.trim_start().starts_with("error"));
    let expected: &[i32] = match (&section.table, &section.says) {
        (Some(_), Some(_)) => &[0, 4],
        (Some(_), None) => &[0],
        (None, Some(says)) if is_error(says) => &[2],
        (None, _) => &[0, 2, 4],
    };
    let is_expected = code.is_some_and(|code| expected.contains(&code));
    if is_expected { Ok(()) } else { Err(format!("exit {code:?}, not one of {expected:?}")) }
}

/// Every expected line stands in what was said, in order.
pub fn says(expected: &str, said: &str) -> Result<(), Failed> {
    let mut rest = said;
    for line in expected.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match rest.find(line) {
            Some(at) => rest = &rest[at + line.len()..],
            None => return Err(format!("not said: {line}\nbut:\n{said}").into()),
        }
    }
    Ok(())
}

/// A Sigma rule gives every column of its log source: of those the table shows some.
fn compare(expected: &[Vec<String>], output: &Output, said: &str, some_columns: bool) -> Result<(), Failed> {
    let text = String::from_utf8_lossy(&output.stdout);
    let answer: Value = serde_json::from_str(&text).map_err(|error| format!("{error} in:\n{text}\n{said}"))?;
    let columns = answer["columns"].as_array().ok_or("the answer has no columns")?;
    let header = columns.iter().map(|column| format!("{}: {}", plain(&column["name"]), plain(&column["type"])));
    let mut actual = vec![header.collect::<Vec<_>>()];
    for row in answer["rows"].as_array().ok_or("the answer has no rows")? {
        actual.push(row.as_array().ok_or("a row is no array")?.iter().map(plain).collect());
    }
    if some_columns {
        let header = actual.first().cloned().unwrap_or_default();
        let shown = expected.first().into_iter().flatten();
        let chosen: Vec<usize> = shown.filter_map(|name| header.iter().position(|known| known == name)).collect();
        for row in &mut actual {
            *row = chosen.iter().filter_map(|index| row.get(*index).cloned()).collect();
        }
    }
    if actual == expected {
        return Ok(());
    }
    let show = |rows: &[Vec<String>]| rows.iter().map(|row| format!("| {} |\n", row.join(" | "))).collect::<String>();
    Err(format!("expected:\n{}but got:\n{}{said}", show(expected), show(&actual)).into())
}

/// A value as a table's cell: strings bare, the rest as JSON.
pub fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}
