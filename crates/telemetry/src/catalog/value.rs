//! Values: what fills a column of a branch, bound to an engine expression over the fields of an event.

use datafusion_expr::Expr;
use functions::{Type, cast};
use plan::{Column, kql};
use syntax::Source;

use super::{CatalogError, TableDef};
use crate::event::System;
use crate::initiator::Initiator;

/// The value of a column, of the column's own type.
#[derive(Debug, Clone)]
pub struct Value {
    /// Over columns named as in [`crate::Fields`] and [`crate::Initiator`].
    pub expr: Expr,
    /// The names of those that it reads.
    pub fields: Vec<String>,
}

impl TableDef {
    /// What fills a column in a branch, both by their places; `None` where nothing does and the column is null.
    pub fn value(&self, branch: usize, column: usize) -> Result<Option<Value>, CatalogError> {
        let mapping = self.branches.get(branch).and_then(|branch| branch.mapping(column));
        let (Some(mapping), Some(column)) = (mapping, self.columns.get(column)) else { return Ok(None) };
        let error = |reason: String| CatalogError { table: self.name.clone(), reason };
        let system = System::ALL.iter().map(|field| Column::new(field.name(), field.kind()));
        let initiator = Initiator::ALL.iter().map(|field| Column::new(field.name(), field.kind()));
        let known: Vec<Column> = system.chain(initiator).collect();
        let mapped = kql::mapping::bind(&Source::new(column.name.as_str(), mapping), &known);
        let Some((expr, kind)) = mapped.value else {
            let reasons: Vec<_> = mapped.diagnostics.iter().map(|fault| fault.message.as_str()).collect();
            return Err(error(format!("{}: {}", column.name, reasons.join("; "))));
        };
        if !converts(kind, column.kind) {
            return Err(error(format!("{} is {}, not {}", column.name, column.kind.name(), kind.name())));
        }
        let mut fields: Vec<String> = expr.column_refs().into_iter().map(|field| field.name.clone()).collect();
        fields.sort();
        Ok(Some(Value { expr: cast::cast(expr, kind, column.kind), fields }))
    }
}

/// Which values may stand in a column of another type: times are no numbers, whatever the engine holds them as.
fn converts(from: Type, to: Type) -> bool {
    let is_time = |kind: Type| matches!(kind, Type::Datetime | Type::Timespan);
    from == to || !is_time(from) && !is_time(to)
}
