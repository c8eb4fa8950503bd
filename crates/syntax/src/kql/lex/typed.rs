//! Typed literals: a type's word and what stands in the parenthesis behind it, as in `datetime(2024-01-01)`.

use super::Lexer;
use crate::cursor::Cursor;
use crate::kql::token::Kind;

/// Words that make a literal of the parenthesis after them.
const WORDS: &[&str] = &[
    "datetime", "date", "timespan", "time", "guid", "uuid", "uniqueid", "decimal", "real", "double", "int", "long",
    "bool", "boolean",
];

impl Lexer<'_> {
    /// The literal that a word starts, if it is one and a parenthesis follows.
    pub(super) fn typed_literal(&mut self, word: &str) -> Option<Kind> {
        if !WORDS.contains(&word) {
            return None;
        }
        let mut ahead = self.cursor.clone();
        ahead.eat_while(|c| c == ' ');
        if !ahead.eat("(") {
            return None;
        }
        let raw = content(&mut ahead)?;
        self.cursor = ahead;
        let raw = raw.trim();
        let is_date = matches!(word, "datetime" | "date");
        let raw = if is_date { calendar(raw) } else { None }.unwrap_or_else(|| raw.to_string());
        Some(Kind::Typed { word: word.to_string(), raw })
    }
}

/// How long the text of a literal may be: no value is longer, and what is read for one is read anew where it is none.
const LONGEST: usize = 256;

/// The raw text up to the first closing parenthesis outside of quotes; `None` where the line ends before: then it is no
/// literal after all, or one that is not closed, and the parser says which.
fn content(inside: &mut Cursor<'_>) -> Option<String> {
    let mut raw = String::new();
    let mut quote = None;
    loop {
        match inside.bump()? {
            ')' if quote.is_none() => return Some(raw),
            c @ ('\'' | '"') if quote.is_none() => quote = Some(c),
            c if quote == Some(c) => quote = None,
            '\n' => return None,
            _ if raw.len() > LONGEST => return None,
            c => raw.push(c),
        }
    }
}

/// `2025, 6, 14` is the 14th of June: year, month and day, then hour, minute and second, divided by commas.
fn calendar(raw: &str) -> Option<String> {
    let parts: Vec<u32> = raw.split(',').map(|part| part.trim().parse().ok()).collect::<Option<_>>()?;
    match *parts.as_slice() {
        [year, month, day] => Some(format!("{year:04}-{month:02}-{day:02}")),
        [year, month, day, hour, minute, second] => {
            Some(format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"))
        }
        _ => None,
    }
}
