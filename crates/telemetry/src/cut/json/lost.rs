//! A place in what is broken: the next one is sought where a record begins as others do.

use std::io::Read;

use super::{JsonRecords, State, Within};
use crate::cut::{Records, lines};

/// How long a key may be.
pub const KEY: usize = 1 << 10;
/// How many ways of records to begin are remembered.
const FIRST_KEYS: usize = 16;

impl<R: Read> JsonRecords<R> {
    pub(super) fn learn(&mut self, start: usize) {
        let Some(key) = first_key(self.window.from(start)) else { return };
        if self.first_keys.len() < FIRST_KEYS && !self.first_keys.iter().any(|known| known == key) {
            self.first_keys.push(key.to_vec());
        }
    }

    pub(super) fn lose(&mut self, block: &mut Records) -> bool {
        let line = self.line;
        block.damage(|| format!("line {line}: what stands around the records is broken"));
        self.state = State::Lost;
        self.at += 1;
        true
    }

    /// Looks for the next place where a record begins: at a brace that follows no colon, with the key that others begin with.
    pub(super) fn find(&mut self) -> bool {
        let open = if self.has_lists() { b'[' } else { b'{' };
        loop {
            let rest = self.window.from(self.at);
            let Some(found) = memchr::memchr(open, rest) else {
                self.line += lines(rest);
                self.at = self.window.bytes.len();
                return false;
            };
            self.line += lines(rest.get(..found).unwrap_or_default());
            self.at += found;
            let before = self.window.bytes.get(..self.at).unwrap_or_default();
            let last = before.iter().rev().take(KEY).find(|byte| !matches!(byte, b' ' | b'\t' | b'\r'));
            // Where the window begins here, nothing is known of what was before.
            let may_begin = last.is_none_or(|byte| b",[]}\n\x1e".contains(byte));
            let rest = self.window.from(self.at);
            if may_begin {
                let is_cut = rest.len() < KEY && !self.window.is_done;
                if is_cut {
                    return false;
                }
                let key = first_key(rest);
                let is_known =
                    |key: &[u8]| self.first_keys.is_empty() || self.first_keys.iter().any(|known| known == key);
                if self.has_lists() || key.is_some_and(is_known) {
                    // What stands around records does not matter any more: they are found without it.
                    while matches!(self.within.last(), Some(Within::Object(..))) {
                        self.within.pop();
                    }
                    if self.within.is_empty() && !self.wrapping.is_empty() {
                        self.within.push(Within::List(self.wrapping.len()));
                    }
                    self.state = State::Between;
                    return true;
                }
            }
            self.at += 1;
        }
    }
}

/// The first key of an object.
fn first_key(text: &[u8]) -> Option<&[u8]> {
    let text = text.get(..KEY.min(text.len()))?;
    let key = text.strip_prefix(b"{")?.trim_ascii_start().strip_prefix(b"\"")?;
    key.get(..memchr::memchr(b'"', key)?)
}
