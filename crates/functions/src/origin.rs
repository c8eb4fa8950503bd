//! Origins: which records of the evidence a row came from, carried through a plan in one hidden column.
//!
//! An origin says file, log, record, time and place in the file by itself, so that a finding can name its events without a
//! second reading and without an index in memory. A cell is binary: the exact count of events (8 bytes), then at most
//! [`KEPT`] origins of [`Origin::BYTES`] each.

mod gather;
mod join;

pub use gather::gather;
pub use join::join;

/// The hidden column. No language can spell it, so no query can name or lose it.
pub const COLUMN: &str = "\u{1}origin";

/// How many origins a cell keeps; the count stays exact beyond it.
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

/// The events of one row: how many they are, and the first of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origins {
    pub count: u64,
    pub kept: Vec<Origin>,
}

impl Origins {
    pub fn one(origin: Origin) -> Self {
        Origins { count: 1, kept: vec![origin] }
    }

    pub fn to_cell(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(8 + self.kept.len() * Origin::BYTES);
        out.extend_from_slice(&self.count.to_be_bytes());
        for origin in &self.kept {
            out.extend_from_slice(&origin.to_bytes());
        }
        out
    }

    pub fn from_cell(cell: &[u8]) -> Self {
        let Some((count, rest)) = cell.split_first_chunk::<8>() else {
            return Origins::default();
        };
        let kept = rest.chunks_exact(Origin::BYTES).filter_map(Origin::from_bytes).collect();
        Origins { count: u64::from_be_bytes(*count), kept }
    }

    /// Adds the events of another row. While all are kept, one event counts once.
    pub fn add(&mut self, other: &Origins) {
        let mut seen = 0;
        for origin in &other.kept {
            if self.kept.contains(origin) {
                seen += 1;
            } else if self.kept.len() < KEPT {
                self.kept.push(*origin);
            }
        }
        self.count = self.count.saturating_add(other.count.saturating_sub(seen));
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
        let origins = Origins { count: 9, kept: vec![origin(1), origin(u64::MAX)] };
        assert_eq!(Origins::from_cell(&origins.to_cell()), origins);
        assert_eq!(Origins::from_cell(b"short"), Origins::default());
        assert_eq!(origin(1).time(), Some(42));
        assert_eq!(Origin { time: Origin::NO_TIME, ..origin(1) }.time(), None);
    }

    #[test]
    fn the_count_is_exact_beyond_what_is_kept_and_one_event_counts_once() {
        let mut sum = Origins::default();
        for ordinal in 0..250 {
            sum.add(&Origins::one(origin(ordinal)));
        }
        assert_eq!((sum.count, sum.kept.len()), (250, KEPT));
        sum.add(&Origins::one(origin(0)));
        assert_eq!(sum.count, 250);
    }
}
