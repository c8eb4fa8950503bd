//! NDJSON: events one a line, in any of the shapes, read in blocks that end with a line.

use std::io::{self, Read};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::cut::line::{Part, Parts};
use crate::cut::syslog::{self, Header};
use crate::cut::{self, SEPARATOR};
use crate::event::ordinal_of;
use crate::framed::{Frame, Framed};
use crate::read::Parser;
use crate::rows::{Rows, bulk};

/// How much is handed to a parser at once, at first and later, and how long one line may be.
const FIRST: usize = 1 << 16;
const BLOCK: usize = 1 << 20;
const LINE: usize = 8 << 20;
/// How many blocks wait to be used again.
const SPENT: usize = 16;

/// Whole lines of a file.
#[derive(Debug)]
pub struct Lines {
    /// The number of the first one, from 1.
    pub first: u64,
    pub bytes: Vec<u8>,
    /// Where its line ends stand.
    ends: Vec<usize>,
    /// How many lines came before that are longer than a line may be, and were left out.
    pub overlong: u64,
    /// Where the bytes go when they are read.
    spent: Option<Sender<Vec<u8>>>,
}

impl Lines {
    /// The memory that the bytes took.
    pub fn into_memory(mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        // What one long line took is not kept.
        if self.bytes.capacity() <= 2 * BLOCK
            && let Some(spent) = &self.spent
        {
            let _ = spent.try_send(std::mem::take(&mut self.bytes));
        }
    }
}

/// Cuts a stream into blocks of whole lines. Memory is used again, because fresh memory costs as much as reading does.
pub struct LineBlocks<R> {
    reader: R,
    /// How long the next block is to be, and those after it.
    size: usize,
    largest: usize,
    next_line: u64,
    rest: Vec<u8>,
    is_done: bool,
    spent: (Sender<Vec<u8>>, Receiver<Vec<u8>>),
}

impl<R: Read> LineBlocks<R> {
    pub fn new(reader: R) -> Self {
        LineBlocks::of(reader, BLOCK)
    }

    /// Blocks of at most about this length.
    pub fn of(reader: R, largest: usize) -> Self {
        let (rest, spent) = (Vec::new(), bounded(SPENT));
        LineBlocks { reader, size: FIRST, largest, next_line: 1, rest, is_done: false, spent }
    }

    pub fn next(&mut self) -> io::Result<Option<Lines>> {
        let spent = self.spent.1.try_recv().unwrap_or_default();
        let mut lines = self.next_into(spent)?;
        if let Some(lines) = &mut lines {
            lines.spent = Some(self.spent.0.clone());
        }
        Ok(lines)
    }

    /// The next block, in memory that held another one.
    pub fn next_into(&mut self, mut bytes: Vec<u8>) -> io::Result<Option<Lines>> {
        // It still holds what it held, as far as that is not overwritten.
        let mut length = self.rest.len();
        bytes.resize(self.size.max(length), 0);
        if let Some(start) = bytes.get_mut(..length) {
            start.copy_from_slice(&self.rest);
        }
        self.rest.clear();
        let mut overlong = 0;
        while !self.is_done {
            let before = length;
            length = self.size.max(before + self.size / 4);
            bytes.resize(length, 0);
            let read = self.fill(bytes.get_mut(before..).unwrap_or_default())?;
            if before + read < length {
                self.is_done = true;
                length = before + read;
                break;
            }
            if let Some(end) = cut::line::record_end(bytes.get(before..).unwrap_or_default()) {
                length = before + end + 1;
                self.rest.extend_from_slice(bytes.get(length..).unwrap_or_default());
                break;
            }
            if length > LINE {
                overlong += 1;
                self.next_line += 1;
                self.skip_line(&mut bytes)?;
                length = bytes.len();
            }
        }
        bytes.truncate(length);
        self.size = self.largest.min(2 * self.size);
        if bytes.is_empty() && overlong == 0 {
            return Ok(None);
        }
        let first = self.next_line;
        let ends = cut::ends::ends(&bytes);
        self.next_line += ends.len() as u64;
        Ok(Some(Lines { first, bytes, ends, overlong, spent: None }))
    }

    /// Reads as much as there is room for, or to the end.
    fn fill(&mut self, mut room: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while !room.is_empty() {
            match self.reader.read(room) {
                Ok(0) => break,
                Ok(read) => {
                    filled += read;
                    room = room.get_mut(read..).unwrap_or_default();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    /// Reads on to the end of a line that is given up, and leaves what follows it.
    fn skip_line(&mut self, bytes: &mut Vec<u8>) -> io::Result<()> {
        loop {
            bytes.clear();
            let read = (&mut self.reader).take(BLOCK as u64).read_to_end(bytes)?;
            if let Some(end) = memchr::memchr(b'\n', bytes) {
                bytes.drain(..=end);
                return Ok(());
            }
            if read < BLOCK {
                self.is_done = true;
                bytes.clear();
                return Ok(());
            }
        }
    }
}

/// Parses the lines of a block.
pub fn parse(lines: &Lines, rows: &Rows, parser: &mut Parser<'_>) {
    if lines.overlong > 0 {
        parser.damaged_records(lines.overlong, || {
            format!("a line before line {} is longer than {} MiB", lines.first, LINE >> 20)
        });
    }
    let mut start = 0;
    // Up to where the lines are those of a record that was taken, or counted, already.
    let mut taken = 0;
    let frame = Frame::new(&lines.bytes);
    let ends = lines.ends.iter().copied().chain([lines.bytes.len()]);
    for (number, end) in (lines.first..).zip(ends) {
        let begin = std::mem::replace(&mut start, end + 1);
        let line = lines.bytes.get(begin..end).unwrap_or_default();
        let text = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        let text = text.strip_prefix(&[SEPARATOR]).unwrap_or(text).trim_ascii_start();
        let json_end = begin + line.trim_ascii_end().len();
        let text = text.trim_ascii_end();
        if begin < taken || text.is_empty() {
            continue;
        }
        let record = i64::try_from(number).unwrap_or(i64::MAX);
        let (json, header) = syslog::split(text);
        // An action is no event: only as a row it would be read.
        if *rows == Rows::Plain || !bulk::is_action(json) {
            match parser.read_record(frame.record(json_end - json.len()..json_end), rows) {
                Ok(()) => accept(number, record, header.as_ref(), parser),
                Err(_) if bulk::is_action(json) => {}
                Err(reason) => {
                    let rest = lines.bytes.get(begin..).unwrap_or_default();
                    // Line breaks that stand in a text as they are.
                    let (length, whole) = cut::line::over_lines(rest, line.len());
                    taken = begin + length;
                    match whole {
                        Some(whole) if parser.read_record(Framed::alone(whole), rows).is_ok() => {
                            accept(number, record, header.as_ref(), parser);
                        }
                        _ => parse_parts(json, (number, record), header.as_ref(), &reason, rows, parser),
                    }
                }
            }
        }
        if parser.is_stopped() {
            return;
        }
    }
}

fn accept(ordinal: u64, record: i64, header: Option<&Header<'_>>, parser: &mut Parser<'_>) {
    match header {
        None => parser.accept(ordinal, record, || None),
        Some(header) => {
            header.complete(parser.row());
            parser.accept(ordinal, record, || header.time());
        }
    }
}

/// Parses a line that is not one record, and why not: it may hold several.
fn parse_parts(
    line: &[u8],
    (number, record): (u64, i64),
    header: Option<&Header<'_>>,
    reason: &str,
    rows: &Rows,
    parser: &mut Parser<'_>,
) {
    let is_inner = |part: &Part| matches!(part, Part::Object(range) if range.len() < line.len());
    if !Parts::new(line).any(|part| is_inner(&part)) {
        return parser.damaged_record(|| format!("line {number}: {reason}"));
    }
    // Each has a place of its own.
    for (member, part) in (0_u64..).zip(Parts::new(line)) {
        let outcome = match part {
            Part::Object(range) => parser.read_record(Framed::alone(line.get(range).unwrap_or_default()), rows),
            Part::Text(_) => Err("text stands beside its objects".to_owned()),
        };
        match outcome {
            Ok(()) => accept(ordinal_of(number, member), record, header, parser),
            Err(reason) => parser.damaged_record(|| format!("line {number}: {reason}")),
        }
        if parser.is_stopped() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(text: &[u8]) -> Vec<Lines> {
        let mut blocks = LineBlocks::new(text);
        std::iter::from_fn(|| blocks.next().unwrap()).collect()
    }

    #[test]
    fn blocks_end_with_a_line_and_know_their_first_one() {
        let text = "0123456789abcde\n".repeat(100_000);
        let blocks = blocks(text.as_bytes());
        assert_eq!(blocks.iter().map(|block| block.bytes.len()).sum::<usize>(), 1_600_000);
        assert!(blocks.len() > 1);
        for block in &blocks {
            assert!(block.bytes.starts_with(b"0123") && block.bytes.ends_with(b"\n"));
        }
        assert_eq!(blocks[1].first, 1 + blocks[0].bytes.len() as u64 / 16);
    }

    #[test]
    fn memory_that_is_used_again_holds_nothing_of_before() {
        let text: String = (0..300_000).map(|line| format!("{line} {}\n", "x".repeat(line % 97))).collect();
        let mut blocks = LineBlocks::new(text.as_bytes());
        let (mut read, mut places) = (Vec::new(), Vec::new());
        while let Some(block) = blocks.next().unwrap() {
            places.push(block.bytes.as_ptr());
            read.extend_from_slice(&block.bytes);
        }
        assert!(read == text.as_bytes());
        assert!(places.len() > 10);
        let last = places.last();
        assert!(places.iter().rev().take(5).all(|place| Some(place) == last));
    }

    #[test]
    fn overlong_lines_are_left_out_and_counted_and_the_next_one_read() {
        let mut text = vec![b'x'; 3 * LINE];
        text.extend_from_slice(b"\n");
        text.resize(text.len() + 2 * LINE, b'y');
        text.extend_from_slice(b"\n{}\n");
        let blocks = blocks(&text);
        assert_eq!(blocks.iter().map(|block| block.overlong).sum::<u64>(), 2);
        let rest: Vec<u8> = blocks.iter().flat_map(|block| block.bytes.clone()).collect();
        assert_eq!((rest.as_slice(), blocks.last().map(|block| block.first)), (&b"{}\n"[..], Some(3)));
    }
}
