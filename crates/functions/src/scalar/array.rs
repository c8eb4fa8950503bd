//! Functions on dynamic arrays.

use datafusion_expr::Expr;
use serde_json::Value;

use crate::cast::unquoted;
use crate::function::{Function, Overload, Param, call_kernel, kernel};
use crate::kernel::Kernel;
use crate::rows::{Row, to_long, to_real, to_text};
use crate::types::Type;

const JSON: Param = Param::Is(Type::Dynamic);
const LONG: Param = Param::Is(Type::Long);
const TEXT: Param = Param::Is(Type::String);

/// The text that one array may have: what repeats arrays of arrays grows without end.
const LARGEST: usize = 64 << 20;

const PACK: Kernel =
    |args| to_text(args, |row| Some(Value::Array((0..row.len()).map(|index| row.json(index)).collect()).to_string()));

/// Dynamics as one array.
pub fn pack(values: Vec<Expr>) -> Expr {
    call_kernel("pack_array".into(), PACK, Type::Dynamic, values)
}

pub const FUNCTIONS: &[Function] = &[
    kernel!(["array_length", "arraylength"], "how many values an array has; null for what is none", [JSON] => Type::Long,
        |args| to_long(args, |row| i64::try_from(row.array(0)?.len()).ok()), [("array_length(dynamic([1, 2, 3]))", "3"),
        ("array_length(dynamic([]))", "0"),
        ("array_length(dynamic({}))", ""),
        ("array_length(dynamic(null))", "")]),
    Function::kql(
        &["pack_array"],
        "the values as one array",
        &[Overload::kernel(&[JSON], Type::Dynamic, PACK).rest(JSON)],
        &[("pack_array(1, 'a')", "[1,\"a\"]"), ("pack_array(long(null), '', dynamic([1]))", "[null,\"\",[1]]")],
    ),
    Function::kql(
        &["array_concat"],
        "several arrays as one",
        &[Overload::kernel(&[JSON], Type::Dynamic, |args| {
            to_text(args, |row| {
                let all = (0..row.len()).filter_map(|index| row.array(index)).flatten().collect();
                Some(Value::Array(all).to_string())
            })
        })
        .rest(JSON)],
        &[
            ("array_concat(dynamic([1, 2]), dynamic([3]))", "[1,2,3]"),
            ("array_concat(dynamic({'a': 1}), dynamic([9]))", "[9]"),
            ("array_concat(dynamic([1, 2]), dynamic(null))", "[1,2]"),
        ],
    ),
    kernel!(["array_slice"], "the values of an array from one place to another, both included", [JSON, LONG, LONG] => Type::Dynamic,
        |args| to_text(args, slice), [("array_slice(dynamic([1, 2, 3]), 1, 2)", "[2,3]"), ("array_slice(dynamic([1, 2, 3, 4, 5]), -3, -2)", "[3,4]")]),
    kernel!(["array_reverse"], "an array backwards", [JSON] => Type::Dynamic,
        |args| to_text(args, |row| Some(Value::Array(row.array(0)?.into_iter().rev().collect()).to_string())), [("array_reverse(dynamic([1, 2, 3]))", "[3,2,1]"),
        ("array_reverse(dynamic([]))", "[]"),
        ("array_reverse(dynamic('abc'))", "")]),
    kernel!(["array_sum"], "the sum of an array of numbers", [JSON] => Type::Real,
    |args| to_real(args, |row| Some(row.array(0)?.iter().filter_map(Value::as_f64).sum())), [
        ("array_sum(dynamic([1, 2, 3, 4]))", "10"),
        ("array_sum(dynamic([1, 3, null]))", "4")
    ]),
    kernel!(["strcat_array", "array_strcat"], "the values of an array as one text, with a delimiter between", [JSON, TEXT] => Type::String,
        |args| to_text(args, |row| {
            let parts: Vec<String> = row.array(0).unwrap_or_default().iter().map(|item| unquoted(&item.to_string())).collect();
            Some(parts.join(row.text_or_empty(1)))
        }), [("strcat_array(dynamic([1, 2, 3]), '->')", "1->2->3"),
        ("strcat_array(dynamic(['a', null, '', 'b']), '|')", "a|||b"),
        ("strcat_array(dynamic([]), ',')", "")]),
    kernel!(["array_index_of"], "where an array holds a value: from a place on, within so many values, for the so-manieth time; -1 where it does not",
        [JSON, JSON, LONG, LONG, LONG], optional 3 => Type::Long,
        |args| to_long(args, index_of), [("array_index_of(dynamic(['this', 'is']), 'is')", "1"), ("array_index_of(dynamic([1, 2, 1, 1]), 1, 1, -1, 2)", "3")]),
    Function::kql(
        &["zip"],
        "arrays as one array of their first values, their second values and so on; missing ones are null",
        &[Overload::kernel(&[JSON, JSON], Type::Dynamic, |args| to_text(args, |row| Some(zipped(row)))).rest(JSON)],
        &[
            ("zip(dynamic([1, 3, 5]), dynamic([2, 4, 6]))", "[[1,2],[3,4],[5,6]]"),
            ("zip(dynamic([1, 2]), dynamic([3]))", "[[1,3],[2,null]]"),
        ],
    ),
    kernel!(["repeat"], "an array with a value so many times, at most 1024", [JSON, LONG] => Type::Dynamic,
        |args| to_text(args, |row| {
            let count = usize::try_from(row.long(1)?.clamp(0, 1024)).ok()?;
            let size = row.text(0).map_or(0, str::len);
            if size.saturating_mul(count) > LARGEST {
                return None;
            }
            Some(Value::Array(vec![row.json(0); count]).to_string())
        }), [("repeat(1, 3)", "[1,1,1]"),
        ("repeat('a', 0)", "[]")]),
];

fn index_of(row: &Row<'_>) -> Option<i64> {
    let (items, wanted) = (row.array(0)?, row.json(1));
    let length = i64::try_from(items.len()).ok()?;
    let given = |index: usize, default: i64| if index < row.len() { row.long(index) } else { Some(default) };
    let (start, count, occurrence) = (given(2, 0)?, given(3, -1)?, given(4, 1)?);
    let start = if start < 0 { (length + start).max(0) } else { start };
    let end = if count < 0 { length } else { start.saturating_add(count).min(length) };
    let within = usize::try_from(start).ok()?..usize::try_from(end).ok()?;
    let nth = usize::try_from(occurrence.checked_sub(1)?).ok()?;
    let found = items.iter().enumerate().filter(|(at, item)| within.contains(at) && **item == wanted).nth(nth);
    found.map_or(Some(-1), |(at, _)| i64::try_from(at).ok())
}

fn slice(row: &Row<'_>) -> Option<String> {
    let items = row.array(0)?;
    let length = i64::try_from(items.len()).ok()?;
    let place = |index: i64| if index < 0 { length + index } else { index };
    let (from, to) = (place(row.long(1)?).max(0), place(row.long(2)?).min(length - 1));
    let count = to.saturating_sub(from).saturating_add(1).max(0);
    let (from, count) = (usize::try_from(from).ok()?, usize::try_from(count).ok()?);
    Some(Value::Array(items.into_iter().skip(from).take(count).collect()).to_string())
}

fn zipped(row: &Row<'_>) -> String {
    let arrays: Vec<Vec<Value>> = (0..row.len()).map(|index| row.array(index).unwrap_or_default()).collect();
    let longest = arrays.iter().map(Vec::len).max().unwrap_or(0);
    let tuple = |at: usize| arrays.iter().map(|items| items.get(at).cloned().unwrap_or(Value::Null)).collect();
    Value::Array((0..longest).map(tuple).collect()).to_string()
}
