//! Turns: threads that parse pieces of the evidence side by side hand over what they made one after another.

use std::sync::{Condvar, Mutex, PoisonError};

/// Whose turn it is. Pieces are taken from one queue in their order, so whoever holds the lowest number never waits.
#[derive(Default)]
pub struct Turns {
    next: Mutex<u64>,
    changed: Condvar,
}

/// The turn of a piece, which passes on when it is dropped, whatever became of the piece.
pub struct Turn<'a> {
    turns: &'a Turns,
    number: u64,
}

impl Turns {
    pub fn take(&self, number: u64) -> Turn<'_> {
        Turn { turns: self, number }
    }
}

impl Turn<'_> {
    /// Waits until all pieces before this one have passed.
    pub fn wait(&self) {
        let next = self.turns.next.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.turns.changed.wait_while(next, |next| *next < self.number);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.wait();
        *self.turns.next.lock().unwrap_or_else(PoisonError::into_inner) = self.number + 1;
        self.turns.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_pass_in_their_order_whoever_is_done_first() {
        let (turns, passed) = (Turns::default(), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for number in [3, 1, 0, 2] {
                let turn = turns.take(number);
                let passed = &passed;
                scope.spawn(move || {
                    turn.wait();
                    passed.lock().unwrap().push(number);
                });
            }
        });
        assert_eq!(*passed.lock().unwrap(), [0, 1, 2, 3]);
    }
}
