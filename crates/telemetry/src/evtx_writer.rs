//! An EVTX writer: valid files of several chunks from plain events, for samples and for tests that cut and flip them.
//!
//! Events are written as Windows writes them: a record is an instance of a template, which its chunk holds once, and its
//! EventData an instance within it.

pub(crate) mod chunk;
pub(crate) mod token;

use ::evtx::checksum_ieee;

use self::chunk::ChunkToWrite;

const HEADER: usize = 4096;
const CHUNK: usize = 64 << 10;

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
            if chunk.is_empty() {
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

#[cfg(test)]
mod tests {
    use functions::ticks;

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
        assert_eq!(last.data["Event"]["System"]["EventID"], 4688);
        assert_eq!(last.data["Event"]["EventData"]["NewProcessName"], "C:\\Windows\\Zürich.exe");
    }

    #[test]
    fn an_event_beyond_a_chunk_is_refused() {
        let text = "x".repeat(40_000);
        let event = EventToWrite { data: &[("A", &text)], ..EventToWrite::default() };
        assert_eq!(EvtxWriter::new().push(&event), Err(TooLarge));
    }
}
