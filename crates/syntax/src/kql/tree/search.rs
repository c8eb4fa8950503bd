//! `search` and `find`: rows of many tables in which a term stands anywhere.

use super::{Expr, Name};

#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// Names, also with wildcards; none: all tables, or the rows that come in.
    pub tables: Vec<Expr>,
    /// A condition in which a text alone is a term that any column may hold.
    pub condition: Expr,
    /// `kind=case_sensitive`.
    pub case_sensitive: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Find {
    pub with_source: Option<Name>,
    pub tables: Vec<Expr>,
    pub condition: Expr,
    pub output: FindOutput,
}

/// Which columns `find` gives.
#[derive(Debug, Clone, PartialEq)]
pub enum FindOutput {
    /// `project-smart`, also where nothing is said: those of the condition, and the rest packed.
    Smart,
    /// `project columns`, with `pack(*)` where the rest is to come packed.
    Columns { columns: Vec<FindColumn>, pack: bool },
}

/// A column, and its type where it is said.
#[derive(Debug, Clone, PartialEq)]
pub struct FindColumn {
    pub name: Name,
    pub kind: Option<Name>,
}
