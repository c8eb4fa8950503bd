//! An EVTX writer: valid files of several chunks from plain events, for samples and for tests that cut and flip them.
//!
//! Events are written as binary XML without templates: element and attribute names once a chunk, values as text.

use std::collections::HashMap;

use ::evtx::checksum_ieee;
use functions::ticks;

const HEADER: usize = 4096;
const CHUNK: usize = 64 << 10;
const CHUNK_HEADER: usize = 512;
/// FILETIME counts from here.
const YEAR_1601: i64 = ticks::UNIX_EPOCH - 11_644_473_600 * ticks::PER_SECOND;

/// One event to write.
#[derive(Debug, Clone, Default)]
pub struct EventToWrite<'a> {
    pub provider: &'a str,
    pub channel: &'a str,
    pub computer: &'a str,
    pub event: i64,
    pub version: i64,
    pub level: i64,
    pub task: i64,
    pub keywords: &'a str,
    pub record: u64,
    /// In ticks.
    pub time: i64,
    pub process: i64,
    pub thread: i64,
    pub user: &'a str,
    /// The named fields of EventData.
    pub data: &'a [(&'a str, &'a str)],
}

/// A record that no chunk can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the event does not fit a chunk")]
pub struct TooLarge;

/// The file that is being written.
#[derive(Debug, Default)]
pub struct EvtxWriter {
    chunks: Vec<Vec<u8>>,
    open: Option<ChunkToWrite>,
    records: u64,
}

impl EvtxWriter {
    pub fn new() -> Self {
        EvtxWriter::default()
    }

    pub fn push(&mut self, event: &EventToWrite<'_>) -> Result<(), TooLarge> {
        let mut chunk = self.open.take().unwrap_or_else(|| ChunkToWrite::new(self.records + 1));
        if !chunk.push(event) {
            let is_empty = chunk.records == 0;
            if is_empty {
                return Err(TooLarge);
            }
            self.chunks.push(chunk.finish());
            chunk = ChunkToWrite::new(self.records + 1);
            if !chunk.push(event) {
                return Err(TooLarge);
            }
        }
        self.records += 1;
        self.open = Some(chunk);
        Ok(())
    }

    pub fn finish(mut self) -> Vec<u8> {
        let open = self.open.take().unwrap_or_else(|| ChunkToWrite::new(1));
        self.chunks.push(open.finish());
        let count = self.chunks.len();
        let mut out = Vec::with_capacity(HEADER + count * CHUNK);
        out.extend_from_slice(b"ElfFile\0");
        out.extend_from_slice(&0_u64.to_le_bytes());
        out.extend_from_slice(&(count as u64 - 1).to_le_bytes());
        out.extend_from_slice(&(self.records + 1).to_le_bytes());
        out.extend_from_slice(&128_u32.to_le_bytes());
        for half in [1, 3, HEADER, count] {
            out.extend_from_slice(&(half as u16).to_le_bytes());
        }
        out.resize(120, 0);
        let checksum = checksum_ieee(&out);
        out.extend_from_slice(&0_u32.to_le_bytes());
        out.extend_from_slice(&checksum.to_le_bytes());
        out.resize(HEADER, 0);
        for chunk in self.chunks {
            out.extend_from_slice(&chunk);
        }
        out
    }
}

/// A chunk with room left.
#[derive(Debug, Clone)]
struct ChunkToWrite {
    bytes: Vec<u8>,
    first_number: u64,
    records: u64,
    first_id: u64,
    last_id: u64,
    last_offset: usize,
    names: HashMap<String, u32>,
    buckets: [u32; 64],
}

impl ChunkToWrite {
    fn new(first_number: u64) -> Self {
        ChunkToWrite {
            bytes: vec![0; CHUNK_HEADER],
            first_number,
            records: 0,
            first_id: 0,
            last_id: 0,
            last_offset: CHUNK_HEADER,
            names: HashMap::new(),
            buckets: [0; 64],
        }
    }

    /// Whether there was room.
    fn push(&mut self, event: &EventToWrite<'_>) -> bool {
        let before = self.clone();
        let start = self.bytes.len();
        self.bytes.extend_from_slice(b"**\0\0");
        self.u32(0);
        self.bytes.extend_from_slice(&event.record.to_le_bytes());
        self.bytes.extend_from_slice(&event.time.saturating_sub(YEAR_1601).to_le_bytes());
        self.bytes.extend_from_slice(&[0x0f, 1, 1, 0]);
        self.event(event);
        self.bytes.push(0);
        let size = self.bytes.len() + 4 - start;
        self.u32(size);
        self.patch(start + 4, size);
        if self.bytes.len() > CHUNK {
            *self = before;
            return false;
        }
        if self.records == 0 {
            self.first_id = event.record;
        }
        self.records += 1;
        self.last_id = event.record;
        self.last_offset = start;
        true
    }

    fn event(&mut self, event: &EventToWrite<'_>) {
        let time = ticks::format_datetime(event.time).unwrap_or_default();
        let (process, thread) = (event.process.to_string(), event.thread.to_string());
        let namespace = "http://schemas.microsoft.com/win/2004/08/events/event";
        self.element("Event", &[("xmlns", namespace)], |chunk| {
            chunk.element("System", &[], |chunk| {
                chunk.empty("Provider", &[("Name", event.provider)]);
                chunk.text_element("EventID", &[], &event.event.to_string());
                chunk.text_element("Version", &[], &event.version.to_string());
                chunk.text_element("Level", &[], &event.level.to_string());
                chunk.text_element("Task", &[], &event.task.to_string());
                chunk.text_element("Opcode", &[], "0");
                chunk.text_element("Keywords", &[], event.keywords);
                chunk.empty("TimeCreated", &[("SystemTime", &time)]);
                chunk.text_element("EventRecordID", &[], &event.record.to_string());
                chunk.empty("Execution", &[("ProcessID", &process), ("ThreadID", &thread)]);
                chunk.text_element("Channel", &[], event.channel);
                chunk.text_element("Computer", &[], event.computer);
                chunk.empty("Security", &[("UserID", event.user)]);
            });
            chunk.element("EventData", &[], |chunk| {
                for (name, value) in event.data {
                    chunk.text_element("Data", &[("Name", name)], value);
                }
            });
        });
    }

    fn text_element(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.element(name, attributes, |chunk| chunk.text(text));
    }

    fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes, |chunk| chunk.bytes.push(3));
    }

    fn element(&mut self, name: &str, attributes: &[(&str, &str)], inside: impl FnOnce(&mut Self)) {
        self.tag(name, attributes, |chunk| {
            chunk.bytes.push(2);
            inside(chunk);
            chunk.bytes.push(4);
        });
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, &str)], rest: impl FnOnce(&mut Self)) {
        self.bytes.push(if attributes.is_empty() { 0x01 } else { 0x41 });
        let size_at = self.bytes.len();
        self.u32(0);
        self.name(name);
        if !attributes.is_empty() {
            let list_at = self.bytes.len();
            self.u32(0);
            for (place, (name, value)) in attributes.iter().enumerate() {
                self.bytes.push(if place + 1 < attributes.len() { 0x46 } else { 0x06 });
                self.name(name);
                self.text(value);
            }
            self.patch(list_at, self.bytes.len() - list_at - 4);
        }
        rest(self);
        self.patch(size_at, self.bytes.len() - size_at - 4);
    }

    /// A name stands where it is first used; later uses point there. Chains of equal hashes start in the chunk's header.
    fn name(&mut self, name: &str) {
        if let Some(offset) = self.names.get(name) {
            let offset = *offset;
            return self.bytes.extend_from_slice(&offset.to_le_bytes());
        }
        let offset = u32::try_from(self.bytes.len() + 4).unwrap_or(u32::MAX);
        self.bytes.extend_from_slice(&offset.to_le_bytes());
        let units: Vec<u16> = name.encode_utf16().collect();
        let hash = units.iter().fold(0_u32, |hash, unit| hash.wrapping_mul(65_599).wrapping_add(u32::from(*unit)));
        let hash = (hash & 0xffff) as u16;
        let next = match self.buckets.get_mut(usize::from(hash % 64)) {
            Some(bucket) => std::mem::replace(bucket, offset),
            None => 0,
        };
        self.bytes.extend_from_slice(&next.to_le_bytes());
        self.bytes.extend_from_slice(&hash.to_le_bytes());
        self.units(&units);
        self.bytes.extend_from_slice(&[0, 0]);
        self.names.insert(name.to_owned(), offset);
    }

    fn text(&mut self, text: &str) {
        let units: Vec<u16> = text.encode_utf16().take(usize::from(u16::MAX)).collect();
        self.bytes.extend_from_slice(&[0x05, 0x01]);
        self.units(&units);
    }

    fn units(&mut self, units: &[u16]) {
        self.bytes.extend_from_slice(&u16::try_from(units.len()).unwrap_or(u16::MAX).to_le_bytes());
        for unit in units {
            self.bytes.extend_from_slice(&unit.to_le_bytes());
        }
    }

    fn finish(mut self) -> Vec<u8> {
        let free = self.bytes.len();
        let records_checksum = checksum_ieee(self.bytes.get(CHUNK_HEADER..).unwrap_or_default());
        let last_number = self.first_number + self.records.saturating_sub(1);
        let mut head = Vec::with_capacity(CHUNK_HEADER);
        head.extend_from_slice(b"ElfChnk\0");
        for number in [self.first_number, last_number, self.first_id, self.last_id] {
            head.extend_from_slice(&number.to_le_bytes());
        }
        for offset in [128, self.last_offset, free] {
            head.extend_from_slice(&u32::try_from(offset).unwrap_or(u32::MAX).to_le_bytes());
        }
        head.extend_from_slice(&records_checksum.to_le_bytes());
        head.resize(120, 0);
        let strings: Vec<u8> = self.buckets.iter().flat_map(|offset| offset.to_le_bytes()).chain([0; 128]).collect();
        let checksum = checksum_ieee(&[head.as_slice(), &strings].concat());
        head.extend_from_slice(&0_u32.to_le_bytes());
        head.extend_from_slice(&checksum.to_le_bytes());
        head.extend_from_slice(&strings);
        self.bytes.splice(..CHUNK_HEADER, head);
        self.bytes.resize(CHUNK, 0);
        self.bytes
    }

    fn u32(&mut self, value: usize) {
        self.bytes.extend_from_slice(&u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes());
    }

    fn patch(&mut self, at: usize, value: usize) {
        if let Some(place) = self.bytes.get_mut(at..at + 4) {
            place.copy_from_slice(&u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parser_reads_what_was_written() {
        let mut writer = EvtxWriter::new();
        for record in 1..=300 {
            let event = EventToWrite {
                provider: "P",
                channel: "Security",
                computer: "PC",
                event: 4688,
                record,
                time: ticks::parse("2024-05-06T07:08:09.1234567Z").unwrap(),
                data: &[("NewProcessName", "C:\\Windows\\Zürich.exe"), ("CommandLine", "")],
                ..EventToWrite::default()
            };
            writer.push(&event).unwrap();
        }
        let bytes = writer.finish();
        let settings = ::evtx::ParserSettings::new().validate_checksums(true);
        let mut parser = ::evtx::EvtxParser::from_buffer(bytes.clone()).unwrap().with_configuration(settings);
        assert!(parser.header().validate_checksum());
        let records: Vec<_> = parser.records_json_value().map(|record| record.unwrap()).collect();
        assert_eq!((records.len(), bytes.len()), (300, HEADER + usize::from(parser.header().chunk_count) * CHUNK));
        assert!(parser.header().chunk_count > 1);
        let last = &records[299];
        assert_eq!(last.event_record_id, 300);
        assert_eq!(last.timestamp.to_string(), "2024-05-06T07:08:09.1234567Z");
        assert_eq!(last.data["Event"]["System"]["EventID"], "4688");
        assert_eq!(last.data["Event"]["EventData"]["NewProcessName"], "C:\\Windows\\Zürich.exe");
    }

    #[test]
    fn an_event_beyond_a_chunk_is_refused() {
        let text = "x".repeat(40_000);
        let event = EventToWrite { data: &[("A", &text)], ..EventToWrite::default() };
        assert_eq!(EvtxWriter::new().push(&event), Err(TooLarge));
    }
}
