//! `--properties`: what the user's own QRadar calls fields of events, from a file.
//!
//! `["Name"] column = "…"` is a property that holds what a column, or a field of the events, holds; `["Name"] alias = "…"`
//! is a column with a further name.

use std::path::Path;

use anyhow::{Context, Result};
use engine::EvidenceTables;
use syntax::nearest::nearest;
use telemetry::TableDef;
use toml::{Table, Value};

use crate::exit::Misuse;

pub fn declare(tables: &mut EvidenceTables, path: &Path) -> Result<()> {
    let wrong = |why: String| Misuse(format!("{}: {why}", path.display()));
    let text = std::fs::read_to_string(path).with_context(|| wrong("cannot be read".into()))?;
    let file: Table = text.parse().map_err(|error: toml::de::Error| wrong(error.to_string().trim_end().to_owned()))?;
    let events = tables.definition("events").with_context(|| wrong("there is no table of events".into()))?;
    for (name, value) in &file {
        let (property, meant) = pair(name, value, &events).map_err(|why| wrong(format!("'{name}' {why}")))?;
        tables.add_property(property, meant);
    }
    Ok(())
}

/// The property's name, and the column or field that it stands for.
fn pair(name: &str, value: &Value, events: &TableDef) -> Result<(String, String), String> {
    let keys = value.as_table().ok_or("is no table: write [\"Name\"] and beneath it column = \"…\"")?;
    let text = |key: &str| match keys.get(key) {
        Some(value) => {
            value.as_str().filter(|text| !text.is_empty()).map(Some).ok_or(format!("has a {key} that is no text"))
        }
        None => Ok(None),
    };
    if let Some(other) = keys.keys().find(|key| !matches!(key.as_str(), "column" | "alias")) {
        return Err(format!("has the key {other}; it takes column or alias"));
    }
    let (property, meant) = match (text("column")?, text("alias")?) {
        (Some(column), None) => (name, column),
        (None, Some(alias)) => (alias, known(name, events)?),
        _ => return Err("takes one of column and alias".into()),
    };
    match events.column(property) {
        Some((_, known)) if known.name.eq_ignore_ascii_case(property) => {
            Err(format!("names '{property}', which events have"))
        }
        Some((_, known)) => Err(format!("names '{property}', which is {} in events", known.name)),
        None => Ok((property.to_owned(), meant.to_owned())),
    }
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
