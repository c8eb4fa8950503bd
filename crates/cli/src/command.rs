//! The commands, a file each.

pub mod check;
pub mod compare;
pub mod convert;
pub mod coverage;
pub mod explain;
pub mod functions;
pub mod hunt;
pub mod ingest;
pub mod new;
pub mod query;
pub mod tables;
pub mod test;

use std::path::PathBuf;

use anyhow::Result;
use catalogue::{Loaded, Problem};
use render::Format;
use render::count::counted;

use crate::args::QueryFormat;
use crate::exit::Misuse;
use crate::screen::Screen;

/// Detections with the values of the placeholders in their rules.
fn load(paths: &[PathBuf], placeholders: Option<&PathBuf>) -> Result<Loaded> {
    let Some(path) = placeholders else {
        return Ok(catalogue::load(paths));
    };
    if !path.is_file() {
        return Err(Misuse(format!("there is no file {}", path.display())).into());
    }
    let (values, problems) = catalogue::placeholders(path);
    let mut loaded = catalogue::load_with(paths, &values);
    loaded.problems.splice(0..0, problems);
    Ok(loaded)
}

/// Detections whose diagnostics are shown in full.
const SHOWN: usize = 10;

/// Tells what is wrong with the files of detections; whether any of it is an error.
fn report_problems(problems: &[Problem], screen: &Screen) -> bool {
    for problem in problems.iter().take(SHOWN) {
        screen.diagnostics(&problem.source, std::slice::from_ref(&problem.diagnostic));
    }
    if problems.len() > SHOWN {
        let more = counted((problems.len() - SHOWN) as u64, "more problem", "more problems");
        screen.warn(&format!("… and {more} with the files of detections"));
    }
    problems.iter().any(Problem::is_error)
}

/// What a person named: the detections of a path, or a built-in one by its id.
fn named(name: &str, placeholders: Option<&PathBuf>) -> Result<Loaded> {
    let path = PathBuf::from(name);
    if path.exists() {
        return load(&[path], placeholders);
    }
    let mut loaded = catalogue::builtin();
    let ids: Vec<String> = loaded.detections.iter().map(|detection| detection.id.clone()).collect();
    loaded.detections.retain(|detection| detection.id.eq_ignore_ascii_case(name));
    if loaded.detections.is_empty() {
        let near = syntax::nearest::nearest(name, ids.iter().map(String::as_str));
        let near = near.map_or_else(String::new, |near| format!("; did you mean '{near}'?"));
        return Err(Misuse(format!("there is no detection and no file '{name}'{near}")).into());
    }
    Ok(loaded)
}

/// The renderer's format of an argument.
fn format(arg: QueryFormat) -> Format {
    match arg {
        QueryFormat::Table => Format::Table,
        QueryFormat::Json => Format::Json,
        QueryFormat::Ndjson => Format::Ndjson,
        QueryFormat::Csv => Format::Csv,
    }
}
