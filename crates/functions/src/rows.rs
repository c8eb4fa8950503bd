//! Rows: arguments read value by value, so that a kernel is one closure from a row to its result.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, BooleanBuilder, Decimal128Array, Decimal128Builder, Float64Array,
    Float64Builder, Int32Array, Int32Builder, Int64Array, Int64Builder, StringBuilder,
};
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int32Type, Int64Type};
use datafusion_common::{Result, exec_err};
use serde_json::{Map, Value};

use crate::kernel::Args;
use crate::text::Text;
use crate::types::Type;

/// The arguments of one row.
pub struct Row<'r> {
    cells: &'r [Cell<'r>],
    args: &'r Args<'r>,
    row: usize,
}

enum Cell<'a> {
    Text(Text<'a>),
    Long(&'a Int64Array),
    Int(&'a Int32Array),
    Real(&'a Float64Array),
    Bool(&'a BooleanArray),
    Decimal(&'a Decimal128Array, i8),
    Null,
}

impl<'a> Cell<'a> {
    fn of(array: &'a dyn Array) -> Result<Self> {
        Ok(match array.data_type() {
            DataType::Int64 => Cell::Long(array.as_primitive::<Int64Type>()),
            DataType::Int32 => Cell::Int(array.as_primitive::<Int32Type>()),
            DataType::Float64 => Cell::Real(array.as_primitive::<Float64Type>()),
            DataType::Boolean => Cell::Bool(array.as_boolean()),
            DataType::Decimal128(_, scale) => Cell::Decimal(array.as_primitive::<Decimal128Type>(), *scale),
            DataType::Null => Cell::Null,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(..) => {
                Cell::Text(Text::of(array)?)
            }
            other => return exec_err!("a kernel was given {other}"),
        })
    }
}

impl<'r> Row<'r> {
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// A text or a dynamic's JSON, `None` where it is null.
    pub fn text(&self, index: usize) -> Option<&'r str> {
        match self.cells.get(index)? {
            Cell::Text(text) => text.get(self.args.at(index, self.row)),
            _ => None,
        }
    }

    /// A text as KQL sees it: a missing one is empty.
    pub fn text_or_empty(&self, index: usize) -> &'r str {
        self.text(index).unwrap_or("")
    }

    /// A long, an int, a datetime or a timespan.
    pub fn long(&self, index: usize) -> Option<i64> {
        let at = self.args.at(index, self.row);
        match self.cells.get(index)? {
            Cell::Long(array) => array.is_valid(at).then(|| array.value(at)),
            Cell::Int(array) => array.is_valid(at).then(|| i64::from(array.value(at))),
            _ => None,
        }
    }

    /// Any number as a real.
    pub fn real(&self, index: usize) -> Option<f64> {
        let at = self.args.at(index, self.row);
        match self.cells.get(index)? {
            Cell::Real(array) => array.is_valid(at).then(|| array.value(at)),
            Cell::Decimal(array, scale) => {
                array.is_valid(at).then(|| array.value(at) as f64 / 10_f64.powi(i32::from(*scale)))
            }
            _ => self.long(index).map(|value| value as f64),
        }
    }

    /// A decimal's digits with their scale.
    pub fn decimal(&self, index: usize) -> Option<(i128, i8)> {
        let at = self.args.at(index, self.row);
        match self.cells.get(index)? {
            Cell::Decimal(array, scale) => array.is_valid(at).then(|| (array.value(at), *scale)),
            _ => None,
        }
    }

    /// What a dynamic holds; null is JSON's.
    pub fn json(&self, index: usize) -> Value {
        self.text(index).and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null)
    }

    /// The values of a dynamic that is an array.
    pub fn array(&self, index: usize) -> Option<Vec<Value>> {
        match self.json(index) {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The properties of a dynamic that is a bag.
    pub fn bag(&self, index: usize) -> Option<Map<String, Value>> {
        match self.json(index) {
            Value::Object(bag) => Some(bag),
            _ => None,
        }
    }

    pub fn bool(&self, index: usize) -> Option<bool> {
        let at = self.args.at(index, self.row);
        match self.cells.get(index)? {
            Cell::Bool(array) => array.is_valid(at).then(|| array.value(at)),
            _ => None,
        }
    }
}

fn each(args: &Args<'_>, mut with: impl FnMut(&Row<'_>)) -> Result<()> {
    try_each(args, |row| {
        with(row);
        Ok(())
    })
}

fn try_each(args: &Args<'_>, mut with: impl FnMut(&Row<'_>) -> Result<()>) -> Result<()> {
    let cells: Vec<Cell<'_>> = (0..args.len()).map(|index| Cell::of(args.array(index))).collect::<Result<_>>()?;
    for row in 0..args.rows {
        with(&Row { cells: &cells, args, row })?;
    }
    Ok(())
}

/// The texts that one batch may hold: a short query can ask for far more than there is memory.
const BATCH_BYTES: usize = 512 << 20;

/// Fails where the texts of a batch would be too large together with the next one.
pub fn within_batch(held: &StringBuilder, next: usize, rows: usize) -> Result<()> {
    if held.values_slice().len().saturating_add(next) > BATCH_BYTES {
        return exec_err!("the texts of {rows} rows are larger than {} MiB", BATCH_BYTES >> 20);
    }
    Ok(())
}

/// A text for each row; also the JSON of a dynamic.
pub fn to_text(args: &Args<'_>, value: impl Fn(&Row<'_>) -> Option<String>) -> Result<ArrayRef> {
    let mut out = StringBuilder::new();
    try_each(args, |row| {
        let text = value(row);
        within_batch(&out, text.as_ref().map_or(0, String::len), args.rows)?;
        out.append_option(text);
        Ok(())
    })?;
    Ok(Arc::new(out.finish()))
}

/// A long, datetime or timespan for each row.
pub fn to_long(args: &Args<'_>, value: impl Fn(&Row<'_>) -> Option<i64>) -> Result<ArrayRef> {
    let mut out = Int64Builder::with_capacity(args.rows);
    each(args, |row| out.append_option(value(row)))?;
    Ok(Arc::new(out.finish()))
}

pub fn to_int(args: &Args<'_>, value: impl Fn(&Row<'_>) -> Option<i32>) -> Result<ArrayRef> {
    let mut out = Int32Builder::with_capacity(args.rows);
    each(args, |row| out.append_option(value(row)))?;
    Ok(Arc::new(out.finish()))
}

pub fn to_real(args: &Args<'_>, value: impl Fn(&Row<'_>) -> Option<f64>) -> Result<ArrayRef> {
    let mut out = Float64Builder::with_capacity(args.rows);
    each(args, |row| out.append_option(value(row)))?;
    Ok(Arc::new(out.finish()))
}

pub fn to_bool(args: &Args<'_>, value: impl Fn(&Row<'_>) -> Option<bool>) -> Result<ArrayRef> {
    let mut out = BooleanBuilder::with_capacity(args.rows);
    each(args, |row| out.append_option(value(row)))?;
    Ok(Arc::new(out.finish()))
}

/// A decimal for each row, as its digits with 17 of them behind the point.
pub fn to_decimal(args: &Args<'_>, value: impl Fn(&Row<'_>) -> Option<i128>) -> Result<ArrayRef> {
    let mut out = Decimal128Builder::with_capacity(args.rows).with_data_type(Type::Decimal.arrow());
    each(args, |row| out.append_option(value(row)))?;
    Ok(Arc::new(out.finish()))
}
