//! Layout: where the records of a chunk lie, if they lie as Windows lays them out.

use super::{from_filetime, u32_at, u64_at};

const CHUNK_HEADER: usize = 512;
const RECORD_HEADER: usize = 24;
const RECORD_MAGIC: &[u8; 4] = b"**\0\0";

/// A record of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    pub id: i64,
    filetime: u64,
    /// Where its binary XML begins and ends in the chunk.
    pub start: usize,
    pub end: usize,
}

impl Record {
    /// A record whose binary XML lies there. Its time is known elsewhere.
    pub fn new(id: i64, start: u64, size: u32) -> Self {
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        let end = start.saturating_add(usize::try_from(size).unwrap_or(usize::MAX));
        Record { id, filetime: 0, start, end }
    }

    /// The time at which it was written, in ticks.
    pub fn written(&self) -> Option<i64> {
        from_filetime(self.filetime)
    }
}

/// The records of a chunk from first to last; `None` where any of them does not begin where the one before it ends, so that
/// it takes a search to find them.
pub fn records(chunk: &[u8]) -> Option<Vec<Record>> {
    let last_id = u64_at(chunk, 32)?;
    let free = usize::try_from(u32_at(chunk, 48)?).ok()?.min(chunk.len());
    let mut records = Vec::with_capacity(128);
    let mut at = CHUNK_HEADER;
    while at < free {
        if !chunk.get(at..)?.starts_with(RECORD_MAGIC) {
            return None;
        }
        let size = u32_at(chunk, at + 4)?;
        let (id, filetime) = (u64_at(chunk, at + 8)?, u64_at(chunk, at + 16)?);
        let next = at.checked_add(usize::try_from(size).ok()?)?;
        let (start, end) = (at + RECORD_HEADER, next.checked_sub(4)?);
        if end < start || next > free || u32_at(chunk, end)? != size {
            return None;
        }
        from_filetime(filetime)?;
        records.push(Record { id: i64::try_from(id).unwrap_or(i64::MAX), filetime, start, end });
        if id == last_id {
            break;
        }
        at = next;
    }
    Some(records)
}
