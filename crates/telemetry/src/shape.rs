//! Shapes: the three ways in which JSON spells an event, read into a row without a tree between.
//!
//! Nested as an EVTX dump writes it (`Event.System…`, attributes inside or beside the element), flat as nxlog and the OTRF
//! data sets have it, and winlogbeat's (`winlog.event_data…`, today's and that of version 6).

mod elements;
pub mod meaning;
pub mod quick;
pub mod xml;

use std::borrow::Cow;
use std::fmt;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::event::System;
use crate::mend::{may_lose_digits, mend};
use crate::row::Row;
use crate::row::shipped::Whose;
use crate::text::{AsText, Kind};
use meaning::{Meaning, Part, is_of_beats, meaning};

pub use meaning::element;

/// Reads one event. What is not JSON, or not an event, is an error in words.
pub fn read_event(json: &[u8], row: &mut Row, scratch: &mut String) -> Result<(), String> {
    let outcome = match may_lose_digits(json) {
        true => read_strictly(mend(json).as_ref().map_or(json, |mended| mended.as_bytes()), row, scratch),
        false => read_strictly(json, row, scratch),
    };
    // What bytes a damaged record or a careless writer left in a text is no reason to lose the event.
    if outcome.is_err()
        && let Some(mended) = mend(json)
    {
        return read_strictly(mended.as_bytes(), row, scratch).or(outcome);
    }
    outcome
}

fn read_strictly(json: &[u8], row: &mut Row, scratch: &mut String) -> Result<(), String> {
    row.clear();
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let mut reader = Reader { row, scratch };
    Part::Top.of(&mut reader).deserialize(&mut deserializer).map_err(|error| error.to_string())?;
    deserializer.end().map_err(|error| error.to_string())?;
    match row.is_event() {
        true => Ok(()),
        false => Err("neither an event id nor a channel".to_owned()),
    }
}

struct Reader<'r> {
    row: &'r mut Row,
    scratch: &'r mut String,
}

impl Part {
    fn of<'a, 'r>(self, reader: &'a mut Reader<'r>) -> At<'a, 'r> {
        At { part: self, reader }
    }
}

struct At<'a, 'r> {
    part: Part,
    reader: &'a mut Reader<'r>,
}

impl<'de> DeserializeSeed<'de> for At<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for At<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = entries.next_key::<Key>()? {
            if self.part == Part::Top && is_of_beats(&key) {
                self.reader.row.set_of_beats();
            }
            self.reader.entry(self.part, &key, &mut entries)?;
        }
        Ok(())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.reader.scalar(self.part, text)
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<(), E> {
        self.reader.scalar(self.part, &number.to_string())
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<(), E> {
        self.reader.scalar(self.part, &number.to_string())
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<(), E> {
        self.reader.scalar(self.part, &number.to_string())
    }

    fn visit_bool<E: serde::de::Error>(self, truth: bool) -> Result<(), E> {
        self.reader.scalar(self.part, if truth { "true" } else { "false" })
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        match self.part {
            Part::Top => Err(E::custom("null is no event")),
            _ => Ok(()),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        if matches!(self.part, Part::Top | Part::Event) {
            return Err(serde::de::Error::custom("a list is no event"));
        }
        if matches!(self.part, Part::Data) {
            let elements = Value::deserialize(SeqAccessDeserializer::new(items))?;
            return self.reader.elements(&elements).map_err(serde::de::Error::custom);
        }
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

impl Reader<'_> {
    fn entry<'de, A: MapAccess<'de>>(&mut self, part: Part, key: &str, entries: &mut A) -> Result<(), A::Error> {
        match meaning(part, key) {
            Meaning::Skip => skip(entries),
            Meaning::Into(inner) => entries.next_value_seed(inner.of(self)),
            Meaning::System(field) => self.system(field, entries),
            Meaning::Time(rank) => self.time(rank, key, entries),
            Meaning::Data(prefix, whose) => self.data(key.get(prefix..).unwrap_or(key), whose, entries),
            Meaning::Numbered(field) => {
                let kind = self.value(entries)?;
                self.row.set_numbered(field, key, self.scratch, kind);
                Ok(())
            }
            Meaning::Writer => self.writer(key, entries),
            Meaning::NamedProvider => {
                if self.value(entries)? != Kind::Null {
                    self.row.set_named_provider(self.scratch);
                }
                Ok(())
            }
            Meaning::Elements => {
                let value = entries.next_value()?;
                self.elements(&value).map_err(serde::de::Error::custom)
            }
        }
    }

    fn scalar<E: serde::de::Error>(&mut self, part: Part, text: &str) -> Result<(), E> {
        match part {
            Part::Top => return Err(E::custom("a single value is no event")),
            Part::Element(element) => {
                if let Some(field) = element.text {
                    self.row.set(field, text);
                }
            }
            // Elements without names inside, as some providers write them.
            Part::Data | Part::UserData if self.row.wants_data("Data") => {
                self.row.set_data("Data", text, Kind::Scalar, Whose::Event);
            }
            // No object of an event, but a field that is called so.
            Part::Event if self.row.wants_data("Event") => {
                self.row.set_data("Event", text, Kind::Scalar, Whose::Anyone);
            }
            _ => {}
        }
        Ok(())
    }

    fn time<'de, A: MapAccess<'de>>(&mut self, rank: u8, key: &str, entries: &mut A) -> Result<(), A::Error> {
        let kind = self.value(entries)?;
        self.row.set_time(rank, self.scratch);
        // A provider's own field of that name is data too.
        if self.row.wants_data(key) {
            self.row.set_data(key, self.scratch, kind, Whose::Anyone);
        }
        Ok(())
    }

    fn system<'de, A: MapAccess<'de>>(&mut self, field: System, entries: &mut A) -> Result<(), A::Error> {
        match self.value(entries)? {
            Kind::Null => {}
            Kind::List if field.is_number() => self.row.set_misfit(field, self.scratch),
            _ => self.row.set(field, self.scratch),
        }
        Ok(())
    }

    fn data<'de, A: MapAccess<'de>>(&mut self, name: &str, whose: Whose, entries: &mut A) -> Result<(), A::Error> {
        if !self.row.wants_data(name) {
            return skip(entries);
        }
        let kind = self.value(entries)?;
        self.row.set_data(name, self.scratch, kind, whose);
        Ok(())
    }

    fn writer<'de, A: MapAccess<'de>>(&mut self, key: &str, entries: &mut A) -> Result<(), A::Error> {
        let value: Value = entries.next_value()?;
        self.scratch.clear();
        let kind = AsText(self.scratch).deserialize(&value).map_err(serde::de::Error::custom)?;
        match value {
            Value::Number(_) => self.row.set_writer(self.scratch),
            _ => self.row.set_data(key, self.scratch, kind, Whose::Anyone),
        }
        Ok(())
    }

    fn value<'de, A: MapAccess<'de>>(&mut self, entries: &mut A) -> Result<Kind, A::Error> {
        self.scratch.clear();
        entries.next_value_seed(AsText(self.scratch))
    }
}

fn skip<'de, A: MapAccess<'de>>(entries: &mut A) -> Result<(), A::Error> {
    entries.next_value::<IgnoredAny>().map(|_| ())
}

/// A key, borrowed from the line where it holds no escapes.
struct Key<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(key)))
            }

            fn visit_str<E>(self, key: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

#[cfg(test)]
mod tests;
