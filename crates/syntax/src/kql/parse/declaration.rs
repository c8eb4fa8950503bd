//! `set`, `declare`, `alias` and `restrict`.

use super::Parser;
use super::statement::Statements;
use crate::kql::token::{Kind, Sign};
use crate::kql::tree::{Declaration, Expr, PatternCase, PatternDeclaration, Pipeline};

impl Parser<'_> {
    pub(super) fn set_statement(&mut self) -> Option<Declaration> {
        self.bump();
        let name = self.name("an option")?;
        let value = self.eat(Sign::Assign).then(|| self.expression());
        Some(Declaration::Set { name, value })
    }

    pub(super) fn declare_statement(&mut self) -> Option<Declaration> {
        self.bump();
        match self.word() {
            "query_parameters" => {
                self.bump();
                Some(Declaration::QueryParameters(self.parenthesized(Self::parameter)))
            }
            "pattern" => {
                self.bump();
                self.pattern_declaration().map(Declaration::Pattern)
            }
            _ => {
                self.expected("'query_parameters' or 'pattern'");
                None
            }
        }
    }

    pub(super) fn alias_statement(&mut self) -> Option<Declaration> {
        self.bump();
        self.expect_word("database");
        let name = self.name("a name")?;
        self.expect(Sign::Assign, "'='");
        Some(Declaration::Alias { name, database: self.expression() })
    }

    pub(super) fn restrict_statement(&mut self) -> Option<Declaration> {
        self.bump();
        self.expect_word("access");
        self.expect_word("to");
        let tables = self.parenthesized(Self::table_name);
        if self.eat_word("with") {
            self.properties();
        }
        Some(Declaration::Restrict(tables))
    }

    fn pattern_declaration(&mut self) -> Option<PatternDeclaration> {
        let name = self.name("a name")?;
        let mut pattern = PatternDeclaration { name, parameters: Vec::new(), path: None, cases: Vec::new() };
        if !self.eat(Sign::Assign) {
            return Some(pattern);
        }
        pattern.parameters = self.parenthesized(Self::typed_name);
        if self.eat(Sign::OpenBracket) {
            pattern.path = self.typed_name();
            self.expect(Sign::CloseBracket, "']'");
        }
        self.expect(Sign::OpenBrace, "'{'");
        while self.is(Sign::OpenParen) {
            pattern.cases.push(self.pattern_case());
            while self.eat(Sign::Semicolon) {}
        }
        self.expect(Sign::CloseBrace, "'}'");
        Some(pattern)
    }

    fn pattern_case(&mut self) -> PatternCase {
        let arguments = self.parenthesized(|parser| Some(parser.expression()));
        let path = self.eat(Sign::Dot).then(|| self.pattern_path());
        self.expect(Sign::Assign, "'='");
        self.expect(Sign::OpenBrace, "'{'");
        let body = self.nested(|parser| parser.case_body()).flatten();
        self.expect(Sign::CloseBrace, "'}'");
        PatternCase { arguments, path, body }
    }

    fn case_body(&mut self) -> Option<Pipeline> {
        let Statements { body, .. } = self.statements();
        body
    }

    fn pattern_path(&mut self) -> Expr {
        self.expect(Sign::OpenBracket, "'['");
        let path = if matches!(self.kind(), Kind::Sign(Sign::CloseBracket)) {
            Expr::missing(self.span())
        } else {
            self.expression()
        };
        self.expect(Sign::CloseBracket, "']'");
        path
    }
}
