//! What stands around the records: keys of objects that lead to them, and values that are passed over or tell of their table.

use std::io::Read;
use std::sync::Arc;

use super::super::scan::Outcome;
use super::super::wrapping;
use super::lost::KEY;
use super::{JsonRecords, State, Within};
use crate::cut::Records;
use crate::rows::Header;

/// How much of a value is kept beside the records.
const KEPT: usize = 4 << 20;

/// What a key says of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    LeadsOn,
    Name,
    Columns,
    Total,
    TimedOut,
    Shards,
    Other,
}

impl<R: Read> JsonRecords<R> {
    pub(super) fn key(&mut self, start: usize, block: &mut Records) -> bool {
        match self.scan.run(&self.window.bytes, self.at) {
            Outcome::Done(end) if end - start <= KEY => {
                let key = self.window.bytes.get(start + 1..end - 1).unwrap_or_default();
                self.state = State::Value(self.meaning(key));
                self.at = end;
                true
            }
            Outcome::More if self.window.bytes.len() - start <= KEY => {
                self.at = self.window.bytes.len();
                false
            }
            _ => self.lose(block),
        }
    }

    fn meaning(&self, key: &[u8]) -> Key {
        let Some(Within::Object(level, _)) = self.within.last() else { return Key::Other };
        match key {
            key if self.wrapping.get(*level).is_some_and(|wanted| wanted.as_bytes() == key) => Key::LeadsOn,
            b"name" if self.wrapping == wrapping::TABLES && *level == 1 => Key::Name,
            b"columns" if self.has_lists() && *level + 1 == self.wrapping.len() => Key::Columns,
            b"total" if self.wrapping == wrapping::HITS && *level == 1 => Key::Total,
            b"timed_out" if self.wrapping == wrapping::HITS && *level == 0 => Key::TimedOut,
            b"_shards" if self.wrapping == wrapping::HITS && *level == 0 => Key::Shards,
            _ => Key::Other,
        }
    }

    pub(super) fn value(&mut self, key: Key, block: &mut Records) -> bool {
        let Some(byte) = self.window.byte(self.at) else { return false };
        match (byte, key, self.within.last_mut()) {
            (b' ' | b'\t' | b'\r' | b':', ..) => self.at += 1,
            (b'\n', ..) => {
                self.line += 1;
                self.at += 1;
            }
            (b'[', Key::LeadsOn, Some(Within::Object(level, is_met))) => {
                *is_met = true;
                let inner = Within::List(*level + 1);
                self.state = State::Between;
                self.enter(inner);
            }
            (b'{', Key::LeadsOn, Some(Within::Object(level, is_met))) if *level + 1 < self.wrapping.len() => {
                *is_met = true;
                let inner = Within::Object(*level + 1, false);
                self.state = State::Between;
                self.enter(inner);
            }
            (b',' | b'}' | b']', ..) => return self.lose(block),
            _ => {
                self.scan.clear();
                self.start_line = self.line;
                self.state = State::Skipped((key != Key::Other).then_some((key, self.at)));
            }
        }
        true
    }

    pub(super) fn skipped(&mut self, kept: Option<(Key, usize)>, block: &mut Records) -> bool {
        match self.scan.run(&self.window.bytes, self.at) {
            Outcome::Done(end) => {
                self.line = self.start_line + self.scan.lines;
                self.at = end;
                self.state = State::Between;
                if let Some((key, start)) = kept {
                    let json = self.window.bytes.get(start..end).unwrap_or_default();
                    match key {
                        Key::Name => self.name = serde_json::from_slice(json).ok(),
                        Key::Total => self.answer.set_total(json),
                        Key::TimedOut => self.answer.set_timed_out(json),
                        Key::Shards => self.answer.set_shards(json),
                        Key::LeadsOn | Key::Other => {}
                        Key::Columns => self.header = Header::of_columns(json, self.name.as_deref()).map(Arc::new),
                    }
                }
                true
            }
            Outcome::More if kept.is_none_or(|(_, start)| self.window.bytes.len() - start <= KEPT) => {
                self.at = self.window.bytes.len();
                false
            }
            _ => self.lose(block),
        }
    }
}
