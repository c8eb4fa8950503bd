//! Functions on series: arrays of numbers, value by value. What is no number is null.

mod curve;
mod decompose;
mod fill;
mod filter;
mod fourier;
mod period;
mod statistics;

use serde_json::{Number, Value};

use crate::function::{Function, Param, kernel};
use crate::rows::{Row, to_text};
use crate::types::Type;

const JSON: Param = Param::Is(Type::Dynamic);

/// A row of the table for a function of each value of a series.
macro_rules! each {
    ($name:literal, $summary:expr, $value:expr, $examples:expr) => {
        kernel!([$name], $summary, [JSON] => Type::Dynamic,
            |args| to_text(args, |row| mapped(row, |number| Some(real(($value)(number.as_f64()?))))), $examples)
    };
}

/// A row of the table for a function of each pair of values of two series, or of a series and a number.
macro_rules! pairs {
    ($name:literal, $summary:expr, $value:expr, $examples:expr) => {
        kernel!([$name], $summary, [JSON, JSON] => Type::Dynamic, |args| to_text(args, |row| paired(row, $value)), $examples)
    };
}

pub const FUNCTIONS: &[&[Function]] = &[
    VALUES,
    PAIRS,
    curve::FUNCTIONS,
    decompose::FUNCTIONS,
    fill::FUNCTIONS,
    filter::FUNCTIONS,
    fourier::FUNCTIONS,
    period::FUNCTIONS,
    statistics::FUNCTIONS,
];

const VALUES: &[Function] = &[
    each!("series_exp", "e to the power of each value", f64::exp, [("series_exp(dynamic([0]))", "[1.0]")]),
    each!("series_log", "the natural logarithm of each value", f64::ln, [("series_log(dynamic([1]))", "[0.0]")]),
    each!("series_sin", "the sine of each value", f64::sin, [("series_sin(dynamic([0]))", "[0.0]")]),
    each!("series_cos", "the cosine of each value", f64::cos, [("series_cos(dynamic([0]))", "[1.0]")]),
    each!("series_tan", "the tangent of each value", f64::tan, [("series_tan(dynamic([0]))", "[0.0]")]),
    each!("series_asin", "the angle of each sine", f64::asin, [("series_asin(dynamic([0]))", "[0.0]")]),
    each!("series_acos", "the angle of each cosine", f64::acos, [("series_acos(dynamic([1]))", "[0.0]")]),
    each!("series_atan", "the angle of each tangent", f64::atan, [("series_atan(dynamic([0]))", "[0.0]")]),
    each!(
        "series_floor",
        "each value rounded down",
        f64::floor,
        [("series_floor(dynamic([-1.5, 1, 2.5]))", "[-2.0,1.0,2.0]")]
    ),
    each!(
        "series_ceiling",
        "each value rounded up",
        f64::ceil,
        [("series_ceiling(dynamic([-1.5, 1, 2.5]))", "[-1.0,1.0,3.0]")]
    ),
    kernel!(["series_abs"], "the size of each value", [JSON] => Type::Dynamic,
        |args| to_text(args, |row| mapped(row, |number| match number.as_i64() {
            Some(long) => Some(Value::from(long.checked_abs()?)),
            None => Some(real(number.as_f64()?.abs())),
        })), [("series_abs(dynamic([-6.5, 0, -8]))", "[6.5,0,8]"),
        ("series_abs(dynamic([-1, null]))", "[1,null]")]),
    kernel!(["series_sign"], "-1, 0 or 1 for each value", [JSON] => Type::Dynamic,
        |args| to_text(args, |row| mapped(row, |number| {
            let value = number.as_f64()?;
            Some(Value::from(i64::from(value > 0.0) - i64::from(value < 0.0)))
        })), [("series_sign(dynamic([-6, 0, 8]))", "[-1,0,1]")]),
];

const PAIRS: &[Function] = &[
    pairs!(
        "series_add",
        "the sums of two series",
        |a, b| arithmetic(a, b, i64::checked_add, |a, b| a + b),
        [
            ("series_add(dynamic([1, 2, 4]), dynamic([4, 2, 1]))", "[5,4,5]"),
            ("series_add(dynamic([1, 2]), 1.5)", "[2.5,3.5]")
        ]
    ),
    pairs!(
        "series_subtract",
        "the differences of two series",
        |a, b| arithmetic(a, b, i64::checked_sub, |a, b| a - b),
        [
            ("series_subtract(dynamic([1, 2, 4]), dynamic([4, 2, 1]))", "[-3,0,3]"),
            ("series_subtract(dynamic([1, null]), dynamic([1, 2]))", "[0,null]")
        ]
    ),
    pairs!(
        "series_multiply",
        "the products of two series",
        |a, b| arithmetic(a, b, i64::checked_mul, |a, b| a * b),
        [
            ("series_multiply(dynamic([1, 2, 4]), dynamic([4, 2, 1]))", "[4,4,4]"),
            ("series_multiply(dynamic([2, null]), dynamic([3, 4]))", "[6,null]")
        ]
    ),
    pairs!(
        "series_divide",
        "the quotients of two series",
        |a, b| Some(real(a.as_f64()? / b.as_f64()?)),
        [("series_divide(dynamic([1, 2, 4]), dynamic([4, 2, 1]))", "[0.25,1.0,4.0]")]
    ),
    pairs!(
        "series_pow",
        "the values of a series to the power of those of another",
        |a, b| Some(real(a.as_f64()?.powf(b.as_f64()?))),
        [("series_pow(dynamic([1, 2, 3, 4]), dynamic([1, 2, 3, 0.5]))", "[1.0,4.0,27.0,2.0]")]
    ),
    pairs!(
        "series_greater",
        "whether the values of a series are above those of another",
        |a, b| Some(Value::from(a.as_f64()? > b.as_f64()?)),
        [("series_greater(dynamic([1, 2, 4]), dynamic([4, 2, 1]))", "[false,false,true]")]
    ),
    pairs!(
        "series_greater_equals",
        "whether the values of a series are not below those of another",
        |a, b| Some(Value::from(a.as_f64()? >= b.as_f64()?)),
        [("series_greater_equals(dynamic([1, 2, 4]), dynamic([4, 2, 1]))", "[false,true,true]")]
    ),
    pairs!(
        "series_less",
        "whether the values of a series are below those of another",
        |a, b| Some(Value::from(a.as_f64()? < b.as_f64()?)),
        [("series_less(dynamic([1, 2, 4]), 3)", "[true,true,false]")]
    ),
    pairs!(
        "series_less_equals",
        "whether the values of a series are not above those of another",
        |a, b| Some(Value::from(a.as_f64()? <= b.as_f64()?)),
        [("series_less_equals(dynamic([1, 2, 4]), dynamic([4, 2, 1]))", "[true,true,false]")]
    ),
    pairs!(
        "series_equals",
        "whether the values of two series are the same",
        |a, b| Some(Value::from(a.as_f64()? == b.as_f64()?)),
        [
            ("series_equals(dynamic([1, 2, 4]), dynamic([4, 2, 1]))", "[false,true,false]"),
            ("series_equals(dynamic([1, 2]), dynamic([1, 2]))", "[true,true]")
        ]
    ),
    pairs!(
        "series_not_equals",
        "whether the values of two series differ",
        |a, b| Some(Value::from(a.as_f64()? != b.as_f64()?)),
        [("series_not_equals(dynamic([1, 2, 4]), dynamic([4, 2, 1]))", "[true,false,true]")]
    ),
];

/// A real as JSON, which has no infinities: they are named.
fn real(value: f64) -> Value {
    match Number::from_f64(value) {
        Some(number) => Value::Number(number),
        None if value.is_nan() => Value::from("NaN"),
        None => Value::from(if value > 0.0 { "Infinity" } else { "-Infinity" }),
    }
}

fn mapped(row: &Row<'_>, value: impl Fn(&Number) -> Option<Value>) -> Option<String> {
    let one = |item: &Value| match item {
        Value::Number(number) => value(number).unwrap_or(Value::Null),
        _ => Value::Null,
    };
    Some(Value::Array(row.array(0)?.iter().map(one).collect()).to_string())
}

/// A number stands for a series of it; of a shorter series the missing values are null.
fn paired(row: &Row<'_>, value: impl Fn(&Value, &Value) -> Option<Value>) -> Option<String> {
    let (left, right) = (row.json(0), row.json(1));
    let length = |series: &Value| series.as_array().map(Vec::len);
    let longest = length(&left).max(length(&right))?;
    let at = |series: &Value, place: usize| match series {
        Value::Array(items) => items.get(place).cloned().unwrap_or(Value::Null),
        number => number.clone(),
    };
    let one = |place| value(&at(&left, place), &at(&right, place)).unwrap_or(Value::Null);
    Some(Value::Array((0..longest).map(one).collect()).to_string())
}

fn arithmetic(
    left: &Value,
    right: &Value,
    long: fn(i64, i64) -> Option<i64>,
    other: fn(f64, f64) -> f64,
) -> Option<Value> {
    match (left.as_i64(), right.as_i64()) {
        (Some(left), Some(right)) => long(left, right).map(Value::from),
        _ => Some(real(other(left.as_f64()?, right.as_f64()?))),
    }
}

/// The values of a series as reals; what is no number is `None`.
fn reals(row: &Row<'_>, index: usize) -> Option<Vec<Option<f64>>> {
    Some(row.array(index)?.iter().map(Value::as_f64).collect())
}
