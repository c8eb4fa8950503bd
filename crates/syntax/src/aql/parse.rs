//! The parser: tokens to a tree, by recursive descent. It never stops at an error and never nests deeper than its limits.

mod clauses;
mod expression;
mod parameters;
mod primary;
mod select;
mod session;
mod time_range;

pub use clauses::clauses;
pub use expression::operators;

use super::lex::lex;
use super::messages;
use super::token::{Kind, Token};
use super::tree::Query;
use crate::{Diagnostic, Parsed, Source, Span};

/// Reads a query.
pub fn parse(source: &Source) -> Parsed<Query> {
    let (tokens, diagnostics) = lex(source);
    let mut parser = Parser { source, tokens, at: 0, depth: 0, operators: 0, diagnostics, has_given_up: false };
    let selects = parser.query();
    Parsed { tree: Query { selects }, diagnostics: parser.diagnostics }
}

/// Levels of parentheses, functions, CASE and subqueries.
const MAX_DEPTH: usize = 200;
/// Arithmetic operators nest to the left without parentheses, so that their number bounds the tree's depth.
const MAX_OPERATORS: usize = 500;
const MAX_ERRORS: usize = 50;
const MAX_STATEMENTS: usize = 100;

struct Parser<'a> {
    source: &'a Source,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    operators: usize,
    diagnostics: Vec<Diagnostic>,
    has_given_up: bool,
}

impl Parser<'_> {
    fn kind(&self) -> &Kind {
        self.tokens.get(self.at).map_or(&Kind::End, |token| &token.kind)
    }

    fn kind_after(&self, count: usize) -> &Kind {
        self.tokens.get(self.at + count).map_or(&Kind::End, |token| &token.kind)
    }

    fn span(&self) -> Span {
        let last = self.tokens.last().map_or(Span::default(), |token| token.span);
        self.tokens.get(self.at).map_or(last, |token| token.span)
    }

    /// The place of the token before this one.
    fn span_before(&self) -> Span {
        self.at.checked_sub(1).and_then(|before| self.tokens.get(before)).map_or(Span::default(), |token| token.span)
    }

    fn bump(&mut self) {
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
    }

    fn is_at_end(&self) -> bool {
        *self.kind() == Kind::End
    }

    fn is_symbol(&self, wanted: &str) -> bool {
        matches!(self.kind(), Kind::Symbol(symbol) if *symbol == wanted)
    }

    fn eat_symbol(&mut self, wanted: &str) -> bool {
        let found = self.is_symbol(wanted);
        if found {
            self.bump();
        }
        found
    }

    fn expect_symbol(&mut self, wanted: &str) -> bool {
        let found = self.eat_symbol(wanted);
        if !found {
            self.expected(&format!("'{wanted}'"));
        }
        found
    }

    /// Whether an unquoted word stands here, whatever its case.
    fn is_word(&self, wanted: &str) -> bool {
        is_word(self.kind(), wanted)
    }

    fn eat_word(&mut self, wanted: &str) -> bool {
        let found = self.is_word(wanted);
        if found {
            self.bump();
        }
        found
    }

    fn expect_word(&mut self, wanted: &str) -> bool {
        let found = self.eat_word(wanted);
        if !found {
            self.expected(wanted);
        }
        found
    }

    /// The text of an unquoted word here, in upper case.
    fn upper_word(&self) -> Option<String> {
        match self.kind() {
            Kind::Word(word) => Some(word.to_uppercase()),
            _ => None,
        }
    }

    /// What stands here, for a message.
    fn found(&self) -> String {
        match self.kind() {
            Kind::End => "the end of the query".to_string(),
            _ => {
                let text = self.source.slice(self.span());
                let short: String = text.chars().take(40).collect();
                format!("'{short}'")
            }
        }
    }

    fn expected(&mut self, wanted: &str) {
        let message = messages::expected(self.span(), wanted, &self.found());
        self.report(message);
    }

    /// Columns whose names begin with a control character are the engine's own.
    fn check_name(&mut self, name: &str, span: Span) {
        if name.contains(char::is_control) {
            self.report(messages::control_in_name(span));
        }
    }

    /// One error a place: what follows from the first is not worth a second.
    fn report(&mut self, diagnostic: Diagnostic) {
        let is_echo = |last: &Diagnostic| last.is_error() && last.span.start == diagnostic.span.start;
        if self.has_given_up || (diagnostic.is_error() && self.diagnostics.iter().any(is_echo)) {
            return;
        }
        self.diagnostics.push(diagnostic);
        if self.diagnostics.len() >= MAX_ERRORS {
            self.give_up(messages::many_errors(self.span()));
        }
    }

    /// Reads no further.
    fn give_up(&mut self, reason: Diagnostic) {
        if !self.has_given_up {
            self.has_given_up = true;
            self.diagnostics.push(reason);
        }
        self.at = self.tokens.len().saturating_sub(1);
    }

    /// One level deeper; `None` where that is too deep.
    fn nested<T>(&mut self, then: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            self.give_up(messages::too_deep(self.span()));
            return None;
        }
        self.depth += 1;
        let result = then(self);
        self.depth -= 1;
        Some(result)
    }
}

fn is_word(kind: &Kind, wanted: &str) -> bool {
    matches!(kind, Kind::Word(word) if word.eq_ignore_ascii_case(wanted))
}

/// Words that end an expression or a bare alias: none of them names a field unless it is quoted.
const RESERVED: [&str; 39] = [
    "SELECT",
    "DISTINCT",
    "FROM",
    "INTO",
    "WHERE",
    "GROUP",
    "HAVING",
    "ORDER",
    "LIMIT",
    "LAST",
    "START",
    "STOP",
    "PARAMETERS",
    "SESSION",
    "BY",
    "AS",
    "AND",
    "OR",
    "NOT",
    "LIKE",
    "ILIKE",
    "MATCHES",
    "IMATCHES",
    "IN",
    "BETWEEN",
    "IS",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "IF",
    "ASC",
    "DESC",
    "COLLATE",
    "JOIN",
    "UNION",
    "INTERSECT",
    "EXCEPT",
];

fn is_reserved(word: &str) -> bool {
    RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests;
