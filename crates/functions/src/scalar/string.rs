//! Functions on text.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use datafusion_common::Result;
use datafusion_expr::Expr;

use crate::function::{Function, Gives, Lower, Overload, Param, call_kernel, null};
use crate::kernel::{Args, Kernel};
use crate::predicate::fold;
use crate::rows::{to_bool, to_long, to_text};
use crate::types::Type;

const STRING: Gives = Gives::Is(Type::String);

pub const FUNCTIONS: &[Function] = &[
    Function::kql(
        &["strcat"],
        "the texts one after the other",
        &[Overload::new(
            &[Param::Printed],
            STRING,
            Lower::Kernel(|args| {
                to_text(args, |row| Some((0..row.len()).map(|index| row.text_or_empty(index)).collect()))
            }),
        )
        .rest(Param::Printed)],
        &[("strcat('hello', ' ', 'world')", "hello world"), ("strcat('n=', long(null), true)", "n=True")],
    ),
    Function::kql(
        &["tolower"],
        "the text in lower case",
        &[text(Lower::Kernel(|args| in_case(args, <[u8]>::make_ascii_lowercase, str::to_lowercase)))],
        &[("tolower('Hello')", "hello"), ("tolower('')", ""), ("tolower('ÄÖ 5')", "äö 5")],
    ),
    Function::kql(
        &["toupper"],
        "the text in upper case",
        &[text(Lower::Kernel(|args| in_case(args, <[u8]>::make_ascii_uppercase, str::to_uppercase)))],
        &[("toupper('Hello')", "HELLO"), ("toupper('')", ""), ("toupper('привет')", "ПРИВЕТ")],
    ),
    Function::kql(
        &["strlen"],
        "how many characters the text has",
        &[Overload::new(
            &[Param::Is(Type::String)],
            Gives::Is(Type::Long),
            Lower::Kernel(|args| to_long(args, |row| i64::try_from(row.text_or_empty(0).chars().count()).ok())),
        )],
        &[("strlen('Zürich')", "6"), ("strlen('')", "0"), ("strlen(dynamic('abc'))", "3")],
    ),
    Function::kql(
        &["isempty"],
        "whether a text is empty or a value null",
        &[
            Overload::new(
                &[Param::Is(Type::String)],
                Gives::Is(Type::Bool),
                Lower::Kernel(|args| to_bool(args, |row| Some(row.text_or_empty(0).is_empty()))),
            ),
            Overload::new(
                &[Param::Is(Type::Dynamic)],
                Gives::Is(Type::Bool),
                Lower::Kernel(|args| to_bool(args, |row| Some(is_empty_json(row.text_or_empty(0))))),
            ),
            Overload::new(&[Param::Any], Gives::Is(Type::Bool), Lower::Expr(|args| first(args).is_null())),
        ],
        &[
            ("isempty('')", "true"),
            ("isempty('x')", "false"),
            ("isempty(dynamic(''))", "true"),
            ("isempty(long(null))", "true"),
            ("isempty(0)", "false"),
            ("isempty(dynamic([]))", "false"),
        ],
    ),
    Function::kql(
        &["isnotempty", "notempty"],
        "whether a text is not empty and a value not null",
        &[
            Overload::new(
                &[Param::Is(Type::String)],
                Gives::Is(Type::Bool),
                Lower::Kernel(|args| to_bool(args, |row| Some(!row.text_or_empty(0).is_empty()))),
            ),
            Overload::new(
                &[Param::Is(Type::Dynamic)],
                Gives::Is(Type::Bool),
                Lower::Kernel(|args| to_bool(args, |row| Some(!is_empty_json(row.text_or_empty(0))))),
            ),
            Overload::new(&[Param::Any], Gives::Is(Type::Bool), Lower::Expr(|args| first(args).is_not_null())),
        ],
        &[
            ("isnotempty('x')", "true"),
            ("isnotempty('')", "false"),
            ("isnotempty(long(null))", "false"),
            ("isnotempty(0)", "true"),
        ],
    ),
];

/// A text with a missing one as the empty text, which is how KQL sees it.
pub fn or_empty(text: Expr) -> Expr {
    let kernel: Kernel = |args| match args.array(0).as_string_opt::<i32>().filter(|_| !args.is_scalar(0)) {
        // Most columns have nothing to be filled.
        Some(texts) if texts.null_count() == 0 => Ok(Arc::new(texts.clone())),
        Some(texts) => Ok(Arc::new(texts.iter().map(|text| Some(text.unwrap_or(""))).collect::<StringArray>())),
        None => to_text(args, |row| Some(row.text_or_empty(0).to_string())),
    };
    call_kernel("or_empty".into(), kernel, Type::String, vec![text])
}

/// A text folded so that case does not count.
pub fn folded(text: Expr) -> Expr {
    let kernel: Kernel = |args| to_text(args, |row| Some(fold(row.text_or_empty(0))));
    call_kernel("folded".into(), kernel, Type::String, vec![text])
}

fn first(args: Vec<Expr>) -> Expr {
    args.into_iter().next().unwrap_or_else(|| null(Type::Bool))
}

/// Whether a dynamic, which is JSON, is null or the empty text.
fn is_empty_json(text: &str) -> bool {
    matches!(text, "" | "\"\"")
}

/// The texts in the other case. Nearly all columns are plain ASCII, whose bytes are changed where they stand, all at once.
fn in_case(args: &Args<'_>, plainly: fn(&mut [u8]), with_care: fn(&str) -> String) -> Result<ArrayRef> {
    if let Some(texts) = args.array(0).as_string_opt::<i32>().filter(|texts| texts.len() == args.rows)
        // A slice shares the bytes of others.
        && texts.offsets().last().zip(texts.offsets().first()).is_some_and(|(end, start)| {
            usize::try_from(end - start).is_ok_and(|bytes| bytes == texts.value_data().len())
        })
        && texts.value_data().is_ascii()
    {
        let mut bytes = texts.value_data().to_vec();
        plainly(&mut bytes);
        let changed = StringArray::try_new(texts.offsets().clone(), bytes.into(), texts.nulls().cloned())?;
        return Ok(Arc::new(changed));
    }
    to_text(args, |row| Some(with_care(row.text(0)?)))
}

/// Text in, text out.
const fn text(lower: Lower) -> Overload {
    Overload::new(&[Param::Is(Type::String)], STRING, lower)
}
