//! Shapes: the three ways in which JSON spells an event, read into a row without a tree between.
//!
//! Nested as an EVTX dump writes it (`Event.System…`, attributes inside or beside the element), flat as nxlog and the OTRF
//! data sets have it, and winlogbeat's (`winlog.event_data…`, today's and that of version 6).

mod elements;
pub mod xml;

use std::borrow::Cow;
use std::fmt;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::event::System;
use crate::mend::mend;
use crate::row::Row;
use crate::text::{AsText, Kind};

/// Reads one event. What is not JSON, or not an event, is an error in words.
pub fn read_event(json: &[u8], row: &mut Row, scratch: &mut String) -> Result<(), String> {
    let outcome = read_strictly(json, row, scratch);
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

/// A place in the JSON, which says what the keys there mean.
#[derive(Clone, Copy)]
enum Part<'k> {
    Top,
    Event,
    System,
    /// An element of System; its attributes are the keys.
    Element(&'k str),
    Data,
    UserData,
    Rendering,
    Winlog,
    WinlogProcess,
    WinlogThread,
    WinlogUser,
}

impl<'k> Part<'k> {
    fn of<'a, 'r>(self, reader: &'a mut Reader<'r>) -> At<'a, 'r, 'k> {
        At { part: self, reader }
    }
}

struct At<'a, 'r, 'k> {
    part: Part<'k>,
    reader: &'a mut Reader<'r>,
}

impl<'de> DeserializeSeed<'de> for At<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for At<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = entries.next_key::<Key>()? {
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
    fn entry<'de, A: MapAccess<'de>>(&mut self, part: Part<'_>, key: &str, entries: &mut A) -> Result<(), A::Error> {
        let inner = match part {
            Part::Top => match key {
                "Event" => Part::Event,
                "winlog" => Part::Winlog,
                "Event_attributes" => return skip(entries),
                "event_data" | "user_data" => Part::Data,
                _ => return self.flat(key, entries),
            },
            Part::Event => match key {
                "System" => Part::System,
                "EventData" => Part::Data,
                "UserData" => Part::UserData,
                "RenderingInfo" => Part::Rendering,
                _ => return skip(entries),
            },
            Part::System => Part::Element(key.strip_suffix("_attributes").unwrap_or(key)),
            Part::Element(element) => match key {
                "#attributes" | "#text" => Part::Element(element),
                attribute => return self.attribute(element, attribute.trim_start_matches('@'), entries),
            },
            Part::Data => match key {
                "#attributes" => return skip(entries),
                _ if key.ends_with("_attributes") => return skip(entries),
                "Data" => {
                    let value = entries.next_value()?;
                    return self.elements(&value).map_err(serde::de::Error::custom);
                }
                _ => return self.data(key, entries),
            },
            Part::UserData => match key {
                _ if key.ends_with("_attributes") || key == "#attributes" => return skip(entries),
                _ => Part::Data,
            },
            Part::Rendering => match key {
                "Message" => return self.data(key, entries),
                _ => return skip(entries),
            },
            Part::Winlog => match key {
                "event_data" | "user_data" => Part::Data,
                "process" => Part::WinlogProcess,
                "user" => Part::WinlogUser,
                _ => match winlog_field(key) {
                    Some(field) => return self.system(field, entries),
                    None => return self.data(key, entries),
                },
            },
            Part::WinlogProcess => match key {
                "pid" => return self.system(System::ProcessID, entries),
                "thread" => Part::WinlogThread,
                _ => return skip(entries),
            },
            Part::WinlogThread => match key {
                "id" => return self.system(System::ThreadID, entries),
                _ => return skip(entries),
            },
            Part::WinlogUser => match key {
                "identifier" => return self.system(System::UserID, entries),
                _ => return skip(entries),
            },
        };
        entries.next_value_seed(inner.of(self))
    }

    fn scalar<E: serde::de::Error>(&mut self, part: Part<'_>, text: &str) -> Result<(), E> {
        match part {
            Part::Top => return Err(E::custom("a single value is no event")),
            Part::Element(element) => {
                if let Some(field) = element_field(element) {
                    self.row.set(field, text);
                }
            }
            // Elements without names inside, as some providers write them.
            Part::Data | Part::UserData if self.row.wants_data("Data") => {
                self.row.set_data("Data", text, Kind::Scalar);
            }
            _ => {}
        }
        Ok(())
    }

    fn flat<'de, A: MapAccess<'de>>(&mut self, key: &str, entries: &mut A) -> Result<(), A::Error> {
        if let Some(name) = key.strip_prefix("winlog.event_data.").or_else(|| key.strip_prefix("event_data.")) {
            return self.data(name, entries);
        }
        if let Some(field) = key.strip_prefix("winlog.").and_then(winlog_field) {
            return self.system(field, entries);
        }
        if key == SYSMON_TIME {
            return self.data(key, entries);
        }
        if let Some(rank) = time_rank(key) {
            let kind = self.value(entries)?;
            self.row.set_time(rank, self.scratch);
            // A provider's own field of that name is data too.
            if self.row.wants_data(key) {
                self.row.set_data(key, self.scratch, kind);
            }
            return Ok(());
        }
        match flat_field(key) {
            Some(field) => self.system(field, entries),
            None => self.data(key, entries),
        }
    }

    fn system<'de, A: MapAccess<'de>>(&mut self, field: System, entries: &mut A) -> Result<(), A::Error> {
        match self.value(entries)? {
            Kind::Null => {}
            Kind::List if field.is_number() => {}
            _ => self.row.set(field, self.scratch),
        }
        Ok(())
    }

    fn attribute<'de, A: MapAccess<'de>>(
        &mut self,
        element: &str,
        name: &str,
        entries: &mut A,
    ) -> Result<(), A::Error> {
        let field = match (element, name) {
            ("Provider", "Name") => System::Provider,
            ("Provider", "Guid") => System::ProviderGuid,
            ("TimeCreated", "SystemTime") => System::Time,
            ("Execution", "ProcessID") => System::ProcessID,
            ("Execution", "ThreadID") => System::ThreadID,
            ("Security", "UserID") => System::UserID,
            _ => return skip(entries),
        };
        self.system(field, entries)
    }

    fn data<'de, A: MapAccess<'de>>(&mut self, name: &str, entries: &mut A) -> Result<(), A::Error> {
        let is_time = name == SYSMON_TIME;
        let is_wanted = self.row.wants_data(name);
        if !is_time && !is_wanted {
            return skip(entries);
        }
        let kind = self.value(entries)?;
        if is_time {
            self.row.set_sysmon_time(self.scratch);
        }
        if is_wanted {
            self.row.set_data(name, self.scratch, kind);
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

/// The elements of System that say something by their text.
fn element_field(name: &str) -> Option<System> {
    Some(match name {
        "EventID" => System::EventID,
        "Version" => System::Version,
        "Level" => System::Level,
        "Task" => System::Task,
        "Opcode" => System::Opcode,
        "Keywords" => System::Keywords,
        "TimeCreated" => System::Time,
        "EventRecordID" => System::Record,
        "Channel" => System::Channel,
        "Computer" => System::Computer,
        "Provider" => System::Provider,
        _ => return None,
    })
}

fn winlog_field(name: &str) -> Option<System> {
    Some(match name {
        "channel" => System::Channel,
        "event_id" => System::EventID,
        "provider_name" => System::Provider,
        "provider_guid" => System::ProviderGuid,
        "record_id" => System::Record,
        "computer_name" => System::Computer,
        "version" => System::Version,
        "keywords" => System::Keywords,
        _ => return None,
    })
}

fn flat_field(name: &str) -> Option<System> {
    Some(match name {
        "EventID" | "EventId" | "event_id" => System::EventID,
        "Channel" | "LogName" | "log_name" => System::Channel,
        "Hostname" | "Computer" | "ComputerName" | "MachineName" | "computer_name" => System::Computer,
        "SourceName" | "ProviderName" | "Provider" | "Provider_Name" | "source_name" => System::Provider,
        "ProviderGuid" | "provider_guid" => System::ProviderGuid,
        "EventRecordID" | "RecordNumber" | "RecordId" | "record_number" => System::Record,
        "Level" => System::Level,
        "Task" => System::Task,
        "OpcodeValue" => System::Opcode,
        "Keywords" => System::Keywords,
        "Version" => System::Version,
        "ExecutionProcessID" | "process_id" => System::ProcessID,
        "ThreadID" | "thread_id" => System::ThreadID,
        "UserID" => System::UserID,
        _ => return None,
    })
}

/// Sysmon says in its own data when a thing happened; the log's header says when it was written down, and some collectors
/// write that one in local time.
const SYSMON_TIME: &str = "UtcTime";

/// Flat shapes hold several times. The log's own come first; a shipper's `@timestamp` may be that of receipt, and nxlog's
/// `EventTime` is in the machine's own time zone, which nobody wrote down, so it is taken for UTC where nothing else is there.
fn time_rank(name: &str) -> Option<u8> {
    Some(match name {
        "TimeCreated" | "SystemTime" => 2,
        "@timestamp" => 3,
        "EventTime" => 4,
        _ => return None,
    })
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
