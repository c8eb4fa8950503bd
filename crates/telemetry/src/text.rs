//! Values as text: a JSON value the way the event log would show it, or as JSON, written into a buffer without a tree.

use std::fmt::{self, Write};

use functions::several;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// What a value was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Null,
    Scalar,
    /// As [`several`] keeps it, unless it has but one item or none.
    List,
    /// An object; its text is JSON.
    Nested,
}

/// Appends a value's text: texts as they are, numbers and truth values spelt out, the items of a list as several, objects as
/// JSON.
pub struct AsText<'a>(pub &'a mut String);

impl<'de> DeserializeSeed<'de> for AsText<'_> {
    type Value = Kind;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Kind, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AsText<'_> {
    type Value = Kind;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_str<E>(self, value: &str) -> Result<Kind, E> {
        self.0.push_str(value);
        Ok(Kind::Scalar)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Kind, E> {
        self.0.push_str(if value { "true" } else { "false" });
        Ok(Kind::Scalar)
    }

    fn visit_u64<E>(self, value: u64) -> Result<Kind, E> {
        push(self.0, value)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Kind, E> {
        push(self.0, value)
    }

    fn visit_f64<E>(self, value: f64) -> Result<Kind, E> {
        push(self.0, value)
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Kind, A::Error> {
        let start = self.0.len();
        let mut item = String::new();
        let mut count = 0;
        while items.next_element_seed(AsText(&mut item))?.is_some() {
            several::values(&item).for_each(|value| several::push(self.0, value));
            count += several::values(&item).count();
            item.clear();
        }
        if count == 1 {
            let single = several::values(self.0.get(start..).unwrap_or_default()).collect::<String>();
            self.0.truncate(start);
            self.0.push_str(&several::one(&single));
        }
        Ok(Kind::List)
    }

    /// An element with attributes is an object whose `#text` holds what it says.
    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Kind, A::Error> {
        let start = self.0.len();
        let text = write_object(self.0, entries)?;
        Ok(match text {
            Some((text, kind)) => {
                self.0.truncate(start);
                self.0.push_str(&text);
                if kind == Kind::List { Kind::List } else { Kind::Scalar }
            }
            None => Kind::Nested,
        })
    }
}

fn push<E>(out: &mut String, value: impl fmt::Display) -> Result<Kind, E> {
    // Writing to a String cannot fail.
    let _ = write!(out, "{value}");
    Ok(Kind::Scalar)
}

/// Appends an object as JSON, and gives the text of its `#text` if it has one.
fn write_object<'de, A: MapAccess<'de>>(out: &mut String, mut entries: A) -> Result<Option<(String, Kind)>, A::Error> {
    let mut text = None;
    out.push('{');
    let mut is_first = true;
    let mut key = String::new();
    loop {
        key.clear();
        if entries.next_key_seed(AsText(&mut key))?.is_none() {
            break;
        }
        if key == "#text" {
            let mut value = String::new();
            let kind = entries.next_value_seed(AsText(&mut value))?;
            text = Some((value, kind));
            continue;
        }
        if !is_first {
            out.push(',');
        }
        is_first = false;
        push_json_text(out, &key);
        out.push(':');
        entries.next_value_seed(AsJson(out))?;
    }
    out.push('}');
    Ok(text)
}

/// Appends a value as JSON.
struct AsJson<'a>(&'a mut String);

impl<'de> DeserializeSeed<'de> for AsJson<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AsJson<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        push_json_text(self.0, value);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        push(self.0, value).map(|_| ())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        push(self.0, value).map(|_| ())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        push(self.0, value).map(|_| ())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        push(self.0, value).map(|_| ())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.0.push_str("null");
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut separator = '[';
        loop {
            let before = self.0.len();
            self.0.push(separator);
            if items.next_element_seed(AsJson(self.0))?.is_none() {
                if separator == ',' {
                    self.0.truncate(before);
                }
                self.0.push(']');
                return Ok(());
            }
            separator = ',';
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<(), A::Error> {
        write_object(self.0, entries).map(|_| ())
    }
}

/// Appends a text as a JSON string.
pub fn push_json_text(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = special(rest.as_bytes()) {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        let mut characters = special.chars();
        match characters.next() {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some(other) => {
                let _ = write!(out, "\\u{:04x}", u32::from(other));
            }
            None => {}
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

/// The first byte that a JSON string cannot hold as it is, sought eight at a time.
fn special(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (place, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // A control borrows from its upper bit; of what is found the lowest is never wrong.
        let found = specials(word) | word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
        if found != 0 {
            return Some(8 * place + found.trailing_zeros() as usize / 8);
        }
    }
    let place = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..b' '))?;
    Some(8 * words.len() + place)
}

const ONES: u64 = u64::from_le_bytes([1; 8]);
const HIGHS: u64 = u64::from_le_bytes([0x80; 8]);

/// The upper bit of each byte that is a quote or a backslash, and of some others above the first one.
fn specials(word: u64) -> u64 {
    let quotes = word ^ (u64::from(b'"') * ONES);
    let backslashes = word ^ (u64::from(b'\\') * ONES);
    // A byte that is zero borrows from its upper bit; both signs are ASCII, so that the bit is set in no other byte of theirs.
    (quotes.wrapping_sub(ONES) | backslashes.wrapping_sub(ONES)) & !word & HIGHS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> (String, Kind) {
        let mut out = String::new();
        let kind = AsText(&mut out).deserialize(&mut serde_json::Deserializer::from_str(json)).unwrap();
        (out, kind)
    }

    #[test]
    fn values_read_as_the_event_log_shows_them() {
        assert_eq!(text("\"a\\\\b\"").0, "a\\b");
        assert_eq!(text("4688").0, "4688");
        assert_eq!(text("-9223372036854775808").0, "-9223372036854775808");
        assert_eq!(text("true").0, "true");
        assert_eq!(text("null"), (String::new(), Kind::Null));
        let values = |json: &str| several::values(&text(json).0).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(values(r#"["Available","None",3]"#), ["Available", "None", "3"]);
        assert_eq!(values(r#"[["a",["b"]],"",null]"#), ["a", "b", "", ""]);
        assert_eq!((text("[]").0.as_str(), text(r#"["a"]"#).0.as_str()), ("", "a"));
        assert_eq!(text(r##"{"Name":"x","#text":"shown"}"##), ("shown".into(), Kind::Scalar));
        assert_eq!(text(r#"{"a":[1,"\n\u0001"],"b":{},"c":[]}"#).0, r#"{"a":[1,"\n\u0001"],"b":{},"c":[]}"#);
        assert_eq!(text(r#"{"a":1}"#).1, Kind::Nested);
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let mut out = String::new();
        assert!(AsText(&mut out).deserialize(&mut serde_json::Deserializer::from_str(&deep)).is_err());
    }
}
