//! Functions that take texts apart and put them together; positions count characters from 0.

use serde_json::Value;

use crate::cast::unquoted;
use crate::function::{Function, Overload, Param, kernel};
use crate::rows::{Row, to_long, to_text};
use crate::scalar::base64;
use crate::types::Type;

const TEXT: Param = Param::Text;
const JSON: Param = Param::Is(Type::Dynamic);
const LONG: Param = Param::Is(Type::Long);

/// The text that replacements may make: each can double it.
const LARGEST: usize = 64 << 20;

pub const FUNCTIONS: &[Function] = &[
    kernel!(["substring"], "the part of a text from a position on, at most so many characters", [TEXT, LONG, LONG], optional 1 => Type::String,
        |args| to_text(args, |row| Some(substring(row).unwrap_or_default())),
        [("substring('123456', 1)", "23456"), ("substring('123456', 2, 2)", "34"), ("substring('ABCD', 0, 2)", "AB"),
        ("substring('abc', -1, 2)", "c"),
        ("substring('abc', 5, 3)", ""),
        ("substring('abc', 1, -1)", "")]),
    kernel!(["indexof"], "where a text holds another: from a position on, within so many characters, for the so-manieth time; -1 where it does not",
    [Param::Printed, Param::Printed, LONG, LONG, LONG], optional 3 => Type::Long, |args| to_long(args, index_of), [
        ("indexof('abcdefg', 'cde')", "2"),
        ("indexof('abcdefg', 'zz')", "-1"),
        ("indexof('abcdefg', 'cde', 1, 2)", "2"),
            ("indexof('abcdefg', 'cde', 1, 1)", "-1"),
        ("indexof('abcdefg', 'cde', -5)", "2"),
        ("indexof('abcdefgabcdefg', 'cde', 1, 10, 2)", "9"),
        ("indexof('abc', '')", "")
    ]),
    Function::kql(
        &["split"],
        "the parts of a text between delimiters, or an array with the one of a number",
        &[Overload::kernel(&[TEXT, TEXT, LONG], Type::Dynamic, |args| to_text(args, split)).optional(1)],
        &[
            ("split('aaa_bbb_ccc', '_')", "[\"aaa\",\"bbb\",\"ccc\"]"),
            ("split('aa_bb', '_', 1)", "[\"bb\"]"),
            ("split('', ',')", "[\"\"]"),
            ("split('a,,b', ',')", "[\"a\",\"\",\"b\"]"),
        ],
    ),
    kernel!(["replace_string"], "a text with every occurrence of another replaced", [TEXT, TEXT, TEXT] => Type::String,
        |args| to_text(args, |row| {
            let (text, old) = (row.text_or_empty(0), row.text_or_empty(1));
            Some(if old.is_empty() { text.to_string() } else { text.replace(old, row.text_or_empty(2)) })
        }), [("replace_string('Number is 1', 'Number', 'Digit')", "Digit is 1"),
        ("replace_string('axbx', 'x', '')", "ab"),
        ("replace_string('abc', '', '_')", "abc"),
        ("replace_string('', 'a', 'b')", "")]),
    kernel!(["replace_strings"], "a text with every occurrence of some texts replaced by others, one after the other; null where there are not as many",
        [TEXT, JSON, JSON] => Type::String, |args| to_text(args, |row| Some(replaced(row).unwrap_or_default())),
        [("replace_strings('a cat', dynamic(['a ', 'cat']), dynamic(['the ', 'dog']))", "the dog"),
        ("replace_strings('abc', dynamic(['x']), dynamic(['y']))", "abc")]),
    kernel!(["reverse"], "the text backwards", [Param::Printed] => Type::String,
        |args| to_text(args, |row| Some(row.text_or_empty(0).chars().rev().collect())), [("reverse('ABC')", "CBA"),
        ("reverse('')", ""),
        ("reverse(12345)", "54321")]),
    kernel!(["string_size"], "how many bytes the text has in UTF-8", [TEXT] => Type::Long,
        |args| to_long(args, |row| i64::try_from(row.text_or_empty(0).len()).ok()), [("string_size('hello')", "5"),
        ("string_size('⚒⚒⚒⚒')", "12"),
        ("string_size('')", "0")]),
    kernel!(["strcmp"], "-1, 0 or 1 as the first text stands before, with or after the second", [TEXT, TEXT] => Type::Long,
        |args| to_long(args, |row| Some(row.text_or_empty(0).cmp(row.text_or_empty(1)) as i64)), [("strcmp('ABC', 'ABC')", "0"),
        ("strcmp('a', 'b')", "-1"),
        ("strcmp('b', 'a')", "1"),
        ("strcmp('A', 'a')", "-1"),
        ("strcmp('', '')", "0")]),
    kernel!(["strrep"], "a text repeated, with a delimiter between", [Param::Printed, LONG, TEXT], optional 1 => Type::String,
        |args| to_text(args, |row| {
            let count = usize::try_from(row.long(1)?.clamp(0, 1024)).ok()?;
            let delimiter = if row.len() > 2 { row.text_or_empty(2) } else { "" };
            Some(vec![row.text_or_empty(0); count].join(delimiter))
        }), [("strrep('ABC', 2)", "ABCABC"), ("strrep('a', 3, ',')", "a,a,a")]),
    Function::kql(
        &["strcat_delim"],
        "the texts one after the other with a delimiter between",
        &[Overload::kernel(&[TEXT, Param::Printed], Type::String, |args| {
            to_text(args, |row| {
                let parts: Vec<&str> = (1..row.len()).map(|index| row.text_or_empty(index)).collect();
                Some(parts.join(row.text_or_empty(0)))
            })
        })
        .rest(Param::Printed)],
        &[("strcat_delim('-', 1, '2', 'A')", "1-2-A"), ("strcat_delim('|', 'a', '', 'b')", "a||b")],
    ),
    kernel!(["base64_decode_tostring", "base64_decodestring"], "the text of a base64 text; empty where it is none", [TEXT] => Type::String,
        |args| to_text(args, |row| Some(base64::decode(row.text_or_empty(0)).unwrap_or_default())), [("base64_decode_tostring('S3VzdG8=')", "Kusto"),
        ("base64_decode_tostring('')", ""),
        ("base64_decode_tostring('U3RyaW5n')", "String")]),
    kernel!(["url_encode"], "a text with %-escapes, spaces as +", [TEXT] => Type::String,
        |args| to_text(args, |row| Some(escaped(row.text_or_empty(0), "+"))), [("url_encode('https://a.b/c d')", "https%3a%2f%2fa.b%2fc+d"),
        ("url_encode('')", "")]),
    kernel!(["url_encode_component"], "a text with %-escapes, spaces too", [TEXT] => Type::String,
        |args| to_text(args, |row| Some(escaped(row.text_or_empty(0), "%20"))), [("url_encode_component('https://a.b/c d/')", "https%3a%2f%2fa.b%2fc%20d%2f"),
        ("url_encode_component('')", "")]),
    kernel!(["url_decode"], "a text with %-escapes undone", [TEXT] => Type::String,
        |args| to_text(args, |row| Some(unescaped(row.text_or_empty(0)))), [("url_decode('https%3a%2f%2fwww.bing.com%2f')", "https://www.bing.com/"),
        ("url_decode('a%20b')", "a b"),
        ("url_decode('')", "")]),
    kernel!(["tohex"], "a number in hexadecimal digits", [LONG, LONG], optional 1 => Type::String,
        |args| to_text(args, |row| {
            let width = if row.len() > 1 { usize::try_from(row.long(1)?.clamp(0, 16)).ok()? } else { 0 };
            Some(format!("{:0width$x}", row.long(0)?))
        }), [("tohex(256)", "100"), ("tohex(-256)", "ffffffffffffff00")]),
];

fn substring(row: &Row<'_>) -> Option<String> {
    let text = row.text_or_empty(0);
    let from = row.long(1)?;
    let length = if row.len() > 2 { usize::try_from(row.long(2)?).ok()? } else { usize::MAX };
    let from = if from < 0 {
        let count = i64::try_from(text.chars().count()).ok()?;
        usize::try_from(count.checked_add(from)?).ok()?
    } else {
        usize::try_from(from).ok()?
    };
    Some(text.chars().skip(from).take(length).collect())
}

fn index_of(row: &Row<'_>) -> Option<i64> {
    let needle = Some(row.text_or_empty(1)).filter(|needle| !needle.is_empty())?;
    let window = Window::of(row)?;
    let within = window.rest(row.text_or_empty(0))?;
    let found = within.match_indices(needle).nth(window.skip).map(|(at, _)| at);
    window.place(within, found)
}

/// The characters that a search for a position looks at, and how many finds it passes over.
pub(super) struct Window {
    start: usize,
    length: usize,
    pub(super) skip: usize,
}

impl Window {
    /// From the third argument on: start, length, occurrence. A negative start counts from the end, the length -1 is no limit.
    pub(super) fn of(row: &Row<'_>) -> Option<Self> {
        let given = |index: usize, default: i64| if index < row.len() { row.long(index) } else { Some(default) };
        let (start, length, occurrence) = (given(2, 0)?, given(3, -1)?, given(4, 1)?);
        let start = if start < 0 {
            let count = i64::try_from(row.text_or_empty(0).chars().count()).ok()?;
            count.checked_add(start)?.max(0)
        } else {
            start
        };
        let length = if length == -1 { usize::MAX } else { usize::try_from(length).ok()? };
        Some(Window {
            start: usize::try_from(start).ok()?,
            length,
            skip: usize::try_from(occurrence.checked_sub(1)?).ok()?,
        })
    }

    /// What stands after the start.
    pub(super) fn rest<'t>(&self, text: &'t str) -> Option<&'t str> {
        text.get(text.char_indices().nth(self.start).map_or(text.len(), |(at, _)| at)..)
    }

    /// The position of a find in the rest, as counted in the whole text. It counts where it starts within the length.
    pub(super) fn place(&self, rest: &str, found: Option<usize>) -> Option<i64> {
        let Some(at) = found else { return Some(-1) };
        let count = rest.get(..at)?.chars().count();
        if count < self.length { i64::try_from(self.start + count).ok() } else { Some(-1) }
    }
}

fn split(row: &Row<'_>) -> Option<String> {
    let (text, delimiter) = (row.text_or_empty(0), row.text_or_empty(1));
    let parts: Vec<&str> = if delimiter.is_empty() { vec![text] } else { text.split(delimiter).collect() };
    if row.len() > 2 {
        let one = usize::try_from(row.long(2)?).ok().and_then(|index| parts.get(index));
        return one.map(|part| Value::from(vec![*part]).to_string());
    }
    Some(Value::from(parts).to_string())
}

fn replaced(row: &Row<'_>) -> Option<String> {
    let (lookups, rewrites) = (row.array(1)?, row.array(2)?);
    let mut text = row.text_or_empty(0).to_string();
    if lookups.len() != rewrites.len() {
        return None;
    }
    for (lookup, rewrite) in lookups.iter().zip(&rewrites) {
        let lookup = unquoted(&lookup.to_string());
        if !lookup.is_empty() {
            let rewrite = unquoted(&rewrite.to_string());
            let grown = text.matches(&lookup).count().saturating_mul(rewrite.len());
            if grown > LARGEST {
                return None;
            }
            text = text.replace(&lookup, &rewrite);
        }
    }
    Some(text)
}

fn escaped(text: &str, space: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' => out.push_str(space),
            b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02x}")),
        }
    }
    out
}

fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        match code.filter(|_| first == b'%').and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or(&[]);
            }
            None => {
                bytes.push(if first == b'+' { b' ' } else { first });
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
