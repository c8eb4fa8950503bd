//! Functions on dynamic arrays and bags.

use serde_json::{Map, Value};

use crate::cast::unquoted;
use crate::function::{Function, Overload, Param, kernel};
use crate::rows::{Row, to_bool, to_long, to_real, to_text};
use crate::types::Type;

const JSON: Param = Param::Is(Type::Dynamic);
const LONG: Param = Param::Is(Type::Long);
const TEXT: Param = Param::Is(Type::String);

pub const FUNCTIONS: &[Function] = &[
    kernel!(["array_length"], "how many values an array has; null for what is none", [JSON] => Type::Long,
        |args| to_long(args, |row| i64::try_from(array(row, 0)?.len()).ok()), [("array_length(dynamic([1, 2, 3]))", "3")]),
    Function::kql(
        &["pack_array"],
        "the values as one array",
        &[Overload::kernel(&[JSON], Type::Dynamic, |args| {
            to_text(args, |row| Some(Value::Array((0..row.len()).map(|index| json(row, index)).collect()).to_string()))
        })
        .rest(JSON)],
        &[("pack_array(1, 'a')", "[1,\"a\"]")],
    ),
    Function::kql(
        &["bag_pack", "pack", "pack_dictionary"],
        "names and values as one bag",
        &[Overload::kernel(&[], Type::Dynamic, |args| {
            to_text(args, |row| {
                let mut bag = Map::new();
                for index in (0..row.len().saturating_sub(1)).step_by(2) {
                    bag.insert(unquoted(row.text_or_empty(index)), json(row, index + 1));
                }
                Some(Value::Object(bag).to_string())
            })
        })
        .rest(JSON)],
        &[("bag_pack('Level', 'Information', 'ProcessID', 1234)", "{\"Level\":\"Information\",\"ProcessID\":1234}")],
    ),
    kernel!(["bag_keys"], "the names of a bag's properties", [JSON] => Type::Dynamic,
        |args| to_text(args, |row| match json(row, 0) {
            Value::Object(bag) => Some(Value::from(bag.keys().cloned().collect::<Vec<_>>()).to_string()),
            _ => None,
        }), [("bag_keys(dynamic({'a': 1, 'b': 2}))", "[\"a\",\"b\"]")]),
    kernel!(["bag_has_key"], "whether a bag has a property", [JSON, TEXT] => Type::Bool,
        |args| to_bool(args, |row| Some(json(row, 0).get(row.text_or_empty(1)).is_some())), [("bag_has_key(dynamic({'a': 1}), 'a')", "true")]),
    Function::kql(
        &["bag_merge"],
        "the properties of several bags; the first of a name stays",
        &[Overload::kernel(&[JSON], Type::Dynamic, |args| {
            to_text(args, |row| {
                let mut merged = Map::new();
                for index in 0..row.len() {
                    if let Value::Object(bag) = json(row, index) {
                        for (name, value) in bag {
                            merged.entry(name).or_insert(value);
                        }
                    }
                }
                Some(Value::Object(merged).to_string())
            })
        })
        .rest(JSON)],
        &[("bag_merge(dynamic({'a': 1}), dynamic({'a': 2, 'b': 3}))", "{\"a\":1,\"b\":3}")],
    ),
    Function::kql(
        &["array_concat"],
        "several arrays as one",
        &[Overload::kernel(&[JSON], Type::Dynamic, |args| {
            to_text(args, |row| {
                let all = (0..row.len()).filter_map(|index| array(row, index)).flatten().collect();
                Some(Value::Array(all).to_string())
            })
        })
        .rest(JSON)],
        &[("array_concat(dynamic([1, 2]), dynamic([3]))", "[1,2,3]")],
    ),
    kernel!(["array_slice"], "the values of an array from one place to another, both included", [JSON, LONG, LONG] => Type::Dynamic,
        |args| to_text(args, slice), [("array_slice(dynamic([1, 2, 3]), 1, 2)", "[2,3]"), ("array_slice(dynamic([1, 2, 3, 4, 5]), -3, -2)", "[3,4]")]),
    kernel!(["array_index_of"], "where an array first holds a value; -1 where it does not", [JSON, JSON] => Type::Long,
        |args| to_long(args, |row| {
            let wanted = json(row, 1);
            let found = array(row, 0)?.iter().position(|item| *item == wanted);
            found.map_or(Some(-1), |at| i64::try_from(at).ok())
        }), [("array_index_of(dynamic(['this', 'is']), 'is')", "1")]),
    kernel!(["array_reverse"], "an array backwards", [JSON] => Type::Dynamic,
        |args| to_text(args, |row| Some(Value::Array(array(row, 0)?.into_iter().rev().collect()).to_string())), [("array_reverse(dynamic([1, 2, 3]))", "[3,2,1]")]),
    kernel!(["array_sum"], "the sum of an array of numbers", [JSON] => Type::Real,
        |args| to_real(args, |row| array(row, 0)?.iter().map(Value::as_f64).sum()), [("array_sum(dynamic([1, 2, 3, 4]))", "10")]),
    kernel!(["array_sort_asc"], "an array in ascending order", [JSON] => Type::Dynamic,
        |args| to_text(args, |row| Some(sorted(array(row, 0)?, false))), [("array_sort_asc(dynamic(['d', 'a', 'c']))", "[\"a\",\"c\",\"d\"]")]),
    kernel!(["array_sort_desc"], "an array in descending order", [JSON] => Type::Dynamic,
        |args| to_text(args, |row| Some(sorted(array(row, 0)?, true))), [("array_sort_desc(dynamic([1, 3, 2]))", "[3,2,1]")]),
    kernel!(["set_has_element"], "whether an array holds a value", [JSON, JSON] => Type::Bool,
        |args| to_bool(args, |row| Some(array(row, 0)?.contains(&json(row, 1)))), [("set_has_element(dynamic(['a', 'b']), 'b')", "true")]),
    Function::kql(
        &["set_union"],
        "the distinct values of several arrays",
        &[Overload::kernel(&[JSON, JSON], Type::Dynamic, |args| {
            to_text(args, |row| Some(set(arrays(row)?.into_iter().flatten())))
        })
        .rest(JSON)],
        &[("set_union(dynamic([1, 2, 2]), dynamic([2, 3]))", "[1,2,3]")],
    ),
    Function::kql(
        &["set_intersect"],
        "the distinct values that all arrays hold",
        &[Overload::kernel(&[JSON, JSON], Type::Dynamic, |args| {
            to_text(args, |row| {
                let mut arrays = arrays(row)?.into_iter();
                let (first, others) = (arrays.next()?, arrays.collect::<Vec<_>>());
                Some(set(first.into_iter().filter(|item| others.iter().all(|other| other.contains(item)))))
            })
        })
        .rest(JSON)],
        &[("set_intersect(dynamic([1, 2, 3]), dynamic([2, 3]))", "[2,3]")],
    ),
    Function::kql(
        &["set_difference"],
        "the distinct values of the first array that the others lack",
        &[Overload::kernel(&[JSON, JSON], Type::Dynamic, |args| {
            to_text(args, |row| {
                let mut arrays = arrays(row)?.into_iter();
                let (first, others) = (arrays.next()?, arrays.collect::<Vec<_>>());
                Some(set(first.into_iter().filter(|item| !others.iter().any(|other| other.contains(item)))))
            })
        })
        .rest(JSON)],
        &[("set_difference(dynamic([1, 2, 3]), dynamic([2]))", "[1,3]")],
    ),
    kernel!(["strcat_array"], "the values of an array as one text, with a delimiter between", [JSON, TEXT] => Type::String,
        |args| to_text(args, |row| {
            let parts: Vec<String> = array(row, 0).unwrap_or_default().iter().map(|item| unquoted(&item.to_string())).collect();
            Some(parts.join(row.text_or_empty(1)))
        }), [("strcat_array(dynamic([1, 2, 3]), '->')", "1->2->3")]),
    kernel!(["dynamic_to_json"], "the JSON text of a dynamic", [JSON] => Type::String,
        |args| to_text(args, |row| Some(row.text(0).unwrap_or("null").to_string())), [("dynamic_to_json(dynamic({'a': 1}))", "{\"a\":1}")]),
];

fn json(row: &Row<'_>, index: usize) -> Value {
    row.text(index).and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null)
}

fn array(row: &Row<'_>, index: usize) -> Option<Vec<Value>> {
    match json(row, index) {
        Value::Array(items) => Some(items),
        _ => None,
    }
}

fn arrays(row: &Row<'_>) -> Option<Vec<Vec<Value>>> {
    (0..row.len()).map(|index| array(row, index)).collect()
}

fn set(items: impl Iterator<Item = Value>) -> String {
    let mut distinct: Vec<Value> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for item in items {
        if seen.insert(item.to_string()) {
            distinct.push(item);
        }
    }
    Value::Array(distinct).to_string()
}

/// Numbers before texts; nulls last.
fn sorted(mut items: Vec<Value>, descending: bool) -> String {
    let order = |a: &Value, b: &Value| match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64().unwrap_or(0.0).total_cmp(&b.as_f64().unwrap_or(0.0)),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        _ => std::cmp::Ordering::Equal,
    };
    items.sort_by(|a, b| {
        let by_null = a.is_null().cmp(&b.is_null());
        by_null.then(if descending { order(b, a) } else { order(a, b) })
    });
    Value::Array(items).to_string()
}

fn slice(row: &Row<'_>) -> Option<String> {
    let items = array(row, 0)?;
    let length = i64::try_from(items.len()).ok()?;
    let place = |index: i64| if index < 0 { length + index } else { index };
    let (from, to) = (place(row.long(1)?).max(0), place(row.long(2)?).min(length - 1));
    let (from, count) = (usize::try_from(from).ok()?, usize::try_from((to - from + 1).max(0)).ok()?);
    Some(Value::Array(items.into_iter().skip(from).take(count).collect()).to_string())
}
