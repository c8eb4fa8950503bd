//! Runs: keys that follow one another with the same values in one event after another, as the heads of events have them. The
//! same bytes are read in the same way, so that a run is passed in one go, with what is wanted of it.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::found::{self, FoundValue, FoundValues};
use super::keys::KeyId;

/// Of how many events a few are looked at, and how many.
const PERIOD: u64 = 256;
const LOOKED_AT: u64 = 5;
/// In how many of these a value must be the same.
const SAME: u8 = 3;
/// How long a value may be, how many are remembered, and how many runs.
const VALUE: usize = 64;
const VALUES: usize = 1024;
const RUNS: usize = 64;
/// How many keys are no run yet.
const FEW: usize = 2;

/// What is passed in one go.
pub struct Run {
    /// From the spelling of its first key to the end of its last value.
    text: Box<[u8]>,
    found: Box<[FoundValue]>,
    pub quotes: usize,
    pub last: KeyId,
}

/// The runs that are known.
#[derive(Default)]
pub struct Runs {
    runs: Vec<Run>,
    values: HashMap<KeyId, (Vec<u8>, u8), RandomState>,
}

/// A run's number, for the key that it begins with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RunId(u16);

impl RunId {
    pub const NONE: RunId = RunId(0);
}

/// A key that was passed in an event that is looked at.
#[derive(Debug, Clone, Copy)]
pub struct PassedKey {
    pub value: FoundValue,
    pub is_wanted: bool,
    pub is_text: bool,
}

impl PassedKey {
    /// Where what follows its value begins.
    fn next(&self) -> usize {
        self.value.end + usize::from(self.is_text)
    }
}

/// Whether this event is one of the few that are looked at.
pub fn is_looked_at(event: u64) -> bool {
    event % PERIOD < LOOKED_AT
}

impl Run {
    /// Where the run ends that begins here, if it does.
    #[inline]
    pub fn end(&self, json: &[u8], at: usize) -> Option<usize> {
        let rest = json.get(at..)?.strip_prefix(&*self.text)?;
        // A number ends with what follows it.
        matches!(rest.first()?, b',' | b'}').then_some(at + self.text.len())
    }

    /// Hands over what is wanted of it; whether there was room.
    #[inline]
    pub fn find(&self, at: usize, found: &mut FoundValues) -> bool {
        found.room() >= self.found.len()
            && self
                .found
                .iter()
                .all(|value| found.push(value.id, at + value.spelling, at + value.start, at + value.end))
    }
}

impl Runs {
    #[inline]
    pub fn get(&self, id: RunId) -> Option<&Run> {
        self.runs.get(usize::from(id.0).checked_sub(1)?)
    }

    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    pub fn is_full(&self) -> bool {
        self.runs.len() >= RUNS
    }

    pub fn forget(&mut self) {
        self.runs.clear();
        self.values.clear();
    }

    /// Learns from the keys of an event, and gives the runs that begin with one of them.
    pub fn learn(&mut self, json: &[u8], keys: &[PassedKey]) -> Vec<(KeyId, RunId)> {
        let keys: Vec<(PassedKey, bool)> = keys.iter().map(|key| (*key, self.is_same(json, key))).collect();
        let is_run = |(a, is_same): &(PassedKey, bool), (b, is_next_same): &(PassedKey, bool)| {
            *is_same && *is_next_same && a.next() == b.value.spelling
        };
        let mut begun = Vec::new();
        for group in keys.chunk_by(is_run) {
            let mut run = self.add(json, group);
            begun.extend(group.iter().map(|(key, _)| (key.value.id, std::mem::take(&mut run))));
        }
        begun
    }

    fn is_same(&mut self, json: &[u8], key: &PassedKey) -> bool {
        let Some(text) = json.get(key.value.start..key.value.end).filter(|text| text.len() <= VALUE) else {
            return false;
        };
        if self.values.len() >= VALUES {
            self.values.clear();
        }
        let (known, same) = self.values.entry(key.value.id).or_default();
        if **known == *text {
            *same = same.saturating_add(1);
        } else {
            known.clear();
            known.extend_from_slice(text);
            *same = 0;
        }
        *same >= SAME
    }

    fn add(&mut self, json: &[u8], keys: &[(PassedKey, bool)]) -> RunId {
        let (Some((first, _)), Some((last, _))) = (keys.first(), keys.last()) else { return RunId::NONE };
        let keys = keys.iter().map(|(key, _)| key);
        let start = first.value.spelling;
        let Some(text) = json.get(start..last.next()).filter(|_| keys.clone().count() > FEW) else {
            return RunId::NONE;
        };
        let known = self.runs.iter().position(|run| *run.text == *text && run.last == last.value.id);
        let place = known.unwrap_or(self.runs.len());
        if known.is_none() {
            let wanted = keys.clone().filter(|key| key.is_wanted);
            if self.is_full() || wanted.clone().count() > found::ROOM {
                return RunId::NONE;
            }
            let found = wanted.map(|key| FoundValue {
                id: key.value.id,
                spelling: key.value.spelling - start,
                start: key.value.start - start,
                end: key.value.end - start,
            });
            // Two around each key, and those of texts.
            let quotes = keys.map(|key| 2 + 2 * usize::from(key.is_text)).sum();
            self.runs.push(Run { text: Box::from(text), found: found.collect(), quotes, last: last.value.id });
        }
        u16::try_from(place + 1).map_or(RunId::NONE, RunId)
    }
}
