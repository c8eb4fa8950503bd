//! Keys: which key comes after which. Events of one kind have the same keys in the same order, so that most keys are known
//! before they are read.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::Act;
use crate::row::Row;
use crate::shape::meaning::{Meaning, Part, meaning};

/// How many keys are remembered, and how long one may be, with what stands around it.
const KEYS: usize = 8192;
const LONGEST: usize = 160;
/// How much of a key is compared in one go.
const HEAD: usize = 32;

/// What earlier events taught. Good for one [`Row`] alone.
pub struct Keys {
    keys: Vec<Key>,
    parts: Vec<KnownPart>,
}

/// A place where a key may stand: in which part, and whether it is the first one there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub part: PartId,
    pub is_first: bool,
}

/// A part's place in the list of those that were met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartId(u8);

impl PartId {
    pub const TOP: PartId = PartId(0);
}

/// A key's place in the list of those that were met.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeyId(u16);

impl KeyId {
    /// Before the first key of an event.
    pub const START: KeyId = KeyId(0);
}

struct KnownPart {
    part: Part,
    keys: HashMap<Box<str>, KeyId, RandomState>,
}

struct Key {
    place: Place,
    spelling: Spelling,
    act: Act,
    /// What came after it, the latest first.
    next: [KeyId; 2],
}

/// A key with all that stands between the value before it and its own.
struct Spelling {
    text: Box<str>,
    /// The text's first bytes, and which of them count.
    head: [u8; HEAD],
    mask: [u8; HEAD],
    /// How far from its start the key is, without quotes, and how long.
    offset: usize,
    length: usize,
}

/// A key that was foreseen.
pub struct Foreseen {
    pub key: KeyId,
    pub act: Act,
    /// How long it is with all that stands around it; where in there the key itself begins, and how long that is.
    pub spelt: usize,
    pub offset: usize,
    pub length: usize,
}

impl Default for Keys {
    fn default() -> Self {
        // The start is a key like any other, but for its spelling, which no place has.
        let start = Key {
            place: Place { part: PartId(u8::MAX), is_first: true },
            spelling: Spelling::new("", 0, 0),
            act: Act::Skip,
            next: [KeyId::START; 2],
        };
        Keys { keys: vec![start], parts: vec![KnownPart { part: Part::Top, keys: HashMap::default() }] }
    }
}

impl Keys {
    /// The key that stands here, if it came after this one before.
    pub fn foresee(&self, last: KeyId, place: Place, rest: &[u8]) -> Option<Foreseen> {
        self.get(last)?.next.into_iter().find_map(|id| {
            let key = self.get(id)?;
            (key.place == place && key.spelling.begins(rest)).then_some(Foreseen {
                key: id,
                act: key.act,
                spelt: key.spelling.text.len(),
                offset: key.spelling.offset,
                length: key.spelling.length,
            })
        })
    }

    pub fn part(&self, id: PartId) -> Option<Part> {
        self.parts.get(usize::from(id.0)).map(|known| known.part)
    }

    /// What to do with the value of a key that was not foreseen, which stood in this spelling.
    pub fn learn(&mut self, last: &mut KeyId, place: Place, key: &str, spelt: &str, row: &mut Row) -> Option<Act> {
        let offset = spelt.find('"')? + 1;
        let part = usize::from(place.part.0);
        let id = match self.parts.get(part)?.keys.get(key) {
            Some(id) => *id,
            None => {
                let act = self.act(place.part, key, row)?;
                if self.keys.len() >= KEYS || spelt.len() > LONGEST {
                    return Some(act);
                }
                let id = KeyId(u16::try_from(self.keys.len()).ok()?);
                let spelling = Spelling::new(spelt, offset, key.len());
                self.keys.push(Key { place, spelling, act, next: [KeyId::START; 2] });
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
        }
        if let Some(before) = self.keys.get_mut(usize::from(last.0))
            && !before.next.contains(&id)
        {
            before.next = [id, before.next[0]];
        }
        *last = id;
        Some(act)
    }

    fn get(&self, id: KeyId) -> Option<&Key> {
        self.keys.get(usize::from(id.0))
    }

    fn act(&mut self, part: PartId, key: &str, row: &mut Row) -> Option<Act> {
        Some(match meaning(self.part(part)?, key) {
            Meaning::Skip => Act::Skip,
            Meaning::Into(inner) => Act::Into(self.id(inner)?),
            Meaning::System(field) if row.wants_system(field) => Act::System(field),
            Meaning::System(_) => Act::Skip,
            Meaning::Time(rank) => Act::Time { rank, is_wanted: row.wants_data(key) },
            Meaning::Data(prefix) => match row.wants_data(key.get(prefix..)?) {
                true => Act::Data { prefix },
                false => Act::Skip,
            },
            Meaning::Writer => Act::Writer,
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

impl Spelling {
    fn new(text: &str, offset: usize, length: usize) -> Self {
        let (mut head, mut mask) = ([0; HEAD], [0; HEAD]);
        for ((head, mask), byte) in head.iter_mut().zip(&mut mask).zip(text.bytes()) {
            *head = byte;
            *mask = u8::MAX;
        }
        Spelling { text: Box::from(text), head, mask, offset, length }
    }

    fn begins(&self, rest: &[u8]) -> bool {
        let text = self.text.as_bytes();
        let Some(head) = rest.first_chunk::<HEAD>() else { return rest.starts_with(text) };
        let word = |bytes: &[u8; HEAD], at: usize| {
            bytes.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes)
        };
        let differs = |at| (word(head, at) ^ word(&self.head, at)) & word(&self.mask, at);
        let is_alike = differs(0) | differs(8) | differs(16) | differs(24) == 0;
        is_alike && (text.len() <= HEAD || rest.starts_with(text))
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
        let place = Place { part: PartId::TOP, is_first: false };
        for event in 0..2 * KEYS {
            let (short, long) = (format!("{event}k"), format!("{event}{}", "k".repeat(LONGEST)));
            for key in [short, long] {
                let spelt = format!(",\"{key}\":");
                assert!(matches!(keys.learn(&mut last, place, &key, &spelt, &mut row), Some(Act::Data { prefix: 0 })));
            }
        }
        let spaced = format!(", {}\"0k\":", " ".repeat(LONGEST));
        assert!(keys.learn(&mut last, place, "0k", &spaced, &mut row).is_some());
        assert_eq!(keys.keys.len(), KEYS);
        assert!(keys.keys.iter().all(|key| key.spelling.text.len() <= LONGEST));
    }
}
