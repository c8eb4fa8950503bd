//! Pieces: one file cut into blocks that can be parsed side by side, and what only a whole file shows.

use std::fs;
use std::io::{self, Read, Seek};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::Sender;
use zip::read::ZipFile;

use super::shared_lines::SharedLines;
use super::{Block, Work};
use crate::csv_file::CsvBlocks;
use crate::cut::json::JsonRecords;
use crate::cut::xml::XmlRecords;
use crate::cut::{Cutter, Spelling};
use crate::evidence::File;
use crate::evtx::Chunks;
use crate::format::Format;
use crate::ndjson::LineBlocks;
use crate::parquet_file::ParquetFile;
use crate::report::FileReport;
use crate::stream::{Budget, Stream};

/// How many chunks of an EVTX are parsed in one go, so that their events make batches worth the name.
const CHUNKS: usize = 16;
/// From which size on the lines of a file are read by those who parse them.
const SHARED: u64 = 4 << 20;

/// Cuts one file.
pub struct Pieces<'a> {
    pub file: u32,
    /// Counts the pieces of all files.
    pub count: &'a mut u64,
    pub sender: &'a Sender<Work>,
    /// How many workers there are.
    pub threads: usize,
    pub stop: &'a AtomicBool,
    pub report: &'a mut FileReport,
    pub step: &'a dyn Fn(u64),
}

impl Pieces<'_> {
    pub fn of_file(&mut self, file: &File) -> io::Result<()> {
        let source = fs::File::open(&file.path)?;
        let stream = Stream::open(&source, None)?;
        if !stream.is_plain {
            return self.of_stream(file.format, stream);
        }
        if file.format == Format::Parquet {
            return self.parquet(ParquetFile::open(&file.path)?);
        }
        // Nothing need lie between the file and who reads it.
        let head = stream.head;
        (&source).rewind()?;
        if file.format == Format::Ndjson && source.metadata()?.len() >= SHARED {
            return self.shared_lines(source.try_clone()?);
        }
        self.cut(file.format, &head, &source, &|bytes| bytes)
    }

    pub fn of_member<R: Read>(&mut self, file: &File, member: ZipFile<'_, R>, budget: &Budget) -> io::Result<()> {
        let packed = member.compressed_size();
        self.of_stream(file.format, Stream::of_member(member, packed, budget)?)
    }

    fn of_stream(&mut self, format: Format, stream: Stream<'_>) -> io::Result<()> {
        let (taken, problem) = (stream.taken(), stream.problem());
        self.cut(format, &stream.head, stream.reader, &|_| taken.get())?;
        match problem.get() {
            Some(problem) => Err(io::Error::other(problem.clone())),
            None => Ok(()),
        }
    }

    /// `progress` says how far the file is read when so many bytes of what it holds are.
    fn cut(&mut self, format: Format, head: &[u8], reader: impl Read, progress: &dyn Fn(u64) -> u64) -> io::Result<()> {
        match format {
            Format::Evtx => self.chunks(reader, progress),
            Format::Ndjson => self.lines(reader, progress),
            Format::Json(wrapping) => self.records(JsonRecords::new(reader, wrapping), Spelling::Json, progress),
            Format::Xml => self.records(XmlRecords::new(reader), Spelling::Xml, progress),
            Format::Csv => match CsvBlocks::new(reader, head)? {
                Some(blocks) => self.csv(blocks, progress),
                None => Err(io::Error::other("it has no header any more")),
            },
            Format::Parquet => self.parquet(ParquetFile::unpacked(reader)?),
            // Its events are not in a file of its own.
            Format::Lake => Ok(()),
        }
    }

    fn chunks(&mut self, reader: impl Read, progress: &dyn Fn(u64) -> u64) -> io::Result<()> {
        let mut chunks = Chunks::new(reader)?;
        let mut waiting = Vec::with_capacity(CHUNKS);
        let outcome = loop {
            match chunks.next() {
                Ok(Some(chunk)) => {
                    waiting.push(chunk);
                    if waiting.len() < CHUNKS {
                        continue;
                    }
                    if !self.send(Block::Chunks(std::mem::take(&mut waiting)), progress(chunks.bytes)) {
                        break Ok(());
                    }
                }
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        if !waiting.is_empty() {
            self.send(Block::Chunks(waiting), progress(chunks.bytes));
        }
        self.report.bytes = chunks.bytes;
        if chunks.before > 0 {
            self.report.note(|| format!("begins within a chunk: its first {} bytes are not read", chunks.before));
        }
        if chunks.between > 0 {
            self.report.note(|| format!("{} bytes between its chunks are not read", chunks.between));
        }
        if chunks.header.is_none() {
            self.report.note(|| "the file's header is broken".to_owned());
        }
        self.report.is_dirty = chunks.header.is_some_and(|header| header.is_dirty);
        if chunks.unread > 0 {
            self.report.note(|| format!("{} bytes behind the last chunk are not read", chunks.unread));
        }
        self.report.copied = chunks.copied();
        if !self.stop.load(Ordering::Relaxed) {
            self.report.missing = chunks.missing();
            self.report.promised = chunks.promised();
            self.report.is_cut = chunks.is_cut;
        }
        outcome
    }

    fn lines(&mut self, reader: impl Read, progress: &dyn Fn(u64) -> u64) -> io::Result<()> {
        let mut blocks = LineBlocks::new(reader);
        while let Some(lines) = blocks.next()? {
            self.report.bytes += lines.bytes.len() as u64;
            let bytes = self.report.bytes;
            if !self.send(Block::Lines(lines), progress(bytes)) {
                break;
            }
        }
        Ok(())
    }

    /// Has the workers read the file, and waits until they have.
    fn shared_lines(&mut self, source: fs::File) -> io::Result<()> {
        let lines = Arc::new(SharedLines::new(source, *self.count));
        for _ in 0..self.threads {
            let work = Work { number: None, file: self.file, block: Block::Shared(lines.clone()) };
            if self.sender.send(work).is_err() {
                break;
            }
        }
        let (count, bytes, outcome) = SharedLines::wait(lines, self.stop, self.step);
        *self.count = count;
        self.report.bytes = bytes;
        outcome
    }

    fn records(
        &mut self,
        mut cutter: impl Cutter,
        spelling: Spelling,
        progress: &dyn Fn(u64) -> u64,
    ) -> io::Result<()> {
        while let Some(records) = cutter.next()? {
            self.report.bytes += records.bytes.len() as u64;
            let bytes = self.report.bytes;
            if !self.send(Block::Records(records, spelling), progress(bytes)) {
                return Ok(());
            }
        }
        self.report.remarks.extend(cutter.remarks());
        if let Some(unfinished) = cutter.unfinished() {
            self.report.note(|| unfinished.to_owned());
        }
        Ok(())
    }

    fn csv(&mut self, mut blocks: CsvBlocks<impl Read>, progress: &dyn Fn(u64) -> u64) -> io::Result<()> {
        self.report.remarks.extend(blocks.header.remark());
        while let Some(block) = blocks.next()? {
            self.report.bytes += block.length();
            let bytes = self.report.bytes;
            if !self.send(Block::Csv(block), progress(bytes)) {
                break;
            }
        }
        Ok(())
    }

    fn parquet(&mut self, file: ParquetFile) -> io::Result<()> {
        let file = Arc::new(file);
        for (group, bytes) in file.groups() {
            self.report.bytes += bytes;
            let bytes = self.report.bytes;
            if !self.send(Block::Parquet(group), bytes) {
                break;
            }
        }
        Ok(())
    }

    /// Whether more is wanted.
    fn send(&mut self, block: Block, bytes: u64) -> bool {
        (self.step)(bytes);
        let number = Some(*self.count);
        *self.count += 1;
        self.sender.send(Work { number, file: self.file, block }).is_ok() && !self.stop.load(Ordering::Relaxed)
    }
}
