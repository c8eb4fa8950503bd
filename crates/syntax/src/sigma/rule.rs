//! A document of a rule file: which kind it is, and a rule from its keys.

use super::about::{KEYS, Reader};
use super::tree::{Documents, Rule};
use super::yaml::{Content, Node};
use super::{correlation, detection, filter, messages};
use crate::nearest::nearest;
use crate::{Diagnostic, Source, Span};

/// Adds the document to its kind; what is no document of Sigma is said.
pub(super) fn parse(source: &Source, document: &Node, tree: &mut Documents, diagnostics: &mut Vec<Diagnostic>) {
    let Content::Map(entries) = &document.content else {
        diagnostics.push(messages::not_a_rule(document.span, document.kind()));
        return;
    };
    let has = |wanted: &str| entries.iter().any(|(key, _)| key.scalar() == Some(wanted));
    if has("correlation") {
        tree.correlations.extend(correlation::parse(source, document, entries, diagnostics));
    } else if has("filter") && !has("detection") {
        tree.filters.push(filter::parse(source, document, entries, diagnostics));
    } else {
        tree.rules.extend(rule(source, document, entries, diagnostics));
    }
}

fn rule(source: &Source, document: &Node, entries: &[(Node, Node)], diagnostics: &mut Vec<Diagnostic>) -> Option<Rule> {
    let before = errors(diagnostics);
    let start = Span::at(document.span.start as usize);
    let near = |wanted: &str| {
        let keys = entries.iter().filter_map(|(key, _)| key.scalar()).filter(|key| !KEYS.contains(key));
        nearest(wanted, keys)
    };
    if near("logsource").is_none() && near("detection").is_none() {
        diagnostics.push(messages::another_document(start));
        return None;
    }
    let read = &mut Reader { diagnostics };
    let mut rule = Rule { span: document.span, about: read.about(entries, start), ..Rule::default() };
    let (mut log_source, mut has_detection) = (None, false);
    for (key, value) in entries {
        match key.scalar().unwrap_or("") {
            "logsource" => log_source = Some(read.log_source(value)),
            "detection" => {
                has_detection = true;
                (rule.selections, rule.conditions) = detection::parse(source, key, value, &[], read.diagnostics);
            }
            _ => {}
        }
    }
    match log_source {
        Some(log_source) => rule.log_source = log_source,
        None => read.diagnostics.push(messages::missing(start, "logsource", near("logsource"))),
    }
    if !has_detection {
        read.diagnostics.push(messages::missing(start, "detection", near("detection")));
    }
    rule.is_broken = errors(diagnostics) > before;
    Some(rule)
}

pub(super) fn errors(diagnostics: &[Diagnostic]) -> usize {
    diagnostics.iter().filter(|said| said.is_error()).count()
}
