//! Cells: a record as names with texts. Objects and lists are kept as their JSON.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::mend::mend;
use crate::text::{Kind, push_json_text};

/// One record. Its buffers are used again for the next one.
#[derive(Debug, Default)]
pub struct Cells {
    text: String,
    cells: Vec<Cell>,
    /// Null is told apart from the empty text.
    knows_null: bool,
}

/// Where in the text a name and a value stand.
#[derive(Debug, Clone, Copy)]
struct Cell {
    name: (usize, usize),
    value: (usize, usize),
    kind: Kind,
}

/// What a value of JSON is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    Null,
    Text,
    Number,
    Truth,
    Nested,
}

impl Cells {
    pub fn clear(&mut self) {
        self.text.clear();
        self.cells.clear();
        self.knows_null = false;
    }

    /// They are of a format that tells null apart from the empty text, which is a value then.
    pub fn know_null(&mut self) {
        self.knows_null = true;
    }

    /// Without cells, of the same format.
    pub fn alike(&self) -> Cells {
        Cells { knows_null: self.knows_null, ..Cells::default() }
    }

    pub fn push(&mut self, name: &str, value: &str, kind: Kind) {
        let name = self.append(name);
        let value = self.append(value);
        self.cells.push(Cell { name, value, kind });
    }

    fn append(&mut self, text: &str) -> (usize, usize) {
        let start = self.text.len();
        self.text.push_str(text);
        (start, self.text.len())
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, Kind)> {
        self.cells.iter().map(|cell| (self.slice(cell.name), self.slice(cell.value), cell.kind))
    }

    fn slice(&self, (start, end): (usize, usize)) -> &str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// The text of a cell that is not null.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _, kind)| *known == name && *kind != Kind::Null).map(|(_, value, _)| value)
    }

    /// As [`Cells::get`], whatever the case of the name where none is spelt so.
    pub fn find(&self, name: &str) -> Option<&str> {
        let same = |known: &str, kind: Kind| known.eq_ignore_ascii_case(name) && kind != Kind::Null;
        self.get(name).or_else(|| self.iter().find(|(known, _, kind)| same(known, *kind)).map(|(_, value, _)| value))
    }

    pub fn has(&self, name: &str) -> bool {
        self.iter().any(|(known, _, _)| known == name)
    }

    /// Takes the keys and values of an object of JSON.
    pub fn read_object(&mut self, json: &[u8]) -> Result<(), String> {
        self.read(json, |cells, text| {
            let mut deserializer = serde_json::Deserializer::from_str(text);
            deserializer.deserialize_map(Object(cells))?;
            deserializer.end()
        })
    }

    /// Takes the values of a list of JSON under these names.
    pub fn read_list(&mut self, json: &[u8], names: &[String]) -> Result<(), String> {
        self.read(json, |cells, text| {
            let mut deserializer = serde_json::Deserializer::from_str(text);
            deserializer.deserialize_seq(List(cells, names))?;
            deserializer.end()
        })
    }

    fn read(
        &mut self,
        json: &[u8],
        take: impl Fn(&mut Cells, &str) -> Result<(), serde_json::Error>,
    ) -> Result<(), String> {
        let text = String::from_utf8_lossy(json);
        self.clear();
        let Err(error) = take(self, &text) else { return Ok(()) };
        let Some(mended) = mend(json) else { return Err(error.to_string()) };
        self.clear();
        take(self, &mended).map_err(|_| error.to_string())
    }

    fn push_raw(&mut self, name: &str, raw: &RawValue) -> Result<(), serde_json::Error> {
        let json = raw.get();
        match sort(json) {
            Sort::Null => self.push(name, "", Kind::Null),
            Sort::Text => {
                let text: Text<'_> = serde_json::from_str(json)?;
                self.push(name, &text.0, Kind::Scalar);
            }
            Sort::Number | Sort::Truth => self.push(name, json, Kind::Scalar),
            Sort::Nested => self.push(name, json, Kind::Nested),
        }
        Ok(())
    }

    /// The cells that hold anything as one object of JSON.
    pub fn write_filled(&self, out: &mut String) {
        out.clear();
        out.push('{');
        let holds = |value: &str| self.knows_null || !value.is_empty();
        for (name, value, kind) in self.iter().filter(|(_, value, kind)| *kind != Kind::Null && holds(value)) {
            if out.len() > 1 {
                out.push(',');
            }
            push_json_text(out, name);
            out.push(':');
            match kind {
                Kind::Nested => out.push_str(value),
                _ => push_json_text(out, value),
            }
        }
        out.push('}');
    }
}

/// What a value of JSON is, by its first byte.
pub fn sort(json: &str) -> Sort {
    match json.as_bytes().first() {
        None | Some(b'n') => Sort::Null,
        Some(b'"') => Sort::Text,
        Some(b'{' | b'[') => Sort::Nested,
        Some(b't' | b'f') => Sort::Truth,
        Some(_) => Sort::Number,
    }
}

/// A text of JSON, borrowed where it holds no escapes.
struct Text<'t>(Cow<'t, str>);

impl<'de> serde::Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

struct Object<'c>(&'c mut Cells);

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some((name, value)) = entries.next_entry::<Text<'de>, &RawValue>()? {
            self.0.push_raw(&name.0, value).map_err(serde::de::Error::custom)?;
        }
        Ok(())
    }
}

struct List<'c, 'n>(&'c mut Cells, &'n [String]);

impl<'de> Visitor<'de> for List<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<(), A::Error> {
        for name in self.1 {
            let value = values.next_element::<&RawValue>()?;
            let value = value.ok_or_else(|| serde::de::Error::custom("it has fewer values than there are columns"))?;
            self.0.push_raw(name, value).map_err(serde::de::Error::custom)?;
        }
        match values.next_element::<&RawValue>()? {
            None => Ok(()),
            Some(_) => Err(serde::de::Error::custom("it has more values than there are columns")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_text_and_what_is_nested_its_json() {
        let mut cells = Cells::default();
        cells.read_object(br#"{"a":"x\ny","b":1.50,"c":null,"d":{"e":[1, "#).unwrap_err();
        cells.read_object(br#"{"a":"x\ny","b":1.50,"c":null,"d":{"e":[1, 2]},"f":true,"\u0067":""}"#).unwrap();
        let found: Vec<_> = cells.iter().map(|(name, value, _)| format!("{name}={value}")).collect();
        assert_eq!(found, ["a=x\ny", "b=1.50", "c=", "d={\"e\":[1, 2]}", "f=true", "g="]);
        assert_eq!((cells.get("c"), cells.has("c"), cells.get("g")), (None, true, Some("")));
        let mut json = String::new();
        cells.write_filled(&mut json);
        assert_eq!(json, r#"{"a":"x\ny","b":"1.50","d":{"e":[1, 2]},"f":"true"}"#);
        cells.read_object(b"{\"a\":\"x\x01\xff\"}").unwrap();
        assert_eq!(cells.get("a"), Some("x\x01\u{fffd}"));
    }

    #[test]
    fn a_list_has_a_value_for_each_name() {
        let names = ["a".to_owned(), "b".to_owned()];
        let mut cells = Cells::default();
        cells.read_list(br#"[1,"x"]"#, &names).unwrap();
        assert_eq!((cells.get("a"), cells.get("b")), (Some("1"), Some("x")));
        assert!(cells.read_list(b"[1]", &names).is_err() && cells.read_list(b"[1,2,3]", &names).is_err());
    }
}
