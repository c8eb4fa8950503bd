//! Membership: whether a value is among those of a dynamic array, each read as the value's type.

use std::cell::RefCell;
use std::collections::HashSet;
use std::hash::Hash;

use arrow::array::ArrayRef;
use datafusion_common::Result;
use datafusion_expr::Expr;
use serde_json::Value;

use super::json::{decimal, real, truth, unquoted, whole};
use crate::function::call_kernel;
use crate::kernel::{Args, Kernel};
use crate::rows::{Row, to_bool};
use crate::ticks;
use crate::types::Type;

/// Whether `value` is in the dynamic `list`, nested arrays laid flat; `None` for types that are compared as texts. Never null: what
/// is null is in no list.
pub fn within(value: Expr, kind: Type, list: Expr) -> Option<Expr> {
    let kernel: Kernel = match kind {
        Type::Int | Type::Long => |args| among(args, |row| row.long(0), exact_whole),
        Type::Real => |args| among(args, |row| bits(row.real(0)?), |json| bits(real(json)?)),
        Type::Decimal => |args| among(args, |row| Some(row.decimal(0)?.0), decimal),
        Type::Bool => |args| among(args, |row| row.bool(0), truth),
        Type::Datetime => |args| among(args, |row| row.long(0), |json| ticks::parse_spelt(&unquoted(json))),
        Type::Timespan => |args| among(args, |row| row.long(0), |json| ticks::parse_timespan(&unquoted(json))),
        Type::String | Type::Guid | Type::Dynamic => return None,
    };
    Some(call_kernel(format!("within/{}", kind.name()), kernel, Type::Bool, vec![value, list]))
}

fn among<T: Eq + Hash>(
    args: &Args<'_>,
    value: impl Fn(&Row<'_>) -> Option<T>,
    read: impl Fn(&str) -> Option<T>,
) -> Result<ArrayRef> {
    // The list is mostly that of the row before.
    let last: RefCell<(String, HashSet<T>)> = RefCell::new((String::new(), HashSet::new()));
    to_bool(args, |row| {
        let Some(value) = value(row) else { return Some(false) };
        let text = row.text_or_empty(1);
        let mut last = last.borrow_mut();
        if last.0 != text {
            let mut values = HashSet::new();
            push(serde_json::from_str(text).unwrap_or(Value::Null), &read, &mut values);
            *last = (text.to_owned(), values);
        }
        Some(last.1.contains(&value))
    })
}

/// JSON nests no deeper than its reader allows.
fn push<T: Eq + Hash>(json: Value, read: &impl Fn(&str) -> Option<T>, values: &mut HashSet<T>) {
    match json {
        Value::Array(items) => items.into_iter().for_each(|item| push(item, read, values)),
        Value::Null => {}
        value => values.extend(read(&value.to_string())),
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
