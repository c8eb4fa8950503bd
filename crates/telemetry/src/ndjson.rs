//! NDJSON: events one a line, in any of the shapes, read in blocks that end with a line.

use std::io::{self, Read};

use crate::read::Parser;
use crate::rows::Rows;

/// How much is handed to a parser at once, and how long one line may be.
const BLOCK: usize = 1 << 20;
const LINE: usize = 8 << 20;

/// Whole lines of a file.
#[derive(Debug, PartialEq, Eq)]
pub struct Lines {
    /// The number of the first one, from 1.
    pub first: u64,
    pub bytes: Vec<u8>,
    /// How many lines came before that are longer than a line may be, and were left out.
    pub overlong: u64,
}

/// Cuts a stream into blocks of whole lines.
pub struct LineBlocks<R> {
    reader: R,
    next_line: u64,
    rest: Vec<u8>,
    is_done: bool,
}

impl<R: Read> LineBlocks<R> {
    pub fn new(reader: R) -> Self {
        LineBlocks { reader, next_line: 1, rest: Vec::new(), is_done: false }
    }

    pub fn next(&mut self) -> io::Result<Option<Lines>> {
        let mut bytes = std::mem::take(&mut self.rest);
        let mut overlong = 0;
        while !self.is_done {
            let wanted = BLOCK.saturating_sub(bytes.len()).max(BLOCK / 4);
            bytes.reserve(wanted);
            let read = (&mut self.reader).take(wanted as u64).read_to_end(&mut bytes)?;
            self.is_done = read < wanted;
            if self.is_done {
                break;
            }
            if let Some(end) = memchr::memrchr(b'\n', &bytes) {
                self.rest = bytes.split_off(end + 1);
                break;
            }
            if bytes.len() > LINE {
                bytes.clear();
                overlong += 1;
                self.next_line += 1;
                self.skip_line(&mut bytes)?;
            }
        }
        if bytes.is_empty() && overlong == 0 {
            return Ok(None);
        }
        let first = self.next_line;
        self.next_line += memchr::memchr_iter(b'\n', &bytes).count() as u64;
        Ok(Some(Lines { first, bytes, overlong }))
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
    let ends = memchr::memchr_iter(b'\n', &lines.bytes).chain([lines.bytes.len()]);
    for (number, end) in (lines.first..).zip(ends) {
        let line = lines.bytes.get(start..end).unwrap_or_default();
        start = end + 1;
        let text = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii();
        if !text.is_empty() {
            let record = i64::try_from(number).unwrap_or(i64::MAX);
            match parser.read_record(text, rows) {
                Ok(()) => parser.accept(number, record, || None),
                Err(reason) => parser.damaged_record(|| format!("line {number}: {reason}")),
            }
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
