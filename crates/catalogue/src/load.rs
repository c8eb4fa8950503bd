//! Loading: detections from files, package folders, and folders of them.

mod walk;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use syntax::sigma::{Filter, Placeholders};
use syntax::{Diagnostic, Severity, Source, Span, sigma};

use crate::detection::{Detection, Language, Variant};
use crate::package::{self, Folder};
use crate::{correlated, loose, messages};
use walk::{Found, Walk};

/// What was loaded, and what could not be.
#[derive(Debug, Default)]
pub struct Loaded {
    pub detections: Vec<Detection>,
    pub problems: Vec<Problem>,
    /// Where each id stands in `detections`.
    ids: HashMap<String, usize>,
}

/// Something wrong with a file, at its place there. A warning leaves the detection loaded.
#[derive(Debug, Clone)]
pub struct Problem {
    pub source: Arc<Source>,
    pub diagnostic: Diagnostic,
}

/// Loads detections from paths: `.kql`, `.aql`, Sigma `.yml` and `.yaml`, package folders, and folders of all these.
pub fn load<P: AsRef<Path>>(paths: &[P]) -> Loaded {
    load_with(paths, &Placeholders::default())
}

/// As [`load`], with values for the placeholders of Sigma rules.
pub fn load_with<P: AsRef<Path>>(paths: &[P], placeholders: &Placeholders) -> Loaded {
    let mut loaded = Loaded::default();
    // A file that is named twice, by itself and by its folder, is one file.
    let mut seen = HashSet::new();
    let mut wanted = Vec::new();
    for path in paths {
        let path = path.as_ref();
        let mut walk = Walk::default();
        walk.start(path);
        if walk.found.is_empty() && walk.problems.is_empty() {
            loaded.problems.push(Problem::of_path(path, messages::nothing_here()));
        }
        loaded.problems.extend(walk.problems);
        let is_named = path.is_file();
        for found in walk.found {
            let (Found::Package(path) | Found::File(path, _)) = &found;
            // A single walk meets nothing twice, and asking costs as much as reading.
            if paths.len() == 1 || seen.insert(std::fs::canonicalize(path).unwrap_or_else(|_| path.clone())) {
                wanted.push((found, is_named));
            }
        }
    }
    let mut filters = Vec::new();
    for read in read_all(&wanted) {
        loaded.problems.extend(read.problems);
        filters.extend(read.filters);
        for detection in read.detections {
            loaded.add(detection, read.path.as_deref());
        }
    }
    correlated::filter(&filters, &mut loaded.detections, &mut loaded.problems);
    correlated::expand(placeholders, &mut loaded.detections, &mut loaded.problems);
    correlated::link(&mut loaded.detections, &mut loaded.problems);
    loaded.number();
    loaded
}

/// What one file or package holds.
#[derive(Default)]
struct Read {
    detections: Vec<Detection>,
    problems: Vec<Problem>,
    filters: Vec<(Arc<Source>, Filter)>,
    /// Of a loose file.
    path: Option<PathBuf>,
}

/// Reads on all cores, and gives the results in the order of `wanted`: thousands of rules are read before each hunt.
fn read_all(wanted: &[(Found, bool)]) -> Vec<Read> {
    let read = |(found, is_named): &(Found, bool)| match found {
        Found::Package(folder) => read_package(folder),
        Found::File(path, language) => read_file(path, *language, *is_named),
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = wanted.len().div_ceil(cores).max(LEAST_SHARE);
    std::thread::scope(|scope| {
        let threads: Vec<_> = wanted
            .chunks(share)
            .map(|share| scope.spawn(move || share.iter().map(read).collect::<Vec<Read>>()))
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
}

/// A thread costs more than reading a few files.
const LEAST_SHARE: usize = 64;

fn read_package(folder: &Path) -> Read {
    let mut read = Read::default();
    let mut walk = Walk::default();
    walk.package(folder);
    read.problems.extend(walk.problems);
    let mut files = BTreeMap::new();
    for (name, path) in walk.parts {
        match read_text(&path) {
            Ok(source) => {
                files.insert(name, source);
            }
            Err(problem) => read.problems.push(*problem),
        }
    }
    let folder = Folder { path: folder.display().to_string(), files };
    read.detections.extend(package::read(&folder, &mut read.problems));
    read
}

/// Other YAML lies beside rules in many folders: it is said, and is no error unless a person named that file.
fn read_file(path: &Path, language: Language, is_named: bool) -> Read {
    let mut read = Read { path: Some(path.to_path_buf()), ..Read::default() };
    match read_text(path) {
        Ok(source) => {
            let loose = loose::read(language, &source, &mut read.problems);
            (read.detections, read.filters) = (loose.detections, loose.filters);
        }
        Err(problem) => read.problems.push(*problem),
    }
    for problem in &mut read.problems {
        if !is_named && problem.diagnostic.code == sigma::messages::ANOTHER_DOCUMENT {
            problem.diagnostic.severity = Severity::Warning;
        }
    }
    read
}

impl Loaded {
    /// All of another catalogue too; what is there already is not taken twice.
    pub fn extend(&mut self, other: Loaded) {
        self.problems.extend(other.problems);
        for detection in other.detections {
            self.add(detection, None);
        }
    }

    /// Where each id stands, once some have been left out.
    fn number(&mut self) {
        let ids = self.detections.iter().enumerate().map(|(index, detection)| (detection.id.clone(), index));
        self.ids = ids.collect();
    }

    pub(crate) fn read_folder(&mut self, folder: &Folder) {
        if let Some(detection) = package::read(folder, &mut self.problems) {
            self.add(detection, None);
        }
    }

    /// Takes a detection unless its id is taken. Loose queries are called as their files are, and different folders hold files
    /// of one name: the second is named by its path.
    fn add(&mut self, mut detection: Detection, path: Option<&Path>) {
        if let Some(first) = self.ids.get(&detection.id).and_then(|index| self.detections.get(*index)) {
            let Some(source) = detection.variants.first().map(|variant| variant.source.clone()) else {
                return;
            };
            let is_query = detection.variants.iter().all(|variant| variant.language != Language::Sigma);
            // By its path, and where that is taken too, with its ending.
            let spelt = |path: &Path| path.display().to_string().replace('\\', "/");
            let others = path.into_iter().flat_map(|path| [spelt(&path.with_extension("")), spelt(path)]);
            let is_free =
                |instead: &String| is_query && first.path != detection.path && !self.ids.contains_key(instead);
            match others.into_iter().find(is_free) {
                Some(instead) => {
                    // Queries of a package without its manifest: that has been said.
                    let is_part =
                        |path: &Path| path.file_name().is_some_and(|name| package::is_part(&name.to_string_lossy()));
                    let of_one =
                        path.is_some_and(|path| is_part(path) && path.parent() == Path::new(&first.path).parent());
                    if !of_one {
                        let diagnostic = messages::same_name(&detection.id, &first.path, &instead);
                        self.problems.push(Problem { source, diagnostic });
                    }
                    detection.id = instead;
                }
                None => {
                    let about = detection.variants.first().and_then(Variant::about);
                    let of_rule = about.and_then(|about| about.id.as_ref()).map_or_else(Span::default, |id| id.span);
                    let (source, span) = match &detection.package {
                        Some(package) => (package.manifest_source.clone(), package::span_of(&package.manifest.id)),
                        None => (source, of_rule),
                    };
                    let diagnostic = messages::duplicate(&detection.id, &first.path, span);
                    self.problems.push(Problem { source, diagnostic });
                    return;
                }
            }
        }
        self.ids.insert(detection.id.clone(), self.detections.len());
        self.detections.push(detection);
    }
}

impl Problem {
    pub fn is_error(&self) -> bool {
        self.diagnostic.is_error()
    }

    /// About a file that has no text to show.
    fn of_path(path: &Path, diagnostic: Diagnostic) -> Self {
        Problem { source: Arc::new(Source::new(path.display().to_string(), "")), diagnostic }
    }
}

/// The values of placeholders from a file, and what is wrong with it.
pub fn placeholders(path: &Path) -> (Placeholders, Vec<Problem>) {
    match read_text(path) {
        Ok(source) => {
            let parsed = Placeholders::parse(&source);
            let problem = |diagnostic| Problem { source: source.clone(), diagnostic };
            (parsed.tree, parsed.diagnostics.into_iter().map(problem).collect())
        }
        Err(problem) => (Placeholders::default(), vec![*problem]),
    }
}

/// Detections are kilobytes; the largest rule collections in one file are below this, and so are tests' events.
const MAX_BYTES: u64 = 32 << 20;

fn read_text(path: &Path) -> Result<Arc<Source>, Box<Problem>> {
    use std::io::Read;
    let problem = |diagnostic| Box::new(Problem::of_path(path, diagnostic));
    let unreadable = |error: std::io::Error| problem(messages::unreadable(&error.to_string()));
    // A pipe would be waited for without an end.
    let about = std::fs::metadata(path).map_err(unreadable)?;
    if !about.is_file() {
        return Err(problem(messages::unreadable("it is no file")));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(about.len().min(MAX_BYTES) + 1).unwrap_or(0));
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(problem(messages::too_large(MAX_BYTES)));
    }
    let text =
        String::from_utf8(bytes).map_err(|error| problem(messages::not_text(error.utf8_error().valid_up_to())))?;
    Ok(Arc::new(Source::new(path.display().to_string(), text)))
}

#[cfg(test)]
mod tests;
