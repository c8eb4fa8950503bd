//! Shredding: a batch's EventData taken apart into one run of values for each field, on the thread that read the batch.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::{self, Write};

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use functions::origin::{self, Origins};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::shape::{Held, Shape};
use crate::event::{EventBatch, System};
use crate::row::shipped::Whose;

/// What a value costs beside its text.
const ENTRY: usize = 12;

/// A batch as the columns of a lake will have it, save that their rows are not yet in order.
#[derive(Debug)]
pub struct Shredded {
    /// The fields of System, without EventData.
    pub system: RecordBatch,
    pub times: Vec<Option<i64>>,
    pub sources: Vec<u32>,
    pub ordinals: Vec<u64>,
    pub events: Vec<i64>,
    /// The shape of each row.
    pub shapes: Vec<u32>,
    pub known_shapes: Vec<KnownShape>,
    pub fields: Vec<Values>,
    /// Where a field of this name, in lower case, is in `fields`.
    pub by_name: HashMap<String, usize>,
    pub bytes: usize,
}

#[derive(Debug)]
pub struct KnownShape {
    pub shape: Shape,
    pub text: String,
    /// For each of its fields that holds something, where its values are.
    values: Vec<Option<usize>>,
}

/// The values of one field, by row; a row may have several.
#[derive(Debug)]
pub struct Values {
    /// The first spelling.
    pub name: String,
    pub rows: Vec<u32>,
    /// Which of the row's fields it is.
    pub places: Vec<u32>,
    ends: Vec<usize>,
    text: String,
}

impl Values {
    pub fn get(&self, index: usize) -> &str {
        let start = match index.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().unwrap_or(0),
            None => 0,
        };
        self.ends.get(index).and_then(|end| self.text.get(start..*end)).unwrap_or("")
    }

    /// Whether the row has a value before this one.
    pub fn is_further(&self, index: usize) -> bool {
        index.checked_sub(1).is_some_and(|before| self.rows.get(before) == self.rows.get(index))
    }
}

/// Takes a batch apart that was read with every field of System, EventData and origins.
pub fn shred(events: EventBatch) -> Result<Shredded, String> {
    let column = |name: &str| -> Result<ArrayRef, String> {
        events.batch.column_by_name(name).cloned().ok_or_else(|| format!("the events were read without {name}"))
    };
    let rows = events.events.len();
    let data = column(System::EventData.name())?;
    let data = data.as_string_opt::<i32>().ok_or("EventData is no text")?;
    let times = column(System::Time.name())?;
    let times = times.as_primitive_opt::<Int64Type>().ok_or("the time is no number")?;
    let cells = column(origin::COLUMN)?;
    let cells = cells.as_binary_opt::<i32>().ok_or("the origins are no bytes")?;
    let kept = |field: &&System| !matches!(field, System::EventData | System::Payload | System::LogSource);
    let system: Vec<usize> =
        System::ALL.iter().filter(kept).filter_map(|field| events.batch.schema().index_of(field.name()).ok()).collect();
    let mut out = Shredded {
        system: events.batch.project(&system).map_err(|error| error.to_string())?,
        times: times.iter().collect(),
        sources: Vec::with_capacity(rows),
        ordinals: Vec::with_capacity(rows),
        events: events.events,
        shapes: Vec::with_capacity(rows),
        known_shapes: Vec::new(),
        fields: Vec::new(),
        by_name: HashMap::new(),
        bytes: 0,
    };
    let mut shapes = HashMap::new();
    let mut key = String::new();
    for row in 0..rows {
        let origin = Origins::from_cell(cells.value(row)).kept.first().copied().ok_or("an event has no origin")?;
        out.sources.push(origin.file);
        out.ordinals.push(origin.ordinal);
        let event: Event<'_> = serde_json::from_str(data.value(row)).map_err(|error| error.to_string())?;
        out.push(row, event.0, &mut shapes, &mut key)?;
    }
    out.bytes += out.system.get_array_memory_size() + rows * 64;
    Ok(out)
}

impl Shredded {
    fn push(
        &mut self,
        row: usize,
        fields: Vec<(Name<'_>, &RawValue)>,
        shapes: &mut HashMap<String, u32>,
        key: &mut String,
    ) -> Result<(), String> {
        key.clear();
        for (name, value) in &fields {
            key.push(match held(value.get()) {
                Held::Text => 't',
                Held::Null => 'n',
                Held::Json => 'j',
            });
            // A name may hold any character, so its length tells where it ends.
            write!(key, "{}:", name.0.len()).map_err(|error| error.to_string())?;
            key.push_str(&name.0);
        }
        let shape = match shapes.get(key.as_str()) {
            Some(shape) => *shape,
            None => {
                let shape = u32::try_from(self.known_shapes.len()).map_err(|error| error.to_string())?;
                let known = self.learn(&fields);
                self.bytes += 4 * known.text.len() + 64;
                self.known_shapes.push(known);
                shapes.insert(key.clone(), shape);
                shape
            }
        };
        self.shapes.push(shape);
        let Some(known) = self.known_shapes.get(shape as usize) else { return Ok(()) };
        let row = u32::try_from(row).map_err(|error| error.to_string())?;
        for (place, ((_, value), values)) in (0..).zip(fields.iter().zip(&known.values)) {
            let Some(values) = values.and_then(|index| self.fields.get_mut(index)) else { continue };
            let before = values.text.len();
            push_value(value.get(), &mut values.text)?;
            values.rows.push(row);
            values.places.push(place);
            values.ends.push(values.text.len());
            self.bytes += values.text.len() - before + ENTRY;
        }
        Ok(())
    }

    fn learn(&mut self, fields: &[(Name<'_>, &RawValue)]) -> KnownShape {
        let mut shape = Shape::default();
        let mut values = Vec::with_capacity(fields.len());
        for (name, value) in fields {
            let held = held(value.get());
            let (whose, name) = Whose::of_marked(&name.0);
            shape.fields.push((name.to_owned(), held));
            shape.whose.push(whose);
            values.push((held != Held::Null).then(|| self.field(name)));
        }
        KnownShape { text: shape.to_text(), shape, values }
    }

    fn field(&mut self, name: &str) -> usize {
        let lower = name.to_ascii_lowercase();
        if let Some(index) = self.by_name.get(&lower) {
            return *index;
        }
        let index = self.fields.len();
        self.bytes += 3 * name.len() + 256;
        self.fields.push(Values {
            name: name.to_owned(),
            rows: Vec::new(),
            places: Vec::new(),
            ends: Vec::new(),
            text: String::new(),
        });
        self.by_name.insert(lower, index);
        index
    }
}

fn held(json: &str) -> Held {
    match json.as_bytes().first() {
        Some(b'"') => Held::Text,
        Some(b'n') => Held::Null,
        _ => Held::Json,
    }
}

/// Appends what a text says, or the JSON of all else.
pub fn push_value(json: &str, out: &mut String) -> Result<(), String> {
    match json.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(text) if memchr::memchr(b'\\', text.as_bytes()).is_none() => out.push_str(text),
        Some(_) => {
            let text: String = serde_json::from_str(json).map_err(|error| error.to_string())?;
            out.push_str(&text);
        }
        None => out.push_str(json),
    }
    Ok(())
}

/// The fields of an object in their order, also those of one name.
pub struct Event<'a>(pub Vec<(Name<'a>, &'a RawValue)>);

#[derive(Deserialize)]
pub struct Name<'a>(#[serde(borrow)] pub Cow<'a, str>);

impl<'de> Deserialize<'de> for Event<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Event<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("the fields of an event")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Event<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some(entry) = entries.next_entry()? {
                    fields.push(entry);
                }
                Ok(Event(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}
