//! Placeholders: `%name%` in the values of fields with `expand`, and what stands for them in a place.

use std::collections::BTreeMap;

use super::modifier::Modifier;
use super::tree::{FieldMatch, Rule, Search, Spanned, Value};
use super::yaml::{self, Content, Node};
use super::{lex, messages};
use crate::{Diagnostic, Parsed, Source};

/// The values of placeholders, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Placeholders {
    values: BTreeMap<String, Vec<String>>,
}

/// Texts that one value may become, and their bytes.
const MAX_TEXTS: usize = 10_000;
const MAX_BYTES: usize = 4 << 20;

impl Placeholders {
    /// Reads a YAML map of names to a value or a list of values; the map may stand beneath `vars`, as in pySigma's pipelines.
    pub fn parse(source: &Source) -> Parsed<Self> {
        let mut diagnostics = Vec::new();
        let documents = yaml::documents(lex::lex(source, &mut diagnostics), &mut diagnostics);
        let mut tree = Placeholders::default();
        for document in &documents {
            tree.read(&document.root, &mut diagnostics);
        }
        Parsed { tree, diagnostics }
    }

    fn read(&mut self, document: &Node, diagnostics: &mut Vec<Diagnostic>) {
        let Content::Map(entries) = &document.content else {
            diagnostics.push(messages::wrong_type(document.span, "placeholders", "a map", document.kind()));
            return;
        };
        let vars = entries.iter().find(|(key, value)| key.scalar() == Some("vars") && value.scalar().is_none());
        let entries = match vars.map(|(_, value)| &value.content) {
            Some(Content::Map(inner)) => inner,
            _ => entries,
        };
        for (key, value) in entries {
            let Some(name) = key.scalar() else {
                diagnostics.push(messages::wrong_type(key.span, "a placeholder's name", "a text", key.kind()));
                continue;
            };
            let items = match &value.content {
                Content::List(items) => items.as_slice(),
                _ => std::slice::from_ref(value),
            };
            let mut values = Vec::with_capacity(items.len());
            if items.is_empty() {
                diagnostics.push(messages::wrong_type(value.span, name, "a value or a list", "an empty list"));
            }
            for item in items {
                // A name that stands for nothing would make a rule match nothing, or all.
                match item.scalar().filter(|_| !item.is_null()) {
                    Some(text) => values.push(text.to_string()),
                    None => diagnostics.push(messages::wrong_type(item.span, name, "a value or a list", item.kind())),
                }
            }
            if !values.is_empty() {
                self.values.insert(name.to_string(), values);
            }
        }
    }

    /// Puts values in the place of the rule's placeholders. Those without a value stay, and are refused where the rule is bound.
    /// `room` is how many bytes all rules may still get; where a value stands for too many texts the rule is left as it is.
    pub fn expand(&self, rule: &mut Rule, room: &mut usize) -> Result<(), Box<Diagnostic>> {
        if self.values.is_empty() {
            return Ok(());
        }
        rule.selections.iter_mut().try_for_each(|selection| self.search(&mut selection.search, room))
    }

    fn search(&self, search: &mut Search, room: &mut usize) -> Result<(), Box<Diagnostic>> {
        match search {
            Search::All(parts) | Search::Any(parts) => parts.iter_mut().try_for_each(|part| self.search(part, room)),
            Search::Field(found) if found.modifiers.iter().any(|modifier| modifier.value == Modifier::Expand) => {
                self.field(found, room)
            }
            Search::Field(_) => Ok(()),
        }
    }

    /// Values of one placeholder are alternatives; with `all` they all have to match, as pySigma has it.
    fn field(&self, found: &mut FieldMatch, room: &mut usize) -> Result<(), Box<Diagnostic>> {
        let mut expanded = Vec::with_capacity(found.values.len());
        let mut is_left = false;
        for value in &found.values {
            let Value::Text(text) = &value.value else {
                expanded.push(value.clone());
                continue;
            };
            match self.texts(text) {
                Ok(texts) => {
                    let bytes = texts.iter().map(|text| text.len() + size_of::<Spanned<Value>>()).sum();
                    *room = room.checked_sub(bytes).ok_or_else(|| Box::new(messages::too_many_texts(value.span)))?;
                    expanded.extend(texts.into_iter().map(|text| Spanned::new(Value::Text(text), value.span)));
                }
                Err(Unsaid::Missing) => {
                    is_left = true;
                    expanded.push(value.clone());
                }
                Err(Unsaid::TooMany) => return Err(Box::new(messages::too_many_texts(value.span))),
            }
        }
        found.values = expanded;
        // What is expanded is not to be looked at again: a value may hold a percent sign.
        if !is_left {
            found.modifiers.retain(|modifier| modifier.value != Modifier::Expand);
        }
        Ok(())
    }

    /// Every text that a value stands for.
    fn texts(&self, text: &str) -> Result<Vec<String>, Unsaid> {
        let mut texts = vec![String::new()];
        let mut rest = text;
        for (name, range) in names(text) {
            let start = range.start - (text.len() - rest.len());
            let before = rest.get(..start).unwrap_or("");
            let values = self.values.get(name).ok_or(Unsaid::Missing)?;
            let bytes = |texts: &[String]| texts.iter().map(String::len).sum::<usize>();
            let heads = bytes(&texts) + texts.len() * before.len();
            if texts.len() * values.len() > MAX_TEXTS || heads * values.len() + bytes(values) * texts.len() > MAX_BYTES
            {
                return Err(Unsaid::TooMany);
            }
            texts = texts
                .iter()
                .flat_map(|head| values.iter().map(move |value| format!("{head}{before}{value}")))
                .collect();
            rest = text.get(range.end..).unwrap_or("");
        }
        texts.iter_mut().for_each(|text| text.push_str(rest));
        Ok(texts)
    }
}

/// Why a value with placeholders has no texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unsaid {
    /// One of them has no value.
    Missing,
    TooMany,
}

/// The placeholders of a text with their places: names are not empty and hold no backslash.
pub fn names(text: &str) -> impl Iterator<Item = (&str, std::ops::Range<usize>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + text.get(at..)?.find('%')?;
            let end = start + 1 + text.get(start + 1..)?.find('%')?;
            let name = text.get(start + 1..end)?;
            if name.is_empty() || name.contains('\\') {
                at = start + 1;
                continue;
            }
            at = end + 1;
            return Some((name, start..end + 1));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_between_percent_signs() {
        let found = |text: &'static str| names(text).map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(found("%a% and %b c%"), ["a", "b c"]);
        assert_eq!(found("100%"), [""; 0]);
        assert_eq!(found("%%a%"), ["a"]);
        assert_eq!(found(r"%a\b%c%"), ["c"]);
    }

    // What pySigma's ValueListPlaceholderTransformation makes of them.
    #[test]
    fn every_value_is_put_in_the_place_of_its_name() {
        let source = Source::new("p.yml", "vars:\n  user: [adm, root]\n  host: 'srv*'\n");
        let parsed = Placeholders::parse(&source);
        assert_eq!(parsed.diagnostics, []);
        let texts = |text: &str| parsed.tree.texts(text);
        assert_eq!(texts(r"%host%\%user%!").unwrap(), [r"srv*\adm!", r"srv*\root!"]);
        assert_eq!(texts("%nobody% %user%"), Err(Unsaid::Missing));
        assert_eq!(texts("plain").unwrap(), ["plain"]);
        assert_eq!(texts(&"%user%".repeat(14)), Err(Unsaid::TooMany));
    }
}
