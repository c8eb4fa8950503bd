//! Chunks: a log cut at its seams, and what its header says of them.

use std::collections::HashSet;
use std::hash::BuildHasher;
use std::io::{self, Read};

use foldhash::quality::RandomState;

use super::{CHUNK, MAGIC, SMALLEST_RECORD, promised_by_chunk, u32_at, u64_at};

const HEADER: usize = 4096;
const CHUNK_HEADER: usize = 512;
const FILE_MAGIC: &[u8; 8] = b"ElfFile\0";

/// One chunk of a file, padded with zeros where the file ends within it.
#[derive(Debug)]
pub struct Chunk {
    pub number: u64,
    pub bytes: Vec<u8>,
    pub is_cut: bool,
}

/// What a file's header says, as far as it can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    pub chunks: u64,
    pub next_record: u64,
    /// The log was being written to when it was copied, so that the counts may be older than the chunks.
    pub is_dirty: bool,
}

/// Cuts a stream into chunks.
pub struct Chunks<R> {
    reader: R,
    pub header: Option<Header>,
    number: u64,
    pub bytes: u64,
    /// How many of them are the headers of files that were appended.
    appended: u64,
    first_record: Option<u64>,
    known: Known,
    is_done: bool,
    /// The file ends within a chunk.
    pub is_cut: bool,
    /// Bytes behind the chunks that the header counts, neither zeros nor chunks.
    pub unread: u64,
    /// Bytes before the first chunk of a file without a header, and between chunks.
    pub before: u64,
    pub between: u64,
    /// What of the first chunk stood where the header should.
    carried: Vec<u8>,
}

impl<R: Read> Chunks<R> {
    pub fn new(mut reader: R) -> io::Result<Self> {
        let mut head = Vec::with_capacity(HEADER);
        let read = (&mut reader).take(HEADER as u64).read_to_end(&mut head)?;
        let is_done = read < HEADER;
        let header = Header::read(&head);
        let mut before = 0;
        // A log that somebody carved has no header, or not all of it.
        let carried = match memchr::memmem::find(&head, MAGIC) {
            Some(first) => {
                before = if head.starts_with(FILE_MAGIC) { 0 } else { first as u64 };
                head.split_off(first)
            }
            None => Vec::new(),
        };
        Ok(Chunks {
            reader,
            header,
            number: 0,
            bytes: read as u64,
            appended: 0,
            first_record: None,
            known: Known::default(),
            is_done,
            is_cut: read < HEADER,
            unread: 0,
            before,
            between: 0,
            carried,
        })
    }

    pub fn next(&mut self) -> io::Result<Option<Chunk>> {
        while !self.is_done || !self.carried.is_empty() {
            let mut bytes = std::mem::take(&mut self.carried);
            bytes.reserve(CHUNK.saturating_sub(bytes.len()));
            self.fill(&mut bytes)?;
            if bytes.starts_with(FILE_MAGIC) {
                self.next_file(&mut bytes)?;
            }
            if !bytes.starts_with(MAGIC)
                && let Some(start) = chunk_within(&bytes)
            {
                // Something was put in or taken out: the chunks go on from here.
                let is_first = self.number == 0 && self.header.is_none();
                *(if is_first { &mut self.before } else { &mut self.between }) += start as u64;
                bytes.drain(..start);
                self.fill(&mut bytes)?;
            }
            let read = bytes.len();
            if read == 0 {
                break;
            }
            let number = self.number;
            self.number += 1;
            if self.is_unused(number, &bytes) {
                if bytes.iter().any(|byte| *byte != 0) {
                    self.unread += read as u64;
                } else {
                    // A log is laid out in whole chunks: one that ends within its unused part was cut there, most likely.
                    self.is_cut |= read < CHUNK;
                }
                continue;
            }
            self.is_cut = self.is_done;
            if bytes.starts_with(MAGIC) {
                if self.known.is_copy(&bytes) {
                    continue;
                }
                if let (Some(first), Some(last)) = (u64_at(&bytes, 8), u64_at(&bytes, 16))
                    && first <= last
                {
                    self.first_record = Some(self.first_record.map_or(first, |known| known.min(first)));
                }
            }
            bytes.resize(CHUNK, 0);
            return Ok(Some(Chunk { number, bytes, is_cut: read < CHUNK }));
        }
        Ok(None)
    }

    /// Reads on until the bytes are a chunk, or the stream ends.
    fn fill(&mut self, bytes: &mut Vec<u8>) -> io::Result<()> {
        let wanted = CHUNK.saturating_sub(bytes.len());
        let read = (&mut self.reader).take(wanted as u64).read_to_end(bytes)?;
        self.bytes += read as u64;
        self.is_done = read < wanted;
        Ok(())
    }

    /// Another file was appended: its header gives way to its first chunk, and its chunks count too.
    fn next_file(&mut self, bytes: &mut Vec<u8>) -> io::Result<()> {
        let appended = Header::read(bytes);
        self.is_cut = bytes.len() < HEADER;
        bytes.drain(..HEADER.min(bytes.len()));
        self.fill(bytes)?;
        self.appended += HEADER as u64;
        self.header = match (self.header, appended) {
            (Some(known), Some(appended)) => Some(Header {
                chunks: self.number + appended.chunks,
                // Record numbers begin anew, so they do not say how many records there should be.
                next_record: 0,
                is_dirty: known.is_dirty || appended.is_dirty,
            }),
            _ => None,
        };
        Ok(())
    }

    /// How many records there should be, where the file ends before the chunks that its header counts.
    pub fn promised(&self) -> Option<u64> {
        let header = self.header?;
        // Of files that were appended nobody knows which one a copy is of.
        let copies = if self.appended == 0 { self.known.copied.0 } else { 0 };
        let is_long_enough = self.bytes >= HEADER as u64 + self.appended + (header.chunks + copies) * CHUNK as u64;
        let has_its_end = self.known.last.is_some_and(|last| last.checked_add(1) == Some(header.next_record));
        if is_long_enough || self.missing() > 0 && has_its_end {
            return None;
        }
        let first = self.first_record.unwrap_or(1);
        let promised = header.next_record.saturating_sub(first);
        // A header whose numbers make no sense still says that chunks are missing.
        let most = header.chunks * (CHUNK as u64 / SMALLEST_RECORD);
        Some(if promised <= most { promised } else { 0 })
    }

    /// How many chunks were left out because they say what another one says, byte for byte, and how many records they count.
    pub fn copied(&self) -> (u64, u64) {
        self.known.copied
    }

    /// How many records are missing between the chunks that are there. Numbers of records have no gaps, so where they jump and
    /// the header counts more chunks than there are, chunks were lost or taken out.
    pub fn missing(&self) -> u64 {
        let Some(header) = self.header.filter(|_| self.appended == 0) else { return 0 };
        let lost = header.chunks.saturating_sub(self.known.chunks);
        let missing = self.known.missing();
        // More than these chunks could hold is a jump for another reason.
        if missing <= lost * (CHUNK as u64 / SMALLEST_RECORD) { missing } else { 0 }
    }

    /// Logs are laid out before they are filled: chunks of zeros, and what lies behind the last chunk that the header counts.
    fn is_unused(&self, number: u64, bytes: &[u8]) -> bool {
        let is_zero = || bytes.iter().all(|byte| *byte == 0);
        match self.header {
            _ if bytes.starts_with(MAGIC) => false,
            Some(header) if number < header.chunks => false,
            Some(header) if !header.is_dirty => true,
            _ => is_zero(),
        }
    }
}

/// The chunks so far, copies left out.
#[derive(Default)]
struct Known {
    /// The hashes of their bytes, made with a key that nobody knows beforehand.
    hashes: HashSet<u64>,
    hasher: RandomState,
    chunks: u64,
    /// The first and last number of a record in each.
    ranges: Vec<(u64, u64)>,
    last: Option<u64>,
    copied: (u64, u64),
}

impl Known {
    /// Whether a chunk is a copy of another one; it is known from now on.
    fn is_copy(&mut self, bytes: &[u8]) -> bool {
        let records = promised_by_chunk(bytes);
        if !self.hashes.insert(self.hasher.hash_one(bytes)) && records > 0 {
            self.copied = (self.copied.0 + 1, self.copied.1 + records);
            return true;
        }
        self.chunks += 1;
        if let (Some(first), Some(last)) = (u64_at(bytes, 8), u64_at(bytes, 16))
            && records > 0
        {
            self.ranges.push((first, last));
            self.last = self.last.max(Some(last));
        }
        false
    }

    /// How many numbers of records lie between those of the chunks; none where a chunk does not say its own.
    fn missing(&self) -> u64 {
        if self.ranges.len() as u64 != self.chunks {
            return 0;
        }
        let mut ranges = self.ranges.clone();
        ranges.sort_unstable();
        let (mut missing, mut next) = (0_u64, None);
        for (first, last) in ranges {
            let expected = next.unwrap_or(first);
            missing = missing.saturating_add(first.saturating_sub(expected));
            next = Some(last.saturating_add(1).max(expected));
        }
        missing
    }
}

impl Header {
    fn read(bytes: &[u8]) -> Option<Header> {
        if !bytes.starts_with(FILE_MAGIC) {
            return None;
        }
        let stored = u32_at(bytes, 124)?;
        let computed = ::evtx::checksum_ieee(bytes.get(..120)?);
        let flags = u32_at(bytes, 120)?;
        let is_dirty = flags & 1 != 0;
        // Without a checksum that fits, its numbers are not to be believed.
        if stored != computed && flags & 4 == 0 && !is_dirty {
            return None;
        }
        let chunks = u64::from(u16::from_le_bytes(bytes.get(42..44)?.try_into().ok()?));
        Some(Header { chunks, next_record: u64_at(bytes, 24)?, is_dirty })
    }
}

/// Where the next chunk begins in bytes that do not begin with one.
fn chunk_within(bytes: &[u8]) -> Option<usize> {
    memchr::memmem::find_iter(bytes, MAGIC).find(|start| {
        let Some(header) = bytes.get(*start..).and_then(|chunk| chunk.get(..CHUNK_HEADER)) else { return true };
        let (fields, tables) = header.split_at(128);
        let summed = [fields.get(..120).unwrap_or_default(), tables].concat();
        u32_at(header, 124) == Some(::evtx::checksum_ieee(&summed))
    })
}
