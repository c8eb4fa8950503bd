//! The events of several rows as one set: which are the latest, and how many there are.

use std::collections::BTreeMap;

use super::{KEPT, Origin, Origins};

/// How many words a set has at most. Events of a file that are near each other share a word.
const WORDS: usize = 1 << 20;
/// A word in a state: file, number and bits.
const WORD_BYTES: usize = 20;

#[derive(Debug, Default)]
pub(super) struct Events {
    kept: Vec<Origin>,
    /// One bit for each event that is known, 64 ordinals of a file in a word.
    words: BTreeMap<(u32, u64), u64>,
    known: u64,
    /// What a row counted that could not name all its events.
    floor: u64,
    at_least: bool,
}

impl Events {
    /// The events of one row.
    pub(super) fn add(&mut self, row: &Origins) {
        for origin in &row.kept {
            self.insert(origin.file, origin.ordinal / 64, 1 << (origin.ordinal % 64));
            self.keep(*origin);
        }
        for (file, number, bits) in words(&row.words) {
            self.insert(file, number, bits);
        }
        if row.at_least {
            self.at_least = true;
            self.floor = self.floor.max(row.count);
        }
    }

    /// All events so far as those of one row. The words are left out where the kept origins are all.
    pub(super) fn origins(&self) -> Origins {
        let mut words = Vec::new();
        if self.known > self.kept.len() as u64 {
            words.reserve(self.words.len() * WORD_BYTES);
            for ((file, number), bits) in &self.words {
                words.extend_from_slice(&file.to_be_bytes());
                words.extend_from_slice(&number.to_be_bytes());
                words.extend_from_slice(&bits.to_be_bytes());
            }
        }
        Origins { count: self.known.max(self.floor), at_least: self.at_least, kept: self.kept.clone(), words }
    }

    pub(super) fn heap_size(&self) -> usize {
        self.kept.capacity() * size_of::<Origin>() + self.words.len() * 2 * WORD_BYTES
    }

    fn insert(&mut self, file: u32, number: u64, bits: u64) {
        let word = self.words.entry((file, number)).or_default();
        self.known += u64::from((bits & !*word).count_ones());
        *word |= bits;
        if self.words.len() > WORDS {
            // The last and not the newest, so that the order of the rows does not show.
            let dropped = self.words.pop_last().map_or(0, |(_, bits)| bits.count_ones());
            self.known -= u64::from(dropped);
            self.at_least = true;
        }
    }

    fn keep(&mut self, origin: Origin) {
        let key = |origin: &Origin| (origin.time, origin.file, origin.ordinal);
        if let Err(at) = self.kept.binary_search_by_key(&key(&origin), key) {
            self.kept.insert(at, origin);
            if self.kept.len() > KEPT {
                self.kept.remove(0);
            }
        }
    }
}

/// File, number and bits of each word.
fn words(words: &[u8]) -> impl Iterator<Item = (u32, u64, u64)> {
    words.chunks_exact(WORD_BYTES).filter_map(|word| {
        let (file, rest) = word.split_first_chunk::<4>()?;
        let (number, rest) = rest.split_first_chunk::<8>()?;
        let (bits, _) = rest.split_first_chunk::<8>()?;
        Some((u32::from_be_bytes(*file), u64::from_be_bytes(*number), u64::from_be_bytes(*bits)))
    })
}

/// File and ordinal of each event that the words name.
pub(super) fn places(all: &[u8]) -> impl Iterator<Item = (u32, u64)> {
    words(all).flat_map(|(file, number, bits)| {
        (0..64).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| (file, number.wrapping_mul(64) + bit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(ordinal: u64) -> Origin {
        // Later events come first in the file.
        Origin { file: 3, ordinal, log: 1, record: -7, time: 1_000_000 - ordinal as i64 }
    }

    fn of(ordinals: impl IntoIterator<Item = u64>) -> Events {
        let mut events = Events::default();
        ordinals.into_iter().for_each(|ordinal| events.add(&Origins::one(origin(ordinal))));
        events
    }

    #[test]
    fn single_events_count_once_and_the_latest_are_kept_in_any_order() {
        let events = of((0..250).chain(0..250));
        let found = events.origins();
        assert_eq!((found.count, found.at_least, found.kept.len()), (250, false, KEPT));
        assert_eq!((found.kept[0].ordinal, found.kept[99].ordinal), (99, 0));
        assert_eq!(of((0..250).rev()).origins(), found);
        let places: std::collections::BTreeSet<_> = found.places().map(|(place, _)| place).collect();
        assert_eq!(places, (0..250).map(|ordinal| (3, ordinal)).collect());
    }

    #[test]
    fn rows_of_many_events_are_counted_exactly() {
        let mut whole = Events::default();
        for part in [of(0..150), of(100..300), of(299..301)] {
            whole.add(&Origins::from_cell(&part.origins().to_cell()));
        }
        assert_eq!(whole.origins(), of(0..301).origins());
        whole.add(&of(1000..1250).origins());
        assert_eq!((whole.origins().count, whole.origins().at_least), (551, false));
    }
}
