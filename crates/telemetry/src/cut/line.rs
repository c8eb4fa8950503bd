//! A line that is not one object of JSON: several behind one another or in a list, and text between them that is none.

use std::ops::Range;

use super::scan::{Outcome, Scan};

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
    fn objects_that_never_end_are_given_up() {
        assert!(parts(&r#"{"a":"#.repeat(1_000_000)).len() < 10);
    }
}
