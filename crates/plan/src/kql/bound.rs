//! Time bounds: lower bounds on event time that a `where` states relative to now.

use datafusion_expr::{Expr as Bound, Operator, binary_expr, lit};
use functions::Type;
use syntax::kql::tree::{Comparison, Expr, ExprKind, LetValue, Source, Step};

use super::binder::Binder;
use super::flow::Flow;
use super::scope::{Env, Meaning};
use crate::binding::{TimeBound, Window};

/// What a conjunct that holds a lower bound comes to.
pub(super) enum Part {
    /// It is dropped.
    Lifted,
    /// This much of it still filters.
    Keeps(Bound),
    /// It was reported.
    Failed,
}

impl<'q> Binder<'q, '_> {
    /// Records the bound of a conjunct such as `Timestamp > ago(1d)`; `None` where it is none.
    pub(super) fn time_bound(&mut self, conjunct: &'q Expr, flow: &Flow, env: Env) -> Option<Part> {
        let time = flow.time.clone()?;
        let is_time = |expr: &Expr| match &expr.kind {
            ExprKind::Name(name) => *name == time.column,
            // The time of the event stands for it.
            ExprKind::Call { name, args } => name.text == "ingestion_time" && args.is_empty(),
            _ => false,
        };
        let upper =
            match &conjunct.kind {
                ExprKind::Compare {
                    comparison: Comparison::Greater | Comparison::GreaterEqual, left, right, ..
                } if is_time(left) && self.is_now_relative(right, env, 0) => None,
                ExprKind::Compare { comparison: Comparison::Less | Comparison::LessEqual, left, right, .. }
                    if is_time(right) && self.is_now_relative(left, env, 0) =>
                {
                    None
                }
                ExprKind::Between { negated: false, value, low, high }
                    if is_time(value) && self.is_now_relative(low, env, 0) =>
                {
                    Some((value, high))
                }
                _ => return None,
            };
        let lifted = self.options.window == Window::All && self.may_lift;
        let keeps = if lifted { Some(lit(true)) } else { self.condition(conjunct, &flow.scope(env)) };
        let Some(keeps) = keeps else {
            return Some(Part::Failed);
        };
        self.bounds.push(TimeBound {
            span: conjunct.span,
            table: time.table.clone(),
            column: time.column.clone(),
            kind: Type::Datetime,
            lifted,
            input: flow.relation.plan.clone(),
            keeps: keeps.clone(),
        });
        if !lifted {
            return Some(Part::Keeps(keeps));
        }
        let Some((value, high)) = upper else {
            return Some(Part::Lifted);
        };
        let scope = flow.scope(env);
        match (self.scalar(value, &scope), self.scalar(high, &scope)) {
            (Some(value), Some(high)) if value.kind == high.kind => {
                Some(Part::Keeps(binary_expr(value.expr, Operator::LtEq, high.expr)))
            }
            // `between (ago(2d) .. 1d)`: the end counts from the start, so it goes with it.
            (Some(_), Some(_)) => Some(Part::Lifted),
            _ => Some(Part::Failed),
        }
    }

    /// Whether an expression is made of `now()` or `ago()`, also by way of lets.
    pub(super) fn is_now_relative(&self, expr: &'q Expr, env: Env, depth: usize) -> bool {
        if depth > 50 {
            return false;
        }
        match &expr.kind {
            ExprKind::Call { name, args } => {
                matches!(name.text.as_str(), "now" | "ago")
                    || args.iter().any(|arg| self.is_now_relative(&arg.value, env, depth + 1))
            }
            ExprKind::Arithmetic { first, rest } => {
                self.is_now_relative(first, env, depth + 1)
                    || rest.iter().any(|(_, operand)| self.is_now_relative(operand, env, depth + 1))
            }
            ExprKind::Access { base, steps } => {
                self.is_now_relative(base, env, depth + 1)
                    || steps
                        .iter()
                        .any(|step| matches!(step, Step::Index(index) if self.is_now_relative(index, env, depth + 1)))
            }
            ExprKind::Name(name) => match self.lets.find(name, env) {
                Some((Meaning::Tree(LetValue::Value(pipeline)), env)) => match &pipeline.source {
                    Source::Expr(value) if pipeline.operators.is_empty() => self.is_now_relative(value, env, depth + 1),
                    _ => false,
                },
                Some((Meaning::Argument(value, env), _)) => self.is_now_relative(value, env, depth + 1),
                _ => false,
            },
            _ => false,
        }
    }
}
