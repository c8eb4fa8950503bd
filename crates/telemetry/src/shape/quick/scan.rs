//! A scan over JSON: where its values end, and what they are.

use serde::de::{DeserializeSeed, IgnoredAny};

use super::marks::{Marks, end_of_text};
use super::unescape::unescape;
use crate::mend::{may_lose_digits, mend};
use crate::text::{AsText, Kind};

/// How deep a value may nest that is passed over.
const DEPTH: usize = 100;

/// A place in a record of JSON. What it gives `None` for is for another reader to decide.
pub struct Scan<'j> {
    json: &'j str,
    at: usize,
    marks: Marks,
    /// A quote at or before the place, by its number.
    quote: usize,
    /// The record, and what follows it in memory.
    beyond: &'j [u8],
}

/// Where values are written that are not their own text.
#[derive(Default)]
pub struct Scratch {
    unescaped: Vec<u8>,
    text: String,
}

impl Scratch {
    /// What one record made longer than this is not kept for the next.
    const KEPT: usize = 64 << 10;

    pub fn tidy(&mut self) {
        if self.unescaped.len().max(self.text.capacity()) > Scratch::KEPT {
            *self = Scratch::default();
        }
    }
}

/// A value as it stands, beside texts.
enum Raw<'j> {
    Null,
    /// `true` or `false`.
    Word(&'static str),
    /// Whether it is its own text; longer ones and those in other spellings are read as numbers.
    Number {
        json: &'j str,
        is_plain: bool,
    },
    /// An object or a list, with its braces.
    Nested(&'j str),
}

impl<'j> Scan<'j> {
    /// Marks the record first.
    pub fn new(json: &'j str, beyond: &'j [u8], mut marks: Marks) -> Self {
        marks.read(beyond, json.len());
        Scan { json, at: 0, marks, quote: 0, beyond }
    }

    /// The marks, whose memory can be used again.
    pub fn into_marks(self) -> Marks {
        self.marks
    }

    /// The record, and what follows it.
    pub fn beyond(&self) -> &'j [u8] {
        self.beyond
    }

    /// Looks for the first quote from here on.
    pub fn seek_quote(&mut self) {
        self.quote = self.marks.quote_from(self.quote, self.at);
    }

    /// Where the quotes from there on stand.
    pub fn quotes(&self) -> &[u32] {
        self.marks.quotes().get(self.quote..).unwrap_or_default()
    }

    pub fn at(&self) -> usize {
        self.at
    }

    /// All of the record.
    pub fn json(&self) -> &'j [u8] {
        self.json.as_bytes()
    }

    /// What lies ahead.
    pub fn rest(&self) -> &'j [u8] {
        self.json.as_bytes().get(self.at..).unwrap_or_default()
    }

    pub fn slice(&self, start: usize, length: usize) -> Option<&'j str> {
        self.json.get(start..start + length)
    }

    /// What was passed since a place.
    pub fn since(&self, start: usize) -> Option<&'j str> {
        self.json.get(start..self.at)
    }

    pub fn pass(&mut self, bytes: usize) {
        self.at += bytes;
    }

    pub fn space(&mut self) {
        while self.peek().is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    pub fn peek(&self) -> Option<u8> {
        self.json.as_bytes().get(self.at).copied()
    }

    pub fn eat(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// Whether nothing but space is left.
    pub fn is_done(&mut self) -> bool {
        self.space();
        // A step that reached over the end has read what is not the record's.
        self.at == self.json.len()
    }

    /// A key that is spelt plainly, and its colon.
    pub fn key(&mut self) -> Option<&'j str> {
        self.eat(b'"')?;
        let start = self.at;
        self.skip_text()?;
        let end = self.at - 1;
        let key = self.slice(start, end - start).filter(|_| self.is_plain(start, end))?;
        self.space();
        self.eat(b':')?;
        self.space();
        key.bytes().all(|byte| byte >= b' ').then_some(key)
    }

    /// Passes a value, so far as it must be looked at to know that it is one.
    pub fn skip(&mut self) -> Option<()> {
        if self.peek() == Some(b'"') {
            self.at += 1;
            return self.skip_text();
        }
        match self.raw()? {
            Raw::Nested(json) => serde_json::from_str::<IgnoredAny>(json).ok().map(|_| ()),
            Raw::Null | Raw::Word(_) | Raw::Number { .. } => Some(()),
        }
    }

    /// Hands over a value as [`AsText`] writes it, where it can without copying.
    pub fn value<T>(&mut self, scratch: &mut Scratch, use_it: impl FnOnce(&str, Kind) -> T) -> Option<T> {
        if self.eat(b'"').is_some() {
            return Some(use_it(self.text(scratch)?, Kind::Scalar));
        }
        match self.raw()? {
            Raw::Null => Some(use_it("", Kind::Null)),
            Raw::Word(word) => Some(use_it(word, Kind::Scalar)),
            Raw::Number { json, is_plain: true } => Some(use_it(json, Kind::Scalar)),
            // Digits that no reader keeps are the slow reader's.
            Raw::Number { json, .. } | Raw::Nested(json)
                if may_lose_digits(json.as_bytes()) && mend(json.as_bytes()).is_some() =>
            {
                None
            }
            Raw::Number { json, .. } | Raw::Nested(json) => {
                let text = &mut scratch.text;
                text.clear();
                let mut deserializer = serde_json::Deserializer::from_str(json);
                let kind = AsText(text).deserialize(&mut deserializer).ok()?;
                deserializer.end().ok()?;
                Some(use_it(text, kind))
            }
        }
    }

    /// The text between two quotes, its escapes replaced; `None` where it is no text by the rules.
    pub fn text_between<'a>(&self, start: usize, end: usize, scratch: &'a mut Scratch) -> Option<&'a str>
    where
        'j: 'a,
    {
        if self.is_plain(start, end) {
            return self.json.get(start..end);
        }
        unescape(self.json, self.beyond, &self.marks, start..end, &mut scratch.unescaped)
    }

    /// Whether no byte of a text is escaped.
    fn is_plain(&self, start: usize, end: usize) -> bool {
        self.marks.backslash(self.json.as_bytes(), start, end).is_none()
    }

    /// An object or a list as it stands.
    pub fn nested(&mut self) -> Option<&'j str> {
        match self.raw()? {
            Raw::Nested(json) => Some(json),
            _ => None,
        }
    }

    fn raw(&mut self) -> Option<Raw<'j>> {
        match self.peek()? {
            b'{' | b'[' => self.braces().map(Raw::Nested),
            b't' => self.word("true").map(Raw::Word),
            b'f' => self.word("false").map(Raw::Word),
            b'n' => self.word("null").map(|_| Raw::Null),
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &'static str) -> Option<&'static str> {
        self.rest().starts_with(word.as_bytes()).then(|| self.at += word.len())?;
        Some(word)
    }

    fn number(&mut self) -> Option<Raw<'j>> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let first = self.peek();
        let digits = self.digits()?;
        // No further digit may follow a zero.
        if first == Some(b'0') && digits > 1 {
            return None;
        }
        let mut is_plain = digits <= 18;
        if self.peek() == Some(b'.') {
            is_plain = false;
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            is_plain = false;
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(Raw::Number { json: self.since(start)?, is_plain })
    }

    /// How many digits there were; `None` for none.
    fn digits(&mut self) -> Option<usize> {
        let count = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        (count > 0).then_some(count)
    }

    /// Whether what is in an object or a list is JSON, its reader finds out.
    fn braces(&mut self) -> Option<&'j str> {
        let start = self.at;
        let mut depth = 0;
        loop {
            let byte = self.peek()?;
            self.at += 1;
            match byte {
                b'"' => self.skip_text()?,
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            match depth {
                0 => return self.since(start),
                depth if depth > DEPTH => return None,
                _ => {}
            }
        }
    }

    /// Passes the rest of a text, its closing quote included.
    fn skip_text(&mut self) -> Option<()> {
        self.seek_quote();
        let marked = self.quotes().first().map(|quote| *quote as usize);
        let end = marked.or_else(|| end_of_text(self.json.as_bytes(), self.at))?;
        self.at = end + 1;
        Some(())
    }

    /// The rest of a text, its escapes replaced; `None` where it is no text by the rules.
    fn text<'a>(&mut self, scratch: &'a mut Scratch) -> Option<&'a str>
    where
        'j: 'a,
    {
        let start = self.at;
        self.skip_text()?;
        self.text_between(start, self.at - 1, scratch)
    }
}
