//! Keys: which key comes after which. Events of one kind have the same keys in the same order, so that most keys are known
//! before they are read.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use wide::u8x32;

use super::Act;
use super::found::{FoundValue, FoundValues};
use super::marks::{WIDTH, WINDOW, end_of_text, plain_text, short_text};
use super::scan::Scan;
use super::steady::{Steady, Stretch};
use crate::row::Row;
use crate::shape::meaning::{Meaning, Part, is_of_beats, meaning};

/// How many keys are remembered, and how long one may be, with what stands around it.
const KEYS: usize = 8192;
const LONGEST: usize = 160;
/// From which length on a key, with what stands before it, is not passed in one go: behind it a text must fit into a window.
const LONG: u8 = 63;
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

/// Whether a value is passed together with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    No,
    /// Where it is a text.
    Over,
    /// And taken later.
    Take,
}

/// A key with all that stands between the value before it and its own.
pub struct Spelling {
    /// The text's first bytes, and a bit for each of those that may differ because they are behind it.
    head: [u8; WIDTH],
    free: u32,
    /// As `free`, but a quote must follow what is not wanted; `None` where the text is too long to be passed in one go.
    free_before: Option<u32>,
    /// The text's length, if it is short.
    short: u8,
    /// Where a text that is longer than its head goes on to its end, with the quote that must follow it.
    rest: Option<(u8, [u8; WIDTH])>,
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

    /// Passes keys that were foreseen with their values, as long as these are texts that are not wanted, or texts and plain
    /// numbers that can be taken when all are passed. Most records are read here, in one loop that is kept from being laid out
    /// among all that is rare. Gives the key behind them, if it was foreseen too.
    #[inline(never)]
    pub fn pass(
        &self,
        last: &mut KeyId,
        place: &mut Place,
        scan: &mut Scan<'_>,
        found: &mut FoundValues,
    ) -> Option<KeyId> {
        let json = scan.json();
        let (mut at, mut stands) = (scan.at(), *place);
        let mut passed = *last;
        let mut before = self.get(passed)?;
        let foreseen = loop {
            let id = before.next[0];
            let Some(key) = self.get(id) else { break None };
            let Some(window) = json.get(at..).and_then(<[u8]>::first_chunk::<WINDOW>) else { break None };
            if key.place != stands || !key.spelling.begins_before(window) {
                break None;
            }
            let value = usize::from(key.spelling.short);
            match key.pass {
                Pass::Over => {
                    let end = short_text(window, value + 1).map(|end| at + end);
                    let Some(end) = end.or_else(|| end_of_text(json, at + value + 1)) else { break None };
                    at = end + 1;
                }
                Pass::Take if found.has_room() => {
                    let Some((start, end, is_plain)) = value_at(json, window, at, value) else { break Some(id) };
                    found.push(FoundValue { id, spelling: at, start, end, is_plain });
                    at = end + (start - at - value);
                }
                Pass::Take | Pass::No => break Some(id),
            }
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

#[inline]
fn goes_on(window: &[u8; WINDOW], at: u8, rest: &[u8; WIDTH]) -> bool {
    window.get(usize::from(at)..).and_then(<[u8]>::first_chunk::<WIDTH>) == Some(rest)
}

/// Where the value that begins at a place of the window stands in the record, without quotes, and whether it is its own text
/// beyond doubt. `None` for all but texts and plain numbers.
#[inline]
fn value_at(json: &[u8], window: &[u8; WINDOW], at: usize, value: usize) -> Option<(usize, usize, bool)> {
    let value = value % (2 * WIDTH);
    match *window.get(value)? {
        b'"' => match plain_text(window, value + 1) {
            Some(end) => Some((at + value + 1, at + end, true)),
            None => Some((at + value + 1, end_of_text(json, at + value + 1)?, false)),
        },
        // Other spellings of numbers are looked at more closely.
        b'1'..=b'9' => {
            let rest = window.get(value..)?;
            let digits = rest.iter().take(DIGITS + 1).take_while(|byte| byte.is_ascii_digit()).count();
            let is_plain = digits <= DIGITS && matches!(rest.get(digits)?, b',' | b'}');
            is_plain.then_some((at + value, at + value + digits, true))
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
            spelling: Spelling::new("", 0, 0, false),
            act: Act::Skip,
            steady: Steady::default(),
        }
    }
}

impl Key {
    fn spell(&mut self, text: &str, offset: usize, length: usize) {
        let is_skipped = matches!(self.act, Act::Skip);
        self.spelling = Spelling::new(text, offset, length, is_skipped);
        self.pass = match self.act {
            Act::Skip => Pass::Over,
            Act::System { .. } | Act::Time { .. } | Act::Data { .. } => Pass::Take,
            _ => Pass::No,
        };
    }
}

impl Spelling {
    fn new(text: &str, offset: usize, length: usize, has_quote: bool) -> Self {
        let mut head = [0; WIDTH];
        head.iter_mut().zip(text.bytes().chain([b'"'])).for_each(|(into, byte)| *into = byte);
        let from = |place: usize| u32::try_from(place).ok().and_then(|place| u32::MAX.checked_shl(place)).unwrap_or(0);
        // The value begins where a text may begin in a window.
        let short = u8::try_from(text.len()).ok().filter(|length| *length < LONG);
        // No byte is free of being the quote of a text that is not there.
        let free_before = short.map(|_| from(text.len() + usize::from(has_quote)));
        let bytes: Vec<u8> = text.bytes().chain(has_quote.then_some(b'"')).collect();
        let rest = bytes.last_chunk::<WIDTH>().filter(|_| bytes.len() > WIDTH);
        let rest = rest.and_then(|rest| Some((u8::try_from(bytes.len() - WIDTH).ok()?, *rest)));
        Spelling {
            head,
            free: from(text.len()),
            free_before,
            short: short.unwrap_or_default(),
            rest,
            text: Box::from(text),
            offset,
            length,
        }
    }

    pub fn length(&self) -> usize {
        self.text.len()
    }

    #[inline]
    fn begins(&self, rest: &[u8]) -> bool {
        let text = self.text.as_bytes();
        let Some(head) = rest.first_chunk::<WIDTH>() else { return rest.starts_with(text) };
        self.same(head) | self.free == u32::MAX && (text.len() <= WIDTH || rest.starts_with(text))
    }

    /// As [`Spelling::begins`] of a short one, before a text if it is not wanted.
    #[inline]
    fn begins_before(&self, window: &[u8; WINDOW]) -> bool {
        let Some((head, free)) = window.first_chunk::<WIDTH>().zip(self.free_before) else { return false };
        self.same(head) | free == u32::MAX && self.rest.as_ref().is_none_or(|(at, rest)| goes_on(window, *at, rest))
    }

    #[inline]
    fn same(&self, head: &[u8; WIDTH]) -> u32 {
        u8x32::from(*head).simd_eq(u8x32::from(self.head)).to_bitmask()
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
