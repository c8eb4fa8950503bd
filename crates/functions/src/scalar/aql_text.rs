//! AQL's functions on texts. Positions count characters from 0; a missing text stays missing.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Builder, StringBuilder};
use arrow::datatypes::Int64Type;
use datafusion_common::Result;

use crate::function::{Function, Gives, Lower, Overload, Param};
use crate::kernel::Args;
use crate::scalar::base64;
use crate::text::Text;
use crate::types::Type;

const TEXT: Param = Param::Text;
const LONG: Param = Param::Is(Type::Long);

pub const FUNCTIONS: &[Function] = &[
    function(
        "aql_lower",
        &["LOWER"],
        "the text in lower case",
        &[to_text(&[TEXT], |args| each(args, str::to_lowercase))],
    ),
    function(
        "aql_upper",
        &["UPPER"],
        "the text in upper case",
        &[to_text(&[TEXT], |args| each(args, str::to_uppercase))],
    ),
    function(
        "aql_utf8",
        &["UTF8"],
        "the bytes of a payload as text",
        &[Overload::new(
            &[TEXT],
            Gives::Is(Type::String),
            Lower::Expr(|mut args| args.pop().unwrap_or_else(|| datafusion_expr::lit(""))),
        )],
    ),
    function(
        "aql_base64",
        &["BASE64"],
        "the bytes of a text in base64",
        &[to_text(&[TEXT], |args| each(args, |text| base64::encode(text.as_bytes())))],
    ),
    function(
        "aql_concat",
        &["CONCAT"],
        "all arguments, one after the other; a missing one adds nothing",
        &[to_text(&[TEXT], concat).rest(TEXT)],
    ),
    function(
        "aql_substring",
        &["SUBSTRING"],
        "the characters from a position on, all or so many",
        &[to_text(&[TEXT, LONG, LONG], substring).optional(1)],
    ),
    function("aql_strlen", &["STRLEN"], "how many characters the text has", &[to_long(&[TEXT], strlen)]),
    function(
        "aql_strpos",
        &["STRPOS"],
        "where a text stands in another; -1 where it does not",
        &[to_long(&[TEXT, TEXT, LONG], strpos).optional(1)],
    ),
];

const fn function(
    name: &'static str,
    aql: &'static [&'static str],
    summary: &'static str,
    overloads: &'static [Overload],
) -> Function {
    Function { name, kql: &[], aql, mapping: &[], summary, overloads, examples: &[] }
}

const fn to_text(takes: &'static [Param], kernel: crate::kernel::Kernel) -> Overload {
    Overload::new(takes, Gives::Is(Type::String), Lower::Kernel(kernel))
}

const fn to_long(takes: &'static [Param], kernel: crate::kernel::Kernel) -> Overload {
    Overload::new(takes, Gives::Is(Type::Long), Lower::Kernel(kernel))
}

fn each(args: &Args<'_>, part: impl Fn(&str) -> String) -> Result<ArrayRef> {
    let text = Text::of(args.array(0))?;
    texts(args, |row| text.get(args.at(0, row)).map(&part))
}

fn texts(args: &Args<'_>, value: impl Fn(usize) -> Option<String>) -> Result<ArrayRef> {
    let mut out = StringBuilder::new();
    for row in 0..args.rows {
        out.append_option(value(row));
    }
    Ok(Arc::new(out.finish()))
}

fn concat(args: &Args<'_>) -> Result<ArrayRef> {
    let parts: Vec<Text<'_>> = (0..args.len()).map(|index| Text::of(args.array(index))).collect::<Result<_>>()?;
    texts(args, |row| Some(parts.iter().enumerate().map(|(index, part)| part.or_empty(args.at(index, row))).collect()))
}

fn long(args: &Args<'_>, index: usize, row: usize) -> Option<i64> {
    let array = args.array(index).as_primitive::<Int64Type>();
    let at = args.at(index, row);
    array.is_valid(at).then(|| array.value(at))
}

fn substring(args: &Args<'_>) -> Result<ArrayRef> {
    let text = Text::of(args.array(0))?;
    texts(args, |row| {
        let text = text.get(args.at(0, row))?;
        let start = usize::try_from(long(args, 1, row)?).unwrap_or(0);
        let length = if args.len() > 2 { usize::try_from(long(args, 2, row)?).unwrap_or(0) } else { usize::MAX };
        Some(text.chars().skip(start).take(length).collect())
    })
}

fn strlen(args: &Args<'_>) -> Result<ArrayRef> {
    let text = Text::of(args.array(0))?;
    longs(args, |row| text.get(args.at(0, row)).map(|text| count(text.chars())))
}

fn strpos(args: &Args<'_>) -> Result<ArrayRef> {
    let (text, wanted) = (Text::of(args.array(0))?, Text::of(args.array(1))?);
    longs(args, |row| {
        let (text, wanted) = (text.get(args.at(0, row))?, wanted.get(args.at(1, row))?);
        let start = if args.len() > 2 { usize::try_from(long(args, 2, row)?).unwrap_or(0) } else { 0 };
        let skipped: usize = text.chars().take(start).map(char::len_utf8).sum();
        let found = text.get(skipped..).and_then(|rest| rest.find(wanted));
        Some(found.and_then(|at| text.get(..skipped + at)).map_or(-1, |before| count(before.chars())))
    })
}

fn longs(args: &Args<'_>, value: impl Fn(usize) -> Option<i64>) -> Result<ArrayRef> {
    let mut out = Int64Builder::with_capacity(args.rows);
    for row in 0..args.rows {
        out.append_option(value(row));
    }
    Ok(Arc::new(out.finish()))
}

fn count(chars: std::str::Chars<'_>) -> i64 {
    i64::try_from(chars.count()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::Field;
    use datafusion_common::ScalarValue;
    use datafusion_common::config::ConfigOptions;
    use datafusion_expr::{ColumnarValue, ScalarFunctionArgs};

    use super::*;

    fn run(name: &str, args: Vec<ScalarValue>) -> String {
        let function = crate::scalar::aql(name).unwrap();
        let overload = function.overloads.iter().find(|way| way.takes_count(args.len())).unwrap();
        let Lower::Kernel(kernel) = overload.lower else { panic!("{name} has no kernel") };
        let args = ScalarFunctionArgs {
            args: args.into_iter().map(ColumnarValue::Scalar).collect(),
            arg_fields: Vec::new(),
            number_rows: 1,
            return_field: Arc::new(Field::new("", overload.result(&[]).arrow(), true)),
            config_options: Arc::new(ConfigOptions::default()),
        };
        match crate::kernel::invoke(&args, kernel).unwrap() {
            ColumnarValue::Scalar(value) => value.to_string(),
            ColumnarValue::Array(_) => panic!("scalars give a scalar"),
        }
    }

    fn text(text: &str) -> ScalarValue {
        ScalarValue::from(text)
    }

    #[test]
    fn positions_count_characters_from_zero() {
        assert_eq!(run("SUBSTRING", vec![text("Zürich"), 1_i64.into(), 3_i64.into()]), "üri");
        assert_eq!(run("SUBSTRING", vec![text("abc"), 2_i64.into()]), "c");
        assert_eq!(run("SUBSTRING", vec![text("abc"), 9_i64.into(), (-1_i64).into()]), "");
        assert_eq!(run("STRPOS", vec![text("ZürichZ"), text("Z"), 1_i64.into()]), "6");
        assert_eq!(run("STRPOS", vec![text("abc"), text("x")]), "-1");
        assert_eq!(run("STRLEN", vec![text("Zürich")]), "6");
    }

    #[test]
    fn a_missing_text_stays_missing_but_adds_nothing_to_others() {
        assert_eq!(run("LOWER", vec![ScalarValue::Utf8(None)]), "NULL");
        assert_eq!(run("STRLEN", vec![ScalarValue::Utf8(None)]), "NULL");
        assert_eq!(run("CONCAT", vec![text("a"), ScalarValue::Utf8(None), text("b")]), "ab");
    }
}
