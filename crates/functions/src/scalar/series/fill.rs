//! Functions that fill the gaps of a series. A gap is a null, or a value that stands for one.

use serde_json::Value;

use super::{JSON, real};
use crate::function::{Function, Param, kernel};
use crate::rows::{Row, to_text};
use crate::types::Type;

const BOOL: Param = Param::Is(Type::Bool);

pub(super) const FUNCTIONS: &[Function] = &[
    kernel!(["series_fill_forward"], "a series whose gaps hold the value before them", [JSON, JSON], optional 1 => Type::Dynamic,
        |args| to_text(args, |row| Some(Value::Array(forward(row.array(0)?, &placeholder(row, 1))).to_string())),
        [("series_fill_forward(dynamic([null, 36, null, 16, null]))", "[null,36,36,16,16]"),
        ("series_fill_forward(dynamic([1, 0, 2]), 0)", "[1,1,2]"),
        ("series_fill_forward(dynamic([]))", "[]")]),
    kernel!(["series_fill_backward"], "a series whose gaps hold the value after them", [JSON, JSON], optional 1 => Type::Dynamic,
        |args| to_text(args, |row| {
            let mut items = row.array(0)?;
            items.reverse();
            let mut filled = forward(items, &placeholder(row, 1));
            filled.reverse();
            Some(Value::Array(filled).to_string())
        }), [("series_fill_backward(dynamic([null, 36, null, 16, null]))", "[36,36,16,16,null]"),
        ("series_fill_backward(dynamic([1, 0, 2]), 0)", "[1,2,2]")]),
    kernel!(["series_fill_const"], "a series whose gaps hold a constant, 0 where none is given", [JSON, JSON, JSON], optional 2 => Type::Dynamic,
        |args| to_text(args, |row| {
            let (gap, fill) = (placeholder(row, 2), if row.len() > 1 { row.json(1) } else { real(0.0) });
            let items = row.array(0)?.into_iter().map(|item| if is_gap(&item, &gap) { fill.clone() } else { item });
            Some(Value::Array(items.collect()).to_string())
        }), [("series_fill_const(dynamic([111, null, 36]), -1)", "[111,-1,36]"),
        ("series_fill_const(dynamic([1, 0, 2]), 9, 0)", "[1,9,2]")]),
    kernel!(["series_fill_linear"], "a series whose gaps lie on the line between their neighbours, and those at the edges hold the nearest value",
    [JSON, JSON, BOOL, JSON], optional 3 => Type::Dynamic, |args| to_text(args, linear), [
        ("series_fill_linear(dynamic([null, 111.0, null, 36.0, null]))", "[111.0,111.0,73.5,36.0,36.0]"),
        ("series_fill_linear(dynamic([111, null, 36]))", "[111,73,36]")
    ]),
];

fn placeholder(row: &Row<'_>, index: usize) -> Value {
    if index < row.len() { row.json(index) } else { Value::Null }
}

fn is_gap(item: &Value, gap: &Value) -> bool {
    item.is_null() || item == gap || item.as_f64().is_some_and(|number| gap.as_f64() == Some(number))
}

fn forward(items: Vec<Value>, gap: &Value) -> Vec<Value> {
    let mut last: Option<Value> = None;
    let one = |item: Value| {
        if !is_gap(&item, gap) {
            last = Some(item.clone());
            return item;
        }
        last.clone().unwrap_or(item)
    };
    items.into_iter().map(one).collect()
}

/// Of a series of whole numbers the filled values are cut to whole numbers too.
fn linear(row: &Row<'_>) -> Option<String> {
    let (items, gap) = (row.array(0)?, placeholder(row, 1));
    let fills_edges = if row.len() > 2 { row.bool(2)? } else { true };
    let constant = if row.len() > 3 { row.json(3) } else { Value::from(0) };
    let known: Vec<(usize, f64)> = items
        .iter()
        .enumerate()
        .filter(|(_, item)| !is_gap(item, &gap))
        .filter_map(|(place, item)| Some((place, item.as_f64()?)))
        .collect();
    let is_whole = items.iter().filter(|item| !is_gap(item, &gap)).all(|item| item.as_i64().is_some());
    let number = |value: f64| if is_whole { Value::from(value as i64) } else { real(value) };
    let (Some(first), Some(last)) = (known.first(), known.last()) else {
        return Some(Value::Array(vec![constant; items.len()]).to_string());
    };
    let mut after = 0;
    let filled = items.iter().enumerate().map(|(place, item)| {
        while known.get(after).is_some_and(|(at, _)| *at <= place) {
            after += 1;
        }
        if !is_gap(item, &gap) {
            return item.clone();
        }
        let before = after.checked_sub(1).and_then(|index| known.get(index));
        match (before, known.get(after)) {
            (Some((x0, y0)), Some((x1, y1))) => number(y0 + (y1 - y0) * (place - x0) as f64 / (x1 - x0) as f64),
            (None, _) if fills_edges => number(first.1),
            (_, None) if fills_edges => number(last.1),
            _ => item.clone(),
        }
    });
    Some(Value::Array(filled.collect()).to_string())
}
