//! Cutting: a stream taken apart into blocks of whole records, whatever lies between them.

pub mod ends;
pub mod json;
pub mod line;
pub mod scan;
pub mod syslog;
pub mod wrapping;
pub mod xml;

use std::io::{self, Read};
use std::sync::Arc;

use crate::framed::Framed;
use crate::read::Parser;
use crate::rows::{Header, Rows};

/// How much is handed to a parser at once, and how long one record may be.
pub const BLOCK: usize = 1 << 20;
pub const RECORD: usize = 8 << 20;

/// Whole records of a file.
#[derive(Debug, Default)]
pub struct Records {
    pub bytes: Vec<u8>,
    pub spans: Vec<Span>,
    /// How many records between these are broken or too long, and what is wrong with the first.
    pub damaged: u64,
    pub reason: Option<String>,
    /// The names of the values, where records are lists of them.
    pub header: Option<Arc<Header>>,
}

/// Where a record stands in the block, and its number in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub start: usize,
    pub end: usize,
    /// The line on which it begins; of several on one line the later ones count on.
    pub number: u64,
}

impl Records {
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty() && self.damaged == 0
    }

    fn damage(&mut self, reason: impl FnOnce() -> String) {
        self.damaged += 1;
        self.reason.get_or_insert_with(reason);
    }
}

/// Cuts a stream.
pub trait Cutter {
    /// The next block; `None` at the end.
    fn next(&mut self) -> io::Result<Option<Records>>;

    /// What the file says of itself that a reader must know.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }

    /// What is missing at the end, though no record is damaged.
    fn unfinished(&self) -> Option<&'static str> {
        None
    }
}

/// What is read and not yet handed on.
struct Window<R> {
    reader: R,
    bytes: Vec<u8>,
    is_done: bool,
}

impl<R: Read> Window<R> {
    fn new(reader: R) -> Self {
        Window { reader, bytes: Vec::new(), is_done: false }
    }

    /// Reads on, at most a block.
    fn fill(&mut self) -> io::Result<()> {
        let wanted = BLOCK.saturating_sub(self.bytes.len()).max(BLOCK / 4);
        self.bytes.reserve(wanted);
        let read = (&mut self.reader).take(wanted as u64).read_to_end(&mut self.bytes)?;
        self.is_done = read < wanted;
        Ok(())
    }

    fn from(&self, at: usize) -> &[u8] {
        self.bytes.get(at..).unwrap_or_default()
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }
}

/// Numbers records by their lines, each once.
#[derive(Debug, Default)]
struct Numbers(u64);

impl Numbers {
    fn of_line(&mut self, line: u64) -> u64 {
        self.0 = line.max(self.0 + 1);
        self.0
    }
}

/// How many lines of text before the first record are passed over, and how long they may be.
const BEFORE: usize = 16;
const BEFORE_LENGTH: usize = 4 << 10;

/// How much text stands before the line with which records of JSON or XML begin; nothing where the first line is one, or none is.
pub fn preamble(text: &[u8]) -> usize {
    if matches!(without_separators(text).first(), None | Some(b'{' | b'[' | b'<')) {
        return 0;
    }
    let mut at = 0;
    for _ in 0..BEFORE {
        let rest = text.get(at..).unwrap_or_default();
        let line = without_separators(rest);
        if count_line(line).is_some() || line.starts_with(b"<") || begins_as_json(line) {
            return at;
        }
        let Some(end) = memchr::memchr(b'\n', rest).filter(|end| at + end < BEFORE_LENGTH) else { return 0 };
        at += end + 1;
    }
    0
}

/// Whether a list or an object that is none of a language's begins here.
fn begins_as_json(text: &[u8]) -> bool {
    let inner = |open: &[u8]| Some(without_separators(text.strip_prefix(open)?));
    let in_object = inner(b"{").is_some_and(|inner| matches!(inner.first(), None | Some(b'"' | b'}')));
    in_object || inner(b"[").is_some_and(|inner| matches!(inner.first(), None | Some(b'{' | b'[' | b']')))
}

/// A text without white space and the characters that separate records before it.
pub fn without_separators(text: &[u8]) -> &[u8] {
    let length = text.iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == SEPARATOR).count();
    text.get(length..).unwrap_or_default()
}

/// What stands before each record of a sequence of JSON texts.
pub const SEPARATOR: u8 = 0x1e;

/// What follows a line `Record 1`, which evtx_dump writes before each record.
pub fn without_count(text: &[u8]) -> &[u8] {
    count_line(text).and_then(|length| text.get(length..)).unwrap_or(text)
}

/// How long such a line may be.
const COUNT_LINE: usize = 32;

/// How long the line `Record 1` at the beginning of a text is.
fn count_line(text: &[u8]) -> Option<usize> {
    let number = text.strip_prefix(b"Record ")?;
    let digits = number.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = number.get(digits..)?;
    let end = rest.strip_prefix(b"\r").unwrap_or(rest);
    (digits > 0 && end.first() == Some(&b'\n')).then(|| text.len() - end.len() + 1)
}

fn lines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// How the records of a block are spelt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    Json,
    Xml,
}

/// Parses the records of a block.
pub fn parse(records: &Records, spelling: Spelling, rows: &Rows, parser: &mut Parser<'_>) {
    if records.damaged > 0 {
        parser.damaged_records(records.damaged, || records.reason.clone().unwrap_or_default());
    }
    for span in &records.spans {
        let bytes = records.bytes.get(span.start..span.end).unwrap_or_default();
        let outcome = match (spelling, &records.header) {
            (Spelling::Xml, _) => parser.read_xml(bytes),
            (Spelling::Json, Some(header)) => parser.read_values(bytes, header, rows),
            (Spelling::Json, None) => parser.read_record(Framed::alone(bytes), rows),
        };
        match outcome {
            Ok(()) => parser.accept(span.number, i64::try_from(span.number).unwrap_or(i64::MAX), || None),
            Err(reason) => parser.damaged_record(|| format!("the record at line {}: {reason}", span.number)),
        }
        if parser.is_stopped() {
            return;
        }
    }
}
