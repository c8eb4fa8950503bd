//! Functions with regular expressions. A pattern is compiled once for a run of rows that share it.

use std::cell::RefCell;

use arrow::array::ArrayRef;
use datafusion_common::Result;
use regex::{Captures, Regex};
use serde_json::Value;

use crate::function::{Function, Overload, Param, kernel};
use crate::kernel::{Args, Kernel};
use crate::regular;
use crate::rows::{Row, to_long, to_text};
use crate::scalar::substring::Window;
use crate::types::Type;

const TEXT: Param = Param::Text;
const JSON: Param = Param::Is(Type::Dynamic);
const LONG: Param = Param::Is(Type::Long);

pub const FUNCTIONS: &[Function] = &[
    kernel!(["extract"], "what a group of a regular expression matches; empty where nothing does", [TEXT, LONG, TEXT] => Type::String,
        EXTRACT, [("extract('x=([0-9.]+)', 1, 'hello x=45.6|wo')", "45.6"), ("extract('x', 0, 'abc')", "")]),
    Function::kql(
        &["extract_all", "extractall"],
        "every match of a regular expression's groups, or of those that an array names",
        &[
            Overload::kernel(&[TEXT, TEXT], Type::Dynamic, |args| extract_all(args, false)),
            Overload::kernel(&[TEXT, JSON, TEXT], Type::Dynamic, |args| extract_all(args, true)),
        ],
        &[
            (r"extract_all(@'(\d+)', 'a1b22')", "[\"1\",\"22\"]"),
            (r"extract_all(@'(\d)(\d)', dynamic([2, 1]), '12 34')", "[[\"2\",\"1\"],[\"4\",\"3\"]]"),
        ],
    ),
    kernel!(["indexof_regex"], "where a regular expression matches: from a position on, within so many characters, for the so-manieth time; -1 where it does not",
    [TEXT, TEXT, LONG, LONG, LONG], optional 3 => Type::Long, INDEX_OF, [
        ("indexof_regex('abcabc', 'a.c')", "0"),
        ("indexof_regex('abcabcdefg', 'a.c', 0, 9, 2)", "3"),
        ("indexof_regex('abcabc', 'a|ab', -1)", "")
    ]),
    kernel!(["replace_regex", "replace"], "a text with every match of a regular expression replaced; \\1 is its first group", [TEXT, TEXT, TEXT] => Type::String,
        REPLACE, [("replace_regex('Number is 1', 'is (\\\\d+)', @'was: \\1')", "Number was: 1"),
        ("replace_regex('one two', @'(\\w+) (\\w+)', @'\\2 \\1')", "two one"),
        ("replace_regex('abc', 'x', 'y')", "abc"),
        ("replace_regex('', 'x*', 'y')", "y")]),
    kernel!(["trim"], "a text without what a regular expression matches at either end", [TEXT, TEXT] => Type::String,
        |args| trimmed(args, true, true), [("trim('--', '--abc--')", "abc"),
        ("trim(@'\\s', '  pad  ')", " pad "),
        ("trim(@'[\\s]+', '  pad  ')", "pad"),
        ("trim('x', '')", "")]),
    kernel!(["trim_start"], "a text without what a regular expression matches at its start", [TEXT, TEXT] => Type::String,
        |args| trimmed(args, true, false), [("trim_start('--', '--abc')", "abc"),
        ("trim_start('x', 'xxabcxx')", "xabcxx"),
        ("trim_start('x', 'abc')", "abc")]),
    kernel!(["trim_end"], "a text without what a regular expression matches at its end", [TEXT, TEXT] => Type::String,
        |args| trimmed(args, false, true), [("trim_end('.com', 'bing.com')", "bing"),
        ("trim_end('_', '__world__')", "__world_"),
        ("trim_end('x', '')", "")]),
    kernel!(["countof"], "how often a text holds another, or matches a 'regex'", [TEXT, TEXT, TEXT], optional 1 => Type::Long,
        COUNT_OF, [("countof('aaa', 'a')", "3"), ("countof('ababa', 'ab', 'normal')", "2"),
        ("countof('', 'a')", "0"),
        ("countof('abcabc', '[ab]', 'regex')", "4")]),
    kernel!(["regex_quote"], "a text as the regular expression that matches it", [TEXT] => Type::String,
        |args| to_text(args, |row| Some(regex::escape(row.text_or_empty(0)))), [("regex_quote('(so$me.Te^xt)')", "\\(so\\$me\\.Te\\^xt\\)"),
        ("regex_quote('')", ""),
        ("regex_quote('a.b')", "a\\.b")]),
];

/// Which argument of a function is a regular expression.
pub fn argument(function: &str, options: Option<&str>) -> Option<usize> {
    match function {
        "extract" | "extract_all" | "extractall" | "trim" | "trim_start" | "trim_end" => Some(0),
        "replace_regex" | "replace" | "indexof_regex" => Some(1),
        "countof" => (options == Some("regex")).then_some(1),
        _ => None,
    }
}

/// Whether a function gives what groups match, and the expression has none.
pub fn lacks_group(function: &str, pattern: &str) -> bool {
    matches!(function, "extract_all" | "extractall")
        && regular::compile(pattern, true).is_ok_and(|regex| regex.captures_len() < 2)
}

/// A text as the regular expression that matches it.
pub fn quoted(text: &str) -> String {
    regex::escape(text)
}

/// The pattern compiled last.
#[derive(Default)]
struct Compiled(RefCell<Option<(String, Option<Regex>)>>);

impl Compiled {
    /// The value of a closure over the compiled pattern; `None` where it is no pattern.
    fn with<T>(&self, pattern: &str, then: impl FnOnce(&Regex) -> Option<T>) -> Option<T> {
        let mut held = self.0.borrow_mut();
        if held.as_ref().is_none_or(|(known, _)| known != pattern) {
            let built = regular::compile(pattern, true).ok();
            *held = Some((pattern.to_string(), built));
        }
        then(held.as_ref()?.1.as_ref()?)
    }
}

const EXTRACT: Kernel = |args| {
    let compiled = Compiled::default();
    to_text(args, |row| {
        let group = usize::try_from(row.long(1)?).unwrap_or(usize::MAX);
        let found = compiled.with(row.text_or_empty(0), |regex| {
            let groups = regex.captures(row.text_or_empty(2))?;
            Some(groups.get(group)?.as_str().to_string())
        });
        Some(found.unwrap_or_default())
    })
};

fn extract_all(args: &Args<'_>, is_chosen: bool) -> Result<ArrayRef> {
    let compiled = Compiled::default();
    to_text(args, |row| {
        let text = row.text_or_empty(if is_chosen { 2 } else { 1 });
        compiled.with(row.text_or_empty(0), |regex| {
            let chosen = if is_chosen { groups(regex, &row.array(1)?)? } else { (1..regex.captures_len()).collect() };
            let one = |found: Captures<'_>| {
                let texts = chosen.iter().map(|index| found.get(*index).map_or("", |group| group.as_str()));
                let mut texts: Vec<Value> = texts.map(Value::from).collect();
                if texts.len() == 1 { texts.pop().unwrap_or(Value::Null) } else { Value::from(texts) }
            };
            let all: Vec<Value> = regex.captures_iter(text).map(one).collect();
            (!all.is_empty()).then(|| Value::from(all).to_string())
        })
    })
}

/// Groups by number or name; `None` where the expression lacks one.
fn groups(regex: &Regex, wanted: &[Value]) -> Option<Vec<usize>> {
    let place = |wanted: &Value| match wanted {
        Value::String(name) => regex.capture_names().position(|known| known == Some(name)),
        number => usize::try_from(number.as_u64()?).ok().filter(|index| *index < regex.captures_len()),
    };
    wanted.iter().map(place).collect()
}

const INDEX_OF: Kernel = |args| {
    let compiled = Compiled::default();
    to_long(args, |row| {
        let window = Window::of(row).filter(|_| row.len() < 3 || row.long(2).is_some_and(|start| start >= 0))?;
        let within = window.rest(row.text_or_empty(0))?;
        let found = compiled.with(row.text_or_empty(1), |regex| {
            Some(regex.find_iter(within).nth(window.skip).map(|found| found.start()))
        })?;
        window.place(within, found)
    })
};

const REPLACE: Kernel = |args| {
    let compiled = Compiled::default();
    to_text(args, |row| {
        let text = row.text_or_empty(0);
        let replaced = compiled.with(row.text_or_empty(1), |regex| {
            let rewrite = rewrite(row.text_or_empty(2));
            Some(regex.replace_all(text, rewrite.as_str()).into_owned())
        });
        Some(replaced.unwrap_or_else(|| text.to_string()))
    })
};

/// `\1` in Kusto's spelling as `${1}` in the engine's.
fn rewrite(template: &str) -> String {
    let mut out = String::new();
    let mut letters = template.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, letters.peek().copied()) {
            ('\\', Some(digit)) if digit.is_ascii_digit() => {
                letters.next();
                out.push_str(&format!("${{{digit}}}"));
            }
            ('\\', Some('\\')) => {
                letters.next();
                out.push('\\');
            }
            ('$', _) => out.push_str("$$"),
            (other, _) => out.push(other),
        }
    }
    out
}

fn trimmed(args: &Args<'_>, start: bool, end: bool) -> Result<ArrayRef> {
    let (head, tail) = (Compiled::default(), Compiled::default());
    to_text(args, |row| {
        let (pattern, mut text) = (row.text_or_empty(0), row.text_or_empty(1));
        if start {
            let cut = head.with(&format!("^(?:{pattern})"), |regex| Some(regex.find(text)?.end()));
            text = text.get(cut.unwrap_or(0)..).unwrap_or(text);
        }
        if end {
            let cut = tail.with(&format!("(?:{pattern})$"), |regex| Some(regex.find(text)?.start()));
            text = text.get(..cut.unwrap_or(text.len())).unwrap_or(text);
        }
        Some(text.to_string())
    })
}

const COUNT_OF: Kernel = |args| {
    let compiled = Compiled::default();
    to_long(args, |row| {
        let (text, needle) = (row.text_or_empty(0), row.text_or_empty(1));
        let count = if is_regex(row) {
            compiled.with(needle, |regex| Some(regex.find_iter(text).count()))?
        } else if needle.is_empty() {
            0
        } else {
            text.char_indices().filter(|(at, _)| text.get(*at..).is_some_and(|rest| rest.starts_with(needle))).count()
        };
        i64::try_from(count).ok()
    })
};

fn is_regex(row: &Row<'_>) -> bool {
    row.len() > 2 && row.text_or_empty(2) == "regex"
}
