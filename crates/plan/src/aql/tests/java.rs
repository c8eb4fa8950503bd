//! MATCHES and IMATCHES beside Java itself, whose answers `tests/java/Patterns.java` made.

use arrow::datatypes::{DataType, Field};
use datafusion_common::ScalarValue;
use datafusion_common::config::ConfigOptions;
use datafusion_common::tree_node::{TreeNode, TreeNodeRecursion};
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
    let texts = [ScalarValue::from(text), needle].map(ColumnarValue::Scalar);
    let field = Arc::new(Field::new("", DataType::Utf8, true));
    let args = ScalarFunctionArgs {
        args: texts.to_vec(),
        arg_fields: vec![field.clone(), field],
        number_rows: 1,
        return_field: Arc::new(Field::new("", DataType::Boolean, true)),
        config_options: Arc::new(ConfigOptions::default()),
    };
    match call.func.invoke_with_args(args).unwrap() {
        ColumnarValue::Scalar(ScalarValue::Boolean(found)) => found,
        other => panic!("{other:?}"),
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
