//! What documents of every kind say of themselves: title, id, level and the like, each with its type checked.

use super::messages;
use super::tree::{About, Level, LogSource, Spanned, Status};
use super::yaml::{Content, Node};
use crate::nearest::nearest;
use crate::{Diagnostic, Span};

/// Keys that Sigma defines for every kind of document.
pub(super) const KEYS: [&str; 17] = [
    "title",
    "id",
    "name",
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
    "taxonomy",
    "scope",
];

pub(super) struct Reader<'a> {
    pub diagnostics: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    pub fn about(&mut self, entries: &[(Node, Node)], start: Span) -> About {
        let mut about = About::default();
        for (key, value) in entries {
            match key.scalar().unwrap_or("") {
                "title" => about.title = self.text("title", value),
                "id" => about.id = self.text("id", value),
                "name" => about.name = self.text("name", value),
                "status" => {
                    let names = Status::ALL.map(Status::name);
                    about.status = self.word("status", value, &names, Status::from_name);
                }
                "level" => {
                    let names = Level::ALL.map(Level::name);
                    about.level = self.word("level", value, &names, Level::from_name);
                }
                "description" => about.description = self.text("description", value),
                "author" => about.author = self.text("author", value),
                "date" => about.date = self.text("date", value),
                "modified" => about.modified = self.text("modified", value),
                "license" => about.license = self.text("license", value),
                "references" => about.references = self.texts("references", value),
                "tags" => about.tags = self.texts("tags", value),
                "falsepositives" => about.false_positives = self.texts("falsepositives", value),
                "fields" => about.fields = self.texts("fields", value),
                _ => {}
            }
        }
        if about.title.is_none() {
            self.diagnostics.push(messages::no_title(start));
        }
        about
    }

    pub fn text(&mut self, what: &str, value: &Node) -> Option<Spanned<String>> {
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
    pub fn texts(&mut self, what: &str, value: &Node) -> Vec<Spanned<String>> {
        match &value.content {
            Content::List(items) => items.iter().filter_map(|item| self.text(what, item)).collect(),
            _ => self.text(what, value).into_iter().collect(),
        }
    }

    pub fn word<T>(
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

    pub fn log_source(&mut self, value: &Node) -> LogSource {
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
        if log_source.product.is_none() && log_source.category.is_none() && log_source.service.is_none() {
            self.diagnostics.push(messages::empty_log_source(value.span));
        }
        log_source
    }
}
