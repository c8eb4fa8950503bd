//! MATCHES, IMATCHES and what replaces matches beside Java itself, whose answers the programs in `tests/java` made.

use arrow::datatypes::{DataType, Field};
use datafusion_common::ScalarValue;
use datafusion_common::config::ConfigOptions;
use datafusion_common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion_expr::expr::ScalarFunction;
use datafusion_expr::{ColumnarValue, Expr, LogicalPlan, ScalarFunctionArgs};
use serde_json::Value as Json;

use super::*;

/// What Java takes and is refused here: a look-behind of several lengths, and a group that is not there.
const REFUSED: [&str; 2] = ["(?<=a{1,3})b", r"\x41\u0042\103\t"];

/// Whether a text is kept; `None` where the pattern is refused.
fn keeps(op: &str, pattern: &str, text: &str) -> Option<bool> {
    let query = format!("SELECT qid FROM events WHERE username {op} '{}'", pattern.replace('\'', "\'\'"));
    let mut call = None;
    let plan = bound(&query).output?.plan;
    plan.apply(|node| {
        if let LogicalPlan::Filter(filter) = node
            && let Expr::ScalarFunction(found) = &filter.predicate
        {
            call = Some(found.clone());
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .unwrap();
    let call = call.unwrap();
    let Some(Expr::Literal(needle, _)) = call.args.get(1).cloned() else { panic!("{pattern}") };
    match answer(&call, vec![ScalarValue::from(text), needle], DataType::Boolean) {
        ScalarValue::Boolean(found) => found,
        other => panic!("{other:?}"),
    }
}

fn answer(call: &ScalarFunction, args: Vec<ScalarValue>, gives: DataType) -> ScalarValue {
    let field = Arc::new(Field::new("", DataType::Utf8, true));
    let args = ScalarFunctionArgs {
        arg_fields: vec![field; args.len()],
        args: args.into_iter().map(ColumnarValue::Scalar).collect(),
        number_rows: 1,
        return_field: Arc::new(Field::new("", gives, true)),
        config_options: Arc::new(ConfigOptions::default()),
    };
    match call.func.invoke_with_args(args).unwrap() {
        ColumnarValue::Scalar(found) => found,
        ColumnarValue::Array(array) => ScalarValue::try_from_array(&array, 0).unwrap(),
    }
}

/// What a text becomes.
fn replaced(function: &str, pattern: &str, text: &str, by: &str) -> Option<String> {
    let quoted = |text: &str| text.replace('\'', "\'\'");
    let query = format!("SELECT {function}('{}', username, '{}') AS a FROM events", quoted(pattern), quoted(by));
    let plan = output(&query).plan;
    let LogicalPlan::Projection(projection) = &plan else { panic!("{plan}") };
    let Some(Expr::Alias(alias)) = projection.expr.first() else { panic!("{plan}") };
    let Expr::ScalarFunction(call) = alias.expr.as_ref() else { panic!("{plan}") };
    let literal = |arg: &Expr| match arg {
        Expr::Literal(value, _) => value.clone(),
        _ => ScalarValue::from(text),
    };
    match answer(call, call.args.iter().map(literal).collect(), DataType::Utf8) {
        ScalarValue::Utf8(replaced) => replaced,
        other => panic!("{other:?}"),
    }
}

#[test]
fn matches_are_replaced_as_java_replaces_them() {
    let lines: Vec<&str> = include_str!("../../../tests/java/replacements.jsonl").lines().collect();
    assert!(lines.len() > 20);
    for line in lines {
        let case: Json = serde_json::from_str(line).unwrap();
        let part = |name: &str| case[name].as_str().unwrap();
        for (function, java) in [("REPLACEALL", part("all")), ("REPLACEFIRST", part("first"))] {
            let ours = replaced(function, part("pattern"), part("text"), part("by"));
            assert_eq!(ours.as_deref(), Some(java), "{function}: {line}");
        }
    }
}

#[test]
fn patterns_match_what_java_matches() {
    let lines: Vec<&str> = include_str!("../../../tests/java/patterns.jsonl").lines().collect();
    assert!(lines.len() > 300);
    let mut wrong = Vec::new();
    for line in lines {
        let case: Json = serde_json::from_str(line).unwrap();
        let (pattern, text) = (case["pattern"].as_str().unwrap(), case["text"].as_str().unwrap());
        for (op, java) in [("MATCHES", &case["matches"]), ("IMATCHES", &case["imatches"])] {
            let ours = keeps(op, pattern, text);
            let is_refused = REFUSED.contains(&pattern) && ours.is_none();
            if ours != java.as_bool() && !is_refused {
                wrong.push(format!("{op} {pattern:?} {text:?}: {ours:?}"));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}
