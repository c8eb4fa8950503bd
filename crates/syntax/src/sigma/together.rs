//! The extended condition of a temporal correlation: rules joined by `and`, `or`, `not` and parentheses.

use super::condition::{Token, lex};
use super::detection::Within;
use super::messages;
use super::tree::{Spanned, Together};
use super::yaml::Node;
use crate::nearest::nearest;
use crate::{Diagnostic, Source, Span};

/// Parentheses within each other.
const MAX_DEPTH: usize = 100;

/// `None` where it is wrong, which has been said. Where the correlation lists no rules, those of the condition are its rules.
pub(super) fn parse(
    source: &Source,
    node: &Node,
    rules: &mut Vec<Spanned<String>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Together> {
    let text = node.scalar()?;
    let tokens = lex(text, &Within::new(source, node.span, text));
    let is_open = rules.is_empty();
    let used = vec![false; rules.len()];
    let mut parser = Parser { tokens, at: 0, end: node.span, depth: 0, is_open, rules, used, diagnostics };
    let tree = parser.or()?;
    if let Some((_, span)) = parser.next() {
        return parser.refuse(messages::condition(span, "'and' or 'or' is missing before this", "unexpected"));
    }
    let (used, rules, diagnostics) = (parser.used, parser.rules, parser.diagnostics);
    for (rule, _) in rules.iter().zip(used).filter(|(_, used)| !used) {
        diagnostics.push(messages::rule_without_place(rule.span, &rule.value));
    }
    Some(tree)
}

struct Parser<'a> {
    tokens: Vec<(Token, Span)>,
    at: usize,
    end: Span,
    depth: usize,
    /// Names are added to the rules.
    is_open: bool,
    rules: &'a mut Vec<Spanned<String>>,
    used: Vec<bool>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Parser<'_> {
    fn or(&mut self) -> Option<Together> {
        let mut parts = vec![self.and()?];
        while self.eat(&Token::Or) {
            parts.push(self.and()?);
        }
        Some(if parts.len() == 1 { parts.remove(0) } else { Together::Or(parts) })
    }

    fn and(&mut self) -> Option<Together> {
        let mut parts = vec![self.not()?];
        while self.eat(&Token::And) {
            parts.push(self.not()?);
        }
        Some(if parts.len() == 1 { parts.remove(0) } else { Together::And(parts) })
    }

    fn not(&mut self) -> Option<Together> {
        let mut is_negated = false;
        while self.eat(&Token::Not) {
            is_negated = !is_negated;
        }
        let inner = self.primary()?;
        Some(if is_negated { Together::Not(Box::new(inner)) } else { inner })
    }

    fn primary(&mut self) -> Option<Together> {
        match self.next() {
            Some((Token::Open, span)) => {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return self.refuse(messages::too_deep(span, MAX_DEPTH));
                }
                let inner = self.or()?;
                self.depth -= 1;
                if !self.eat(&Token::Close) {
                    return self.refuse(messages::condition(span, "this parenthesis is never closed", "opened here"));
                }
                Some(inner)
            }
            Some((Token::Word(word), span)) => self.rule(word, span),
            Some((_, span)) => self.refuse(messages::condition(span, "a rule is missing before this", "unexpected")),
            None => self.refuse(messages::condition(self.end, "the condition ends too early", "a rule is missing")),
        }
    }

    fn rule(&mut self, word: String, span: Span) -> Option<Together> {
        if let Some(index) = self.rules.iter().position(|rule| rule.value == word) {
            if let Some(used) = self.used.get_mut(index) {
                *used = true;
            }
            return Some(Together::Rule(index));
        }
        if self.is_open {
            self.rules.push(Spanned::new(word, span));
            self.used.push(true);
            return Some(Together::Rule(self.rules.len() - 1));
        }
        let near = nearest(&word, self.rules.iter().map(|rule| rule.value.as_str())).map(str::to_string);
        self.refuse(messages::rule_not_listed(span, &word, near.as_deref()))
    }

    fn next(&mut self) -> Option<(Token, Span)> {
        let token = self.tokens.get(self.at).cloned();
        self.at += usize::from(token.is_some());
        token
    }

    fn eat(&mut self, wanted: &Token) -> bool {
        let eaten = self.tokens.get(self.at).is_some_and(|(token, _)| token == wanted);
        self.at += usize::from(eaten);
        eaten
    }

    fn refuse(&mut self, diagnostic: Diagnostic) -> Option<Together> {
        self.diagnostics.push(diagnostic);
        None
    }
}
