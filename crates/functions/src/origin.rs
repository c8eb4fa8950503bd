//! Origins: which records of the evidence a row came from, carried through a plan in one hidden column.
//!
//! An origin says file, log, record, time and place in the file by itself, so that a finding can name its events without a
//! second reading and without an index in memory. A cell is binary: the count of events (8 bytes, of which the highest bit says
//! "at least"), the latest of them (at most [`KEPT`], [`Origin::BYTES`] each), and where there are more, one bit for each.
//!
//! An event counts once, however often it comes, and neither the count nor what is kept depends on the order of the rows. Beyond
//! some tens of millions of events in one row, the bits are too many: the count is then what is sure, and says "at least".

mod events;
mod gather;
mod join;

pub use gather::gather;
pub use join::join;

/// The hidden column. No language can spell it, so no query can name or lose it.
pub const COLUMN: &str = "\u{1}origin";

/// How many origins a cell keeps.
pub const KEPT: usize = 100;

/// One record of the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// Index of the file in the evidence.
    pub file: u32,
    /// Counts the events of the file; unlike `record` it is unique there.
    pub ordinal: u64,
    /// Index in the evidence's list of logs: which channel on which host.
    pub log: u32,
    /// EventRecordID, else the line number.
    pub record: i64,
    /// When the event happened, in ticks; [`Origin::NO_TIME`] if that is not known.
    pub time: i64,
}

impl Origin {
    pub const BYTES: usize = 32;
    const CELL: usize = 9 + Self::BYTES;
    pub const NO_TIME: i64 = i64::MIN;

    /// When the event happened, if that is known.
    pub fn time(self) -> Option<i64> {
        (self.time != Origin::NO_TIME).then_some(self.time)
    }

    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut out = [0; Self::BYTES];
        out[..4].copy_from_slice(&self.file.to_be_bytes());
        out[4..12].copy_from_slice(&self.ordinal.to_be_bytes());
        out[12..16].copy_from_slice(&self.log.to_be_bytes());
        out[16..24].copy_from_slice(&self.record.to_be_bytes());
        out[24..].copy_from_slice(&self.time.to_be_bytes());
        out
    }

    /// The cell of a row that came from this record alone.
    pub fn to_cell(self) -> [u8; Self::CELL] {
        let mut out = [0; Self::CELL];
        out[..8].copy_from_slice(&1_u64.to_be_bytes());
        out[8] = 1;
        out[9..].copy_from_slice(&self.to_bytes());
        out
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (file, rest) = bytes.split_first_chunk::<4>()?;
        let (ordinal, rest) = rest.split_first_chunk::<8>()?;
        let (log, rest) = rest.split_first_chunk::<4>()?;
        let (record, rest) = rest.split_first_chunk::<8>()?;
        let (time, _) = rest.split_first_chunk::<8>()?;
        Some(Origin {
            file: u32::from_be_bytes(*file),
            ordinal: u64::from_be_bytes(*ordinal),
            log: u32::from_be_bytes(*log),
            record: i64::from_be_bytes(*record),
            time: i64::from_be_bytes(*time),
        })
    }
}

/// The events of one row: how many they are, and the latest of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origins {
    pub count: u64,
    /// There may be more than `count`.
    pub at_least: bool,
    /// By time, file and ordinal.
    pub kept: Vec<Origin>,
    /// Where there are more than are kept: all of them, as the words of [`events`].
    words: Vec<u8>,
}

const AT_LEAST: u64 = 1 << 63;

impl Origins {
    pub fn one(origin: Origin) -> Self {
        Origins { count: 1, kept: vec![origin], ..Origins::default() }
    }

    /// Any number of records.
    pub fn of(all: impl IntoIterator<Item = Origin>) -> Self {
        let mut events = events::Events::default();
        all.into_iter().for_each(|origin| events.add(&Origins::one(origin)));
        events.origins()
    }

    /// Whether all events of another row are among these.
    pub fn covers(&self, other: &Origins) -> bool {
        let mut events = events::Events::default();
        events.add(self);
        let own = events.origins().count;
        events.add(other);
        events.origins().count == own
    }

    /// File and ordinal of every event, with its record where that is kept.
    pub fn places(&self) -> impl Iterator<Item = ((u32, u64), Option<i64>)> {
        let kept = self.kept.iter().map(|origin| ((origin.file, origin.ordinal), Some(origin.record)));
        kept.chain(events::places(&self.words).map(|place| (place, None)))
    }

    /// Two records of one thing.
    pub fn two(first: Origin, second: Origin) -> Self {
        let mut kept = vec![first, second];
        kept.sort_by_key(|origin| (origin.time, origin.file, origin.ordinal));
        Origins { count: 2, kept, ..Origins::default() }
    }

    pub fn to_cell(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(9 + self.kept.len() * Origin::BYTES + self.words.len());
        let mark = if self.at_least { AT_LEAST } else { 0 };
        out.extend_from_slice(&(self.count & !AT_LEAST | mark).to_be_bytes());
        out.push(u8::try_from(self.kept.len()).unwrap_or(u8::MAX));
        for origin in &self.kept {
            out.extend_from_slice(&origin.to_bytes());
        }
        out.extend_from_slice(&self.words);
        out
    }

    pub fn from_cell(cell: &[u8]) -> Self {
        let Some((count, rest)) = cell.split_first_chunk::<8>() else {
            return Origins::default();
        };
        let Some((kept, rest)) = rest.split_first() else {
            return Origins::default();
        };
        let (kept, words) = rest.split_at_checked(usize::from(*kept) * Origin::BYTES).unwrap_or((rest, &[]));
        let kept = kept.chunks_exact(Origin::BYTES).filter_map(Origin::from_bytes).collect();
        let count = u64::from_be_bytes(*count);
        Origins { count: count & !AT_LEAST, at_least: count & AT_LEAST != 0, kept, words: words.to_vec() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(ordinal: u64) -> Origin {
        Origin { file: 3, ordinal, log: 1, record: -7, time: 42 }
    }

    #[test]
    fn a_cell_holds_what_was_put_in() {
        let kept = vec![origin(1), origin(u64::MAX)];
        let origins = Origins { count: 9, at_least: true, kept, words: vec![7; 40] };
        assert_eq!(Origins::from_cell(&origins.to_cell()), origins);
        assert_eq!(Origins::from_cell(b"short"), Origins::default());
        assert_eq!(origin(1).to_cell().as_slice(), Origins::one(origin(1)).to_cell());
        assert_eq!(origin(1).time(), Some(42));
        assert_eq!(Origin { time: Origin::NO_TIME, ..origin(1) }.time(), None);
    }
}
