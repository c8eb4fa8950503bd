//! Texts within regular expressions.

/// The text for itself, in the dialects of Rust and of Java.
pub fn regex(text: &str, out: &mut String) {
    for c in text.chars() {
        if matches!(c, '\\' | '^' | '$' | '.' | '|' | '?' | '*' | '+' | '(' | ')' | '[' | ']' | '{' | '}') {
            out.push('\\');
        }
        out.push(c);
    }
}
