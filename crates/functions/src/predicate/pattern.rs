//! Wildcard patterns: which plain shape a pattern is, or the regular expression that it stands for.

use super::Shape;

/// One piece of a wildcard pattern, after the language's own quoting is undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    /// Any run of characters, also none: AQL's `%`, Sigma's `*`.
    AnyRun,
    /// Exactly one character: AQL's `_`, Sigma's `?`.
    AnyOne,
}

/// The cheapest way to match a whole value against a pattern: a shape with its needle.
pub fn classify(pieces: &[Piece]) -> (Shape, String) {
    match pieces {
        [] => (Shape::Equals, String::new()),
        [Piece::Text(text)] => (Shape::Equals, text.clone()),
        [Piece::AnyRun] => (Shape::Contains, String::new()),
        [Piece::Text(text), Piece::AnyRun] => (Shape::StartsWith, text.clone()),
        [Piece::AnyRun, Piece::Text(text)] => (Shape::EndsWith, text.clone()),
        [Piece::AnyRun, Piece::Text(text), Piece::AnyRun] => (Shape::Contains, text.clone()),
        _ => (Shape::Regex, regex(pieces)),
    }
}

/// An anchored regular expression in which a wildcard also spans line ends.
fn regex(pieces: &[Piece]) -> String {
    let mut out = String::from("(?s)^");
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.push_str(&regex::escape(text)),
            Piece::AnyRun => out.push_str(".*"),
            Piece::AnyOne => out.push('.'),
        }
    }
    out.push('$');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_patterns_become_plain_shapes() {
        let text = |text: &str| Piece::Text(text.into());
        assert_eq!(classify(&[Piece::AnyRun, text("a.exe")]), (Shape::EndsWith, "a.exe".into()));
        assert_eq!(classify(&[text("a"), Piece::AnyOne, text(".b")]), (Shape::Regex, "(?s)^a.\\.b$".into()));
    }
}
