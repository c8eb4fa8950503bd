//! A filter from its document: selections and a condition that the matches of other rules have to meet besides.

use super::about::Reader;
use super::rule::has_errors;
use super::tree::{Filter, Spanned};
use super::yaml::{Content, Node};
use super::{detection, messages};
use crate::{Diagnostic, Source, Span};

/// What stands in `filter:` beside its selections.
const KEYS: [&str; 1] = ["rules"];

pub(super) fn parse(
    source: &Source,
    document: &Node,
    entries: &[(Node, Node)],
    diagnostics: &mut Vec<Diagnostic>,
) -> Filter {
    let before = diagnostics.len();
    let start = Span::at(document.span.start as usize);
    let read = &mut Reader { diagnostics };
    let mut filter = Filter { span: document.span, about: read.about(entries, start), ..Filter::default() };
    let mut has_log_source = false;
    for (key, value) in entries {
        match key.scalar().unwrap_or("") {
            "logsource" => {
                filter.log_source = read.log_source(value);
                has_log_source = true;
            }
            "filter" => {
                (filter.selections, filter.conditions) = detection::parse(source, key, value, &KEYS, read.diagnostics);
                match rules(value, read) {
                    Some(rules) => filter.rules = rules,
                    None => read.diagnostics.push(messages::filter_without_rules(key.span)),
                }
                if let Some(second) = conditions(value).and_then(|items| items.get(1)) {
                    read.diagnostics.push(messages::wrong_type(
                        second.span,
                        "a filter's condition",
                        "one text",
                        "a second",
                    ));
                }
            }
            _ => {}
        }
    }
    if !has_log_source {
        diagnostics.push(messages::missing(start, "logsource", None));
    }
    filter.is_broken = has_errors(diagnostics, before);
    filter
}

/// The rules that it names; an inner `None` means any.
fn rules(filter: &Node, read: &mut Reader<'_>) -> Option<Option<Vec<Spanned<String>>>> {
    let value = entry(filter, "rules")?;
    let named = read.texts("rules", value);
    let is_any = matches!(&value.content, Content::List(items) if items.is_empty())
        || value.scalar().is_some_and(|text| text.eq_ignore_ascii_case("any"));
    Some(if is_any { None } else { Some(named) })
}

fn conditions(filter: &Node) -> Option<&Vec<Node>> {
    match &entry(filter, "condition")?.content {
        Content::List(items) => Some(items),
        _ => None,
    }
}

fn entry<'a>(map: &'a Node, name: &str) -> Option<&'a Node> {
    let Content::Map(entries) = &map.content else { return None };
    entries.iter().find(|(key, _)| key.scalar() == Some(name)).map(|(_, value)| value)
}
