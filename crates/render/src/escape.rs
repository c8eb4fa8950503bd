//! Escaping: text from logs and rules, made harmless for a terminal.

use std::borrow::Cow;

/// Control characters (escape sequences, carriage returns, line feeds), and the characters that turn the direction of text
/// or hide themselves, are shown as `\u{…}`; tabs become spaces.
pub fn one_line(text: &str) -> Cow<'_, str> {
    escape(text, |_| false)
}

/// As [`one_line`], but line feeds and tabs stay: for source text in reports.
pub fn lines(text: &str) -> Cow<'_, str> {
    escape(text, |c| matches!(c, '\n' | '\t'))
}

fn escape(text: &str, keep: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(|c| is_harmful(c) && !keep(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            _ if !is_harmful(c) || keep(c) => out.push(c),
            '\t' => out.push(' '),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            _ => out.extend(c.escape_unicode()),
        }
    }
    Cow::Owned(out)
}

pub(crate) fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_sequence_cannot_reach_the_terminal() {
        assert_eq!(one_line("a\u{1b}[2Jb\r\nc"), "a\\u{1b}[2Jb\\r\\nc");
        assert_eq!(one_line("cod\u{202e}exe"), "cod\\u{202e}exe");
        assert_eq!(one_line("Zürich ☃"), "Zürich ☃");
        assert_eq!(lines("a\n\tb\u{1b}"), "a\n\tb\\u{1b}");
    }
}
