//! `and`, `or` and `between`.

use datafusion_expr::{Expr as Bound, Operator, binary_expr};
use functions::Type;
use functions::scalar::time;
use syntax::kql::tree::{Arithmetic, Comparison, Expr};

use super::Null;
use super::arithmetic::fold;
use crate::chain::balanced;
use crate::kql::binder::Binder;
use crate::kql::scope::Scope;
use crate::kql::value::Value;

impl<'q> Binder<'q, '_> {
    pub(super) fn junction(
        &mut self,
        operands: &'q [Expr],
        is_and: bool,
        scope: &Scope<'_>,
        null: Null,
    ) -> Option<Value> {
        let sign = if is_and { "and" } else { "or" };
        let mut bound = Vec::with_capacity(operands.len());
        for operand in operands {
            // Every operand is looked at, so that all errors show at once.
            let value = self.truth(operand, scope, null);
            bound.push(value.and_then(|value| {
                self.checked_operator(sign, operand.span, &[Type::Bool, value.kind])?;
                self.boolean(value, operand)
            }));
        }
        let bound: Vec<Bound> = bound.into_iter().collect::<Option<_>>()?;
        let operator = if is_and { Operator::And } else { Operator::Or };
        Some(Value::new(balanced(bound, operator)?, Type::Bool))
    }

    pub(super) fn between(
        &mut self,
        negated: bool,
        value: &'q Expr,
        low: &'q Expr,
        high: &'q Expr,
        scope: &Scope<'_>,
    ) -> Option<Value> {
        let (tested, from, to) = (self.scalar(value, scope), self.scalar(low, scope), self.scalar(high, scope));
        let (tested, from, mut to) = (tested?, from?, to?);
        self.checked_between([tested.kind, from.kind, to.kind], value.span)?;
        if to.kind == Type::Timespan && from.kind == Type::Datetime {
            // `between (start .. 1d)` counts the end from the start.
            to = fold(Arithmetic::Add, &from, &to)
                .unwrap_or_else(|| Value::new(time::shift(from.expr.clone(), to.expr, false), Type::Datetime));
        }
        let above = self.ordered(Comparison::GreaterEqual, tested.clone(), from, low.span)?;
        let below = self.ordered(Comparison::LessEqual, tested, to, high.span)?;
        let within = binary_expr(above.expr, Operator::And, below.expr);
        let expr = if negated { Bound::Not(Box::new(within)) } else { within };
        Some(Value::new(expr, Type::Bool))
    }
}
