//! A bound scalar: an engine expression with its language type.

use datafusion_common::ScalarValue;
use datafusion_expr::{Expr, lit};
use functions::scalar::string;
use functions::{Type, cast, function, ticks};

/// An expression, what type the language gives it, and whether it can be null (a string that cannot need not be mended).
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub expr: Expr,
    pub kind: Type,
    pub may_be_null: bool,
}

impl Value {
    pub(super) fn new(expr: Expr, kind: Type) -> Self {
        Value { expr, kind, may_be_null: true }
    }

    pub(super) fn total(expr: Expr, kind: Type) -> Self {
        Value { expr, kind, may_be_null: false }
    }

    pub(super) fn null(kind: Type) -> Self {
        Value::new(function::null(kind), kind)
    }

    pub(super) fn text(text: impl Into<String>) -> Self {
        Value::total(lit(text.into()), Type::String)
    }

    pub(super) fn literal(&self) -> Option<&ScalarValue> {
        match &self.expr {
            Expr::Literal(value, _) => Some(value),
            _ => None,
        }
    }

    pub(super) fn is_null_literal(&self) -> bool {
        self.literal().is_some_and(ScalarValue::is_null)
    }

    /// The text of a literal string or dynamic.
    pub(super) fn literal_text(&self) -> Option<&str> {
        match self.literal()? {
            ScalarValue::Utf8(Some(text)) => Some(text),
            _ => None,
        }
    }

    /// The number of a literal long, int, datetime or timespan.
    pub(super) fn literal_long(&self) -> Option<i64> {
        match self.literal()? {
            ScalarValue::Int64(value) => *value,
            ScalarValue::Int32(value) => value.map(i64::from),
            _ => None,
        }
    }

    /// As another type. Literals stay literals where that is easily had, so that readers can use them to skip data.
    pub(super) fn cast(self, to: Type) -> Value {
        if self.kind == to {
            return self;
        }
        let folded = match (self.kind, to, self.literal_long()) {
            (Type::Int | Type::Long, Type::Real, Some(value)) => Some(lit(value as f64)),
            (Type::Int | Type::Long, Type::Long, Some(value)) => Some(lit(value)),
            (Type::Int | Type::Long, Type::Decimal, Some(value)) => {
                Some(function::decimal(i128::from(value) * 10_i128.pow(17)))
            }
            (Type::Int | Type::Long, Type::Int, Some(value)) => i32::try_from(value).ok().map(lit),
            _ if self.is_null_literal() && to != Type::String => Some(function::null(to)),
            (Type::Dynamic, Type::String, _) => self.literal_text().map(|text| lit(cast::unquoted(text))),
            (Type::String, _, _) => self.literal_text().and_then(|text| read(text, to)),
            _ => None,
        };
        if let Some(expr) = folded {
            return Value { expr, kind: to, may_be_null: self.may_be_null };
        }
        let may_be_null = to != Type::String || (self.kind == Type::Guid && self.may_be_null);
        Value { expr: cast::cast(self.expr, self.kind, to), kind: to, may_be_null }
    }

    /// As the type in which it is compared: a dynamic beside whole numbers keeps its fraction.
    pub(super) fn compared(self, to: Type) -> Value {
        if self.kind == Type::Dynamic && to == Type::Decimal && !self.is_null_literal() {
            return Value::new(cast::compared(self.expr), to);
        }
        self.cast(to)
    }

    /// A string with nulls as empty texts; other types as they are.
    pub(super) fn or_empty(self) -> Value {
        if self.kind != Type::String || !self.may_be_null {
            return self;
        }
        Value::total(string::or_empty(self.expr), Type::String)
    }
}

/// A text as a literal of another type, null where it is none; `None` where the engine has to read it.
fn read(text: &str, to: Type) -> Option<Expr> {
    let value = match to {
        Type::Bool => cast::bool_of(text).map(lit),
        Type::Int => cast::int_of(text).map(lit),
        Type::Long => cast::long_of(text).map(lit),
        Type::Real => cast::real_of(text).map(lit),
        Type::Datetime => ticks::parse_spelt(text).map(lit),
        Type::Timespan => ticks::parse_timespan(text).map(lit),
        Type::Decimal => cast::decimal_of(text).map(function::decimal),
        Type::String | Type::Guid | Type::Dynamic => return None,
    };
    Some(value.unwrap_or_else(|| function::null(to)))
}
