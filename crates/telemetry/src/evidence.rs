//! Evidence: the logs beneath the paths that a person gave, found by walking folders and looking into zips.

mod infer;
mod twins;
mod walk;

use std::collections::BTreeMap;
use std::path::PathBuf;

use functions::Type;

use crate::format::Format;
use crate::lake::Stands;
use crate::logs::{Log, Logs};
use crate::rows::{By, Rows};
use crate::zones::Zones;
pub use twins::Outlook;
use walk::{Found, Walk};

/// The logs to read.
#[derive(Debug)]
pub struct Evidence {
    pub files: Vec<File>,
    /// What was looked at and is not read.
    pub ignored: Vec<Ignored>,
    /// Lakes, whose logs are among the files.
    pub(crate) lakes: Vec<Stands>,
    pub(crate) logs: Logs,
    /// Tables of the user's own making that files are bound to, with the columns that these have.
    pub bound: Vec<(String, Vec<(String, Type)>)>,
}

/// One log. Its place in [`Evidence::files`] is its number in every origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Relative to the path that was given, with `/`; a member of a zip is `a.zip!b.json`. Where several paths were given and
    /// have files of the same name, these begin with what tells the paths apart.
    pub name: String,
    pub size: u64,
    pub(crate) path: PathBuf,
    /// The member of a zip.
    pub(crate) member: Option<usize>,
    pub(crate) format: Format,
    pub(crate) rows: Rows,
    pub(crate) zones: Zones,
}

/// A path to look beneath, and the table whose rows all its records are, if a person says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    pub path: PathBuf,
    pub table: Option<String>,
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
        let inputs: Vec<Input> = paths.iter().map(|path| Input { path: path.clone(), table: None }).collect();
        Evidence::of_inputs(&inputs)
    }

    /// As [`Evidence::discover`], with files that are bound to tables.
    pub fn of_inputs(inputs: &[Input]) -> Result<Evidence, DiscoverError> {
        let mut walk = Walk::default();
        for input in inputs {
            walk.root(&input.path, input.table.as_deref())?;
        }
        let Found { files, ignored, lakes } = walk.finish();
        let mut evidence = Evidence { files, ignored, lakes, logs: Logs::default(), bound: Vec::new() };
        evidence.bound = infer::tables(&evidence);
        Ok(evidence)
    }

    /// These logs of other evidence.
    pub(crate) fn of(files: Vec<File>) -> Evidence {
        Evidence { files, ignored: Vec::new(), lakes: Vec::new(), logs: Logs::default(), bound: Vec::new() }
    }

    /// Whether files are bound to this table.
    pub fn is_bound(&self, table: &str) -> bool {
        let is_of = |file: &File| matches!(&file.rows, Rows::Table { name, by: By::Person } if **name == *table);
        self.files.iter().any(is_of)
    }

    /// The channel that a batch names by number.
    pub fn channel_name(&self, id: u32) -> Option<String> {
        self.logs.channel(id)
    }

    /// The log that an origin names by number.
    pub fn log(&self, id: u32) -> Option<Log> {
        self.logs.log(id)
    }

    /// The hosts of the events that were read so far, and of all lakes, in order; whatever the case, each once. `None` where a
    /// lake has more than it lists.
    pub fn hosts(&self) -> Option<Vec<String>> {
        let of_lakes = self.lakes.iter().map(Stands::hosts).collect::<Option<Vec<_>>>()?.into_iter().flatten();
        let of_lakes = of_lakes.map(str::to_owned);
        let mut by_name = BTreeMap::new();
        for host in self.logs.hosts().into_iter().chain(of_lakes).filter(|host| !host.is_empty()) {
            by_name.entry(host.to_ascii_lowercase()).or_insert(host);
        }
        Some(by_name.into_values().collect())
    }

    /// The hosts that are known so far, also where a lake has more than it lists.
    pub fn named_hosts(&self) -> Vec<String> {
        let of_lakes = self.lakes.iter().flat_map(Stands::listed_hosts).map(str::to_owned);
        self.logs.hosts().into_iter().chain(of_lakes).collect()
    }

    /// The number of a channel, whatever the case of its name; `None` until an event of it was read, save for Windows' own.
    pub fn channel_id(&self, name: &str) -> Option<u32> {
        self.logs.find_channel(name)
    }

    pub fn file_name(&self, id: u32) -> Option<&str> {
        self.files.get(usize::try_from(id).ok()?).map(|file| file.name.as_str())
    }

    /// Whether the numbers of a file's records are its own: other files may hold the logs of several hosts.
    pub fn has_own_records(&self, file: u32) -> bool {
        let file = usize::try_from(file).ok().and_then(|id| self.files.get(id));
        file.is_some_and(|file| file.format == Format::Evtx)
    }

    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{Folder, evtx};

    fn ignored(evidence: &Evidence) -> Vec<(&str, bool)> {
        evidence.ignored.iter().map(|ignored| (ignored.name.as_str(), ignored.is_failure)).collect()
    }

    #[test]
    fn logs_are_found_in_order_and_what_is_none_is_listed() {
        let folder = Folder::new()
            .with("b.evtx", evtx(1))
            .with("a/x.log", "{\"EventID\":1}\n")
            .with("README.md", "# Samples")
            .with("random.evtx", [9; 5000])
            .with("empty.jsonl", "");
        let evidence = folder.evidence();
        let names: Vec<_> = evidence.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["a/x.log", "b.evtx"]);
        assert_eq!(ignored(&evidence), [("README.md", false), ("empty.jsonl", true), ("random.evtx", true)]);
        assert_eq!(evidence.ignored[1].reason, "it is empty");
    }

    #[test]
    fn a_log_may_show_late_what_it_is() {
        let event = r#"{"Event":{"System":{"EventID":1,"Channel":"X"},"EventData":{}}}"#;
        let long = r#"{"Event":{"EventData":{"a":"LONG"},"System":{"EventID":1,"Channel":"X"}}}"#;
        let long = long.replace("LONG", &"x".repeat(100_000));
        let folder = Folder::new()
            .with("behind-others.json", format!("{}{}", "{\"msg\":\"m\"}\n".repeat(40), format!("{event}\n").repeat(9)))
            .with("behind-text.json", format!("{}{}", "words\n".repeat(30), format!("{event}\n").repeat(90)))
            .with("blank.json", format!("{}{event}\n", "\n".repeat(80_000)))
            .with("bom.json", format!("\u{feff}{long}\n{event}\n"))
            .with("listed.json", format!("[{long},{event}]"))
            .with("long.json", format!("{long}\n{event}\n"))
            .with("none.json", "{\"name\":\"x\"}\n".repeat(9_000));
        let evidence = folder.evidence();
        let found = ["behind-others.json", "behind-text.json", "blank.json", "bom.json", "listed.json", "long.json"];
        assert_eq!((names(&evidence), ignored(&evidence)), (found.to_vec(), vec![("none.json", false)]));
    }

    #[test]
    fn what_a_person_named_must_be_a_log() {
        let folder = Folder::new().with("note.txt", "hello").with("sub/empty/.keep", "");
        let evidence = Evidence::discover(&[folder.0.join("note.txt")]).unwrap();
        assert_eq!(ignored(&evidence), [("note.txt", true)]);
        let missing = folder.0.join("nowhere");
        assert!(matches!(Evidence::discover(&[missing]), Err(DiscoverError::NotFound(_))));
        std::fs::remove_file(folder.0.join("sub/empty/.keep")).unwrap();
        let evidence = Evidence::discover(&[folder.0.join("sub")]).unwrap();
        assert_eq!(evidence.ignored[0].reason, "the folder holds no files");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_back_does_not_walk_for_ever() {
        let folder = Folder::new().with("a/x.json", "{\"EventID\":1}\n");
        std::os::unix::fs::symlink(&folder.0, folder.0.join("a/loop")).unwrap();
        assert_eq!(folder.evidence().files.len(), 1);
    }

    fn names(evidence: &Evidence) -> Vec<&str> {
        evidence.files.iter().map(|file| file.name.as_str()).collect()
    }

    #[test]
    fn files_of_several_roots_are_told_apart() {
        let event = "{\"EventID\":1}\n";
        let folder = Folder::new()
            .with("a/h1/sysmon.ndjson", event)
            .with("b/h1/sysmon.ndjson", event)
            .with("b/h2/sysmon.ndjson", event)
            .with("b/h2/deep/own.ndjson", event)
            .with("b/h2/note.txt", "note")
            .with("a/h1/note.txt", "note");
        let roots = |names: &[&str]| -> Vec<PathBuf> { names.iter().map(|name| folder.0.join(name)).collect() };
        let two = Evidence::discover(&roots(&["a/h1", "b/h2"])).unwrap();
        assert_eq!(names(&two), ["h1/sysmon.ndjson", "deep/own.ndjson", "h2/sysmon.ndjson"]);
        assert_eq!(ignored(&two), [("h1/note.txt", false), ("h2/note.txt", false)]);
        let alike = Evidence::discover(&roots(&["a/h1", "b/h1/sysmon.ndjson", "b/h2/../h2"])).unwrap();
        assert_eq!(names(&alike), ["a/h1/sysmon.ndjson", "b/h1/sysmon.ndjson", "deep/own.ndjson", "h2/sysmon.ndjson"]);
    }

    #[test]
    fn a_file_is_read_once_whatever_leads_to_it() {
        let folder = Folder::new().with("h1/sysmon.ndjson", "{\"EventID\":1}\n");
        let paths = ["h1/sysmon.ndjson", "h1", "h1/../h1", "."].map(|path| folder.0.join(path));
        let evidence = Evidence::discover(&paths).unwrap();
        assert_eq!((names(&evidence), evidence.files.len()), (vec!["sysmon.ndjson"], 1));
        assert!(evidence.ignored.iter().all(|ignored| !ignored.is_failure), "{:?}", evidence.ignored);
    }

    #[test]
    fn a_zip_within_a_zip_is_named() {
        let mut inner = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        inner.start_file("inner.zip", zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut inner, b"PK\x03\x04rest").unwrap();
        let folder = Folder::new().with("x.zip", inner.finish().unwrap().into_inner());
        assert_eq!(ignored(&folder.evidence()), [("x.zip!inner.zip", true)]);
    }
}
