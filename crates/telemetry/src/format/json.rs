//! JSON: how it is cut, and what its first records are.

use std::sync::Arc;

use super::{BIND, Format, Found, Head, rows_of};
use crate::cut::json::JsonRecords;
use crate::cut::scan::{Outcome, Scan};
use crate::cut::wrapping::{self, Wrapping};
use crate::cut::{self, Cutter, Records, syslog, without_count};
use crate::event::Fields;
use crate::row::Row;
use crate::rows::cells::Cells;
use crate::rows::guess::Said;
use crate::rows::{By, Rows, say_themselves};
use crate::rows::{bulk, lowered};
use crate::shape::read_event;

/// What only QRadar names so.
const QRADAR: [&str; 6] = ["starttime", "devicetime", "endtime", "qid", "logsourceid", "magnitude"];

/// How a head is looked at.
#[derive(Debug, Clone, Copy)]
struct Look {
    goes_on: bool,
    records: usize,
}

pub fn detect(head: &Head<'_>) -> Option<Found> {
    let text = cut::without_separators(head.bytes);
    let look = Look { goes_on: head.goes_on, records: head.records };
    let uncounted = without_count(text).trim_ascii_start();
    if is_own_answer(text) {
        return Some(own_answer(text, look, head));
    }
    let format = match text.first()? {
        b'R' if uncounted.len() < text.len() && uncounted.starts_with(b"{") => Format::Json(wrapping::NONE),
        // The first line of a log that was rotated or tailed may be the end of one, or no JSON at all.
        _ if has_event_lines(text, look) => Format::Ndjson,
        b'{' => of_object(text, look),
        b'[' => {
            Format::Json(wrapping_of(text.get(1..).unwrap_or_default().trim_ascii_start()).unwrap_or(wrapping::NONE))
        }
        _ if goes_on_with_json(text) => Format::Ndjson,
        _ => return None,
    };
    let sample = Sample::of(text, format, look);
    // Lists in brackets, and configurations, begin like JSON too.
    if sample.names.is_empty() && !sample.has_event {
        let looks_like_event = (look.goes_on || format == Format::Ndjson) && looks_like_event(text);
        return Some(match (looks_like_event, head.table) {
            (_, Some(name)) if !sample.is_empty => {
                Found::Log(format, Rows::Table { name: Arc::from(name), by: By::Person })
            }
            (true, _) => Found::Log(format, Rows::Plain),
            (false, _) => Found::Other("it is not JSON with events or rows".to_owned()),
        });
    }
    Some(match rows(&sample, format, head) {
        Ok(rows) => Found::Log(format, rows),
        Err(found) => found,
    })
}

/// A line without what stands around its record.
fn bare(line: &[u8]) -> &[u8] {
    cut::without_separators(line).trim_ascii()
}

/// Whether the first line is JSON behind the header of a syslog.
fn goes_on_with_json(text: &[u8]) -> bool {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    syslog::split(line).1.is_some()
}

/// Whether a text begins as the answers of queries do.
fn is_own_answer(text: &[u8]) -> bool {
    let columns = text
        .strip_prefix(b"{\"columns\":[")
        .and_then(|rest| rest.strip_prefix(b"{\"name\":\"").or(rest.strip_prefix(b"]")));
    columns.is_some()
}

/// Only the rows of a whole table can be told.
fn own_answer(text: &[u8], look: Look, head: &Head<'_>) -> Found {
    let format = Format::Json(wrapping::ANSWER);
    let sample = Sample::of(text, format, look);
    match rows(&sample, format, head) {
        Ok(rows @ (Rows::Table { .. } | Rows::Named(Some(_)))) if !sample.names.is_empty() => Found::Log(format, rows),
        _ => Found::Refused("it is the answer of a query, as trapline writes it with --format json".to_owned()),
    }
}

/// Whether the lines after the first are events, most of them at least.
fn has_event_lines(text: &[u8], look: Look) -> bool {
    let lines = text.split(|byte| *byte == b'\n').map(bare).filter(|line| !line.is_empty());
    let mut lines = lines.skip(1).take(look.records).filter(|line| !bulk::is_action(line)).peekable();
    let mut reading = Reading::new();
    let (mut all, mut events) = (0, 0);
    while let Some(line) = lines.next() {
        if look.goes_on && lines.peek().is_none() {
            break;
        }
        all += 1;
        let (line, _) = syslog::split(line);
        events += usize::from(line.starts_with(b"{") && reading.is_event(line));
    }
    2 * events > all
}

/// Objects one a line are read by lines; all others by their structure.
fn of_object(text: &[u8], look: Look) -> Format {
    let line = memchr::memchr(b'\n', text);
    match Scan::default().run(text, 0) {
        Outcome::Done(end) => {
            let first = text.get(..end).unwrap_or_default();
            if let Some(wrapping) = wrapping_of(first) {
                return Format::Json(wrapping);
            }
            let rest = text.get(end..).unwrap_or_default();
            let blank = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
            let ends_line = matches!(rest.get(blank), Some(b'\n') | None);
            let is_line = line.is_none_or(|line| line >= end) && ends_line;
            if is_line { Format::Ndjson } else { Format::Json(wrapping::NONE) }
        }
        // The head ends within the first object.
        Outcome::More => match (wrapping_of(text), line) {
            (Some(wrapping), _) => Format::Json(wrapping),
            (None, Some(_)) => Format::Json(wrapping::NONE),
            (None, None) if look.goes_on => Format::Ndjson,
            (None, None) => Format::Json(wrapping::NONE),
        },
        // A file may begin with a damaged line, or with a damaged object.
        Outcome::Broken(_) if Sample::of(text, Format::Ndjson, look).has_record() => Format::Ndjson,
        Outcome::Broken(_) => Format::Json(wrapping::NONE),
    }
}

/// What stands around the records, where the object is not an event itself.
fn wrapping_of(text: &[u8]) -> Option<Wrapping> {
    let wrapping = wrapping::of(text)?;
    let mut reading = Reading::new();
    (!reading.is_event(text)).then_some(wrapping)
}

/// The first records.
struct Sample {
    /// The names in any of them.
    names: Vec<String>,
    /// Any of them is an event as it stands.
    has_event: bool,
    /// Any of them is one but for the case of its names.
    has_lowered: bool,
    /// Of the table that is said beside them.
    table: Option<String>,
    /// What they say of it themselves.
    said: Said,
    is_empty: bool,
}

impl Sample {
    fn of(text: &[u8], format: Format, look: Look) -> Sample {
        let mut sample = Sample {
            names: Vec::new(),
            has_event: false,
            has_lowered: false,
            table: None,
            said: Said::default(),
            is_empty: true,
        };
        let mut reading = Reading::new();
        match format {
            Format::Json(wrapping) => {
                let mut cutter = JsonRecords::new(text, wrapping);
                while let Ok(Some(block)) = cutter.next() {
                    sample.add_block(&block, look.records, &mut reading);
                }
            }
            _ => {
                let lines = text.split(|byte| *byte == b'\n').map(bare).filter(|line| !line.is_empty());
                let mut lines = lines.take(look.records).peekable();
                while let Some(line) = lines.next() {
                    // The last line of a head may go on behind it.
                    let is_cut = look.goes_on && lines.peek().is_none();
                    sample.add(syslog::split(line).0, &mut reading);
                    sample.has_event |= is_cut && looks_like_event(line);
                }
            }
        }
        sample
    }

    fn add_block(&mut self, block: &Records, records: usize, reading: &mut Reading) {
        if let Some(header) = &block.header {
            self.table = header.table.clone();
            self.names.clone_from(&header.names);
            self.is_empty = false;
            for span in block.spans.iter().take(records) {
                let values = block.bytes.get(span.start..span.end).unwrap_or_default();
                if reading.cells.read_list(values, &header.names).is_ok() {
                    self.said.add(&reading.cells);
                }
            }
            return;
        }
        for span in block.spans.iter().take(records) {
            self.add(block.bytes.get(span.start..span.end).unwrap_or_default(), reading);
        }
    }

    fn add(&mut self, record: &[u8], reading: &mut Reading) {
        if bulk::is_action(record) {
            return;
        }
        self.is_empty = false;
        self.has_event |= reading.is_event(record);
        if reading.cells.read_object(record).is_ok() {
            self.has_lowered |= lowered::respelt(&reading.cells).is_some();
            self.said.add(&reading.cells);
            for (name, _, _) in reading.cells.iter() {
                if !self.names.iter().any(|known| known == name) {
                    self.names.push(name.to_owned());
                }
            }
        }
    }

    fn has_record(&self) -> bool {
        self.has_event || !self.names.is_empty()
    }
}

/// What reads records to look at them.
struct Reading {
    row: Row,
    scratch: String,
    cells: Cells,
}

impl Reading {
    fn new() -> Self {
        Reading { row: Row::new(&Fields::new([], false)), scratch: String::new(), cells: Cells::default() }
    }

    fn is_event(&mut self, record: &[u8]) -> bool {
        read_event(record, &mut self.row, &mut self.scratch).is_ok()
    }
}

fn rows(sample: &Sample, format: Format, head: &Head<'_>) -> Result<Rows, Found> {
    let names: Vec<&str> = sample.names.iter().map(String::as_str).collect();
    let is_said = sample.table.as_deref().is_some_and(|name| crate::rows::tables::table(name).is_some());
    if head.table.is_none() && is_said {
        return Ok(Rows::Named(None));
    }
    if head.table.is_none() && say_themselves(|name| names.contains(&name)) {
        return rows_of(&names, &sample.said, head);
    }
    if head.table.is_none() && (format == Format::Json(wrapping::EVENTS) || format == Format::Json(wrapping::FLOWS)) {
        let database = if format == Format::Json(wrapping::EVENTS) { "events" } else { "flows" };
        if !sample.has_event || QRADAR.iter().any(|name| names.contains(name)) {
            return match crate::rows::tables::table(database) {
                Some(_) => Ok(Rows::Table { name: Arc::from(database), by: By::Name }),
                None => Err(Found::Refused(format!("no table {database} is known: {BIND}"))),
            };
        }
    }
    match rows_of(&names, &sample.said, head) {
        Ok(Rows::Table { name, by }) => Ok(Rows::Table { name, by }),
        _ if sample.has_event => Ok(Rows::Plain),
        // An ECS document keeps the number of its event under another name.
        _ if names.contains(&"@timestamp")
            && names.iter().any(|name| matches!(*name, "event" | "event.code" | "event.category")) =>
        {
            Ok(Rows::Plain)
        }
        Ok(rows) if sample.has_lowered || !lowered::are_of_event(&names) => Ok(rows),
        Ok(_) | Err(Found::Other(_)) => Err(Found::Other(format!(
            "its JSON holds no event: there is neither an event id nor a channel, and its names are of no table that is known; {BIND}"
        ))),
        Err(found) => Err(found),
    }
}

/// For what cannot be parsed: a line longer than the head, or events in another form.
fn looks_like_event(line: &[u8]) -> bool {
    let names: [&[u8]; 3] = [b"\"EventID\"", b"\"event_id\"", b"\"winlog\""];
    names.iter().any(|name| memchr::memmem::find(line, name).is_some())
}
