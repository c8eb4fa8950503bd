//! Functions that put the values of arrays into another order or place.

use std::cmp::Ordering;

use serde_json::Value;

use crate::function::{Function, Overload, Param, kernel};
use crate::kernel::Kernel;
use crate::rows::{Row, to_text};
use crate::types::Type;

const JSON: Param = Param::Is(Type::Dynamic);
const LONG: Param = Param::Is(Type::Long);

pub const FUNCTIONS: &[Function] = &[
    Function::kql(
        &["array_sort_asc"],
        "an array in ascending order; with further arrays, all of them in that order; a last false puts nulls first",
        &[Overload::kernel(&[JSON], Type::Dynamic, |args| to_text(args, |row| sorted(row, false))).rest(JSON)],
        &[
            ("array_sort_asc(dynamic(['d', null, 'a', 'c']))", "[\"a\",\"c\",\"d\",null]"),
            (
                "array_sort_asc(dynamic([null, 'blue', 'yellow', 'green', null]), false)",
                "[null,null,\"blue\",\"green\",\"yellow\"]",
            ),
            ("array_sort_asc(dynamic([2, 1]), dynamic(['a', 'b']))[1]", "[\"b\",\"a\"]"),
        ],
    ),
    Function::kql(
        &["array_sort_desc"],
        "an array in descending order; with further arrays, all of them in that order; a last false puts nulls first",
        &[Overload::kernel(&[JSON], Type::Dynamic, |args| to_text(args, |row| sorted(row, true))).rest(JSON)],
        &[
            ("array_sort_desc(dynamic([1, 3, 2]))", "[3,2,1]"),
            ("array_sort_desc(dynamic(['a', null, 'c']))", "[\"c\",\"a\",null]"),
            ("array_sort_desc(dynamic('abc'))", ""),
        ],
    ),
    kernel!(["array_rotate_left"], "an array whose first values have gone to its end", [JSON, LONG] => Type::Dynamic,
        |args| to_text(args, |row| rotated(row, row.long(1)?)),
        [("array_rotate_left(dynamic([1, 2, 3, 4, 5]), 2)", "[3,4,5,1,2]"), ("array_rotate_left(dynamic([1, 2, 3, 4, 5]), -2)", "[4,5,1,2,3]")]),
    kernel!(["array_rotate_right"], "an array whose last values have gone to its start", [JSON, LONG] => Type::Dynamic,
        |args| to_text(args, |row| rotated(row, row.long(1)?.checked_neg()?)), [("array_rotate_right(dynamic([1, 2, 3, 4, 5]), 2)", "[4,5,1,2,3]"),
        ("array_rotate_right(dynamic([1, 2, 3, 4, 5]), -2)", "[3,4,5,1,2]"),
        ("array_rotate_right(dynamic([]), 2)", "[]")]),
    kernel!(["array_shift_left"], "an array moved to the left, with nulls or another value in the places that it left",
        [JSON, LONG, JSON], optional 1 => Type::Dynamic,
        |args| to_text(args, |row| shifted(row, row.long(1)?)),
        [("array_shift_left(dynamic([1, 2, 3, 4, 5]), 2)", "[3,4,5,null,null]"), ("array_shift_left(dynamic([1, 2, 3, 4, 5]), -2, -1)", "[-1,-1,1,2,3]")]),
    kernel!(["array_shift_right"], "an array moved to the right, with nulls or another value in the places that it left",
        [JSON, LONG, JSON], optional 1 => Type::Dynamic,
        |args| to_text(args, |row| shifted(row, row.long(1)?.checked_neg()?)), [("array_shift_right(dynamic([1, 2, 3, 4, 5]), 2, -1)", "[-1,-1,1,2,3]"),
        ("array_shift_right(dynamic([1, 2, 3, 4, 5]), -2)", "[3,4,5,null,null]"),
        ("array_shift_right(dynamic([1, 2, 3, 4, 5]), 2)", "[null,null,1,2,3]")]),
    kernel!(["array_split"], "an array cut before a place, or before each place of an array", [JSON, JSON] => Type::Dynamic,
        SPLIT, [("array_split(dynamic([1, 2, 3, 4, 5]), 2)", "[[1,2],[3,4,5]]"), ("array_split(dynamic([1, 2, 3, 4, 5]), dynamic([1, 3, -2]))", "[[1],[2,3],[],[4,5]]")]),
    kernel!(["array_iff", "array_iif"], "for each value of an array of conditions, that of one array where it holds and of another where not",
        [JSON, JSON, JSON] => Type::Dynamic,
        |args| to_text(args, chosen), [("array_iff(dynamic([true, false, true]), dynamic([1, 2, 3]), dynamic([4, 5, 6]))", "[1,5,3]"), ("array_iff(dynamic([1, 0, 'x']), 'a', 'b')", "[\"a\",\"b\",null]")]),
];

/// The arrays in the order that sorts the first; what has another length is null.
fn sorted(row: &Row<'_>, descending: bool) -> Option<String> {
    let mut args: Vec<Value> = (0..row.len()).map(|index| row.json(index)).collect();
    let nulls_last = match args.last() {
        Some(Value::Bool(last)) if args.len() > 1 => Some(*last),
        _ => None,
    };
    if nulls_last.is_some() {
        args.pop();
    }
    let nulls_last = nulls_last.unwrap_or(true);
    let keys = args.first()?.as_array()?;
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.sort_by(|left, right| {
        let (Some(left), Some(right)) = (keys.get(*left), keys.get(*right)) else {
            return Ordering::Equal;
        };
        let by_null = left.is_null().cmp(&right.is_null());
        let by_null = if nulls_last { by_null } else { by_null.reverse() };
        let by_value = if descending { compared(right, left) } else { compared(left, right) };
        by_null.then(by_value)
    });
    let arranged = |value: &Value| match value {
        Value::Array(items) if items.len() == order.len() => {
            Value::Array(order.iter().filter_map(|at| items.get(*at).cloned()).collect())
        }
        _ => Value::Null,
    };
    match args.as_slice() {
        [one] => Some(arranged(one).to_string()),
        several => Some(Value::Array(several.iter().map(arranged).collect()).to_string()),
    }
}

/// Numbers stand before texts, and these before all else.
fn compared(left: &Value, right: &Value) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Number(_) => 0,
        Value::String(_) => 1,
        _ => 2,
    };
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => a.as_f64().unwrap_or(0.0).total_cmp(&b.as_f64().unwrap_or(0.0)),
        },
        (Value::String(a), Value::String(b)) => a.cmp(b),
        _ => rank(left).cmp(&rank(right)),
    }
}

fn rotated(row: &Row<'_>, left: i64) -> Option<String> {
    let mut items = row.array(0)?;
    let length = i64::try_from(items.len()).ok()?;
    if length > 0 {
        items.rotate_left(usize::try_from(left.rem_euclid(length)).ok()?);
    }
    Some(Value::Array(items).to_string())
}

fn shifted(row: &Row<'_>, left: i64) -> Option<String> {
    let items = row.array(0)?;
    let fill = if row.len() > 2 { row.json(2) } else { Value::Null };
    let at = |place: usize| {
        let from = i64::try_from(place).ok().and_then(|place| place.checked_add(left));
        let from = from.and_then(|from| usize::try_from(from).ok());
        from.and_then(|from| items.get(from)).unwrap_or(&fill).clone()
    };
    Some(Value::Array((0..items.len()).map(at).collect()).to_string())
}

const SPLIT: Kernel = |args| {
    to_text(args, |row| {
        let items = row.array(0)?;
        let length = i64::try_from(items.len()).ok()?;
        let places = match row.json(1) {
            Value::Array(places) => places,
            one => vec![one],
        };
        let mut parts = Vec::with_capacity(places.len() + 1);
        let mut from = 0;
        for place in places {
            let place = place.as_i64()?;
            let place = if place < 0 { length.checked_add(place)? } else { place };
            let place = usize::try_from(place.clamp(0, length)).ok()?.max(from);
            parts.push(Value::from(items.get(from..place)?));
            from = place;
        }
        parts.push(Value::from(items.get(from..)?));
        Some(Value::Array(parts).to_string())
    })
};

/// A number holds where it is not 0; what is neither number nor truth gives null.
fn chosen(row: &Row<'_>) -> Option<String> {
    let conditions = row.array(0)?;
    let (yes, no) = (row.json(1), row.json(2));
    let at = |from: &Value, place: usize| match from {
        Value::Array(items) => items.get(place).cloned().unwrap_or(Value::Null),
        other => other.clone(),
    };
    let each = |(place, condition): (usize, &Value)| {
        let holds = condition.as_bool().or_else(|| condition.as_f64().map(|number| number != 0.0));
        holds.map_or(Value::Null, |holds| at(if holds { &yes } else { &no }, place))
    };
    Some(Value::Array(conditions.iter().enumerate().map(each).collect()).to_string())
}
