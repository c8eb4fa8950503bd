//! A line that is not one object of JSON: several behind one another or in a list, and text between them that is none.

use std::ops::Range;

use super::scan::{Outcome, Scan};
use super::{syslog, without_separators};

/// How often all of a line may be scanned for the sake of broken objects.
const AGAIN: usize = 4;

/// What a line is made of, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Object(Range<usize>),
    /// Neither an object nor what separates them.
    Text(Range<usize>),
}

/// Takes a line apart.
pub struct Parts<'t> {
    line: &'t [u8],
    at: usize,
    /// How the first object begins: an object that breaks off may have swallowed others that begin like it.
    begin: Option<&'t [u8]>,
    scanned: usize,
}

impl<'t> Parts<'t> {
    pub fn new(line: &'t [u8]) -> Self {
        Parts { line, at: 0, begin: None, scanned: 0 }
    }

    fn rest(&self) -> &'t [u8] {
        self.line.get(self.at..).unwrap_or_default()
    }

    /// Where the next object begins behind one that is broken.
    fn after_broken(&self) -> usize {
        let behind = self.at + 1;
        let rest = self.line.get(behind..).unwrap_or_default();
        let next = self.begin.filter(|_| self.scanned < AGAIN * self.line.len());
        let found = next.and_then(|begin| memchr::memmem::find(rest, begin));
        found.map_or(self.line.len(), |found| behind + found)
    }
}

impl Iterator for Parts<'_> {
    type Item = Part;

    fn next(&mut self) -> Option<Part> {
        let is_between = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b'[' | b']' | 0x1e);
        self.at += self.rest().iter().take_while(is_between).count();
        let start = self.at;
        let first = self.rest().first()?;
        if *first != b'{' {
            self.at = memchr::memchr(b'{', self.rest()).map_or(self.line.len(), |found| start + found);
            return Some(Part::Text(start..self.at));
        }
        if self.begin.is_none() {
            self.begin = begin(self.rest());
        }
        Some(match Scan::default().run(self.line, start) {
            Outcome::Done(end) => {
                self.at = end;
                Part::Object(start..end)
            }
            outcome => {
                self.scanned += if let Outcome::Broken(at) = outcome { at - start } else { self.line.len() - start };
                self.at = self.after_broken();
                Part::Text(start..self.at)
            }
        })
    }
}

/// How many lines one record may take.
const LINES: usize = 256;

/// Behind the last line after which another record seems to begin, so that none is cut that goes on over several lines; where none does,
/// behind the last line.
pub fn record_end(text: &[u8]) -> Option<usize> {
    let ends = memchr::memrchr_iter(b'\n', text).take(LINES);
    let begins = |end: &usize| text.get(end + 1..).is_some_and(begins_record);
    ends.clone().find(begins).or_else(|| ends.take(1).next())
}

/// How long the record at the beginning of a text is that does not end with its first line, and the record, if it ends with a line at all. Else
/// what is left of it: the lines up to the next that begins a record.
pub fn over_lines(text: &[u8], first: usize) -> (usize, Option<&[u8]>) {
    let line = text.get(..first).unwrap_or_default();
    let open = line.iter().take_while(|byte| **byte != b'{').count();
    let mut scan = Scan::default();
    if begins_record(without_separators(line)) && scan.run(line, open) == Outcome::More {
        let mut end = first;
        for _ in 0..LINES {
            let next = text.get(end + 1..).unwrap_or_default();
            let bare = without_separators(next);
            let is_further = begins_record(bare) || bare.starts_with(b"[{") || syslog::split(bare).1.is_some();
            if next.is_empty() || is_further {
                return (end, None);
            }
            let before = end;
            end += 1 + memchr::memchr(b'\n', next).unwrap_or(next.len());
            match scan.run(text.get(..end).unwrap_or_default(), before) {
                Outcome::More => {}
                Outcome::Done(place) if text.get(place..end).is_some_and(|rest| rest.trim_ascii().is_empty()) => {
                    return (end, text.get(open..place));
                }
                Outcome::Done(_) | Outcome::Broken(_) => return (end, None),
            }
        }
    }
    (first, None)
}

/// Whether a text begins as an object with a key does.
fn begins_record(text: &[u8]) -> bool {
    let inner = text.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    inner.is_some_and(|inner| inner.first() == Some(&b'"'))
}

/// An object's brace and first key. Within a text their quotes would be escaped.
fn begin(object: &[u8]) -> Option<&[u8]> {
    let open = memchr::memchr(b'"', object)? + 1;
    let is_key = object.get(1..open - 1)?.trim_ascii().is_empty();
    let close = open + memchr::memchr(b'"', object.get(open..)?)? + 1;
    object.get(..close).filter(|_| is_key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(line: &str) -> Vec<&str> {
        let text = |part| match part {
            Part::Object(range) => &line[range],
            Part::Text(range) => line[range].trim_end(),
        };
        Parts::new(line.as_bytes()).map(text).collect()
    }

    #[test]
    fn objects_are_found_whatever_stands_between_them() {
        let (a, b) = (r#"{"a":"}{"}"#, r#"{"a":{"c":[{}]}}"#);
        for line in [format!("{a}{b}"), format!("[{a}, {b}]"), format!("{a},\t{b},"), format!("\u{1e}{a}\u{1e}{b}")] {
            assert_eq!(parts(&line), [a, b], "{line}");
        }
        assert_eq!(parts(&format!("{a} and {b} .")), [a, "and", b, "."]);
        assert_eq!(parts(&format!(r#"{{"a":"x{b}"#)), [r#"{"a":"x"#, b]);
        assert_eq!(parts(r#"{"a":[1,{"b"#), [r#"{"a":[1,{"b"#]);
        assert_eq!(parts("[1,2]"), ["1,2]"]);
    }

    #[test]
    fn a_record_may_go_on_over_lines() {
        let whole = "{\"a\":\"x\n{ y\n\nz\"}";
        let text = format!("{whole}\n{{\"b\":1}}\n");
        assert_eq!(over_lines(text.as_bytes(), 8), (whole.len(), Some(whole.as_bytes())));
        let cut = "{\"a\":\"x\nand on";
        let text = format!("{cut}\n{{\"b\":1}}\n");
        assert_eq!(over_lines(text.as_bytes(), 8), (cut.len(), None));
        assert_eq!(over_lines(b"no record\nnor this", 9), (9, None));
        assert_eq!(record_end(text.as_bytes()), Some(cut.len()));
        assert_eq!((record_end(b"a\nb\nc"), record_end(b"a")), (Some(3), None));
    }

    #[test]
    fn objects_that_never_end_are_given_up() {
        assert!(parts(&r#"{"a":"#.repeat(1_000_000)).len() < 10);
    }
}
