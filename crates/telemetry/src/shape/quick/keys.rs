//! Keys: which key comes after which. Events of one kind have the same keys in the same order, so that most keys are known
//! before they are read.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::Act;
use super::steady::{Steady, Stretch};
use crate::row::Row;
use crate::shape::meaning::{Meaning, Part, meaning};

/// How many keys are remembered, and how long one may be, with what stands around it.
const KEYS: usize = 8192;
const LONGEST: usize = 160;
/// How many words of a key are compared in one go.
const WORDS: usize = 4;

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

pub struct Key {
    place: Place,
    pub spelling: Spelling,
    pub act: Act,
    /// What came after it, the latest first.
    next: [KeyId; 2],
    pub steady: Steady,
}

/// A key with all that stands between the value before it and its own.
pub struct Spelling {
    text: Box<str>,
    /// The text's first bytes, and which of them count.
    head: [u64; WORDS],
    mask: [u64; WORDS],
    /// How far from its start the key is, without quotes, and how long.
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
            steady: Steady::default(),
        };
        Keys { keys: vec![start], parts: vec![KnownPart { part: Part::Top, keys: HashMap::default() }] }
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
                self.keys.push(Key { place, spelling, act, next: [KeyId::START; 2], steady: Steady::default() });
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
        }
        if let Some(before) = self.keys.get_mut(usize::from(last.0))
            && !before.next.contains(&id)
        {
            before.next = [id, before.next[0]];
        }
        *last = id;
        Some(act)
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
            Meaning::Data(prefix, whose) => {
                let name = key.get(prefix..)?;
                match row.wants_data(name) {
                    true => Act::Data { prefix, field: row.field(name), whose },
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

impl Spelling {
    fn new(text: &str, offset: usize, length: usize) -> Self {
        let (mut head, mut mask) = ([0; WORDS], [0; WORDS]);
        for ((head, mask), bytes) in head.iter_mut().zip(&mut mask).zip(text.as_bytes().chunks(8)) {
            let word = |of: &dyn Fn(u8) -> u8| {
                let mut word = [0; 8];
                word.iter_mut().zip(bytes).for_each(|(into, byte)| *into = of(*byte));
                u64::from_le_bytes(word)
            };
            (*head, *mask) = (word(&|byte| byte), word(&|_| u8::MAX));
        }
        Spelling { text: Box::from(text), head, mask, offset, length }
    }

    pub fn length(&self) -> usize {
        self.text.len()
    }

    #[inline]
    fn begins(&self, rest: &[u8]) -> bool {
        let text = self.text.as_bytes();
        let Some(head) = rest.first_chunk::<{ 8 * WORDS }>() else { return rest.starts_with(text) };
        let (head, _) = head.as_chunks::<8>();
        let known = self.head.iter().zip(&self.mask);
        let differs = head
            .iter()
            .zip(known)
            .fold(0, |differs, (bytes, (known, mask))| differs | ((u64::from_le_bytes(*bytes) ^ known) & mask));
        differs == 0 && (text.len() <= 8 * WORDS || rest.starts_with(text))
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
