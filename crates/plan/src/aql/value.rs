//! A value: an engine expression with its AQL type, and how values of different types meet.

use datafusion_common::ScalarValue;
use datafusion_expr::{Expr, lit};
use functions::predicate::{Match, Shape};
use functions::scalar::aql_number::{ADDRESS, LONG, PROPERTY, PROPERTY_DOWNWARDS, address_of, property_of};
use functions::{Type, cast};

use crate::tables::Ariel;

#[derive(Debug, Clone)]
pub(super) struct Value {
    pub expr: Expr,
    pub kind: Type,
    pub ariel: Option<Ariel>,
    /// The text beneath LOWER() or UPPER(): comparisons with a literal need not fold it.
    pub folded: Option<(Fold, Box<Expr>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fold {
    Lower,
    Upper,
}

impl Fold {
    /// Whether the fold leaves the text as it is: otherwise nothing that is folded equals it.
    pub fn keeps(self, text: &str) -> bool {
        match self {
            Fold::Lower => text.to_lowercase() == text,
            Fold::Upper => text.to_uppercase() == text,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Fold::Lower => "LOWER",
            Fold::Upper => "UPPER",
        }
    }
}

impl Value {
    pub fn new(expr: Expr, kind: Type) -> Self {
        Value { expr, kind, ariel: None, folded: None }
    }

    pub fn is(&self, ariel: Ariel) -> bool {
        self.ariel == Some(ariel)
    }

    /// In a form that sorts as its type does.
    pub fn sortable(self) -> Expr {
        self.sortable_along(false)
    }

    /// The same for an order that may be turned round: what comes behind all numbers does so both ways.
    pub fn sortable_along(self, downwards: bool) -> Expr {
        let function = match self.ariel {
            Some(Ariel::Host) => &ADDRESS,
            Some(Ariel::Property) if downwards => &PROPERTY_DOWNWARDS,
            Some(Ariel::Property) => &PROPERTY,
            _ => return self.expr,
        };
        match function.overloads.first() {
            Some(overload) => function.call(overload, &[Type::String], vec![self.expr]),
            None => self.expr,
        }
    }

    /// What an expression for the sortable form of such a value was made of.
    pub fn of_sortable(&self, sortable: Expr) -> Expr {
        match self.ariel {
            Some(Ariel::Host) => address_of(sortable),
            Some(Ariel::Property) => property_of(sortable),
            _ => sortable,
        }
    }

    pub fn null() -> Self {
        Value::new(crate::relation::null(Type::String), Type::String)
    }

    pub fn is_null(&self) -> bool {
        matches!(&self.expr, Expr::Literal(value, _) if value.is_null())
    }

    /// True where there is no value; an empty text is none.
    pub fn missing(self) -> Expr {
        match self.is_text() {
            true => Match::kql(Shape::Equals).case_sensitive(true).literal(self.expr, [""]),
            false => self.expr.is_null(),
        }
    }

    pub fn is_literal(&self) -> bool {
        matches!(self.expr, Expr::Literal(..))
    }

    pub fn is_text(&self) -> bool {
        self.kind.arrow() == Type::String.arrow()
    }

    pub fn literal_text(&self) -> Option<&str> {
        match &self.expr {
            Expr::Literal(ScalarValue::Utf8(Some(text)), _) => Some(text),
            _ => None,
        }
    }

    pub fn literal_long(&self) -> Option<i64> {
        match &self.expr {
            Expr::Literal(ScalarValue::Int64(Some(value)), _) => Some(*value),
            _ => None,
        }
    }

    /// The value as another type; a null takes any.
    pub fn cast(self, to: Type) -> Expr {
        if self.is_null() {
            return crate::relation::null(to);
        }
        match (self.kind, to) {
            (from, Type::Long) if from.arrow() == Type::String.arrow() => text_to_long(self.expr),
            // There is no direct way from a truth to a double.
            (Type::Bool, Type::Real) => {
                cast::cast(cast::cast(self.expr, Type::Bool, Type::Long), Type::Long, Type::Real)
            }
            (from, to) => cast::cast(self.expr, from, to),
        }
    }
}

fn text_to_long(text: Expr) -> Expr {
    match LONG.overloads.first() {
        Some(overload) => LONG.call(overload, &[Type::String], vec![text]),
        None => cast::cast(text, Type::String, Type::Long),
    }
}

/// The type in which two values can stand beside each other.
pub(super) fn common(a: &Value, b: &Value) -> Type {
    match (a.kind, b.kind) {
        _ if a.is_null() => b.kind,
        _ if b.is_null() => a.kind,
        (a, b) if a == b => a,
        (a, b) if is_long(a) && is_long(b) => Type::Long,
        (a, b) if a.is_number() && b.is_number() => Type::Real,
        _ => Type::String,
    }
}

/// Two values in one type, as `=` compares them: addresses as addresses, and a text beside another type as that type.
pub(super) fn comparable(a: Value, b: Value) -> (Type, Expr, Expr) {
    let is_of_address = a.is(Ariel::Host) != b.is(Ariel::Host);
    if is_of_address && a.is_text() && b.is_text() {
        let sortable = |value: Value| Value { ariel: Some(Ariel::Host), ..value }.sortable();
        return (Type::String, sortable(a), sortable(b));
    }
    let kind = match (a.kind, b.kind) {
        _ if a.is_null() || b.is_null() => common(&a, &b),
        (Type::Bool, _) | (_, Type::Bool) => Type::Bool,
        (_, kind) if a.is_text() => kind,
        (kind, _) if b.is_text() => kind,
        _ => common(&a, &b),
    };
    (kind, a.cast(kind), b.cast(kind))
}

pub(super) fn is_long(kind: Type) -> bool {
    matches!(kind, Type::Int | Type::Long | Type::Datetime | Type::Timespan)
}

/// Two numbers in one Arrow type. A literal moves to its column's type where it fits, so that the column stays bare.
pub(super) fn same_number(a: Value, b: Value) -> (Expr, Expr) {
    let narrow = |column: &Value, literal: &Value| {
        let fits = i32::try_from(literal.literal_long()?).ok()?;
        (column.kind == Type::Int).then(|| lit(fits))
    };
    if let Some(literal) = narrow(&a, &b) {
        return (a.expr, literal);
    }
    if let Some(literal) = narrow(&b, &a) {
        return (literal, b.expr);
    }
    let kind = match common(&a, &b) {
        Type::Int => Type::Int,
        kind if is_long(kind) => Type::Long,
        _ => Type::Real,
    };
    (a.cast(kind), b.cast(kind))
}
