//! Membership: whether a value is among those of a dynamic array, each read as the value's type.

use std::cell::RefCell;
use std::collections::HashSet;
use std::hash::Hash;

use arrow::array::ArrayRef;
use datafusion_common::Result;
use datafusion_expr::Expr;
use serde_json::Value;
use serde_json::value::RawValue;

use super::json::{decimal, number, real, truth, unquoted, whole};
use super::read::guid_of;
use crate::function::call_kernel;
use crate::kernel::{Args, Kernel};
use crate::rows::{Row, to_bool};
use crate::ticks;
use crate::types::Type;

/// Whether `value` is in the dynamic `list`, nested arrays laid flat; `None` for types that are compared as texts. Never null: what
/// is null is in no list.
pub fn within(value: Expr, kind: Type, list: Expr) -> Option<Expr> {
    let kernel: Kernel = match kind {
        Type::Int | Type::Long => |args| among(args, exact_whole, |row| row.long(0)),
        Type::Real => |args| among(args, |json| bits(real(json)?), |row| bits(row.real(0)?)),
        Type::Decimal => |args| among(args, decimal, |row| Some(row.decimal(0)?.0)),
        Type::Bool => |args| among(args, truth, |row| row.bool(0)),
        Type::Datetime => |args| among(args, |json| ticks::parse_spelt(&unquoted(json)), |row| row.long(0)),
        Type::Timespan => |args| among(args, |json| ticks::parse_timespan(&unquoted(json)), |row| row.long(0)),
        Type::Dynamic => |args| listed(args, Known::of, |row, values| Known::holds(values, row.text_or_empty(0))),
        Type::Guid => |args| among(args, guid, |row| Some(row.text_or_empty(0).to_owned())),
        Type::String => return None,
    };
    Some(call_kernel(format!("within/{}", kind.name()), kernel, Type::Bool, vec![value, list]))
}

/// A guid however it is spelt; another text is none.
fn guid(json: &str) -> Option<String> {
    let text = unquoted(json);
    Some(guid_of(&text).unwrap_or(text))
}

fn among<T: Eq + Hash>(
    args: &Args<'_>,
    read: impl Fn(&str) -> Option<T>,
    value: impl Fn(&Row<'_>) -> Option<T>,
) -> Result<ArrayRef> {
    listed(args, read, |row, values| value(row).is_some_and(|value| values.contains(&value)))
}

fn listed<T: Eq + Hash>(
    args: &Args<'_>,
    read: impl Fn(&str) -> Option<T>,
    is_in: impl Fn(&Row<'_>, &HashSet<T>) -> bool,
) -> Result<ArrayRef> {
    // The list is mostly that of the row before.
    let last: RefCell<(String, HashSet<T>)> = RefCell::new((String::new(), HashSet::new()));
    to_bool(args, |row| {
        let text = row.text_or_empty(1);
        let mut last = last.borrow_mut();
        if last.0 != text {
            let mut values = HashSet::new();
            // What nests deeper than a reader of JSON allows is no list.
            if serde_json::from_str::<Value>(text).is_ok() {
                push(text, &read, &mut values);
            }
            *last = (text.to_owned(), values);
        }
        Some(is_in(row, &last.1))
    })
}

/// Each value by its own text: a real might not keep the digits of a number.
fn push<T: Eq + Hash>(json: &str, read: &impl Fn(&str) -> Option<T>, values: &mut HashSet<T>) {
    let json = json.trim();
    match serde_json::from_str::<Vec<&RawValue>>(json) {
        Ok(items) => items.into_iter().for_each(|item| push(item.get(), read, values)),
        Err(_) if json == "null" => {}
        Err(_) => values.extend(read(json)),
    }
}

/// A value of a list that is looked for among dynamics, each of which is compared as what the value is.
#[derive(PartialEq, Eq, Hash)]
enum Known {
    Whole(i128),
    Real(u64),
    Truth(bool),
    Text(String),
}

impl Known {
    fn of(json: &str) -> Option<Self> {
        Some(match serde_json::from_str(json).ok()? {
            Value::Number(whole) if whole.is_i64() => Known::Whole(number(json)?),
            Value::Number(real) => Known::Real(bits(real.as_f64()?)?),
            Value::Bool(truth) => Known::Truth(truth),
            Value::String(text) => Known::Text(text),
            bag => Known::Text(bag.to_string()),
        })
    }

    fn holds(values: &HashSet<Self>, json: &str) -> bool {
        let has = |known: Option<Self>| known.is_some_and(|known| values.contains(&known));
        has(Some(Known::Text(unquoted(json))))
            || has(number(json).map(Known::Whole))
            || has(real(json).and_then(bits).map(Known::Real))
            || has(truth(json).map(Known::Truth))
    }
}

/// A number with a fraction equals no whole one.
fn exact_whole(json: &str) -> Option<i64> {
    whole(json).filter(|long| real(json).is_none_or(|real| real == *long as f64))
}

/// What tells reals apart: both zeros are one, and what is no number equals nothing.
fn bits(real: f64) -> Option<u64> {
    (!real.is_nan()).then(|| (real + 0.0).to_bits())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_is_read_by_its_own_text() {
        let read = |list: &str| {
            let mut values = HashSet::new();
            push(list, &decimal, &mut values);
            values
        };
        let digits = 12_345_678_901_234_567_890_123_i128;
        assert_eq!(read("[ 123456.78901234567890123, [null, \"1\"] ]"), HashSet::from([digits, 10_i128.pow(17)]));
    }

    #[test]
    fn a_dynamic_is_looked_for_as_what_the_list_holds() {
        let has = |list: &str, json: &str| {
            let mut values = HashSet::new();
            push(list, &Known::of, &mut values);
            Known::holds(&values, json)
        };
        assert!(has("[5.0]", "5") && has("[5]", "5.0") && has("[5]", "\"5\"") && has("[true]", "7"));
        assert!(!has("[5]", "5.5") && !has("[\"5.0\"]", "5") && !has("[5]", "null"));
        assert!(!has("[9007199254740993]", "9007199254740992") && !has("[1e-20]", "2e-20"));
    }
}
