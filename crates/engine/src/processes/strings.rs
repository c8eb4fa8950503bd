//! Strings that come again and again, each held once, within a bound of memory.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

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
    /// The numbers of the texts with a hash.
    by_hash: HashMap<u64, Vec<u32>>,
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
        if let Some(known) = self.find(text) {
            return known;
        }
        let Ok(number) = u32::try_from(self.ends.len()) else { return Text::NONE };
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
        self.by_hash.entry(self.hasher.hash_one(text)).or_default().push(number);
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
        let numbers = self.by_hash.get(&self.hasher.hash_one(text))?;
        numbers.iter().map(|number| Text(*number)).find(|known| self.get(*known) == Some(text))
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
