//! The commands, a file each.

pub mod check;
pub mod convert;
pub mod explain;
pub mod functions;
pub mod hunt;
pub mod ingest;
pub mod query;
pub mod tables;

use std::path::PathBuf;

use anyhow::Result;
use catalogue::Loaded;
use render::Format;

use crate::args::QueryFormat;
use crate::exit::Misuse;

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

/// The renderer's format of an argument.
fn format(arg: QueryFormat) -> Format {
    match arg {
        QueryFormat::Table => Format::Table,
        QueryFormat::Json => Format::Json,
        QueryFormat::Ndjson => Format::Ndjson,
        QueryFormat::Csv => Format::Csv,
    }
}
