//! Packages that are broken in one place each: what `trapline check` says of them, which is one message at that place.
//!
//! A row of the page's tables says what is changed in the package that `trapline new` writes: in which file, what stands instead
//! of what (all of the file where nothing is named), and what is said of it.

use std::path::Path;
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::folder::Folder;
use crate::page::cells;

const PAGE: &str = "spec/cli/packages.md";
const HEADER: [&str; 5] = ["what", "file", "instead of", "stands", "said"];
/// What the template has to be given by its author.
const OF_TEMPLATE: [&str; 2] = ["LNT030", "LNT031"];

/// One test a row.
pub fn trials(root: &Path) -> Vec<Trial> {
    let text = std::fs::read_to_string(root.join(PAGE)).unwrap_or_default();
    let rows = text.lines().filter(|line| line.starts_with('|')).map(cells);
    let rows: Vec<Vec<String>> = rows.filter(|row| *row != HEADER && !row.iter().all(|cell| is_rule(cell))).collect();
    let count = rows.len();
    let mut trials = vec![Trial::test("packages › the page has its kinds of errors", move || {
        if count >= 40 { Ok(()) } else { Err(format!("{count} rows are left of the page").into()) }
    })];
    trials.extend(rows.into_iter().map(|row| {
        let name = format!("packages › {}", row.first().map_or("", String::as_str));
        Trial::test(name, move || check(&row))
    }));
    trials
}

fn is_rule(cell: &str) -> bool {
    !cell.is_empty() && cell.chars().all(|c| c == '-')
}

fn check(row: &[String]) -> Result<(), Failed> {
    let [_, file, from, to, said] = row else {
        return Err(format!("{} cells, not {}", row.len(), HEADER.len()).into());
    };
    let (from, to) = (from.replace("\\n", "\n"), to.replace("\\n", "\n"));
    let folder = Folder::new();
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_trapline")).args(arguments).current_dir(&folder.0).output()
    };
    run(&["new", "sample", "--to", "sample"])?;
    let path = folder.0.join("sample").join(file);
    if to == "(no file)" {
        std::fs::remove_file(&path)?;
    } else if from.is_empty() {
        std::fs::create_dir_all(path.parent().ok_or("a file lies in a folder")?)?;
        std::fs::write(&path, to)?;
    } else {
        let text = std::fs::read_to_string(&path)?;
        if !text.contains(&from) {
            return Err(format!("{file} does not hold '{from}'").into());
        }
        std::fs::write(&path, text.replacen(&from, &to, 1))?;
    }
    let output = run(&["check", "sample", "--format", "ndjson", "--quiet"])?;
    let text = String::from_utf8_lossy(&output.stdout);
    let is_error = text.contains("\"severity\":\"error\"");
    if output.status.code() != Some(i32::from(is_error)) {
        return Err(format!("exit {:?} of:\n{text}", output.status.code()).into());
    }
    let lines = text.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
    let told = lines.iter().filter(|one| !OF_TEMPLATE.iter().any(|code| one["code"] == *code)).map(|one| {
        let text = |key: &str| one[key].as_str().unwrap_or_default().to_string();
        let file = text("file").replace('\\', "/");
        let file = file.strip_prefix("sample/").unwrap_or(&file);
        format!("{} {file}:{}:{} {}", text("code"), one["line"], one["column"], text("message"))
    });
    let told: Vec<String> = told.collect();
    // The message may be cut off with `…`.
    let is_told = |told: &String| match said.strip_suffix('…') {
        Some(start) => told.starts_with(start),
        None => told == said,
    };
    if told.len() == 1 && told.iter().all(is_told) {
        return Ok(());
    }
    Err(format!("said:\n{}\nexpected:\n{said}", told.join("\n")).into())
}
