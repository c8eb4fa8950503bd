//! EvtxECmd: its CSV and JSON, where the event's own fields stand in `Payload`.

use super::cells::Cells;
use super::{keywords, level, set_system};
use crate::event::System;
use crate::row::Row;
use crate::row::shipped::Whose;
use crate::shape::read_event;
use crate::text::Kind;

const FIELDS: [(&str, System); 10] = [
    ("EventRecordId", System::Record),
    ("RecordNumber", System::Record),
    ("TimeCreated", System::Time),
    ("EventId", System::EventID),
    ("Provider", System::Provider),
    ("Channel", System::Channel),
    ("ProcessId", System::ProcessID),
    ("ThreadId", System::ThreadID),
    ("Computer", System::Computer),
    ("UserId", System::UserID),
];

pub fn is_event(cells: &Cells) -> bool {
    let is_own = ["MapDescription", "PayloadData1", "ChunkNumber", "HiddenRecord"].iter().any(|name| cells.has(name));
    is_own && cells.has("EventId") && cells.has("Payload")
}

pub fn read(cells: &Cells, row: &mut Row, scratch: &mut String, json: &mut String) -> Result<(), String> {
    row.clear();
    let id = cells.get("EventId").and_then(|id| id.trim().parse::<i64>().ok()).ok_or("it has no event id")?;
    let payload = cells.get("Payload").map(str::trim).filter(|payload| payload.starts_with('{'));
    let fields = payload.and_then(|payload| payload.strip_prefix('{')?.strip_suffix('}'));
    if let Some(fields) = fields {
        json.clear();
        let separator = if fields.trim().is_empty() { "" } else { "," };
        json.push_str(&format!("{{\"Event\":{{\"System\":{{\"EventID\":{id}}}{separator}{fields}}}}}"));
        read_event(json.as_bytes(), row, scratch).map_err(|reason| format!("its payload: {reason}"))?;
    }
    set_system(cells, &FIELDS, row);
    if let Some(text) = cells.get("Level") {
        row.set(System::Level, level(text).unwrap_or(text));
    }
    if let Some(text) = cells.get("Keywords").filter(|text| !text.is_empty()) {
        row.set(System::Keywords, keywords(text).unwrap_or(text));
    }
    if fields.is_none() {
        for (name, value, kind) in cells.iter().filter(|(name, value, _)| is_summary(name) && !value.is_empty()) {
            row.set_data(name, value, if kind == Kind::Null { Kind::Null } else { Kind::Scalar }, Whose::Anyone);
        }
    }
    Ok(())
}

/// What its maps say of an event, for events whose fields it did not keep.
fn is_summary(name: &str) -> bool {
    name.starts_with("PayloadData") || matches!(name, "ExecutableInfo" | "UserName" | "RemoteHost" | "MapDescription")
}
