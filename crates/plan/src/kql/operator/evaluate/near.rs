//! `rows_near`: rows for which a condition holds, and those around them.

use std::sync::Arc;

use datafusion_common::Spans;
use datafusion_expr::{Expr as Bound, Operator, Subquery, binary_expr, lit};
use functions::serial::Serial;
use functions::{Type, aggregate};
use syntax::kql::tree::{Evaluate, Expr};

use crate::kql::binder::Binder;
use crate::kql::expression::choose;
use crate::kql::flow::Flow;
use crate::kql::messages;
use crate::kql::scope::{Env, Scope};
use crate::relation::{Computed, Relation, field};

/// The hidden columns: whether the condition holds, for how many rows so far, and for how many of those before and up to the
/// last that is near.
const HOLDS: &str = "\u{1}holds";
const SO_FAR: &str = "\u{1}so far";
const BEFORE: &str = "\u{1}before";
const AHEAD: &str = "\u{1}ahead";

impl<'q> Binder<'q, '_> {
    pub(super) fn rows_near(&mut self, tree: &'q Evaluate, flow: Flow, env: Env) -> Option<Flow> {
        let (condition, before, after) = match tree.args.as_slice() {
            [condition, both] => (condition, both, both),
            [condition, before, after] => (condition, before, after),
            args => {
                let wanted = "2 to 3 arguments";
                return self.refuse(messages::argument_count(tree.plugin.span, "rows_near", wanted, args.len()));
            }
        };
        let span = tree.span;
        let holds = self.condition(&condition.value, &flow.scope(env))?;
        let (before, after) = (self.count_of_rows(&before.value, env)?, self.count_of_rows(&after.value, env)?);
        let shown = flow.relation.columns.clone();
        let run = flow.relation.run();
        let counted = choose(vec![(holds, lit(1_i64))], lit(0_i64));
        let one = |name: &str, expr| vec![Computed::new(name, Type::Long, expr)];
        let long = Type::Long.arrow();

        let marked = self.planned(flow.relation.clone().extend(one(HOLDS, counted)), span)?;
        let total = Relation::literal(marked.plan.clone(), marked.columns.clone());
        let total = total.aggregate(Vec::new(), one("total", aggregate::sum(field(HOLDS))));
        let total = Arc::new(self.planned(total, span)?.plan);
        let total = Subquery { subquery: total, outer_ref_columns: Vec::new(), spans: Spans::new() };
        let so_far = Serial::Sum.call(run.clone(), vec![field(HOLDS)], long.clone());
        let summed = self.planned(marked.serial(one(SO_FAR, so_far)), span)?;
        let behind = vec![field(SO_FAR), lit(after.saturating_add(1)), lit(0_i64)];
        let mut around = one(BEFORE, Serial::Previous.call(run.clone(), behind, long.clone()));
        around.extend(one(AHEAD, Serial::Next.call(run, vec![field(SO_FAR), lit(before)], long)));
        let around = self.planned(summed.serial(around), span)?;
        // Past the last row there are as many as there are at all.
        let ahead = choose(vec![(field(AHEAD).is_not_null(), field(AHEAD))], Bound::ScalarSubquery(total));
        let near = self.planned(around.filter(binary_expr(ahead, Operator::Gt, field(BEFORE))), span)?;
        self.keep(shown, Flow { relation: near, ..flow }, span)
    }

    fn count_of_rows(&mut self, tree: &'q Expr, env: Env) -> Option<i64> {
        let count = self.scalar(tree, &Scope::constant(env))?.literal_long();
        match count.filter(|count| *count >= 0) {
            Some(count) => Some(count),
            None => self.refuse(messages::not_constant(tree.span, "the number of rows")),
        }
    }
}
