//! Expanding: the values that dynamics hold, as one list for each row. Unnesting the lists of a row makes a row of each value.
//!
//! Several dynamics expand side by side, so each list has as many values as the longest: what a shorter one lacks is null.

use std::sync::Arc;

use arrow::array::{ArrayBuilder, ArrayRef, Int64Builder, ListBuilder, StringBuilder};
use arrow::datatypes::{DataType, Field};
use datafusion_common::{Result, exec_err};
use datafusion_expr::expr::ScalarFunction;
use datafusion_expr::{Expr, ScalarUDF, lit};
use serde_json::value::RawValue;

use crate::kernel::{Args, KernelUdf};
use crate::rows::within_batch;
use crate::text::Text;

/// How dynamics are expanded.
#[derive(Debug, Clone, Copy)]
pub struct Expansion {
    /// A bag gives `[key, value]` pairs, and not bags of one property.
    pub as_pairs: bool,
    /// How many values a row gives at most.
    pub most: i64,
    /// A row without values gives one, whose index is null.
    pub keeps_empty: bool,
}

impl Expansion {
    /// The values of the dynamic with this number.
    pub fn values(self, number: usize, dynamics: &[Expr]) -> Expr {
        let udf = KernelUdf::new(format!("expand/{}", dynamics.len()), values, list(DataType::Utf8));
        self.call(udf, number, dynamics)
    }

    /// The place of each value, counted from 0.
    pub fn indexes(self, dynamics: &[Expr]) -> Expr {
        let udf = KernelUdf::new(format!("expand_index/{}", dynamics.len()), indexes, list(DataType::Int64));
        self.call(udf, 0, dynamics)
    }

    fn call(self, udf: KernelUdf, number: usize, dynamics: &[Expr]) -> Expr {
        let mut args = vec![lit(number as i64), lit(self.as_pairs), lit(self.most), lit(self.keeps_empty)];
        args.extend(dynamics.iter().cloned());
        Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(ScalarUDF::new_from_impl(udf)), args))
    }
}

const SETTINGS: usize = 4;

fn list(of: DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(of, true)))
}

/// What the literal arguments of a call say.
struct Settings {
    number: usize,
    expansion: Expansion,
}

impl Settings {
    fn of(args: &Args<'_>) -> Result<Self> {
        use arrow::array::AsArray;
        use arrow::datatypes::Int64Type;
        if args.len() <= SETTINGS {
            return exec_err!("nothing to expand");
        }
        let long = |index| args.array(index).as_primitive::<Int64Type>().value(0);
        let flag = |index| args.array(index).as_boolean().value(0);
        let expansion = Expansion { as_pairs: flag(1), most: long(2), keeps_empty: flag(3) };
        Ok(Settings { number: SETTINGS + usize::try_from(long(0)).unwrap_or(0), expansion })
    }

    /// How many rows come of a row.
    fn count(&self, texts: &[Text<'_>], args: &Args<'_>, row: usize) -> usize {
        let lengths = texts.iter().enumerate().map(|(index, text)| {
            let json = text.get(args.at(SETTINGS + index, row));
            length(json)
        });
        let most = usize::try_from(self.expansion.most).unwrap_or(0);
        lengths.max().unwrap_or(0).min(most)
    }
}

fn texts<'a>(args: &'a Args<'_>) -> Result<Vec<Text<'a>>> {
    (SETTINGS..args.len()).map(|index| Text::of(args.array(index))).collect()
}

fn values(args: &Args<'_>) -> Result<ArrayRef> {
    let settings = Settings::of(args)?;
    let texts = texts(args)?;
    let Some(own) = texts.get(settings.number - SETTINGS) else {
        return exec_err!("no such dynamic to expand");
    };
    let mut out = ListBuilder::new(StringBuilder::new());
    for row in 0..args.rows {
        let count = settings.count(&texts, args, row);
        within(out.values().len(), count)?;
        let items = items(own.get(args.at(settings.number, row)), settings.expansion.as_pairs);
        let mut items = items.into_iter();
        for _ in 0..count {
            match items.next().filter(|item| item != "null") {
                Some(item) => {
                    within_batch(out.values(), item.len(), args.rows)?;
                    out.values().append_value(item);
                }
                None => out.values().append_null(),
            }
        }
        if count == 0 && settings.expansion.keeps_empty {
            out.values().append_null();
        }
        out.append(true);
    }
    Ok(Arc::new(out.finish()))
}

fn indexes(args: &Args<'_>) -> Result<ArrayRef> {
    let settings = Settings::of(args)?;
    let texts = texts(args)?;
    let mut out = ListBuilder::new(Int64Builder::new());
    for row in 0..args.rows {
        let count = settings.count(&texts, args, row);
        within(out.values().len(), count)?;
        (0..count as i64).for_each(|index| out.values().append_value(index));
        if count == 0 && settings.expansion.keeps_empty {
            out.values().append_null();
        }
        out.append(true);
    }
    Ok(Arc::new(out.finish()))
}

/// The values that one batch may give.
const VALUES: usize = 1 << 26;

fn within(held: usize, next: usize) -> Result<()> {
    if held.saturating_add(next) > VALUES {
        return exec_err!("a batch of rows expands to more than {VALUES} values");
    }
    Ok(())
}

/// How many values a dynamic holds: nothing and a single value are one.
fn length(json: Option<&str>) -> usize {
    match json.map(str::trim) {
        Some(json) if json.starts_with('[') => {
            serde_json::from_str::<Vec<&RawValue>>(json).map_or(1, |items| items.len())
        }
        Some(json) if json.starts_with('{') => bag(json).map_or(1, |members| members.len()),
        _ => 1,
    }
}

fn items(json: Option<&str>, as_pairs: bool) -> Vec<String> {
    let Some(json) = json.map(str::trim) else { return vec!["null".into()] };
    if json.starts_with('[')
        && let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(json)
    {
        return items.into_iter().map(|item| item.get().to_owned()).collect();
    }
    match bag(json) {
        Some(members) => {
            let one = |(key, value): (String, serde_json::Value)| {
                let key = serde_json::Value::String(key);
                if as_pairs { format!("[{key},{value}]") } else { format!("{{{key}:{value}}}") }
            };
            members.into_iter().map(one).collect()
        }
        None => vec![json.to_owned()],
    }
}

fn bag(json: &str) -> Option<serde_json::Map<String, serde_json::Value>> {
    if json.starts_with('{') { serde_json::from_str(json).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_gives_so_many_values_at_most() {
        assert!(within(VALUES - 3, 3).is_ok());
        let error = within(VALUES - 3, 4).unwrap_err().to_string();
        assert_eq!(error, "Execution error: a batch of rows expands to more than 67108864 values");
    }

    #[test]
    fn arrays_bags_and_single_values_are_taken_apart() {
        assert_eq!(items(Some("[1, \"a,b\",[2,3]]"), false), ["1", "\"a,b\"", "[2,3]"]);
        assert_eq!(items(Some(r#"{"b":1,"a":[2]}"#), false), [r#"{"b":1}"#, r#"{"a":[2]}"#]);
        assert_eq!(items(Some(r#"{"b":1}"#), true), [r#"["b",1]"#]);
        assert_eq!((items(Some("7"), false), items(None, false)), (vec!["7".into()], vec!["null".into()]));
        assert_eq!([Some("[]"), Some("{}"), None, Some("\"x\"")].map(length), [0, 0, 1, 1]);
    }
}
