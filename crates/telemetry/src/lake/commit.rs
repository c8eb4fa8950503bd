//! A commit: what one transaction added to a lake. Readers believe commits and nothing else, so a file that no commit names
//! does not exist.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::report::FileReport;

/// The version of the layout; a lake of a later one is refused.
pub const FORMAT: u32 = 1;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Commit {
    pub number: u64,
    /// When, by the machine's clock.
    pub written: String,
    pub sources: Vec<Source>,
    pub parts: Vec<Part>,
}

/// A log that was ingested as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// As origins name it. Where another log of the lake has the name already, `~` and the start of the hash follow.
    pub name: String,
    /// The BLAKE3 of its bytes; for a member of a zip, of the member's.
    pub blake3: String,
    pub size: u64,
    /// What its reading came to: events and damage.
    pub report: FileReport,
}

/// A Parquet file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Beneath the lake, with `/`.
    pub path: String,
    pub bytes: u64,
    /// Where its footer begins, and the BLAKE3 of it. The footer holds the checksums of everything before it.
    pub footer: u64,
    pub footer_blake3: String,
    /// Names of the fields that have a column.
    pub fields: Vec<String>,
    /// Lower-cased names of the fields in `rest`; `None` where they are too many to list.
    pub rest: Option<Vec<String>>,
    pub groups: Vec<Group>,
}

/// A census of a row group. Times are ticks: 100 nanoseconds since the year 1.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Group {
    pub rows: u64,
    pub oldest: Option<i64>,
    pub newest: Option<i64>,
    /// Rows without a time.
    pub untimed: u64,
    /// Rows by channel and event id, -1 where there is none.
    pub kinds: BTreeMap<String, BTreeMap<i64, u64>>,
    /// Rows of each source, by its place in the commit.
    pub sources: Vec<(usize, u64)>,
    /// All computers; `None` where they are too many to list.
    pub computers: Option<Vec<Option<String>>>,
}

impl Commit {
    /// Reads a commit of this number; what does not fit together is none.
    pub fn read(bytes: &[u8], number: u64) -> Result<Commit, String> {
        let commit: Commit = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let is_within = |part: &Part| {
            let parts = part.path.split('/');
            parts.clone().count() == 3
                && parts.clone().next() == Some("events")
                && !parts.clone().any(|part| part == "..")
        };
        if commit.number != number || !commit.parts.iter().all(is_within) {
            return Err("it is not what this version writes".to_owned());
        }
        let counted: u64 = commit.sources.iter().map(|source| source.report.events).sum();
        let sources = commit.parts.iter().flat_map(|part| &part.groups).flat_map(|group| &group.sources);
        let is_known = sources.clone().all(|(source, _)| *source < commit.sources.len());
        if counted != commit.rows() || counted != sources.map(|(_, rows)| rows).sum::<u64>() || !is_known {
            return Err("its counts contradict each other".to_owned());
        }
        Ok(commit)
    }

    pub fn rows(&self) -> u64 {
        self.parts.iter().map(Part::rows).sum()
    }

    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.bytes).sum()
    }
}

impl Part {
    pub fn rows(&self) -> u64 {
        self.groups.iter().map(|group| group.rows).sum()
    }

    pub fn oldest(&self) -> Option<i64> {
        self.groups.iter().filter_map(|group| group.oldest).min()
    }
}
