//! Strings that come again and again, each held once, within a bound of memory.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

/// A text that is held, by its number; [`Text::NONE`] for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text(u32);

impl Text {
    pub const NONE: Text = Text(u32::MAX);
}

#[derive(Default)]
pub struct Strings {
    bytes: String,
    ends: Vec<usize>,
    /// The number of the last text with a hash, and for each text that of the one before it with the same.
    by_hash: HashMap<u64, u32, BuildHasherDefault<Known>>,
    before: Vec<u32>,
    hasher: RandomState,
}

impl Strings {
    /// About how much memory they take.
    pub fn size(&self) -> usize {
        self.bytes.len() + 80 * self.ends.len()
    }

    pub fn add(&mut self, text: &str) -> Text {
        if text.is_empty() {
            return Text::NONE;
        }
        let hash = self.hasher.hash_one(text);
        if let Some(known) = self.find_of(hash, text) {
            return known;
        }
        let Ok(number) = u32::try_from(self.ends.len()) else { return Text::NONE };
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
        self.before.push(self.by_hash.insert(hash, number).unwrap_or(Text::NONE.0));
        Text(number)
    }

    /// A text whose case does not count.
    pub fn add_folded(&mut self, text: &str) -> Text {
        self.add(&text.to_ascii_lowercase())
    }

    pub fn find_folded(&self, text: &str) -> Option<Text> {
        match text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => self.find(&text.to_ascii_lowercase()),
            false => self.find(text),
        }
    }

    pub fn get(&self, text: Text) -> Option<&str> {
        let place = usize::try_from(text.0).ok()?;
        let end = *self.ends.get(place)?;
        let start = match place.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.bytes.get(start..end)
    }

    fn find(&self, text: &str) -> Option<Text> {
        self.find_of(self.hasher.hash_one(text), text)
    }

    fn find_of(&self, hash: u64, text: &str) -> Option<Text> {
        let mut number = *self.by_hash.get(&hash)?;
        loop {
            match self.get(Text(number))? {
                known if known == text => return Some(Text(number)),
                _ => number = *self.before.get(usize::try_from(number).ok()?)?,
            }
        }
    }
}

/// What is a hash already is its own.
#[derive(Default)]
struct Known(u64);

impl Hasher for Known {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_held_once_and_found_again() {
        let mut strings = Strings::default();
        let (first, second) = (strings.add("PC1"), strings.add("C:\\a.exe"));
        assert_eq!(
            (strings.add("PC1"), strings.get(first), strings.get(second)),
            (first, Some("PC1"), Some("C:\\a.exe"))
        );
        assert_eq!((strings.add(""), strings.get(Text::NONE)), (Text::NONE, None));
        let folded = strings.add_folded("PC1");
        assert_eq!((strings.find_folded("pC1"), strings.find_folded("PC2")), (Some(folded), None));
    }
}
