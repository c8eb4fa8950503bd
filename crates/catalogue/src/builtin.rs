//! The built-in catalogue: the packages of `detections/` at the repository root, embedded in the binary.

use std::collections::BTreeMap;
use std::sync::Arc;

use syntax::Source;

use crate::load::Loaded;
use crate::package::{Folder, MANIFEST};

/// Path below `detections/`, and text.
static FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/detections.rs"));

/// All built-in detections.
pub fn builtin() -> Loaded {
    let mut loaded = Loaded::default();
    for folder in folders(FILES) {
        loaded.read_folder(&folder);
    }
    loaded
}

/// Each folder with a manifest, with all files below it.
fn folders(files: &[(&str, &str)]) -> Vec<Folder> {
    let manifests = files.iter().filter_map(|(name, _)| name.strip_suffix(MANIFEST));
    let folder = |prefix: &str| {
        let inside = files.iter().filter_map(|(name, text)| Some((*name, name.strip_prefix(prefix)?, *text)));
        let source = |name: &str, text: &str| Arc::new(Source::new(format!("detections/{name}"), text));
        let files: BTreeMap<_, _> = inside.map(|(name, inner, text)| (inner.to_string(), source(name, text))).collect();
        Folder { path: format!("detections/{}", prefix.trim_end_matches('/')), files }
    };
    manifests.map(folder).collect()
}
