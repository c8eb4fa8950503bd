//! The operands of expressions: literals, fields, calls, CASE, IF and parentheses.

use super::expression::missing;
use super::{Parser, is_reserved};
use crate::Span;
use crate::aql::messages;
use crate::aql::token::Kind;
use crate::aql::tree::{Call, Expr, ExprKind, Name};

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Expr {
        let span = self.span();
        let kind = match self.kind() {
            Kind::Text(text) => ExprKind::Text(text.clone()),
            Kind::Long(value) => ExprKind::Long(*value),
            Kind::Real(value) => ExprKind::Real(*value),
            Kind::Quoted(name) => ExprKind::Field(name.clone()),
            Kind::Symbol("(") => return self.parenthesised(),
            Kind::Word(word) => {
                let word = word.clone();
                return self.word(word);
            }
            _ => {
                self.expected("a value");
                return missing(span);
            }
        };
        if let ExprKind::Field(name) = &kind {
            self.check_name(name, span);
        }
        self.bump();
        Expr { kind, span }
    }

    fn parenthesised(&mut self) -> Expr {
        let start = self.span();
        self.bump();
        if self.is_word("SELECT") {
            self.report(messages::not_aql(start, "query in the place of a value"));
            self.skip_to_closing();
            return missing(start);
        }
        let inner = self.expr();
        self.expect_symbol(")");
        Expr { kind: inner.kind, span: start.to(self.span_before()) }
    }

    fn word(&mut self, word: String) -> Expr {
        let span = self.span();
        let is_call = *self.kind_after(1) == Kind::Symbol("(");
        let upper = word.to_uppercase();
        let literal = match upper.as_str() {
            "CASE" => return self.case(),
            "IF" if !is_call || self.is_if_with_parentheses() => return self.if_then_else(),
            "EXISTS" if is_call => {
                self.report(messages::not_aql(span, "EXISTS"));
                self.bump();
                self.bump();
                self.skip_to_closing();
                return missing(span);
            }
            "TEXT" if super::is_word(self.kind_after(1), "SEARCH") => return self.text_search(),
            // FIRST and LAST are functions where a parenthesis follows.
            _ if is_call && (!is_reserved(&word) || upper == "LAST") => return self.call(word),
            "TRUE" => ExprKind::Bool(true),
            "FALSE" => ExprKind::Bool(false),
            "NULL" => ExprKind::Null,
            _ if is_reserved(&word) => {
                self.report(messages::reserved(span, &word));
                return missing(span);
            }
            _ => ExprKind::Field(word),
        };
        self.bump();
        Expr { kind: literal, span }
    }

    /// `IF (a = b) THEN …`: the parenthesis belongs to the condition, not to a call.
    fn is_if_with_parentheses(&self) -> bool {
        let mut open = 0_usize;
        for (place, token) in self.tokens.iter().enumerate().skip(self.at + 1) {
            match &token.kind {
                Kind::Symbol("(") => open += 1,
                Kind::Symbol(")") => {
                    open -= 1;
                    if open == 0 {
                        let next = self.tokens.get(place + 1).map(|token| &token.kind);
                        return !matches!(next, Some(Kind::Symbol("," | ")") | Kind::End) | None);
                    }
                }
                Kind::End => return false,
                _ => {}
            }
        }
        false
    }

    fn call(&mut self, word: String) -> Expr {
        let start = self.span();
        self.bump();
        self.bump();
        let mut call = Call { name: Name { text: word, span: start }, args: Vec::new(), star: false, distinct: None };
        if self.is_symbol("*") && *self.kind_after(1) == Kind::Symbol(")") {
            self.bump();
            call.star = true;
        } else if !self.is_symbol(")") {
            if self.is_word("DISTINCT") {
                call.distinct = Some(self.span());
                self.bump();
            }
            call.args = self.arguments(call.name.text.eq_ignore_ascii_case("CAST"));
        }
        self.expect_symbol(")");
        if self.is_word("OVER") {
            self.report(messages::not_aql(self.span(), "OVER"));
            self.bump();
            if self.eat_symbol("(") {
                self.skip_to_closing();
            }
        }
        Expr { kind: ExprKind::Call(call), span: start.to(self.span_before()) }
    }

    /// `CAST(x AS LONG)` has its type as a second argument.
    fn arguments(&mut self, is_cast: bool) -> Vec<Expr> {
        let mut args = vec![self.expr()];
        while self.eat_symbol(",") || (is_cast && self.eat_word("AS")) {
            args.push(self.expr());
        }
        args
    }

    fn case(&mut self) -> Expr {
        let start = self.span();
        self.bump();
        let subject = if self.is_word("WHEN") { None } else { Some(Box::new(self.expr())) };
        let mut branches = Vec::new();
        while self.eat_word("WHEN") {
            let when = self.expr();
            self.expect_word("THEN");
            branches.push((when, self.expr()));
        }
        if branches.is_empty() {
            self.expected("WHEN");
        }
        let otherwise = if self.eat_word("ELSE") { Some(Box::new(self.expr())) } else { None };
        self.expect_word("END");
        self.finish(start, ExprKind::Case { subject, branches, otherwise })
    }

    fn if_then_else(&mut self) -> Expr {
        let start = self.span();
        self.bump();
        let condition = self.expr();
        self.expect_word("THEN");
        let then = self.expr();
        let otherwise = if self.eat_word("ELSE") { Some(Box::new(self.expr())) } else { None };
        self.finish(start, ExprKind::Case { subject: None, branches: vec![(condition, then)], otherwise })
    }

    fn text_search(&mut self) -> Expr {
        let start = self.span();
        self.bump();
        self.bump();
        let wanted = self.primary();
        self.finish(start, ExprKind::TextSearch(Box::new(wanted)))
    }

    fn finish(&self, start: Span, kind: ExprKind) -> Expr {
        Expr { kind, span: start.to(self.span_before()) }
    }
}
