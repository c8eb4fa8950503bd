//! `sort`, `take` and `top`.

use datafusion_expr::{Expr as Bound, SortExpr, when};
use functions::Type;
use syntax::Span;
use syntax::kql::tree::{Expr, ExprKind, SortKey};

use crate::kql::binder::Binder;
use crate::kql::flow::Flow;
use crate::kql::messages;
use crate::kql::scope::{Env, Scope};
use crate::kql::value::Value;

impl<'q> Binder<'q, '_> {
    pub(in crate::kql) fn sort(&mut self, keys: &'q [SortKey], flow: Flow, env: Env, span: Span) -> Option<Flow> {
        for key in keys {
            if let ExprKind::Name(name) = &key.value.kind
                && let Some(column) = flow.relation.column(name)
            {
                self.checked_key(column.kind, key.value.span)?;
            }
        }
        self.ordered_by(keys, flow, env, span)
    }

    fn ordered_by(&mut self, keys: &'q [SortKey], flow: Flow, env: Env, span: Span) -> Option<Flow> {
        let mut by = Vec::with_capacity(keys.len());
        for key in keys {
            let value = self.scalar(&key.value, &flow.scope(env));
            by.push(value.and_then(|value| {
                if value.kind == Type::Dynamic && !value.is_null_literal() {
                    return self.refuse(messages::dynamic_here(key.value.span));
                }
                let nulls_first = key.nulls_first.unwrap_or(key.ascending);
                // What is no number stands between nulls and numbers, whichever way these go.
                let nan = if value.kind == Type::Real { self.unless_null("isnan", &value) } else { None };
                let nan = nan.map(|nan| SortExpr::new(nan, !nulls_first, nulls_first));
                let value = SortExpr::new(value.or_empty().expr, key.ascending, nulls_first);
                Some(nan.into_iter().chain([value]))
            }));
        }
        let by = by.into_iter().collect::<Option<Vec<_>>>()?.into_iter().flatten().collect();
        let sorted = if self.keeps_order { flow.relation.sort_for_good(by) } else { flow.relation.sort(by) };
        let relation = self.planned(sorted, span)?;
        Some(Flow { relation, ..flow })
    }

    /// What a function says of a value, and null of none.
    fn unless_null(&mut self, function: &str, value: &Value) -> Option<Bound> {
        let said = self.applied(function, vec![value.clone()])?;
        when(value.expr.clone().is_not_null(), said.expr).end().ok()
    }

    pub(in crate::kql) fn take(&mut self, count: &'q Expr, flow: Flow, env: Env, span: Span) -> Option<Flow> {
        let rows = self.row_count(count, env)?;
        self.limits.push((rows, span));
        if self.options.no_limit && !flow.relation.is_apart() {
            return Some(flow);
        }
        let relation = self.planned(flow.relation.limit(rows), span)?;
        Some(Flow { relation, time: None, ..flow })
    }

    pub(in crate::kql) fn top(
        &mut self,
        count: &'q Expr,
        by: &'q [SortKey],
        flow: Flow,
        env: Env,
        span: Span,
    ) -> Option<Flow> {
        let rows = self.row_count(count, env)?;
        let flow = self.ordered_by(by, flow, env, span)?;
        let relation = self.planned(flow.relation.limit(rows), span)?;
        Some(Flow { relation, time: None, ..flow })
    }

    pub(super) fn row_count(&mut self, count: &'q Expr, env: Env) -> Option<u64> {
        let value = self.scalar(count, &Scope::constant(env))?;
        if !matches!(value.kind, Type::Int | Type::Long) {
            return self.refuse(messages::expected_kind(count.span, "KS134", "an integer", value.kind));
        }
        match value.literal_long().and_then(|rows| u64::try_from(rows).ok()) {
            Some(rows) => Some(rows),
            None => self.refuse(messages::not_constant(count.span, "the number of rows")),
        }
    }
}
