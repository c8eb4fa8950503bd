//! The walk through folders of detections: bounded, in the order of names.

use std::path::{Path, PathBuf};

use super::Problem;
use crate::detection::Language;
use crate::messages;
use crate::package::{self, MANIFEST};

const MAX_DEPTH: usize = 32;
const MAX_FILES: usize = 200_000;

#[derive(Debug, Default)]
pub(super) struct Walk {
    pub found: Vec<Found>,
    /// Of one package: the paths of its files in it, and on disk.
    pub parts: Vec<(String, PathBuf)>,
    pub problems: Vec<Problem>,
    entries: usize,
}

#[derive(Debug)]
pub(super) enum Found {
    Package(PathBuf),
    File(PathBuf, Language),
}

impl Walk {
    /// A path that a person named: whatever is wrong with it is said.
    pub fn start(&mut self, path: &Path) {
        if path.is_dir() {
            return self.folder(path, 0);
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name == MANIFEST {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            return self.found.push(Found::Package(folder.to_path_buf()));
        }
        match Language::from_file_name(&name) {
            Some(language) => self.found.push(Found::File(path.to_path_buf(), language)),
            // A path that is not there is said when it is read.
            None if !path.exists() => {
                self.problems.push(Problem::of_path(path, messages::unreadable("no such file or folder")));
            }
            None => self.problems.push(Problem::of_path(path, messages::unknown_ending())),
        }
    }

    /// Files of other endings are no detections and are passed over, as are hidden folders.
    fn folder(&mut self, folder: &Path, depth: usize) {
        if depth > MAX_DEPTH {
            return self.problems.push(Problem::of_path(folder, messages::too_deep(MAX_DEPTH)));
        }
        if folder.join(MANIFEST).is_file() {
            return self.found.push(Found::Package(folder.to_path_buf()));
        }
        let entries = self.entries(folder);
        let has = |wanted: &[&str]| entries.iter().filter(|(name, ..)| wanted.contains(&name.as_str())).count();
        let queries = has(&["query.kql", "query.aql", "rule.yml"]);
        if queries > 1 || queries == 1 && has(&["tests", "hunting", "playbook.md", "guide.md", "exceptions.toml"]) > 0 {
            self.problems.push(Problem::of_path(folder, messages::no_manifest()));
        }
        for (name, path, is_folder) in entries {
            if is_folder {
                self.folder(&path, depth + 1);
            } else if let Some(language) = Language::from_file_name(&name) {
                self.found.push(Found::File(path, language));
            }
        }
    }

    /// All parts of a package; a file that is none of them gets a warning.
    pub fn package(&mut self, folder: &Path) {
        for (name, path, is_folder) in self.entries(folder) {
            if !is_folder {
                self.part(name, path);
                continue;
            }
            for (inner, path, is_folder) in self.entries(&path) {
                let inner = format!("{name}/{inner}");
                if is_folder {
                    self.problems.push(Problem::of_path(&path, messages::stray_file(&inner)));
                } else {
                    self.part(inner, path);
                }
            }
        }
    }

    fn part(&mut self, name: String, path: PathBuf) {
        // A package holds its own files: those of others are not for its author to name.
        if path.is_symlink() {
            self.problems.push(Problem::of_path(&path, messages::link(&name)));
        } else if package::is_part(&name) {
            self.parts.push((name, path));
        } else {
            self.problems.push(Problem::of_path(&path, messages::stray_file(&name)));
        }
    }

    /// Name, path and whether it is a folder, sorted. Links to folders are not followed: they can form rings.
    fn entries(&mut self, folder: &Path) -> Vec<(String, PathBuf, bool)> {
        let listed = match std::fs::read_dir(folder) {
            Ok(listed) => listed,
            Err(error) => {
                self.problems.push(Problem::of_path(folder, messages::unreadable(&error.to_string())));
                return Vec::new();
            }
        };
        let mut entries = Vec::new();
        for entry in listed {
            self.entries += 1;
            if self.entries > MAX_FILES {
                if self.entries == MAX_FILES + 1 {
                    self.problems.push(Problem::of_path(folder, messages::too_many_files(MAX_FILES)));
                }
                break;
            }
            let kind = entry.and_then(|entry| Ok((entry.file_type()?, entry)));
            match kind {
                Ok((kind, entry)) => {
                    let name = entry.file_name().to_string_lossy().into_owned();
                    let is_linked_folder = kind.is_symlink() && entry.path().is_dir();
                    if is_linked_folder {
                        self.problems.push(Problem::of_path(&entry.path(), messages::link(&name)));
                    }
                    if !name.starts_with('.') && !is_linked_folder {
                        entries.push((name, entry.path(), kind.is_dir()));
                    }
                }
                Err(error) => {
                    self.problems.push(Problem::of_path(folder, messages::unreadable(&error.to_string())));
                }
            }
        }
        entries.sort();
        entries
    }
}
