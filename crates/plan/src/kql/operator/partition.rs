//! `partition`: operators over the rows of each value apart.

use datafusion_expr::SortExpr;
use functions::Type;
use functions::serial::Serial;
use syntax::Span;
use syntax::kql::tree::{Partition, PartitionBody};

use crate::kql::binder::Binder;
use crate::kql::flow::Flow;
use crate::kql::messages;
use crate::kql::scope::Env;
use crate::relation::{Apart, Computed, field};

/// The hidden columns: the value, and the place of a row.
const VALUE: &str = "\u{1}part";
const PLACE: &str = "\u{1}place in all";

impl<'q> Binder<'q, '_> {
    pub(in crate::kql) fn partition(&mut self, tree: &'q Partition, flow: Flow, env: Env, span: Span) -> Option<Flow> {
        let PartitionBody::Rows(body) = &tree.body else {
            return self.refuse(messages::not_supported(span, "a partition by a query in braces"));
        };
        let value = self.scalar(&tree.by, &flow.scope(env))?.or_empty();
        let (table, columns) = (flow.table.clone(), flow.relation.columns.clone());
        let number = Serial::Number.call(flow.relation.run(), vec![datafusion_expr::lit(0_i64)], Type::Long.arrow());
        let numbered = self.planned(flow.relation.serial(vec![Computed::new(PLACE, Type::Long, number)]), span)?;
        let valued = self.planned(numbered.extend(vec![Computed::new(VALUE, value.kind, value.expr)]), span)?;
        let by = [VALUE, PLACE].map(|name| SortExpr::new(field(name), true, true));
        let sorted = self.planned(valued.sort_for_good(by.to_vec()), span)?;
        let mut rows = Flow { table: table.clone(), ..Flow::new(sorted) };
        let mut shown = columns;
        shown.extend(rows.relation.column(VALUE).cloned());
        rows = self.keep(shown, rows, span)?;
        rows.relation = rows.relation.set_apart(Apart { part: VALUE.into(), carried: Vec::new(), alive: None });
        let made = self.nested(span, |binder| binder.operators(&body.operators, rows, env))?;
        let relation = self.planned(made.relation.together(Vec::new()), span)?;
        let shown = relation.columns.clone();
        self.keep(shown, Flow { table, ..Flow::new(relation) }, span)
    }
}
