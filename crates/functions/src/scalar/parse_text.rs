//! Functions that take lines, paths, command lines and versions apart.

use serde_json::{Map, Value};

use crate::function::{Function, Param, kernel};
use crate::rows::{to_decimal, to_text};
use crate::types::Type;

const TEXT: Param = Param::Text;

pub const FUNCTIONS: &[Function] = &[
    kernel!(["parse_csv"], "the values of the first record of comma-separated values", [TEXT] => Type::Dynamic,
        |args| to_text(args, |row| Some(Value::from(record(row.text_or_empty(0))).to_string())),
        [("parse_csv('aa,\"b,b\",\"say \"\"c\"\"\"')", "[\"aa\",\"b,b\",\"say \\\"c\\\"\"]"),
        ("parse_csv('a,,b')", "[\"a\",\"\",\"b\"]"),
        ("parse_csv('a,b\\nc,d')", "[\"a\",\"b\"]")]),
    kernel!(["parse_command_line"], "the arguments of a command line, as Windows ('windows') takes it apart", [TEXT, TEXT] => Type::Dynamic,
        |args| to_text(args, |row| {
            let line = row.text(0).filter(|line| !line.is_empty())?;
            row.text_or_empty(1).eq_ignore_ascii_case("windows").then(|| Value::from(arguments(line)).to_string())
        }), [("parse_command_line('echo \"hello world!\"', 'windows')", "[\"echo\",\"hello world!\"]")]),
    kernel!(["parse_path"], "the parts of a file's path as a bag", [TEXT] => Type::Dynamic,
        |args| to_text(args, |row| Some(path(row.text_or_empty(0)).to_string())),
        [("tostring(parse_path(@'C:\\temp\\file.txt').DirectoryName)", "temp"),
        ("tostring(parse_path(@'C:\\temp\\file.txt').Extension)", "txt"),
        ("tostring(parse_path('/var/log/syslog').Filename)", "syslog")]),
    kernel!(["parse_version"], "a decimal that orders as versions of up to four numbers do: Kusto's, divided by 10 to the 11th", [TEXT] => Type::Decimal,
        |args| to_decimal(args, |row| version(row.text(0)?)), [("parse_version('1.2') < parse_version('1.10')", "true"), ("isnull(parse_version('1.2.3.4.5'))", "true"), ("parse_version('20240101.1') > parse_version('99999.2')", "true")]),
];

fn record(text: &str) -> Vec<String> {
    let (mut values, mut value) = (Vec::new(), String::new());
    let mut letters = text.chars().peekable();
    let mut is_quoted = false;
    while let Some(letter) = letters.next() {
        match letter {
            '"' if is_quoted && letters.next_if_eq(&'"').is_some() => value.push('"'),
            '"' if is_quoted => is_quoted = false,
            '"' if value.is_empty() => is_quoted = true,
            ',' if !is_quoted => values.push(std::mem::take(&mut value)),
            '\r' | '\n' if !is_quoted => break,
            other => value.push(other),
        }
    }
    values.push(value);
    values
}

/// Backslashes escape only before a quote, where each two of them are one.
fn arguments(line: &str) -> Vec<String> {
    let (mut all, mut current, mut is_open, mut is_quoted) = (Vec::new(), String::new(), false, false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                let mut count = 1;
                while letters.next_if_eq(&'\\').is_some() {
                    count += 1;
                }
                let before_quote = letters.peek() == Some(&'"');
                current.extend(std::iter::repeat_n('\\', if before_quote { count / 2 } else { count }));
                if before_quote && count % 2 == 1 {
                    letters.next();
                    current.push('"');
                }
                is_open = true;
            }
            '"' => {
                if is_quoted && letters.next_if_eq(&'"').is_some() {
                    current.push('"');
                } else {
                    is_quoted = !is_quoted;
                }
                is_open = true;
            }
            ' ' | '\t' if !is_quoted => {
                if is_open {
                    all.push(std::mem::take(&mut current));
                }
                is_open = false;
            }
            other => {
                current.push(other);
                is_open = true;
            }
        }
    }
    if is_open {
        all.push(current);
    }
    all
}

fn path(text: &str) -> Value {
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) if !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            (scheme, rest)
        }
        _ => ("", text),
    };
    let is_slash = |c: char| matches!(c, '\\' | '/');
    let drive =
        rest.get(..2).filter(|start| start.ends_with(':') && start.starts_with(|c: char| c.is_ascii_alphabetic()));
    // A drive alone is a root: a share or a leading slash is not.
    let root = drive.map_or("", |drive| rest.get(..3).filter(|start| start.ends_with(is_slash)).unwrap_or(drive));
    let (directory, file) = match rest.rfind(is_slash) {
        Some(at) => (rest.get(..at).unwrap_or(""), rest.get(at + 1..).unwrap_or("")),
        None => ("", rest),
    };
    let name = directory.rsplit(is_slash).next().unwrap_or("");
    let (file, stream) = file.split_once(':').unwrap_or((file, ""));
    let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
    let mut parts = Map::new();
    for (key, value) in [
        ("Scheme", scheme),
        ("RootPath", root),
        ("DirectoryPath", directory),
        ("DirectoryName", name),
        ("Filename", file),
        ("Extension", extension),
        ("AlternateDataStreamName", stream),
    ] {
        parts.insert(key.to_string(), Value::from(value));
    }
    Value::Object(parts)
}

/// Eight digits for each of four numbers, the last eleven of them behind the point.
fn version(text: &str) -> Option<i128> {
    let parts: Vec<&str> = text.trim().split('.').collect();
    if parts.len() > 4 {
        return None;
    }
    let mut number: i128 = 0;
    for index in 0..4 {
        let part = parts.get(index).copied().unwrap_or("0");
        let fits = !part.is_empty() && part.len() <= 8 && part.bytes().all(|b| b.is_ascii_digit());
        let part: i128 = part.parse().ok().filter(|_| fits)?;
        number = number * 100_000_000 + part;
    }
    // A decimal holds 38 digits, of which a version takes up to 32.
    number.checked_mul(1_000_000)
}
