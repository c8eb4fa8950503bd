//! Functions on Windows paths and account names, for the mappings of telemetry tables.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringBuilder};
use datafusion_common::Result;

use crate::function::{Function, Gives, Lower, Overload, Param};
use crate::kernel::{Args, Kernel};
use crate::text::Text;
use crate::types::Type;

pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "basename",
        kql: &[],
        aql: &[],
        mapping: &["basename"],
        summary: "the last part of a path, after the last backslash or slash",
        overloads: &[text_to_text(|args| each(args, |path| path.rsplit(['\\', '/']).next().unwrap_or(path)))],
        examples: &[],
    },
    Function {
        name: "account_domain",
        kql: &[],
        aql: &[],
        mapping: &["account_domain"],
        summary: "the domain of DOMAIN\\name; empty where there is none",
        overloads: &[text_to_text(|args| each(args, |user| user.split_once('\\').map_or("", |(domain, _)| domain)))],
        examples: &[],
    },
    Function {
        name: "account_name",
        kql: &[],
        aql: &[],
        mapping: &["account_name"],
        summary: "the name of DOMAIN\\name, else the whole text",
        overloads: &[text_to_text(|args| each(args, |user| user.split_once('\\').map_or(user, |(_, name)| name)))],
        examples: &[],
    },
];

const fn text_to_text(kernel: Kernel) -> Overload {
    Overload::new(&[Param::Text], Gives::Is(Type::String), Lower::Kernel(kernel))
}

/// Applies a function to every text; null stays null.
fn each(args: &Args<'_>, part: impl Fn(&str) -> &str) -> Result<ArrayRef> {
    let text = Text::of(args.array(0))?;
    let mut out = StringBuilder::new();
    for row in 0..args.rows {
        out.append_option(text.get(args.at(0, row)).map(&part));
    }
    Ok(Arc::new(out.finish()))
}
