//! A rule from its document: the top-level keys, each with its type checked.

use super::tree::{Level, LogSource, Rule, Spanned, Status};
use super::yaml::{Content, Node};
use super::{detection, messages};
use crate::nearest::nearest;
use crate::{Diagnostic, Source, Span};

/// The rule of one document; `None` where the document is of another kind, which is then said.
pub(super) fn parse(source: &Source, document: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Rule> {
    let Content::Map(entries) = &document.content else {
        diagnostics.push(messages::not_a_rule(document.span, document.kind()));
        return None;
    };
    if let Some(refusal) = entries.iter().find_map(|(key, _)| other_kind(key, entries)) {
        diagnostics.push(refusal);
        return None;
    }
    let start = Span::at(document.span.start as usize);
    let near = |wanted: &str| {
        let keys = entries.iter().filter_map(|(key, _)| key.scalar()).filter(|key| !KEYS.contains(key));
        nearest(wanted, keys)
    };
    if near("logsource").is_none() && near("detection").is_none() {
        diagnostics.push(messages::another_document(start));
        return None;
    }
    let mut rule = Rule { span: document.span, ..Rule::default() };
    let (mut log_source, mut has_detection) = (None, false);
    let read = &mut Reader { diagnostics };
    for (key, value) in entries {
        match key.scalar().unwrap_or("") {
            "title" => rule.title = read.text("title", value),
            "id" => rule.id = read.text("id", value),
            "status" => {
                let names = Status::ALL.map(Status::name);
                rule.status = read.word("status", value, &names, Status::from_name);
            }
            "level" => {
                let names = Level::ALL.map(Level::name);
                rule.level = read.word("level", value, &names, Level::from_name);
            }
            "description" => rule.description = read.text("description", value),
            "author" => rule.author = read.text("author", value),
            "date" => rule.date = read.text("date", value),
            "modified" => rule.modified = read.text("modified", value),
            "license" => rule.license = read.text("license", value),
            "references" => rule.references = read.texts("references", value),
            "tags" => rule.tags = read.texts("tags", value),
            "falsepositives" => rule.false_positives = read.texts("falsepositives", value),
            "fields" => rule.fields = read.texts("fields", value),
            "logsource" => log_source = Some(read.log_source(value)),
            "detection" => {
                has_detection = true;
                (rule.selections, rule.conditions) = detection::parse(source, key, value, read.diagnostics);
            }
            _ => {}
        }
    }
    if rule.title.is_none() {
        read.diagnostics.push(messages::no_title(start));
    }
    match log_source {
        Some(log_source) => rule.log_source = log_source,
        None => read.diagnostics.push(messages::missing(start, "logsource", near("logsource"))),
    }
    if !has_detection {
        read.diagnostics.push(messages::missing(start, "detection", near("detection")));
    }
    Some(rule)
}

/// Keys that Sigma defines; any other may stand in a rule too.
const KEYS: [&str; 14] = [
    "title",
    "id",
    "status",
    "level",
    "description",
    "author",
    "date",
    "modified",
    "license",
    "references",
    "tags",
    "falsepositives",
    "fields",
    "related",
];

fn other_kind(key: &Node, entries: &[(Node, Node)]) -> Option<Diagnostic> {
    match key.scalar()? {
        "correlation" => Some(messages::correlation(key.span)),
        "action" => Some(messages::action(key.span)),
        "filter" if !entries.iter().any(|(key, _)| key.scalar() == Some("detection")) => {
            Some(messages::filter(key.span))
        }
        _ => None,
    }
}

struct Reader<'a> {
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn text(&mut self, what: &str, value: &Node) -> Option<Spanned<String>> {
        if value.is_null() {
            return None;
        }
        match value.scalar() {
            Some(text) => Some(Spanned::new(text.to_string(), value.span)),
            None => {
                self.diagnostics.push(messages::wrong_type(value.span, what, "a text", value.kind()));
                None
            }
        }
    }

    /// A list of texts; one text alone stands for a list of it.
    fn texts(&mut self, what: &str, value: &Node) -> Vec<Spanned<String>> {
        match &value.content {
            Content::List(items) => items.iter().filter_map(|item| self.text(what, item)).collect(),
            _ => self.text(what, value).into_iter().collect(),
        }
    }

    fn word<T>(
        &mut self,
        what: &str,
        value: &Node,
        names: &[&'static str],
        from_name: fn(&str) -> Option<T>,
    ) -> Option<Spanned<T>> {
        let text = self.text(what, value)?;
        let known = from_name(&text.value);
        if known.is_none() {
            let near = nearest(&text.value, names.iter().copied());
            self.diagnostics.push(messages::unknown_word(text.span, what, &text.value, &names.join(", "), near));
        }
        known.map(|word| Spanned::new(word, text.span))
    }

    fn log_source(&mut self, value: &Node) -> LogSource {
        let mut log_source = LogSource { span: value.span, ..LogSource::default() };
        let Content::Map(entries) = &value.content else {
            self.diagnostics.push(messages::wrong_type(value.span, "logsource", "a map", value.kind()));
            return log_source;
        };
        for (key, value) in entries {
            match key.scalar().unwrap_or("") {
                "product" => log_source.product = self.text("product", value),
                "category" => log_source.category = self.text("category", value),
                "service" => log_source.service = self.text("service", value),
                // `definition` is prose, and rules carry keys of their own here.
                _ => {}
            }
        }
        log_source
    }
}
