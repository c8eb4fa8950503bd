//! Pipelines: a source, and the operators that its rows pass.

use super::{CHAIN, Parser};
use crate::kql::messages;
use crate::kql::token::{Kind, Sign};
use crate::kql::tree::{Expr, ExternalData, Name, Operator, Pipeline, Source, Subquery, TextOperator};

impl Parser<'_> {
    pub(super) fn pipeline(&mut self) -> Pipeline {
        let start = self.span();
        let hints = std::mem::take(&mut self.hints);
        let takes_terms = std::mem::take(&mut self.takes_terms);
        let mut operators = Vec::new();
        let source = if self.is_headless() {
            let diagnostic = messages::operator_first(start, self.word(), self.is_in_braces());
            self.report(diagnostic);
            operators.push(self.operator());
            Source::Expr(Expr::missing(start))
        } else {
            self.tabular_source()
        };
        self.piped(&mut operators);
        (self.hints, self.takes_terms) = (hints, takes_terms);
        Pipeline { source, operators, span: start.to(self.last_span()) }
    }

    /// `( operator | operator … )`.
    pub(super) fn subquery(&mut self) -> Subquery {
        let start = self.span();
        let mut operators = Vec::new();
        if !self.expect(Sign::OpenParen, "'('") {
            return Subquery { operators, span: start };
        }
        self.nested(|parser| {
            let takes_terms = std::mem::take(&mut parser.takes_terms);
            if !parser.is(Sign::Pipe) {
                operators.push(parser.operator());
            }
            parser.piped(&mut operators);
            parser.takes_terms = takes_terms;
        });
        self.expect(Sign::CloseParen, "')'");
        Subquery { operators, span: start.to(self.last_span()) }
    }

    fn piped(&mut self, operators: &mut Vec<Operator>) {
        while self.is(Sign::Pipe) {
            if operators.len() >= CHAIN {
                let diagnostic = messages::too_long(self.span(), "operators", CHAIN);
                self.report(diagnostic);
                self.give_up();
                return;
            }
            self.bump();
            operators.push(self.operator());
        }
    }

    /// Whether an operator stands where its rows should.
    fn is_headless(&self) -> bool {
        const OPERATORS: [&str; 10] =
            ["where", "filter", "extend", "project", "summarize", "take", "limit", "top", "distinct", "mvexpand"];
        let next = self.word_at(1);
        match self.word() {
            "sort" | "order" => next == "by",
            word if OPERATORS.contains(&word) => match self.kind_at(1) {
                Kind::Text(_) | Kind::Long(_) => true,
                Kind::Name => !is_infix(next),
                _ => false,
            },
            _ => false,
        }
    }

    fn is_in_braces(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        before.is_some_and(|token| token.kind == Kind::Sign(Sign::OpenBrace))
    }

    fn tabular_source(&mut self) -> Source {
        let next_is_operand = matches!(self.kind_at(1), Kind::Name | Kind::Text(_) | Kind::Long(_) | Kind::Real(_));
        let next_opens = matches!(self.kind_at(1), Kind::Sign(Sign::OpenParen | Sign::Star));
        let next_is_quoted = self.is_at(1, Sign::OpenBracket) && matches!(self.kind_at(2), Kind::Text(_));
        match self.word() {
            "union" if next_is_operand || next_opens => {
                self.bump();
                Source::Union(self.union())
            }
            "print" if !matches!(self.kind_at(1), Kind::Sign(Sign::Pipe | Sign::Assign | Sign::Dot) | Kind::End) => {
                self.bump();
                Source::Print(self.assignments())
            }
            "range" if *self.kind_at(1) == Kind::Name || next_is_quoted => {
                self.range().unwrap_or(Source::Expr(Expr::missing(self.span())))
            }
            "datatable" if self.is_at(1, Sign::OpenParen) => self.datatable(),
            "externaldata" | "external_data" if self.is_at(1, Sign::OpenParen) => {
                Source::ExternalData(self.external_data())
            }
            "search" if next_is_operand || next_opens => {
                self.bump();
                Source::Search(self.search())
            }
            "find" if next_is_operand || next_opens => {
                self.bump();
                Source::Find(self.find())
            }
            "evaluate" if *self.kind_at(1) == Kind::Name => {
                self.bump();
                self.evaluate().map_or(Source::Expr(Expr::missing(self.span())), Source::Evaluate)
            }
            "macro" if self.is_at(1, Sign::Minus) && self.word_at(2) == "expand" => self.macro_expand(),
            _ => Source::Expr(self.expression()),
        }
    }

    fn macro_expand(&mut self) -> Source {
        let start = self.bump();
        self.bump();
        let span = start.to(self.bump());
        self.skip_operator();
        Source::Other(Name { text: "macro-expand".to_string(), span })
    }

    fn range(&mut self) -> Option<Source> {
        self.bump();
        let column = self.name("a column name")?;
        self.expect_word("from");
        let from = self.expression();
        self.expect_word("to");
        let to = self.expression();
        self.expect_word("step");
        Some(Source::Range { column, from, to, step: self.expression() })
    }

    fn datatable(&mut self) -> Source {
        self.bump();
        let columns = self.parenthesized(Self::typed_name);
        Source::Datatable { columns, values: self.bracketed() }
    }

    fn external_data(&mut self) -> ExternalData {
        let start = self.bump();
        let columns = self.parenthesized(Self::typed_name);
        let addresses = self.bracketed();
        let properties = if self.eat_word("with") { self.properties() } else { Vec::new() };
        ExternalData { columns, addresses, properties, span: start.to(self.last_span()) }
    }

    /// Values in square brackets; a comma may stand behind the last.
    fn bracketed(&mut self) -> Vec<Expr> {
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
        values
    }
}

/// Whether a word stands behind an operand: what is before it is a column then, whatever it is called.
fn is_infix(word: &str) -> bool {
    TextOperator::from_word(word).is_some()
        || matches!(
            word,
            "and"
                | "or"
                | "in"
                | "in~"
                | "between"
                | "by"
                | "on"
                | "asc"
                | "desc"
                | "nulls"
                | "of"
                | "to"
                | "from"
                | "step"
                | "with"
        )
}
