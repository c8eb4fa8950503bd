//! Quick reading of an event's JSON: a line like the one before it costs little more than finding where its texts end.
//!
//! What it takes, it takes as the reader of [`super::read_event`] does; at anything out of the ordinary it gives up, and that
//! one decides. The two share what keys mean ([`super::meaning`]).

mod scan;

use std::collections::HashMap;

use foldhash::fast::RandomState;
use serde::de::{DeserializeSeed, IgnoredAny};

use self::scan::{Raw, Scan};
use super::Reader;
use super::meaning::{Meaning, Part, meaning};
use crate::event::System;
use crate::row::Row;
use crate::text::{AsText, Kind};

/// How many keys are remembered: those of one event, and those of all.
const STEPS: usize = 512;
const KEYS: usize = 8192;
/// How long a key may be that is remembered.
const LONGEST: usize = 128;
/// How deep the parts of an event nest.
const DEPTH: usize = 12;

/// What earlier lines taught about the keys of the next one. Good for one [`Row`] alone.
#[derive(Default)]
pub struct Quick {
    /// The keys of the last event in their order.
    steps: Vec<Step>,
    place: usize,
    known: HashMap<(u8, Box<[u8]>), Act, RandomState>,
}

struct Step {
    part: Part,
    /// With its quotes and the colon.
    spelt: Vec<u8>,
    act: Act,
}

/// What to do with a value, given what is wanted of an event.
#[derive(Clone, Copy)]
enum Act {
    Skip,
    Into(Part),
    System(System),
    Time { rank: u8, is_wanted: bool },
    Data { prefix: usize },
    Writer,
    Elements,
}

impl Quick {
    /// Whether the line was read; if not, nothing is known of it.
    pub fn read(&mut self, json: &[u8], row: &mut Row, scratch: &mut String) -> bool {
        row.clear();
        self.place = 0;
        let mut scan = Scan::new(json);
        scan.space();
        self.object(Part::Top, 0, &mut scan, &mut Reader { row, scratch }).is_some() && scan.is_done() && row.is_event()
    }

    fn object(&mut self, part: Part, depth: usize, scan: &mut Scan<'_>, to: &mut Reader<'_>) -> Option<()> {
        if depth > DEPTH {
            return None;
        }
        scan.eat(b'{')?;
        scan.space();
        if scan.eat(b'}').is_some() {
            return Some(());
        }
        loop {
            let (key, act) = match self.foreseen(part, scan) {
                Some(foreseen) => foreseen,
                None => {
                    let key = scan.string()?;
                    scan.space();
                    scan.eat(b':')?;
                    (key, self.learn(part, key, to.row)?)
                }
            };
            self.place += 1;
            scan.space();
            match act {
                Act::Into(inner) if scan.peek() == Some(b'{') => self.object(inner, depth + 1, scan, to)?,
                act => to.take(act, key, scan.value()?)?,
            }
            scan.space();
            match scan.bump()? {
                b',' => scan.space(),
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    /// The key that stood here in the last event, if it stands here again.
    fn foreseen<'j>(&self, part: Part, scan: &mut Scan<'j>) -> Option<(&'j [u8], Act)> {
        let step = self.steps.get(self.place).filter(|step| step.part == part)?;
        Some((scan.eat_key(&step.spelt)?, step.act))
    }

    fn learn(&mut self, part: Part, key: &[u8], row: &mut Row) -> Option<Act> {
        if key.len() > LONGEST {
            return act_of(part, key, row);
        }
        let act = self.look_up(part, key, row)?;
        let spelt = [b"\"", key, b"\":"].concat();
        let step = Step { part, spelt, act };
        if let Some(known) = self.steps.get_mut(self.place) {
            *known = step;
        } else if self.steps.len() < STEPS {
            self.steps.push(step);
        }
        Some(act)
    }

    fn look_up(&mut self, part: Part, key: &[u8], row: &mut Row) -> Option<Act> {
        let number = match part {
            Part::Top => 0,
            Part::Data => 1,
            Part::Winlog => 2,
            // Of the others there are few keys, and elements are told apart by more than their place.
            _ => return act_of(part, key, row),
        };
        let known = (number, Box::from(key));
        if let Some(act) = self.known.get(&known) {
            return Some(*act);
        }
        let act = act_of(part, key, row)?;
        if self.known.len() < KEYS {
            self.known.insert(known, act);
        }
        Some(act)
    }
}

/// `None` for a key that is not spelt plainly.
fn act_of(part: Part, key: &[u8], row: &mut Row) -> Option<Act> {
    if key.iter().any(|byte| *byte == b'\\' || *byte < b' ') {
        return None;
    }
    let key = std::str::from_utf8(key).ok()?;
    Some(match meaning(part, key) {
        Meaning::Skip => Act::Skip,
        Meaning::Into(inner) => Act::Into(inner),
        Meaning::System(field) if row.wants_system(field) => Act::System(field),
        Meaning::System(_) => Act::Skip,
        Meaning::Time(rank) => Act::Time { rank, is_wanted: row.wants_data(key) },
        Meaning::Data(prefix) => {
            let name = key.get(prefix..)?;
            match row.wants_data(name) {
                true => Act::Data { prefix },
                false => Act::Skip,
            }
        }
        Meaning::Writer => Act::Writer,
        Meaning::Elements => Act::Elements,
    })
}

impl Reader<'_> {
    /// Takes a value as [`super::At`] would; `None` where the slow way is to decide.
    fn take(&mut self, act: Act, key: &[u8], value: Raw<'_>) -> Option<()> {
        match act {
            Act::Skip => match value {
                Raw::Number(json) if scan::plain_integer(json).is_some() => Some(()),
                Raw::Nested(json) | Raw::List(json) | Raw::Number(json) => {
                    serde_json::from_slice::<IgnoredAny>(json).ok().map(|_| ())
                }
                Raw::Null | Raw::Word(_) | Raw::Text(_) => Some(()),
            },
            Act::Into(part) => match value {
                Raw::Null => Some(()),
                Raw::Text(_) | Raw::Word(_) | Raw::Number(_) => {
                    let mut text = std::mem::take(self.scratch);
                    let outcome =
                        with_text(value, &mut text, |text, _| self.scalar::<serde_json::Error>(part, text).ok());
                    *self.scratch = text;
                    outcome.flatten()
                }
                Raw::Nested(_) | Raw::List(_) => None,
            },
            Act::System(field) => match value {
                Raw::Null => Some(()),
                Raw::List(_) if field.is_number() => None,
                value => with_text(value, self.scratch, |text, _| self.row.set(field, text)),
            },
            Act::Time { rank, is_wanted } => {
                let key = std::str::from_utf8(key).ok()?;
                with_text(value, self.scratch, |text, kind| {
                    self.row.set_time(rank, text);
                    if is_wanted {
                        self.row.set_data(key, text, kind);
                    }
                })
            }
            Act::Data { prefix } => {
                let name = std::str::from_utf8(key.get(prefix..)?).ok()?;
                with_text(value, self.scratch, |text, kind| self.row.set_data(name, text, kind))
            }
            Act::Writer => {
                let key = std::str::from_utf8(key).ok()?;
                let is_number = matches!(value, Raw::Number(_));
                with_text(value, self.scratch, |text, kind| match is_number {
                    true => self.row.set(System::ProcessID, text),
                    false => self.row.set_data(key, text, kind),
                })
            }
            Act::Elements => match value {
                Raw::Nested(json) | Raw::List(json) => self.elements(&serde_json::from_slice(json).ok()?).ok(),
                _ => None,
            },
        }
    }
}

/// Hands over a value as [`AsText`] writes it, where it can without copying.
fn with_text<T>(value: Raw<'_>, scratch: &mut String, use_it: impl FnOnce(&str, Kind) -> T) -> Option<T> {
    match value {
        Raw::Null => Some(use_it("", Kind::Null)),
        Raw::Word(word) => Some(use_it(word, Kind::Scalar)),
        Raw::Text(raw) => Some(use_it(scan::text(raw, scratch)?, Kind::Scalar)),
        Raw::Number(json) | Raw::Nested(json) | Raw::List(json) => {
            if let Some(digits) = scan::plain_integer(json) {
                return Some(use_it(digits, Kind::Scalar));
            }
            scratch.clear();
            let mut deserializer = serde_json::Deserializer::from_slice(json);
            let kind = AsText(scratch).deserialize(&mut deserializer).ok()?;
            deserializer.end().ok()?;
            Some(use_it(scratch, kind))
        }
    }
}

#[cfg(test)]
mod tests;
