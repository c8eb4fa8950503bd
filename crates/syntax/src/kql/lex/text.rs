//! String literals: plain, verbatim, obfuscated and multi-line.

use super::Lexer;
use crate::kql::messages;
use crate::kql::token::Kind;

impl Lexer<'_> {
    /// The literal that starts here, if one does.
    pub(super) fn text_literal(&mut self) -> Option<Kind> {
        let start = self.cursor.offset();
        let mut ahead = self.cursor.clone();
        if !ahead.eat("h") {
            ahead.eat("H");
        }
        let is_verbatim = ahead.eat("@");
        if !is_verbatim && (ahead.eat("```") || ahead.eat("~~~")) {
            let fence = if ahead.text_from(ahead.offset() - 3) == "~~~" { "~~~" } else { "```" };
            self.cursor = ahead;
            return Some(self.fenced(start, fence));
        }
        let quote = ahead.peek().filter(|c| matches!(c, '"' | '\''))?;
        ahead.bump();
        self.cursor = ahead;
        Some(if is_verbatim { self.verbatim(start, quote) } else { self.escaped(start, quote) })
    }

    fn fenced(&mut self, start: usize, fence: &str) -> Kind {
        let body = self.cursor.rest();
        let Some(length) = body.find(fence) else {
            while self.cursor.bump().is_some() {}
            self.report(messages::open_string(self.span_from(start), fence));
            return Kind::Broken;
        };
        let text = body.get(..length).unwrap_or("").to_string();
        let end = self.cursor.offset() + length;
        while self.cursor.offset() < end {
            self.cursor.bump();
        }
        self.cursor.eat(fence);
        Kind::Text(text)
    }

    fn verbatim(&mut self, start: usize, quote: char) -> Kind {
        let mut text = String::new();
        loop {
            match self.cursor.peek() {
                Some(c) if c == quote => {
                    self.cursor.bump();
                    if self.cursor.peek() != Some(quote) {
                        return Kind::Text(text);
                    }
                    self.cursor.bump();
                    text.push(quote);
                }
                Some(c) if c != '\n' => {
                    self.cursor.bump();
                    text.push(c);
                }
                _ => return self.open(start, quote),
            }
        }
    }

    fn escaped(&mut self, start: usize, quote: char) -> Kind {
        let mut text = String::new();
        loop {
            match self.cursor.peek() {
                Some(c) if c == quote => {
                    self.cursor.bump();
                    return Kind::Text(text);
                }
                Some('\\') => self.escape(&mut text),
                Some(c) if c != '\n' => {
                    self.cursor.bump();
                    text.push(c);
                }
                _ => return self.open(start, quote),
            }
        }
    }

    fn escape(&mut self, text: &mut String) {
        let start = self.cursor.offset();
        self.cursor.bump();
        let plain = match self.cursor.peek() {
            Some('n') => Some('\n'),
            Some('t') => Some('\t'),
            Some('r') => Some('\r'),
            Some('0') => Some('\0'),
            Some('a') => Some('\u{7}'),
            Some('b') => Some('\u{8}'),
            Some('f') => Some('\u{c}'),
            Some('v') => Some('\u{b}'),
            Some(c @ ('\\' | '"' | '\'' | '`' | '?')) => Some(c),
            _ => None,
        };
        if let Some(c) = plain {
            self.cursor.bump();
            text.push(c);
            return;
        }
        let digits = match self.cursor.peek() {
            Some('u') => 4,
            Some('x') => 2,
            Some('U') => 8,
            None | Some('\n') => return,
            Some(_) => 0,
        };
        self.cursor.bump();
        let from = self.cursor.offset();
        for _ in 0..digits {
            if self.cursor.peek().is_some_and(|c| c.is_ascii_hexdigit()) {
                self.cursor.bump();
            }
        }
        let hex = self.cursor.text_from(from);
        let read = if hex.len() == digits { u32::from_str_radix(hex, 16).ok().and_then(char::from_u32) } else { None };
        match read {
            Some(c) => text.push(c),
            None => self.report(messages::unknown_escape(self.span_from(start), self.cursor.text_from(start))),
        }
    }

    fn open(&mut self, start: usize, quote: char) -> Kind {
        self.report(messages::open_string(self.span_from(start), quote.encode_utf8(&mut [0; 4])));
        Kind::Broken
    }
}
