//! Parts: a text taken apart once for each row, as a list of texts that columns are then picked from.

pub mod pairs;
pub mod pattern;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListBuilder, StringBuilder};
use arrow::datatypes::{DataType, Field, Int64Type};
use datafusion_common::Result;
use datafusion_expr::expr::ScalarFunction;
use datafusion_expr::{Expr, ScalarUDF, lit};

use crate::kernel::{Args, Kernel, KernelUdf};
use crate::rows::within_batch;
use crate::text::Text;

/// The part with this number, a text; null where there is none.
pub fn pick(parts: Expr, number: usize) -> Expr {
    called(KernelUdf::new("part".into(), part, DataType::Utf8), vec![parts, lit(number as i64)])
}

fn part(args: &Args<'_>) -> Result<ArrayRef> {
    let lists = args.array(0).as_list::<i32>();
    let number = usize::try_from(args.array(1).as_primitive::<Int64Type>().value(0)).unwrap_or(usize::MAX);
    let mut out = StringBuilder::new();
    for row in 0..args.rows {
        let at = args.at(0, row);
        let parts = lists.is_valid(at).then(|| lists.value(at));
        let text = parts.as_ref().map(|parts| Text::of(parts.as_ref())).transpose()?;
        let has_part = parts.as_ref().is_some_and(|parts| number < parts.len());
        let text = text.filter(|_| has_part).and_then(|text| text.get(number));
        within_batch(&out, text.map_or(0, str::len), args.rows)?;
        out.append_option(text);
    }
    Ok(Arc::new(out.finish()))
}

/// A kernel of this name that gives lists of texts.
fn listed(name: &str, kernel: Kernel, args: Vec<Expr>) -> Expr {
    let of_texts = DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true)));
    called(KernelUdf::new(name.into(), kernel, of_texts), args)
}

fn called(udf: KernelUdf, args: Vec<Expr>) -> Expr {
    Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(ScalarUDF::new_from_impl(udf)), args))
}

/// A list for each row, out of the text of the first argument.
fn lists(args: &Args<'_>, mut parts: impl FnMut(&str) -> Option<Vec<Option<String>>>) -> Result<ArrayRef> {
    let text = Text::of(args.array(0))?;
    let mut out = ListBuilder::new(StringBuilder::new());
    for row in 0..args.rows {
        let found = parts(text.or_empty(args.at(0, row)));
        for part in found.iter().flatten() {
            within_batch(out.values(), part.as_ref().map_or(0, String::len), args.rows)?;
            out.values().append_option(part.as_deref());
        }
        out.append(found.is_some());
    }
    Ok(Arc::new(out.finish()))
}

/// The literal text of an argument.
fn literal<'a>(args: &'a Args<'_>, index: usize) -> Result<&'a str> {
    Ok(Text::of(args.array(index))?.or_empty(0))
}
