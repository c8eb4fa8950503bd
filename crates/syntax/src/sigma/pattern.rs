//! Values as patterns: Sigma's wildcards and backslashes.

/// One piece of a value, once its quoting is undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    /// `*`: any run of characters, also none.
    AnyRun,
    /// `?`: exactly one character.
    AnyOne,
}

/// The pieces of a value. A backslash quotes `*`, `?` and a backslash; before anything else it is itself.
pub fn pieces(value: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        let wildcard = match c {
            '\\' => {
                text.push(chars.next_if(|next| matches!(next, '\\' | '*' | '?')).unwrap_or('\\'));
                continue;
            }
            '*' => Piece::AnyRun,
            '?' => Piece::AnyOne,
            _ => {
                text.push(c);
                continue;
            }
        };
        if !text.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut text)));
        }
        push(&mut pieces, wildcard);
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    pieces
}

/// The pieces between wildcards where a side is open.
pub fn open(pieces: Vec<Piece>, before: bool, after: bool) -> Vec<Piece> {
    let mut out = Vec::with_capacity(pieces.len() + 2);
    if before {
        out.push(Piece::AnyRun);
    }
    for piece in pieces {
        push(&mut out, piece);
    }
    if after {
        push(&mut out, Piece::AnyRun);
    }
    out
}

/// Two runs of anything are one.
fn push(pieces: &mut Vec<Piece>, piece: Piece) {
    if piece != Piece::AnyRun || pieces.last() != Some(&Piece::AnyRun) {
        pieces.push(piece);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Piece {
        Piece::Text(text.into())
    }

    #[test]
    fn backslashes_are_read_as_the_specification_says() {
        assert_eq!(pieces(r"C:\Windows\a"), [text(r"C:\Windows\a")]);
        assert_eq!(pieces(r"\\server"), [text(r"\server")]);
        assert_eq!(pieces(r"\\\\server"), [text(r"\\server")]);
        assert_eq!(pieces(r"a\*"), [text("a*")]);
        assert_eq!(pieces(r"a\\*"), [text(r"a\"), Piece::AnyRun]);
        assert_eq!(pieces(r"a\\\*"), [text(r"a\*")]);
        assert_eq!(pieces(r"a\"), [text(r"a\")]);
        assert_eq!(pieces("a?**b"), [text("a"), Piece::AnyOne, Piece::AnyRun, text("b")]);
    }

    #[test]
    fn open_sides_are_wildcards_once() {
        assert_eq!(open(pieces("*a"), true, true), [Piece::AnyRun, text("a"), Piece::AnyRun]);
        assert_eq!(open(Vec::new(), true, true), [Piece::AnyRun]);
    }
}
