//! A flow: the rows between two operators, and what is known of them beyond their columns.

use super::scope::{Env, Phantom, Scope};
use crate::relation::Relation;

#[derive(Debug, Clone)]
pub(super) struct Flow {
    pub relation: Relation,
    pub phantoms: Vec<Phantom>,
    /// The table that the rows come from, while they come from one alone.
    pub table: Option<String>,
    /// What `as` called the rows.
    pub alias: Option<String>,
    /// A bag was unpacked whose properties are not all known: any other name may be one, which no row holds.
    pub is_unpacked: bool,
    /// The rows are in an order that the query settled: what looks at the rows around one needs that in Kusto.
    pub is_serialized: bool,
    /// The column that still is the table's own event time.
    pub time: Option<TimeColumn>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TimeColumn {
    pub table: String,
    pub column: String,
}

impl Flow {
    pub(super) fn new(relation: Relation) -> Self {
        Flow {
            relation,
            phantoms: Vec::new(),
            table: None,
            alias: None,
            is_unpacked: false,
            is_serialized: false,
            time: None,
        }
    }

    pub(super) fn serialized(self) -> Self {
        Flow { is_serialized: true, ..self }
    }

    pub(super) fn scope(&self, env: Env) -> Scope<'_> {
        Scope {
            columns: &self.relation.columns,
            phantoms: &self.phantoms,
            env,
            is_open: false,
            is_unpacked: self.is_unpacked,
            table: self.table.as_deref(),
        }
    }
}
