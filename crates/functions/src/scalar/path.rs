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
        overloads: &[text_to_text(|args| each(args, |path| last_name(path)))],
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
    Function {
        name: "hash_of",
        kql: &[],
        aql: &[],
        mapping: &["hash_of"],
        summary: "one hash of a list such as SHA1=…,MD5=…, in lower case; empty where it is not in it",
        overloads: &[texts_to_text(|args| {
            each_with(args, |list, wanted| {
                let hashes = list.split(',').filter_map(|part| part.split_once('='));
                let found = hashes.into_iter().find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted));
                found.map(|(_, hash)| hash.trim().to_ascii_lowercase()).unwrap_or_default()
            })
        })],
        examples: &[],
    },
    Function {
        name: "zone_file",
        kql: &[],
        aql: &[],
        mapping: &["zone_file"],
        summary: "the path of the file that a :Zone.Identifier stream belongs to; any other path as it is",
        overloads: &[text_to_text(|args| each(args, zone_file))],
        examples: &[],
    },
    Function {
        name: "zone_value",
        kql: &[],
        aql: &[],
        mapping: &["zone_value"],
        summary: "one value of a mark of the web, such as HostUrl; empty where it has none",
        overloads: &[texts_to_text(|args| {
            each_with(args, |contents, wanted| {
                let pairs = contents.split_whitespace().filter_map(|part| part.split_once('='));
                let found = pairs.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
                found.map(|(_, value)| value.to_owned()).unwrap_or_default()
            })
        })],
        examples: &[],
    },
];

const fn text_to_text(kernel: Kernel) -> Overload {
    Overload::new(&[Param::Text], Gives::Is(Type::String), Lower::Kernel(kernel))
}

const fn texts_to_text(kernel: Kernel) -> Overload {
    Overload::new(&[Param::Text, Param::Text], Gives::Is(Type::String), Lower::Kernel(kernel))
}

fn zone_file(path: &str) -> &str {
    const STREAM: &str = ":Zone.Identifier";
    let cut = path.len().checked_sub(STREAM.len()).and_then(|at| path.split_at_checked(at));
    match cut {
        Some((file, stream)) if stream.eq_ignore_ascii_case(STREAM) => file,
        _ => path,
    }
}

fn last_name(path: &str) -> &str {
    memchr::memrchr2(b'\\', b'/', path.as_bytes()).and_then(|at| path.get(at + 1..)).unwrap_or(path)
}

/// Applies a function to every text and what is sought in it; null stays null.
fn each_with(args: &Args<'_>, part: impl Fn(&str, &str) -> String) -> Result<ArrayRef> {
    let (text, wanted) = (Text::of(args.array(0))?, Text::of(args.array(1))?);
    let mut out = StringBuilder::new();
    for row in 0..args.rows {
        let wanted = wanted.or_empty(args.at(1, row));
        out.append_option(text.get(args.at(0, row)).map(|text| part(text, wanted)));
    }
    Ok(Arc::new(out.finish()))
}

/// How many bytes a part of a path has, more or less.
const PART: usize = 16;

/// Applies a function to every text; null stays null.
fn each(args: &Args<'_>, part: impl Fn(&str) -> &str) -> Result<ArrayRef> {
    let text = Text::of(args.array(0))?;
    let mut out = StringBuilder::with_capacity(args.rows, PART * args.rows);
    for row in 0..args.rows {
        out.append_option(text.get(args.at(0, row)).map(&part));
    }
    Ok(Arc::new(out.finish()))
}
