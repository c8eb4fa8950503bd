//! JSON however it is cut: lists, also within objects, objects one after another with or without space between, pretty or not.
//!
//! The cutter follows the structure and knows nothing of what records say. Where the structure breaks, it looks for the next
//! place that begins as records here begin, so that one broken record costs no other.

mod answer;
mod around;
mod lost;

use std::io::{self, Read};
use std::sync::Arc;

use self::answer::Answer;
use self::around::Key;
use super::scan::{Outcome, Scan};
use super::wrapping::{self, Wrapping};
use super::{
    BLOCK, COUNT_LINE, Cutter, Numbers, RECORD, Records, SEPARATOR, Span, Window, count_line, lines, preamble,
};
use crate::rows::Header;

/// How much may be scanned again for the sake of broken records, beside as much as there is.
const AGAIN: u64 = 64 << 20;

/// Cuts JSON into records.
pub struct JsonRecords<R> {
    window: Window<R>,
    wrapping: Wrapping,
    /// What the place lies in, from the outermost.
    within: Vec<Within>,
    state: State,
    scan: Scan,
    at: usize,
    /// The line of the place, and of the beginning of what is scanned.
    line: u64,
    start_line: u64,
    numbers: Numbers,
    /// The first keys of records so far: others begin like them.
    first_keys: Vec<Vec<u8>>,
    scanned_again: u64,
    scanned: u64,
    name: Option<String>,
    header: Option<Arc<Header>>,
    answer: Answer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    /// A list of objects that lead on, or of records, by how many keys led there.
    List(usize),
    /// An object in which the key of this place leads on, and whether it was met.
    Object(usize, bool),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before all records, where text may stand.
    Before,
    Between,
    /// Within a record that begins here.
    Record(usize),
    /// Within a record that is too long to be kept.
    Overlong,
    /// Within a key that begins here.
    Key(usize),
    /// Behind a key.
    Value(Key),
    /// Within a value that begins here and is kept for its key, or is not.
    Skipped(Option<(Key, usize)>),
    /// After something broken.
    Lost,
}

impl<R: Read> JsonRecords<R> {
    pub fn new(reader: R, wrapping: Wrapping) -> Self {
        JsonRecords {
            window: Window::new(reader),
            wrapping,
            within: Vec::new(),
            state: State::Before,
            scan: Scan::default(),
            at: 0,
            line: 1,
            start_line: 1,
            numbers: Numbers::default(),
            first_keys: Vec::new(),
            scanned_again: 0,
            scanned: 0,
            name: None,
            header: None,
            answer: Answer::default(),
        }
    }

    /// The first byte of what must stay in the window.
    fn kept_from(&self) -> usize {
        match self.state {
            State::Record(start) | State::Key(start) | State::Skipped(Some((_, start))) => start,
            _ => self.at,
        }
    }

    fn shift(&mut self, by: usize) {
        self.at -= by;
        match &mut self.state {
            State::Record(start) | State::Key(start) | State::Skipped(Some((_, start))) => *start -= by,
            _ => {}
        }
    }

    /// Goes on until the bytes of the window end, or the names of the values change.
    fn advance(&mut self, block: &mut Records) {
        while self.at < self.window.bytes.len() {
            let header_was = self.header.as_ref().map(Arc::as_ptr);
            let goes_on = match self.state {
                State::Before => self.before(block),
                State::Between => self.between(block),
                State::Record(start) => self.record(start, block),
                State::Overlong => self.overlong(block),
                State::Key(start) => self.key(start, block),
                State::Value(key) => self.value(key, block),
                State::Skipped(kept) => self.skipped(kept, block),
                State::Lost => self.find(),
            };
            let is_new = self.header.as_ref().map(Arc::as_ptr) != header_was;
            if is_new && block.spans.is_empty() {
                block.header.clone_from(&self.header);
            }
            if !goes_on || is_new && !block.spans.is_empty() {
                return;
            }
        }
    }

    /// Passes over text before the first record. It may be the end of a record whose beginning is gone.
    fn before(&mut self, block: &mut Records) -> bool {
        let length = preamble(self.window.from(self.at));
        let text = self.window.bytes.get(self.at..self.at + length).unwrap_or_default();
        if memchr::memchr3(b'{', b'}', b'"', text).is_some() {
            block.damage(|| "line 1: what is before the first record is the end of one, or is broken".to_owned());
        }
        self.line += lines(text);
        self.at += length;
        self.state = State::Between;
        true
    }

    /// Between records, or between the keys of an object that leads to them. Gives whether it can go on.
    fn between(&mut self, block: &mut Records) -> bool {
        let Some(byte) = self.window.byte(self.at) else { return false };
        let within = self.within.last().copied();
        match (byte, within) {
            // A stream of records may separate them with the character that is meant for it.
            (b' ' | b'\t' | b'\r' | b',' | SEPARATOR, _) => self.at += 1,
            (b'\n', _) => {
                self.line += 1;
                self.at += 1;
            }
            (b'{', Some(Within::List(level))) if level < self.wrapping.len() => {
                self.enter(Within::Object(level, false))
            }
            (b'{', None) if !self.wrapping.is_empty() => self.enter(Within::Object(0, false)),
            (b'{', None | Some(Within::List(_))) => self.begin(),
            (b'[', Some(Within::List(level))) if level == self.wrapping.len() && self.has_lists() => self.begin(),
            (b'[', None) => self.enter(Within::List(0)),
            (b']', Some(Within::List(_))) => self.leave(),
            (b'R', None) if count_line(self.window.from(self.at)).is_some() => {
                self.at += count_line(self.window.from(self.at)).unwrap_or(1);
                self.line += 1;
            }
            (b'R', None) if self.window.from(self.at).len() < COUNT_LINE && !self.window.is_done => return false,
            (b'"', Some(Within::Object(..))) => {
                self.scan.clear();
                self.start_line = self.line;
                self.state = State::Key(self.at);
            }
            (b'}', Some(Within::Object(_, is_met))) => {
                if !is_met {
                    let (line, key) = (self.line, self.wrapping.first().copied().unwrap_or_default());
                    block.damage(|| format!("the object that ends at line {line} holds no list {key:?}"));
                }
                self.leave();
            }
            _ => {
                let line = self.line;
                block.damage(|| format!("line {line}: neither a record nor the end of a list"));
                self.at += 1;
                self.state = State::Lost;
            }
        }
        true
    }

    /// Records are lists of values, whose names stand before them.
    fn has_lists(&self) -> bool {
        self.wrapping == wrapping::TABLES || self.wrapping == wrapping::ANSWER
    }

    fn enter(&mut self, within: Within) {
        self.within.push(within);
        self.at += 1;
    }

    fn leave(&mut self) {
        self.within.pop();
        self.at += 1;
    }

    fn begin(&mut self) {
        self.scan.clear();
        self.answer.hits += 1;
        self.start_line = self.line;
        self.state = State::Record(self.at);
    }

    fn record(&mut self, start: usize, block: &mut Records) -> bool {
        match self.scan.run(&self.window.bytes, self.at) {
            Outcome::Done(end) => {
                self.line = self.start_line + self.scan.lines;
                self.scanned += (end - start) as u64;
                if end - start > RECORD {
                    self.too_long(block);
                } else {
                    block.spans.push(Span { start, end, number: self.numbers.of_line(self.start_line) });
                    self.learn(start);
                }
                self.at = end;
                self.state = State::Between;
            }
            Outcome::Broken(found) => {
                let line = self.start_line;
                block.damage(|| format!("the record at line {line} is broken"));
                self.scanned_again += (found - start) as u64;
                self.state = State::Lost;
                if self.scanned_again > AGAIN + self.scanned {
                    self.line = self.start_line + self.scan.lines;
                    self.at = found.max(start + 1);
                } else {
                    self.line = self.start_line;
                    self.at = start + 1;
                }
            }
            Outcome::More => {
                self.at = self.window.bytes.len();
                if self.at - start > RECORD {
                    self.too_long(block);
                    self.state = State::Overlong;
                }
                return false;
            }
        }
        true
    }

    fn too_long(&mut self, block: &mut Records) {
        let line = self.start_line;
        block.damage(|| format!("the record at line {line} is longer than {} MiB", RECORD >> 20));
    }

    fn overlong(&mut self, _: &mut Records) -> bool {
        match self.scan.run(&self.window.bytes, self.at) {
            Outcome::Done(end) => (self.at, self.state) = (end, State::Between),
            Outcome::Broken(found) => (self.at, self.state) = (found + 1, State::Lost),
            Outcome::More => self.at = self.window.bytes.len(),
        }
        self.line = self.start_line + self.scan.lines;
        true
    }
}

impl<R: Read> Cutter for JsonRecords<R> {
    fn next(&mut self) -> io::Result<Option<Records>> {
        let mut block = Records { header: self.header.clone(), ..Records::default() };
        loop {
            self.advance(&mut block);
            let is_at_end = self.at >= self.window.bytes.len();
            let is_changed = self.header.as_ref().map(Arc::as_ptr) != block.header.as_ref().map(Arc::as_ptr);
            if is_changed || !block.spans.is_empty() && self.window.bytes.len() >= BLOCK {
                break;
            }
            if self.window.is_done && is_at_end {
                if matches!(self.state, State::Before | State::Between | State::Lost | State::Overlong) {
                    break;
                }
                let line = self.start_line;
                block.damage(|| format!("the file ends within the record at line {line}"));
                // The record may have swallowed others.
                let start = self.kept_from();
                self.scanned_again += (self.at - start) as u64;
                if !self.first_keys.is_empty() && self.scanned_again <= AGAIN + self.scanned {
                    self.at = self.window.bytes.len().min(start + 1);
                }
                self.line = self.start_line;
                self.state = State::Lost;
                continue;
            }
            if block.spans.is_empty() {
                let kept = self.kept_from();
                self.window.bytes.drain(..kept);
                self.shift(kept);
            }
            self.window.fill()?;
        }
        if block.is_empty() {
            return Ok(None);
        }
        let kept = self.kept_from();
        let rest = self.window.bytes.split_off(kept);
        block.bytes = std::mem::replace(&mut self.window.bytes, rest);
        self.shift(kept);
        Ok(Some(block))
    }

    fn remarks(&self) -> Vec<String> {
        self.answer.remarks()
    }

    fn unfinished(&self) -> Option<&'static str> {
        (!self.within.is_empty() && self.state != State::Lost)
            .then_some("it ends within a list: the file was cut short")
    }
}

#[cfg(test)]
mod tests;
