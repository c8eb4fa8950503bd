//! A document of a rule file: which kind it is, and a rule from its keys.

use super::about::{KEYS, Reader};
use super::tree::{Correlation, Documents, Filter, Rule};
use super::yaml::{Content, Document, Node};
use super::{correlation, detection, filter, messages};
use crate::nearest::nearest;
use crate::{Diagnostic, Source, Span};

/// Adds the document to its kind; what is no document of Sigma is said.
pub(super) fn parse(source: &Source, document: &Document, tree: &mut Documents, diagnostics: &mut Vec<Diagnostic>) {
    let Document { root, is_broken } = document;
    let Content::Map(entries) = &root.content else {
        diagnostics.push(messages::not_a_rule(root.span, root.kind()));
        return;
    };
    let has = |wanted: &str| entries.iter().any(|(key, _)| key.scalar() == Some(wanted));
    if has("correlation") {
        let read = correlation::parse(source, root, entries, diagnostics);
        tree.correlations.extend(read.map(|read| Correlation { is_broken: read.is_broken || *is_broken, ..read }));
    } else if has("filter") && !has("detection") {
        let read = filter::parse(source, root, entries, diagnostics);
        tree.filters.push(Filter { is_broken: read.is_broken || *is_broken, ..read });
    } else {
        let read = rule(source, root, entries, diagnostics);
        tree.rules.extend(read.map(|read| Rule { is_broken: read.is_broken || *is_broken, ..read }));
    }
}

fn rule(source: &Source, document: &Node, entries: &[(Node, Node)], diagnostics: &mut Vec<Diagnostic>) -> Option<Rule> {
    let before = diagnostics.len();
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
    rule.is_broken = has_errors(diagnostics, before);
    Some(rule)
}

/// Whether an error is among what was said since there were so many diagnostics.
pub(super) fn has_errors(diagnostics: &[Diagnostic], since: usize) -> bool {
    diagnostics.get(since..).into_iter().flatten().any(Diagnostic::is_error)
}
