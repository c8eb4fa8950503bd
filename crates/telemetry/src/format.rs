//! Formats: what a file is, by its first bytes and never by its name.

mod json;

use std::sync::Arc;

use crate::catalog::Catalog;
use crate::csv_file::CsvHeader;
use crate::cut;
use crate::cut::wrapping::Wrapping;
use crate::rows::guess::{self, Guess, Said};
use crate::rows::{self, By, Rows};

/// How much of a file is looked at: so much that a log shows its second chunk.
pub const HEAD: usize = 72 << 10;

/// How much is looked at where that says nothing, because its first record is long, or its first ones are no events. It is
/// longer than a line may be.
pub const LONG_HEAD: usize = 9 << 20;
/// How many records are looked at in either.
pub const RECORDS: usize = 16;
pub const MANY_RECORDS: usize = 4096;

/// A format that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Evtx,
    /// One JSON record a line.
    Ndjson,
    /// JSON that is cut in any other way, within what stands around its records.
    Json(Wrapping),
    /// Elements `<Event>`.
    Xml,
    Csv,
    Parquet,
    /// A log that a lake was made of; its events stand in the lake's own files.
    Lake,
}

/// What the head of a file says.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    Log(Format, Rows),
    Zip,
    /// A log in a form that is not read, or whose table nobody can know, and what would help.
    Refused(String),
    /// Not a log, and why.
    Other(String),
}

/// What is known of a file when it is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// The beginning of what it holds, unpacked and decoded.
    pub bytes: &'a [u8],
    /// Whether more follows, or may.
    pub goes_on: bool,
    /// How many records are looked at.
    pub records: usize,
    /// Its name, which says at most of which table its rows are.
    pub name: &'a str,
    /// The table that a person bound it to.
    pub table: Option<&'a str>,
}

type Detector = fn(&Head<'_>) -> Option<Found>;

/// The first that knows the head has it.
const DETECTORS: [Detector; 8] = [empty, evtx, zip, parquet, archive, xml, json::detect, csv];

pub fn detect(head: &Head<'_>) -> Found {
    let other = || Found::Other("neither EVTX nor JSON events, nor XML, CSV or Parquet with events or rows".to_owned());
    DETECTORS.iter().find_map(|detector| detector(head)).or_else(|| behind_text(head)).unwrap_or_else(other)
}

/// What begins behind some lines of text.
fn behind_text(head: &Head<'_>) -> Option<Found> {
    let bytes = head.bytes.get(cut::preamble(head.bytes)..).filter(|bytes| bytes.len() < head.bytes.len())?;
    let head = Head { bytes, ..*head };
    let found = xml(&head).or_else(|| json::detect(&head));
    found.filter(|found| !matches!(found, Found::Other(_)))
}

/// Whether what says nothing may do so further on: text that holds what begins an object.
pub fn may_tell_later(head: &Head<'_>) -> bool {
    let is_blank = head.goes_on && head.bytes.trim_ascii().is_empty();
    memchr::memchr(0, head.bytes).is_none() && (is_blank || memchr::memchr(b'{', head.bytes).is_some())
}

fn empty(head: &Head<'_>) -> Option<Found> {
    head.bytes.is_empty().then(|| Found::Other("it is empty".to_owned()))
}

/// A file whose header is broken is known by one of its chunks, wherever it stands.
fn evtx(head: &Head<'_>) -> Option<Found> {
    let is_evtx = head.bytes.starts_with(b"ElfFile\0") || memchr::memmem::find(head.bytes, b"ElfChnk\0").is_some();
    is_evtx.then_some(Found::Log(Format::Evtx, Rows::Plain))
}

fn zip(head: &Head<'_>) -> Option<Found> {
    (head.bytes.starts_with(b"PK\x03\x04") || head.bytes.starts_with(b"PK\x05\x06")).then_some(Found::Zip)
}

/// Its columns stand at its end; who opens it asks [`rows_of`].
fn parquet(head: &Head<'_>) -> Option<Found> {
    head.bytes.starts_with(b"PAR1").then_some(Found::Log(Format::Parquet, Rows::Plain))
}

fn archive(head: &Head<'_>) -> Option<Found> {
    let magics: [(&[u8], usize, &str); 7] = [
        (b"7z\xbc\xaf\x27\x1c", 0, "a 7z archive"),
        (b"Rar!\x1a\x07", 0, "a RAR archive"),
        (b"\xfd7zXZ\0", 0, "compressed with xz"),
        (b"BZh", 0, "compressed with bzip2"),
        (b"\x04\x22\x4d\x18", 0, "compressed with lz4"),
        (b"MSCF", 0, "a cabinet"),
        (b"ustar", 257, "a tar archive"),
    ];
    let is =
        |(magic, at, _): &&(&[u8], usize, &str)| head.bytes.get(*at..).is_some_and(|bytes| bytes.starts_with(magic));
    magics.iter().find(is).map(|(_, _, what)| Found::Refused(format!("it is {what}: unpack it")))
}

fn xml(head: &Head<'_>) -> Option<Found> {
    let text = cut::without_count(head.bytes.trim_ascii_start());
    let first_line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if text.first() != Some(&b'<') || cut::syslog::split(first_line).1.is_some() {
        return None;
    }
    Some(match (cut::xml::Names::of(text).is_some(), head.table) {
        (true, None) => Found::Log(Format::Xml, Rows::Plain),
        (true, Some(_)) => Found::Refused("its XML holds events, which are rows of no single table".to_owned()),
        (false, _) => Found::Other("its XML holds no Windows event".to_owned()),
    })
}

fn csv(head: &Head<'_>) -> Option<Found> {
    // Text holds no zeros.
    if memchr::memchr(0, head.bytes).is_some() {
        return None;
    }
    let header = CsvHeader::read(head.bytes)?;
    let names: Vec<&str> = header.names.iter().map(String::as_str).collect();
    match rows_of(&names, &header.said(head.bytes), head) {
        Ok(rows) => Some(Found::Log(Format::Csv, rows)),
        // Any text may have a comma in its first line.
        Err(Found::Other(_)) if !head.name.to_ascii_lowercase().contains(".csv") => None,
        Err(found) => Some(found),
    }
}

/// What the rows under these names are, of which some say so much.
pub fn rows_of(names: &[&str], said: &Said, head: &Head<'_>) -> Result<Rows, Found> {
    if let Some(table) = head.table {
        return Ok(Rows::Table { name: Arc::from(table), by: By::Person });
    }
    if ["source_ordinal", "shape", "time_100ns"].iter().all(|name| names.contains(name)) {
        let reason = "it is a part of a lake: name the lake's own folder, with its _trapline";
        return Err(Found::Refused(reason.to_owned()));
    }
    if let Some(name) = names.iter().find(|name| name.ends_with("[Local Time]")) {
        let reason = format!("the times of its column {name} are of a zone that it does not say: export it in UTC");
        return Err(Found::Refused(reason));
    }
    if rows::say_themselves(|name| names.contains(&name)) {
        return Ok(Rows::Named(said.table().or_else(|| match guess::of_names(names, said) {
            Guess::Table(name) if names.contains(&"Type") => Some(name),
            _ => None,
        })));
    }
    if let Some(name) = guess::of_file(head.name, names) {
        return Ok(Rows::Table { name, by: By::Name });
    }
    let found = |name| Ok(Rows::Table { name, by: By::Columns });
    let events = ["EventID", "EventId", "event_id", "winlog.event_id"];
    let is_event =
        events.iter().chain(&rows::SHAPED).any(|name| names.contains(name)) || rows::lowered::are_of_event(names);
    match guess::of_names(names, said) {
        Guess::Table(name) if !is_event || guess::holds_all(&name, names) => found(name),
        Guess::Several(tables) if !is_event => Err(Found::Refused(several(&tables))),
        _ if is_event => Ok(Rows::Named(None)),
        _ => match Catalog.log_source_of(names) {
            Some(name) => found(name),
            None => Err(Found::Other(format!("its columns are those of no table that is known: {BIND}"))),
        },
    }
}

/// What would help where nobody can know the table.
const BIND: &str = "bind it with --data TABLE=PATH";

fn several(tables: &[String]) -> String {
    format!("its columns are those of {} alike: {BIND}", tables.join(", "))
}

#[cfg(test)]
mod tests;
