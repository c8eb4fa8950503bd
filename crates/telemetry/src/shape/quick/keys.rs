//! Keys: which key comes after which. Events of one kind have the same keys in the same order, so that most keys are known
//! before they are read.

use std::collections::HashMap;

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch};
use foldhash::fast::RandomState;

use super::Act;
use super::found::{FoundValue, FoundValues};
use super::marks::window;
use super::runs::{PassedKey, RunId, Runs};
use super::scan::Scan;
use super::steady::{Steady, Stretch};
use super::step::{Pass, Spelling, Step, plain_number};
use crate::row::Row;
use crate::shape::meaning::{Meaning, Part, is_of_beats, meaning};

/// How many keys are remembered, and how long one may be, with what stands around it.
const KEYS: usize = 8192;
const LONGEST: usize = 160;

/// What earlier events taught. Good for one [`Row`] alone.
pub struct Keys {
    keys: Vec<Key>,
    /// Of each key all that passing it takes.
    steps: Vec<Step>,
    runs: Runs,
    parts: Vec<KnownPart>,
}

/// A place where a key may stand: in which part, and whether it is the first one there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place(u16);

impl Place {
    pub fn first_in(part: PartId) -> Self {
        Place(u16::from(part.0))
    }

    pub fn is_first(self) -> bool {
        self.0 & Place::FURTHER == 0
    }

    /// Behind another one in the same part.
    pub fn further(self) -> Self {
        Place(self.0 | Place::FURTHER)
    }

    fn part(self) -> PartId {
        let [part, _] = self.0.to_le_bytes();
        PartId(part)
    }

    const FURTHER: u16 = 1 << 8;

    /// Where no key stands.
    pub const NOWHERE: Place = Place(u16::MAX);
}

/// A part's place in the list of those that were met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartId(u8);

impl PartId {
    pub const TOP: PartId = PartId(0);
}

/// A key's place in the list of those that were met.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct KeyId(u16);

impl KeyId {
    /// Before the first key of an event.
    pub const START: KeyId = KeyId(0);
}

struct KnownPart {
    part: Part,
    keys: HashMap<Box<str>, KeyId, RandomState>,
}

/// A key that was met.
pub struct Key {
    pub place: Place,
    /// What came after it, the latest first.
    pub next: [KeyId; 2],
    pub spelling: Spelling,
    pub act: Act,
    pub steady: Steady,
}

impl Default for Keys {
    fn default() -> Self {
        let (start, top) = (Key::default(), KnownPart { part: Part::Top, keys: HashMap::default() });
        Keys { steps: vec![Step::new(&start, true)], keys: vec![start], runs: Runs::default(), parts: vec![top] }
    }
}

impl Keys {
    /// The key that stands here, if it came after this one before.
    #[inline]
    pub fn foresee(&self, last: KeyId, place: Place, rest: &[u8]) -> Option<(KeyId, &Key)> {
        for id in self.get(last)?.next {
            let key = self.get(id)?;
            if key.place == place && key.spelling.begins(rest) {
                return Some((id, key));
            }
        }
        None
    }

    /// Passes keys that were foreseen with their values, as long as these are texts and plain numbers, which can be taken when
    /// all are passed. Most records are read here, in one loop that is kept from being laid out among all that is rare. Gives
    /// the key behind them, if it was foreseen too. Each is told to who looks for runs; then none is used.
    #[inline(never)]
    pub fn pass(
        &self,
        last: &mut KeyId,
        place: &mut Place,
        scan: &mut Scan<'_>,
        found: &mut FoundValues,
        passed: Option<&mut Vec<PassedKey>>,
    ) -> Option<KeyId> {
        dispatch!(Level::new(), simd => self.pass_by(simd, last, place, scan, found, passed))
    }

    #[inline(always)]
    fn pass_by<S: Simd>(
        &self,
        simd: S,
        last: &mut KeyId,
        place: &mut Place,
        scan: &mut Scan<'_>,
        found: &mut FoundValues,
        mut told: Option<&mut Vec<PassedKey>>,
    ) -> Option<KeyId> {
        scan.seek_quote();
        let mut quotes = scan.quotes();
        // All places are those of marks, so that none has to wait for the one before it.
        let (bytes, end_of_record, mut at) = (scan.beyond(), scan.json().len(), scan.at());
        let (mut passed, mut stands) = (*last, *place);
        let mut step = self.steps.get(usize::from(passed.0))?;
        let foreseen = loop {
            let id = step.next;
            let Some(next) = self.steps.get(usize::from(id.0)) else { break None };
            if at >= end_of_record {
                break None;
            }
            if next.run != RunId::NONE
                && told.is_none()
                && next.place == stands
                && let Some(run) = self.runs.get(next.run)
                && let Some(end) = run.end(scan.json(), at)
                && let Some(further) = quotes.get(run.quotes..)
                && let Some(last) = self.steps.get(usize::from(run.last.0))
                && run.find(at, found)
            {
                (at, quotes, passed, step) = (end, further, run.last, last);
                stands = stands.further();
                continue;
            }
            if next.place != stands || !next.is_like(simd, window(simd, bytes, at)) {
                break None;
            }
            // The two around the key, and those of a text.
            let [_, _, behind @ ..] = quotes else { break Some(id) };
            let mut value = at + usize::from(next.length);
            let (end, further) = match (next.is_text, behind) {
                (true, [_, close, further @ ..]) => {
                    quotes = further;
                    value += 1;
                    (*close as usize, *close as usize + 1)
                }
                (true, _) => break Some(id),
                (false, further) => {
                    let Some(length) = plain_number(simd, bytes, value) else { break Some(id) };
                    quotes = further;
                    (value + length, value + length)
                }
            };
            match next.pass {
                Pass::Over => {}
                Pass::Take if found.push(id, at, value, end) => {}
                Pass::Take | Pass::No => break Some(id),
            }
            if let Some(told) = &mut told {
                let value = FoundValue { id, spelling: at, start: value, end };
                told.push(PassedKey { value, is_wanted: next.pass == Pass::Take, is_text: next.is_text });
            }
            at = further;
            stands = stands.further();
            passed = id;
            step = next;
        };
        (*last, *place) = (passed, stands);
        scan.pass(at - scan.at());
        foreseen
    }

    fn forget_runs(&mut self) {
        if !self.runs.is_empty() {
            self.runs.forget();
            self.steps.iter_mut().for_each(|step| step.run = RunId::NONE);
        }
    }

    /// Learns from the keys of an event that were told which runs there are. Those of long ago make room.
    pub fn learn_runs(&mut self, json: &[u8], told: &[PassedKey]) {
        if self.runs.is_full() {
            self.forget_runs();
        }
        for (id, run) in self.runs.learn(json, told) {
            if let Some(step) = self.steps.get_mut(usize::from(id.0)) {
                step.run = run;
            }
        }
    }

    /// What the value of a key that was foreseen is like now.
    pub fn tell(&mut self, id: KeyId, first: Option<u8>) {
        let is_text = first == Some(b'"');
        let place = usize::from(id.0);
        if let Some((step, key)) = self.steps.get_mut(place).zip(self.keys.get(place))
            && step.is_text != is_text
        {
            *step = Step::new(key, is_text);
        }
    }

    pub fn part(&self, id: PartId) -> Option<Part> {
        self.parts.get(usize::from(id.0)).map(|known| known.part)
    }

    /// What to do with the value of a key that was not foreseen, which stood in this spelling.
    pub fn learn(&mut self, last: &mut KeyId, place: Place, key: &str, spelt: &str, row: &mut Row) -> Option<Act> {
        let offset = spelt.find('"')? + 1;
        let part = usize::from(place.part().0);
        let id = match self.parts.get(part)?.keys.get(key) {
            Some(id) => *id,
            None => {
                let act = self.act(place.part(), key, row)?;
                if self.keys.len() >= KEYS || spelt.len() > LONGEST {
                    return Some(act);
                }
                let id = KeyId(u16::try_from(self.keys.len()).ok()?);
                let spelling = Spelling::new(spelt, offset, key.len());
                let known = Key { place, act, spelling, ..Key::default() };
                self.steps.push(Step::new(&known, true));
                self.keys.push(known);
                self.parts.get_mut(part)?.keys.insert(Box::from(key), id);
                id
            }
        };
        let known = self.keys.get_mut(usize::from(id.0))?;
        let act = known.act;
        if known.place != place || *known.spelling.text != *spelt {
            if spelt.len() > LONGEST {
                return Some(act);
            }
            known.place = place;
            known.spelling = Spelling::new(spelt, offset, key.len());
            known.steady.forget();
            self.renew(id);
            // They know where it stood.
            self.forget_runs();
        }
        if let Some(before) = self.keys.get_mut(usize::from(last.0))
            && !before.next.contains(&id)
        {
            before.next = [id, before.next[0]];
            self.renew(*last);
        }
        *last = id;
        Some(act)
    }

    fn renew(&mut self, id: KeyId) {
        let place = usize::from(id.0);
        if let Some((step, key)) = self.steps.get_mut(place).zip(self.keys.get(place)) {
            *step = Step::new(key, step.is_text);
        }
    }

    /// Watches the value of a key that was skipped, given with all that stands before it, and gives the key with which the
    /// stretch of such values begins that ends here.
    pub fn watch(&mut self, event: u64, first: Option<KeyId>, id: KeyId, text: &str) -> Option<KeyId> {
        let key = self.keys.get_mut(usize::from(id.0))?;
        let text = text.as_bytes();
        if !key.steady.is_steady(event, text.get(key.spelling.length()..)?) {
            return None;
        }
        if let Some(first) = first
            && let Some(before) = self.keys.get_mut(usize::from(first.0))?.steady.stretch.as_mut()
            && before.extend(text, id)
        {
            return Some(first);
        }
        self.keys.get_mut(usize::from(id.0))?.steady.stretch = Some(Stretch::new(text, id));
        Some(id)
    }

    pub fn get(&self, id: KeyId) -> Option<&Key> {
        self.keys.get(usize::from(id.0))
    }

    fn act(&mut self, part: PartId, key: &str, row: &mut Row) -> Option<Act> {
        Some(match meaning(self.part(part)?, key) {
            Meaning::Skip => Act::Skip,
            Meaning::Into(inner) => Act::Into(self.id(inner)?),
            Meaning::System(field) if row.wants_system(field) || is_of_beats(key) => {
                Act::System { field, is_of_beats: is_of_beats(key) }
            }
            Meaning::System(_) => Act::Skip,
            Meaning::Time(rank) => Act::Time { rank, is_wanted: row.wants_data(key) },
            Meaning::Data(prefix, whose) => {
                let name = key.get(prefix..)?;
                match row.wants_data(name) {
                    true => {
                        let is_of_beats = prefix > 0 && is_of_beats(key);
                        Act::Data { prefix, field: row.field(name), whose, is_of_beats }
                    }
                    false => Act::Skip,
                }
            }
            Meaning::Writer => Act::Writer,
            Meaning::Numbered(field) if row.wants_system(field) || row.wants_data(key) => Act::Numbered(field),
            Meaning::Numbered(_) => Act::Skip,
            Meaning::NamedProvider => Act::NamedProvider,
            Meaning::Elements => Act::Elements,
        })
    }

    fn id(&mut self, part: Part) -> Option<PartId> {
        let place = self.parts.iter().position(|known| known.part == part).unwrap_or(self.parts.len());
        let id = u8::try_from(place).ok()?;
        if place == self.parts.len() {
            self.parts.push(KnownPart { part, keys: HashMap::default() });
        }
        Some(PartId(id))
    }
}

impl Default for Key {
    /// The start is a key like any other, but for its spelling, which no place has.
    fn default() -> Self {
        Key {
            place: Place::first_in(PartId(u8::MAX)),
            next: [KeyId::START; 2],
            spelling: Spelling::new("", 0, 0),
            act: Act::Skip,
            steady: Steady::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Fields;

    #[test]
    fn endless_keys_are_read_and_not_remembered() {
        let mut row = Row::new(&Fields::new(["System_EventData"], false));
        let mut keys = Keys::default();
        let mut last = KeyId::START;
        let place = Place::first_in(PartId::TOP).further();
        for event in 0..2 * KEYS {
            let (short, long) = (format!("{event}k"), format!("{event}{}", "k".repeat(LONGEST)));
            for key in [short, long] {
                let spelt = format!(",\"{key}\":");
                assert!(matches!(
                    keys.learn(&mut last, place, &key, &spelt, &mut row),
                    Some(Act::Data { prefix: 0, .. })
                ));
            }
        }
        let spaced = format!(", {}\"0k\":", " ".repeat(LONGEST));
        assert!(keys.learn(&mut last, place, "0k", &spaced, &mut row).is_some());
        assert_eq!(keys.keys.len(), KEYS);
        assert!(keys.keys.iter().all(|key| key.spelling.text.len() <= LONGEST));
    }
}
