//! `mv-apply`: operators over the values of each row apart.

use datafusion_expr::{Operator, binary_expr, lit};
use functions::Type;
use functions::expand::Expansion;
use functions::serial::Serial;
use syntax::Span;
use syntax::kql::tree::{MvApply, Name, OperatorKind};

use crate::kql::binder::Binder;
use crate::kql::flow::Flow;
use crate::kql::scope::Env;
use crate::relation::{Apart, Column, Computed, field};

/// The hidden columns: the number of the row, the place of the value, and whether there is one.
const ROW: &str = "\u{1}row";
const PLACE: &str = "\u{1}index";
const ALIVE: &str = "\u{1}alive";

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
        let is_replaced = |column: &Column| expanded.iter().any(|new| new.replaces && new.name == column.name);
        let outer: Vec<Column> = flow.relation.columns.iter().filter(|column| !is_replaced(column)).cloned().collect();
        let carried: Vec<Column> =
            outer.iter().map(|column| Column::new(format!("\u{1}outer {}", column.name), column.kind)).collect();

        let number = Serial::Number.call(flow.relation.run(), vec![lit(0_i64)], Type::Long.arrow());
        let numbered = flow.relation.clone().serial(vec![Computed::new(ROW, Type::Long, number)]);
        let numbered = self.planned(numbered, span)?;
        let copies = outer.iter().zip(&carried).map(|(own, copy)| Computed::new(&copy.name, own.kind, own.expr()));
        let copied = self.planned(numbered.extend(copies.collect()), span)?;
        let expansion = Expansion { as_pairs: false, most, keeps_empty: outlives };
        let place = Name { text: tree.with_index.as_ref().map_or(PLACE, |name| name.text.as_str()).into(), span };
        let rows = Flow { relation: copied, ..flow };
        let mut rows = self.expand(&expanded, expansion, Some(&place), rows, span)?;
        if outlives {
            let lives = binary_expr(field(&place.text), Operator::GtEq, lit(0_i64));
            rows.relation = self.planned(rows.relation.extend(vec![Computed::new(ALIVE, Type::Bool, lives)]), span)?;
        }
        if tree.with_index.is_none() {
            let shown = rows.relation.columns.iter().filter(|column| column.name != PLACE).cloned().collect();
            rows = self.keep(shown, rows, span)?;
        }
        let names = carried.iter().map(|column| column.name.clone()).collect();
        let apart = Apart { part: ROW.into(), carried: names, alive: outlives.then(|| ALIVE.into()) };
        rows.relation = rows.relation.set_apart(apart);
        let table = rows.table.clone();
        let made = self.nested(span, |binder| binder.operators(&tree.body.operators, rows, env))?;
        self.with_outer(made, &outer, &carried, table, span)
    }

    /// The outer columns, of which the body may have made new ones, and the body's further columns.
    fn with_outer(
        &mut self,
        made: Flow,
        outer: &[Column],
        carried: &[Column],
        table: Option<String>,
        span: Span,
    ) -> Option<Flow> {
        let own: Vec<Column> = made.relation.columns.clone();
        let together = self.planned(made.relation.together(carried.to_vec()), span)?;
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
        Some(Flow { table, ..Flow::new(relation) })
    }
}
