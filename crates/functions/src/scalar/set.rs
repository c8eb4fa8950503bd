//! Functions that take arrays as sets of distinct values.

use std::collections::HashSet;

use serde_json::Value;

use crate::function::{Function, Overload, Param, kernel};
use crate::rows::{Row, to_bool, to_real, to_text};
use crate::types::Type;

const JSON: Param = Param::Is(Type::Dynamic);

pub const FUNCTIONS: &[Function] = &[
    kernel!(["set_has_element"], "whether an array holds a value", [JSON, JSON] => Type::Bool,
        |args| to_bool(args, |row| Some(row.array(0)?.contains(&row.json(1)))), [("set_has_element(dynamic(['a', 'b']), 'b')", "true"),
        ("set_has_element(dynamic([1, 2, 3]), '2')", "false"),
        ("set_has_element(dynamic([]), 1)", "false")]),
    Function::kql(
        &["set_union"],
        "the distinct values of several arrays",
        &[Overload::kernel(&[JSON, JSON], Type::Dynamic, |args| {
            to_text(args, |row| Some(set(arrays(row)?.into_iter().flatten())))
        })
        .rest(JSON)],
        &[("set_union(dynamic([1, 2, 2]), dynamic([2, 3]))", "[1,2,3]"), ("set_union(dynamic([]), dynamic([]))", "[]")],
    ),
    Function::kql(
        &["set_intersect"],
        "the distinct values that all arrays hold",
        &[Overload::kernel(&[JSON, JSON], Type::Dynamic, |args| {
            to_text(args, |row| {
                let mut arrays = arrays(row)?.into_iter();
                let (first, others) = (arrays.next()?, arrays.map(spelled).collect::<Vec<_>>());
                Some(set(first.into_iter().filter(|item| others.iter().all(|other| other.contains(&item.to_string())))))
            })
        })
        .rest(JSON)],
        &[
            ("set_intersect(dynamic([1, 2, 3]), dynamic([2, 3]))", "[2,3]"),
            ("set_intersect(dynamic([1]), dynamic([2]))", "[]"),
            ("set_intersect(dynamic([1, 1, 2]), dynamic([1]))", "[1]"),
        ],
    ),
    Function::kql(
        &["set_difference"],
        "the distinct values of the first array that the others lack",
        &[Overload::kernel(&[JSON, JSON], Type::Dynamic, |args| {
            to_text(args, |row| {
                let mut arrays = arrays(row)?.into_iter();
                let (first, others) = (arrays.next()?, spelled(arrays.flatten()));
                Some(set(first.into_iter().filter(|item| !others.contains(&item.to_string()))))
            })
        })
        .rest(JSON)],
        &[
            ("set_difference(dynamic([1, 2, 3]), dynamic([2]))", "[1,3]"),
            ("set_difference(dynamic([1, 2, 3]), dynamic([1, 2, 3]))", "[]"),
        ],
    ),
    kernel!(["set_equals"], "whether two arrays hold the same distinct values", [JSON, JSON] => Type::Bool,
        |args| to_bool(args, |row| {
            Some(spelled(row.array(0)?) == spelled(row.array(1)?))
        }), [("set_equals(dynamic([1, 2, 2]), dynamic([2, 1]))", "true"),
        ("set_equals(dynamic([1, 2]), dynamic([1]))", "false"),
        ("set_equals(dynamic([]), dynamic([]))", "true")]),
    kernel!(["jaccard_index"], "how much two arrays have in common: the size of their intersection by that of their union", [JSON, JSON] => Type::Real,
        |args| to_real(args, jaccard), [("jaccard_index(dynamic([1, 2, 3]), dynamic([1, 2, 3, 4]))", "0.75"),
        ("jaccard_index(dynamic([1]), dynamic([2]))", "0"),
        ("jaccard_index(dynamic([1, 1]), dynamic([1]))", "1")]),
];

fn arrays(row: &Row<'_>) -> Option<Vec<Vec<Value>>> {
    (0..row.len()).map(|index| row.array(index)).collect()
}

fn set(items: impl Iterator<Item = Value>) -> String {
    Value::Array(distinct(items)).to_string()
}

fn jaccard(row: &Row<'_>) -> Option<f64> {
    let (left, right) = (spelled(row.array(0)?), spelled(row.array(1)?));
    let shared = left.intersection(&right).count();
    Some(shared as f64 / (left.len() + right.len() - shared) as f64)
}

/// The values by their JSON, so that large arrays are compared in time.
fn spelled(items: impl IntoIterator<Item = Value>) -> HashSet<String> {
    items.into_iter().map(|item| item.to_string()).collect()
}

fn distinct(items: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut distinct: Vec<Value> = Vec::new();
    let mut seen = HashSet::new();
    for item in items {
        if seen.insert(item.to_string()) {
            distinct.push(item);
        }
    }
    distinct
}
