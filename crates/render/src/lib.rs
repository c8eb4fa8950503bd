//! Rendering: record batches and diagnostics in, bytes out.
//!
//! Everything here is pure: whether there is a terminal, and whether it takes colour, is the caller's to know. Whatever came
//! from a log or a rule is escaped before it can reach a terminal.

pub mod agreement;
pub mod count;
pub mod coverage;
pub mod escape;
pub mod explanation;
pub mod finding;
pub mod findings;
pub mod format;
pub mod readiness;
pub mod report;
pub mod sarif;
pub mod style;
pub mod summary;
pub mod table;
pub mod terminal;
pub mod tests;
pub mod value;

mod csv;
mod json;
pub mod ndjson;

pub use format::{Format, ResultWriter};
pub use json::rows;

/// A visible column of a result: its name and the language's type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub kind: functions::Type,
}
