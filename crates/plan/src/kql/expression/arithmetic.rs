//! `+ - * / %` over numbers, datetimes and timespans.

use datafusion_expr::{Expr as Bound, Operator, binary_expr};
use functions::Type;
use functions::scalar::{decimal, math, time};
use syntax::Span;
use syntax::kql::tree::{Arithmetic, Expr};

use super::types::widest;
use crate::kql::binder::Binder;
use crate::kql::messages;
use crate::kql::scope::Scope;
use crate::kql::value::Value;

impl<'q> Binder<'q, '_> {
    pub(super) fn arithmetic(
        &mut self,
        first: &'q Expr,
        rest: &'q [(Arithmetic, Expr)],
        scope: &Scope<'_>,
    ) -> Option<Value> {
        let mut left = self.scalar(first, scope);
        if let (Some(value), []) = (&left, rest) {
            // A plus before a value.
            self.checked_operator("negate", first.span, &[value.kind])?;
        }
        for (operator, operand) in rest {
            let right = self.scalar(operand, scope);
            left = match (left, right) {
                (Some(left), Some(right)) => self.apply(*operator, left, right, first.span.to(operand.span)),
                _ => None,
            };
        }
        left
    }

    fn apply(&mut self, operator: Arithmetic, left: Value, right: Value, at: Span) -> Option<Value> {
        use Arithmetic::{Add, Divide, Modulo, Multiply, Subtract};
        use Type::{Datetime, Dynamic, Long, Real, Timespan};
        self.checked_operator(operator.sign(), at, &[left.kind, right.kind])?;
        if let Some(folded) = fold(operator, &left, &right) {
            return Some(folded);
        }
        // A dynamic is read as what stands beside it.
        let (left, right) = match (left.kind, right.kind) {
            (Dynamic, Dynamic) => {
                return self.refuse(messages::operator_types(at, operator.sign(), left.kind, right.kind));
            }
            (Dynamic, Datetime) => (left.cast(Datetime), right),
            (Dynamic, other) => (left.cast(if other == Timespan { Timespan } else { other }), right),
            (_, Dynamic) => {
                let kind = left.kind;
                (left, right.cast(kind))
            }
            _ => (left, right),
        };
        let kinds = (left.kind, right.kind);
        let ticks = |left: Value, sign, right: Value, kind| Value::new(binary_expr(left.expr, sign, right.expr), kind);
        Some(match (operator, kinds) {
            (Add, (Datetime, Timespan)) => Value::new(time::shift(left.expr, right.expr, false), Datetime),
            (Add, (Timespan, Datetime)) => Value::new(time::shift(right.expr, left.expr, false), Datetime),
            (Subtract, (Datetime, Timespan)) => Value::new(time::shift(left.expr, right.expr, true), Datetime),
            (Subtract, (Datetime, Datetime)) => ticks(left, Operator::Minus, right, Timespan),
            (Add, (Timespan, Timespan)) => ticks(left, Operator::Plus, right, Timespan),
            (Subtract, (Timespan, Timespan)) => ticks(left, Operator::Minus, right, Timespan),
            (Divide, (Timespan, Timespan)) => {
                let (left, right) = (as_long(left).cast(Real), as_long(right).cast(Real));
                ticks(left, Operator::Divide, right, Real)
            }
            (Modulo, (Timespan, Timespan)) => Value::new(math::modulo(left.expr, right.expr), Timespan),
            (Multiply | Divide, (Timespan, number)) if number.is_number() => scaled(operator, left, right),
            (Multiply, (number, Timespan)) if number.is_number() => scaled(operator, right, left),
            (_, (l, r)) if l.is_number() && r.is_number() => {
                // int with int gives long; so no sum of two ints overflows.
                let kind = widest(widest(l, r), Long);
                numbers(operator, left.cast(kind), right.cast(kind), kind)
            }
            (_, (l, r)) => return self.refuse(messages::operator_types(at, operator.sign(), l, r)),
        })
    }

    pub(super) fn negate(&mut self, operand: &'q Expr, span: Span, scope: &Scope<'_>) -> Option<Value> {
        let value = self.scalar(operand, scope)?;
        self.checked_operator("negate", span, &[value.kind])?;
        let value = match value.kind {
            Type::Dynamic => value.cast(Type::Real),
            // The least int has no opposite among them.
            Type::Int => value.cast(Type::Long),
            _ => value,
        };
        match (value.kind, value.literal_long()) {
            (Type::Long | Type::Timespan, Some(long)) => {
                Some(Value::total(datafusion_expr::lit(long.wrapping_neg()), value.kind))
            }
            (Type::Long | Type::Real | Type::Decimal | Type::Timespan, _) => {
                Some(Value::new(Bound::Negative(Box::new(value.expr)), value.kind))
            }
            (other, _) => self.refuse(messages::expected_type(span, "number", other)),
        }
    }
}

/// Sums and differences of literal times and longs stay literals: `ago(1d) - 1h` can still be pushed down.
pub(super) fn fold(operator: Arithmetic, left: &Value, right: &Value) -> Option<Value> {
    let (l, r) = (left.literal_long()?, right.literal_long()?);
    let kind = match (operator, left.kind, right.kind) {
        (_, Type::Long, Type::Long) => Type::Long,
        (Arithmetic::Add | Arithmetic::Subtract, Type::Datetime, Type::Timespan) => Type::Datetime,
        (Arithmetic::Subtract, Type::Datetime, Type::Datetime) => Type::Timespan,
        (Arithmetic::Add | Arithmetic::Subtract, Type::Timespan, Type::Timespan) => Type::Timespan,
        (Arithmetic::Multiply, Type::Timespan, Type::Long) | (Arithmetic::Multiply, Type::Long, Type::Timespan) => {
            Type::Timespan
        }
        (Arithmetic::Divide, Type::Timespan, Type::Long) => Type::Timespan,
        _ => return None,
    };
    let value = match operator {
        Arithmetic::Add => l.checked_add(r)?,
        Arithmetic::Subtract => l.checked_sub(r)?,
        Arithmetic::Multiply => l.checked_mul(r)?,
        Arithmetic::Divide => l.checked_div(r)?,
        Arithmetic::Modulo => l.checked_rem_euclid(r)?,
    };
    // What lies outside of the calendar is no time.
    if kind == Type::Datetime && !(0..=functions::ticks::MAX).contains(&value) {
        return Some(Value::null(Type::Datetime));
    }
    Some(Value::total(datafusion_expr::lit(value), kind))
}

fn as_long(value: Value) -> Value {
    Value { kind: Type::Long, ..value }
}

fn scaled(operator: Arithmetic, span: Value, number: Value) -> Value {
    if matches!(number.kind, Type::Int | Type::Long) {
        let number = number.cast(Type::Long);
        let expr = match operator {
            Arithmetic::Divide => math::divide(span.expr, number.expr),
            _ => binary_expr(span.expr, Operator::Multiply, number.expr),
        };
        return Value::new(expr, Type::Timespan);
    }
    let sign = if operator == Arithmetic::Divide { Operator::Divide } else { Operator::Multiply };
    let real = binary_expr(as_long(span).cast(Type::Real).expr, sign, number.cast(Type::Real).expr);
    Value { kind: Type::Timespan, ..Value::new(real, Type::Real).cast(Type::Long) }
}

fn numbers(operator: Arithmetic, left: Value, right: Value, kind: Type) -> Value {
    if kind == Type::Decimal {
        let apply = match operator {
            Arithmetic::Add => decimal::sum,
            Arithmetic::Subtract => decimal::difference,
            Arithmetic::Multiply => decimal::product,
            Arithmetic::Divide => decimal::quotient,
            Arithmetic::Modulo => decimal::remainder,
        };
        return Value::new(apply(left.expr, right.expr), kind);
    }
    let is_whole = kind == Type::Long;
    let expr = match operator {
        Arithmetic::Add => binary_expr(left.expr, Operator::Plus, right.expr),
        Arithmetic::Subtract => binary_expr(left.expr, Operator::Minus, right.expr),
        Arithmetic::Multiply => binary_expr(left.expr, Operator::Multiply, right.expr),
        Arithmetic::Divide if is_whole => math::divide(left.expr, right.expr),
        Arithmetic::Divide => binary_expr(left.expr, Operator::Divide, right.expr),
        Arithmetic::Modulo if is_whole => math::modulo(left.expr, right.expr),
        Arithmetic::Modulo => math::modulo_real(left.expr, right.expr),
    };
    Value::new(expr, kind)
}
