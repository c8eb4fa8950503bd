//! Dynamics: JSON text from values, and values from JSON text.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use datafusion_common::Result;
use serde_json::Value;

use super::{read, write};
use crate::kernel::{Args, Kernel};
use crate::rows::{to_bool, to_decimal, to_int, to_long, to_real, to_text};
use crate::ticks;
use crate::types::Type;

/// The kernel that makes JSON of `from`.
pub(super) fn to_dynamic(from: Type) -> Option<Kernel> {
    Some(match from {
        Type::Bool => |args| to_text(args, |row| row.bool(0).map(|value| value.to_string())),
        Type::Int | Type::Long => |args| to_text(args, |row| row.long(0).map(|value| value.to_string())),
        Type::Real => |args| to_text(args, |row| row.real(0).map(real_json)),
        Type::Decimal => |args| to_text(args, |row| row.decimal(0).map(|value| quoted(&write::decimal_text(value)))),
        Type::Datetime => |args| to_text(args, |row| ticks::format_datetime(row.long(0)?).map(|text| quoted(&text))),
        Type::Timespan => |args| to_text(args, |row| Some(quoted(&ticks::format_timespan(row.long(0)?)))),
        Type::String | Type::Guid => |args| to_text(args, |row| Some(quoted(row.text(0)?))),
        Type::Dynamic => return None,
    })
}

/// The kernel that reads JSON as `to`.
pub(super) fn from_dynamic(to: Type) -> Option<Kernel> {
    Some(match to {
        Type::Bool => |args| to_bool(args, |row| truth(row.text(0)?)),
        Type::Int => |args| to_int(args, |row| int(row.text(0)?)),
        Type::Long => |args| to_long(args, |row| whole(row.text(0)?)),
        Type::Real => |args| to_real(args, |row| real(row.text(0)?)),
        Type::Datetime => |args| to_long(args, |row| ticks::parse_spelt(&unquoted(row.text(0)?))),
        Type::Timespan => |args| to_long(args, |row| ticks::parse_timespan(&unquoted(row.text(0)?))),
        Type::String => text,
        Type::Guid => |args| to_text(args, |row| read::guid_of(&unquoted(row.text(0)?))),
        Type::Decimal => |args| to_decimal(args, |row| decimal(row.text(0)?)),
        Type::Dynamic => return None,
    })
}

/// The texts of dynamics. Objects and lists are their own text, and a column of them alone stays as it is.
fn text(args: &Args<'_>) -> Result<ArrayRef> {
    let array = args.array(0);
    if let Some(texts) = array.as_string_opt::<i32>()
        && !args.is_scalar(0)
        && texts.iter().all(|json| json.is_some_and(is_its_own_text))
    {
        return Ok(Arc::new(texts.clone()));
    }
    to_text(args, |row| Some(row.text(0).map(unquoted).unwrap_or_default()))
}

fn is_its_own_text(json: &str) -> bool {
    json.starts_with(['{', '[']) && json.ends_with(['}', ']'])
}

/// A JSON number with a fraction is cut, a text with one is no whole number; a truth is 1 or 0.
pub(super) fn whole(json: &str) -> Option<i64> {
    match serde_json::from_str(json).ok()? {
        Value::Bool(truth) => Some(i64::from(truth)),
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|real| real as i64)),
        Value::String(text) => read::long_of(&text),
        _ => None,
    }
}

/// As [`whole`]: a long wraps where it is too large, a number with a fraction or an exponent is the last int on its side.
fn int(json: &str) -> Option<i32> {
    match serde_json::from_str(json).ok()? {
        Value::Number(number) if number.is_f64() => number.as_f64().map(|real| real as i32),
        _ => whole(json).map(|long| long as i32),
    }
}

/// A JSON number by its digits, which a real might not keep.
pub(super) fn decimal(json: &str) -> Option<i128> {
    match serde_json::from_str(json).ok()? {
        Value::Bool(truth) => Some(if truth { ONE } else { 0 }),
        Value::Number(_) => read::decimal_of(json),
        Value::String(text) => read::decimal_of(&text),
        _ => None,
    }
}

/// What a dynamic is beside a whole number: with its fraction, and beyond the decimals the last of them on its side.
pub(super) fn number(json: &str) -> Option<i128> {
    let digits = |long: i64| i128::from(long) * ONE;
    match serde_json::from_str(json).ok()? {
        Value::Bool(truth) => Some(digits(i64::from(truth))),
        Value::Number(number) => number.as_i64().map(digits).or_else(|| {
            let real = number.as_f64()?;
            Some(match read::decimal_of(json) {
                Some(0) if real != 0.0 => real.signum() as i128,
                Some(digits) => digits,
                None => real.signum() as i128 * MOST,
            })
        }),
        Value::String(text) => read::long_of(&text).map(digits).or_else(|| read::decimal_of(&text)),
        _ => None,
    }
}

/// The digits of the decimal 1, and of the largest.
const ONE: i128 = 10_i128.pow(17);
const MOST: i128 = 10_i128.pow(38) - 1;

pub(super) fn real(json: &str) -> Option<f64> {
    match serde_json::from_str(json).ok()? {
        Value::Bool(truth) => Some(f64::from(u8::from(truth))),
        Value::Number(number) => number.as_f64(),
        Value::String(text) => read::real_of(&text),
        _ => None,
    }
}

/// A whole number is true where it is not 0, also as a text.
pub(super) fn truth(json: &str) -> Option<bool> {
    match serde_json::from_str(json).ok()? {
        Value::Bool(truth) => Some(truth),
        Value::Number(number) => number.as_f64().map(|number| number != 0.0),
        Value::String(text) => read::bool_of(&text).or_else(|| read::long_of(&text).map(|number| number != 0)),
        _ => None,
    }
}

/// The text of a dynamic: a JSON string without its quotes, null as nothing, all else as JSON.
pub fn unquoted(json: &str) -> String {
    let trimmed = json.trim();
    if trimmed == "null" {
        return String::new();
    }
    if trimmed.starts_with('"')
        && let Ok(Value::String(text)) = serde_json::from_str(trimmed)
    {
        return text;
    }
    trimmed.to_string()
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn real_json(value: f64) -> String {
    match serde_json::Number::from_f64(value) {
        Some(number) => number.to_string(),
        // JSON has no such numbers; the result formats name them so.
        None if value.is_nan() => quoted("NaN"),
        None => quoted(if value > 0.0 { "Infinity" } else { "-Infinity" }),
    }
}
