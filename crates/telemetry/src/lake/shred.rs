//! Shredding: a batch's EventData taken apart into one run of values for each field, on the thread that read the batch.

use std::collections::HashMap;
use std::fmt::Write;

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use functions::origin::{self, Origins};
use functions::several;
use serde_json::value::RawValue;

use super::shape::{Held, Shape};
use crate::event::{EventBatch, System};
use crate::logs::Logs;
use crate::members::{Members, Name};
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
        let event: Members<'_> = serde_json::from_str(data.value(row)).map_err(|error| error.to_string())?;
        // What is a list in a table's row is a value of its column.
        let is_of_table = events.channels.get(row).is_some_and(|channel| Logs::is_table(*channel));
        let fields = event.0.into_iter().map(|(name, value)| (name, held(value.get(), is_of_table), value)).collect();
        out.push(row, fields, &mut shapes, &mut key)?;
    }
    out.bytes += out.system.get_array_memory_size() + rows * 64;
    Ok(out)
}

impl Shredded {
    fn push(
        &mut self,
        row: usize,
        fields: Vec<(Name<'_>, Held, &RawValue)>,
        shapes: &mut HashMap<String, u32>,
        key: &mut String,
    ) -> Result<(), String> {
        key.clear();
        for (name, held, _) in &fields {
            key.push(match held {
                Held::Text => 't',
                Held::Null => 'n',
                Held::Json => 'j',
                Held::List => 'l',
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
        for (place, ((_, held, value), values)) in (0..).zip(fields.iter().zip(&known.values)) {
            let Some(values) = values.and_then(|index| self.fields.get_mut(index)) else { continue };
            let before = values.text.len();
            match held {
                Held::List => push_list(value.get(), &mut values.text)?,
                _ => {
                    push_value(value.get(), &mut values.text)?;
                    // One value must not pass for several: every reader shows it so.
                    if let Some(own) = values.text.get(before..).filter(|own| several::are_in(own)) {
                        let own = several::one(own).into_owned();
                        values.text.truncate(before);
                        values.text.push_str(&own);
                    }
                }
            }
            values.rows.push(row);
            values.places.push(place);
            values.ends.push(values.text.len());
            self.bytes += values.text.len() - before + ENTRY;
        }
        Ok(())
    }

    fn learn(&mut self, fields: &[(Name<'_>, Held, &RawValue)]) -> KnownShape {
        let mut shape = Shape::default();
        let mut values = Vec::with_capacity(fields.len());
        for (name, held, _) in fields {
            let (whose, name) = Whose::of_marked(&name.0);
            shape.fields.push((name.to_owned(), *held));
            shape.whose.push(whose);
            values.push((*held != Held::Null).then(|| self.field(name)));
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

fn held(json: &str, is_of_table: bool) -> Held {
    match json.as_bytes().first() {
        Some(b'"') => Held::Text,
        Some(b'n') => Held::Null,
        Some(b'[') if !is_of_table => Held::List,
        _ => Held::Json,
    }
}

/// Appends the items of a list as several values.
fn push_list(json: &str, out: &mut String) -> Result<(), String> {
    let items: Vec<&RawValue> = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let mut value = String::new();
    for item in items {
        value.clear();
        if item.get() != "null" {
            push_value(item.get(), &mut value)?;
        }
        several::push(out, &value);
    }
    Ok(())
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
