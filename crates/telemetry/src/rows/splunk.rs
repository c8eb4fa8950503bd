//! Splunk: exports whose `_raw` is the event as it was indexed, with what Splunk took from it beside.

use std::collections::HashSet;

use super::cells::Cells;
use super::set_system;
use crate::event::System;
use crate::row::Row;
use crate::row::shipped::Whose;
use crate::row::times::OTHERS;
use crate::shape::read_event;
use crate::shape::xml::read_event_xml;
use crate::text::Kind;

const FIELDS: [(&str, System); 20] = [
    ("EventCode", System::EventID),
    ("EventID", System::EventID),
    ("signature_id", System::EventID),
    ("Channel", System::Channel),
    ("LogName", System::Channel),
    ("Computer", System::Computer),
    ("ComputerName", System::Computer),
    ("host", System::Computer),
    ("RecordNumber", System::Record),
    ("EventRecordID", System::Record),
    ("SourceName", System::Provider),
    ("Name", System::Provider),
    ("Level", System::Level),
    ("Task", System::Task),
    ("Opcode", System::Opcode),
    ("Version", System::Version),
    ("Keywords", System::Keywords),
    ("Sid", System::UserID),
    ("SystemTime", System::Time),
    ("_time", System::Time),
];

/// The object within what a search gives for each event.
pub fn result(cells: &Cells) -> Option<&str> {
    let is_answer = ["preview", "offset", "lastrow"].iter().any(|name| cells.has(name));
    cells.get("result").filter(|result| is_answer && result.starts_with('{'))
}

pub fn is_event(cells: &Cells) -> bool {
    cells.has("_raw") || cells.has("_time") && (cells.has("sourcetype") || cells.has("EventCode"))
}

pub fn read(cells: &Cells, row: &mut Row, scratch: &mut String) -> Result<(), String> {
    let raw = cells.get("_raw").unwrap_or_default().trim();
    if raw.starts_with("<Event") {
        read_event_xml(raw.as_bytes(), row, scratch)?;
        later_time(cells, row);
        return Ok(());
    }
    if raw.starts_with('{') && read_event(raw.as_bytes(), row, scratch).is_ok() {
        later_time(cells, row);
        return Ok(());
    }
    row.clear();
    let own = pairs(raw);
    set_system(&both(&own, cells), &FIELDS, row);
    for (name, value, _) in own.iter().filter(|(name, _, _)| !is_of_log(name)) {
        row.set_data(name, value, Kind::Scalar, Whose::Anyone);
    }
    let names: HashSet<&str> = own.iter().map(|(name, _, _)| name).collect();
    let is_further = |name: &str| !name.starts_with('_') && !is_of_log(name) && !names.contains(name);
    for (name, value, kind) in cells.iter().filter(|(name, _, kind)| is_further(name) && *kind != Kind::Null) {
        row.set_cell(name, value, kind, Whose::Anyone);
    }
    match row.is_event() {
        true => Ok(()),
        false => Err("its _raw is no Windows event, and neither EventCode nor LogName is beside it".to_owned()),
    }
}

/// Splunk's own time, for an event that says none itself.
fn later_time(cells: &Cells, row: &mut Row) {
    if let Some(time) = cells.get("_time") {
        row.set_time(OTHERS, time);
    }
}

fn is_of_log(name: &str) -> bool {
    FIELDS.iter().any(|(known, _)| *known == name)
}

/// What the event says of its log, and behind it what Splunk took from it.
fn both(own: &Cells, taken: &Cells) -> Cells {
    let mut out = Cells::default();
    for (name, value, kind) in
        own.iter().chain(taken.iter()).filter(|(name, value, _)| is_of_log(name) && !value.is_empty())
    {
        out.push(name, value, kind);
    }
    out
}

/// `key=value`, one a line, the message last and to the end.
fn pairs(raw: &str) -> Cells {
    let mut cells = Cells::default();
    let mut rest = raw;
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        if let Some((name, value)) = line.trim_end_matches('\r').split_once('=')
            && !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        {
            if name == "Message" {
                let at = raw.len() - rest.len() + "Message=".len();
                cells.push(name, raw.get(at..).unwrap_or(value), Kind::Scalar);
                break;
            }
            cells.push(name, value, Kind::Scalar);
        }
        rest = after;
    }
    cells
}
