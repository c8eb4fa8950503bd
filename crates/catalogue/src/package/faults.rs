//! Faults between the parts of a package: names that stand twice, times that run backwards, predicates that do not parse.

use std::collections::HashSet;
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

/// Tests of one name, which no report could tell apart.
pub(super) fn of_names(tests: &[Test]) -> Vec<(Arc<Source>, Diagnostic)> {
    let mut names = HashSet::new();
    let again = tests.iter().filter(|test| !names.insert(test.about.name.as_str()));
    again
        .map(|test| (test.source.clone(), messages::twice(place_of_name(&test.source), "test", &test.about.name)))
        .collect()
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
    let begin =
        source.slice(whole).find(text.as_str()).and_then(|at| u32::try_from(at).ok()).map(|at| whole.start + at);
    let place = |span: Span| match begin {
        Some(begin) => Span { start: begin + span.start, end: begin + span.end },
        None => whole,
    };
    let errors = parsed.diagnostics.into_iter().filter(Diagnostic::is_error).take(1);
    errors.map(|one| Diagnostic { span: place(one.span), ..one }).collect()
}
