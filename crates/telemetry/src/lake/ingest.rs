//! Ingest: logs into a lake, each once whatever it is called, in transactions that a kill leaves whole or undone.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::Path;

use super::LakeError;
use super::commit::{Commit, Source};
use super::content;
use super::store::{Store, clear};
use super::transaction::Transaction;
use crate::evidence::{Evidence, File};
use crate::format::Format;
use crate::read::Progress;
use crate::report::FileReport;
use crate::rows::tables::table;
use crate::rows::{By, Rows};

/// The part of the memory that events may wait in. As much waits while as much is written, the columns that are being written
/// are a further copy, and the readers have their own. A transaction takes logs of as many bytes: they are read again after a
/// kill.
const SHARE: usize = 8;
const LEAST: usize = 4 << 20;
/// Offsets into columns of texts are of 32 bits, and nothing is gained beyond.
const MOST: usize = 1 << 30;

/// What to do.
pub struct Ingest<'a> {
    pub evidence: &'a Evidence,
    pub to: &'a Path,
    /// Bytes, about.
    pub memory: usize,
    /// Threads that parse; 0 for one a core.
    pub threads: usize,
    /// Another writer is waited for.
    pub waiting: &'a dyn Fn(),
    pub progress: &'a dyn Fn(Progress),
}

/// What it came to.
#[derive(Debug, Default)]
pub struct Ingested {
    /// Logs that are new in the lake, by the name that they have in it.
    pub added: Vec<String>,
    /// Logs whose content the lake had, and the name that it had it by.
    pub known: Vec<(String, String)>,
    /// Lakes among the evidence: they are no logs.
    pub lakes: Vec<String>,
    /// Logs that were not read, or not as a whole, and why. Those of which anything was read are in the lake.
    pub unread: Vec<(String, String)>,
    pub events: u64,
    /// Events without a time.
    pub untimed: u64,
    pub days: BTreeSet<String>,
    /// Bytes of the logs that were added, and of the Parquet files that they are now.
    pub bytes_in: u64,
    pub bytes_out: u64,
    /// All that the lake holds now.
    pub total_events: u64,
    pub total_files: u64,
}

impl Ingest<'_> {
    pub fn run(&self) -> Result<Ingested, LakeError> {
        self.keep_apart()?;
        let mut store = Store::open(self.to, self.waiting)?;
        let outcome = self.all(&mut store);
        if outcome.is_err() {
            // What is left of the transaction is removed by the next writer otherwise.
            let _ = clear(&store.temporary());
        }
        outcome
    }

    fn all(&self, store: &mut Store) -> Result<Ingested, LakeError> {
        let sources = || store.lake.commits.iter().flat_map(|commit| &commit.sources);
        // A copy beside its like is evidence too, as it is where the logs themselves are read. What counts is how many the lake
        // has.
        let mut by_content: HashMap<String, Vec<String>> = HashMap::new();
        for source in sources() {
            by_content.entry(source.blake3.clone()).or_default().push(source.name.clone());
        }
        let mut names: HashSet<String> = sources().map(|source| source.name.clone()).collect();
        let lakes = self.evidence.lakes.iter().map(|lake| lake.root().display().to_string());
        let mut ingested = Ingested { lakes: lakes.collect(), ..Ingested::default() };
        let (mut done, total) = (Progress { files: 0, bytes: 0, total: 0 }, self.evidence.bytes());
        let mut next = Transaction { files: Vec::new(), sources: Vec::new(), bytes: 0 };
        let mut budgets = HashMap::new();
        for file in self.logs() {
            let (blake3, size) = match content::of(file, &mut budgets) {
                Ok(found) => found,
                Err(error) => {
                    ingested.unread.push((file.name.clone(), error.to_string()));
                    done = self.step(done, 1, file.size);
                    continue;
                }
            };
            if let Some(known) = by_content.get_mut(&blake3).and_then(Vec::pop) {
                ingested.known.push((file.name.clone(), known));
                done = self.step(done, 1, file.size);
                continue;
            }
            if next.bytes + file.size > self.room() as u64 && !next.files.is_empty() {
                let full =
                    std::mem::replace(&mut next, Transaction { files: Vec::new(), sources: Vec::new(), bytes: 0 });
                done = self.transact(full, store, done, total, &mut ingested)?;
            }
            let mut name = file.name.clone();
            if !names.insert(name.clone()) {
                name = format!("{name}~{}", blake3.chars().take(8).collect::<String>());
                names.insert(name.clone());
            }
            next.bytes += file.size;
            next.files.push(file.clone());
            next.sources.push(Source { name, blake3, size, report: FileReport::default() });
        }
        if !next.files.is_empty() {
            self.transact(next, store, done, total, &mut ingested)?;
        }
        ingested.total_events = store.lake.events();
        ingested.total_files = store.lake.commits.iter().map(|commit| commit.sources.len() as u64).sum();
        Ok(ingested)
    }

    fn transact(
        &self,
        transaction: Transaction,
        store: &mut Store,
        done: Progress,
        total: u64,
        ingested: &mut Ingested,
    ) -> Result<Progress, LakeError> {
        let (files, bytes) = (transaction.files.len(), transaction.bytes);
        let shown = |step: Progress| {
            (self.progress)(Progress { files: done.files + step.files, bytes: done.bytes + step.bytes, total });
        };
        let commit = transaction.run(store, self.room(), self.threads, &shown)?;
        ingested.add(&commit);
        Ok(self.step(done, files, bytes))
    }

    fn room(&self) -> usize {
        (self.memory / SHARE).clamp(LEAST, MOST)
    }

    fn step(&self, done: Progress, files: usize, bytes: u64) -> Progress {
        let done = Progress { files: done.files + files, bytes: done.bytes + bytes, total: self.bytes() };
        (self.progress)(done);
        done
    }

    /// A lake's own files are no logs, and a lake that is all there is was not meant to be passed over.
    fn keep_apart(&self) -> Result<(), LakeError> {
        if let Some(lake) = self.evidence.lakes.first().filter(|_| self.logs().next().is_none()) {
            return Err(LakeError::OfALake(lake.root().to_owned()));
        }
        let undeclared = self.logs().find_map(|file| match &file.rows {
            Rows::Table { name, by: By::Person } if table(name).is_none() => Some(name.to_string()),
            _ => None,
        });
        // A query declares such a table from its file; a lake keeps no columns of tables, so none would find the rows.
        if let Some(name) = undeclared {
            return Err(LakeError::Undeclared(name));
        }
        let Ok(to) = fs::canonicalize(self.to) else { return Ok(()) };
        for file in self.logs() {
            if fs::canonicalize(&file.path).is_ok_and(|path| path.starts_with(&to)) {
                return Err(LakeError::Itself(file.path.clone()));
            }
        }
        Ok(())
    }

    fn logs(&self) -> impl Iterator<Item = &File> {
        self.evidence.files.iter().filter(|file| file.format != Format::Lake)
    }

    /// How much there is to read.
    pub fn bytes(&self) -> u64 {
        self.logs().map(|file| file.size).sum()
    }
}

impl Ingested {
    fn add(&mut self, commit: &Commit) {
        for source in &commit.sources {
            self.added.push(source.name.clone());
            self.events += source.report.events;
            self.bytes_in += source.size;
            self.unread.extend(source.report.describe().map(|reason| (source.name.clone(), reason)));
        }
        for part in &commit.parts {
            self.bytes_out += part.bytes;
            self.untimed += part.groups.iter().map(|group| group.untimed).sum::<u64>();
            let day = part.path.split('/').find_map(|folder| folder.strip_prefix("day="));
            self.days.extend(day.map(str::to_owned));
        }
    }
}
