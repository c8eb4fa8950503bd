//! A scan over JSON: where its values end, and what they are.

use memchr::memchr;

/// How deep a value may nest that is passed over.
const DEPTH: usize = 100;

pub struct Scan<'j> {
    json: &'j [u8],
    at: usize,
}

/// A value as it stands.
#[derive(Clone, Copy)]
pub enum Raw<'j> {
    Null,
    /// `true` or `false`.
    Word(&'static str),
    /// What stands between the quotes.
    Text(&'j [u8]),
    /// What may be a number.
    Number(&'j [u8]),
    /// An object, with its braces.
    Nested(&'j [u8]),
    List(&'j [u8]),
}

impl<'j> Scan<'j> {
    pub fn new(json: &'j [u8]) -> Self {
        Scan { json, at: 0 }
    }

    pub fn space(&mut self) {
        while self.peek().is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    pub fn peek(&self) -> Option<u8> {
        self.json.get(self.at).copied()
    }

    pub fn bump(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    pub fn eat(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// Passes a key that is spelt so, quotes and colon included, and gives it without them.
    pub fn eat_key(&mut self, spelt: &[u8]) -> Option<&'j [u8]> {
        let found = self.json.get(self.at..)?.get(..spelt.len()).filter(|found| *found == spelt)?;
        self.at += spelt.len();
        found.get(1..spelt.len().checked_sub(2)?)
    }

    /// Whether nothing but space is left.
    pub fn is_done(&mut self) -> bool {
        self.space();
        self.at >= self.json.len()
    }

    /// What stands between the quotes of a text, which begins here.
    pub fn string(&mut self) -> Option<&'j [u8]> {
        self.eat(b'"')?;
        let start = self.at;
        loop {
            let quote = self.at + memchr(b'"', self.json.get(self.at..)?)?;
            self.at = quote + 1;
            let before = self.json.get(start..quote)?;
            // A quote after an odd number of backslashes is one of the text's own.
            let is_escaped = before.last() == Some(&b'\\')
                && before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1;
            if !is_escaped {
                return Some(before);
            }
        }
    }

    pub fn value(&mut self) -> Option<Raw<'j>> {
        match self.peek()? {
            b'"' => self.string().map(Raw::Text),
            b'{' => self.nested().map(Raw::Nested),
            b'[' => self.nested().map(Raw::List),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => {
                let rest = self.json.get(self.at..)?;
                let end =
                    rest.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))?;
                self.at += end;
                Some(Raw::Number(rest.get(..end)?))
            }
        }
    }

    fn word(&mut self, word: &'static str) -> Option<Raw<'j>> {
        if !self.json.get(self.at..)?.starts_with(word.as_bytes()) {
            return None;
        }
        self.at += word.len();
        Some(if word == "null" { Raw::Null } else { Raw::Word(word) })
    }

    /// An object or a list, with its braces; whether what is in it is JSON, its reader finds out.
    fn nested(&mut self) -> Option<&'j [u8]> {
        let start = self.at;
        let mut depth = 0;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            match depth {
                0 => return self.json.get(start..self.at),
                depth if depth > DEPTH => return None,
                _ => {}
            }
        }
    }
}

/// The text that stands between quotes, its escapes replaced; `None` where it is no text by the rules.
pub fn text<'a>(raw: &'a [u8], scratch: &'a mut String) -> Option<&'a str> {
    let raw = std::str::from_utf8(raw).ok()?;
    let Some(first) = memchr(b'\\', raw.as_bytes()) else { return Some(raw) };
    scratch.clear();
    let (plain, mut rest) = raw.split_at_checked(first)?;
    scratch.push_str(plain);
    while let Some(escape) = rest.strip_prefix('\\') {
        let byte = *escape.as_bytes().first()?;
        let mut taken = 1;
        scratch.push(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let high = hex(escape.get(1..5)?)?;
                taken = 5;
                match high {
                    0xd800..0xdc00 => {
                        let low = hex(escape.get(5..)?.strip_prefix("\\u")?.get(..4)?)?;
                        taken = 11;
                        let low = (0xdc00..0xe000).contains(&low).then_some(low)?;
                        char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))?
                    }
                    code => char::from_u32(code)?,
                }
            }
            _ => return None,
        });
        let after = escape.get(taken..)?;
        // Paths have an escape every few letters: most searches would end before they have begun to pay.
        let next = after.bytes().position(|byte| byte == b'\\').unwrap_or(after.len());
        let (plain, further) = after.split_at_checked(next)?;
        scratch.push_str(plain);
        rest = further;
    }
    Some(scratch)
}

fn hex(digits: &str) -> Option<u32> {
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

/// A whole number that is its own text; longer ones and those in other spellings are read as numbers.
pub fn plain_integer(json: &[u8]) -> Option<&str> {
    let digits = json.strip_prefix(b"-").unwrap_or(json);
    let is_plain = match digits {
        [b'0'] => true,
        [b'1'..=b'9', rest @ ..] => rest.len() < 18 && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if is_plain { std::str::from_utf8(json).ok() } else { None }
}
