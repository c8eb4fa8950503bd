//! Keys: which key comes after which. Events of one kind have the same keys in the same order, so that most keys are known
//! before they are read.

use std::collections::HashMap;

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, u8x64};
use foldhash::fast::RandomState;

use super::Act;
use super::found::{FoundValue, FoundValues};
use super::marks::{Marks, WIDTH, digits, window};
use super::scan::Scan;
use super::steady::{Steady, Stretch};
use crate::row::Row;
use crate::shape::meaning::{Meaning, Part, is_of_beats, meaning};

/// How many keys are remembered, and how long one may be, with what stands around it.
const KEYS: usize = 8192;
const LONGEST: usize = 160;
/// How many digits a number may have that is plain.
const DIGITS: usize = 18;

/// What earlier events taught. Good for one [`Row`] alone.
pub struct Keys {
    keys: Vec<Key>,
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

/// A key that was met; all that passing it takes stands together.
#[repr(align(64))]
pub struct Key {
    place: Place,
    /// What came after it, the latest first.
    next: [KeyId; 2],
    pass: Pass,
    pub spelling: Spelling,
    pub act: Act,
    pub steady: Steady,
}

/// Whether a value is passed together with others, where it is a text or a plain number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    No,
    Over,
    /// And taken later.
    Take,
}

/// A key with all that stands between the value before it and its own.
pub struct Spelling {
    /// The text, if it is short enough to be looked for in one go, and a bit for each byte behind it, which may differ.
    short: [u8; WIDTH],
    free: u64,
    text: Box<str>,
    /// How far from its start the key is, without quotes, and how long.
    pub offset: usize,
    pub length: usize,
}

impl Default for Keys {
    fn default() -> Self {
        Keys { keys: vec![Key::default()], parts: vec![KnownPart { part: Part::Top, keys: HashMap::default() }] }
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
    /// the key behind them, if it was foreseen too.
    #[inline(never)]
    pub fn pass(
        &self,
        last: &mut KeyId,
        place: &mut Place,
        scan: &mut Scan<'_>,
        found: &mut FoundValues,
    ) -> Option<KeyId> {
        dispatch!(Level::new(), simd => self.pass_by(simd, last, place, scan, found))
    }

    #[inline(always)]
    fn pass_by<S: Simd>(
        &self,
        simd: S,
        last: &mut KeyId,
        place: &mut Place,
        scan: &mut Scan<'_>,
        found: &mut FoundValues,
    ) -> Option<KeyId> {
        let mut quote = scan.quote();
        let (json, marks) = (scan.json(), scan.marks());
        let (mut at, mut stands) = (scan.at(), *place);
        let mut passed = *last;
        let mut before = self.get(passed)?;
        let foreseen = loop {
            let id = before.next[0];
            let Some(key) = self.get(id) else { break None };
            if key.place != stands || !key.spelling.stands_in(simd, window(simd, json, at)) {
                break None;
            }
            // Around a key there are two quotes.
            let value = at + key.spelling.text.len();
            let Some(value) = value_at(simd, json, value, marks, quote + 2) else { break Some(id) };
            match key.pass {
                Pass::Over => {}
                Pass::Take if found.has_room() => {
                    found.push(FoundValue { id, spelling: at, start: value.start, end: value.end });
                }
                Pass::Take | Pass::No => break Some(id),
            }
            (at, quote) = (value.next, value.quote);
            stands = stands.further();
            passed = id;
            before = key;
        };
        (*last, *place) = (passed, stands);
        scan.pass(at - scan.at());
        foreseen
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
                let mut known = Key { place, act, ..Key::default() };
                known.spell(spelt, offset, key.len());
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
            known.spell(spelt, offset, key.len());
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

/// A value that was passed.
struct Passed {
    /// Where it stands, without quotes, and where what follows it begins.
    start: usize,
    end: usize,
    next: usize,
    /// The first quote behind it.
    quote: usize,
}

/// The value that begins at a place, `None` for all but texts and plain numbers, given the first quote from there on.
#[inline(always)]
fn value_at<S: Simd>(simd: S, json: &[u8], at: usize, marks: &Marks, quote: usize) -> Option<Passed> {
    match json.get(at)? {
        b'"' => {
            let end = marks.quote(quote + 1)?;
            Some(Passed { start: at + 1, end, next: end + 1, quote: quote + 2 })
        }
        // Other spellings of numbers are looked at more closely.
        first @ b'0'..=b'9' => {
            let count = digits(window(simd, json, at));
            let end = at + count;
            let is_plain = count <= DIGITS && (*first != b'0' || count == 1) && matches!(json.get(end)?, b',' | b'}');
            is_plain.then_some(Passed { start: at, end, next: end, quote })
        }
        _ => None,
    }
}

impl Default for Key {
    /// The start is a key like any other, but for its spelling, which no place has.
    fn default() -> Self {
        Key {
            place: Place::first_in(PartId(u8::MAX)),
            next: [KeyId::START; 2],
            pass: Pass::No,
            spelling: Spelling::new("", 0, 0),
            act: Act::Skip,
            steady: Steady::default(),
        }
    }
}

impl Key {
    fn spell(&mut self, text: &str, offset: usize, length: usize) {
        self.spelling = Spelling::new(text, offset, length);
        self.pass = match self.act {
            Act::Skip => Pass::Over,
            Act::System { .. } | Act::Time { .. } | Act::Data { .. } => Pass::Take,
            _ => Pass::No,
        };
    }
}

impl Spelling {
    fn new(text: &str, offset: usize, length: usize) -> Self {
        let mut short = [0; WIDTH];
        short.iter_mut().zip(text.bytes()).for_each(|(into, byte)| *into = byte);
        let free = u32::try_from(text.len()).ok().and_then(|length| u64::MAX.checked_shl(length)).unwrap_or(0);
        Spelling { short, free, text: Box::from(text), offset, length }
    }

    pub fn length(&self) -> usize {
        self.text.len()
    }

    #[inline]
    fn begins(&self, rest: &[u8]) -> bool {
        rest.starts_with(self.text.as_bytes())
    }

    /// As [`Spelling::begins`] of a short one.
    #[inline(always)]
    fn stands_in<S: Simd>(&self, simd: S, window: u8x64<S>) -> bool {
        let same = window.simd_eq(u8x64::simd_from(simd, self.short)).to_bitmask();
        self.text.len() <= WIDTH && same | self.free == u64::MAX
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
