//! The lake: events as Parquet files of a known layout, which other tools can read too.
//!
//! It holds events and not rows of tables, so that every table stands over it as it does over the logs. Beneath its folder,
//! `_trapline/lake.toml` says what it is, `_trapline/commits` what it holds, and `events/day=…` has the files themselves.

mod chunk;
mod columns;
mod commit;
mod content;
mod ingest;
mod part;
mod partial;
mod piece;
mod reading;
mod rebuild;
mod scan;
mod shape;
mod shred;
mod sifted;
mod stands;
mod store;
mod terms;
#[cfg(test)]
mod tests;
mod transaction;
mod wanted;
mod wholes;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use commit::{Commit, Part, Source};
pub use ingest::{Ingest, Ingested};
pub(crate) use scan::Scanner;
pub(crate) use stands::{Place, Stands};

const OWN: &str = "_trapline";
const ABOUT: &str = "lake.toml";
const COMMITS: &str = "commits";
const EVENTS: &str = "events";

/// A lake as it was when it was opened: what is committed later is not seen.
#[derive(Debug)]
pub struct Lake {
    pub root: PathBuf,
    pub commits: Vec<Commit>,
    /// Commits that cannot be read, and why.
    pub unread: Vec<(String, String)>,
}

/// The world's refusals.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    #[error("{}: {source}", .path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{} is not empty, and no lake", .0.display())]
    NotALake(PathBuf),
    #[error("{} lies in the lake that it would be written to", .0.display())]
    Itself(PathBuf),
    #[error("{} is a lake, and only logs are ingested", .0.display())]
    OfALake(PathBuf),
    #[error("there is no table {0} that a lake could hold rows of: query the file itself with --data {0}=PATH")]
    Undeclared(String),
    #[error("the lake {} is of format {found}, and this version knows {}", .path.display(), commit::FORMAT)]
    Later { path: PathBuf, found: u32 },
    #[error("the lake cannot be added to: {name}: {reason}")]
    Unreadable { name: String, reason: String },
    #[error("{}: {reason}", .path.display())]
    Write { path: PathBuf, reason: String },
}

/// What says that a folder is a lake.
#[derive(Debug, Serialize, Deserialize)]
struct About {
    format: u32,
}

impl Lake {
    pub fn is_at(root: &Path) -> bool {
        about(root).is_file()
    }

    /// Reads what the lake says that it holds. Commits that cannot be read are named, and the others stand.
    pub fn open(root: &Path) -> Result<Lake, LakeError> {
        let path = about(root);
        let text = fs::read_to_string(&path).map_err(|source| LakeError::Io { path: path.clone(), source })?;
        let about: About =
            toml::from_str(&text).map_err(|error| LakeError::Write { path, reason: error.message().to_owned() })?;
        if about.format != commit::FORMAT {
            return Err(LakeError::Later { path: root.to_owned(), found: about.format });
        }
        let folder = root.join(OWN).join(COMMITS);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Lake { root: root.to_owned(), commits: Vec::new(), unread: Vec::new() });
            }
            Err(source) => return Err(LakeError::Io { path: folder, source }),
        };
        let mut numbers = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|source| LakeError::Io { path: folder.clone(), source })?;
            let name = entry.file_name().to_string_lossy().into_owned();
            numbers.extend(name.strip_suffix(".json").and_then(|number| number.parse::<u64>().ok()));
        }
        numbers.sort_unstable();
        let mut lake = Lake { root: root.to_owned(), commits: Vec::new(), unread: Vec::new() };
        let mut expected = 1;
        for number in numbers {
            // A commit that is gone takes its events with it, which must not go unsaid.
            if expected < number {
                let missing = if expected + 1 == number { String::new() } else { format!(" to {}", number - 1) };
                lake.unread.push((commit_name(expected), format!("the commit is missing{missing}")));
            }
            expected = number + 1;
            let name = commit_name(number);
            let read = fs::read(root.join(&name)).map_err(|error| error.to_string());
            let read = read.and_then(|bytes| Commit::read(&bytes, number));
            match read {
                Ok(commit) => lake.commits.push(commit),
                Err(reason) => lake.unread.push((name, reason)),
            }
        }
        Ok(lake)
    }

    pub fn events(&self) -> u64 {
        self.commits.iter().map(Commit::rows).sum()
    }
}

fn about(root: &Path) -> PathBuf {
    root.join(OWN).join(ABOUT)
}

fn commit_name(number: u64) -> String {
    format!("{OWN}/{COMMITS}/{number:08}.json")
}
