//! Mending: a line of JSON that breaks the rules of text, made readable, so that one odd character cannot hide an event.
//!
//! File names and command lines hold what attackers put there: unpaired surrogates, bytes that are no UTF-8, raw control
//! characters. They are replaced by U+FFFD, or escaped; everything else of the event is kept.

/// The mended line, or `None` where there is nothing of this kind to mend.
pub fn mend(json: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(json);
    let mut out = String::with_capacity(text.len() + 8);
    let mut in_string = false;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => {
                in_string = !in_string;
                out.push(c);
            }
            '\\' if in_string => {
                let rest = text.get(at..).unwrap_or("");
                if let Some(code) = surrogate(rest) {
                    let next = rest.get(6..).and_then(surrogate);
                    let is_pair = (0xd800..0xdc00).contains(&code) && next.is_some_and(|low| low >= 0xdc00);
                    let taken = if is_pair { 12 } else { 6 };
                    out.push_str(if is_pair { rest.get(..taken).unwrap_or("") } else { "\\ufffd" });
                    chars.nth(taken - 2);
                } else {
                    out.push(c);
                    out.extend(chars.next().map(|(_, escaped)| escaped));
                }
            }
            _ if in_string && c.is_ascii_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => out.push(c),
        }
    }
    (out.as_bytes() != json).then_some(out)
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
        assert_eq!(mend(br#"{"a":"x\ud800"#).as_deref(), Some(r#"{"a":"x\ufffd"#));
    }
}
