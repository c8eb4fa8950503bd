//! Where a lake stands in the evidence: which of the evidence's files are its logs.

use std::path::Path;

use super::Lake;
use super::commit::{Commit, Part};
use crate::evidence::File;
use crate::format::Format;
use crate::report::FileReport;
use crate::rows::Rows;
use crate::zones::Zones;

/// A lake whose logs have consecutive places among the evidence's files.
#[derive(Debug)]
pub struct Stands {
    lake: Lake,
    /// The place of the first log of each commit.
    first: Vec<usize>,
}

impl Stands {
    pub fn new(lake: Lake, start: usize) -> Self {
        let mut end = start;
        let mut first = Vec::with_capacity(lake.commits.len());
        for commit in &lake.commits {
            first.push(end);
            end += commit.sources.len();
        }
        Stands { lake, first }
    }

    /// Whether any event of it is of this kind.
    pub fn holds(&self, channel: &str, event: i64) -> bool {
        let groups = self.lake.commits.iter().flat_map(|commit| &commit.parts).flat_map(|part| &part.groups);
        let mut kinds = groups.flat_map(|group| &group.kinds);
        kinds.any(|(known, events)| known.eq_ignore_ascii_case(channel) && events.contains_key(&event))
    }

    /// The hosts of its events; `None` where they are too many to be listed.
    pub fn hosts(&self) -> Option<Vec<&str>> {
        let groups = self.lake.commits.iter().flat_map(|commit| &commit.parts).flat_map(|part| &part.groups);
        if groups.clone().any(|group| group.computers.is_none()) {
            return None;
        }
        Some(groups.flat_map(|group| group.computers.iter().flatten()).filter_map(Option::as_deref).collect())
    }

    /// The hosts of the row groups that list theirs.
    pub fn listed_hosts(&self) -> impl Iterator<Item = &str> {
        let groups = self.lake.commits.iter().flat_map(|commit| &commit.parts).flat_map(|part| &part.groups);
        groups.flat_map(|group| group.computers.iter().flatten()).filter_map(Option::as_deref)
    }

    pub fn root(&self) -> &Path {
        &self.lake.root
    }

    /// Whether its logs begin at this place.
    pub fn begins_at(&self, file: usize) -> bool {
        self.first.first() == Some(&file)
    }

    /// The logs. Their size is their share of the Parquet files.
    pub fn files(&self) -> Vec<File> {
        let file = |(commit, source): (&Commit, usize)| {
            let source = commit.sources.get(source)?;
            Some(File {
                name: source.name.clone(),
                size: share(commit, source.report.events),
                path: self.lake.root.clone(),
                member: None,
                format: Format::Lake,
                rows: Rows::Plain,
                zones: Zones::default(),
            })
        };
        self.sources().filter_map(file).collect()
    }

    /// What the reading of each log came to when it was ingested, without the events, which are counted as they are read.
    pub fn reports(&self) -> Vec<FileReport> {
        let report = |(commit, source): (&Commit, usize)| {
            let report = &commit.sources.get(source)?.report;
            Some(FileReport { events: 0, bytes: share(commit, report.events), ..report.clone() })
        };
        self.sources().filter_map(report).collect()
    }

    /// The row groups of all parts, the part with the oldest events first.
    pub fn groups(&self) -> Vec<Place> {
        let mut places = Vec::new();
        for (number, commit) in self.lake.commits.iter().enumerate() {
            for (place, part) in commit.parts.iter().enumerate() {
                let group = |group| (part.oldest(), Place { commit: number, part: place, group });
                places.extend((0..part.groups.len()).map(group));
            }
        }
        places.sort_by_key(|(oldest, place)| (oldest.is_none(), *oldest, place.commit, place.part, place.group));
        places.into_iter().map(|(_, place)| place).collect()
    }

    /// The part of a row group, and the place of the first log of its commit.
    pub fn part(&self, place: Place) -> Option<(&Part, usize)> {
        let part = self.lake.commits.get(place.commit)?.parts.get(place.part)?;
        Some((part, *self.first.get(place.commit)?))
    }

    fn sources(&self) -> impl Iterator<Item = (&Commit, usize)> {
        self.lake.commits.iter().flat_map(|commit| (0..commit.sources.len()).map(move |source| (commit, source)))
    }
}

/// A row group of one of a lake's parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    commit: usize,
    part: usize,
    pub group: usize,
}

fn share(commit: &Commit, events: u64) -> u64 {
    let share = u128::from(commit.bytes()) * u128::from(events) / u128::from(commit.rows().max(1));
    u64::try_from(share).unwrap_or(u64::MAX)
}
