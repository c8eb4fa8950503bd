//! `partition`: operators over the rows of each value apart, or a query for each value.

use arrow::array::Array;
use datafusion_common::ScalarValue;
use datafusion_expr::{Expr, SortExpr, lit};
use functions::Type;
use functions::scalar::array;
use functions::serial::Serial;
use syntax::Span;
use syntax::kql::tree::{ExprKind, Partition, PartitionBody, Pipeline};

use super::union::Leg;
use crate::kql::binder::Binder;
use crate::kql::flow::Flow;
use crate::kql::messages;
use crate::kql::scope::{Env, Meaning};
use crate::kql::value::Value;
use crate::relation::{Apart, Column, Computed, field};

/// How many values a query in braces may be run for, as in the service.
const QUERIES: usize = 64;

impl<'q> Binder<'q, '_> {
    pub(in crate::kql) fn partition(&mut self, tree: &'q Partition, flow: Flow, env: Env, span: Span) -> Option<Flow> {
        let body = match &tree.body {
            PartitionBody::Rows(body) => body,
            PartitionBody::Query(query) => return self.partition_queries(tree, query, flow, env, span),
        };
        let value = self.scalar(&tree.by, &flow.scope(env))?.or_empty();
        self.checked_key(value.kind, tree.by.span)?;
        let depth = flow.relation.depth();
        // The value, and the place of a row among all.
        let [part, place] = ["part", "place in all"].map(|what| format!("\u{1}{what} {depth}"));
        let (table, columns, is_serialized) = (flow.table.clone(), flow.relation.columns.clone(), flow.is_serialized);
        let number = Serial::Number.call(lit(0_i64), vec![lit(0_i64)], Type::Long.arrow());
        let numbered = self.planned(flow.relation.serial(vec![Computed::new(&place, Type::Long, number)]), span)?;
        let (numbered, around) = numbered.opened();
        let (kind, expr) = match &around {
            Some(around) if around.alive.is_some() => {
                return self.refuse(messages::not_supported(span, "a partition within an mv-apply that counts"));
            }
            Some(around) => {
                let outer = Value::new(field(&around.part), around.kind).or_empty().cast(Type::Dynamic).expr;
                (Type::Dynamic, array::pack(vec![outer, value.cast(Type::Dynamic).expr]))
            }
            None => (value.kind, value.expr),
        };
        let valued = self.planned(numbered.extend(vec![Computed::new(&part, kind, expr)]), span)?;
        let by = [&part, &place].map(|name| SortExpr::new(field(name), true, true));
        let sorted = self.planned(valued.sort_for_good(by.to_vec()), span)?;
        let mut rows = Flow { table: table.clone(), is_serialized, ..Flow::new(sorted) };
        let hidden: Vec<String> = around.iter().flat_map(Apart::hidden).cloned().collect();
        let is_shown = |column: &&Column| column.name == part || hidden.contains(&column.name);
        let mut shown = columns;
        shown.extend(rows.relation.columns.iter().filter(is_shown).cloned());
        rows = self.keep(shown, rows, span)?;
        rows.relation = rows.relation.set_apart(Apart { part, kind, carried: hidden.clone(), alive: None, depth });
        let made = self.nested(span, |binder| binder.operators(&body.operators, rows, env))?;
        let back = hidden.iter().map(|name| Column::new(name, Type::Dynamic)).collect();
        let relation = self.planned(made.relation.together(back, None), span)?;
        let shown = relation.columns.clone();
        let mut flow = self.keep(shown, Flow { table, ..Flow::new(relation) }, span)?;
        if let Some(around) = around {
            flow.relation = flow.relation.set_apart(around);
        }
        Some(flow)
    }

    /// `partition by x { … }`: the query once for each value, in which the column's name is that value.
    fn partition_queries(
        &mut self,
        tree: &'q Partition,
        query: &'q Pipeline,
        flow: Flow,
        env: Env,
        span: Span,
    ) -> Option<Flow> {
        let ExprKind::Name(name) = &tree.by.kind else {
            return self.refuse(messages::column_expected(tree.by.span));
        };
        if flow.relation.is_apart() {
            return self.refuse(messages::not_supported(span, "a partition by queries over the rows of each part"));
        }
        let value = self.scalar(&tree.by, &flow.scope(env))?.or_empty();
        self.checked_key(value.kind, tree.by.span)?;
        let kind = value.kind;
        let keys = vec![Computed::new("value", kind, value.expr)];
        let distinct = self.planned(flow.relation.aggregate(keys, Vec::new()), span)?;
        let distinct = self.planned(distinct.limit(QUERIES as u64 + 1), span)?;
        // Without evidence the query is bound once, so that its columns are known.
        let mut values = match self.options.rows {
            Some(rows) => match rows(&distinct.plan) {
                Ok(batches) => {
                    let cells = batches.iter().flat_map(|batch| {
                        let column = batch.column(0);
                        (0..column.len()).filter_map(|row| ScalarValue::try_from_array(column, row).ok())
                    });
                    cells.collect::<Vec<_>>()
                }
                Err(error) => return self.refuse(messages::unasked(span, &error.strip_backtrace())),
            },
            None => Vec::new(),
        };
        if values.len() > QUERIES {
            return self.refuse(messages::too_many_parts(tree.by.span, QUERIES));
        }
        values.sort_by(|one, other| one.partial_cmp(other).unwrap_or(std::cmp::Ordering::Equal));
        let is_empty = values.is_empty();
        if is_empty {
            values.push(ScalarValue::try_from(&kind.arrow()).unwrap_or(ScalarValue::Null));
        }
        let mut legs = Vec::with_capacity(values.len());
        for value in values {
            let value = Value::new(Expr::Literal(value, None), kind);
            let own = self.lets.add(name, Meaning::Bound(value), env);
            let mut flow = self.nested(span, |binder| binder.pipeline(query, own))?;
            if is_empty {
                flow.relation = self.planned(flow.relation.filter(lit(false)), span)?;
            }
            legs.push(Leg::unnamed(flow));
        }
        self.merged(legs, false, span)
    }
}
