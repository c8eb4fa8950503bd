//! Statements: `let`, `set`, functions, and the pipeline that is the query.

use super::{CHAIN, Parser};
use crate::kql::messages;
use crate::kql::token::{Kind, Sign};
use crate::kql::tree::{Expr, Function, Let, LetValue, Name, Parameter, ParameterKind, Pipeline, Query, Source};
use crate::span::Span;

impl Parser<'_> {
    pub(in crate::kql) fn query(&mut self) -> Query {
        let (lets, body) = self.statements();
        if *self.kind() != Kind::End {
            let diagnostic = messages::missing_semicolon(self.span(), &self.found());
            self.report(diagnostic);
        }
        if body.is_none() && self.diagnostics.is_empty() {
            let whole = Span::new(0, self.source.text().trim_end().len());
            self.diagnostics.push(messages::no_query(whole));
        }
        Query { lets, body }
    }

    /// Statements up to the end or a closing brace; the last one that gives rows is the body.
    fn statements(&mut self) -> (Vec<Let>, Option<Pipeline>) {
        let (mut lets, mut body) = (Vec::new(), None);
        loop {
            while self.eat(Sign::Semicolon) {}
            if matches!(self.kind(), Kind::End | Kind::Sign(Sign::CloseBrace)) {
                return (lets, body);
            }
            let before = self.at;
            match self.word() {
                "let" => lets.extend(self.let_statement()),
                "set" | "declare" | "alias" | "restrict" => self.skip_statement(),
                _ => {
                    if body.is_some() {
                        let diagnostic = messages::another_answer(self.span());
                        self.report(diagnostic);
                    }
                    body = self.nested(Self::pipeline);
                }
            }
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

    fn skip_statement(&mut self) {
        while !matches!(self.kind(), Kind::End | Kind::Sign(Sign::Semicolon)) {
            self.bump();
        }
    }

    fn let_statement(&mut self) -> Option<Let> {
        self.bump();
        let name = self.name("a name")?;
        self.expect(Sign::Assign, "'='");
        let value = if self.word() == "view" && self.is_at(1, Sign::OpenParen) || self.is_function() {
            self.eat_word("view");
            LetValue::Function(self.nested(Self::function)?)
        } else {
            LetValue::Value(self.nested(Self::pipeline)?)
        };
        Some(Let { name, value })
    }

    /// Whether the parenthesis here holds parameters: it is empty, or starts with `name:`, and a brace follows it.
    fn is_function(&self) -> bool {
        if !self.is(Sign::OpenParen) {
            return false;
        }
        let mut depth = 0;
        for ahead in 0.. {
            match self.kind_at(ahead) {
                Kind::Sign(Sign::OpenParen) => depth += 1,
                Kind::Sign(Sign::CloseParen) => {
                    depth -= 1;
                    if depth == 0 {
                        return self.is_at(ahead + 1, Sign::OpenBrace);
                    }
                }
                Kind::End | Kind::Sign(Sign::Semicolon) => return false,
                _ => {}
            }
        }
        false
    }

    fn function(&mut self) -> Function {
        let start = self.bump();
        let mut parameters = Vec::new();
        while !self.is(Sign::CloseParen) && *self.kind() != Kind::End {
            let Some(parameter) = self.parameter() else {
                break;
            };
            parameters.push(parameter);
            if !self.eat(Sign::Comma) {
                break;
            }
        }
        self.expect(Sign::CloseParen, "')'");
        self.expect(Sign::OpenBrace, "'{'");
        let (lets, body) = self.statements();
        self.expect(Sign::CloseBrace, "'}'");
        Function { parameters, lets, body, span: start.to(self.last_span()) }
    }

    fn parameter(&mut self) -> Option<Parameter> {
        let name = self.name("a parameter")?;
        self.expect(Sign::Colon, "':'");
        let kind = if self.eat(Sign::OpenParen) {
            while !matches!(self.kind(), Kind::End | Kind::Sign(Sign::CloseParen)) {
                self.bump();
            }
            self.expect(Sign::CloseParen, "')'");
            ParameterKind::Table
        } else {
            ParameterKind::Scalar(self.name("a type")?)
        };
        let default = self.eat(Sign::Assign).then(|| self.expression());
        Some(Parameter { name, kind, default })
    }

    /// A source and its operators.
    pub(super) fn pipeline(&mut self) -> Pipeline {
        let start = self.span();
        let source = self.tabular_source();
        let mut operators = Vec::new();
        while self.is(Sign::Pipe) {
            if operators.len() == CHAIN {
                let diagnostic = messages::too_long(self.span(), "operators", CHAIN);
                self.report(diagnostic);
                self.give_up();
                break;
            }
            self.bump();
            operators.push(self.operator());
        }
        Pipeline { source, operators, span: start.to(self.last_span()) }
    }

    fn tabular_source(&mut self) -> Source {
        let next_is_operand = matches!(self.kind_at(1), Kind::Name | Kind::Text(_) | Kind::Long(_) | Kind::Real(_));
        match self.word() {
            "union" if next_is_operand || self.is_at(1, Sign::OpenParen) => {
                self.bump();
                Source::Union(self.union())
            }
            "print" if !matches!(self.kind_at(1), Kind::Sign(Sign::Pipe | Sign::Assign | Sign::Dot) | Kind::End) => {
                self.bump();
                Source::Print(self.assignments())
            }
            "range" if *self.kind_at(1) == Kind::Name => {
                self.range().unwrap_or(Source::Expr(Expr::missing(self.span())))
            }
            "datatable" if self.is_at(1, Sign::OpenParen) => self.datatable(),
            "search" | "find"
                if next_is_operand || matches!(self.kind_at(1), Kind::Sign(Sign::OpenParen | Sign::Star)) =>
            {
                self.other_source()
            }
            "externaldata" | "evaluate" if !self.is_at(1, Sign::Pipe) => self.other_source(),
            _ => Source::Expr(self.expression()),
        }
    }

    fn other_source(&mut self) -> Source {
        let name = Name { text: self.word().to_string(), span: self.bump() };
        self.skip_operator();
        Source::Other(name)
    }

    fn range(&mut self) -> Option<Source> {
        self.bump();
        let column = self.name("a column name")?;
        self.expect_word("from");
        let from = self.expression();
        self.expect_word("to");
        let to = self.expression();
        let step = if self.eat_word("step") { self.expression() } else { Expr::missing(self.span()) };
        Some(Source::Range { column, from, to, step })
    }

    fn datatable(&mut self) -> Source {
        self.bump();
        self.bump();
        let mut columns = Vec::new();
        while !self.is(Sign::CloseParen) && *self.kind() != Kind::End {
            let Some(name) = self.name("a column name") else {
                break;
            };
            self.expect(Sign::Colon, "':'");
            let Some(kind) = self.name("a type") else {
                break;
            };
            columns.push((name, kind));
            if !self.eat(Sign::Comma) {
                break;
            }
        }
        self.expect(Sign::CloseParen, "')'");
        self.expect(Sign::OpenBracket, "'['");
        let mut values = Vec::new();
        while !self.is(Sign::CloseBracket) && *self.kind() != Kind::End {
            let before = self.at;
            values.push(self.expression());
            if !self.eat(Sign::Comma) || self.at == before {
                break;
            }
        }
        self.expect(Sign::CloseBracket, "']'");
        Source::Datatable { columns, values }
    }
}
