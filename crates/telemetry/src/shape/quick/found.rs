//! Found values: those that are wanted and were passed together with all around them, until they are taken in their order.

use super::keys::KeyId;

/// How many wait at most.
pub const ROOM: usize = 64;

/// The values, in the order in which they stand.
pub struct FoundValues {
    values: [FoundValue; ROOM],
    count: usize,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FoundValue {
    pub id: KeyId,
    /// Where the spelling of its key begins.
    pub spelling: usize,
    /// Where its text stands.
    pub start: usize,
    pub end: usize,
}

impl Default for FoundValues {
    fn default() -> Self {
        FoundValues { values: [FoundValue::default(); ROOM], count: 0 }
    }
}

impl FoundValues {
    /// Whether there was room.
    #[inline]
    pub fn push(&mut self, id: KeyId, spelling: usize, start: usize, end: usize) -> bool {
        let Some(place) = self.values.get_mut(self.count) else { return false };
        *place = FoundValue { id, spelling, start, end };
        self.count += 1;
        true
    }

    /// How many more there is room for.
    pub fn room(&self) -> usize {
        ROOM - self.count
    }

    pub fn get(&self, place: usize) -> Option<FoundValue> {
        self.values.get(place).filter(|_| place < self.count).copied()
    }

    pub fn clear(&mut self) {
        self.count = 0;
    }
}
