//! Comparisons: `==` and its kin with KQL's rules for nulls.

use datafusion_common::ScalarValue;
use datafusion_expr::{Case, Expr as Bound, Operator, binary_expr};
use functions::function::null as typed_null;
use functions::predicate::{Match, Shape};
use functions::{Type, cast};
use syntax::Span;
use syntax::kql::tree::{Comparison, Expr};

use super::Null;
use super::types::{common_type, equality_type, order_type};
use crate::kql::binder::Binder;
use crate::kql::messages;
use crate::kql::scope::Scope;
use crate::kql::value::Value;

impl<'q> Binder<'q, '_> {
    pub(super) fn compare(
        &mut self,
        comparison: Comparison,
        left: &'q Expr,
        right: &'q Expr,
        at: Span,
        scope: &Scope<'_>,
        null: Null,
    ) -> Option<Value> {
        let (left, right) = (self.scalar(left, scope), self.scalar(right, scope));
        let (left, right) = (left?, right?);
        match comparison {
            Comparison::Equal => self.equal(left, right, false, at, null),
            Comparison::NotEqual => self.equal(left, right, true, at, null),
            Comparison::EqualFolded | Comparison::NotEqualFolded => {
                let negated = comparison == Comparison::NotEqualFolded;
                let sign = comparison.sign();
                self.checked_operator(sign, at, &[left.kind, right.kind])?;
                if ![left.kind, right.kind].iter().all(|kind| is_text(*kind)) {
                    return self.refuse(messages::operator_types(at, sign, left.kind, right.kind));
                }
                let (left, right) = (left.cast(Type::String), right.cast(Type::String));
                let same = Match::kql(Shape::Equals).call(left.expr, vec![right.expr]);
                Some(Value::total(if negated { Bound::Not(Box::new(same)) } else { same }, Type::Bool))
            }
            _ => self.ordered(comparison, left, right, at),
        }
    }

    /// `==` and `!=`: total but for null against null, which is null.
    pub(super) fn equal(&mut self, left: Value, right: Value, negated: bool, at: Span, null: Null) -> Option<Value> {
        let (left, right) = self.equatable(left, right, if negated { "!=" } else { "==" }, at)?;
        let (left, right) =
            if left.literal().is_some() && right.literal().is_none() { (right, left) } else { (left, right) };
        let operator = if negated { Operator::NotEq } else { Operator::Eq };
        let kind = left.kind;
        // A field that an event lacks is as empty as one that says nothing.
        if self.is_mapping && right.literal_text() != Some("") {
            return Some(Value::new(binary_expr(left.expr, operator, right.expr), Type::Bool));
        }
        if matches!(kind, Type::String | Type::Guid) {
            return Some(equal_text(left, right, negated, null));
        }
        let nan = self.is_any_nan(&[&left, &right]);
        let has_value = |value: &Value| value.literal().is_some_and(|literal| !literal.is_null());
        let expr = if has_value(&right) {
            let same = binary_expr(left.expr, Operator::Eq, right.expr);
            match (negated, null) {
                (false, Null::IsFalse) => same,
                (false, Null::Exact) => Bound::IsTrue(Box::new(same)),
                (true, _) => Bound::IsNotTrue(Box::new(same)),
            }
        } else if null == Null::IsFalse && !negated {
            binary_expr(left.expr, Operator::Eq, right.expr)
        } else {
            let operator = if negated { Operator::IsDistinctFrom } else { Operator::IsNotDistinctFrom };
            let total = binary_expr(left.expr.clone(), operator, right.expr.clone());
            if null == Null::IsFalse {
                total
            } else {
                let both = binary_expr(left.expr.is_null(), Operator::And, right.expr.is_null());
                choose(vec![(both, typed_null(Type::Bool))], total)
            }
        };
        let expr = match nan {
            Some(nan) if negated => nan.or(expr),
            Some(nan) => Bound::Not(Box::new(nan)).and(expr),
            None => expr,
        };
        Some(Value::new(expr, Type::Bool))
    }

    /// Whether one of two reals is no number: it is neither less than any other, nor equal to any, itself included. The engine
    /// sorts it behind all others instead.
    fn is_any_nan(&mut self, values: &[&Value]) -> Option<Bound> {
        let is_number =
            |value: &&&Value| matches!(value.literal(), Some(ScalarValue::Float64(Some(real))) if !real.is_nan());
        let reals = values.iter().filter(|value| value.kind == Type::Real && !value.is_null_literal());
        let doubtful: Vec<Value> = reals.filter(|value| !is_number(value)).map(|value| (*value).clone()).collect();
        let nans = doubtful.into_iter().filter_map(|value| self.applied("isnan", vec![value]));
        nans.map(|nan| nan.expr).reduce(Bound::or)
    }

    /// `<`, `<=`, `>`, `>=`: null where either side is null.
    pub(super) fn ordered(&mut self, comparison: Comparison, left: Value, right: Value, at: Span) -> Option<Value> {
        self.checked_operator(comparison.sign(), at, &[left.kind, right.kind])?;
        let way = if self.is_mapping { common_type } else { order_type };
        let (left, right) = self.comparable(left, right, way, comparison.sign(), at)?;
        let (left, right) = if self.is_mapping { (left, right) } else { (left.or_empty(), right.or_empty()) };
        let operator = match comparison {
            Comparison::Less => Operator::Lt,
            Comparison::LessEqual => Operator::LtEq,
            Comparison::Greater => Operator::Gt,
            _ => Operator::GtEq,
        };
        let nan = self.is_any_nan(&[&left, &right]);
        let ordered = binary_expr(left.expr, operator, right.expr);
        let ordered = nan.map_or(ordered.clone(), |nan| Bound::Not(Box::new(nan)).and(ordered));
        Some(Value::new(ordered, Type::Bool))
    }

    /// Both sides of an equality in one type. A text that is no value of the other side's type equals none, which is said.
    pub(super) fn equatable(&mut self, left: Value, right: Value, sign: &str, at: Span) -> Option<(Value, Value)> {
        if self.is_mapping {
            return self.comparable(left, right, common_type, sign, at);
        }
        let (left, right) = match (left.kind, right.kind) {
            (Type::Guid, _) => (left, as_guid(right)),
            (_, Type::Guid) => (as_guid(left), right),
            _ => (left, right),
        };
        let texts: Vec<String> = [&left, &right]
            .into_iter()
            .filter(|value| value.kind == Type::String)
            .filter_map(|value| value.literal_text().map(str::to_string))
            .collect();
        let (left, right) = self.comparable(left, right, equality_type, sign, at)?;
        if left.kind != Type::String
            && let Some(text) = texts.first()
            && [&left, &right].into_iter().any(Value::is_null_literal)
        {
            self.warn(messages::never_equal(at, text, left.kind));
        }
        Some((left, right))
    }

    /// Both sides in the type that `way` finds for them.
    fn comparable(
        &mut self,
        left: Value,
        right: Value,
        way: fn(Type, Type) -> Option<Type>,
        sign: &str,
        at: Span,
    ) -> Option<(Value, Value)> {
        let (l, r) = (left.kind, right.kind);
        let is_untyped = l == Type::Dynamic && r == Type::Dynamic;
        // An int column against a literal that fits stays an int, so that readers can use the comparison.
        let narrowed = match (l, r) {
            (Type::Int, Type::Long) if fits_int(&right) => Some(Type::Int),
            (Type::Long, Type::Int) if fits_int(&left) => Some(Type::Int),
            (Type::Dynamic, Type::Int | Type::Long) | (Type::Int | Type::Long, Type::Dynamic) if !self.is_mapping => {
                Some(Type::Decimal)
            }
            _ => way(l, r),
        };
        match narrowed {
            Some(kind) if !is_untyped => Some((left.compared(kind), right.compared(kind))),
            _ => self.refuse(messages::operator_types(at, sign, l, r)),
        }
    }

    /// A string, or a dynamic or guid read as one.
    pub(super) fn string(&mut self, value: Value, at: Span) -> Option<Value> {
        match value.kind {
            Type::String => Some(value),
            Type::Dynamic | Type::Guid => Some(value.cast(Type::String)),
            other => self.refuse(messages::expected_type(at, "string", other)),
        }
    }
}

/// A literal text that spells a guid, in the one way that guids are spelt here.
pub(super) fn as_guid(value: Value) -> Value {
    let spelt = value.literal_text().filter(|_| value.kind == Type::String).and_then(cast::guid_of);
    spelt.map_or(value, Value::text)
}

fn is_text(kind: Type) -> bool {
    matches!(kind, Type::String | Type::Dynamic | Type::Guid)
}

fn fits_int(value: &Value) -> bool {
    value.literal_long().is_some_and(|long| i32::try_from(long).is_ok())
}

/// String equality with a missing string as the empty one. Against a literal a positive comparison stays bare.
fn equal_text(left: Value, right: Value, negated: bool, null: Null) -> Value {
    let expr = match right.literal_text() {
        Some("") if negated => {
            let present = left.expr.clone().is_not_null();
            binary_expr(present, Operator::And, binary_expr(left.expr, Operator::NotEq, right.expr))
        }
        Some("") => {
            let absent = left.expr.clone().is_null();
            binary_expr(absent, Operator::Or, binary_expr(left.expr, Operator::Eq, right.expr))
        }
        Some(_) => {
            let same = binary_expr(left.expr, Operator::Eq, right.expr);
            match (negated, null) {
                (true, _) => Bound::IsNotTrue(Box::new(same)),
                (false, Null::IsFalse) => same,
                (false, Null::Exact) => Bound::IsTrue(Box::new(same)),
            }
        }
        None => {
            let operator = if negated { Operator::NotEq } else { Operator::Eq };
            binary_expr(left.or_empty().expr, operator, right.or_empty().expr)
        }
    };
    Value::total(expr, Type::Bool)
}

/// `CASE WHEN … THEN … ELSE … END`.
pub(in crate::kql) fn choose(branches: Vec<(Bound, Bound)>, otherwise: Bound) -> Bound {
    let branches = branches.into_iter().map(|(when, then)| (Box::new(when), Box::new(then))).collect();
    Bound::Case(Case::new(None, branches, Some(Box::new(otherwise))))
}
