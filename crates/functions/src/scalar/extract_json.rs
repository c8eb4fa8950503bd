//! Values out of JSON texts by a path.

use serde_json::Value;

use crate::cast::unquoted;
use crate::function::{Function, Param, kernel};
use crate::rows::{Row, to_text};
use crate::scalar::bag_path;
use crate::types::Type;

const TEXT: Param = Param::Text;

pub const FUNCTIONS: &[Function] = &[
    kernel!(["extract_json", "extractjson"], "the value at a path such as $.a[0].b of a JSON text; a last typeof(...) converts it", [TEXT, TEXT] => Type::String,
        |args| to_text(args, |row| Some(found(row).unwrap_or_default())),
        [("extract_json('$.name', '{\"name\": \"John\"}')", "John"), ("extract_json('$.a[1]', '{\"a\": [1, 2]}', typeof(long))", "2")]),
];

fn found(row: &Row<'_>) -> Option<String> {
    let json: Value = serde_json::from_str(row.text(1)?).ok()?;
    let path = bag_path::parse(row.text(0)?)?;
    let value = path.iter().try_fold(&json, bag_path::step_into)?;
    Some(unquoted(&value.to_string()))
}
