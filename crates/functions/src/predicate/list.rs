//! A string predicate whose needles are a dynamic array, known only when the plan runs.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanBuilder};
use arrow::datatypes::DataType;
use datafusion_common::Result;
use datafusion_expr::expr::ScalarFunction;
use datafusion_expr::{ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use serde_json::Value;

use super::matcher::Matcher;
use super::{Absent, Match};
use crate::kernel::{self, Args};
use crate::text::Text;

impl Match {
    /// [`Match::call`] with the values of a dynamic array, also of nested ones; nothing is no needle.
    pub fn call_list(self, text: Expr, list: Expr) -> Expr {
        let name = format!("{}/list", self.name());
        let udf = ListUdf { predicate: self, name, signature: Signature::any(2, Volatility::Immutable) };
        Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(ScalarUDF::new_from_impl(udf)), vec![text, list]))
    }
}

#[derive(Debug)]
struct ListUdf {
    predicate: Match,
    name: String,
    signature: Signature,
}

impl ListUdf {
    fn evaluate(&self, args: &Args<'_>) -> Result<ArrayRef> {
        let (text, list) = (Text::of(args.array(0))?, Text::of(args.array(1))?);
        let mut out = BooleanBuilder::with_capacity(args.rows);
        let mut last: Option<(Option<&str>, Matcher)> = None;
        for row in 0..args.rows {
            let json = list.get(args.at(1, row));
            let matcher = match last.take() {
                Some((held, matcher)) if held == json => matcher,
                _ => self.matcher(json)?,
            };
            out.append_value(match text.get(args.at(0, row)) {
                Some(text) => matcher.holds(text),
                None => self.predicate.absent == Absent::Empty && matcher.holds(""),
            });
            last = Some((json, matcher));
        }
        Ok(Arc::new(out.finish()))
    }

    fn matcher(&self, json: Option<&str>) -> Result<Matcher> {
        let mut needles = Vec::new();
        if let Some(json) = json {
            push(serde_json::from_str(json).unwrap_or_else(|_| Value::from(json)), &mut needles);
        }
        let needles: Vec<&str> = needles.iter().map(String::as_str).collect();
        Matcher::new(self.predicate, &needles, &Arc::default())
    }
}

/// The needles of a value: arrays are laid flat, and nulls are none. JSON nests no deeper than its reader allows.
fn push(value: Value, needles: &mut Vec<String>) {
    match value {
        Value::Null => {}
        Value::Array(items) => items.into_iter().for_each(|item| push(item, needles)),
        Value::String(text) => needles.push(text),
        other => needles.push(other.to_string()),
    }
}

impl PartialEq for ListUdf {
    fn eq(&self, other: &Self) -> bool {
        self.predicate == other.predicate
    }
}

impl Eq for ListUdf {}

impl Hash for ListUdf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for ListUdf {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        kernel::invoke(&args, |args| self.evaluate(args))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needles_are_the_texts_of_all_values() {
        let mut needles = Vec::new();
        push(serde_json::from_str(r#"["a",["b",5,null],true]"#).unwrap(), &mut needles);
        assert_eq!(needles, ["a", "b", "5", "true"]);
    }
}
