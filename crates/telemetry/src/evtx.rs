//! EVTX: a header of 4 KiB and chunks of 64 KiB, each of which can be read without the others.
//!
//! Records as Windows writes them are read straight from their binary XML ([`binary`]). What is out of the ordinary, in a
//! record or in the layout of a chunk, is read as the text that the `evtx` crate renders; both ways give the same events.

mod binary;
mod chunks;
mod layout;

use std::collections::VecDeque;
use std::sync::Arc;

use ::evtx::{EvtxChunkData, EvtxRecord, ParserSettings};
use functions::ticks;

use self::binary::{Binary, Names};
use self::layout::Record;
use crate::guarded::guarded;
use crate::read::Parser;

pub use chunks::{Chunk, Chunks};

const CHUNK: usize = 64 << 10;
const MAGIC: &[u8; 8] = b"ElfChnk\0";
/// A record has a header of 24 bytes and ends with its size again.
const SMALLEST_RECORD: u64 = 28;

/// What one worker keeps from chunk to chunk.
pub struct ChunkReader {
    binary: Binary,
    settings: Arc<ParserSettings>,
}

impl Default for ChunkReader {
    fn default() -> Self {
        let settings = ParserSettings::new().indent(false).separate_json_attributes(true);
        ChunkReader { binary: Binary::default(), settings: Arc::new(settings) }
    }
}

impl ChunkReader {
    /// Parses the records of a chunk; what cannot be read is counted, whatever the bytes are.
    pub fn read(&mut self, chunk: Chunk, parser: &mut Parser<'_>) {
        let number = chunk.number;
        if !chunk.bytes.starts_with(MAGIC) {
            return parser.damaged_chunk(|| format!("chunk {number} has no header"));
        }
        let promised = promised_by_chunk(&chunk.bytes);
        let is_cut = chunk.is_cut;
        let before = (parser.events(), parser.damaged());
        if let Err(reason) = self.records(chunk, parser) {
            parser.damaged_chunk(|| format!("chunk {number}: {reason}"));
        }
        let read = parser.events() - before.0;
        let counted = parser.damaged() - before.1;
        let missing = promised.saturating_sub(read + counted);
        if is_cut {
            parser.cut_off(missing);
        } else if missing > 0 && !parser.is_stopped() {
            parser.damaged_records(missing, || format!("chunk {number} holds {read} of its {promised} records"));
        }
    }

    fn records(&mut self, chunk: Chunk, parser: &mut Parser<'_>) -> Result<(), String> {
        let number = chunk.number;
        let mut data = guarded(|| EvtxChunkData::new(chunk.bytes, false).map_err(|error| error.to_string()))?;
        if !chunk.is_cut && !data.validate_checksum() {
            parser.unverified_chunk();
        }
        let Some(records) = layout::records(&data.data) else { return self.rendered(number, &mut data, None, parser) };
        let mut odd = VecDeque::new();
        self.binary.begin();
        for (place, record) in (0..).zip(&records) {
            if parser.is_stopped() {
                return Ok(());
            }
            match self.binary.read(&data.data, record, Names::Plain, parser.row()) {
                Some(()) => parser.accept(ordinal(number, place), record.id, || record.written()),
                None => odd.push_back(place),
            }
        }
        if odd.is_empty() { Ok(()) } else { self.rendered(number, &mut data, Some(odd), parser) }
    }

    /// Reads the records at these places of a chunk, or all of them, as the text that they render to.
    fn rendered(
        &mut self,
        number: u64,
        data: &mut EvtxChunkData,
        mut places: Option<VecDeque<u64>>,
        parser: &mut Parser<'_>,
    ) -> Result<(), String> {
        let mut unread = VecDeque::new();
        let outcome = each(data, &self.settings, |place, record| {
            if let Some(places) = &mut places
                && places.pop_front_if(|wanted| *wanted == place).is_none()
            {
                return !places.is_empty();
            }
            match record.map(|record| guarded(|| one(record, parser))) {
                Ok(Ok((id, written))) => parser.accept(ordinal(number, place), id, || written),
                Ok(Err(reason)) => unread.push_back((place, reason)),
                Err(reason) => parser.damaged_record(|| format!("chunk {number}: {reason}")),
            }
            !parser.is_stopped() && places.as_ref().is_none_or(|places| !places.is_empty())
        });
        if !unread.is_empty() && !parser.is_stopped() {
            let binary = &mut self.binary;
            binary.begin();
            // Should the chunk fail now, what is left is damaged all the same.
            let _ = each(data, &self.settings, |place, record| {
                let Some((_, reason)) = unread.pop_front_if(|(wanted, _)| *wanted == place) else { return true };
                match record.and_then(|record| otherwise(record, binary, parser)) {
                    Ok((id, written)) => parser.accept(ordinal(number, place), id, || written),
                    Err(_) => parser.damaged_record(|| format!("chunk {number}: {reason}")),
                }
                !unread.is_empty() && !parser.is_stopped()
            });
        }
        for (_, reason) in unread {
            parser.damaged_record(|| format!("chunk {number}: {reason}"));
        }
        outcome
    }
}

/// Gives each record of a chunk with its place, until there is none or no more are wanted.
fn each(
    data: &mut EvtxChunkData,
    settings: &Arc<ParserSettings>,
    mut take: impl FnMut(u64, Result<EvtxRecord<'_>, String>) -> bool,
) -> Result<(), String> {
    let mut chunk = guarded(|| data.parse(Arc::clone(settings)).map_err(|error| error.to_string()))?;
    let mut records = chunk.iter();
    for place in 0.. {
        // After a panic the place in the chunk is lost, so what is left of it is too.
        let Some(record) = guarded(|| Ok(records.next()))? else { break };
        if !take(place, record.map_err(|error| error.to_string())) {
            break;
        }
    }
    Ok(())
}

/// What tells a record of a file from all others.
fn ordinal(chunk: u64, place: u64) -> u64 {
    (chunk << 16) | place
}

/// Reads a record into the parser's row, and gives its number and the time at which it was written.
fn one(record: EvtxRecord<'_>, parser: &mut Parser<'_>) -> Result<(i64, Option<i64>), String> {
    let known = known(&record);
    // Rendering XML takes half the time that rendering JSON does.
    let xml = record.into_xml_bytes().map_err(|error| error.to_string())?;
    parser.read_xml(&xml.data)?;
    Ok(known)
}

/// Reads a record that makes no XML, such as one with a name with a sign in it that none may have: as JSON, else as its bytes
/// stand, whatever they say.
fn otherwise(
    record: EvtxRecord<'_>,
    binary: &mut Binary,
    parser: &mut Parser<'_>,
) -> Result<(i64, Option<i64>), String> {
    let known = known(&record);
    let chunk = record.chunk.data;
    let place = Record::new(known.0, record.binxml_offset, record.binxml_size);
    let json = guarded(|| {
        let json = record.into_json_bytes().map_err(|error| error.to_string())?;
        parser.read_json(&json.data)
    });
    json.or_else(|reason| binary.read(chunk, &place, Names::Any, parser.row()).ok_or(reason))?;
    Ok(known)
}

fn known(record: &EvtxRecord<'_>) -> (i64, Option<i64>) {
    let id = i64::try_from(record.event_record_id).unwrap_or(i64::MAX);
    let nanos = u32::try_from(record.timestamp.subsec_nanosecond()).unwrap_or(0);
    (id, ticks::from_unix_nanos(record.timestamp.as_second(), nanos))
}

/// A FILETIME in ticks, where it is a time that the engine can hold.
fn from_filetime(filetime: u64) -> Option<i64> {
    let ticks = i64::try_from(filetime).ok()?.checked_add(ticks::FILETIME_EPOCH)?;
    (ticks <= ticks::MAX).then_some(ticks)
}

/// How many records the chunk's own header counts; 0 where it makes no sense.
fn promised_by_chunk(bytes: &[u8]) -> u64 {
    let (Some(first), Some(last)) = (u64_at(bytes, 8), u64_at(bytes, 16)) else { return 0 };
    let count = last.wrapping_sub(first).wrapping_add(1);
    if count <= CHUNK as u64 / SMALLEST_RECORD { count } else { 0 }
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

#[cfg(test)]
mod tests;
