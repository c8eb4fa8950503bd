//! Functions that look for terms and IPv4 addresses in texts.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use serde_json::Value;

use crate::cast::unquoted;
use crate::function::{Function, Overload, Param, kernel};
use crate::predicate::has_term;
use crate::rows::{Row, to_bool, to_long, to_text};
use crate::types::Type;

const JSON: Param = Param::Is(Type::Dynamic);
const TEXT: Param = Param::Text;

/// A row of the table for a function of a text and any number of texts or arrays of them.
macro_rules! any_of {
    ($name:literal, $summary:expr, $holds:expr, $examples:expr) => {
        Function::kql(
            &[$name],
            $summary,
            &[Overload::kernel(&[TEXT, JSON], Type::Bool, |args| {
                to_bool(args, |row| {
                    let (found, wanted) = (addresses(row.text_or_empty(0)), listed(row));
                    Some(wanted.iter().any(|wanted| found.iter().any(|found| $holds(found, wanted))))
                })
            })
            .rest(JSON)],
            &$examples,
        )
    };
}

pub const FUNCTIONS: &[Function] = &[
    any_of!(
        "has_ipv4",
        "whether a text holds an IPv4 address",
        is_address,
        [
            ("has_ipv4('05:04:54 127.0.0.1 GET /favicon.ico 404', '127.0.0.1')", "true"),
            ("has_ipv4('05:04:54127.0.0.1 GET', '127.0.0.1')", "false")
        ]
    ),
    any_of!(
        "has_any_ipv4",
        "whether a text holds any of some IPv4 addresses",
        is_address,
        [
            ("has_any_ipv4('at 127.0.0.1 GET', dynamic(['127.0.0.2', '127.0.0.1']))", "true"),
            ("has_any_ipv4('at 127.0.0.256 GET', '127.0.0.256')", "false")
        ]
    ),
    any_of!(
        "has_ipv4_prefix",
        "whether a text holds an IPv4 address that starts so; a start is a whole address or ends with a dot",
        starts,
        [
            ("has_ipv4_prefix('at 127.0.0.1 GET', '127.0.')", "true"),
            ("has_ipv4_prefix('at 127.0.0.1 GET', '127.0')", "false"),
            ("has_ipv4_prefix('at 127.0.0.1 GET', '127.0.0.1')", "true"),
            ("has_ipv4_prefix('at 127.0.0.10 GET', '127.0.0.1')", "false")
        ]
    ),
    any_of!(
        "has_any_ipv4_prefix",
        "whether a text holds an IPv4 address with any of some starts",
        starts,
        [
            ("has_any_ipv4_prefix('at 127.0.0.1 GET', dynamic(['192.168.', '127.0.']))", "true"),
            ("has_any_ipv4_prefix('at 127.0.0.1 GET', dynamic(['10.']))", "false"),
            ("has_any_ipv4_prefix('', dynamic(['10.']))", "false"),
            ("has_any_ipv4_prefix('at 127.0.0.10 GET', dynamic(['10.', '127.0.0.1']))", "false")
        ]
    ),
    kernel!(["has_any_index"], "which value of an array a text holds as a term, counted from 0; -1 where none", [TEXT, JSON] => Type::Long,
        |args| to_long(args, |row| {
            let text = row.text_or_empty(0);
            let found = row.array(1)?.iter().position(|value| has_term(text, &unquoted(&value.to_string())));
            found.map_or(Some(-1), |at| i64::try_from(at).ok())
        }), [("has_any_index('this is an example', dynamic(['not', 'example']))", "1"), ("has_any_index('Example number 2', dynamic([1, 2]))", "1")]),
    kernel!(["translate"], "a text with each character of one list replaced by that of another; where the other is shorter, its last stands for the rest",
    [TEXT, TEXT, TEXT] => Type::String, |args| to_text(args, |row| Some(translated(row))), [
        ("translate('krasp', 'otsku', 'spark')", "kusto"),
        ("translate('abc', '', 'ab')", ""),
        ("translate('abc', 'x', 'abc')", "xxx")
    ]),
    kernel!(["isascii"], "whether a text is of ASCII characters alone", [Param::Printed] => Type::Bool,
        |args| to_bool(args, |row| Some(row.text_or_empty(0).is_ascii())), [("isascii('some string')", "true"), ("isascii('Zürich')", "false")]),
    kernel!(["isutf8"], "whether a text is UTF-8, which every text here is", [Param::Printed] => Type::Bool,
        |args| to_bool(args, |_| Some(true)), [("isutf8('some string')", "true"),
        ("isutf8('')", "true")]),
];

fn listed(row: &Row<'_>) -> Vec<String> {
    let mut all = Vec::new();
    for index in 1..row.len() {
        match row.json(index) {
            Value::Array(items) => all.extend(items.iter().map(|item| unquoted(&item.to_string()))),
            one => all.push(unquoted(&one.to_string())),
        }
    }
    all
}

/// The IPv4 addresses in a text that no letter or digit touches.
fn addresses(text: &str) -> Vec<Ipv4Addr> {
    let is_part = |c: char| c.is_ascii_digit() || c == '.';
    text.split(|c: char| !c.is_alphanumeric() && !is_part(c))
        .filter(|run| run.chars().all(is_part))
        .filter_map(|run| run.trim_matches('.').parse().ok())
        .collect()
}

fn is_address(found: &Ipv4Addr, wanted: &str) -> bool {
    wanted.parse().is_ok_and(|wanted: Ipv4Addr| *found == wanted)
}

fn starts(found: &Ipv4Addr, prefix: &str) -> bool {
    is_address(found, prefix) || (prefix.ends_with('.') && found.to_string().starts_with(prefix))
}

fn translated(row: &Row<'_>) -> String {
    let to: Vec<char> = row.text_or_empty(1).chars().collect();
    let mut by = HashMap::new();
    for (at, from) in row.text_or_empty(0).chars().enumerate() {
        by.entry(from).or_insert_with(|| to.get(at).or(to.last()).copied());
    }
    let one = |c: char| by.get(&c).copied().unwrap_or(Some(c));
    row.text_or_empty(2).chars().filter_map(one).collect()
}
