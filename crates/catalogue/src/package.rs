//! A package: a folder that holds one detection in several languages with all that belongs to it.

pub mod exception;
mod faults;
pub mod manifest;
pub mod test;

use std::collections::BTreeMap;
use std::sync::Arc;

use syntax::nearest::nearest;
use syntax::{Diagnostic, Source, Span};
use toml::Spanned;

use crate::correlated;
use crate::detection::{Detection, Language, Variant};
use crate::load::Problem;
use crate::{messages, technique, toml_text};
use exception::Exceptions;
use manifest::{About, Manifest};
use test::Test;

/// What a package holds beside its variants.
#[derive(Debug, Clone)]
pub struct Package {
    pub manifest: Manifest,
    pub manifest_source: Arc<Source>,
    /// Wider queries for a person to look through.
    pub hunting: Vec<Hunt>,
    pub tests: Vec<Test>,
    /// Tests that are written, those with faults too.
    pub written_tests: usize,
    /// How to respond.
    pub playbook: Option<Arc<Source>>,
    /// How to investigate, with queries that a finding fills.
    pub guide: Option<Arc<Source>>,
    pub exceptions: Option<Exceptions>,
}

/// A hunting query.
#[derive(Debug, Clone)]
pub struct Hunt {
    pub language: Language,
    pub source: Arc<Source>,
}

/// The texts of a package by their path in it, wherever they came from.
#[derive(Debug)]
pub(crate) struct Folder {
    pub path: String,
    pub files: BTreeMap<String, Arc<Source>>,
}

/// What marks a folder as a package.
pub(crate) const MANIFEST: &str = "detection.toml";

/// Whether a file of a package is text that a package reads.
pub(crate) fn is_part(name: &str) -> bool {
    match name.split_once('/') {
        // A variant may name a file of its own.
        None => PARTS.contains(&name) || Language::from_file_name(name).is_some(),
        Some(("hunting", rest)) => {
            !rest.contains('/') && Language::from_file_name(rest).is_some_and(|found| found != Language::Sigma)
        }
        Some(("tests", rest)) => !rest.contains('/') && (rest.ends_with(".toml") || rest.ends_with(".ndjson")),
        Some(_) => false,
    }
}

const PARTS: [&str; 8] =
    [MANIFEST, "query.kql", "query.aql", "rule.yml", "playbook.md", "guide.md", "exceptions.toml", "README.md"];

/// The file of each variant, where the manifest names no other.
const VARIANTS: [(Language, &str); 3] =
    [(Language::Kql, "query.kql"), (Language::Aql, "query.aql"), (Language::Sigma, "rule.yml")];

/// The detection of a package. A part with errors is left out and said; without a manifest or a variant there is none.
pub(crate) fn read(folder: &Folder, problems: &mut Vec<Problem>) -> Option<Detection> {
    let source = folder.files.get(MANIFEST)?;
    let mut problem = |source: &Arc<Source>, diagnostic: Diagnostic| {
        problems.push(Problem { source: source.clone(), diagnostic });
    };
    let manifest: Manifest = match toml_text::parse(source) {
        Ok(manifest) => manifest,
        Err(diagnostic) => {
            problem(source, *diagnostic);
            return None;
        }
    };
    for (key, text) in [("id", &manifest.id), ("title", &manifest.title)] {
        if text.get_ref().trim().is_empty() {
            problem(source, messages::empty_value(span_of(text), key));
            return None;
        }
    }
    let mut is_said = false;
    let variants = variants(folder, source, &manifest, &mut |source, diagnostic| {
        is_said = true;
        problem(source, diagnostic);
    });
    if variants.is_empty() {
        // Why there is none has been said, or there is nothing that could be one.
        if !is_said {
            problem(source, messages::no_variant());
        }
        return None;
    }
    // A query without its description has been said; tests speak of it rightly.
    let is_here = |language: &Language| {
        let usual = VARIANTS.iter().find(|(known, _)| known == language);
        manifest.variant.about(*language).is_some() || usual.is_some_and(|(_, name)| folder.files.contains_key(*name))
    };
    let described: Vec<Language> = Language::ALL.into_iter().filter(is_here).collect();
    let in_folder = |prefix: &'static str, ending: &'static str| {
        folder.files.iter().filter(move |(name, _)| name.starts_with(prefix) && name.ends_with(ending))
    };
    let mut tests: Vec<Test> = in_folder("tests/", ".toml")
        .filter_map(|(_, source)| test::read(folder, source, &described, &mut problem))
        .collect();
    check_false_positives(folder, source, &manifest, &mut problem);
    faults::of_manifest(&manifest).into_iter().for_each(|fault| problem(source, fault));
    faults::of_names(&mut tests).into_iter().for_each(|(source, fault)| problem(&source, fault));
    let hunting = folder
        .files
        .iter()
        .filter(|(name, _)| name.starts_with("hunting/"))
        .filter_map(|(name, source)| Some(Hunt { language: Language::from_file_name(name)?, source: source.clone() }))
        .collect();
    let exceptions =
        folder.files.get("exceptions.toml").and_then(|source| match toml_text::parse::<exception::File>(source) {
            Ok(file) => {
                faults::of_exceptions(source, &file.exception).into_iter().for_each(|fault| problem(source, fault));
                Some(Exceptions { source: source.clone(), list: file.exception })
            }
            Err(diagnostic) => {
                problem(source, *diagnostic);
                None
            }
        });
    let tags = tags(source, &manifest, &mut problem);
    let package = Package {
        written_tests: in_folder("tests/", ".toml").count(),
        hunting,
        tests,
        playbook: folder.files.get("playbook.md").cloned(),
        guide: folder.files.get("guide.md").cloned(),
        exceptions,
        manifest_source: source.clone(),
        manifest: manifest.clone(),
    };
    Some(Detection {
        id: manifest.id.into_inner(),
        title: manifest.title.into_inner(),
        description: manifest.description,
        level: manifest.severity,
        confidence: manifest.confidence,
        status: manifest.status,
        techniques: technique::techniques(tags.iter().map(String::as_str)),
        tags,
        authors: manifest.authors,
        references: manifest.references.into_iter().map(Spanned::into_inner).collect(),
        false_positives: manifest.false_positives.into_iter().map(|known| known.what).collect(),
        variants,
        part_of: Vec::new(),
        path: folder.path.clone(),
        package: Some(Arc::new(package)),
    })
}

fn variants(
    folder: &Folder,
    manifest_source: &Arc<Source>,
    manifest: &Manifest,
    problem: &mut dyn FnMut(&Arc<Source>, Diagnostic),
) -> Vec<Variant> {
    let mut variants = Vec::new();
    for (language, usual) in VARIANTS {
        let Some(about) = manifest.variant.about(language) else {
            if folder.files.contains_key(usual) {
                problem(manifest_source, messages::undescribed_variant(usual, language.name()));
            }
            continue;
        };
        let name = about.file.as_ref().map_or(usual, |file| file.get_ref().as_str());
        let Some(source) = folder.files.get(name) else {
            let span = about.file.as_ref().map_or_else(Span::default, span_of);
            problem(manifest_source, messages::missing_file(span, name));
            continue;
        };
        variants.extend(variant(language, source, about, problem));
    }
    let is_named = |name: &str| {
        VARIANTS.into_iter().any(|(language, usual)| match manifest.variant.about(language) {
            Some(about) => about.file.as_ref().map_or(usual, |file| file.get_ref().as_str()) == name,
            None => usual == name,
        })
    };
    // Where one is missing, another may be it.
    let is_missing = |(language, usual): (Language, &str)| {
        let named = manifest.variant.about(language).map(|about| about.file.as_ref());
        named.is_some_and(|file| !folder.files.contains_key(file.map_or(usual, |file| file.get_ref().as_str())))
    };
    let unread = folder.files.iter().filter(|_| !VARIANTS.into_iter().any(is_missing));
    for (name, source) in unread {
        if !name.contains('/') && Language::from_file_name(name).is_some() && !is_named(name) {
            problem(source, messages::stray_file(name));
        }
    }
    variants
}

fn variant(
    language: Language,
    source: &Arc<Source>,
    about: &About,
    problem: &mut dyn FnMut(&Arc<Source>, Diagnostic),
) -> Option<Variant> {
    let variant = if language == Language::Sigma {
        let mut problems = Vec::new();
        let (rules, correlations) = correlated::within(source, &mut problems);
        let is_broken = problems.iter().any(Problem::is_error);
        problems.into_iter().for_each(|found| problem(source, found.diagnostic));
        if is_broken || rules.is_empty() && correlations.is_empty() {
            return None;
        }
        Variant { correlations, ..Variant::sigma(source.clone(), rules) }
    } else {
        if source.text().trim().is_empty() {
            problem(source, messages::empty_query());
            return None;
        }
        Variant::query(language, source.clone())
    };
    Some(Variant { frequency: about.frequency, lookback: about.lookback, ..variant })
}

/// Every false positive that names a test names one that is there.
fn check_false_positives(
    folder: &Folder,
    source: &Arc<Source>,
    manifest: &Manifest,
    problem: &mut dyn FnMut(&Arc<Source>, Diagnostic),
) {
    for test in manifest.false_positives.iter().filter_map(|known| known.test.as_ref()) {
        let name = test.get_ref();
        if !folder.files.contains_key(&format!("tests/{name}.toml")) {
            let names = folder.files.keys().filter_map(|file| file.strip_prefix("tests/")?.strip_suffix(".toml"));
            problem(source, messages::unknown_test(span_of(test), name, nearest(name, names)));
        }
    }
}

/// The tags that Sigma would write, from `[attack]` and `tags`.
fn tags(source: &Arc<Source>, manifest: &Manifest, problem: &mut dyn FnMut(&Arc<Source>, Diagnostic)) -> Vec<String> {
    let mut tags = Vec::new();
    if let Some(attack) = &manifest.attack {
        tags.push(format!("attack.{}", attack.tactic.name.get_ref().trim().to_lowercase().replace(' ', "-")));
        let tactic = &attack.tactic.id;
        if !technique::is_tactic(tactic.get_ref()) {
            problem(source, messages::bad_tactic(span_of(tactic), tactic.get_ref()));
        }
        for named in std::iter::once(&attack.technique).chain(&attack.subtechnique) {
            if technique::is_technique(named.id.get_ref()) {
                tags.push(format!("attack.{}", named.id.get_ref().to_lowercase()));
            } else {
                problem(source, messages::bad_technique(span_of(&named.id), named.id.get_ref()));
            }
        }
        // The sub-technique says its technique too.
        if attack.subtechnique.is_some() && tags.len() == 3 {
            tags.remove(1);
        }
    }
    for tag in &manifest.tags {
        if !tags.contains(tag) {
            tags.push(tag.clone());
        }
    }
    tags
}

pub(crate) fn span_of<T>(value: &Spanned<T>) -> Span {
    let range = value.span();
    Span::new(range.start, range.end)
}

#[cfg(test)]
mod tests;
