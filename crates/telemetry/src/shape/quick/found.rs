//! Found values: those that are wanted and were passed together with all around them, until they are taken in their order.

use super::keys::KeyId;

/// How many wait at most.
const ROOM: usize = 64;

/// The values, in the order in which they stand.
#[derive(Default)]
pub struct FoundValues(Vec<FoundValue>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundValue {
    pub id: KeyId,
    /// Where the spelling of its key begins.
    pub spelling: usize,
    /// Where its text stands.
    pub start: usize,
    pub end: usize,
}

impl FoundValues {
    pub fn has_room(&self) -> bool {
        self.0.len() < ROOM
    }

    #[inline]
    pub fn push(&mut self, value: FoundValue) {
        self.0.push(value);
    }

    pub fn get(&self, place: usize) -> Option<FoundValue> {
        self.0.get(place).copied()
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}
