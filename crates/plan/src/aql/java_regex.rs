//! Java's regular expressions in the engine's spelling: there `\w`, `\d`, `\s` and `\b` know ASCII only, which also keeps
//! the compiled patterns small.

/// The same expression for the engine. What the engine does not have stays as it is, for it to refuse.
pub(super) fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    // Inside of brackets `\b` is no boundary.
    let mut open = 0_usize;
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('w') => out.push_str("[A-Za-z0-9_]"),
                Some('W') => out.push_str("[^A-Za-z0-9_]"),
                Some('d') => out.push_str("[0-9]"),
                Some('D') => out.push_str("[^0-9]"),
                Some('s') => out.push_str(r"[ \t\n\x0B\f\r]"),
                Some('S') => out.push_str(r"[^ \t\n\x0B\f\r]"),
                Some('b') if open == 0 => out.push_str(r"(?-u:\b)"),
                Some('Q') => {
                    let (quoted, rest) = chars.as_str().split_once(r"\E").unwrap_or((chars.as_str(), ""));
                    for c in quoted.chars() {
                        if c.is_ascii_punctuation() && !matches!(c, '_' | '<' | '>') {
                            out.push('\\');
                        }
                        out.push(c);
                    }
                    chars = rest.chars();
                }
                Some(other) => out.extend(['\\', other]),
                None => out.push('\\'),
            },
            '[' => {
                open += 1;
                out.push(c);
            }
            ']' => {
                open = open.saturating_sub(1);
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_ascii_and_quotations_are_taken_apart() {
        assert_eq!(translate(r"-k\s\w{1,64}[\d.]\\w"), r"-k[ \t\n\x0B\f\r][A-Za-z0-9_]{1,64}[[0-9].]\\w");
        assert_eq!(translate(r"\bcmd\.exe"), r"(?-u:\b)cmd\.exe");
        assert_eq!(translate(r"\Qa.b\E.*"), r"a\.b.*");
    }
}
