//! Spread: pieces of work shared out among threads, each taken by whoever is free.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Generated queries nest deeply.
const STACK: usize = 256 << 20;

/// Does the work for each of the pieces, on so many threads at most. They begin in order.
pub fn spread<'p, T: Sync>(threads: usize, pieces: &'p [T], work: impl Fn(&'p T) + Sync) {
    let next = AtomicUsize::new(0);
    let take = || {
        while let Some(piece) = pieces.get(next.fetch_add(1, Ordering::Relaxed)) {
            work(piece);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(pieces.len()) {
            // Where a thread cannot be had, this one does its part.
            drop(std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, take));
        }
        take();
    });
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use super::*;

    #[test]
    fn each_piece_is_done_once_however_many_threads_there_are() {
        let pieces: Vec<u64> = (1..=100).collect();
        for threads in [0, 1, 3, 200] {
            let sum = AtomicU64::new(0);
            spread(threads, &pieces, |piece| {
                sum.fetch_add(*piece, Ordering::Relaxed);
            });
            assert_eq!(sum.into_inner(), 5050);
        }
    }
}
