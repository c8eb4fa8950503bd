//! Values of Arrow columns as texts: times as ISO 8601, what is nested as JSON.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, TimeUnit};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use functions::Type;

use crate::text::{Kind, push_json_text};

/// How deep values may nest.
const DEPTH: usize = 32;

/// A column whose values are written one after another.
pub struct Value<'a> {
    array: &'a dyn Array,
    formatter: Option<ArrayFormatter<'a>>,
}

const ISO: &str = "%Y-%m-%dT%H:%M:%S%.f";

impl<'a> Value<'a> {
    pub fn new(array: &'a dyn Array) -> Self {
        let is_nested = matches!(
            array.data_type(),
            DataType::Struct(_) | DataType::List(_) | DataType::LargeList(_) | DataType::Map(..)
        );
        let formatter = if is_nested { None } else { ArrayFormatter::try_new(array, &options()).ok() };
        Value { array, formatter }
    }

    pub fn write(&self, row: usize, out: &mut String) -> Kind {
        if self.array.is_null(row) {
            return Kind::Null;
        }
        if let Some(text) = self.text(row) {
            out.push_str(text);
            return Kind::Scalar;
        }
        match &self.formatter {
            Some(formatter) => {
                // Writing to a String cannot fail; a value that has no text has none.
                let _ = formatter.value(row).write(out);
                Kind::Scalar
            }
            None => {
                json(self.array, row, 0, out);
                Kind::Nested
            }
        }
    }
}

impl Value<'_> {
    /// What is text, and only not marked as such. Other bytes are shown as hexadecimal digits.
    fn text(&self, row: usize) -> Option<&str> {
        let bytes = match self.array.data_type() {
            DataType::Binary => self.array.as_binary::<i32>().value(row),
            DataType::LargeBinary => self.array.as_binary::<i64>().value(row),
            DataType::BinaryView => self.array.as_binary_view().value(row),
            _ => return None,
        };
        let text = std::str::from_utf8(bytes).ok()?;
        let is_text = text.chars().all(|c| !c.is_control() || ['\t', '\n', '\r'].contains(&c));
        is_text.then_some(text)
    }
}

fn options() -> FormatOptions<'static> {
    FormatOptions::new().with_timestamp_format(Some(ISO)).with_timestamp_tz_format(Some("%Y-%m-%dT%H:%M:%S%.f%:z"))
}

fn json(array: &dyn Array, row: usize, depth: usize, out: &mut String) {
    if array.is_null(row) || depth > DEPTH {
        return out.push_str("null");
    }
    match array.data_type() {
        DataType::Struct(fields) => {
            out.push('{');
            // A row without a field has it nonetheless, as null.
            let members = fields.iter().zip(array.as_struct().columns()).filter(|(_, column)| column.is_valid(row));
            for (place, (field, column)) in members.enumerate() {
                if place > 0 {
                    out.push(',');
                }
                push_json_text(out, field.name());
                out.push(':');
                json(column.as_ref(), row, depth + 1, out);
            }
            out.push('}');
        }
        DataType::List(_) => list(&array.as_list::<i32>().value(row), depth, out),
        DataType::LargeList(_) => list(&array.as_list::<i64>().value(row), depth, out),
        DataType::Map(..) => {
            let entries = array.as_map().value(row);
            let mut text = String::new();
            out.push('{');
            for entry in 0..entries.len() {
                if entry > 0 {
                    out.push(',');
                }
                if let [keys, values] = entries.columns() {
                    text.clear();
                    Value::new(keys.as_ref()).write(entry, &mut text);
                    push_json_text(out, &text);
                    out.push(':');
                    json(values.as_ref(), entry, depth + 1, out);
                }
            }
            out.push('}');
        }
        kind => {
            let mut text = String::new();
            Value::new(array).write(row, &mut text);
            let is_bare =
                kind.is_numeric() && text.parse::<f64>().is_ok_and(f64::is_finite) || *kind == DataType::Boolean;
            if is_bare { out.push_str(&text) } else { push_json_text(out, &text) }
        }
    }
}

fn list(items: &ArrayRef, depth: usize, out: &mut String) {
    out.push('[');
    for item in 0..items.len() {
        if item > 0 {
            out.push(',');
        }
        json(items.as_ref(), item, depth + 1, out);
    }
    out.push(']');
}

/// The type of the language that holds a column's values.
pub fn kind(kind: &DataType) -> Type {
    match kind {
        DataType::Boolean => Type::Bool,
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::UInt8 | DataType::UInt16 => Type::Int,
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => Type::Long,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => Type::Real,
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..) => {
            Type::Decimal
        }
        DataType::Date32 | DataType::Date64 => Type::Datetime,
        DataType::Timestamp(
            TimeUnit::Second | TimeUnit::Millisecond | TimeUnit::Microsecond | TimeUnit::Nanosecond,
            _,
        ) => Type::Datetime,
        DataType::Struct(_) | DataType::List(_) | DataType::LargeList(_) | DataType::Map(..) => Type::Dynamic,
        _ => Type::String,
    }
}
