//! XML: the elements `<Event>` of a file, whatever stands between and around them.

use std::io::{self, Read};

use memchr::memmem;

use super::{BLOCK, Cutter, Numbers, RECORD, Records, Span, Window, lines};

const OPEN: &[u8] = b"<Event";
const CLOSE: &[u8] = b"</Event>";

/// Cuts XML into events.
pub struct XmlRecords<R> {
    window: Window<R>,
    at: usize,
    line: u64,
    numbers: Numbers,
    /// The event that begins at the place is too long to be kept.
    is_overlong: bool,
}

impl<R: Read> XmlRecords<R> {
    pub fn new(reader: R) -> Self {
        XmlRecords { window: Window::new(reader), at: 0, line: 1, numbers: Numbers::default(), is_overlong: false }
    }

    /// Takes the events up to the first that does not end within the window.
    fn advance(&mut self, block: &mut Records) {
        // Countless events may begin before one ends.
        let mut next_end = None;
        loop {
            if self.is_overlong {
                let Some(end) = memmem::find(self.window.from(self.at), CLOSE) else {
                    // The end itself may lie across the reads.
                    self.move_to(self.window.bytes.len().saturating_sub(CLOSE.len()).max(self.at));
                    return;
                };
                self.move_to(self.at + end + CLOSE.len());
                self.is_overlong = false;
            }
            let Some(start) = open(self.window.from(self.at)) else {
                self.move_to(self.window.bytes.len().saturating_sub(OPEN.len()).max(self.at));
                return;
            };
            self.move_to(self.at + start);
            let find = || memmem::find(self.window.from(self.at), CLOSE).map(|end| self.at + end + CLOSE.len());
            next_end = next_end.filter(|end| *end > self.at).or_else(find);
            let Some(end) = next_end else { return };
            // An event within another is one that follows another without an end.
            let inner = self.window.bytes.get(self.at + OPEN.len()..end).and_then(open);
            if let Some(inner) = inner {
                self.broken(block);
                self.move_to(self.at + OPEN.len() + inner);
                continue;
            }
            let number = self.numbers.of_line(self.line);
            block.spans.push(Span { start: self.at, end, number });
            self.move_to(end);
        }
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

/// Where an element of this very name begins.
fn open(text: &[u8]) -> Option<usize> {
    memmem::find_iter(text, OPEN)
        .find(|at| matches!(text.get(at + OPEN.len()), Some(b'>' | b' ' | b'\t' | b'\r' | b'\n')))
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
                if open(self.window.from(self.at)) == Some(0) && !self.is_overlong {
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
