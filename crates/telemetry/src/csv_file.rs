//! CSV: rows under a header, in blocks that end with a row.

mod before;
mod row_end;

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::Arc;

use crate::cut::{BLOCK, RECORD};
use crate::foreign;
use crate::read::Parser;
use crate::rows::Rows;
use crate::rows::cells::Cells;
use crate::rows::guess::Said;
use crate::text::Kind;
use row_end::RowEnds;

/// How many rows are looked at for what they say.
const LOOKED_AT: usize = 256;
/// How many rows show whether a header is theirs, and how many values a line of text may have that is none.
const ROWS: usize = 3;
const TEXT: usize = 3;
/// How often a row is given up that goes on over more than a row may hold.
const AGAIN_OVERLONG: u32 = 64;
/// How often a block is begun anew behind a broken row.
const AGAIN: u32 = 1_000;

/// The names of a file's columns, and how its rows are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvHeader {
    /// Each once, with the first column that is called so.
    pub names: Vec<String>,
    firsts: Vec<usize>,
    /// Further columns of a name, by its place.
    others: Vec<(usize, usize)>,
    width: usize,
    delimiter: u8,
    /// How many bytes and lines it takes.
    length: usize,
    lines: u64,
}

impl CsvHeader {
    /// The header at the beginning of a text, if that is one: names with one delimiter between. A few lines of text may stand before it.
    pub fn read(head: &[u8]) -> Option<CsvHeader> {
        let mut first = None;
        for (place, (start, lines)) in before::places(head).enumerate() {
            let Some(header) = CsvHeader::at(head, start, lines) else { continue };
            let has_rows = header.has_rows(head);
            if place == 0 && has_rows != Some(false) {
                return Some(header);
            }
            // Text with a comma or two may look like a header.
            let may_follow = |text: &CsvHeader| text.width <= TEXT && text.width < header.width;
            if place > 0 && has_rows == Some(true) && header.is_of_names() && first.as_ref().is_none_or(may_follow) {
                return Some(header);
            }
            if place == 0 {
                first = Some(header);
            }
        }
        first
    }

    /// The header that begins at this place, behind so many lines.
    fn at(head: &[u8], start: usize, mut lines: u64) -> Option<CsvHeader> {
        let text = head.get(start..)?;
        let delimiter = b",;\t|".iter().copied().max_by_key(|byte| {
            let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
            // Of equals the first counts.
            (memchr::memchr_iter(*byte, line).count(), *byte == b',')
        })?;
        let end = RowEnds::new(delimiter).next(text, 0).unwrap_or(text.len());
        let line = text.get(..end)?;
        let mut reader = csv_reader(delimiter).from_reader(line);
        let mut record = csv::ByteRecord::new();
        if !reader.read_byte_record(&mut record).ok()? || record.len() < 2 {
            return None;
        }
        let is_name = |name: &String| !name.is_empty() && name.len() < 128 && !name.chars().any(char::is_control);
        let (mut names, mut firsts, mut others) = (Vec::new(), Vec::new(), Vec::new());
        let mut places: HashMap<String, usize> = HashMap::new();
        for (column, name) in record.iter().enumerate() {
            let name = bare(&foreign::utf8(name));
            match places.get(&name) {
                Some(place) => others.push((*place, column)),
                None => {
                    places.insert(name.clone(), names.len());
                    names.push(name);
                    firsts.push(column);
                }
            }
        }
        if names.len() < 2 || !names.iter().all(is_name) || names.iter().all(|name| name.contains(' ')) {
            return None;
        }
        lines += memchr::memchr_iter(b'\n', line).count() as u64;
        Some(CsvHeader { names, firsts, others, width: record.len(), delimiter, length: start + end, lines })
    }

    /// Whether one of the first rows has as many values; `None` where there are none.
    fn has_rows(&self, head: &[u8]) -> Option<bool> {
        let rows = head.get(self.length..).unwrap_or_default();
        let mut widths = csv_reader(self.delimiter).from_reader(rows).into_byte_records().take(ROWS).flatten();
        let first = widths.next()?;
        Some(first.len() == self.width || widths.any(|row| row.len() == self.width))
    }

    /// Whether names look like those of fields, and not like values.
    fn is_of_names(&self) -> bool {
        let begins = |name: &String| name.starts_with(|c: char| c.is_alphabetic() || "_@$".contains(c));
        self.names.len() > 2 && self.names.iter().all(begins)
    }

    /// Whether a row is the header again, as where files were put together.
    fn is_again(&self, row: &csv::ByteRecord) -> bool {
        let is_name = |(name, column): (&String, &usize)| {
            let text = row.get(*column).unwrap_or_default();
            bare(&foreign::utf8(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text))) == *name
        };
        let mut columns = self.names.iter().zip(&self.firsts);
        // Nearly all rows show at once that they are none.
        let first = row.get(0).unwrap_or_default();
        let may_be = self.names.first().is_some_and(|name| memchr::memmem::find(first, name.as_bytes()).is_some());
        may_be && row.len() == self.width && columns.all(is_name)
    }

    /// Of the names that several columns have, what becomes of these.
    pub fn remark(&self) -> Option<String> {
        let mut names: Vec<&str> =
            self.others.iter().filter_map(|(place, _)| self.names.get(*place)).map(String::as_str).collect();
        names.dedup();
        let [first, rest @ ..] = names.as_slice() else { return None };
        let more = match rest.len() {
            0 => String::new(),
            1 => " (so it is with 1 more name)".to_owned(),
            more => format!(" (so it is with {more} more names)"),
        };
        Some(format!("several columns are called {first}{more}: of each row the first that is filled counts"))
    }

    /// What the rows at the beginning of a text say of their table.
    pub fn said(&self, head: &[u8]) -> Said {
        let (mut said, mut cells) = (Said::default(), Cells::default());
        let rows = head.get(self.length..).unwrap_or_default();
        for record in csv_reader(self.delimiter).from_reader(rows).byte_records().take(LOOKED_AT).flatten() {
            if record.len() == self.width {
                cells.clear();
                fill(&record, self, &mut cells);
                said.add(&cells);
            }
        }
        said
    }
}

/// A name without what Azure's portal says of columns with times.
fn bare(name: &str) -> String {
    name.trim().strip_suffix("[UTC]").map_or(name.trim(), str::trim_end).to_owned()
}

fn csv_reader(delimiter: u8) -> csv::ReaderBuilder {
    let mut builder = csv::ReaderBuilder::new();
    builder.has_headers(false).flexible(true).delimiter(delimiter);
    builder
}

/// Whole rows of a file.
#[derive(Debug)]
pub struct CsvRows {
    header: Arc<CsvHeader>,
    /// The line of the first one.
    first: u64,
    bytes: Vec<u8>,
    overlong: u64,
}

impl CsvRows {
    /// Hands over the first rows as cells.
    pub fn each(&self, most: usize, cells: &mut Cells, take: &mut dyn FnMut(&Cells)) {
        let mut reader = csv_reader(self.header.delimiter).from_reader(self.bytes.as_slice());
        for record in reader.byte_records().take(most).flatten() {
            if record.len() == self.header.width {
                cells.clear();
                fill(&record, &self.header, cells);
                take(cells);
            }
        }
    }

    pub fn length(&self) -> u64 {
        self.bytes.len() as u64
    }
}

/// Cuts a stream into blocks of whole rows.
pub struct CsvBlocks<R> {
    reader: R,
    pub header: Arc<CsvHeader>,
    line: u64,
    rest: Vec<u8>,
    is_done: bool,
    /// How often a row was given up for the sake of those that it took along.
    given_up: u32,
}

impl<R: Read> CsvBlocks<R> {
    /// `head` is the beginning of what the reader gives; without a header there is nothing to read.
    pub fn new(mut reader: R, head: &[u8]) -> io::Result<Option<Self>> {
        let Some(header) = CsvHeader::read(head) else { return Ok(None) };
        io::copy(&mut (&mut reader).take(header.length as u64), &mut io::sink())?;
        let line = 1 + header.lines;
        Ok(Some(CsvBlocks { reader, header: Arc::new(header), line, rest: Vec::new(), is_done: false, given_up: 0 }))
    }

    pub fn next(&mut self) -> io::Result<Option<CsvRows>> {
        let mut bytes = std::mem::take(&mut self.rest);
        let mut ends = RowEnds::new(self.header.delimiter);
        let (mut scanned, mut last, mut overlong) = (0, 0, 0);
        let first = self.line;
        while !self.is_done {
            let wanted = BLOCK.saturating_sub(bytes.len()).max(BLOCK / 4);
            let read = (&mut self.reader).take(wanted as u64).read_to_end(&mut bytes)?;
            self.is_done = read < wanted;
            while let Some(end) = ends.next(&bytes, scanned) {
                (scanned, last) = (end, end);
            }
            scanned = bytes.len();
            if last > 0 {
                break;
            }
            if bytes.len() > RECORD {
                overlong += 1;
                ends = RowEnds::new(self.header.delimiter);
                scanned = 0;
                let first_line = memchr::memchr(b'\n', &bytes).filter(|_| self.given_up < AGAIN_OVERLONG);
                if let Some(end) = first_line {
                    // Most likely a quote in it does not end, and what it took along are rows.
                    self.given_up += 1;
                    self.line += 1;
                    bytes.drain(..=end);
                    continue;
                }
                // Nobody can tell where the next one begins. Each line may have been a row.
                let lines = memchr::memchr_iter(b'\n', &bytes).count() as u64;
                self.line += lines;
                overlong += lines;
                bytes.clear();
                self.skip_line(&mut bytes)?;
            }
        }
        if !self.is_done && last > 0 {
            self.rest = bytes.split_off(last);
        }
        if bytes.is_empty() && overlong == 0 {
            return Ok(None);
        }
        let first = if overlong > 0 { self.line } else { first };
        self.line = first + memchr::memchr_iter(b'\n', &bytes).count() as u64;
        Ok(Some(CsvRows { header: self.header.clone(), first, bytes, overlong }))
    }

    /// Reads on to the end of a line, and leaves what follows it.
    fn skip_line(&mut self, bytes: &mut Vec<u8>) -> io::Result<()> {
        while !self.is_done {
            bytes.clear();
            let read = (&mut self.reader).take(BLOCK as u64).read_to_end(bytes)?;
            self.is_done = read < BLOCK;
            if let Some(end) = memchr::memchr(b'\n', bytes) {
                bytes.drain(..=end);
                self.line += 1;
                return Ok(());
            }
        }
        bytes.clear();
        Ok(())
    }
}

/// Parses the rows of a block.
pub fn parse(block: &CsvRows, rows: &Rows, parser: &mut Parser<'_>) {
    if block.overlong > 0 {
        parser.damaged_records(block.overlong, || {
            format!("a row before line {} is longer than {} MiB", block.first, RECORD >> 20)
        });
    }
    let header = &block.header;
    let mut record = csv::ByteRecord::new();
    let (mut start, mut line, mut again) = (0, block.first, 0);
    let mut broken = Broken { width: header.width, values: None };
    'anew: while start < block.bytes.len() {
        let text = block.bytes.get(start..).unwrap_or_default();
        let mut reader = csv_reader(header.delimiter).from_reader(text);
        loop {
            let at = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
            if !reader.read_byte_record(&mut record).unwrap_or(false) {
                return;
            }
            let end = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
            let raw = text.get(at..end).unwrap_or_default();
            let blank =
                raw.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n').count();
            let number = line + blank as u64;
            line += memchr::memchr_iter(b'\n', raw).count() as u64;
            let is_of_lines = memchr::memchr(b'\n', raw.trim_ascii()).is_some();
            if before::is_remark(raw.trim_ascii_start()) || header.is_again(&record) {
                continue;
            }
            let outcome = if record.len() != header.width {
                Err(format!("{} values, not {}", record.len(), header.width))
            } else if is_of_lines && RowEnds::is_odd(header.delimiter, raw) {
                Err("a quote in it does not end".to_owned())
            } else {
                let is_foreign = fill(&record, header, parser.cells());
                parser.read_cells(rows, is_foreign)
            };
            match outcome {
                Ok(()) => {
                    broken.values = None;
                    parser.accept(number, i64::try_from(number).unwrap_or(i64::MAX), || None);
                }
                Err(reason) => {
                    // A quote that does not end takes the lines after it along: they are read by themselves.
                    let first_line =
                        raw.iter().skip(blank).position(|byte| *byte == b'\n').map(|place| place + blank + 1);
                    let first_line = first_line.filter(|end| *end < raw.len() && again < AGAIN);
                    let lost = match first_line {
                        Some(end) => broken.more(values(raw.get(blank..end).unwrap_or_default(), header.delimiter)),
                        None if is_of_lines => 1 + memchr::memchr_iter(b'\n', raw.trim_ascii()).count() as u64,
                        None => broken.more(record.len()),
                    };
                    if lost > 0 {
                        parser.damaged_records(lost, || format!("the row at line {number}: {reason}"));
                    }
                    if let Some(first_line) = first_line {
                        again += 1;
                        start += at + first_line;
                        line = number + 1;
                        continue 'anew;
                    }
                }
            }
            if parser.is_stopped() {
                return;
            }
        }
    }
}

/// A row that breaks within a value: its lines have together as many values as others have.
struct Broken {
    width: usize,
    /// How many its lines have so far.
    values: Option<usize>,
}

impl Broken {
    /// Takes one more line that is no row; gives how many rows more are broken.
    fn more(&mut self, values: usize) -> u64 {
        // The value that breaks stands on both lines.
        let together = self.values.map(|before| (before + values).saturating_sub(1));
        let goes_on = together.is_some_and(|together| together <= self.width);
        self.values = if goes_on { together } else { Some(values) };
        u64::from(!goes_on)
    }
}

/// How many values a line seems to have.
fn values(line: &[u8], delimiter: u8) -> usize {
    1 + memchr::memchr_iter(delimiter, line).count()
}

/// Gives whether any of its text is no UTF-8.
fn fill(record: &csv::ByteRecord, header: &CsvHeader, cells: &mut Cells) -> bool {
    let mut is_foreign = false;
    for (place, (name, first)) in header.names.iter().zip(&header.firsts).enumerate() {
        let filled = |column: usize| record.get(column).filter(|value| !value.is_empty());
        let others = || header.others.iter().filter(|(of, _)| *of == place).find_map(|(_, column)| filled(*column));
        let text = foreign::utf8(filled(*first).or_else(others).unwrap_or_default());
        is_foreign |= matches!(text, Cow::Owned(_));
        cells.push(name, &text, Kind::Scalar);
    }
    is_foreign
}

#[cfg(test)]
mod tests;
