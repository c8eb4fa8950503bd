//! Quick reading of an event's JSON: a line like the one before it costs little more than finding where its texts end.
//!
//! What it takes, it takes as the reader of [`super::read_event`] does; at anything out of the ordinary it gives up, and that
//! one decides. The two share what keys mean ([`super::meaning`]).

mod found;
mod keys;
mod marks;
mod runs;
mod scan;
mod steady;
mod step;
mod unescape;

use self::found::FoundValues;
use self::keys::{KeyId, Keys, PartId, Place};
use self::marks::Marks;
use self::runs::{PassedKey, is_looked_at};
use self::scan::{Scan, Scratch};
use super::Reader;
use super::meaning::Part;
use crate::event::System;
use crate::framed::Framed;
use crate::mend::{may_lose_digits, mend};
use crate::row::shipped::Whose;
use crate::row::{DataField, Row};
use crate::text::Kind;

/// How deep the parts of an event nest.
const DEPTH: usize = 12;

/// Reads event after event, each with what those before it taught. Good for one [`Row`] alone.
#[derive(Default)]
pub struct Quick {
    keys: Keys,
    last: KeyId,
    /// Counts the events.
    event: u64,
    found: FoundValues,
    /// The keys of an event from which runs are learnt.
    passed: Vec<PassedKey>,
    marks: Marks,
    scratch: Scratch,
}

/// What to do with a value, given what is wanted of an event.
#[derive(Debug, Clone, Copy)]
enum Act {
    Skip,
    Into(PartId),
    System { field: System, is_of_beats: bool },
    Time { rank: u8, is_wanted: bool },
    Data { prefix: usize, field: DataField, whose: Whose, is_of_beats: bool },
    Writer,
    Numbered(System),
    NamedProvider,
    Elements,
}

impl Quick {
    /// Whether the record was read; if not, nothing is known of it.
    pub fn read(&mut self, json: Framed<'_>, row: &mut Row, scratch: &mut String) -> bool {
        row.clear();
        self.scratch.tidy();
        self.found.clear();
        self.last = KeyId::START;
        self.event += 1;
        let Some(text) = json.text() else { return false };
        let mut scan = Scan::new(text, json.beyond(), std::mem::take(&mut self.marks));
        scan.space();
        let mut reader = Reader { row, scratch };
        let is_read = scan.eat(b'{').is_some() && self.object(PartId::TOP, 0, &mut scan, &mut reader).is_some();
        let is_done = scan.is_done();
        if is_looked_at(self.event) {
            self.keys.learn_runs(text.as_bytes(), &self.passed);
            self.passed.clear();
        }
        self.marks = scan.into_marks();
        is_read && is_done && row.is_event()
    }

    /// Reads what follows a brace.
    fn object(&mut self, part: PartId, depth: usize, scan: &mut Scan<'_>, to: &mut Reader<'_>) -> Option<()> {
        if depth > DEPTH {
            return None;
        }
        let mut place = Place::first_in(part);
        // The key with which a steady stretch begins that ends here.
        let mut steady = None;
        loop {
            let before = scan.at();
            let told = is_looked_at(self.event).then_some(&mut self.passed);
            let passed = self.keys.pass(&mut self.last, &mut place, scan, &mut self.found, told);
            let start = scan.at();
            if start != before {
                steady = None;
                self.take_found(scan, to)?;
            }
            let foreseen = match passed {
                Some(id) => self.keys.get(id).map(|key| (id, key)),
                None => self.keys.foresee(self.last, place, scan.rest()),
            };
            let (key, act) = match foreseen {
                Some((id, foreseen)) => {
                    place = place.further();
                    let (spelling, act) = (&foreseen.spelling, &foreseen.act);
                    let first = scan.rest().get(spelling.length()).copied();
                    if matches!(act, Act::Skip) {
                        if let Some(stretch) = &foreseen.steady.stretch
                            && let Some(length) = stretch.passes(scan.rest())
                        {
                            scan.pass(length);
                            self.last = stretch.last;
                            steady = Some(id);
                            continue;
                        }
                        scan.pass(spelling.length());
                        self.last = id;
                        let is_due = scan.peek() != Some(b'"') && foreseen.steady.is_due(self.event);
                        self.keys.tell(id, first);
                        scan.skip()?;
                        steady = match is_due {
                            true => self.keys.watch(self.event, steady, id, scan.since(start)?),
                            false => None,
                        };
                        continue;
                    }
                    let key = (start + spelling.offset, spelling.length);
                    scan.pass(spelling.length());
                    self.last = id;
                    if !matches!(act, Act::Into(_)) {
                        steady = None;
                        to.take(act, key, scan, &mut self.scratch)?;
                        self.keys.tell(id, first);
                        continue;
                    }
                    (key, *act)
                }
                None => {
                    scan.space();
                    if scan.eat(b'}').is_some() {
                        return Some(());
                    }
                    if !place.is_first() {
                        scan.eat(b',')?;
                        scan.space();
                    }
                    let offset = scan.at() + 1;
                    let key = scan.key()?;
                    let act = self.keys.learn(&mut self.last, place, key, scan.since(start)?, to.row)?;
                    place = place.further();
                    ((offset, key.len()), act)
                }
            };
            steady = None;
            match act {
                Act::Skip => scan.skip()?,
                Act::Into(inner) => {
                    let known = self.keys.part(inner)?;
                    if known == Part::Winlog {
                        to.row.set_of_beats();
                    }
                    if scan.peek() == Some(b'{') {
                        scan.pass(1);
                        self.object(inner, depth + 1, scan, to)?;
                    } else {
                        to.scalar_of(known, scan, &mut self.scratch)?;
                    }
                }
                act => to.take(&act, key, scan, &mut self.scratch)?,
            }
        }
    }
}

impl Quick {
    /// Takes the values that were found.
    fn take_found(&mut self, scan: &Scan<'_>, to: &mut Reader<'_>) -> Option<()> {
        let mut place = 0;
        while let Some(value) = self.found.get(place) {
            place += 1;
            let key = self.keys.get(value.id)?;
            let text = scan.text_between(value.start, value.end, &mut self.scratch)?;
            let name = (value.spelling + key.spelling.offset, key.spelling.length);
            to.take_text(&key.act, text, || scan.slice(name.0, name.1))?;
        }
        self.found.clear();
        Some(())
    }
}

impl Reader<'_> {
    /// Takes a text, or what is its own text, as [`super::At`] would.
    #[inline]
    fn take_text<'k>(&mut self, act: &Act, text: &str, key: impl FnOnce() -> Option<&'k str>) -> Option<()> {
        let row = &mut *self.row;
        match *act {
            Act::System { field, is_of_beats } => {
                if is_of_beats {
                    row.set_of_beats();
                }
                row.set(field, text);
            }
            Act::Time { rank, is_wanted } => {
                row.set_time(rank, text);
                if is_wanted {
                    row.set_data(key()?, text, Kind::Scalar, Whose::Anyone);
                }
            }
            Act::Data { prefix, field, whose, is_of_beats } => {
                if is_of_beats {
                    row.set_of_beats();
                }
                row.set_field(field, key()?.get(prefix..)?, text, Kind::Scalar, whose);
            }
            _ => return None,
        }
        Some(())
    }

    /// Takes a value as [`super::At`] would; `None` where the slow way is to decide.
    fn take(&mut self, act: &Act, key: (usize, usize), scan: &mut Scan<'_>, scratch: &mut Scratch) -> Option<()> {
        let row = &mut *self.row;
        let key = scan.slice(key.0, key.1)?;
        match *act {
            Act::System { field, is_of_beats } => {
                if is_of_beats {
                    row.set_of_beats();
                }
                // No list is a number.
                if field.is_number() && scan.peek() == Some(b'[') {
                    return None;
                }
                scan.value(scratch, |text, kind| {
                    if kind != Kind::Null {
                        row.set(field, text);
                    }
                })
            }
            Act::Time { rank, is_wanted } => scan.value(scratch, |text, kind| {
                row.set_time(rank, text);
                if is_wanted {
                    row.set_data(key, text, kind, Whose::Anyone);
                }
            }),
            Act::Data { prefix, field, whose, is_of_beats } => {
                let name = key.get(prefix..)?;
                if is_of_beats {
                    row.set_of_beats();
                }
                scan.value(scratch, |text, kind| row.set_field(field, name, text, kind, whose))
            }
            Act::Numbered(field) => scan.value(scratch, |text, kind| row.set_numbered(field, key, text, kind)),
            Act::Writer => {
                let is_number = matches!(scan.peek(), Some(b'-' | b'0'..=b'9'));
                scan.value(scratch, |text, kind| match is_number {
                    true => row.set_writer(text),
                    false => row.set_data(key, text, kind, Whose::Anyone),
                })
            }
            Act::NamedProvider => scan.value(scratch, |text, kind| {
                if kind != Kind::Null {
                    row.set_named_provider(text);
                }
            }),
            Act::Elements => {
                let json = scan.nested()?;
                // Digits that no reader keeps are the slow reader's.
                if may_lose_digits(json.as_bytes()) && mend(json.as_bytes()).is_some() {
                    return None;
                }
                self.elements(&serde_json::from_str(json).ok()?).ok()
            }
            Act::Skip | Act::Into(_) => None,
        }
    }

    /// Takes a single value where a part of an event could stand.
    fn scalar_of(&mut self, part: Part, scan: &mut Scan<'_>, scratch: &mut Scratch) -> Option<()> {
        if scan.peek() == Some(b'[') {
            return None;
        }
        scan.value(scratch, |text, kind| match kind {
            Kind::Null => Some(()),
            _ => self.scalar::<serde_json::Error>(part, text).ok(),
        })?
    }
}

#[cfg(test)]
mod tests;
