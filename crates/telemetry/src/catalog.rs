//! The catalog: the tables that detections see over the events, each a data file that is read when it is named.

use functions::Type;

/// A table as its file declares it.
#[derive(Debug, Clone)]
pub struct TableDef {
    pub name: String,
    /// Where it is from: `defender`, `sentinel`, `qradar`, `sigma`.
    pub platform: String,
    pub columns: Vec<ColumnDef>,
    /// The column that holds the event's time.
    pub time: Option<String>,
    /// Any raw field may be asked of it.
    pub is_open: bool,
    pub ignores_case: bool,
    /// Which events make its rows. An event is a row of the first branch that it fits.
    pub branches: Vec<Branch>,
    /// What its user must know about it, such as columns that no event fills.
    pub notes: Vec<String>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnDef {
    pub name: String,
    pub kind: Type,
    pub aliases: Vec<String>,
}

/// The rows that one kind of event makes.
#[derive(Debug, Clone)]
pub struct Branch {
    /// Its channel, compared without regard to case; `None` for any.
    pub channel: Option<String>,
    /// Its event ids; empty for any.
    pub events: Vec<i64>,
    /// For each column of the table the mapping of its value: a KQL scalar expression over the columns of
    /// [`crate::Fields`]. `None`: null.
    pub values: Vec<Option<String>>,
}

/// All tables, by name.
#[derive(Debug, Clone, Copy, Default)]
pub struct Catalog;
