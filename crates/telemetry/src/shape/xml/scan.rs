//! A scanner of XML: its tags one by one, and the text of an element that holds nothing else. No entity but the five that XML
//! knows, and no document type: nothing can expand.

use std::borrow::Cow;

pub struct Scanner<'x> {
    text: &'x str,
    at: usize,
}

pub enum Tag<'x> {
    Open(Open<'x>),
    Close(&'x str),
    End,
}

pub struct Open<'x> {
    /// Without the prefix of its name space.
    pub name: &'x str,
    /// `<X/>`: it has no content, and nothing ends it.
    pub is_empty: bool,
    attributes: &'x str,
}

impl<'x> Scanner<'x> {
    pub fn new(text: &'x str) -> Self {
        Scanner { text, at: 0 }
    }

    /// The next tag, whatever text stands before it.
    pub fn next(&mut self) -> Result<Tag<'x>, String> {
        loop {
            let rest = self.rest();
            let Some(start) = memchr::memchr(b'<', rest.as_bytes()) else {
                self.at = self.text.len();
                return Ok(Tag::End);
            };
            self.at += start + 1;
            let rest = self.rest();
            match rest.as_bytes().first() {
                Some(b'/') => {
                    let end = memchr::memchr(b'>', rest.as_bytes()).ok_or_else(unfinished)?;
                    self.at += end + 1;
                    return Ok(Tag::Close(local(rest.get(1..end).unwrap_or("").trim_ascii_end())));
                }
                Some(b'?') => self.pass("?>")?,
                Some(b'!') if rest.starts_with("!--") => self.pass("-->")?,
                Some(b'!') if rest.starts_with("![CDATA[") => self.pass("]]>")?,
                Some(b'!') => return Err("a document type has no place in an event".to_owned()),
                _ => return self.open(rest),
            }
        }
    }

    /// The text of the element whose start was read, up to and with its end; `None` where it holds elements, which are then
    /// still to be read.
    pub fn text(&mut self, name: &str) -> Result<Option<Cow<'x, str>>, String> {
        let start = self.at;
        let rest = self.rest();
        let end = memchr::memchr(b'<', rest.as_bytes()).ok_or_else(unfinished)?;
        let raw = rest.get(..end).unwrap_or("");
        if self.closes(end, name) {
            return Ok(Some(decoded(raw)));
        }
        // Comments and sections of literal text are rare, and may stand between parts of a text.
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let end = memchr::memchr(b'<', rest.as_bytes()).ok_or_else(unfinished)?;
            text.push_str(&decoded(rest.get(..end).unwrap_or("")));
            if self.closes(end, name) {
                return Ok(Some(Cow::Owned(text)));
            }
            let tag = rest.get(end..).unwrap_or("");
            self.at += end;
            if let Some(literal) = tag.strip_prefix("<![CDATA[") {
                let end = literal.find("]]>").ok_or_else(unfinished)?;
                text.push_str(literal.get(..end).unwrap_or(""));
                self.pass("]]>")?;
            } else if tag.starts_with("<!--") {
                self.pass("-->")?;
            } else if tag.starts_with("<?") {
                self.pass("?>")?;
            } else if tag.starts_with("</") {
                return Err(format!("the element {name} does not end where it should"));
            } else {
                self.at = start;
                return Ok(None);
            }
        }
    }

    /// Passes over what is in the element whose start was read.
    pub fn skip(&mut self, name: &str) -> Result<(), String> {
        let mut depth = 0_u64;
        loop {
            match self.next()? {
                Tag::Open(open) if !open.is_empty => depth += 1,
                Tag::Open(_) => {}
                Tag::Close(closed) if depth == 0 => {
                    let fits = closed == name;
                    return if fits { Ok(()) } else { Err(format!("the element {name} does not end where it should")) };
                }
                Tag::Close(_) => depth -= 1,
                Tag::End => return Err(unfinished()),
            }
        }
    }

    fn open(&mut self, rest: &'x str) -> Result<Tag<'x>, String> {
        let mut end = 0;
        loop {
            // A quoted value may hold the sign that ends the tag.
            let from = rest.as_bytes().get(end..).unwrap_or_default();
            let found = memchr::memchr3(b'>', b'"', b'\'', from).ok_or_else(unfinished)?;
            let quote = from.get(found).copied().unwrap_or(b'>');
            end += found + 1;
            if quote == b'>' {
                break;
            }
            let from = rest.as_bytes().get(end..).unwrap_or_default();
            end += memchr::memchr(quote, from).ok_or_else(unfinished)? + 1;
        }
        self.at += end;
        let inner = rest.get(..end - 1).unwrap_or("");
        let (inner, is_empty) = match inner.strip_suffix('/') {
            Some(inner) => (inner, true),
            None => (inner, false),
        };
        let name_end = inner.bytes().position(|byte| byte.is_ascii_whitespace()).unwrap_or(inner.len());
        let (name, attributes) = inner.split_at_checked(name_end).unwrap_or((inner, ""));
        if name.is_empty() {
            return Err("a tag has no name".to_owned());
        }
        Ok(Tag::Open(Open { name: local(name), is_empty, attributes }))
    }

    /// Whether the tag at this place of the rest ends the element, and then passes it.
    fn closes(&mut self, place: usize, name: &str) -> bool {
        let Some(tag) = self.rest().get(place..).and_then(|tag| tag.strip_prefix("</")) else { return false };
        let Some(end) = memchr::memchr(b'>', tag.as_bytes()) else { return false };
        let fits = local(tag.get(..end).unwrap_or("").trim_ascii_end()) == name;
        if fits {
            self.at += place + 2 + end + 1;
        }
        fits
    }

    fn pass(&mut self, end: &str) -> Result<(), String> {
        self.at += self.rest().find(end).ok_or_else(unfinished)? + end.len();
        Ok(())
    }

    fn rest(&self) -> &'x str {
        self.text.get(self.at..).unwrap_or("")
    }
}

impl<'x> Open<'x> {
    pub fn attribute(&self, wanted: &str) -> Option<Cow<'x, str>> {
        self.attributes().find(|(name, _)| *name == wanted).map(|(_, value)| value)
    }

    /// The attributes in their order; what is no attribute ends them.
    pub fn attributes(&self) -> impl Iterator<Item = (&'x str, Cow<'x, str>)> + use<'x> {
        let mut rest = self.attributes;
        std::iter::from_fn(move || {
            let (name, value) = rest.split_once('=')?;
            let value = value.trim_ascii_start();
            let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
            let (value, after) = value.get(1..)?.split_once(quote)?;
            rest = after;
            Some((local(name.trim_ascii()), decoded(value)))
        })
    }
}

fn unfinished() -> String {
    "the XML breaks off".to_owned()
}

/// A name without the prefix of its name space.
fn local(name: &str) -> &str {
    match memchr::memchr(b':', name.as_bytes()) {
        Some(place) => name.get(place + 1..).unwrap_or(name),
        None => name,
    }
}

/// A text with its references replaced. What is no reference stays as it stands.
fn decoded(raw: &str) -> Cow<'_, str> {
    let Some(first) = memchr::memchr(b'&', raw.as_bytes()) else { return Cow::Borrowed(raw) };
    let (plain, mut rest) = raw.split_at_checked(first).unwrap_or((raw, ""));
    let mut out = String::with_capacity(raw.len());
    out.push_str(plain);
    while let Some(reference) = rest.strip_prefix('&') {
        // The longest reference is `&#x10FFFF;`.
        let end = reference.bytes().take(10).position(|byte| byte == b';');
        let character = end.and_then(|end| character(reference.get(..end)?));
        let after = match (character, end) {
            (Some(character), Some(end)) => {
                out.push(character);
                reference.get(end + 1..).unwrap_or("")
            }
            _ => {
                out.push('&');
                reference
            }
        };
        let next = memchr::memchr(b'&', after.as_bytes()).unwrap_or(after.len());
        let (plain, further) = after.split_at_checked(next).unwrap_or((after, ""));
        out.push_str(plain);
        rest = further;
    }
    Cow::Owned(out)
}

fn character(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
    })
}
