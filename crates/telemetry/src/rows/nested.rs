//! Nested records: what lies in objects is named by the way to it, `userIdentity.type`, and so is what lies in lists of objects,
//! with as many values. An object and a list stay beside that as their JSON.

use std::collections::HashMap;

use functions::several;
use serde_json::Value;

use super::cells::Cells;
use crate::row::Row;
use crate::row::shipped::Whose;
use crate::text::Kind;

/// How deep objects are taken apart, and into how many names.
const DEPTH: usize = 16;
const NAMES: usize = 4_096;

/// The cells of a record with those that lie within them.
pub fn flat(cells: &Cells) -> Cells {
    let mut flat = Flat::default();
    for (name, value, kind) in cells.iter() {
        match kind {
            Kind::Nested => match serde_json::from_str(value) {
                Ok(inner) => flat.take(name, &inner, 0),
                Err(_) => flat.push(name, value, kind),
            },
            kind => flat.push(name, value, kind),
        }
    }
    let mut out = Cells::default();
    flat.fields.iter().for_each(|field| out.push(&field.name, &field.text, field.kind));
    out
}

/// Fills the field of such a cell.
pub fn set(name: &str, text: &str, kind: Kind, row: &mut Row) {
    match kind {
        Kind::Nested if text.starts_with('[') => row.set_cell(name, text, kind, Whose::Anyone),
        kind => row.set_data(name, text, kind, Whose::Anyone),
    }
}

#[derive(Default)]
struct Flat {
    fields: Vec<Field>,
    places: HashMap<String, usize>,
}

struct Field {
    name: String,
    text: String,
    kind: Kind,
}

impl Flat {
    fn take(&mut self, name: &str, value: &Value, depth: usize) {
        match value {
            Value::Null => self.push(name, "", Kind::Null),
            Value::String(text) => self.push(name, text, Kind::Scalar),
            Value::Bool(_) | Value::Number(_) => self.push(name, &value.to_string(), Kind::Scalar),
            Value::Object(entries) => {
                self.push(name, &value.to_string(), Kind::Nested);
                self.within(name, entries, depth);
            }
            Value::Array(values) => {
                self.push(name, &value.to_string(), Kind::Nested);
                for entries in values.iter().filter_map(Value::as_object) {
                    self.within(name, entries, depth);
                }
            }
        }
    }

    fn within(&mut self, name: &str, entries: &serde_json::Map<String, Value>, depth: usize) {
        for (key, value) in entries {
            if depth < DEPTH && self.fields.len() < NAMES {
                self.take(&format!("{name}.{key}"), value, depth + 1);
            }
        }
    }

    fn push(&mut self, name: &str, text: &str, kind: Kind) {
        let place = self.places.get(name).and_then(|place| self.fields.get_mut(*place));
        let Some(field) = place else {
            self.places.insert(name.to_owned(), self.fields.len());
            return self.fields.push(Field { name: name.to_owned(), text: text.to_owned(), kind });
        };
        match (field.kind, kind) {
            (_, Kind::Null) => {}
            (Kind::Null, _) => *field = Field { name: name.to_owned(), text: text.to_owned(), kind },
            (known, _) => {
                if known != Kind::List {
                    field.text = several::one(&field.text).into_owned();
                    field.kind = Kind::List;
                }
                several::add(&mut field.text, text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_within_is_named_by_the_way_to_it() {
        let mut cells = Cells::default();
        cells.read_object(br#"{"a":{"b":{"c":1},"d":null},"e":[{"f":"x"},{"f":"y"}],"g":["h"],"i":"j"}"#).unwrap();
        let flat = flat(&cells);
        let of = |name: &str| flat.get(name).map(|text| several::lines(text).into_owned());
        assert_eq!((of("a.b.c").as_deref(), of("a.d"), of("a.b").as_deref()), (Some("1"), None, Some(r#"{"c":1}"#)));
        assert_eq!(
            (of("e.f").as_deref(), of("g").as_deref(), of("i").as_deref()),
            (Some("x\ny"), Some(r#"["h"]"#), Some("j"))
        );
    }

    #[test]
    fn depth_and_names_are_bounded() {
        let mut cells = Cells::default();
        let deep = format!(r#"{{"a":{}1{}}}"#, r#"{"a":"#.repeat(60), "}".repeat(60));
        cells.read_object(deep.as_bytes()).unwrap();
        assert_eq!(flat(&cells).iter().count(), DEPTH + 1);
        let wide: Vec<String> = (0..5_000).map(|n| format!(r#""n{n}":1"#)).collect();
        cells.read_object(format!(r#"{{"a":{{{}}}}}"#, wide.join(",")).as_bytes()).unwrap();
        assert_eq!(flat(&cells).iter().count(), NAMES);
    }
}
