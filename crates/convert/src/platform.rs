//! Platforms: where a SIEM keeps each event, and in which column each field of Sigma stands there. Data in `tables/*.toml`.

use std::collections::HashMap;

use serde::Deserialize;
use syntax::sigma::Modifier;

use crate::query::{Column, Kind, Node, Predicate};
use crate::sources::Events;

/// A SIEM's tables, as far as rules are converted to them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Platform {
    pub name: String,
    /// Fields that every table has.
    #[serde(default)]
    common: HashMap<String, Field>,
    /// The time that a column's text spells, with `{}` for the column; none where only some columns say how they spell it.
    time: Option<String>,
    /// The parts of a time by their modifiers, as numbers, with `{}` for the time.
    #[serde(default)]
    parts: HashMap<String, String>,
    pub leg: Vec<Place>,
}

/// A table that holds some events.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    pub table: String,
    /// The channel whose events are here; every channel where none is said.
    channel: Option<String>,
    /// The events that are here; any where none are said.
    #[serde(default)]
    events: Vec<i64>,
    /// What tells the events from others of the table, in the words of the target; else channel and event do.
    guard: Option<String>,
    #[serde(default)]
    columns: HashMap<String, Field>,
    /// Fields that these events lack.
    #[serde(default)]
    missing: Vec<String>,
    /// Columns of the table under the names of the fields.
    schema: Option<String>,
    /// What any other field is, with `{}` for its name, and what it is where that is no name in the language.
    other: Option<String>,
    other_quoted: Option<String>,
    /// The text of the whole event, which keywords search, and how its values stand in it.
    pub whole: Option<String>,
    #[serde(default)]
    pub whole_is_json: bool,
}

/// What a field is in a table: an expression, and what becomes of the values that it is compared with.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Field {
    Text(String),
    Known(Known),
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    #[serde(default)]
    text: String,
    #[serde(default)]
    number: bool,
    /// An address, or else of a type that is no text.
    #[serde(default)]
    host: bool,
    /// How the beginning of a value is written here.
    #[serde(default)]
    pub begins: Vec<(String, String)>,
    /// Numbers of the registry stand in decimal.
    #[serde(default)]
    pub registry_data: bool,
    /// The columns of hashes by their algorithms, for a field that holds all of them.
    #[serde(default)]
    pub hashes: HashMap<String, String>,
    /// The time that the text spells.
    time: Option<String>,
}

/// A field's column and what becomes of values.
#[derive(Debug, Clone)]
pub struct Found {
    pub column: Column,
    pub known: Known,
}

impl Platform {
    pub fn read(text: &str) -> Option<Self> {
        toml::from_str(text).ok()
    }

    /// Where these events stand, the best place first.
    pub fn places(&self, of: &Events) -> impl Iterator<Item = &Place> {
        self.leg.iter().filter(move |place| place.holds(of))
    }

    /// The column of a field; `None` within where these events never have it, `None` where there is no such column.
    pub fn column(&self, place: &Place, name: &str) -> Option<Option<Found>> {
        let fold = |fields: &HashMap<String, Field>| {
            fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, field)| field.clone())
        };
        if let Some(field) = fold(&place.columns) {
            return Some(Some(field.found()));
        }
        if place.missing.iter().any(|missing| missing.eq_ignore_ascii_case(name)) {
            return Some(None);
        }
        if let Some(field) = fold(&self.common) {
            return Some(Some(field.found()));
        }
        if let Some((text, kind)) = place.schema.as_deref().and_then(|schema| in_schema(schema, name)) {
            return Some(Some(Found { column: Column { text, kind }, known: Known::default() }));
        }
        let is_plain =
            name.chars().all(|c| c.is_alphanumeric() || c == '_') && !name.starts_with(|c: char| c.is_numeric());
        let other = if is_plain { &place.other } else { &place.other_quoted };
        let can_stand_in_quotes =
            !name.contains(['"', '\'', '\\']) && !name.contains(char::is_control) && !name.is_empty();
        let text = other.as_ref().filter(|_| can_stand_in_quotes)?.replace("{}", name);
        Some(Some(Found { column: Column { text, kind: Kind::Text }, known: Known::default() }))
    }

    /// A part of the time in a column, as a number; what there is no word for, where there is none.
    pub fn part(&self, found: &Found, modifier: Modifier) -> Result<Found, String> {
        let name = modifier.name();
        let part = self.parts.get(name).ok_or_else(|| format!("the {name} of a time"))?;
        let shared = self.time.as_ref().map(|time| time.replace("{}", &found.column.text));
        let time =
            found.known.time.clone().or(shared).ok_or_else(|| "the time in the text of this field".to_string())?;
        Ok(Found { column: Column { text: part.replace("{}", &time), kind: Kind::Number }, known: Known::default() })
    }

    /// What tells these events from the others of the table.
    pub fn guard(&self, place: &Place, channels: &[String], event: &[i64]) -> Node {
        if let Some(guard) = &place.guard {
            return if guard.is_empty() { Node::Always(true) } else { Node::Said(guard.clone()) };
        }
        let test = |name: &str, predicate: Predicate| match self.column(place, name) {
            Some(Some(found)) => Node::Test(found.column, predicate),
            _ => Node::Always(true),
        };
        let mut parts = Vec::new();
        if !channels.is_empty() {
            let texts = channels.to_vec();
            parts.push(test("Channel", Predicate::Texts { open: Default::default(), cased: false, texts }));
        }
        if !event.is_empty() {
            parts.push(test("EventID", Predicate::Numbers(event.to_vec())));
        }
        Node::all(parts)
    }
}

impl Place {
    fn holds(&self, of: &Events) -> bool {
        let is_here = |channel: &String| of.channel.as_ref().is_some_and(|of| of.eq_ignore_ascii_case(channel));
        self.channel.as_ref().is_none_or(is_here)
            && (self.events.is_empty() || of.event.is_some_and(|event| self.events.contains(&event)))
    }
}

impl Field {
    fn found(self) -> Found {
        let known = match self {
            Field::Text(text) => Known { text, ..Known::default() },
            Field::Known(known) => known,
        };
        let kind = match (known.number, known.host) {
            (true, _) => Kind::Number,
            (_, true) => Kind::Other,
            _ => Kind::Text,
        };
        Found { column: Column { text: known.text.clone(), kind }, known }
    }
}

/// Tables whose columns have the names of the fields.
const SCHEMAS: [(&str, &str); 1] =
    [("SecurityEvent", include_str!("../../telemetry/tables/sentinel/SecurityEvent.toml"))];

#[derive(Deserialize)]
struct Schema {
    columns: Vec<Vec<String>>,
}

fn in_schema(schema: &str, name: &str) -> Option<(String, Kind)> {
    let (_, text) = SCHEMAS.iter().find(|(known, _)| *known == schema)?;
    let schema: Schema = toml::from_str(text).ok()?;
    let columns = schema.columns.iter().map(Vec::as_slice);
    let mut columns = columns.filter_map(|column| column.first().zip(column.get(1)));
    let (name, kind) = columns.find(|(column, _)| column.eq_ignore_ascii_case(name))?;
    let kind = match kind.as_str() {
        "string" => Kind::Text,
        "int" | "long" => Kind::Number,
        _ => Kind::Other,
    };
    Some((name.clone(), kind))
}
