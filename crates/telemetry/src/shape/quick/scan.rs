//! A scan over JSON: where its values end, and what they are.

use serde::de::{DeserializeSeed, IgnoredAny};

use crate::text::{AsText, Kind};

/// How deep a value may nest that is passed over.
const DEPTH: usize = 100;

/// A place in a record of JSON. What it gives `None` for is for another reader to decide.
pub struct Scan<'j> {
    json: &'j str,
    at: usize,
}

/// A value as it stands, beside texts.
enum Raw<'j> {
    Null,
    /// `true` or `false`.
    Word(&'static str),
    Number(&'j str),
    /// An object or a list, with its braces.
    Nested(&'j str),
}

impl<'j> Scan<'j> {
    pub fn new(json: &'j str) -> Self {
        Scan { json, at: 0 }
    }

    pub fn at(&self) -> usize {
        self.at
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
        self.at >= self.json.len()
    }

    /// A key that is spelt plainly, and its colon.
    pub fn key(&mut self) -> Option<&'j str> {
        self.eat(b'"')?;
        let start = self.at;
        (self.at, _) = self.special(start)?;
        let key = self.since(start)?;
        self.eat(b'"')?;
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
            Raw::Null | Raw::Word(_) | Raw::Number(_) => Some(()),
        }
    }

    /// Hands over a value as [`AsText`] writes it, where it can without copying.
    pub fn value<T>(&mut self, scratch: &mut String, use_it: impl FnOnce(&str, Kind) -> T) -> Option<T> {
        if self.eat(b'"').is_some() {
            return Some(use_it(self.text(scratch)?, Kind::Scalar));
        }
        match self.raw()? {
            Raw::Null => Some(use_it("", Kind::Null)),
            Raw::Word(word) => Some(use_it(word, Kind::Scalar)),
            Raw::Number(digits) if is_plain_integer(digits) => Some(use_it(digits, Kind::Scalar)),
            Raw::Number(json) | Raw::Nested(json) => {
                scratch.clear();
                let mut deserializer = serde_json::Deserializer::from_str(json);
                let kind = AsText(scratch).deserialize(&mut deserializer).ok()?;
                deserializer.end().ok()?;
                Some(use_it(scratch, kind))
            }
        }
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
            _ => self.number().map(Raw::Number),
        }
    }

    fn word(&mut self, word: &'static str) -> Option<&'static str> {
        self.rest().starts_with(word.as_bytes()).then(|| self.at += word.len())?;
        Some(word)
    }

    fn number(&mut self) -> Option<&'j str> {
        let start = self.at;
        let _ = self.eat(b'-');
        // No further digit may follow a zero.
        if self.eat(b'0').is_none() {
            self.digits()?;
        }
        if self.eat(b'.').is_some() {
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        self.since(start)
    }

    fn digits(&mut self) -> Option<()> {
        let count = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        (count > 0).then_some(())
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
        loop {
            let (special, byte) = self.special(self.at)?;
            if byte == b'"' {
                self.at = special + 1;
                return Some(());
            }
            // Whatever is escaped.
            self.at = special + 2;
        }
    }

    /// The rest of a text, its escapes replaced; `None` where it is no text by the rules.
    fn text<'a>(&mut self, scratch: &'a mut String) -> Option<&'a str>
    where
        'j: 'a,
    {
        let mut plain = self.at;
        let (mut special, mut byte) = self.special(plain)?;
        if byte == b'"' {
            self.at = special + 1;
            return self.json.get(plain..special);
        }
        scratch.clear();
        loop {
            scratch.push_str(self.json.get(plain..special)?);
            if byte == b'"' {
                self.at = special + 1;
                return Some(scratch);
            }
            plain = special + 1;
            let mut next = plain;
            match self.json.as_bytes().get(plain)? {
                // What follows begins with it.
                b'"' | b'\\' | b'/' => next += 1,
                b'u' => {
                    let (character, length) = unicode(self.json.get(plain..)?)?;
                    scratch.push(character);
                    plain += length;
                    next = plain;
                }
                letter => {
                    scratch.push(match letter {
                        b'b' => '\u{8}',
                        b'f' => '\u{c}',
                        b'n' => '\n',
                        b'r' => '\r',
                        b't' => '\t',
                        _ => return None,
                    });
                    plain += 1;
                    next = plain;
                }
            }
            (special, byte) = self.special(next)?;
        }
    }

    /// The next quote or backslash from a place on. Most are a few letters away, where a search made for long ways would end
    /// before it has begun to pay.
    #[inline]
    fn special(&self, mut at: usize) -> Option<(usize, u8)> {
        let json = self.json.as_bytes();
        while let Some(word) = json.get(at..at + 8).and_then(|bytes| <[u8; 8]>::try_from(bytes).ok()) {
            let word = u64::from_le_bytes(word);
            let hits = specials(word);
            if hits != 0 {
                let bits = hits.trailing_zeros() & !7;
                let [byte, ..] = (word >> bits).to_le_bytes();
                return Some((at + (bits / 8) as usize, byte));
            }
            at += 8;
        }
        let tail = json.get(at..)?;
        let place = tail.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
        Some((at + place, *tail.get(place)?))
    }
}

/// The upper bit of each byte that is a quote or a backslash. Above the first one bits may be wrong.
fn specials(word: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    let quotes = word ^ u64::from_le_bytes([b'"'; 8]);
    let backslashes = word ^ u64::from_le_bytes([b'\\'; 8]);
    // A byte that is zero borrows from its upper bit; both signs are ASCII, so that the bit is set in no other byte of theirs.
    (quotes.wrapping_sub(ONES) | backslashes.wrapping_sub(ONES)) & !word & u64::from_le_bytes([0x80; 8])
}

/// The character of an escape that begins with `u`, and how long it is.
fn unicode(escape: &str) -> Option<(char, usize)> {
    match hex(escape.get(1..5)?)? {
        high @ 0xd800..0xdc00 => {
            let low = hex(escape.get(5..)?.strip_prefix("\\u")?.get(..4)?)?;
            let low = (0xdc00..0xe000).contains(&low).then_some(low)?;
            Some((char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))?, 11))
        }
        code => Some((char::from_u32(code)?, 5)),
    }
}

fn hex(digits: &str) -> Option<u32> {
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

/// Whether a number is its own text; longer ones and those in other spellings are read as numbers.
fn is_plain_integer(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    digits.len() <= 18 && digits.bytes().all(|byte| byte.is_ascii_digit())
}
