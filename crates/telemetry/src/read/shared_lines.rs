//! Shared lines: a long file of lines that the workers read for themselves, one block after another. What a worker has read
//! is still in its own cache when it parses it.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::ndjson::{LineBlocks, Lines};

/// A block and what a worker makes of it fit into its cache.
const BLOCK: usize = 512 << 10;
/// How long the one who waits sleeps before it tells how far the file is read.
const STEP: Duration = Duration::from_millis(50);

/// The file and how far it is read.
pub struct SharedLines {
    state: Mutex<State>,
    ended: Condvar,
}

struct State {
    blocks: LineBlocks<File>,
    /// The next block, among the pieces of all files.
    number: u64,
    bytes: u64,
    /// Whether it was read to its end.
    end: Option<io::Result<()>>,
}

impl SharedLines {
    pub fn new(file: File, number: u64) -> Self {
        let blocks = LineBlocks::of(file, BLOCK);
        SharedLines { state: Mutex::new(State { blocks, number, bytes: 0, end: None }), ended: Condvar::new() }
    }

    /// The next block with its number, in memory that held another one.
    pub fn next(&self, memory: &mut Vec<u8>, stop: &AtomicBool) -> Option<(u64, Lines)> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.end.is_some() {
            return None;
        }
        if stop.load(Ordering::Relaxed) {
            state.end = Some(Ok(()));
            self.ended.notify_all();
            return None;
        }
        match state.blocks.next_into(std::mem::take(memory)) {
            Ok(Some(lines)) => {
                let number = state.number;
                state.number += 1;
                state.bytes += lines.bytes.len() as u64;
                Some((number, lines))
            }
            outcome => {
                state.end = Some(outcome.map(|_| ()));
                self.ended.notify_all();
                None
            }
        }
    }

    /// Waits until the file is read, and gives the number of the piece that follows, how many bytes were read, and whether
    /// they are all.
    pub fn wait(lines: Arc<Self>, stop: &AtomicBool, step: &dyn Fn(u64)) -> (u64, u64, io::Result<()>) {
        let mut state = lines.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(outcome) = state.end.take() {
                state.end = Some(Ok(()));
                return (state.number, state.bytes, outcome);
            }
            // Workers that were stopped, or have broken down, read no more.
            if stop.load(Ordering::Relaxed) || Arc::strong_count(&lines) == 1 {
                state.end = Some(Ok(()));
                return (state.number, state.bytes, Ok(()));
            }
            let waited = lines.ended.wait_timeout(state, STEP);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            step(state.bytes);
        }
    }
}
