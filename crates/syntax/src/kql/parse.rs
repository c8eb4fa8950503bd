//! The parser of KQL: recursive descent over tokens, loops over chains. It never stops at the first error: a broken operator is
//! skipped up to the next pipe.

mod declaration;
mod dynamic;
mod expression;
mod function;
mod operator;
mod primary;
mod slip;
mod source;
mod statement;

use crate::diagnostic::Diagnostic;
use crate::kql::lex::lex;
use crate::kql::messages;
use crate::kql::token::{Kind, Sign, Token};
use crate::kql::tree::{Expr, Name, Setting};
use crate::source::Source;
use crate::span::Span;

pub(super) use operator::OPERATORS;

/// How deep parentheses, calls and subqueries may nest.
const DEPTH: usize = 200;
/// How many arithmetic operators or pipes may stand in a row.
const CHAIN: usize = 1000;
/// How many faults are reported of one text.
pub(super) const DIAGNOSTICS: usize = 100;

pub(super) struct Parser<'s> {
    source: &'s Source,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    /// The hints of the operator that is being read.
    hints: Vec<Setting>,
    /// In the condition of a search, where `column:term` may stand.
    takes_terms: bool,
    /// In the condition of `where`, where `=` can only be a slip.
    is_in_condition: bool,
    /// The rest of the text was given up: what is missing from now on is no news.
    has_given_up: bool,
    diagnostics: Vec<Diagnostic>,
}

impl<'s> Parser<'s> {
    pub(super) fn new(source: &'s Source) -> Self {
        let (tokens, diagnostics) = lex(source);
        Parser {
            source,
            tokens,
            at: 0,
            depth: 0,
            hints: Vec::new(),
            takes_terms: false,
            is_in_condition: false,
            has_given_up: false,
            diagnostics,
        }
    }

    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
        self.diagnostics
    }

    /// An expression and nothing after it.
    pub(super) fn whole_expression(&mut self) -> Expr {
        let expr = self.expression();
        if *self.kind() != Kind::End {
            let diagnostic = messages::expected(self.span(), "the end of the expression", &self.found());
            self.report(diagnostic);
        }
        expr
    }

    fn kind(&self) -> &Kind {
        self.tokens.get(self.at).map_or(&Kind::End, |token| &token.kind)
    }

    fn kind_at(&self, ahead: usize) -> &Kind {
        self.tokens.get(self.at + ahead).map_or(&Kind::End, |token| &token.kind)
    }

    fn span(&self) -> Span {
        self.span_at(0)
    }

    fn span_at(&self, ahead: usize) -> Span {
        let end = Span::at(self.source.text().len());
        self.tokens.get(self.at + ahead).map_or(end, |token| token.span)
    }

    /// The place of the token before this one.
    fn last_span(&self) -> Span {
        let last = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        last.map_or(Span::at(0), |token| token.span)
    }

    fn bump(&mut self) -> Span {
        let span = self.span();
        if *self.kind() != Kind::End {
            self.at += 1;
        }
        span
    }

    /// The word that stands here, empty where none does.
    fn word(&self) -> &'s str {
        self.word_at(0)
    }

    fn word_at(&self, ahead: usize) -> &'s str {
        match self.kind_at(ahead) {
            Kind::Name | Kind::NotName => self.source.slice(self.span_at(ahead)),
            _ => "",
        }
    }

    fn is(&self, sign: Sign) -> bool {
        self.is_at(0, sign)
    }

    fn is_at(&self, ahead: usize, sign: Sign) -> bool {
        *self.kind_at(ahead) == Kind::Sign(sign)
    }

    fn eat(&mut self, sign: Sign) -> bool {
        let eaten = self.is(sign);
        if eaten {
            self.bump();
        }
        eaten
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let eaten = self.word() == word;
        if eaten {
            self.bump();
        }
        eaten
    }

    /// Steps over a sign, or says that it is missing.
    fn expect(&mut self, sign: Sign, spelled: &str) -> bool {
        let eaten = self.eat(sign);
        if !eaten {
            self.expected(spelled);
        }
        eaten
    }

    fn expect_word(&mut self, word: &str) -> bool {
        let eaten = self.eat_word(word);
        if !eaten {
            self.expected(&format!("'{word}'"));
        }
        eaten
    }

    fn expected(&mut self, wanted: &str) {
        let mut diagnostic = messages::expected(self.span(), wanted, &self.found());
        diagnostic.help = self.slip();
        self.report(diagnostic);
    }

    fn missing(&mut self, wanted: &str) {
        let diagnostic = messages::missing(self.span(), wanted, &self.found());
        self.report(diagnostic);
    }

    fn found(&self) -> String {
        match self.kind() {
            Kind::End => "the end of the query".to_string(),
            _ => format!("'{}'", self.source.slice(self.span()).chars().take(40).collect::<String>()),
        }
    }

    /// One place gets one error: what follows from it is not news.
    fn report(&mut self, diagnostic: Diagnostic) {
        let is_known = self
            .diagnostics
            .iter()
            .any(|known| known.span.start == diagnostic.span.start && known.severity >= diagnostic.severity);
        let is_after_broken = matches!(self.kind(), Kind::Broken);
        if !is_known && !is_after_broken && !self.has_given_up && self.diagnostics.len() < DIAGNOSTICS {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Runs a nested rule, or refuses to go deeper: then the rest of the text is given up.
    fn nested<T>(&mut self, rule: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= DEPTH {
            let diagnostic = messages::too_deep(self.span(), DEPTH);
            self.report(diagnostic);
            self.give_up();
            return None;
        }
        self.depth += 1;
        let result = rule(self);
        self.depth -= 1;
        Some(result)
    }

    fn give_up(&mut self) {
        self.at = self.tokens.len().saturating_sub(1);
        self.has_given_up = true;
    }

    /// A name, plain or quoted as `['name']`.
    fn name(&mut self, wanted: &str) -> Option<Name> {
        let name = self.try_name();
        if name.is_none() {
            self.missing(wanted);
        }
        name
    }

    fn try_name(&mut self) -> Option<Name> {
        if let (Kind::Sign(Sign::OpenBracket), Kind::Text(text), Kind::Sign(Sign::CloseBracket)) =
            (self.kind(), self.kind_at(1), self.kind_at(2))
        {
            let text = text.clone();
            let span = self.span().to(self.span_at(2));
            self.at += 3;
            self.check_name(&text, span);
            return Some(Name { text, span });
        }
        if *self.kind() != Kind::Name {
            return None;
        }
        let text = self.word().to_string();
        Some(Name { text, span: self.bump() })
    }

    /// Columns whose names begin with a control character are the engine's own.
    fn check_name(&mut self, name: &str, span: Span) {
        if name.contains(char::is_control) {
            self.report(messages::control_in_name(span));
        }
    }

    /// How many tokens the name here has, 0 where none stands here.
    fn name_length(&self) -> usize {
        match (self.kind(), self.kind_at(1), self.kind_at(2)) {
            (Kind::Name, _, _) => 1,
            (Kind::Sign(Sign::OpenBracket), Kind::Text(_), Kind::Sign(Sign::CloseBracket)) => 3,
            _ => 0,
        }
    }

    /// Items divided by commas, in parentheses; there may be none, and a comma behind the last.
    fn parenthesized<T>(&mut self, mut item: impl FnMut(&mut Self) -> Option<T>) -> Vec<T> {
        self.expect(Sign::OpenParen, "'('");
        let mut items = Vec::new();
        while !matches!(self.kind(), Kind::End | Kind::Sign(Sign::CloseParen)) {
            items.extend(item(self));
            if !self.eat(Sign::Comma) {
                break;
            }
        }
        self.expect(Sign::CloseParen, "')'");
        items
    }

    /// Items divided by commas.
    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Option<T>) -> Vec<T> {
        let mut items = Vec::new();
        loop {
            items.extend(item(self));
            if !self.eat(Sign::Comma) {
                return items;
            }
        }
    }
}
