//! XML: the elements `<Event>` of a file, whatever stands between and around them.

use std::io::{self, Read};

use memchr::memmem;

use super::{BLOCK, Cutter, Numbers, RECORD, Records, Span, Window, lines};

/// How long the prefix of a name space may be.
const PREFIX: usize = 32;
/// How long the beginning of an event may be: `<`, a prefix, `:Event`.
const LONGEST: usize = PREFIX + 7;

/// How the element `Event` begins and ends in a file, which may give it the prefix of its name space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    open: Vec<u8>,
    close: Vec<u8>,
}

impl Names {
    /// Of the first such element in a text.
    pub fn of(text: &[u8]) -> Option<Names> {
        let is_end = |at: usize| matches!(text.get(at), Some(b'>' | b' ' | b'\t' | b'\r' | b'\n'));
        memmem::find_iter(text, b"Event").filter(|at| is_end(at + 5)).find_map(|at| {
            let before = text.get(at.saturating_sub(PREFIX + 2)..at)?;
            let prefix = before.get(memchr::memrchr(b'<', before)? + 1..)?;
            let is_name = |name: &[u8]| {
                !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(byte))
            };
            let is_prefix = prefix.is_empty() || prefix.strip_suffix(b":").is_some_and(is_name);
            is_prefix.then(|| Names::with(prefix))
        })
    }

    /// Where the next of the elements begins.
    fn opens(&self, text: &[u8]) -> Option<usize> {
        memmem::find_iter(text, &self.open)
            .find(|at| matches!(text.get(at + self.open.len()), Some(b'>' | b' ' | b'\t' | b'\r' | b'\n')))
    }

    /// The place behind the next end of one.
    fn closes(&self, text: &[u8]) -> Option<usize> {
        memmem::find(text, &self.close).map(|at| at + self.close.len())
    }

    fn with(prefix: &[u8]) -> Names {
        Names { open: [b"<", prefix, b"Event"].concat(), close: [b"</", prefix, b"Event>"].concat() }
    }
}

/// Cuts XML into events.
pub struct XmlRecords<R> {
    window: Window<R>,
    at: usize,
    line: u64,
    numbers: Numbers,
    /// The event that begins at the place is too long to be kept.
    is_overlong: bool,
    names: Names,
    /// The first event was met, whose names those are.
    is_known: bool,
}

impl<R: Read> XmlRecords<R> {
    pub fn new(reader: R) -> Self {
        XmlRecords {
            window: Window::new(reader),
            at: 0,
            line: 1,
            numbers: Numbers::default(),
            is_overlong: false,
            names: Names::with(b""),
            is_known: false,
        }
    }

    /// Takes the events up to the first that does not end within the window.
    fn advance(&mut self, block: &mut Records) {
        if !self.is_known
            && let Some(names) = Names::of(self.window.from(self.at))
        {
            (self.names, self.is_known) = (names, true);
        }
        // Countless events may begin before one ends.
        let mut next_end = None;
        loop {
            if self.is_overlong {
                let Some(end) = self.names.closes(self.window.from(self.at)) else {
                    // The end itself may lie across the reads.
                    self.move_to(self.window.bytes.len().saturating_sub(self.names.close.len()).max(self.at));
                    return;
                };
                self.move_to(self.at + end);
                self.is_overlong = false;
            }
            let Some(start) = self.opens() else {
                self.move_to(self.window.bytes.len().saturating_sub(LONGEST).max(self.at));
                return;
            };
            self.move_to(self.at + start);
            let find = || self.names.closes(self.window.from(self.at)).map(|end| self.at + end);
            next_end = next_end.filter(|end| *end > self.at).or_else(find);
            let Some(end) = next_end else { return };
            // An event within another is one that follows another without an end.
            let behind = self.at + self.names.open.len();
            let inner = self.window.bytes.get(behind..end).and_then(|text| self.names.opens(text));
            if let Some(inner) = inner {
                self.broken(block);
                self.move_to(behind + inner);
                continue;
            }
            let number = self.numbers.of_line(self.line);
            block.spans.push(Span { start: self.at, end, number });
            self.move_to(end);
        }
    }

    /// Where the next event begins. Files that were put together may spell them differently.
    fn opens(&mut self) -> Option<usize> {
        let text = self.window.from(self.at);
        let start = self.names.opens(text);
        if start.is_some() {
            return start;
        }
        self.names = Names::of(text)?;
        self.names.opens(text)
    }

    fn broken(&self, block: &mut Records) {
        let line = self.line;
        block.damage(|| format!("the event at line {line} does not end"));
    }

    fn move_to(&mut self, place: usize) {
        self.line += lines(self.window.bytes.get(self.at..place).unwrap_or_default());
        self.at = place;
    }
}

impl<R: Read> Cutter for XmlRecords<R> {
    fn next(&mut self) -> io::Result<Option<Records>> {
        let mut block = Records::default();
        loop {
            self.advance(&mut block);
            if !block.spans.is_empty() && self.window.bytes.len() >= BLOCK {
                break;
            }
            if self.window.is_done {
                if self.names.opens(self.window.from(self.at)) == Some(0) && !self.is_overlong {
                    self.broken(&mut block);
                    // Behind it another may have begun that is as little whole.
                    self.move_to(self.window.bytes.len());
                }
                break;
            }
            if block.spans.is_empty() {
                self.window.bytes.drain(..self.at);
                self.at = 0;
                if self.window.bytes.len() > RECORD {
                    let line = self.line;
                    block.damage(|| format!("the event at line {line} is longer than {} MiB", RECORD >> 20));
                    self.is_overlong = true;
                }
            }
            self.window.fill()?;
        }
        if block.is_empty() {
            return Ok(None);
        }
        let rest = self.window.bytes.split_off(self.at);
        block.bytes = std::mem::replace(&mut self.window.bytes, rest);
        self.at = 0;
        Ok(Some(block))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> (Vec<(u64, String)>, u64) {
        let mut cutter = XmlRecords::new(text.as_bytes());
        let (mut records, mut damaged) = (Vec::new(), 0);
        while let Some(block) = cutter.next().unwrap() {
            damaged += block.damaged;
            let text = |span: &Span| String::from_utf8_lossy(&block.bytes[span.start..span.end]).into_owned();
            records.extend(block.spans.iter().map(|span| (span.number, text(span))));
        }
        (records, damaged)
    }

    #[test]
    fn events_are_found_with_and_without_a_root() {
        let event = "<Event xmlns='x'><System><EventID>1</EventID></System><EventData>\n</EventData></Event>";
        for (before, between, after) in
            [("", "", ""), ("<?xml version=\"1.0\"?>\n<Events>\n", "\n", "\n</Events>"), ("", "\r\n", "")]
        {
            let (records, damaged) = cut(&format!("{before}{event}{between}{event}{after}"));
            assert_eq!((records.len(), damaged), (2, 0));
            assert!(records.iter().all(|(_, text)| text == event));
            assert_eq!(records[0].0, 1 + before.matches('\n').count() as u64);
        }
    }

    #[test]
    fn events_may_have_the_prefix_of_a_name_space() {
        let event = "<w:Event><w:System><w:EventID>1</w:EventID></w:System></w:Event>";
        let (records, damaged) = cut(&format!("<w:Events xmlns:w='x'>\n{event}\n<Event/>{event}</w:Events>"));
        assert_eq!((records.len(), damaged, records[1].1.as_str()), (2, 0, event));
        assert_eq!(Names::of(b"<Events><x Event ><a:b:Event><:Event>"), None);
    }

    #[test]
    fn countless_events_without_an_end_cost_no_more_than_their_length() {
        let (records, damaged) = cut(&format!("{}{}</Event>", "<Event>".repeat(100_000), " ".repeat(200_000)));
        assert_eq!((records.len(), damaged), (1, 99_999));
    }

    #[test]
    fn an_event_without_an_end_is_counted_and_the_next_one_read() {
        let (records, damaged) = cut("<Event><System>\n<Event>a</Event><Event>b</Event><Event>c</Ev");
        let wanted = [(2, "<Event>a</Event>".to_owned()), (3, "<Event>b</Event>".to_owned())];
        assert_eq!((records.as_slice(), damaged), (&wanted[..], 2));
        let long = format!("<Event>{}</Event><Event>b</Event>", "x".repeat(3 * RECORD));
        let (records, damaged) = cut(&long);
        assert_eq!((records.len(), damaged), (1, 1));
    }
}
