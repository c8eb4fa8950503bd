//! The commands, a file each.

pub mod functions;
pub mod hunt;
pub mod ingest;
pub mod query;
pub mod tables;

use render::Format;

use crate::args::QueryFormat;

/// The renderer's format of an argument.
fn format(arg: QueryFormat) -> Format {
    match arg {
        QueryFormat::Table => Format::Table,
        QueryFormat::Json => Format::Json,
        QueryFormat::Ndjson => Format::Ndjson,
        QueryFormat::Csv => Format::Csv,
    }
}
