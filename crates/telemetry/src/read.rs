//! Reading: one thread cuts the files into blocks, the others parse them into batches. Long files of lines they cut themselves.

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::csv_file::{self, CsvRows};
use crate::cut::{self, Records, Spelling};
use crate::event::{EventBatch, Fields};
use crate::evidence::{Evidence, File};
use crate::evtx::{Chunk, ChunkReader};
use crate::format::Format;
use crate::lake::{Place, Scanner};
use crate::ndjson::{self, Lines};
use crate::parquet_file::{ParquetReader, RowGroup};
use crate::report::{FileReport, Report};
use crate::rows::Rows;
use crate::stream::Budget;
use crate::zip_file::{Archive, ZipFile};

pub use parser::{Parser, clock};
use pieces::Pieces;
use shared_lines::SharedLines;
pub use turns::Turn;
use turns::Turns;

mod known_logs;
mod parser;
mod pieces;
mod shared_lines;
mod turns;

/// How to read.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// Threads that parse; 0 for one a core.
    pub threads: usize,
    /// Whether batches come in the order of the evidence, one at a time. All threads parse, and wait for their turn.
    pub in_order: bool,
}

/// How far a reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub files: usize,
    pub bytes: u64,
    /// Of how many bytes.
    pub total: u64,
}

/// Takes batches, and says whether more are wanted. Unless they come in order, it is called from several threads at once.
pub type Sink<'a> = &'a (dyn Fn(EventBatch) -> ControlFlow<()> + Sync);

/// A piece of a file.
struct Work {
    /// Counts the pieces of all files; of shared lines, the blocks count.
    number: Option<u64>,
    file: u32,
    block: Block,
}

enum Block {
    Chunks(Vec<Chunk>),
    Lines(Lines),
    /// Lines that the workers read for themselves.
    Shared(Arc<SharedLines>),
    Records(Records, Spelling),
    Csv(CsvRows),
    Parquet(RowGroup),
    /// A row group of one of the lakes.
    Part(usize, Place),
}

impl Evidence {
    /// Streams every event's `fields` to the sink.
    pub fn read(&self, fields: &Fields, options: &ReadOptions, sink: Sink<'_>, progress: &dyn Fn(Progress)) -> Report {
        let threads = match options.threads {
            0 => thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        let stop = AtomicBool::new(false);
        let turns = options.in_order.then(|| Turns::new(sink, &stop, threads));
        let (sender, receiver) = bounded::<Work>(2 * threads);
        let mut report = self.empty_report(fields);
        thread::scope(|scope| {
            let workers: Vec<_> = (0..threads)
                .map(|_| {
                    let receiver = receiver.clone();
                    let (stop, turns) = (&stop, turns.as_ref());
                    scope.spawn(move || self.work(fields, &receiver, sink, stop, turns))
                })
                .collect();
            drop(receiver);
            let cut = self.cut(sender, threads, &stop, progress);
            for (mine, file) in report.files.iter_mut().zip(cut) {
                *mine = file;
            }
            for worker in workers {
                match worker.join() {
                    Ok(part) => report.add(&part),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        });
        report.files.iter_mut().for_each(FileReport::settle);
        report.was_stopped = stop.load(Ordering::Relaxed);
        report
    }

    fn empty_report(&self, fields: &Fields) -> Report {
        Report {
            files: vec![FileReport::default(); self.files.len()],
            fields_seen: vec![false; fields.raw().len()],
            ..Report::default()
        }
    }

    fn work<'r>(
        &self,
        fields: &'r Fields,
        receiver: &Receiver<Work>,
        sink: Sink<'r>,
        stop: &'r AtomicBool,
        turns: Option<&'r Turns<'r>>,
    ) -> Report {
        let mut chunk_reader = ChunkReader::default();
        let mut buffer = Vec::new();
        let mut parser: Parser<'_> = Parser::new(fields, &self.logs, self.empty_report(fields), sink, stop);
        parser.know(&self.bound);
        // What looks for thousands of texts is made where there is something to look at.
        let mut parquet_reader: Option<ParquetReader<'_>> = None;
        let mut scanner: Option<Scanner<'_>> = None;
        for work in receiver {
            let turn_of = |number| turns.map(|turns| turns.take(number));
            let turn = work.number.and_then(turn_of);
            // After a stop the queue is emptied, so that the cutter does not wait.
            if parser.is_stopped() {
                continue;
            }
            parser.begin(work.file, turn);
            let file = usize::try_from(work.file).ok().and_then(|index| self.files.get(index));
            parser.know_zones(file.map(|file| &file.zones));
            let rows = file.map_or(&Rows::Plain, |file| &file.rows);
            match work.block {
                Block::Chunks(chunks) => {
                    for chunk in chunks {
                        chunk_reader.read(chunk, &mut parser);
                    }
                }
                Block::Lines(lines) => ndjson::parse(&lines, rows, &mut parser),
                Block::Shared(shared) => {
                    while let Some((number, lines)) = shared.next(&mut buffer, stop) {
                        parser.begin(work.file, turn_of(number));
                        ndjson::parse(&lines, rows, &mut parser);
                        parser.end();
                        buffer = lines.into_memory();
                    }
                }
                Block::Records(records, spelling) => cut::parse(&records, spelling, rows, &mut parser),
                Block::Csv(block) => csv_file::parse(&block, rows, &mut parser),
                Block::Parquet(group) => {
                    let reader = parquet_reader.get_or_insert_with(|| ParquetReader::new(fields, &self.bound));
                    reader.parse(&group, rows, &mut parser);
                }
                Block::Part(lake, place) => {
                    // So that what came before is given before.
                    parser.flush();
                    if let Some(lake) = self.lakes.get(lake) {
                        let new = || Scanner::new(fields, &self.logs, self.empty_report(fields), sink, stop);
                        scanner.get_or_insert_with(new).scan(lake, place, parser.turn());
                    }
                }
            }
            parser.end();
        }
        let mut report = parser.finish();
        if let Some(scanner) = scanner {
            report.add(&scanner.finish());
        }
        report
    }

    /// Cuts all files into blocks, and reports what only a whole file shows.
    fn cut(
        &self,
        sender: Sender<Work>,
        threads: usize,
        stop: &AtomicBool,
        progress: &dyn Fn(Progress),
    ) -> Vec<FileReport> {
        let total = self.bytes();
        let mut done = 0;
        let mut pieces = 0;
        let mut archive: Option<OpenArchive<'_>> = None;
        let mut reports = Vec::with_capacity(self.files.len());
        for (index, file) in self.files.iter().enumerate() {
            if file.format == Format::Lake {
                let step = |bytes| progress(Progress { files: index, bytes: done + bytes, total });
                reports.extend(self.cut_lake(index, &mut pieces, &sender, stop, &step));
                done += file.size;
                continue;
            }
            let mut report = FileReport::default();
            if !stop.load(Ordering::Relaxed) {
                let mut pieces = Pieces {
                    file: u32::try_from(index).unwrap_or(u32::MAX),
                    count: &mut pieces,
                    sender: &sender,
                    threads,
                    stop,
                    report: &mut report,
                    step: &|bytes| progress(Progress { files: index, bytes: done + bytes, total }),
                };
                let outcome = match file.member {
                    None => pieces.of_file(file),
                    Some(member) => open_archive(file, &mut archive).and_then(|archive| {
                        let OpenArchive { zip, budget, .. } = archive;
                        let member = zip.by_index(member).map_err(|error| io::Error::other(error.to_string()))?;
                        pieces.of_member(file, member, budget)
                    }),
                };
                if let Err(error) = outcome {
                    // What else is odd at its end comes of this.
                    report.problem = Some(format!("cannot be read to its end: {error}"));
                }
            }
            done += file.size;
            progress(Progress { files: index + 1, bytes: done, total });
            reports.push(report);
        }
        reports
    }

    /// Hands out the row groups of the lake whose logs begin here, if one does, and gives the reports of its logs.
    fn cut_lake(
        &self,
        file: usize,
        pieces: &mut u64,
        sender: &Sender<Work>,
        stop: &AtomicBool,
        step: &dyn Fn(u64),
    ) -> Vec<FileReport> {
        let Some((number, lake)) = self.lakes.iter().enumerate().find(|(_, lake)| lake.begins_at(file)) else {
            return Vec::new();
        };
        let mut bytes = 0;
        for place in lake.groups() {
            let file = u32::try_from(file).unwrap_or(u32::MAX);
            let work = Work { number: Some(*pieces), file, block: Block::Part(number, place) };
            *pieces += 1;
            if stop.load(Ordering::Relaxed) || sender.send(work).is_err() {
                break;
            }
            if place.group == 0 {
                bytes += lake.part(place).map_or(0, |(part, _)| part.bytes);
                step(bytes);
            }
        }
        lake.reports()
    }
}

/// A zip that is open.
pub struct OpenArchive<'f> {
    /// The first of its members that was asked for.
    file: &'f File,
    pub zip: Archive,
    pub budget: Budget,
}

/// Opens the zip of a member, once for all of its members in a row.
pub fn open_archive<'c, 'f>(
    file: &'f File,
    open: &'c mut Option<OpenArchive<'f>>,
) -> io::Result<&'c mut OpenArchive<'f>> {
    let is_open = open.as_ref().is_some_and(|known| known.file.path == file.path);
    if !is_open {
        let budget = Budget::new(fs::metadata(&file.path)?.len());
        let zip = ZipFile::open(&file.path)?.archive;
        *open = Some(OpenArchive { file, zip, budget });
    }
    match open {
        Some(archive) => Ok(archive),
        None => Err(io::Error::other("the zip is not open")),
    }
}

#[cfg(test)]
mod tests;
