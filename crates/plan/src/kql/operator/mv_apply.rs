//! `mv-apply`: operators over the values of each row apart.

use datafusion_expr::{Operator, binary_expr, lit};
use functions::Type;
use functions::expand::Expansion;
use functions::serial::Serial;
use syntax::Span;
use syntax::kql::tree::{MvApply, Name, OperatorKind};

use crate::kql::binder::Binder;
use crate::kql::flow::Flow;
use crate::kql::messages;
use crate::kql::scope::Env;
use crate::relation::{Apart, Column, Computed, field};

/// The hidden column of the place of the value.
const PLACE: &str = "\u{1}index";

impl<'q> Binder<'q, '_> {
    pub(in crate::kql) fn mv_apply(&mut self, tree: &'q MvApply, flow: Flow, env: Env, span: Span) -> Option<Flow> {
        let most = self.most_values(tree.limit.as_ref(), env)?;
        let expanded = self.expanded(&tree.columns, &flow, env)?;
        // A row whose values all fall away still has their count, 0.
        let outlives = tree.body.operators.iter().any(|operator| match &operator.kind {
            OperatorKind::Count(_) => true,
            OperatorKind::Summarize(summarize) => summarize.by.is_empty(),
            _ => false,
        });
        let depth = flow.relation.depth();
        // The number of the row, and whether a row of it has a value.
        let [row, alive] = ["row", "alive"].map(|what| format!("\u{1}{what} {depth}"));
        let number = Serial::Number.call(lit(0_i64), vec![lit(0_i64)], Type::Long.arrow());
        let numbered = flow.relation.clone().serial(vec![Computed::new(&row, Type::Long, number)]);
        let (numbered, around) = self.planned(numbered, span)?.opened();
        let outer_alive = around.as_ref().and_then(|around| around.alive.clone());
        if outer_alive.is_some() && tree.body.operators.iter().any(|operator| makes_groups(&operator.kind)) {
            return self.refuse(messages::not_supported(span, "groups in an mv-apply within one that counts"));
        }
        let outlives = outlives || outer_alive.is_some();
        let is_outer =
            |column: &Column| column.name != row && !expanded.iter().any(|new| new.replaces && new.name == column.name);
        let outer: Vec<Column> = numbered.columns.iter().filter(|column| is_outer(column)).cloned().collect();
        let copy = |name: &str| format!("\u{1}outer {depth} {name}");
        let carried: Vec<Column> = outer.iter().map(|column| Column::new(copy(&column.name), column.kind)).collect();
        let copies = outer.iter().zip(&carried).map(|(own, copy)| Computed::new(&copy.name, own.kind, own.expr()));
        let copied = self.planned(numbered.extend(copies.collect()), span)?;
        let expansion = Expansion { as_pairs: false, most, keeps_empty: outlives };
        let place = Name { text: tree.with_index.as_ref().map_or(PLACE, |name| name.text.as_str()).into(), span };
        let rows = Flow { relation: copied, ..flow };
        let mut rows = self.expand(&expanded, expansion, Some(&place), rows, span)?;
        if outlives {
            let lives = binary_expr(field(&place.text), Operator::GtEq, lit(0_i64));
            rows.relation = self.planned(rows.relation.extend(vec![Computed::new(&alive, Type::Bool, lives)]), span)?;
        }
        // What the parts around these hide stays hidden: its copies come back.
        let is_hidden = |name: &str| {
            name == PLACE || around.as_ref().is_some_and(|around| around.hidden().any(|hidden| hidden == name))
        };
        if tree.with_index.is_none() || around.is_some() {
            let shown = rows.relation.columns.iter().filter(|column| !is_hidden(&column.name)).cloned().collect();
            rows = self.keep(shown, rows, span)?;
        }
        let names = carried.iter().map(|column| column.name.clone()).collect();
        let apart = Apart { part: row, kind: Type::Long, carried: names, alive: outlives.then_some(alive), depth };
        rows.relation = rows.relation.set_apart(apart);
        let table = rows.table.clone();
        let made = self.nested(span, |binder| binder.operators(&tree.body.operators, rows, env))?;
        let outlived = outer_alive.map(|alive| copy(&alive));
        let made = self.with_outer(made, &outer, &carried, outlived.as_deref(), span)?;
        let relation = match around {
            Some(around) => made.relation.set_apart(around),
            None => made.relation,
        };
        Some(Flow { table, ..Flow::new(relation) })
    }

    /// The outer columns, of which the body may have made new ones, and the body's further columns.
    fn with_outer(
        &mut self,
        made: Flow,
        outer: &[Column],
        carried: &[Column],
        outlived: Option<&str>,
        span: Span,
    ) -> Option<Flow> {
        let own: Vec<Column> = made.relation.columns.clone();
        let together = self.planned(made.relation.together(carried.to_vec(), outlived), span)?;
        let mut columns: Vec<Computed> = Vec::new();
        for (column, copy) in outer.iter().zip(carried) {
            columns.push(match own.iter().find(|new| new.name == column.name) {
                Some(new) => Computed::new(&new.name, new.kind, new.expr()),
                None => Computed::new(&column.name, column.kind, copy.expr()),
            });
        }
        let is_outer = |column: &&Column| outer.iter().any(|known| known.name == column.name);
        let further = own.iter().filter(|column| !is_outer(column));
        columns.extend(further.map(|column| Computed::new(&column.name, column.kind, column.expr())));
        let relation = self.planned(together.project(columns), span)?;
        Some(Flow::new(relation))
    }
}

/// Operators that leave nothing of a part without rows.
fn makes_groups(operator: &OperatorKind) -> bool {
    match operator {
        OperatorKind::Summarize(summarize) => !summarize.by.is_empty(),
        OperatorKind::Distinct(_) | OperatorKind::SampleDistinct { .. } | OperatorKind::MvExpand(_) => true,
        _ => false,
    }
}
