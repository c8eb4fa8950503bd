//! Arithmetic. `/` and `^` give a double; `+ - * %` a long where both sides are integers, else a double; the operators on
//! bits take longs. Texts are read as numbers. Nothing fails: division by zero gives an infinity, its remainder nothing.

use datafusion_expr::expr::Case;
use datafusion_expr::{Expr as Plan, Operator, binary_expr, lit};
use functions::scalar::aql_number::{POWER, SHIFT};
use functions::{Function, Type};
use syntax::aql::tree::{ArithmeticOp, Expr};

use super::Binder;
use super::scope::Place;
use super::value::{Value, is_long};
use crate::relation::null;

impl Binder<'_> {
    pub(super) fn arithmetic(
        &mut self,
        op: ArithmeticOp,
        left: &Expr,
        right: &Expr,
        place: Place<'_, '_>,
    ) -> Option<Value> {
        let (left, right) = (self.value(left, place), self.value(right, place));
        let (left, right) = (left?, right?);
        let both_long = is_long(left.kind) && is_long(right.kind);
        let (kind, engine) = match op {
            ArithmeticOp::Add => (numeric(both_long), Operator::Plus),
            ArithmeticOp::Subtract => (numeric(both_long), Operator::Minus),
            ArithmeticOp::Multiply => (numeric(both_long), Operator::Multiply),
            ArithmeticOp::Divide => (Type::Real, Operator::Divide),
            ArithmeticOp::Modulo => return Some(remainder(left, right, numeric(both_long))),
            ArithmeticOp::Power => return Some(called(&POWER, left, right, Type::Real)),
            ArithmeticOp::ShiftRightUnsigned => return Some(called(&SHIFT, left, right, Type::Long)),
            ArithmeticOp::BitAnd => (Type::Long, Operator::BitwiseAnd),
            ArithmeticOp::BitOr => (Type::Long, Operator::BitwiseOr),
            ArithmeticOp::BitXor => (Type::Long, Operator::BitwiseXor),
            ArithmeticOp::ShiftLeft => (Type::Long, Operator::BitwiseShiftLeft),
            ArithmeticOp::ShiftRight => (Type::Long, Operator::BitwiseShiftRight),
        };
        Some(Value::new(binary_expr(left.cast(kind), engine, right.cast(kind)), kind))
    }

    pub(super) fn negate(&mut self, inner: &Expr, place: Place<'_, '_>) -> Option<Value> {
        let value = self.value(inner, place)?;
        let kind = numeric(is_long(value.kind));
        Some(Value::new(Plan::Negative(Box::new(value.cast(kind))), kind))
    }

    /// `~x`.
    pub(super) fn invert(&mut self, inner: &Expr, place: Place<'_, '_>) -> Option<Value> {
        let value = self.value(inner, place)?.cast(Type::Long);
        Some(Value::new(binary_expr(value, Operator::BitwiseXor, lit(-1_i64)), Type::Long))
    }
}

fn numeric(both_long: bool) -> Type {
    if both_long { Type::Long } else { Type::Real }
}

/// The engine fails on an integer's remainder by zero, so that a divisor of zero is made null.
fn remainder(left: Value, right: Value, kind: Type) -> Value {
    let is_safe = right.literal_long().is_some_and(|divisor| divisor != 0);
    let (left, right) = (left.cast(kind), right.cast(kind));
    let divisor = if is_safe || kind == Type::Real {
        right
    } else {
        let is_zero = binary_expr(right.clone(), Operator::Eq, lit(0_i64));
        let branches = vec![(Box::new(is_zero), Box::new(null(kind)))];
        Plan::Case(Case::new(None, branches, Some(Box::new(right))))
    };
    Value::new(binary_expr(left, Operator::Modulo, divisor), kind)
}

fn called(function: &Function, left: Value, right: Value, kind: Type) -> Value {
    let args = vec![left.cast(kind), right.cast(kind)];
    let expr = match function.overloads.first() {
        Some(overload) => function.call(overload, &[kind, kind], args),
        None => null(kind),
    };
    Value::new(expr, kind)
}
