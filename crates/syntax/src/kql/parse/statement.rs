//! Statements, divided by semicolons: lets, declarations, and the pipeline that is the query.

use super::Parser;
use crate::kql::messages;
use crate::kql::token::{Kind, Sign};
use crate::kql::tree::{Declaration, Let, LetValue, Pipeline, Query};
use crate::span::Span;

/// What was read of a query or of a function's body.
#[derive(Default)]
pub(super) struct Statements {
    pub lets: Vec<Let>,
    pub declarations: Vec<Declaration>,
    pub body: Option<Pipeline>,
}

impl Parser<'_> {
    pub(in crate::kql) fn query(&mut self) -> Query {
        let Statements { lets, declarations, body } = self.statements();
        if *self.kind() != Kind::End {
            let diagnostic = messages::missing_semicolon(self.span(), &self.found());
            self.report(diagnostic);
        }
        if body.is_none() && self.diagnostics.is_empty() {
            let whole = Span::new(0, self.source.text().trim_end().len());
            self.diagnostics.push(messages::no_query(whole));
        }
        Query { lets, declarations, body }
    }

    /// Statements up to the end or a closing brace; the last one that gives rows is the body.
    pub(super) fn statements(&mut self) -> Statements {
        let mut read = Statements::default();
        loop {
            while self.eat(Sign::Semicolon) {}
            if matches!(self.kind(), Kind::End | Kind::Sign(Sign::CloseBrace)) {
                return read;
            }
            let before = self.at;
            self.statement(&mut read);
            if self.is(Sign::CloseBrace) || *self.kind() == Kind::End {
                continue;
            }
            if !self.is(Sign::Semicolon) {
                let diagnostic = messages::missing_semicolon(self.span(), &self.found());
                self.report(diagnostic);
                self.skip_statement();
            }
            if self.at == before {
                self.bump();
            }
        }
    }

    fn statement(&mut self, read: &mut Statements) {
        // Every one of these words may also name a table; then a pipe or nothing follows it.
        let is_word = *self.kind_at(1) == Kind::Name || self.is_at(1, Sign::OpenBracket);
        match self.word() {
            "let" if is_word => read.lets.extend(self.let_statement()),
            "set" if is_word => read.declarations.extend(self.set_statement()),
            "declare" if is_word => read.declarations.extend(self.declare_statement()),
            "alias" if is_word => read.declarations.extend(self.alias_statement()),
            "restrict" if is_word => read.declarations.extend(self.restrict_statement()),
            _ => {
                if read.body.is_some() {
                    let diagnostic = messages::another_answer(self.span());
                    self.report(diagnostic);
                }
                read.body = self.nested(Self::pipeline);
            }
        }
    }

    fn skip_statement(&mut self) {
        while !matches!(self.kind(), Kind::End | Kind::Sign(Sign::Semicolon)) {
            self.bump();
        }
    }

    fn let_statement(&mut self) -> Option<Let> {
        self.bump();
        let name = self.name("a name")?;
        self.expect(Sign::Assign, "'='");
        let is_view = self.word() == "view" && self.is_at(1, Sign::OpenParen);
        let value = if is_view || self.is_function() {
            LetValue::Function(self.nested(Self::function)?)
        } else {
            LetValue::Value(self.nested(Self::pipeline)?)
        };
        Some(Let { name, value })
    }
}
