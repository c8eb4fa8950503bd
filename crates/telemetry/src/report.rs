//! A report: what a reading of the evidence came to, file by file, with everything that could not be read.

mod misfits;

use std::collections::BTreeMap;

pub use misfits::Misfits;
use serde::{Deserialize, Serialize};

use crate::logs::Logs;

/// The whole reading.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// One for each of [`crate::Evidence::files`], in its order.
    pub files: Vec<FileReport>,
    /// How many events there are of each channel (index) and event id: those that tables name, and [`Report::KINDS`] others.
    pub kinds: BTreeMap<(u32, i64), u64>,
    /// Events of further kinds, so that a count that is not of events which tables name means "at least".
    pub kinds_overflowed: u64,
    /// Events whose channel is beyond those that have a number.
    pub channels_overflowed: u64,
    /// Events whose log (channel and host) is beyond those that have a number: an origin of theirs names no log.
    pub logs_overflowed: u64,
    /// For each raw field that was asked for, whether any event held it.
    pub fields_seen: Vec<bool>,
    /// Event times in ticks, those later than the machine's clock left out.
    pub oldest: Option<i64>,
    pub newest: Option<i64>,
    /// Events whose time is later than the machine's clock.
    pub future: u64,
    /// Events that have no time, or none that can be read.
    pub untimed: u64,
    /// The sink asked to stop, so that the rest was not read.
    pub was_stopped: bool,
    /// Row groups of lakes of which rows were read.
    pub row_groups: u64,
    /// Events that are counted above, and that hints of [`crate::Fields`] kept from the sink.
    pub withheld: Withheld,
}

/// What a reader left out because nobody wants it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Withheld {
    /// Events outside of the bounds; of these, where there is a bound in time, those without a time.
    pub outside: u64,
    pub untimed: u64,
    /// Events within the bounds that are of no kind that is wanted.
    pub kinds: BTreeMap<(u32, i64), u64>,
    /// The newest of those within, times later than the machine's clock left out.
    pub newest: Option<i64>,
}

impl Withheld {
    pub(crate) fn add(&mut self, other: &Withheld) {
        self.outside += other.outside;
        self.untimed += other.untimed;
        for (kind, count) in &other.kinds {
            *self.kinds.entry(*kind).or_default() += count;
        }
        self.newest = self.newest.max(other.newest);
    }
}

impl Report {
    pub const KINDS: usize = 65_536;

    pub fn events(&self) -> u64 {
        self.files.iter().map(|file| file.events).sum()
    }

    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    pub fn damaged_records(&self) -> u64 {
        self.files.iter().map(|file| file.damaged_records).sum()
    }

    /// Every file that could not be read as a whole, by its index.
    pub fn damaged_files(&self) -> impl Iterator<Item = (usize, &FileReport)> {
        self.files.iter().enumerate().filter(|(_, file)| file.is_damaged())
    }

    /// How many events of these kinds there are; a channel or an event id of `None` stands for all.
    pub fn count(&self, channel: Option<u32>, event: Option<i64>) -> u64 {
        let fits = |kind: &(u32, i64)| channel.is_none_or(|id| id == kind.0) && event.is_none_or(|id| id == kind.1);
        self.kinds.iter().filter(|(kind, _)| fits(kind)).map(|(_, count)| count).sum()
    }

    /// What the limits cost, and what times that cannot be read do, in words, with the files of these names.
    pub fn beyond_limits<'n>(&self, names: impl Iterator<Item = &'n str>) -> Option<String> {
        let costs = [
            (self.untimed, "without a time that can be read, so queries that ask for a time leave them out"),
            (self.channels_overflowed, "of channels beyond those that can be told apart"),
            (
                self.logs_overflowed,
                "of hosts and channels beyond those that can be told apart, so no log is named for them",
            ),
            (
                self.kinds_overflowed,
                "of kinds beyond those that can be counted, so counts by event id are lower bounds",
            ),
        ];
        let mut parts: Vec<String> = costs
            .iter()
            .filter(|(events, _)| *events > 0)
            .map(|(events, cost)| format!("{events} event{} {cost}", if *events == 1 { " is" } else { "s are" }))
            .collect();
        if self.untimed > 0
            && let (Some(said), Some(files)) = (parts.first_mut(), self.untimed_files(names))
        {
            said.push_str(&files);
        }
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// The files with the most events without a time, with how many they have.
    fn untimed_files<'n>(&self, names: impl Iterator<Item = &'n str>) -> Option<String> {
        let files = self.files.iter().zip(names).filter(|(file, _)| file.untimed > 0);
        let mut files: Vec<(u64, u64, &str)> = files.map(|(file, name)| (file.untimed, file.events, name)).collect();
        files.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.2.cmp(b.2)));
        let told = files.iter().take(TOLD).map(|(untimed, events, name)| format!("{untimed} of {events} in {name}"));
        let mut told = told.collect::<Vec<String>>().join(", ");
        if files.len() > TOLD {
            told.push_str(&format!(", the rest in {} more", files.len() - TOLD));
        }
        (!told.is_empty()).then(|| format!(" ({told})"))
    }

    pub(crate) fn count_events(&mut self, channel: u32, event: i64, events: u64) {
        if let Some(count) = self.kinds.get_mut(&(channel, event)) {
            *count += events;
        } else if self.kinds.len() < Report::KINDS || Logs::is_named(channel, event) {
            self.kinds.insert((channel, event), events);
        } else {
            self.kinds_overflowed += events;
        }
        if channel == Logs::UNKNOWN {
            self.channels_overflowed += events;
        }
    }

    pub(crate) fn add(&mut self, other: &Report) {
        for (mine, theirs) in self.files.iter_mut().zip(&other.files) {
            mine.add(theirs);
        }
        for (kind, count) in &other.kinds {
            *self.kinds.entry(*kind).or_default() += count;
        }
        self.kinds_overflowed += other.kinds_overflowed;
        self.channels_overflowed += other.channels_overflowed;
        self.logs_overflowed += other.logs_overflowed;
        for (mine, theirs) in self.fields_seen.iter_mut().zip(&other.fields_seen) {
            *mine |= theirs;
        }
        self.oldest = [self.oldest, other.oldest].into_iter().flatten().min();
        self.newest = self.newest.max(other.newest);
        self.future += other.future;
        self.row_groups += other.row_groups;
        self.untimed += other.untimed;
        self.was_stopped |= other.was_stopped;
        self.withheld.add(&other.withheld);
    }
}

/// How many files are named.
const TOLD: usize = 3;

/// One file of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileReport {
    pub events: u64,
    pub bytes: u64,
    /// Events that have no time, or none that can be read.
    pub untimed: u64,
    /// Records (lines) that were skipped, as far as they can be counted.
    pub damaged_records: u64,
    /// Parts of an EVTX that could not be read at all.
    pub damaged_chunks: u64,
    /// Chunks whose checksum does not fit, though their records could be read.
    pub unverified_chunks: u64,
    /// An EVTX was being written to when it was copied, so that one chunk may not fit its checksum yet.
    pub(crate) is_dirty: bool,
    /// How many records the header promises, where the file ends before them.
    pub promised: Option<u64>,
    /// An EVTX ends within a chunk.
    pub is_cut: bool,
    /// How many records more the chunk counts within which the file ends; settled before it is kept anywhere.
    #[serde(skip)]
    pub(crate) cut_off: u64,
    /// Chunks of an EVTX that say what another one says, byte for byte, and were left out; and how many records they count.
    pub copied: (u64, u64),
    /// Records whose numbers lie between those of the chunks, where the header counts more chunks than there are.
    pub missing: u64,
    /// Texts in typed columns that are no values of the type.
    pub misfits: Misfits,
    /// Events whose fields have no names.
    pub nameless: u64,
    /// Events of which neither their export nor their provider says of which log they are.
    pub logless: u64,
    /// Records with text that is no UTF-8.
    pub foreign: u64,
    /// What holds of the whole file, in words.
    pub remarks: Vec<String>,
    /// What went wrong first, in words.
    pub problem: Option<String>,
}

impl FileReport {
    /// Something of the file was not read, or not as it was written.
    pub fn is_damaged(&self) -> bool {
        self.damaged_records > 0
            || self.damaged_chunks > 0
            || self.promised.is_some()
            || self.is_cut
            || self.copied.0 > 0
            || self.missing > 0
            || self.is_altered()
            || self.nameless > 0
            || self.logless > 0
            || self.foreign > 0
            || !self.remarks.is_empty()
            || !self.misfits.is_empty()
            || self.problem.is_some()
    }

    /// What was read may not be what the system wrote.
    fn is_altered(&self) -> bool {
        self.unverified_chunks > u64::from(self.is_dirty)
    }

    /// What was not read, in words: `ends after 153 of 302 records; 3 records skipped (…)`.
    pub fn describe(&self) -> Option<String> {
        if !self.is_damaged() {
            return None;
        }
        let counted = |count: u64, noun: &str| format!("{count} {noun}{} skipped", if count == 1 { "" } else { "s" });
        let mut parts = Vec::new();
        if let Some(promised) = self.promised {
            parts.push(format!("ends after {} of {promised} records", self.events));
        } else if self.is_cut && self.damaged_records == 0 && self.damaged_chunks == 0 && self.problem.is_none() {
            parts.push("does not end where a chunk ends (cut short?); no promised record is missing".to_owned());
        } else if self.is_cut {
            parts.push("ends within a chunk: the file was cut short".to_owned());
        }
        match self.missing {
            0 => {}
            1 => parts.push("1 record between its chunks is missing".to_owned()),
            missing => parts.push(format!("{missing} records between its chunks are missing")),
        }
        match self.copied {
            (0, _) => {}
            (1, records) => parts.push(format!("1 chunk stands twice: its copy, of {records} records, is left out")),
            (chunks, records) => {
                parts.push(format!("{chunks} chunks stand twice: their copies, of {records} records, are left out"));
            }
        }
        if self.damaged_chunks > 0 {
            parts.push(counted(self.damaged_chunks, "chunk"));
        }
        if self.damaged_records > 0 {
            parts.push(counted(self.damaged_records, "record"));
        }
        if self.is_altered() {
            let (count, s, fit) = match self.unverified_chunks {
                1 => (1, "", "does not fit its checksum"),
                count => (count, "s", "do not fit their checksums"),
            };
            parts.push(format!("{count} chunk{s} {fit}: altered, or damaged"));
        }
        if let Some(problem) = &self.problem {
            parts.push(problem.clone());
        }
        if self.nameless > 0 {
            let events = if self.nameless == 1 { "event has" } else { "events have" };
            let why = "fields without names, as Get-WinEvent gives them: export the log with wevtutil instead";
            parts.push(format!("{} {events} {why}", self.nameless));
        }
        if self.logless > 0 {
            let events = if self.logless == 1 { "event does" } else { "events do" };
            let why =
                "not say of which log, nor does the provider: what asks for a log leaves them out; export Channel too";
            parts.push(format!("{} {events} {why}", self.logless));
        }
        if self.foreign > 0 {
            let records = if self.foreign == 1 { "record holds" } else { "records hold" };
            parts.push(format!("{} {records} text that is no UTF-8, which is read as Windows-1252", self.foreign));
        }
        parts.extend(self.misfits.describe());
        parts.extend(self.remarks.iter().cloned());
        Some(parts.join("; "))
    }

    /// Settles what the end of the file means, once all of it was read.
    pub(crate) fn settle(&mut self) {
        // All that was promised is there after all, or the promise made no sense.
        if self.promised.is_some_and(|promised| promised <= self.events) {
            let makes_sense = self.promised != Some(0);
            self.promised = None;
            if !self.is_cut || !makes_sense {
                self.note(|| "the file ends before its last chunk".to_owned());
            }
        }
        // Else the promise of the file counts them already.
        if self.promised.is_none() {
            self.damaged_records += self.cut_off;
        }
    }

    pub(crate) fn note(&mut self, problem: impl FnOnce() -> String) {
        if self.problem.is_none() {
            self.problem = Some(problem());
        }
    }

    fn add(&mut self, other: &FileReport) {
        self.events += other.events;
        self.untimed += other.untimed;
        self.bytes += other.bytes;
        self.damaged_records += other.damaged_records;
        self.damaged_chunks += other.damaged_chunks;
        self.unverified_chunks += other.unverified_chunks;
        self.promised = self.promised.max(other.promised);
        self.is_dirty |= other.is_dirty;
        self.is_cut |= other.is_cut;
        self.cut_off += other.cut_off;
        self.copied = (self.copied.0 + other.copied.0, self.copied.1 + other.copied.1);
        self.missing += other.missing;
        self.misfits.add(&other.misfits);
        self.nameless += other.nameless;
        self.logless += other.logless;
        self.foreign += other.foreign;
        for remark in &other.remarks {
            if !self.remarks.contains(remark) {
                self.remarks.push(remark.clone());
            }
        }
        if self.problem.is_none() {
            self.problem.clone_from(&other.problem);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_what_of_it_was_not_read() {
        let whole =
            FileReport { events: 9, bytes: 70_000, unverified_chunks: 1, is_dirty: true, ..FileReport::default() };
        assert_eq!(whole.describe(), None);
        let altered = FileReport { unverified_chunks: 2, ..whole };
        assert_eq!(altered.describe().as_deref(), Some("2 chunks do not fit their checksums: altered, or damaged"));
        let cut = FileReport { events: 153, promised: Some(302), damaged_records: 1, ..FileReport::default() };
        assert_eq!(cut.describe().as_deref(), Some("ends after 153 of 302 records; 1 record skipped"));
    }

    #[test]
    fn junk_kinds_leave_those_that_tables_name_their_count() {
        let (mut report, logs) = (Report::default(), Logs::default());
        let security = logs.channel_id("Security").0;
        for event in 0..70_000 {
            report.count_events(Logs::UNKNOWN, event, 1);
        }
        report.count_events(security, 4688, 1);
        report.count_events(security, 4688, 1);
        report.count_events(security, 50_000, 1);
        assert_eq!((report.count(Some(security), None), report.count(None, Some(4688))), (2, 3));
        assert_eq!((report.kinds_overflowed, report.channels_overflowed), (70_000 - 65_536 + 1, 70_000));
        let said = report.beyond_limits(std::iter::empty()).unwrap();
        assert!(said.starts_with("70000 events are of channels beyond") && said.contains("; 4465 events are of kinds"));
        assert_eq!(Report::default().beyond_limits(std::iter::empty()), None);
    }

    #[test]
    fn the_end_of_a_file_is_settled_by_what_was_promised() {
        let settled = |promised: Option<u64>, cut_off: u64| {
            let mut file = FileReport { events: 9, is_cut: true, promised, cut_off, ..FileReport::default() };
            file.settle();
            file.describe().unwrap()
        };
        let whole = "does not end where a chunk ends (cut short?); no promised record is missing";
        assert_eq!(settled(Some(9), 0), whole);
        assert_eq!(settled(None, 0), whole);
        assert_eq!(settled(Some(12), 3), "ends after 9 of 12 records");
        assert_eq!(settled(None, 3), "ends within a chunk: the file was cut short; 3 records skipped");
        let senseless = "ends within a chunk: the file was cut short; the file ends before its last chunk";
        assert_eq!(settled(Some(0), 0), senseless);
    }

    #[test]
    fn reports_of_workers_add_up() {
        let mut sum = Report { files: vec![FileReport::default()], fields_seen: vec![false], ..Report::default() };
        for time in [5, 3] {
            let file = FileReport { events: 2, ..FileReport::default() };
            let kinds = BTreeMap::from([((1, 4688), 2)]);
            let times = (Some(time), Some(time));
            let part = Report {
                files: vec![file],
                kinds,
                fields_seen: vec![time == 3],
                oldest: times.0,
                newest: times.1,
                ..Report::default()
            };
            sum.add(&part);
        }
        assert_eq!((sum.events(), sum.count(Some(1), None), sum.count(None, Some(1))), (4, 4, 0));
        assert_eq!((sum.oldest, sum.newest, sum.fields_seen[0]), (Some(3), Some(5), true));
    }
}
