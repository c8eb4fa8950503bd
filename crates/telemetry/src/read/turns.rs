//! Turns: threads that parse pieces of the evidence side by side hand over what they made in the order of the pieces, and none
//! of them waits for another as long as little is kept.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::Sink;
use crate::event::EventBatch;

/// How many bytes of one piece may wait, and how many pieces for each thread.
const BYTES: usize = 32 << 20;
const PIECES: usize = 2;

/// Whose turn it is. Pieces are taken from one queue in their order, so whoever holds the lowest number never waits.
pub struct Turns<'a> {
    sink: Sink<'a>,
    stop: &'a AtomicBool,
    /// How many pieces may wait.
    room: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The piece that is handed over.
    next: u64,
    /// Pieces that are done before their turn.
    waiting: BTreeMap<u64, Vec<EventBatch>>,
    /// A thread broke down: nothing is handed over any more.
    is_broken: bool,
}

/// The turn of a piece, which passes on when it is dropped, whatever became of the piece.
pub struct Turn<'a> {
    turns: &'a Turns<'a>,
    number: u64,
    held: Vec<EventBatch>,
    bytes: usize,
}

impl<'a> Turns<'a> {
    pub fn new(sink: Sink<'a>, stop: &'a AtomicBool, threads: usize) -> Self {
        Turns { sink, stop, room: PIECES * threads, state: Mutex::default(), changed: Condvar::new() }
    }

    pub fn take(&'a self, number: u64) -> Turn<'a> {
        Turn { turns: self, number, held: Vec::new(), bytes: 0 }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits while this holds.
    fn wait<'s>(&self, state: MutexGuard<'s, State>, holds: impl Fn(&State) -> bool) -> MutexGuard<'s, State> {
        let waited = self.changed.wait_while(state, |state| !state.is_broken && holds(state));
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, batches: Vec<EventBatch>) {
        for events in batches {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            if (self.sink)(events) == ControlFlow::Break(()) {
                self.stop.store(true, Ordering::Relaxed);
            }
        }
    }
}

impl Turn<'_> {
    /// Hands over a batch, now or when it is this piece's turn.
    pub fn give(&mut self, events: EventBatch) {
        self.bytes += events.batch.get_array_memory_size();
        self.held.push(events);
        let state = self.turns.lock();
        if state.next != self.number {
            if self.bytes < BYTES {
                return;
            }
            drop(self.turns.wait(state, |state| state.next != self.number));
        } else {
            drop(state);
        }
        self.bytes = 0;
        self.turns.serve(std::mem::take(&mut self.held));
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let turns = self.turns;
        let mut state = turns.lock();
        if state.next != self.number {
            state = turns.wait(state, |state| state.next != self.number && state.waiting.len() >= turns.room);
            if state.next != self.number {
                state.waiting.insert(self.number, std::mem::take(&mut self.held));
                return;
            }
        }
        drop(state);
        let mut served = Some(std::mem::take(&mut self.held));
        while let Some(batches) = served {
            let pass = Pass(turns);
            if !std::thread::panicking() {
                turns.serve(batches);
            }
            drop(pass);
            let mut state = turns.lock();
            let next = state.next;
            served = state.waiting.remove(&next);
        }
        turns.changed.notify_all();
    }
}

/// The turn passes to the next piece, be it that the sink broke down.
struct Pass<'a>(&'a Turns<'a>);

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.next += 1;
        state.is_broken |= std::thread::panicking();
        drop(state);
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Fields;
    use arrow::array::{RecordBatch, RecordBatchOptions};

    /// A batch that is known by its one event.
    fn batch(event: i64) -> EventBatch {
        let options = RecordBatchOptions::new().with_row_count(Some(1));
        let schema = Fields::new([], false).schema().clone();
        let batch = RecordBatch::try_new_with_options(schema, Vec::new(), &options).unwrap();
        EventBatch { batch, channels: vec![0], events: vec![event], has_several: false }
    }

    #[test]
    fn pieces_pass_in_their_order_whoever_is_done_first() {
        let (passed, stop) = (Mutex::new(Vec::new()), AtomicBool::new(false));
        let sink = |events: EventBatch| {
            passed.lock().unwrap().extend(events.events);
            ControlFlow::Continue(())
        };
        let turns = Turns::new(&sink, &stop, 1);
        std::thread::scope(|scope| {
            for number in [3, 1, 5, 0, 4, 2] {
                let mut turn = turns.take(number);
                scope.spawn(move || (0..3).for_each(|batch_of_it| turn.give(batch(10 * number as i64 + batch_of_it))));
            }
        });
        let wanted: Vec<i64> = (0..6).flat_map(|number| (0..3).map(move |batch| 10 * number + batch)).collect();
        assert_eq!(*passed.lock().unwrap(), wanted);
    }

    #[test]
    fn a_piece_that_is_done_early_waits_without_its_thread() {
        let (passed, stop) = (Mutex::new(Vec::new()), AtomicBool::new(false));
        let sink = |events: EventBatch| {
            passed.lock().unwrap().extend(events.events);
            ControlFlow::Continue(())
        };
        let turns = Turns::new(&sink, &stop, 1);
        let mut turn = turns.take(1);
        turn.give(batch(1));
        drop(turn);
        assert!(passed.lock().unwrap().is_empty());
        drop(turns.take(0));
        assert_eq!(*passed.lock().unwrap(), [1]);
    }

    #[test]
    fn nothing_is_handed_over_after_the_sink_has_enough() {
        let (passed, stop) = (Mutex::new(0), AtomicBool::new(false));
        let sink = |_: EventBatch| {
            *passed.lock().unwrap() += 1;
            ControlFlow::Break(())
        };
        let turns = Turns::new(&sink, &stop, 2);
        for number in [1, 2, 0] {
            turns.take(number).give(batch(1));
        }
        assert_eq!((*passed.lock().unwrap(), stop.load(Ordering::Relaxed)), (1, true));
    }
}
