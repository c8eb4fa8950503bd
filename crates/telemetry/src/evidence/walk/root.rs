//! A root: one of the paths that a person gave, and how much of it a name needs that another root has too.

use std::collections::HashMap;
use std::fs;
use std::path::{Component, Path};

/// The parts of its real path that a name beneath it may be prefixed with, the outermost first.
pub struct Root(Vec<String>);

impl Root {
    pub fn new(path: &Path) -> Self {
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        // The name of a file that was given is its own; what tells it apart is the folder.
        let folder = if real.is_dir() { Some(real.as_path()) } else { real.parent() };
        let parts = folder.into_iter().flat_map(Path::components).filter_map(|part| match part {
            Component::Normal(part) => Some(part.to_string_lossy().into_owned()),
            Component::Prefix(drive) => Some(drive.as_os_str().to_string_lossy().into_owned()),
            _ => None,
        });
        Root(parts.collect())
    }

    /// A name with the last so many parts of the root before it.
    fn prefixed(&self, parts: usize, name: &str) -> String {
        let kept = self.0.iter().skip(self.0.len().saturating_sub(parts)).map(String::as_str);
        kept.chain([name]).collect::<Vec<_>>().join("/")
    }
}

/// Prefixes names that are not unique with as many parts of their root as make them so.
pub fn distinguish<'n>(names: impl Iterator<Item = &'n mut String>, roots_of: &[usize], roots: &[Root]) {
    let mut names: Vec<(&mut String, &Root, usize)> =
        names.zip(roots_of).filter_map(|(name, root)| Some((name, roots.get(*root)?, 0))).collect();
    let plain: Vec<String> = names.iter().map(|(name, _, _)| (*name).clone()).collect();
    loop {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for (name, _, _) in &names {
            *counts.entry(name.as_str()).or_default() += 1;
        }
        let is_shared: Vec<bool> =
            names.iter().map(|(name, _, _)| counts.get(name.as_str()).is_some_and(|count| *count > 1)).collect();
        let mut is_settled = true;
        for (((name, root, parts), plain), is_shared) in names.iter_mut().zip(&plain).zip(is_shared) {
            if is_shared && *parts < root.0.len() {
                *parts += 1;
                **name = root.prefixed(*parts, plain);
                is_settled = false;
            }
        }
        if is_settled {
            return;
        }
    }
}
