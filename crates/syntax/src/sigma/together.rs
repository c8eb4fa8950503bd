//! The extended condition of a temporal correlation: rules joined by `and`, `or`, `not` and parentheses.

use std::collections::HashMap;

use super::condition::lex;
use super::detection::Within;
use super::joined::{Names, Tokens};
use super::messages;
use super::tree::{Spanned, Together};
use super::yaml::Node;
use crate::nearest::nearest;
use crate::{Diagnostic, Source, Span};

/// `None` where it is wrong, which has been said. Where the correlation lists no rules, those of the condition are its rules.
pub(super) fn parse(
    source: &Source,
    node: &Node,
    rules: &mut Vec<Spanned<String>>,
    most: usize,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Together> {
    let text = node.scalar()?;
    let tokens = lex(text, &Within::new(source, node.span, text));
    let is_open = rules.is_empty();
    let used = vec![false; rules.len()];
    let places = rules.iter().enumerate().rev().map(|(index, rule)| (rule.value.clone(), index)).collect();
    let mut tokens = Tokens::new(tokens, node.span);
    let mut names = Rules { is_open, rules, places, used, named: 0, most, diagnostics };
    let tree = tokens.or(&mut names)?;
    if let Some((_, span)) = tokens.next() {
        names.say(messages::condition(span, "'and' or 'or' is missing before this", "unexpected"));
        return None;
    }
    let Rules { rules, used, diagnostics, .. } = names;
    for (rule, _) in rules.iter().zip(used).filter(|(_, used)| !used) {
        diagnostics.push(messages::rule_without_place(rule.span, &rule.value));
    }
    Some(tree)
}

/// Each is asked for in each window.
const MAX_NAMES: usize = 10_000;

/// The rules of a correlation, which its condition names.
struct Rules<'a> {
    /// Names are added to the rules.
    is_open: bool,
    rules: &'a mut Vec<Spanned<String>>,
    /// Where each name stands first.
    places: HashMap<String, usize>,
    used: Vec<bool>,
    /// Names that the condition has had so far.
    named: usize,
    /// Rules that may be added.
    most: usize,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Names for Rules<'_> {
    type Tree = Together;
    const ONE: &'static str = "rule";

    fn not(inner: Together) -> Together {
        Together::Not(Box::new(inner))
    }

    fn and(parts: Vec<Together>) -> Together {
        Together::And(parts)
    }

    fn or(parts: Vec<Together>) -> Together {
        Together::Or(parts)
    }

    fn say(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn named(&mut self, word: String, span: Span, _: &mut Tokens) -> Option<Together> {
        self.named += 1;
        if self.named > MAX_NAMES {
            self.say(messages::too_many_rules(span, MAX_NAMES));
            return None;
        }
        if let Some(index) = self.places.get(&word).copied() {
            if let Some(used) = self.used.get_mut(index) {
                *used = true;
            }
            return Some(Together::Rule(index));
        }
        if self.is_open {
            if self.rules.len() >= self.most {
                self.say(messages::too_many_rules(span, self.most));
                return None;
            }
            self.places.insert(word.clone(), self.rules.len());
            self.rules.push(Spanned::new(word, span));
            self.used.push(true);
            return Some(Together::Rule(self.rules.len() - 1));
        }
        let near = nearest(&word, self.rules.iter().map(|rule| rule.value.as_str())).map(str::to_string);
        self.say(messages::rule_not_listed(span, &word, near.as_deref()));
        None
    }
}
