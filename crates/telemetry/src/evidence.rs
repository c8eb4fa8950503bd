//! Evidence: the logs beneath the paths that a person gave, found by walking folders and looking into zips.

mod walk;

use std::path::PathBuf;

use crate::format::Format;
use crate::logs::{Log, Logs};
use walk::Walk;

/// The logs to read.
#[derive(Debug)]
pub struct Evidence {
    pub files: Vec<File>,
    /// What was looked at and is not read.
    pub ignored: Vec<Ignored>,
    pub(crate) logs: Logs,
}

/// One log. Its place in [`Evidence::files`] is its number in every origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Relative to the path that was given, with `/`; a member of a zip is `a.zip!b.json`.
    pub name: String,
    pub size: u64,
    pub(crate) path: PathBuf,
    /// The member of a zip.
    pub(crate) member: Option<usize>,
    pub(crate) format: Format,
}

/// Something that is not a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    pub name: String,
    pub reason: String,
    /// It was named by the user or calls itself a log, so that not reading it is a failure to say.
    pub is_failure: bool,
}

/// The world's refusals.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    #[error("there is no {}", .0.display())]
    NotFound(PathBuf),
}

impl Evidence {
    /// Finds the logs. Folders are walked in the order of their names; what cannot be opened is listed, not fatal.
    pub fn discover(paths: &[PathBuf]) -> Result<Evidence, DiscoverError> {
        let mut walk = Walk::default();
        for path in paths {
            walk.root(path)?;
        }
        Ok(Evidence { files: walk.files, ignored: walk.ignored, logs: Logs::new() })
    }

    /// The channel that a batch names by number.
    pub fn channel_name(&self, id: u32) -> Option<String> {
        self.logs.channel(id)
    }

    /// The log that an origin names by number.
    pub fn log(&self, id: u32) -> Option<Log> {
        self.logs.log(id)
    }

    /// The number of a channel, whatever the case of its name; `None` until an event of it was read, save for Windows' own.
    pub fn channel_id(&self, name: &str) -> Option<u32> {
        self.logs.find_channel(name)
    }

    pub fn file_name(&self, id: u32) -> Option<&str> {
        self.files.get(usize::try_from(id).ok()?).map(|file| file.name.as_str())
    }

    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }
}
