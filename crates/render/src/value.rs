//! A value: one cell of a result, as JSON and as text, by its language type.

use std::borrow::Cow;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int32Type, Int64Type};
use functions::text::Text;
use functions::{Type, several, ticks};
use serde_json::Value;

/// A cell as a JSON value. A null string is the empty string in KQL, which the caller decides by `kind`.
pub fn json(column: &dyn Array, row: usize, kind: Type) -> Value {
    if kind == Type::String {
        return Value::from(text(column, row, kind).into_owned());
    }
    if column.is_null(row) || column.data_type() == &DataType::Null {
        return Value::Null;
    }
    match kind {
        Type::Bool => column.as_boolean_opt().map_or(Value::Null, |array| array.value(row).into()),
        Type::Int | Type::Long => integer(column, row).map_or(Value::Null, Value::from),
        Type::Real => real(column, row).map_or(Value::Null, real_json),
        Type::Dynamic => {
            let text = Text::of(column).map_or("", |text| text.or_empty(row));
            serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
        }
        Type::Decimal | Type::Datetime | Type::Timespan | Type::Guid | Type::String => {
            Value::from(text(column, row, kind).into_owned())
        }
    }
}

/// A cell as plain text, for tables and CSV; null is empty.
pub fn text(column: &dyn Array, row: usize, kind: Type) -> Cow<'_, str> {
    if column.is_null(row) {
        return Cow::Borrowed("");
    }
    let owned = match kind {
        Type::String | Type::Guid | Type::Dynamic => {
            let text = Text::of(column).ok().and_then(|text| text.get(row));
            return several::lines(text.unwrap_or(""));
        }
        Type::Bool => column.as_boolean_opt().map(|array| array.value(row).to_string()),
        Type::Int | Type::Long => integer(column, row).map(|number| number.to_string()),
        Type::Real => real(column, row).map(real_text),
        Type::Datetime => integer(column, row).and_then(datetime),
        Type::Timespan => integer(column, row).map(ticks::format_timespan),
        Type::Decimal => column.as_primitive_opt::<Decimal128Type>().map(|array| decimal(&array.value_as_string(row))),
    };
    Cow::Owned(owned.unwrap_or_default())
}

/// ISO 8601 with `Z`; of the fraction only the digits that say something.
pub fn datetime(ticks: i64) -> Option<String> {
    let full = ticks::format_datetime(ticks)?;
    let (seconds, fraction) = full.trim_end_matches('Z').split_once('.')?;
    let fraction = fraction.trim_end_matches('0');
    Some(if fraction.is_empty() { format!("{seconds}Z") } else { format!("{seconds}.{fraction}Z") })
}

fn integer(column: &dyn Array, row: usize) -> Option<i64> {
    match column.data_type() {
        DataType::Int32 => column.as_primitive_opt::<Int32Type>().map(|array| array.value(row).into()),
        _ => column.as_primitive_opt::<Int64Type>().map(|array| array.value(row)),
    }
}

fn real(column: &dyn Array, row: usize) -> Option<f64> {
    column.as_primitive_opt::<Float64Type>().map(|array| array.value(row))
}

fn real_json(number: f64) -> Value {
    if number.is_finite() { Value::from(number) } else { Value::from(real_text(number)) }
}

fn real_text(number: f64) -> String {
    if number.is_nan() {
        "NaN".into()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity".into() } else { "-Infinity".into() }
    } else {
        Value::from(number).to_string()
    }
}

fn decimal(text: &str) -> String {
    match text.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|digit| digit == b'0') => whole.into(),
        Some((whole, fraction)) => format!("{whole}.{}", fraction.trim_end_matches('0')),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};

    use super::*;

    #[test]
    fn values_print_as_the_contract_says() {
        let reals: ArrayRef = Arc::new(Float64Array::from(vec![1.5, f64::NAN, f64::NEG_INFINITY]));
        let printed: Vec<String> = (0..3).map(|row| json(&reals, row, Type::Real).to_string()).collect();
        assert_eq!(printed, ["1.5", "\"NaN\"", "\"-Infinity\""]);
        let times: ArrayRef = Arc::new(Int64Array::from(vec![ticks::parse("2019-05-22T04:02:11.287Z"), None]));
        assert_eq!(json(&times, 0, Type::Datetime), "2019-05-22T04:02:11.287Z");
        assert_eq!(json(&times, 1, Type::Datetime), Value::Null);
        let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("{\"a\":1}"), None]));
        assert_eq!(json(&texts, 0, Type::Dynamic).to_string(), "{\"a\":1}");
        assert_eq!(json(&texts, 1, Type::Dynamic), Value::Null);
        assert_eq!(json(&texts, 1, Type::String), "");
    }
}
