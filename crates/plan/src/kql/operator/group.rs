//! `count`, `distinct` and `getschema`.

use datafusion_expr::lit;
use functions::Type;
use functions::aggregate;
use syntax::Span;
use syntax::kql::tree::{Assigned, ExprKind};

use crate::kql::binder::Binder;
use crate::kql::column_name::Names;
use crate::kql::flow::Flow;
use crate::kql::messages;
use crate::kql::scope::Env;
use crate::kql::source::literal_rows;
use crate::kql::value::Value;
use crate::relation::{Column, Computed};

impl<'q> Binder<'q, '_> {
    pub(in crate::kql) fn count(&mut self, name: &str, flow: Flow, span: Span) -> Option<Flow> {
        let count = Computed::new(name, Type::Long, aggregate::count(lit(1_i64)));
        let relation = self.planned(flow.relation.aggregate(Vec::new(), vec![count]), span)?;
        Some(Flow::new(relation))
    }

    pub(in crate::kql) fn distinct(&mut self, items: &'q [Assigned], flow: Flow, env: Env, span: Span) -> Option<Flow> {
        let mut keys = Vec::new();
        let mut names = Names::default();
        for item in items {
            if matches!(&item.value.kind, ExprKind::Wildcard(text) if text == "*") {
                for column in &flow.relation.columns {
                    if column.kind == Type::Dynamic {
                        return self.refuse(messages::dynamic_here(item.value.span));
                    }
                    let value = Value::new(column.expr(), column.kind).or_empty();
                    keys.push(Some(Computed::new(names.free(&column.name), value.kind, value.expr)));
                }
                continue;
            }
            keys.push(self.plain_key(item, &flow, env, &mut names));
        }
        let keys = keys.into_iter().collect::<Option<Vec<_>>>()?;
        // Rows without columns have nothing to tell them apart by.
        if keys.is_empty() {
            return Some(flow);
        }
        let relation = self.planned(flow.relation.aggregate(keys, Vec::new()), span)?;
        Some(Flow { table: flow.table, ..Flow::new(relation) })
    }

    pub(in crate::kql) fn getschema(&mut self, flow: Flow, span: Span) -> Option<Flow> {
        let columns = vec![
            Column::new("ColumnName", Type::String),
            Column::new("ColumnOrdinal", Type::Long),
            Column::new("DataType", Type::String),
            Column::new("ColumnType", Type::String),
        ];
        let rows = flow.relation.columns.iter().zip(0_i64..).map(|(column, ordinal)| {
            let kind = column.kind;
            vec![lit(column.name.clone()), lit(ordinal), lit(clr_name(kind)), lit(kind.name())]
        });
        let rows = rows.collect();
        let relation = self.planned(literal_rows(columns, rows), span)?;
        Some(Flow::new(relation))
    }
}

/// The .NET type that Kusto shows beside its own.
fn clr_name(kind: Type) -> &'static str {
    match kind {
        Type::Bool => "System.SByte",
        Type::Int => "System.Int32",
        Type::Long => "System.Int64",
        Type::Real => "System.Double",
        Type::Decimal => "System.Data.SqlTypes.SqlDecimal",
        Type::Datetime => "System.DateTime",
        Type::Timespan => "System.TimeSpan",
        Type::String => "System.String",
        Type::Guid => "System.Guid",
        Type::Dynamic => "System.Object",
    }
}
