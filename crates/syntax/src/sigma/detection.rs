//! The detection of a rule: its selections, and the conditions that join them.

use super::modifier::Modifier;
use super::tree::{Condition, FieldMatch, Search, Selection, Spanned, Value};
use super::yaml::{Content, Node};
use super::{condition, messages, scalar};
use crate::{Diagnostic, Source, Span};

/// The selections and conditions of `detection:`, or of a filter; `others` are keys that are neither.
pub(super) fn parse(
    source: &Source,
    key: &Node,
    value: &Node,
    others: &[&str],
    diagnostics: &mut Vec<Diagnostic>,
) -> (Vec<Selection>, Vec<Condition>) {
    let Content::Map(entries) = &value.content else {
        let name = key.scalar().unwrap_or("detection");
        diagnostics.push(messages::wrong_type(value.span, name, "a map", value.kind()));
        return (Vec::new(), Vec::new());
    };
    let before = diagnostics.len();
    let mut reader = Reader { source, before, is_cut: false, diagnostics };
    let mut selections = Vec::new();
    let mut texts: Vec<&Node> = Vec::new();
    for (key, value) in entries {
        match key.scalar() {
            Some("condition") => match &value.content {
                Content::List(items) => texts.extend(items),
                _ => texts.push(value),
            },
            Some(name) if others.contains(&name) => {}
            Some("timeframe") => reader.diagnostics.push(messages::timeframe(key.span)),
            Some(name) => {
                let search = reader.search(name, value, key.span);
                selections.push(Selection { name: Spanned::new(name.to_string(), key.span), search });
            }
            None => reader.diagnostics.push(messages::wrong_type(key.span, "a selection's name", "a text", key.kind())),
        }
    }
    if selections.is_empty() {
        diagnostics.push(messages::no_selections(key.span));
    }
    if texts.is_empty() {
        diagnostics.push(messages::no_condition(key.span));
        return (selections, Vec::new());
    }
    let conditions = condition::parse(source, &texts, &selections, diagnostics);
    (selections, conditions)
}

/// After so many diagnostics the rest of a rule's fields is not looked at.
const MAX_SAID: usize = 1_000;
/// There are some thirty modifiers, and no use in one twice.
const MAX_MODIFIERS: usize = 100;

struct Reader<'a> {
    source: &'a Source,
    /// How many diagnostics came before the rule's own.
    before: usize,
    /// It has been said that the rest is not looked at.
    is_cut: bool,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    /// A selection, or an item of one. Nesting is bounded by that of the document.
    fn search(&mut self, name: &str, value: &Node, named: Span) -> Search {
        match &value.content {
            Content::Map(entries) if !entries.is_empty() => {
                Search::All(entries.iter().map(|(key, value)| self.entry(key, value)).collect())
            }
            Content::List(items) if !items.is_empty() => self.list(name, items, value.span),
            Content::Scalar { .. } if !value.is_null() => self.keywords(std::slice::from_ref(value), value.span),
            _ => {
                self.diagnostics.push(messages::empty_search(named, name));
                Search::Any(Vec::new())
            }
        }
    }

    /// A list of maps, of keywords, or of both: any of them. Keywords are gathered in one search.
    fn list(&mut self, name: &str, items: &[Node], span: Span) -> Search {
        let is_keyword = |item: &Node| item.scalar().is_some();
        if items.iter().all(is_keyword) {
            return self.keywords(items, span);
        }
        Search::Any(items.iter().map(|item| self.search(name, item, item.span)).collect())
    }

    fn keywords(&mut self, items: &[Node], span: Span) -> Search {
        let values = self.values(items);
        Search::Field(FieldMatch { field: None, modifiers: Vec::new(), values, span })
    }

    /// `field|modifier: value`.
    fn entry(&mut self, key: &Node, value: &Node) -> Search {
        if self.diagnostics.len() - self.before >= MAX_SAID {
            // A rule that is not read whole must not run as if it were.
            if !std::mem::replace(&mut self.is_cut, true) {
                self.diagnostics.push(messages::too_much_said(key.span, MAX_SAID));
            }
            return Search::Any(Vec::new());
        }
        let Some(text) = key.scalar() else {
            self.diagnostics.push(messages::wrong_type(key.span, "a field", "a text", key.kind()));
            return Search::Any(Vec::new());
        };
        let places = Within::new(self.source, key.span, text);
        let mut parts = Parts { text, offset: 0 };
        let (name, name_range) = parts.next().unwrap_or(("", 0..0));
        let field = (!name.is_empty()).then(|| Spanned::new(name.to_string(), places.span(name_range)));
        let mut modifiers = Vec::new();
        for (index, (name, range)) in parts.enumerate() {
            let span = places.span(range);
            if index == MAX_MODIFIERS {
                self.diagnostics.push(messages::too_many_modifiers(span, MAX_MODIFIERS));
                break;
            }
            match Modifier::from_name(name) {
                Some(modifier) => modifiers.push(Spanned::new(modifier, span)),
                None => self.diagnostics.push(messages::unknown_modifier(span, name, Modifier::nearest(name))),
            }
        }
        let values = match &value.content {
            Content::List(items) => self.values(items),
            _ => self.values(std::slice::from_ref(value)),
        };
        if matches!(&value.content, Content::List(items) if items.is_empty()) {
            self.diagnostics.push(messages::empty_search(key.span, text));
        }
        let all = modifiers.iter().find(|modifier: &&Spanned<Modifier>| modifier.value == Modifier::All);
        let is_expanded = modifiers.iter().any(|modifier| modifier.value == Modifier::Expand);
        if let (Some(all), [_], false) = (all, values.as_slice(), is_expanded) {
            self.diagnostics.push(messages::all_of_one(all.span));
        }
        let span = key.span.to(value.span);
        Search::Field(FieldMatch { field, modifiers, values, span })
    }

    fn values(&mut self, items: &[Node]) -> Vec<Spanned<Value>> {
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            match &item.content {
                Content::Scalar { text, is_plain } => {
                    if *is_plain && scalar::is_date(text) {
                        self.diagnostics.push(messages::date(item.span));
                    }
                    values.push(Spanned::new(scalar::value(item, text, *is_plain), item.span));
                }
                _ => self.diagnostics.push(messages::wrong_type(item.span, "a value", "a single value", item.kind())),
            }
        }
        values
    }
}

/// The parts of a text between its `|`, with their places in it.
struct Parts<'a> {
    text: &'a str,
    offset: usize,
}

impl<'a> Iterator for Parts<'a> {
    type Item = (&'a str, std::ops::Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.offset;
        let rest = self.text.get(start..)?;
        let part = rest.split('|').next().unwrap_or(rest);
        let end = start + part.len();
        self.offset = end + 1;
        Some((part, start..end))
    }
}

/// Places within a scalar: exact where its text stands in the file as it is, else the whole scalar (escapes, folded lines).
pub(super) struct Within {
    whole: Span,
    start: Option<usize>,
}

impl Within {
    pub fn new(source: &Source, whole: Span, text: &str) -> Self {
        let start = source.slice(whole).find(text).map(|offset| whole.start as usize + offset);
        Within { whole, start }
    }

    pub fn span(&self, range: std::ops::Range<usize>) -> Span {
        match self.start {
            Some(start) => Span::new(start + range.start, start + range.end),
            None => self.whole,
        }
    }
}
