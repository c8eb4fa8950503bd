//! Steady stretches: keys whose values nobody wants, and which were the same in one event after another, are passed in one
//! go where they stand once more. Texts are not watched: to find where one ends costs less.
//!
//! The same bytes at the same place are read in the same way, so that nothing has to be read again.

use super::keys::KeyId;

/// How long a value may be that is watched, and a stretch.
const VALUE: usize = 64;
const STRETCH: usize = 1024;
/// How often a value must be the same.
const SAME: u8 = 4;
/// For how many events a value is not looked at, at most, because it changes.
const PATIENCE: u64 = 1023;

/// What is known of the values of one key.
#[derive(Default)]
pub struct Steady {
    value: Vec<u8>,
    same: u8,
    /// The event from which on it is looked at again, and how many are let pass after the next change.
    due: u64,
    patience: u64,
    /// What begins here.
    pub stretch: Option<Stretch>,
}

/// Keys and values, from what stands before the first key to the end of the last value.
pub struct Stretch {
    text: Vec<u8>,
    pub last: KeyId,
}

impl Steady {
    pub fn is_due(&self, event: u64) -> bool {
        event >= self.due
    }

    /// Whether the value is what it was time and again.
    pub fn is_steady(&mut self, event: u64, value: &[u8]) -> bool {
        if self.value == value {
            self.same = self.same.saturating_add(1);
            return self.same >= SAME;
        }
        self.forget();
        self.due = event + self.patience;
        self.patience = (2 * self.patience + 1).min(PATIENCE);
        if value.len() <= VALUE {
            self.value.extend_from_slice(value);
        }
        false
    }

    pub fn forget(&mut self) {
        self.value.clear();
        self.same = 0;
        self.stretch = None;
    }
}

impl Stretch {
    pub fn new(text: &[u8], last: KeyId) -> Self {
        Stretch { text: text.to_vec(), last }
    }

    /// Whether there was room for one key more, which follows.
    pub fn extend(&mut self, text: &[u8], last: KeyId) -> bool {
        let has_room = self.text.len() + text.len() <= STRETCH;
        if has_room {
            self.text.extend_from_slice(text);
            self.last = last;
        }
        has_room
    }

    /// How much of what lies ahead it is.
    pub fn passes(&self, rest: &[u8]) -> Option<usize> {
        // A number ends with what follows it.
        let ends = |byte: &u8| matches!(byte, b',' | b'}');
        (rest.get(self.text.len()).is_some_and(ends) && rest.starts_with(&self.text)).then_some(self.text.len())
    }
}
