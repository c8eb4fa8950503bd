//! Functions on dynamics: access, construction, arrays and bags.

use datafusion_expr::Expr;
use serde_json::Value;

use crate::function::{Function, Gives, Lower, Overload, Param, call_kernel};
use crate::kernel::Kernel;
use crate::rows::to_text;
use crate::scalar::member::member;
use crate::types::Type;

/// The value at the end of a path of property names and indexes; null where the path leads nowhere.
pub fn get(dynamic: Expr, path: Vec<Expr>) -> Expr {
    let mut args = vec![dynamic];
    args.extend(path);
    let kernel: Kernel = |args| {
        to_text(args, |row| {
            let text = row.text(0)?;
            // Most paths are one name, and objects of events have twenty members.
            let (json, first) = match row.text(1) {
                Some(name) => (member(text, name)?, 2),
                None => (serde_json::from_str(text).ok()?, 1),
            };
            let mut at = &json;
            for step in first..row.len() {
                at = match (at, row.text(step), row.long(step)) {
                    (Value::Object(members), Some(name), _) => members.get(name)?,
                    (Value::Array(items), None, Some(index)) => items.get(position(index, items.len())?)?,
                    _ => return None,
                };
            }
            (!at.is_null()).then(|| at.to_string())
        })
    };
    call_kernel(GET.into(), kernel, Type::Dynamic, args)
}

const GET: &str = "dynamic_get";

/// What [`get`] was made of: the dynamic, and the path into it.
pub fn got(expr: &Expr) -> Option<(&Expr, &[Expr])> {
    match expr {
        Expr::ScalarFunction(call) if call.func.name() == GET => call.args.split_first(),
        _ => None,
    }
}

/// Where an index stands; a negative one counts from the end.
fn position(index: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    usize::try_from(if index < 0 { length + index } else { index }).ok()
}

/// `gettype()` of a dynamic: the name of the type of what it holds.
pub fn type_name(dynamic: Expr) -> Expr {
    let kernel: Kernel = |args| {
        to_text(args, |row| {
            let json = row.text(0).map(serde_json::from_str::<Value>);
            let name = match json {
                Some(Ok(Value::Bool(_))) => "bool",
                Some(Ok(Value::Number(number))) if number.is_f64() => "double",
                Some(Ok(Value::Number(_))) => "long",
                Some(Ok(Value::String(_))) => "string",
                Some(Ok(Value::Array(_))) => "array",
                Some(Ok(Value::Object(_))) => "dictionary",
                _ => "null",
            };
            Some(name.to_string())
        })
    };
    call_kernel("dynamic_type".into(), kernel, Type::String, vec![dynamic])
}

pub const FUNCTIONS: &[Function] = &[Function::kql(
    &["parse_json", "todynamic", "toobject", "parsejson"],
    "the dynamic that a JSON text spells; any other text as a dynamic string",
    &[Overload::new(&[Param::Text], Gives::Is(Type::Dynamic), Lower::Kernel(parse_json))],
    &[
        ("parse_json('{\"a\":1}').a", "1"),
        ("parse_json('x y')", "x y"),
        ("parse_json('')", ""),
        ("parse_json('null')", ""),
    ],
)];

/// Of text that is no JSON, the text itself; what is a dynamic already stays as it is.
fn parse_json(args: &crate::kernel::Args<'_>) -> datafusion_common::Result<arrow::array::ArrayRef> {
    to_text(args, |row| {
        let text = row.text(0)?;
        if text.trim().is_empty() {
            return None;
        }
        match serde_json::from_str::<Value>(text) {
            Ok(Value::Null) => None,
            Ok(json) => Some(json.to_string()),
            Err(_) => Some(Value::from(text).to_string()),
        }
    })
}
