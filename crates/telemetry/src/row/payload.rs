//! Payloads: an event as the line of text that QRadar's Windows collector sends, for queries that search the whole of it.

use std::collections::HashMap;
use std::fmt::Write;

use super::Row;
use super::shipped::Members;
use crate::event::System;

/// A pair of a data text: how long its name is, and where the pair ends.
#[derive(Debug)]
pub struct Pair {
    pub name: usize,
    pub end: usize,
    pub is_null: bool,
}

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
    match row.is_repeated {
        true => push_merged(row, &mut out),
        false => {
            let parts = row.own().map(|own| own.pairs.as_str()).filter(|pairs| !pairs.is_empty());
            for (place, pairs) in parts.enumerate() {
                out.push_str(if place == 0 { "" } else { " " });
                out.push_str(pairs);
            }
        }
    }
    out
}

/// The pairs, each name once: where it is first, with all that it says as lines.
fn push_merged(row: &Row, out: &mut String) {
    let mut names: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (pair, Pair { name: length, is_null, .. }) in row.own().flat_map(Members::each_pair) {
        let (name, text) = pair.split_at_checked(*length).unwrap_or((pair, ""));
        let text = text.strip_prefix(": ").unwrap_or(text);
        let place = *places.entry(name).or_insert(names.len());
        match names.get_mut(place) {
            Some(_) if *is_null => {}
            Some((_, texts)) if row.is_of_table => *texts = vec![text],
            Some((_, texts)) => texts.push(text),
            None if *is_null => names.push((name, Vec::new())),
            None => names.push((name, vec![text])),
        }
    }
    for (place, (name, texts)) in names.into_iter().enumerate() {
        out.push_str(if place == 0 { "" } else { " " });
        out.push_str(name);
        out.push_str(": ");
        out.push_str(&texts.join("\n"));
    }
}
