//! Mending: a line of JSON that breaks the rules of text, made readable, so that one odd character cannot hide an event.
//!
//! File names and command lines hold what attackers put there: unpaired surrogates, bytes that are no UTF-8, raw control
//! characters, backslashes that nobody doubled. They are replaced by U+FFFD, or escaped; everything else of the event is kept. So whether an event can be read
//! does not depend on which of its fields are asked for.

use crate::text::push_json_text;

/// How deep a value may nest. What lies deeper is kept as the text of its JSON, because the reader goes no deeper than 128.
const DEPTH: usize = 100;

/// How many digits a real holds in any case.
const DIGITS: usize = 15;
/// Words that some writers put where JSON has a number or nothing.
const NO_NUMBERS: [&str; 3] = ["-Infinity", "Infinity", "NaN"];

/// The mended line, or `None` where there is nothing of this kind to mend.
pub fn mend(json: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(json);
    let mut out = String::with_capacity(text.len() + 8);
    let mut in_string = false;
    let mut depth = 0_usize;
    let mut rest = text.as_ref();
    while let Some(c) = rest.chars().next() {
        let mut taken = c.len_utf8();
        match c {
            '"' => {
                in_string = !in_string;
                out.push(c);
            }
            '\\' if in_string => taken = push_escape(rest, &mut out),
            _ if in_string && c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            '{' | '[' if !in_string && depth >= DEPTH => {
                taken = nested(rest);
                push_json_text(&mut out, rest.get(..taken).unwrap_or(rest));
            }
            '{' | '[' | '}' | ']' if !in_string => {
                depth = if matches!(c, '{' | '[') { depth + 1 } else { depth.saturating_sub(1) };
                out.push(c);
            }
            '-' | '0'..='9' if !in_string && !rest.starts_with(NO_NUMBERS[0]) => {
                taken =
                    rest.find(|c: char| !matches!(c, '-' | '+' | '.' | '0'..='9' | 'e' | 'E')).unwrap_or(rest.len());
                push_number(rest.get(..taken).unwrap_or(rest), &mut out);
            }
            _ if !in_string && let Some(word) = NO_NUMBERS.iter().find(|word| rest.starts_with(**word)) => {
                taken = word.len();
                push_json_text(&mut out, word);
            }
            _ => out.push(c),
        }
        rest = rest.get(taken..).unwrap_or("");
    }
    (out.as_bytes() != json).then_some(out)
}

/// Appends an escape, mended, and says how much of the text it is.
fn push_escape(rest: &str, out: &mut String) -> usize {
    let next = rest.get(6..).and_then(surrogate);
    let taken = match surrogate(rest) {
        Some(high) if high < 0xdc00 && next.is_some_and(|low| low >= 0xdc00) => 12,
        Some(_) => {
            out.push_str("\\ufffd");
            return 6;
        }
        None => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
    };
    if !is_escape(rest) {
        // What no escape begins with is a backslash that nobody doubled.
        out.push_str("\\\\");
        return 1;
    }
    out.push_str(rest.get(..taken).unwrap_or(rest));
    taken
}

fn is_escape(text: &str) -> bool {
    match text.as_bytes().get(1) {
        Some(b'u') => text.get(2..6).is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit())),
        // At the end of a line that breaks off there is nothing to mend.
        None => true,
        Some(byte) => b"\"\\/bfnrt".contains(byte),
    }
}

/// A number of which not all can be held is kept as its text.
fn push_number(number: &str, out: &mut String) {
    match number.parse::<f64>() {
        Ok(value) if value.is_infinite() || is_long(number) && !is_held(number, value) => push_json_text(out, number),
        _ => out.push_str(number),
    }
}

/// Whether JSON may hold a number with more digits than a reader keeps, or a word in the place of one. A text with as many digits looks
/// like that too.
pub fn may_lose_digits(json: &[u8]) -> bool {
    let is_of_number = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
    // A run of so many holds one of these places.
    let mut at = DIGITS;
    while let Some(byte) = json.get(at) {
        if !is_of_number(byte) {
            at += DIGITS + 1;
            continue;
        }
        let before = json.get(..at).unwrap_or_default().iter().rev().take_while(|byte| is_of_number(byte)).count();
        let behind = json.get(at..).unwrap_or_default().iter().take_while(|byte| is_of_number(byte)).count();
        if before + behind > DIGITS {
            return true;
        }
        at += behind + DIGITS;
    }
    false
}

fn is_long(number: &str) -> bool {
    number.bytes().filter(u8::is_ascii_digit).count() > DIGITS
}

/// Whether a number is the same when it is read and written again.
fn is_held(number: &str, value: f64) -> bool {
    let digits = |text: &str| {
        let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
        let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
        digits.trim_matches('0').to_owned()
    };
    let is_whole = number.parse::<i64>().is_ok() || number.parse::<u64>().is_ok();
    is_whole || digits(number) == digits(&value.to_string())
}

/// How long the object or list at the start of a text is.
fn nested(text: &str) -> usize {
    let (mut in_string, mut is_escaped, mut depth) = (false, false, 0_usize);
    for (at, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if in_string => is_escaped = true,
            '"' => in_string = !in_string,
            '{' | '[' if !in_string => depth += 1,
            '}' | ']' if !in_string => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    text.len()
}

/// The value of an escape `\uXXXX` at the start of a text, if it is a surrogate.
fn surrogate(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let code = u32::from_str_radix(digits, 16).ok()?;
    (0xd800..0xe000).contains(&code).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_breaks_the_rules_is_replaced() {
        assert_eq!(mend(br#"{"a":"\ud83d\ude00 \u00e9 \\ud800"}"#), None);
        assert_eq!(mend(br#"{"a":"x\ud800y"}"#).as_deref(), Some(r#"{"a":"x\ufffdy"}"#));
        assert_eq!(mend(br#"{"a":"\udc00\ud83d\ude00"}"#).as_deref(), Some(r#"{"a":"\ufffd\ud83d\ude00"}"#));
        assert_eq!(mend(b"{\"a\":\"x\xffy\"}").as_deref(), Some("{\"a\":\"x\u{fffd}y\"}"));
        assert_eq!(mend(b"{\"a\":\"x\x01\ny\"}\n").as_deref(), Some("{\"a\":\"x\\u0001\\u000ay\"}\n"));
        assert_eq!(mend(br#"{"a":"C:\q\u12\n"}"#).as_deref(), Some(r#"{"a":"C:\\q\\u12\n"}"#));
        assert_eq!(mend(br#"{"a":"x\ud800"#).as_deref(), Some(r#"{"a":"x\ufffd"#));
        assert_eq!(mend(b"{\"\x01\\\"\x1f\":\t-1.5e3}").as_deref(), Some("{\"\\u0001\\\"\\u001f\":\t-1.5e3}"));
    }

    #[test]
    fn what_no_reader_holds_is_kept_as_text() {
        let words = br#"{"a":NaN,"b":[-Infinity, Infinity],"c":"NaN"}"#;
        assert_eq!(mend(words).as_deref(), Some(r#"{"a":"NaN","b":["-Infinity", "Infinity"],"c":"NaN"}"#));
        let long = r#"{"a":123456789012345678901,"b":-0.12345678901234567890,"c":18446744073709551615,"d":0.1000000000000000}"#;
        let kept = r#"{"a":"123456789012345678901","b":"-0.12345678901234567890","c":18446744073709551615,"d":0.1000000000000000}"#;
        assert_eq!(mend(long.as_bytes()).as_deref(), Some(kept));
        assert!(may_lose_digits(long.as_bytes()) && may_lose_digits(br#"{"a":1234567.123456789}"#));
        assert!(!may_lose_digits(br#"{"a":123456789012345,"b":"2024-03-01T10:00:00.1234567Z"}"#));
        assert_eq!(mend(br#"{"a":1e999,"b":-1e-999}"#).as_deref(), Some(r#"{"a":"1e999","b":-1e-999}"#));
        let deep = format!("{}{{\"a]\":1}}{}", "[".repeat(DEPTH), "]".repeat(DEPTH));
        let mended = format!("{}\"{{\\\"a]\\\":1}}\"{}", "[".repeat(DEPTH), "]".repeat(DEPTH));
        assert_eq!(mend(deep.as_bytes()), Some(mended));
    }
}
