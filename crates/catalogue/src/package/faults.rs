//! Faults between the parts of a package: names that stand twice, times that run backwards, predicates that do not parse.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::Deserialize;
use syntax::{Diagnostic, Source, Span};
use toml::Spanned;

use super::exception::Exception;
use super::manifest::Manifest;
use super::span_of;
use super::test::Test;
use crate::messages;

/// Of a manifest whose types are right.
pub(super) fn of_manifest(manifest: &Manifest) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut versions = HashSet::new();
    for change in &manifest.changelog {
        if !versions.insert(change.version.get_ref().as_str()) {
            found.push(messages::twice(span_of(&change.version), "version", change.version.get_ref()));
        }
    }
    if let Some(version) = &manifest.version
        && !manifest.changelog.is_empty()
        && !versions.contains(version.get_ref().as_str())
    {
        found.push(messages::unknown_version(span_of(version), version.get_ref()));
    }
    if let Some(validated) = &manifest.validated
        && !(validated.findings_per_host_day.get_ref().is_finite() && *validated.findings_per_host_day.get_ref() >= 0.0)
    {
        found.push(messages::bad_rate(span_of(&validated.findings_per_host_day)));
    }
    found
}

/// Tests of one name, which no report could tell apart: the first stays.
pub(super) fn of_names(tests: &mut Vec<Test>) -> Vec<(Arc<Source>, Diagnostic)> {
    let mut found = Vec::new();
    let mut first: HashMap<String, String> = HashMap::new();
    tests.retain(|test| match first.get(&test.about.name) {
        None => first.insert(test.about.name.clone(), test.source.name().to_owned()).is_none(),
        Some(first) => {
            let twice = messages::twice(place_of_name(&test.source), "test", &test.about.name);
            found.push((test.source.clone(), twice.note(format!("the first is {first}"))));
            false
        }
    });
    found
}

/// The file has been read once: it has a name.
fn place_of_name(source: &Source) -> Span {
    #[derive(Deserialize)]
    struct Named {
        name: Spanned<String>,
    }
    toml::from_str::<Named>(source.text()).map_or_else(|_| Span::default(), |named| span_of(&named.name))
}

pub(super) fn of_exceptions(source: &Source, all: &[Exception]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut ids = HashSet::new();
    for exception in all {
        if !ids.insert(exception.id.get_ref().as_str()) {
            found.push(messages::twice(span_of(&exception.id), "exception", exception.id.get_ref()));
        }
        if exception.added.is_some_and(|added| added >= *exception.expires.get_ref()) {
            found.push(messages::ends_before_it_begins(span_of(&exception.expires)));
        }
        found.extend(of_expression(source, &exception.expression));
    }
    found
}

/// What is wrong with a predicate in KQL, at its place in the TOML that holds it.
pub(super) fn of_expression(source: &Source, expression: &Spanned<String>) -> Vec<Diagnostic> {
    let text = expression.get_ref();
    let parsed = syntax::kql::parse_expression(&Source::new(source.name(), text.as_str()));
    let whole = span_of(expression);
    // Without escapes the text stands in the literal as it is; else the literal is underlined.
    let begin = within(source.slice(whole), text).and_then(|at| u32::try_from(at).ok()).map(|at| whole.start + at);
    let place = |span: Span| match begin {
        Some(begin) => Span { start: begin + span.start, end: begin + span.end },
        None => whole,
    };
    let errors = parsed.diagnostics.into_iter().filter(Diagnostic::is_error).take(1);
    let told = errors.map(|one| {
        let help = one.help.clone().unwrap_or_else(|| HELP.to_owned());
        Diagnostic { span: place(one.span), ..one }.help(help)
    });
    told.collect()
}

const HELP: &str = "write a predicate in KQL over the events of a finding, such as FileName =~ \"msiexec.exe\"";

/// Where a text begins in the literal that is nothing but it.
fn within(literal: &str, text: &str) -> Option<usize> {
    [("\"\"\"", true), ("'''", true), ("\"", false), ("'", false)].into_iter().find_map(|(quote, has_lines)| {
        let inner = literal.strip_prefix(quote)?.strip_suffix(quote)?;
        // A line's end behind the opening quotes is no part of the text.
        let skipped = ["", "\n", "\r\n"].into_iter().filter(|end| has_lines || end.is_empty());
        let mut skipped = skipped.filter(|end| inner.strip_prefix(end) == Some(text));
        skipped.next().map(|end| quote.len() + end.len())
    })
}
