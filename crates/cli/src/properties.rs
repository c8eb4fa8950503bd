//! `--properties`: what the user's own QRadar calls fields of events, from a file.
//!
//! `["Name"] column = "…"` is a property that holds what a column, or a field of the events, holds; `["Name"] alias = "…"`
//! is a column with a further name; `["Name"] regex = "…" group = 1 on = "…"` is what a group captures in a column or field.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use engine::EvidenceTables;
use plan::property::{Capture, Property, key};
use syntax::nearest::nearest;
use telemetry::TableDef;
use toml::{Table, Value};

use crate::exit::Misuse;

const KEYS: [&str; 5] = ["column", "alias", "regex", "group", "on"];

pub fn declare(tables: &mut EvidenceTables, path: &Path) -> Result<()> {
    let wrong = |why: String| Misuse(format!("{}: {why}", path.display()));
    let text = std::fs::read_to_string(path).with_context(|| wrong("cannot be read".into()))?;
    let file: Table = text.parse().map_err(|error: toml::de::Error| wrong(error.to_string().trim_end().to_owned()))?;
    let events = tables.definition("events").with_context(|| wrong("there is no table of events".into()))?;
    let mut properties = BTreeMap::new();
    for (name, value) in &file {
        let (property, meant) = pair(name, value, &events).map_err(|why| wrong(format!("'{name}' {why}")))?;
        if let Some((other, _)) = properties.insert(key(&property), (property.clone(), meant)) {
            return Err(wrong(format!("'{property}' is there twice, as '{other}' too: case does not count")).into());
        }
    }
    for (name, meant) in properties.values() {
        if properties.contains_key(&key(meant.reads())) {
            return Err(wrong(format!("'{name}' reads '{}', which is a property itself", meant.reads())).into());
        }
    }
    for (property, meant) in properties.into_values() {
        tables.add_property(property, meant);
    }
    Ok(())
}

/// The property's name, and what it stands for.
fn pair(name: &str, value: &Value, events: &TableDef) -> Result<(String, Property), String> {
    let keys = value.as_table().ok_or("is no table: write [\"Name\"] and beneath it column = \"…\"")?;
    let text = |key: &str| match keys.get(key) {
        Some(value) => {
            value.as_str().filter(|text| !text.is_empty()).map(Some).ok_or(format!("has a {key} that is no text"))
        }
        None => Ok(None),
    };
    if let Some(other) = keys.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(format!("has the key {other}; it takes column, alias, or regex with group and on"));
    }
    let (property, meant) = match (text("column")?, text("alias")?, text("regex")?) {
        (Some(column), None, None) => (name, Property::Field(column.to_owned())),
        (None, Some(alias), None) => (alias, Property::Field(known(name, events)?.to_owned())),
        (None, None, Some(regex)) => (name, Property::Capture(capture(keys, regex, text("on")?)?)),
        _ => return Err("takes one of column, alias and regex".into()),
    };
    if let (Property::Field(_), Some(key)) = (&meant, ["group", "on"].iter().find(|key| keys.contains_key(**key))) {
        return Err(format!("has the key {key} without a regex"));
    }
    match events.column(property) {
        Some((_, known)) if known.name.eq_ignore_ascii_case(property) => {
            Err(format!("names '{property}', which events have"))
        }
        Some((_, known)) => Err(format!("names '{property}', which is {} in events", known.name)),
        None => Ok((property.to_owned(), meant)),
    }
}

/// A pattern without a group says `group = 0`: all that it matches.
fn capture(keys: &Table, regex: &str, on: Option<&str>) -> Result<Capture, String> {
    let group = match keys.get("group") {
        Some(group) => group.as_integer().and_then(|group| u32::try_from(group).ok()),
        None => Some(1),
    };
    let group = group.ok_or("has a group that is no number of a group")?;
    Capture::new(regex, group, on.unwrap_or("payload")).map_err(|why| format!("has a regex that cannot be used: {why}"))
}

/// What has an alias is a column of events.
fn known<'n>(name: &'n str, events: &TableDef) -> Result<&'n str, String> {
    if events.column(name).is_some() {
        return Ok(name);
    }
    let names = events.columns.iter().flat_map(|column| std::iter::once(&column.name).chain(&column.aliases));
    let near = nearest(name, names.map(String::as_str));
    let hint = near.map_or(String::new(), |near| format!("; did you mean '{near}'?"));
    Err(format!("is no column of events that could have an alias{hint}"))
}
