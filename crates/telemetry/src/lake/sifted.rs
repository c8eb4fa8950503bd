//! Sifting a row group of a lake: which of its rows may hold the texts that are wanted.

use std::collections::BTreeMap;

use arrow::array::{Array, RecordBatch};

use super::columns;
use super::piece::Piece;
use super::reading::{Columns, Reading};
use crate::sieve::Sieve;

/// So many kinds are sifted apart.
const APART: usize = 4;

/// Of the rows that are wanted, those that may hold the texts too. `small`: the channels and ids of all.
pub fn sift(
    sieve: &mut Sieve,
    reading: &Reading<'_>,
    group: usize,
    small: &RecordBatch,
    wanted: &[bool],
) -> Result<Vec<bool>, String> {
    let piece = Piece(small);
    let (channels, events) = (piece.repeated(columns::CHANNEL)?, piece.numbers(columns::EVENT_ID)?);
    let mut kinds: BTreeMap<(Option<usize>, i64), Vec<u32>> = BTreeMap::new();
    for (row, number) in
        wanted.iter().zip(0..).enumerate().filter(|(_, (wanted, _))| **wanted).map(|(row, (_, number))| (row, number))
    {
        let event = if events.is_valid(row) { events.value(row) } else { -1 };
        kinds.entry((channels.key(row), event)).or_default().push(number);
    }
    let name = |(channel, event): &(Option<usize>, i64)| (channels.text(*channel).unwrap_or(""), *event);
    let mut may_hold = vec![false; wanted.len()];
    let mut sift = |kinds: Vec<(&str, i64)>, rows: Vec<u32>| -> Result<(), String> {
        let all = if rows.len() == wanted.len() { None } else { Some(rows.clone()) };
        let sifted = sieve.sift(&mut Columns { reading, group, kinds }, wanted.len(), all)?;
        for row in sifted.rows.unwrap_or(rows) {
            may_hold.get_mut(row as usize).into_iter().for_each(|may_hold| *may_hold = true);
        }
        Ok(())
    };
    if kinds.len() > APART {
        let mut rows: Vec<u32> = kinds.values().flatten().copied().collect();
        rows.sort_unstable();
        sift(kinds.keys().map(name).collect(), rows)?;
    } else {
        for (kind, rows) in &kinds {
            sift(vec![name(kind)], rows.clone())?;
        }
    }
    Ok(may_hold)
}
