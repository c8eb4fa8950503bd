//! A transaction: some logs read as a whole, their events buffered, sorted and written by day, and committed together.

use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use functions::ticks;

use super::chunk::{Sorted, wanted};
use super::commit::{Commit, Part, Source};
use super::shred::{Shredded, shred};
use super::store::Store;
use super::{EVENTS, LakeError, part};
use crate::event::{EventBatch, Fields};
use crate::evidence::{Evidence, File};
use crate::read::{Progress, ReadOptions};

/// How many days of one buffer have a file of their own; what lies between is put together, lest events that are spread over
/// thousands of days make as many files.
const DAYS: usize = 64;
/// The folder of events without a day of their own, by the name that other tools know it by.
const NO_DAY: &str = "__HIVE_DEFAULT_PARTITION__";

/// One transaction.
pub struct Transaction {
    pub files: Vec<File>,
    /// As the commit will have them; what their reading came to is yet to be filled in.
    pub sources: Vec<Source>,
    pub bytes: u64,
}

impl Transaction {
    /// Reads, writes and commits. `room` is how many bytes of events may wait to be written.
    pub fn run(
        self,
        store: &mut Store,
        room: usize,
        threads: usize,
        progress: &dyn Fn(Progress),
    ) -> Result<Commit, LakeError> {
        let number = store.next_number();
        let names: Vec<String> = self.sources.iter().map(|source| source.name.clone()).collect();
        let writer = Writer { number, folder: store.temporary(), names: &names, files: Vec::new(), parts: Vec::new() };
        let (buffer, writer) = (Mutex::new(Buffer::default()), Mutex::new(writer));
        let failure = Mutex::new(None);
        let fail = |error: LakeError| {
            failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            ControlFlow::Break(())
        };
        let take = |events: EventBatch| {
            let shredded = match shred(events) {
                Ok(shredded) => shredded,
                Err(reason) => return fail(LakeError::Write { path: store.lake.root.clone(), reason }),
            };
            let mut buffer = buffer.lock().unwrap_or_else(PoisonError::into_inner);
            buffer.bytes += shredded.bytes;
            buffer.batches.push(shredded);
            if buffer.bytes < room {
                return ControlFlow::Continue(());
            }
            // The buffer is held until the writer is free, so that at most one waits beside the one that is being written.
            let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
            let full = std::mem::take(&mut *buffer);
            drop(buffer);
            match writer.write(full.batches) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => fail(error),
            }
        };
        let evidence = Evidence::of(self.files);
        let report = evidence.read(
            &Fields::new(wanted(), true).whole(),
            &ReadOptions { threads, in_order: false },
            &take,
            progress,
        );
        if let Some(error) = failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        let mut writer = writer.into_inner().unwrap_or_else(PoisonError::into_inner);
        writer.write(buffer.into_inner().unwrap_or_else(PoisonError::into_inner).batches)?;
        let (files, parts) = (writer.files, writer.parts);
        let mut sources = self.sources;
        for (source, report) in sources.iter_mut().zip(report.files) {
            source.report = report;
        }
        let written = ticks::to_civil(crate::clock()).map_or(String::new(), |time| time.format("%FT%TZ").to_string());
        let commit = Commit { number, written, sources, parts };
        store.commit(commit.clone(), &files)?;
        Ok(commit)
    }
}

/// Events that wait to be written.
#[derive(Default)]
struct Buffer {
    batches: Vec<Shredded>,
    bytes: usize,
}

struct Writer<'a> {
    number: u64,
    folder: PathBuf,
    names: &'a [String],
    /// Where the parts are until they are committed.
    files: Vec<PathBuf>,
    parts: Vec<Part>,
}

impl Writer<'_> {
    fn write(&mut self, batches: Vec<Shredded>) -> Result<(), LakeError> {
        let sorted = Sorted::new(&batches, self.names);
        for (day, range) in by_day(&sorted) {
            let day = day.and_then(|day| ticks::to_civil(day * ticks::PER_DAY));
            let day = day.map_or(NO_DAY.to_owned(), |day| day.format("%Y-%m-%d").to_string());
            let name = format!("{:08}-{}.parquet", self.number, self.parts.len() + 1);
            let file = self.folder.join(&name);
            let path = format!("{EVENTS}/day={day}/{name}");
            let part = part::write(&file, path, &sorted, range);
            self.parts.push(part.map_err(|reason| LakeError::Write { path: file.clone(), reason })?);
            self.files.push(file);
        }
        Ok(())
    }
}

/// Runs of rows with their day, of which the fullest have their own.
fn by_day(sorted: &Sorted<'_>) -> Vec<(Option<i64>, std::ops::Range<usize>)> {
    let day = |place: usize| sorted.time(place).map(|time| time.div_euclid(ticks::PER_DAY));
    let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
    for day in (0..sorted.rows()).filter_map(day) {
        *counts.entry(day).or_default() += 1;
    }
    let mut fullest: Vec<(usize, i64)> = counts.into_iter().map(|(day, count)| (count, day)).collect();
    fullest.sort_unstable_by(|a, b| b.cmp(a));
    let own: HashSet<i64> = fullest.into_iter().take(DAYS).map(|(_, day)| day).collect();
    let mut runs: Vec<(Option<i64>, std::ops::Range<usize>)> = Vec::new();
    for place in 0..sorted.rows() {
        let day = day(place).filter(|day| own.contains(day));
        match runs.last_mut() {
            Some((known, run)) if *known == day => run.end = place + 1,
            _ => runs.push((day, place..place + 1)),
        }
    }
    runs
}
