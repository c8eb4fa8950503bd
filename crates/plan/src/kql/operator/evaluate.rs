//! `evaluate`: plugins. The columns that some of them give depend on the data, which is asked for them unless the query says
//! what they are.

mod bag_unpack;
mod pivot;

use arrow::array::{Array, AsArray};
use functions::Type;
use functions::expand::Expansion;
use functions::scalar::bag;
use functions::serial::Serial;
use syntax::Span;
use syntax::kql::tree::{Evaluate, RowSchema};

use crate::kql::binder::Binder;
use crate::kql::flow::Flow;
use crate::kql::messages;
use crate::kql::scope::Env;
use crate::kql::value::Value;
use crate::relation::{Column, Computed, Relation, field};

/// How many columns a plugin may give.
const COLUMNS: usize = 1_000;

impl<'q> Binder<'q, '_> {
    pub(in crate::kql) fn evaluate(&mut self, tree: &'q Evaluate, flow: Flow, env: Env) -> Option<Flow> {
        let schema = match &tree.schema {
            Some(schema) => Some(self.row_schema(schema)?),
            None => None,
        };
        match tree.plugin.text.as_str() {
            "bag_unpack" => self.bag_unpack(tree, schema, flow, env),
            "pivot" => self.pivot(tree, schema, flow, env),
            "narrow" => self.narrow(flow, tree.span),
            other => {
                let what = format!("the plugin '{other}'");
                self.refuse(messages::not_supported(tree.plugin.span, &what))
            }
        }
    }

    fn row_schema(&mut self, schema: &RowSchema) -> Option<Vec<Column>> {
        let mut columns = Vec::with_capacity(schema.columns.len());
        for column in &schema.columns {
            match Type::from_name(&column.kind.text) {
                Some(kind) => columns.push(Column::new(&column.name.text, kind)),
                None => return self.refuse(messages::bad_literal(column.kind.span, "type", &column.kind.text)),
            }
        }
        Some(columns)
    }

    /// The one text that a relation of one row and one column gives; `None` within where nothing can be asked.
    fn asked(&mut self, relation: Relation, span: Span) -> Option<Option<String>> {
        let Some(rows) = self.options.rows else { return Some(None) };
        match rows(&relation.plan) {
            Ok(batches) => {
                let found = batches.iter().filter(|batch| batch.num_rows() > 0).find_map(|batch| {
                    let texts = batch.columns().first()?.as_string_opt::<i32>()?;
                    texts.is_valid(0).then(|| texts.value(0).to_owned())
                });
                Some(Some(found.unwrap_or_default()))
            }
            Err(error) => self.refuse(messages::unasked(span, &error.strip_backtrace())),
        }
    }

    /// A row for each cell.
    fn narrow(&mut self, flow: Flow, span: Span) -> Option<Flow> {
        const CELLS: &str = "\u{1}cells";
        let texts = flow.relation.columns.iter().flat_map(|column| {
            let text = Value::new(column.expr(), column.kind).cast(Type::String).or_empty().cast(Type::Dynamic);
            [datafusion_expr::lit(column.name.clone()), text.expr]
        });
        let cells = bag::pack(texts.collect(), false);
        let number = Serial::Number.call(flow.relation.run(), vec![datafusion_expr::lit(0_i64)], Type::Long.arrow());
        let row = Computed::new("Row", Type::Long, number);
        let own = vec![Computed::new(CELLS, Type::Dynamic, cells)];
        let packed = self.planned(flow.relation.project(own), span)?;
        let numbered = self.planned(packed.serial(vec![row]), span)?;
        let expansion = Expansion { as_pairs: true, most: i64::MAX, keeps_empty: false };
        let pairs = expansion.values(0, &[field(CELLS)]);
        let rows = self.planned(numbered.expand(vec![Computed::new(CELLS, Type::Dynamic, pairs)]), span)?;
        let part = |at: i64| {
            let part = functions::scalar::dynamic::get(field(CELLS), vec![datafusion_expr::lit(at)]);
            Value::new(part, Type::Dynamic).cast(Type::String).expr
        };
        let shown = vec![
            Computed::new("Row", Type::Long, field("Row")),
            Computed::new("Column", Type::String, part(0)),
            Computed::new("Value", Type::String, part(1)),
        ];
        let relation = self.planned(rows.project(shown), span)?;
        Some(Flow::new(relation))
    }
}
