//! Chunks: 64 KiB of records, with the names and the templates that these share.

use std::collections::HashMap;

use ::evtx::checksum_ieee;
use functions::ticks;

use super::token::Tokens;
use super::{CHUNK, EventToWrite};

const CHUNK_HEADER: usize = 512;
const NAMESPACE: &str = "http://schemas.microsoft.com/win/2004/08/events/event";

/// The value that holds an event's fields; it comes last.
const FIELDS: u16 = 12;

const STRING: u8 = 0x01;
const UINT8: u8 = 0x04;
const UINT16: u8 = 0x06;
const UINT32: u8 = 0x08;
const UINT64: u8 = 0x0a;
const FILETIME: u8 = 0x11;
const SID: u8 = 0x13;
const HEX_INT64: u8 = 0x15;
const BINARY_XML: u8 = 0x21;

/// A chunk with room left.
#[derive(Debug, Clone)]
pub struct ChunkToWrite {
    pub tokens: Tokens,
    first_number: u64,
    records: u64,
    first_id: u64,
    last_id: u64,
    last_offset: usize,
    /// Where each template stands, by what it is made of.
    templates: HashMap<Vec<String>, u32>,
    buckets: [u32; 32],
}

impl ChunkToWrite {
    pub fn new(first_number: u64) -> Self {
        ChunkToWrite {
            tokens: Tokens::new(CHUNK_HEADER),
            first_number,
            records: 0,
            first_id: 0,
            last_id: 0,
            last_offset: CHUNK_HEADER,
            templates: HashMap::new(),
            buckets: [0; 32],
        }
    }

    pub fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// Whether there was room.
    pub fn push(&mut self, event: &EventToWrite<'_>) -> bool {
        self.record(event.record, event.time, |chunk| chunk.event(event))
    }

    /// Writes a record of this number and time, if there is room.
    pub fn record(&mut self, id: u64, time: i64, write: impl FnOnce(&mut Self)) -> bool {
        let before = self.clone();
        let start = self.tokens.len();
        self.tokens.bytes(b"**\0\0");
        self.tokens.u32(0);
        self.tokens.bytes(&id.to_le_bytes());
        self.tokens.bytes(&time.saturating_sub(ticks::FILETIME_EPOCH).to_le_bytes());
        write(self);
        self.tokens.byte(0);
        let size = self.tokens.len() + 4 - start;
        self.tokens.u32(size);
        self.tokens.patch(start + 4, size);
        if self.tokens.len() > CHUNK || size > usize::from(u16::MAX) {
            *self = before;
            return false;
        }
        if self.records == 0 {
            self.first_id = id;
        }
        self.records += 1;
        self.last_id = id;
        self.last_offset = start;
        true
    }

    fn event(&mut self, event: &EventToWrite<'_>) {
        self.instance(&["Event", event.provider, event.computer], |tokens| system(tokens, event));
        let user = sid(event.user);
        let keywords = u64::from_str_radix(event.keywords.trim_start_matches("0x"), 16).unwrap_or(0);
        let values = [
            (UINT16, (event.event as u16).to_le_bytes().to_vec()),
            (UINT8, vec![event.version as u8]),
            (UINT8, vec![event.level as u8]),
            (UINT16, (event.task as u16).to_le_bytes().to_vec()),
            (UINT8, vec![0]),
            (HEX_INT64, keywords.to_le_bytes().to_vec()),
            (FILETIME, event.time.saturating_sub(ticks::FILETIME_EPOCH).to_le_bytes().to_vec()),
            (UINT64, event.record.to_le_bytes().to_vec()),
            (UINT32, (event.process as u32).to_le_bytes().to_vec()),
            (UINT32, (event.thread as u32).to_le_bytes().to_vec()),
            (STRING, utf16(event.channel)),
            if user.is_empty() { (0, user) } else { (SID, user) },
        ];
        let table = self.tokens.values(values.len() + 1, &values);
        // The fields are the last value: its size is known when it is written.
        let start = self.tokens.len();
        let names: Vec<&str> = ["EventData"].into_iter().chain(event.data.iter().map(|(name, _)| *name)).collect();
        self.instance(&names, |tokens| fields(tokens, event));
        let values: Vec<(u8, Vec<u8>)> = event.data.iter().map(|(_, text)| (STRING, utf16(text))).collect();
        self.tokens.values(values.len(), &values);
        self.tokens.byte(0);
        self.tokens.describe(table, usize::from(FIELDS), self.tokens.len() - start, BINARY_XML);
    }

    /// The start of an instance: its template stands here if the chunk does not hold it yet.
    pub fn instance(&mut self, what: &[&str], write: impl FnOnce(&mut Tokens)) {
        self.tokens.bytes(&[0x0f, 1, 1, 0, 0x0c, 1]);
        let key: Vec<String> = what.iter().map(|part| (*part).to_owned()).collect();
        let guid = *blake3::hash(key.join("\0").as_bytes()).as_bytes();
        let guid = guid.first_chunk::<16>().copied().unwrap_or_default();
        let id = guid.first_chunk::<4>().copied().unwrap_or_default();
        self.tokens.bytes(&id);
        if let Some(offset) = self.templates.get(&key) {
            return self.tokens.bytes(&offset.to_le_bytes());
        }
        let offset = u32::try_from(self.tokens.len() + 4).unwrap_or(u32::MAX);
        let bucket = self.buckets.get_mut(u32::from_le_bytes(id) as usize % 32);
        let next = bucket.map_or(0, |bucket| std::mem::replace(bucket, offset));
        self.tokens.bytes(&offset.to_le_bytes());
        self.tokens.bytes(&next.to_le_bytes());
        self.tokens.bytes(&guid);
        let size_at = self.tokens.len();
        self.tokens.u32(0);
        self.tokens.bytes(&[0x0f, 1, 1, 0]);
        write(&mut self.tokens);
        self.tokens.byte(0);
        self.tokens.patch(size_at, self.tokens.len() - size_at - 4);
        self.templates.insert(key, offset);
    }

    pub fn finish(self) -> Vec<u8> {
        let (mut bytes, names) = self.tokens.finish();
        let free = bytes.len();
        let records_checksum = checksum_ieee(bytes.get(CHUNK_HEADER..).unwrap_or_default());
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
        let tables: Vec<u8> = names.iter().chain(&self.buckets).flat_map(|offset| offset.to_le_bytes()).collect();
        let checksum = checksum_ieee(&[head.as_slice(), &tables].concat());
        head.extend_from_slice(&0_u32.to_le_bytes());
        head.extend_from_slice(&checksum.to_le_bytes());
        head.extend_from_slice(&tables);
        bytes.splice(..CHUNK_HEADER, head);
        bytes.resize(CHUNK, 0);
        bytes
    }
}

fn system(tokens: &mut Tokens, event: &EventToWrite<'_>) {
    tokens.element("Event", &[("xmlns", &|tokens| tokens.text(NAMESPACE))], |tokens| {
        tokens.element("System", &[], |tokens| {
            tokens.empty("Provider", &[("Name", &|tokens| tokens.text(event.provider))]);
            tokens.element("EventID", &[], |tokens| tokens.optional(0, UINT16));
            tokens.element("Version", &[], |tokens| tokens.optional(1, UINT8));
            tokens.element("Level", &[], |tokens| tokens.optional(2, UINT8));
            tokens.element("Task", &[], |tokens| tokens.optional(3, UINT16));
            tokens.element("Opcode", &[], |tokens| tokens.optional(4, UINT8));
            tokens.element("Keywords", &[], |tokens| tokens.optional(5, HEX_INT64));
            tokens.empty("TimeCreated", &[("SystemTime", &|tokens| tokens.optional(6, FILETIME))]);
            tokens.element("EventRecordID", &[], |tokens| tokens.optional(7, UINT64));
            let process = |tokens: &mut Tokens| tokens.optional(8, UINT32);
            let thread = |tokens: &mut Tokens| tokens.optional(9, UINT32);
            tokens.empty("Execution", &[("ProcessID", &process), ("ThreadID", &thread)]);
            tokens.element("Channel", &[], |tokens| tokens.optional(10, STRING));
            tokens.element("Computer", &[], |tokens| tokens.text(event.computer));
            tokens.empty("Security", &[("UserID", &|tokens| tokens.optional(11, SID))]);
        });
        tokens.optional(FIELDS, BINARY_XML);
    });
}

fn fields(tokens: &mut Tokens, event: &EventToWrite<'_>) {
    tokens.element("EventData", &[], |tokens| {
        for (slot, (name, _)) in (0..).zip(event.data) {
            tokens
                .element("Data", &[("Name", &|tokens| tokens.text(name))], |tokens| tokens.substitution(slot, STRING));
        }
    });
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().take(usize::from(u16::MAX / 2)).flat_map(u16::to_le_bytes).collect()
}

/// The bytes of `S-1-5-…`; none for what is no such name.
fn sid(text: &str) -> Vec<u8> {
    let Some(rest) = text.strip_prefix("S-1-") else { return Vec::new() };
    let parts: Vec<u32> = rest.split('-').filter_map(|part| part.parse().ok()).collect();
    let Some((authority, parts)) = parts.split_first() else { return Vec::new() };
    let mut bytes = vec![1, parts.len() as u8, 0, 0];
    bytes.extend_from_slice(&authority.to_be_bytes());
    bytes.extend(parts.iter().flat_map(|part| part.to_le_bytes()));
    bytes
}
