//! Functions on dynamic bags.

use datafusion_expr::Expr;
use serde_json::{Map, Value};

use crate::cast::unquoted;
use crate::function::{Function, Overload, Param, call_kernel, kernel};
use crate::kernel::Kernel;
use crate::rows::{Row, to_bool, to_text};
use crate::scalar::bag_path;
use crate::types::Type;

const JSON: Param = Param::Is(Type::Dynamic);
const TEXT: Param = Param::Is(Type::String);

/// A bag of names and dynamics; `skips_empty` leaves out what is null or an empty text.
pub fn pack(pairs: Vec<Expr>, skips_empty: bool) -> Expr {
    let all: Kernel = |args| to_text(args, |row| Some(packed(row, false)));
    let filled: Kernel = |args| to_text(args, |row| Some(packed(row, true)));
    let (name, kernel) = if skips_empty { ("pack_filled", filled) } else { ("pack", all) };
    call_kernel(name.into(), kernel, Type::Dynamic, pairs)
}

fn packed(row: &Row<'_>, skips_empty: bool) -> String {
    let mut bag = Map::new();
    for index in (0..row.len().saturating_sub(1)).step_by(2) {
        let value = row.json(index + 1);
        if !skips_empty || !matches!(&value, Value::Null) && value.as_str() != Some("") {
            bag.insert(row.text_or_empty(index).to_string(), value);
        }
    }
    Value::Object(bag).to_string()
}

pub const FUNCTIONS: &[Function] = &[
    Function::kql(
        &["bag_pack", "pack", "pack_dictionary"],
        "names and values as one bag",
        &[Overload::kernel(&[], Type::Dynamic, |args| {
            to_text(args, |row| {
                let mut bag = Map::new();
                for index in (0..row.len().saturating_sub(1)).step_by(2) {
                    bag.insert(unquoted(row.text_or_empty(index)), row.json(index + 1));
                }
                Some(Value::Object(bag).to_string())
            })
        })
        .rest(JSON)],
        &[
            ("bag_pack('Level', 'Information', 'ProcessID', 1234)", "{\"Level\":\"Information\",\"ProcessID\":1234}"),
            ("bag_pack('a', long(null), 'b', '')", "{\"a\":null,\"b\":\"\"}"),
        ],
    ),
    kernel!(["bag_keys"], "the names of a bag's properties", [JSON] => Type::Dynamic,
        |args| to_text(args, |row| match row.json(0) {
            Value::Object(bag) => Some(Value::from(bag.keys().cloned().collect::<Vec<_>>()).to_string()),
            _ => None,
        }), [("bag_keys(dynamic({'a': 1, 'b': 2}))", "[\"a\",\"b\"]"),
        ("bag_keys(dynamic({}))", "[]"),
        ("bag_keys(dynamic([1]))", "")]),
    kernel!(["bag_has_key"], "whether a bag has a property", [JSON, TEXT] => Type::Bool,
        |args| to_bool(args, |row| Some(bag_path::find(&row.json(0), row.text_or_empty(1)).is_some())), [("bag_has_key(dynamic({'a': 1}), 'a')", "true"), ("bag_has_key(dynamic({'a': {'b': 1}}), '$.a.b')", "true")]),
    Function::kql(
        &["bag_merge"],
        "the properties of several bags; the first of a name stays",
        &[Overload::kernel(&[JSON], Type::Dynamic, |args| {
            to_text(args, |row| {
                let mut merged = Map::new();
                for index in 0..row.len() {
                    if let Value::Object(bag) = row.json(index) {
                        for (name, value) in bag {
                            merged.entry(name).or_insert(value);
                        }
                    }
                }
                Some(Value::Object(merged).to_string())
            })
        })
        .rest(JSON)],
        &[
            ("bag_merge(dynamic({'a': 1}), dynamic({'a': 2, 'b': 3}))", "{\"a\":1,\"b\":3}"),
            ("bag_merge(dynamic({'k': 1}), dynamic(null))", "{\"k\":1}"),
            ("bag_merge(dynamic({'a': 1}), dynamic({'a': {'b': 2}}))", "{\"a\":1}"),
        ],
    ),
    kernel!(["dynamic_to_json"], "the JSON text of a dynamic, with the properties of bags in order", [JSON] => Type::String,
        |args| to_text(args, |row| {
            let mut value = row.json(0);
            value.sort_all_objects();
            Some(value.to_string())
        }), [("dynamic_to_json(dynamic({'b': 2, 'a': 1}))", "{\"a\":1,\"b\":2}"),
        ("dynamic_to_json(dynamic(null))", "null")]),
    kernel!(["bag_remove_keys"], "a bag without some properties; a name may be a path such as $.a.b", [JSON, JSON] => Type::Dynamic,
        |args| to_text(args, |row| {
            let mut bag = Value::Object(row.bag(0)?);
            for key in row.array(1)? {
                bag_path::remove(&mut bag, key.as_str().unwrap_or(""));
            }
            Some(bag.to_string())
        }), [("bag_remove_keys(dynamic({'a': 1, 'b': {'c': 2, 'd': 3}, 'e': 4}), dynamic(['$.b.c', 'e']))", "{\"a\":1,\"b\":{\"d\":3}}"),
        ("bag_remove_keys(dynamic({'a': 1}), dynamic(['b']))", "{\"a\":1}"),
        ("bag_remove_keys(dynamic([1]), dynamic(['b']))", "")]),
    kernel!(["bag_set_key"], "a bag with a property set; its name may be a path such as $.a.b", [JSON, TEXT, JSON] => Type::Dynamic,
        |args| to_text(args, |row| {
            let mut bag = Value::Object(row.bag(0)?);
            bag_path::set(&mut bag, row.text_or_empty(1), row.json(2));
            Some(bag.to_string())
        }), [("bag_set_key(dynamic({'a': 1}), '$.b.c', 'x')", "{\"a\":1,\"b\":{\"c\":\"x\"}}"),
        ("bag_set_key(dynamic({'a': 1}), 'a', 2)", "{\"a\":2}"),
        ("bag_set_key(dynamic([1]), 'a', 2)", "")]),
    kernel!(["bag_zip"], "a bag from an array of names and one of values; names that are no text are left out", [JSON, JSON] => Type::Dynamic,
        |args| to_text(args, |row| {
            let (names, values) = (row.array(0)?, row.array(1).unwrap_or_default());
            let mut bag = Map::new();
            for (place, name) in names.iter().enumerate() {
                if let Value::String(name) = name {
                    bag.insert(name.clone(), values.get(place).cloned().unwrap_or(Value::Null));
                }
            }
            Some(Value::Object(bag).to_string())
        }), [("bag_zip(dynamic(['a', 'b']), dynamic([1, '2', 2.5]))", "{\"a\":1,\"b\":\"2\"}"),
        ("bag_zip(dynamic(['a', 'b']), dynamic([1]))", "{\"a\":1,\"b\":null}"),
        ("bag_zip(dynamic(['a', 8, 'b']), dynamic(1))", "{\"a\":null,\"b\":null}"),
        ("bag_zip(dynamic('a'), dynamic([1]))", "")]),
    kernel!(["treepath"], "the paths of all values in a bag", [JSON] => Type::Dynamic,
        |args| to_text(args, |row| {
            let bag = Value::Object(row.bag(0)?);
            Some(Value::from(bag_path::all(&bag)).to_string())
        }), [("treepath(dynamic({'a': 'b', 'c': 123}))", "[\"['a']\",\"['c']\"]")]),
];
