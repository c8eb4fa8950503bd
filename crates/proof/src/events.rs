//! Events that stand in a text rather than in a log: those of a test, or one that a person pasted.

use std::io;
use std::sync::Arc;

use engine::{EvidenceTables, Source};
use telemetry::evidence::Input;
use telemetry::{DiscoverError, Evidence};
use tempfile::TempDir;

/// Events as evidence, for as long as this is held.
pub struct Events {
    pub tables: EvidenceTables,
    name: String,
    lines: Vec<i64>,
    _folder: TempDir,
}

/// Why a text is no evidence.
#[derive(Debug, thiserror::Error)]
pub enum EventsError {
    #[error("the events cannot be written to a temporary folder: {0}")]
    Io(#[from] io::Error),
    #[error("the events are no evidence: {0}")]
    Evidence(#[from] DiscoverError),
    #[error("no log was found in the events: {0}")]
    NoLog(String),
}

/// What file systems take, with room.
const LONGEST_NAME: usize = 100;

impl Events {
    /// The lines of a text, under the name of a file.
    pub fn of(name: &str, text: &str) -> Result<Self, EventsError> {
        Events::of_table(name, text, None)
    }

    /// The lines of a text, each a row of a table where one is given.
    pub fn of_table(name: &str, text: &str, table: Option<&str>) -> Result<Self, EventsError> {
        let folder = TempDir::with_prefix("trapline-")?;
        // Names come from packages: nothing of them may lead out of the folder.
        let plain = name.rsplit(['/', '\\', ':']).next().filter(|plain| !plain.is_empty() && !plain.starts_with('.'));
        let name =
            plain.filter(|plain| plain.len() <= LONGEST_NAME && !plain.contains('\0')).unwrap_or("events.ndjson");
        let path = folder.path().join(name);
        std::fs::write(&path, text)?;
        let evidence = Evidence::of_inputs(&[Input { path, table: table.map(str::to_owned) }])?;
        if evidence.files.is_empty() {
            let why = evidence.ignored.first().map_or_else(String::new, |ignored| ignored.reason.clone());
            return Err(EventsError::NoLog(why));
        }
        let source = Source::new(evidence, Default::default(), 1);
        let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()).map(|(number, _)| number);
        Ok(Events {
            tables: EvidenceTables::new(Arc::new(source)),
            name: name.to_owned(),
            lines: lines.collect(),
            _folder: folder,
        })
    }

    /// The name of their file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The numbers of the lines that hold one.
    pub fn lines(&self) -> &[i64] {
        &self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_the_folder() {
        for name in ["../../x.ndjson", "/tmp/x.ndjson", "..", "", "a\\..\\x.ndjson", "C:x.ndjson"] {
            let events = Events::of(name, "{\"EventID\":1}\n").unwrap();
            assert!(["x.ndjson", "events.ndjson"].contains(&events.name()), "{name}");
            assert_eq!(std::fs::read_dir(events._folder.path()).unwrap().count(), 1);
        }
    }
}
