//! Literals: numbers, texts, times, and the JSON of dynamics.

use datafusion_common::ScalarValue;
use datafusion_expr::{Expr, lit};
use functions::{Type, cast, function, ticks};
use serde_json::{Map, Value as JsonValue};
use syntax::Span;
use syntax::kql::tree::{Json, Literal};

use crate::kql::binder::Binder;
use crate::kql::messages;
use crate::kql::value::Value;

impl Binder<'_, '_> {
    pub(super) fn literal(&mut self, literal: &Literal, span: Span) -> Option<Value> {
        Some(match literal {
            Literal::Bool(value) => Value::total(lit(*value), Type::Bool),
            Literal::Long(value) => Value::total(lit(*value), Type::Long),
            Literal::Real(value) => Value::total(lit(*value), Type::Real),
            Literal::Timespan(ticks) => Value::total(lit(*ticks), Type::Timespan),
            Literal::Text(text) => Value::text(text.clone()),
            Literal::Typed { word, raw } => return self.typed(word, raw, span),
            Literal::Null => return self.refuse(messages::bare_null(span)),
        })
    }

    fn typed(&mut self, word: &str, raw: &str, span: Span) -> Option<Value> {
        let kind = Type::from_name(word).unwrap_or(Type::String);
        if raw == "null" {
            return Some(Value::null(kind));
        }
        let negative = raw.strip_prefix('-').map(str::trim);
        let expr: Option<Expr> = match kind {
            Type::Datetime if raw.is_empty() || raw == "now" => Some(lit(self.now())),
            Type::Datetime => ticks::parse_spelt(raw).map(lit),
            Type::Timespan => ticks::parse_timespan(raw).map(lit),
            Type::Int => long(raw, negative).and_then(|long| i32::try_from(long).ok()).map(lit),
            Type::Long => long(raw, negative).map(lit),
            Type::Real => cast::real_of(raw).map(lit),
            Type::Bool => cast::bool_of(raw).map(lit),
            Type::Guid => cast::guid_of(raw).map(lit),
            Type::Decimal => cast::decimal_of(raw).map(function::decimal),
            Type::String | Type::Dynamic => None,
        };
        match expr {
            Some(expr) => Some(Value::total(expr, kind)),
            None if kind == Type::Decimal && raw.parse::<f64>().is_ok_and(f64::is_finite) => {
                self.refuse(messages::too_large_decimal(span, raw))
            }
            None => self.refuse(messages::bad_literal(span, word, raw)),
        }
    }

    pub(super) fn dynamic_literal(&mut self, json: &Json, span: Span) -> Option<Value> {
        let json = self.json(json, span)?;
        if json.is_null() {
            return Some(Value::null(Type::Dynamic));
        }
        Some(Value::total(lit(json.to_string()), Type::Dynamic))
    }

    fn json(&mut self, json: &Json, span: Span) -> Option<JsonValue> {
        Some(match json {
            Json::Array(items) => {
                JsonValue::Array(items.iter().map(|item| self.json(item, span)).collect::<Option<_>>()?)
            }
            Json::Object(members) => {
                let mut map = Map::new();
                for (key, value) in members {
                    map.insert(key.clone(), self.json(value, span)?);
                }
                JsonValue::Object(map)
            }
            Json::Value(Literal::Null) => JsonValue::Null,
            Json::Value(literal) => {
                let value = self.literal(literal, span)?;
                json_of(&value).unwrap_or(JsonValue::Null)
            }
        })
    }
}

/// A literal as JSON, `None` where it is null or no literal.
pub(in crate::kql) fn json_of(value: &Value) -> Option<JsonValue> {
    let literal = value.literal()?;
    if literal.is_null() {
        return None;
    }
    Some(match (value.kind, literal) {
        (Type::Bool, ScalarValue::Boolean(Some(value))) => JsonValue::from(*value),
        (Type::Real, ScalarValue::Float64(Some(real))) => match serde_json::Number::from_f64(*real) {
            Some(number) => JsonValue::Number(number),
            None => JsonValue::from(cast::real_text(*real)),
        },
        (Type::Datetime, _) => JsonValue::from(ticks::format_datetime(value.literal_long()?)?),
        (Type::Timespan, _) => JsonValue::from(ticks::format_timespan(value.literal_long()?)),
        (Type::Int | Type::Long, _) => JsonValue::from(value.literal_long()?),
        (Type::Dynamic, _) => serde_json::from_str(value.literal_text()?).ok()?,
        (Type::String | Type::Guid, _) => JsonValue::from(value.literal_text()?),
        _ => return None,
    })
}

/// A whole number; behind a sign, what stands there.
fn long(raw: &str, negative: Option<&str>) -> Option<i64> {
    let Some(digits) = negative else { return cast::long_of(raw) };
    // The least one has no opposite.
    cast::long_of(digits).and_then(i64::checked_neg).or_else(|| format!("-{digits}").parse().ok())
}
