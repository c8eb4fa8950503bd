//! The store: a lake that is held for writing, by one writer at a time.

use std::collections::HashSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::commit::{Commit, FORMAT};
use super::{ABOUT, About, COMMITS, EVENTS, Lake, LakeError, OWN, about, commit_name};

const TEMPORARY: &str = "tmp";
const LOCK: &str = "lock";

/// Holds the lock until it is dropped, or its process dies.
pub struct Store {
    pub lake: Lake,
    _lock: File,
}

impl Store {
    /// Opens a lake, or lays a new one out where there is nothing. What an interrupted writer left behind is removed.
    /// `waiting` is called where another writer is at work, which is then waited for.
    pub fn open(root: &Path, waiting: &dyn Fn()) -> Result<Store, LakeError> {
        let is_empty = match fs::read_dir(root) {
            // A writer that was interrupted before it could say that this is a lake left its own folder alone.
            Ok(mut entries) => entries.all(|entry| entry.is_ok_and(|entry| entry.file_name() == OWN)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => true,
            Err(source) => return Err(LakeError::Io { path: root.to_owned(), source }),
        };
        if !Lake::is_at(root) && !is_empty {
            return Err(LakeError::NotALake(root.to_owned()));
        }
        let temporary = root.join(OWN).join(TEMPORARY);
        for folder in [&temporary, &root.join(OWN).join(COMMITS), &root.join(EVENTS)] {
            fs::create_dir_all(folder).map_err(at(folder))?;
        }
        let lock = lock(&root.join(OWN).join(LOCK), waiting)?;
        clear(&temporary)?;
        if !Lake::is_at(root) {
            let text = toml::to_string(&About { format: FORMAT }).unwrap_or_default();
            let file = temporary.join(ABOUT);
            write(&file, text.as_bytes())?;
            rename(&file, &about(root))?;
        }
        let lake = Lake::open(root)?;
        if let Some((name, reason)) = lake.unread.first() {
            return Err(LakeError::Unreadable { name: name.clone(), reason: reason.clone() });
        }
        let store = Store { lake, _lock: lock };
        store.remove_orphans()?;
        Ok(store)
    }

    pub fn temporary(&self) -> PathBuf {
        self.lake.root.join(OWN).join(TEMPORARY)
    }

    pub fn next_number(&self) -> u64 {
        self.lake.commits.last().map_or(1, |commit| commit.number + 1)
    }

    /// Puts a commit's files in their places, then the commit itself: from that moment on its events are of the lake.
    pub fn commit(&mut self, commit: Commit, files: &[PathBuf]) -> Result<(), LakeError> {
        let path = self.temporary().join(format!("{:08}.json", commit.number));
        let fail = |reason: String| LakeError::Write { path: path.clone(), reason };
        let text = serde_json::to_vec(&commit).map_err(|error| fail(error.to_string()))?;
        // What no reader would believe is not written: the lake would be without it, and take its logs for known.
        Commit::read(&text, commit.number).map_err(fail)?;
        let mut folders = HashSet::new();
        for (file, part) in files.iter().zip(&commit.parts) {
            let place = self.lake.root.join(&part.path);
            if let Some(folder) = place.parent() {
                fs::create_dir_all(folder).map_err(at(folder))?;
                folders.insert(folder.to_owned());
            }
            fs::rename(file, &place).map_err(at(&place))?;
        }
        folders.insert(self.lake.root.join(EVENTS));
        folders.iter().try_for_each(|folder| sync(folder))?;
        let name = commit_name(commit.number);
        write(&path, &text)?;
        rename(&path, &self.lake.root.join(name))?;
        self.lake.commits.push(commit);
        Ok(())
    }

    /// Removes Parquet files that no commit names.
    fn remove_orphans(&self) -> Result<(), LakeError> {
        let parts = self.lake.commits.iter().flat_map(|commit| &commit.parts);
        let known: HashSet<PathBuf> = parts.map(|part| self.lake.root.join(&part.path)).collect();
        for day in entries(&self.lake.root.join(EVENTS))? {
            // A link leads to what is not ours.
            if !fs::symlink_metadata(&day).is_ok_and(|found| found.is_dir()) {
                continue;
            }
            for file in entries(&day)? {
                if file.extension().is_some_and(|ending| ending == "parquet") && !known.contains(&file) {
                    fs::remove_file(&file).map_err(at(&file))?;
                }
            }
        }
        Ok(())
    }
}

fn lock(path: &Path, waiting: &dyn Fn()) -> Result<File, LakeError> {
    let file = File::options().create(true).truncate(false).write(true).open(path).map_err(at(path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            waiting();
            file.lock().map_err(at(path))?;
        }
        Err(TryLockError::Error(source)) => return Err(LakeError::Io { path: path.to_owned(), source }),
    }
    Ok(file)
}

/// Removes what an interrupted writer was at.
pub fn clear(folder: &Path) -> Result<(), LakeError> {
    entries(folder)?.iter().try_for_each(|file| fs::remove_file(file).map_err(at(file)))
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, LakeError> {
    let entries = fs::read_dir(folder).map_err(at(folder))?;
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(at(folder))).collect()
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), LakeError> {
    let mut file = File::create(path).map_err(at(path))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(at(path))
}

/// Moves a file that is on the disk to its place, and sees to it that the place is on the disk too.
fn rename(from: &Path, to: &Path) -> Result<(), LakeError> {
    fs::rename(from, to).map_err(at(to))?;
    to.parent().map_or(Ok(()), sync)
}

/// Only Unix opens folders as files.
fn sync(folder: &Path) -> Result<(), LakeError> {
    if cfg!(unix) { File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder)) } else { Ok(()) }
}

fn at(path: &Path) -> impl Fn(io::Error) -> LakeError {
    move |source| LakeError::Io { path: path.to_owned(), source }
}
