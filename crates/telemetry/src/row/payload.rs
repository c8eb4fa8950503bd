//! Payloads: an event as the line of text that QRadar's Windows collector sends, for queries that search the whole of it.

use std::fmt::Write;

use super::Row;
use crate::event::System;

/// Appends a data field the way that a rendered message names it.
pub fn push_pair(out: &mut String, name: &str, text: &str) {
    if !out.is_empty() {
        out.push(' ');
    }
    out.push_str(name);
    out.push_str(": ");
    out.push_str(text);
}

/// Tab-separated `key=value` pairs, the data fields last as `Message`.
pub fn write(row: &Row, channel: &str) -> String {
    let mut out = String::with_capacity(256 + row.data.pairs.len());
    // Writing to a String cannot fail.
    let _ = write!(out, "AgentDevice=WindowsLog\tAgentLogFile={channel}");
    let texts = [(System::Provider, "Source"), (System::Computer, "Computer"), (System::UserID, "User")];
    for (field, key) in texts {
        let _ = write!(out, "\t{key}={}", row.text(field).unwrap_or(""));
    }
    let numbers = [
        (System::EventID, "EventID"),
        (System::EventID, "EventIDCode"),
        (System::Task, "EventCategory"),
        (System::Record, "RecordNumber"),
        (System::Level, "Level"),
        (System::Opcode, "Opcode"),
    ];
    for (field, key) in numbers {
        if let Some(number) = row.numbers.get(field as usize).copied().flatten() {
            let _ = write!(out, "\t{key}={number}");
        }
    }
    if let Some(time) = row.time().and_then(functions::ticks::to_civil) {
        let _ = write!(out, "\tTimeGenerated={}", time.format("%Y-%m-%d %H:%M:%S%.3f"));
    }
    if let Some(keywords) = row.text(System::Keywords) {
        let _ = write!(out, "\tKeywords={keywords}");
    }
    out.push_str("\tMessage=");
    for (place, pairs) in row.own().map(|own| own.pairs.as_str()).filter(|pairs| !pairs.is_empty()).enumerate() {
        if place > 0 {
            out.push(' ');
        }
        out.push_str(pairs);
    }
    out
}
