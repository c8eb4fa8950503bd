//! `sort`, `take` and `top`.

use datafusion_expr::SortExpr;
use functions::Type;
use syntax::Span;
use syntax::kql::tree::{Expr, ExprKind, SortKey};

use crate::kql::binder::Binder;
use crate::kql::flow::Flow;
use crate::kql::messages;
use crate::kql::scope::{Env, Scope};

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
                Some(SortExpr::new(value.or_empty().expr, key.ascending, nulls_first))
            }));
        }
        let by = by.into_iter().collect::<Option<Vec<_>>>()?;
        let sorted = if self.keeps_order { flow.relation.sort_for_good(by) } else { flow.relation.sort(by) };
        let relation = self.planned(sorted, span)?;
        Some(Flow { relation, ..flow })
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
        match value.literal_long().and_then(|rows| u64::try_from(rows).ok()) {
            Some(rows) => Some(rows),
            None if !matches!(value.kind, Type::Int | Type::Long) => {
                self.refuse(messages::expected_kind(count.span, "KS134", "an integer", value.kind))
            }
            None => self.refuse(messages::not_constant(count.span, "the number of rows")),
        }
    }
}
