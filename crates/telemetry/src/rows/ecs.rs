//! ECS: documents that say what an event was in Elastic's common fields alone, without the part that winlogbeat keeps.

use std::sync::Arc;

use serde_json::Value;

use super::cells::Cells;
use super::{nested, set_system};
use crate::catalog::Catalog;
use crate::event::System;
use crate::row::Row;
use crate::row::shipped::Whose;
use crate::text::Kind;

const FIELDS: [(&str, System); 9] = [
    ("winlog.event_id", System::EventID),
    ("event.code", System::EventID),
    ("winlog.channel", System::Channel),
    ("winlog.computer_name", System::Computer),
    ("host.name", System::Computer),
    ("host.hostname", System::Computer),
    ("winlog.provider_name", System::Provider),
    ("event.provider", System::Provider),
    ("winlog.record_id", System::Record),
];
/// How deep its objects may nest, and the part of a name that the event's own fields have before theirs.
const DEPTH: usize = 16;
const OWN: &str = "winlog.event_data.";

pub fn is_event(cells: &Cells) -> bool {
    cells.has("@timestamp")
        && (cells.has("event.code")
            || cells.has("event.category")
            || cells.get("event").is_some_and(|event| event.starts_with('{')))
}

/// Of which log source a document is that has no event's number.
pub fn log_source(cells: &Cells) -> Option<Arc<str>> {
    let flat = nested::flat(cells);
    let os = flat.get("host.os.type")?;
    let words = |name: &str| match flat.get(name) {
        // One word, or a list of them.
        Some(text) => serde_json::from_str(text).unwrap_or_else(|_| vec![text.to_owned()]),
        None => Vec::new(),
    };
    Catalog.log_source_of_ecs(os, &words("event.category"), &words("event.type"))
}

pub fn read(cells: &Cells, row: &mut Row) -> Result<(), String> {
    row.clear();
    row.set_of_beats();
    let mut flat = Cells::default();
    for (name, value, kind) in cells.iter() {
        match kind {
            Kind::Nested => match serde_json::from_str(value) {
                Ok(inner) => flatten(name, &inner, 0, &mut flat),
                Err(_) => flat.push(name, value, Kind::Nested),
            },
            kind => flat.push(name, value, kind),
        }
    }
    set_system(&flat, &FIELDS, row);
    if let Some(time) = flat.get("@timestamp") {
        row.set(System::Time, time);
    }
    for (name, value, kind) in flat.iter() {
        match name.strip_prefix(OWN) {
            Some(own) => row.set_cell(own, value, kind, Whose::Event),
            None => row.set_cell(name, value, kind, Whose::Anyone),
        }
    }
    match row.is_event() {
        true => Ok(()),
        false => Err("it has no event code".to_owned()),
    }
}

/// Names what lies in objects by the way to it.
fn flatten(name: &str, value: &Value, depth: usize, out: &mut Cells) {
    match value {
        Value::Object(entries) if depth < DEPTH => {
            for (key, value) in entries {
                flatten(&format!("{name}.{key}"), value, depth + 1, out);
            }
        }
        Value::Null => out.push(name, "", Kind::Null),
        Value::String(text) => out.push(name, text, Kind::Scalar),
        Value::Object(_) | Value::Array(_) => out.push(name, &value.to_string(), Kind::Nested),
        Value::Bool(_) | Value::Number(_) => out.push(name, &value.to_string(), Kind::Scalar),
    }
}
