//! PowerShell: what `Get-WinEvent` gives to `ConvertTo-Json` and `Export-Csv`. It keeps no names of the event's fields; only
//! Sysmon's message spells them out, and those of other providers label them.

use functions::several;

use super::cells::Cells;
use super::{keywords, level, message, set_system};
use crate::event::System;
use crate::row::Row;
use crate::row::shipped::Whose;
use crate::text::Kind;

const FIELDS: [(&str, System); 10] = [
    ("Id", System::EventID),
    ("Version", System::Version),
    ("Task", System::Task),
    ("Opcode", System::Opcode),
    ("RecordId", System::Record),
    ("ProviderName", System::Provider),
    ("LogName", System::Channel),
    ("ProcessId", System::ProcessID),
    ("ThreadId", System::ThreadID),
    ("MachineName", System::Computer),
];

pub fn is_event(cells: &Cells) -> bool {
    cells.has("Id") && cells.has("LogName") && (cells.has("ProviderName") || cells.has("MachineName"))
}

/// Gives whether the fields of the event have names.
pub fn read(cells: &Cells, row: &mut Row) -> Result<bool, String> {
    row.clear();
    set_system(cells, &FIELDS, row);
    if let Some(text) = cells.get("ProviderId") {
        row.set(System::ProviderGuid, text);
    }
    match cells.get("Level").filter(|text| !text.is_empty()) {
        Some(text) => row.set(System::Level, text),
        None => {
            if let Some(number) = cells.get("LevelDisplayName").and_then(level) {
                row.set(System::Level, number);
            }
        }
    }
    if let Some(text) = cells.get("Keywords").filter(|text| !text.is_empty()) {
        row.set(System::Keywords, keywords(text).unwrap_or(text));
    }
    if let Some(time) = cells.get("TimeCreated") {
        row.set(System::Time, &inner(time, &["value", "DateTime"]));
    }
    if let Some(user) = cells.get("UserId") {
        row.set(System::UserID, &inner(user, &["Value"]));
    }
    let message = cells.get("Message");
    let mut is_named = cells.get("ProviderName") == Some("Microsoft-Windows-Sysmon");
    if is_named {
        is_named = fields_of(message.unwrap_or_default(), row);
    }
    if let Some(values) = cells.get("Properties").filter(|_| !is_named).and_then(values) {
        row.set_data("Data", &values, Kind::List, Whose::Event);
    } else if !is_named {
        is_named = message::read(message.unwrap_or_default(), row);
    }
    if let Some(message) = message {
        row.set_data("Message", message, Kind::Scalar, Whose::Anyone);
    }
    match row.is_event() {
        true => Ok(is_named),
        false => Err("neither an event id nor a channel".to_owned()),
    }
}

/// Some versions write an object where others write its text.
fn inner(text: &str, keys: &[&str]) -> String {
    let object = serde_json::from_str::<serde_json::Value>(text).ok().filter(serde_json::Value::is_object);
    let found = object.and_then(|object| keys.iter().find_map(|key| object.get(*key)?.as_str().map(str::to_owned)));
    found.unwrap_or_else(|| text.to_owned())
}

/// The values of the fields, which have no names.
fn values(properties: &str) -> Option<String> {
    let items: Vec<serde_json::Value> = serde_json::from_str(properties).ok()?;
    let text = |item: &serde_json::Value| match item.get("Value")? {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Null => Some(String::new()),
        other => Some(other.to_string()),
    };
    let texts: Vec<String> = items.iter().filter_map(text).collect();
    let mut texts = texts.into_iter();
    let mut values = texts.next()?;
    texts.for_each(|text| several::add(&mut values, &text));
    Some(values)
}

/// Sysmon's message is its fields, one a line, each after its own name. Gives whether there are any.
fn fields_of(message: &str, row: &mut Row) -> bool {
    let mut is_any = false;
    for line in message.lines().skip(1) {
        let Some((name, value)) = line.split_once(':') else { continue };
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if is_name {
            let value = value.strip_prefix(' ').unwrap_or(value);
            row.set_data(name, value, Kind::Scalar, Whose::Event);
            is_any = true;
        }
    }
    is_any
}
