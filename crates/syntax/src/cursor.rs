//! The cursor: a lexer's place in a text, for the hand-written lexers of the front ends.

use crate::span::Span;

/// Walks a text by characters. Never panics: past the end it gives `None` and stays.
#[derive(Debug, Clone)]
pub struct Cursor<'a> {
    text: &'a str,
    offset: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a str) -> Self {
        Cursor { text, offset: 0 }
    }

    pub fn offset(&self) -> usize {
        self.offset
    }

    pub fn rest(&self) -> &'a str {
        self.text.get(self.offset..).unwrap_or("")
    }

    pub fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The character `n` places on; `nth(0)` is `peek`.
    pub fn nth(&self, n: usize) -> Option<char> {
        self.rest().chars().nth(n)
    }

    pub fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.offset += next.len_utf8();
        Some(next)
    }

    /// Steps over `expected` if the text goes on with it.
    pub fn eat(&mut self, expected: &str) -> bool {
        let eaten = self.rest().starts_with(expected);
        if eaten {
            self.offset += expected.len();
        }
        eaten
    }

    pub fn eat_while(&mut self, mut wanted: impl FnMut(char) -> bool) {
        while self.peek().is_some_and(&mut wanted) {
            self.bump();
        }
    }

    pub fn is_at_end(&self) -> bool {
        self.offset >= self.text.len()
    }

    /// From an earlier offset to here.
    pub fn span_from(&self, start: usize) -> Span {
        Span::new(start, self.offset)
    }

    pub fn text_from(&self, start: usize) -> &'a str {
        self.text.get(start..self.offset).unwrap_or("")
    }
}
