//! A test of a package: a procedure, the events that it leaves, and whether each variant must find them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;
use syntax::nearest::nearest;
use syntax::{Diagnostic, Source, Span};
use toml::Spanned;

use super::{Folder, span_of};
use crate::detection::Language;
use crate::{messages, toml_text};

/// One test, ready to be run.
#[derive(Debug, Clone)]
pub struct Test {
    pub about: AboutTest,
    /// The test's own file.
    pub source: Arc<Source>,
    /// NDJSON: one event a line.
    pub events: Arc<Source>,
}

/// `tests/<name>.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AboutTest {
    pub name: String,
    pub kind: Spanned<Kind>,
    #[serde(default)]
    pub procedure: String,
    /// What to type to leave such events.
    #[serde(default)]
    pub commands: Lines,
    #[serde(default)]
    pub clean_up: Lines,
    /// What is to be seen, by log source.
    #[serde(default)]
    pub expected_signals: BTreeMap<String, Lines>,
    /// A file beside this one.
    pub events: Spanned<String>,
    pub must: Spanned<Must>,
    /// How many events have to be found; 0 for a true negative.
    pub findings: Option<Spanned<u64>>,
    /// Of a known false positive: the KQL predicate of an exception that silences it.
    pub exception: Option<Spanned<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    TruePositive,
    TrueNegative,
    /// It fires and is no attack; only an exception can tell.
    KnownFalsePositive,
}

/// Whether a variant must find the events (`true`) or must not (`false`).
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Must {
    pub kql: Option<bool>,
    pub aql: Option<bool>,
    pub sigma: Option<bool>,
}

impl Must {
    pub fn of(&self, language: Language) -> Option<bool> {
        match language {
            Language::Kql => self.kql,
            Language::Aql => self.aql,
            Language::Sigma => self.sigma,
        }
    }
}

/// One text, or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Lines {
    One(String),
    Many(Vec<String>),
}

impl Default for Lines {
    fn default() -> Self {
        Lines::Many(Vec::new())
    }
}

impl Lines {
    pub fn each(&self) -> Vec<&str> {
        match self {
            Lines::One(text) => text.lines().collect(),
            Lines::Many(texts) => texts.iter().map(String::as_str).collect(),
        }
    }
}

/// Reads a test and checks it against its events and the package's variants.
pub(super) fn read(
    folder: &Folder,
    source: &Arc<Source>,
    variants: &[Language],
    problem: &mut dyn FnMut(&Arc<Source>, Diagnostic),
) -> Option<Test> {
    let about: AboutTest = match toml_text::parse(source) {
        Ok(about) => about,
        Err(diagnostic) => {
            problem(source, *diagnostic);
            return None;
        }
    };
    let mut is_sound = true;
    for diagnostic in contradictions(&about, variants) {
        is_sound = false;
        problem(source, diagnostic);
    }
    let name = about.events.get_ref();
    let Some(events) = folder.files.get(&format!("tests/{name}")) else {
        let files = folder.files.keys().filter_map(|file| file.strip_prefix("tests/"));
        let missing = messages::missing_file(span_of(&about.events), &format!("tests/{name}"));
        problem(source, missing.did_you_mean(nearest(name, files)));
        return None;
    };
    if let Some(exception) = &about.exception {
        for fault in super::faults::of_expression(source, exception) {
            is_sound = false;
            problem(source, fault);
        }
    }
    if let Err(diagnostic) = check_events(events) {
        is_sound = false;
        problem(events, *diagnostic);
    }
    is_sound.then(|| Test { source: source.clone(), events: events.clone(), about })
}

/// Where the kind, the number of findings and what each variant must do say different things.
fn contradictions(about: &AboutTest, variants: &[Language]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let (must, span) = (about.must.get_ref(), span_of(&about.must));
    let each = || Language::ALL.into_iter().map(|language| (language, must.of(language), variants.contains(&language)));
    // What speaks of the wrong variant says nothing of the right one, and nothing else of it counts.
    if let Some((language, ..)) = each().find(|(_, must, is_there)| must.is_some() && !is_there) {
        return vec![messages::must_without_variant(span, language.name())];
    }
    let unsaid = each().filter(|(_, must, is_there)| must.is_none() && *is_there);
    found.extend(unsaid.map(|(language, ..)| messages::says_nothing_of_variant(span, language.name())));
    if !found.is_empty() {
        return found;
    }
    let kind = *about.kind.get_ref();
    let some_must_fire = Language::ALL.into_iter().any(|language| must.of(language) == Some(true));
    if some_must_fire != (kind != Kind::TrueNegative) {
        let what = if some_must_fire { "a true negative, and a variant must fire" } else { "no variant must fire" };
        found.push(messages::contradiction(span_of(&about.kind), what));
    }
    if let Some(exception) = &about.exception
        && kind != Kind::KnownFalsePositive
    {
        found.push(messages::contradiction(span_of(exception), "only a known false positive has an exception"));
    }
    if let Some(findings) = &about.findings
        && found.is_empty()
        && (*findings.get_ref() > 0) != some_must_fire
    {
        found.push(messages::contradiction(
            span_of(findings),
            "'findings' and [must] disagree whether anything is found",
        ));
    }
    found
}

fn check_events(events: &Source) -> Result<(), Box<Diagnostic>> {
    let bare = events.text().strip_prefix('\u{feff}').unwrap_or(events.text());
    let mut offset = events.text().len() - bare.len();
    let mut count = 0;
    for (index, line) in bare.split_inclusive('\n').enumerate() {
        let text = line.trim();
        if !text.is_empty() {
            let span = Span::new(offset, offset + line.trim_end().len());
            serde_json::from_str::<BTreeMap<String, IgnoredAny>>(text).map_err(|error| {
                let said = error.to_string();
                let reason = said.split(" at line ").next().unwrap_or(&said);
                // What is no object at all is wrong as a whole; else the fault is at its column.
                let leading = line.len() - line.trim_start().len();
                let at = offset + leading + error.column().saturating_sub(1);
                let span = if error.is_data() { span } else { Span::new(at, at + 1) };
                Box::new(messages::bad_event(index + 1, reason, span))
            })?;
            count += 1;
        }
        offset += line.len();
    }
    if count == 0 { Err(Box::new(messages::no_events())) } else { Ok(()) }
}
