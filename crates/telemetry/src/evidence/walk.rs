//! The walk: from the paths that were given to the logs in them.

mod directory;
mod root;

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{DiscoverError, File, Ignored};
use crate::format::{self, Format, HEAD, Head};
use crate::lake::{Lake, Stands};
use crate::parquet_file::ParquetFile;
use crate::stream::Stream;
use crate::zip_file::{self, ZipFile};
use crate::zones::Zones;
use root::Root;

/// How deep folders may nest.
const DEPTH: usize = 128;

#[derive(Default)]
pub struct Walk {
    pub files: Vec<File>,
    pub ignored: Vec<Ignored>,
    /// Folders that were entered, by their real path, so that a link back ends the walk.
    entered: HashSet<PathBuf>,
    /// Logs that were found, by their real path: two paths to one file are no reason to read it twice.
    found: HashSet<PathBuf>,
    /// The roots so far, and for each file and each ignored one which of them it lies beneath.
    roots: Vec<Root>,
    file_roots: Vec<usize>,
    ignored_roots: Vec<usize>,
    /// The table that the files of this root are bound to.
    table: Option<Arc<str>>,
    lakes: Vec<Stands>,
    /// Of the log that was looked at last.
    zones: Zones,
}

/// What a walk came to.
pub struct Found {
    pub files: Vec<File>,
    pub ignored: Vec<Ignored>,
    pub lakes: Vec<Stands>,
}

impl Walk {
    pub fn root(&mut self, path: &Path, table: Option<&str>) -> Result<(), DiscoverError> {
        self.table = table.map(Arc::from);
        self.roots.push(Root::new(path));
        match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(DiscoverError::NotFound(path.to_owned())),
            Err(error) => {
                self.ignore(file_name(path), error.to_string(), true);
                Ok(())
            }
            Ok(found) if found.is_dir() => {
                let before = self.files.len() + self.ignored.len();
                self.folder(path, "", 0);
                if self.files.len() + self.ignored.len() == before {
                    self.ignore(path.display().to_string(), "the folder holds no files".to_owned(), true);
                }
                Ok(())
            }
            Ok(_) => {
                self.file(path, file_name(path), true);
                Ok(())
            }
        }
    }

    /// What was found. Beneath several roots, files of the same name are told apart by as much of the root's path as it takes.
    pub fn finish(mut self) -> Found {
        if self.roots.len() > 1 {
            root::distinguish(self.files.iter_mut().map(|file| &mut file.name), &self.file_roots, &self.roots);
            let ignored = self.ignored.iter_mut().map(|ignored| &mut ignored.name);
            root::distinguish(ignored, &self.ignored_roots, &self.roots);
        }
        Found { files: self.files, ignored: self.ignored, lakes: self.lakes }
    }

    fn folder(&mut self, path: &Path, name: &str, depth: usize) {
        let label = if name.is_empty() { path.display().to_string() } else { name.to_owned() };
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if depth > DEPTH || !self.entered.insert(real) {
            return self.ignore(label, "the folder was already walked, or nests too deep".to_owned(), false);
        }
        if Lake::is_at(path) {
            return self.lake(path, &label);
        }
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) => return self.ignore(label, error.to_string(), true),
        };
        let mut paths = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => paths.push(entry.path()),
                Err(error) => self.ignore(label.clone(), error.to_string(), true),
            }
        }
        paths.sort();
        for path in paths {
            let inner = match name {
                "" => file_name(&path),
                _ => format!("{name}/{}", file_name(&path)),
            };
            match fs::metadata(&path) {
                Ok(found) if found.is_dir() => self.folder(&path, &inner, depth + 1),
                Ok(_) => self.file(&path, inner, false),
                Err(error) => self.ignore(inner, error.to_string(), true),
            }
        }
    }

    /// A lake is its logs, by the names that they had.
    fn lake(&mut self, path: &Path, label: &str) {
        let lake = match Lake::open(path) {
            Ok(lake) => lake,
            Err(error) => return self.ignore(label.to_owned(), error.to_string(), true),
        };
        for (name, reason) in &lake.unread {
            self.ignore(format!("{label}/{name}"), reason.clone(), true);
        }
        if lake.commits.is_empty() {
            self.ignore(label.to_owned(), "the lake holds no events".to_owned(), true);
        }
        let stands = Stands::new(lake, self.files.len());
        for file in stands.files() {
            self.add(file);
        }
        self.lakes.push(stands);
    }

    fn file(&mut self, path: &Path, name: String, is_named: bool) {
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        // The rows of a table may be asked for beside the events that they are.
        if self.table.is_none() && self.found.contains(&real) {
            return self.ignore(name, "it was found already, by another path".to_owned(), false);
        }
        match fs::metadata(path) {
            // Opening a pipe would wait for a writer.
            Ok(found) if !found.is_file() => self.ignore(name, "it is not a regular file".to_owned(), is_named),
            Ok(found) => match fs::File::open(path).and_then(|file| self.found(&name, file, Some(path), None)) {
                Ok(format::Found::Log(format, rows)) => {
                    self.found.insert(real);
                    let zones = std::mem::take(&mut self.zones);
                    let path = path.to_owned();
                    self.add(File { name, size: found.len(), path, member: None, format, rows, zones });
                }
                Ok(format::Found::Zip) => {
                    self.found.insert(real);
                    self.zip(path, &name, is_named);
                }
                // Before a zip other bytes may stand, such as the program that unpacks it.
                Ok(format::Found::Other(_)) if directory::is_behind(path) => {
                    self.found.insert(real);
                    self.zip(path, &name, is_named);
                }
                Ok(format::Found::Refused(reason)) => self.ignore(name, reason, true),
                Ok(format::Found::Other(reason)) => {
                    let is_failure = is_named || calls_itself_log(&name);
                    self.ignore(name, reason, is_failure);
                }
                Err(error) => self.ignore(name, error.to_string(), true),
            },
            Err(error) => self.ignore(name, error.to_string(), true),
        }
    }

    fn zip(&mut self, path: &Path, name: &str, is_named: bool) {
        let file = fs::File::open(path).and_then(|mut file| directory::refusal(&mut file));
        let opened = match file {
            Ok(Some(refusal)) => return self.ignore(name.to_owned(), refusal, true),
            Ok(None) => ZipFile::open(path),
            Err(error) => Err(error),
        };
        let ZipFile { mut archive, is_cut } = match opened {
            Ok(opened) => opened,
            Err(error) => return self.ignore(name.to_owned(), format!("the zip cannot be read: {error}"), true),
        };
        let before = self.files.len();
        let mut are_refused = false;
        for index in 0..archive.len() {
            let mut inner = format!("{name}!#{index}");
            // Nothing is unpacked to ask for its name, and how it is packed.
            if let Ok(member) = archive.by_index_raw(index) {
                if let Ok(known) = member.name() {
                    inner = format!("{name}!{known}");
                }
                if member.is_dir() {
                    continue;
                }
                if let Some(refusal) = zip_file::refusal(&member) {
                    are_refused = true;
                    self.ignore(inner, refusal, true);
                    continue;
                }
            }
            let (inner, size, found) = match archive.by_index(index) {
                Ok(member) => {
                    let (size, packed) = (member.size(), member.compressed_size());
                    let found = self.found(&inner, member, None, Some(packed));
                    (inner, size, found)
                }
                Err(error) => (inner, 0, Err(io::Error::other(error.to_string()))),
            };
            match found {
                Ok(format::Found::Log(format, rows)) => {
                    let zones = std::mem::take(&mut self.zones);
                    let path = path.to_owned();
                    self.add(File { name: inner, size, path, member: Some(index), format, rows, zones });
                }
                Ok(format::Found::Zip) => {
                    self.ignore(inner, "a zip within a zip is not opened: unpack it".to_owned(), true)
                }
                Ok(format::Found::Refused(reason)) => self.ignore(inner, reason, true),
                Ok(format::Found::Other(reason)) => {
                    let is_failure = calls_itself_log(&inner);
                    self.ignore(inner, reason, is_failure);
                }
                Err(error) => self.ignore(inner, error.to_string(), true),
            }
        }
        if archive.has_duplicate_names() {
            let reason = "several of its members have the same name, and only one of each name is read".to_owned();
            self.ignore(name.to_owned(), reason, true);
        }
        if is_cut {
            let members = archive.len();
            let (s, read) = if members == 1 { ("", "is") } else { ("s", "are") };
            let why = "the zip was cut short, for its directory is missing";
            let reason = format!("{why}: its {members} member{s} {read} read by what stands before each");
            self.ignore(name.to_owned(), reason, true);
        }
        if is_named && self.files.len() == before && !are_refused {
            self.ignore(name.to_owned(), "the zip holds no log".to_owned(), true);
        }
    }

    fn found(
        &mut self,
        name: &str,
        source: impl Read,
        path: Option<&Path>,
        packed: Option<u64>,
    ) -> io::Result<format::Found> {
        let mut stream = Stream::open(source, packed)?;
        let table = self.table.clone();
        let head = Head {
            bytes: &stream.head,
            goes_on: stream.goes_on,
            records: format::RECORDS,
            name,
            table: table.as_deref(),
        };
        let mut found = format::detect(&head);
        if matches!(found, format::Found::Other(_)) && format::may_tell_later(&head) {
            stream = stream.look_further(format::LONG_HEAD)?;
            let (bytes, goes_on, records) = (stream.head.as_slice(), stream.goes_on, format::MANY_RECORDS);
            let again = format::detect(&Head { bytes, goes_on, records, name, table: table.as_deref() });
            if !matches!(again, format::Found::Other(_)) {
                found = again;
            }
        }
        Ok(match found {
            format::Found::Zip if !stream.is_plain => {
                format::Found::Refused("a zip within something else is not opened".to_owned())
            }
            // A file that breaks off before it says anything.
            format::Found::Other(_)
                if stream.head.is_empty()
                    && let Some(problem) = stream.problem().get() =>
            {
                format::Found::Refused(problem.clone())
            }
            format::Found::Log(Format::Parquet, _) => {
                let file = match path.filter(|_| stream.is_plain) {
                    Some(path) => ParquetFile::open(path)?,
                    None => ParquetFile::unpacked(stream.reader)?,
                };
                let head = Head { bytes: &[], goes_on: true, records: 0, name, table: table.as_deref() };
                match format::rows_of(&file.names(), &file.said(), &head) {
                    Ok(rows) => format::Found::Log(Format::Parquet, rows),
                    Err(format::Found::Other(reason)) => format::Found::Refused(reason),
                    Err(found) => found,
                }
            }
            format::Found::Log(format, rows) => {
                let tail = match path.filter(|_| stream.is_plain && format == Format::Ndjson) {
                    Some(path) => tail(path, stream.head.len())?,
                    None => Vec::new(),
                };
                self.zones = Zones::new(&stream.head, &tail, format, &rows);
                format::Found::Log(format, rows)
            }
            found => found,
        })
    }

    fn add(&mut self, file: File) {
        self.files.push(file);
        self.file_roots.push(self.roots.len().saturating_sub(1));
    }

    fn ignore(&mut self, name: String, reason: String, is_failure: bool) {
        self.ignored_roots.push(self.roots.len().saturating_sub(1));
        self.ignored.push(Ignored { name, reason, is_failure });
    }
}

/// The last bytes of a file that are not among the first so many, from the beginning of a line on.
fn tail(path: &Path, head: usize) -> io::Result<Vec<u8>> {
    let mut file = fs::File::open(path)?;
    let size = file.metadata()?.len();
    let start = (head as u64).max(size.saturating_sub(HEAD as u64));
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(HEAD as u64).read_to_end(&mut bytes)?;
    let first = memchr::memchr(b'\n', &bytes).unwrap_or(bytes.len());
    Ok(bytes.split_off(first))
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Names that promise a log; `.json` may be anything.
fn calls_itself_log(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    [".evtx", ".ndjson", ".jsonl"].iter().any(|ending| lower.ends_with(ending)) && !lower.contains("__macosx/")
}
