//! Expressions by precedence: `or`, `and`, comparisons and word operators, sums, products, signs.

use super::{CHAIN, Parser};
use crate::kql::messages;
use crate::kql::token::{Kind, Sign};
use crate::kql::tree::{Arithmetic, Comparison, Expr, ExprKind, TextOperator};
use crate::span::Span;

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Expr {
        let start = self.span();
        self.nested(Self::disjunction).unwrap_or_else(|| Expr::missing(start))
    }

    fn disjunction(&mut self) -> Expr {
        let first = self.conjunction();
        if self.word() != "or" {
            return first;
        }
        let start = first.span;
        let mut operands = vec![first];
        while self.eat_word("or") {
            operands.push(self.conjunction());
        }
        Expr { kind: ExprKind::Or(operands), span: start.to(self.last_span()) }
    }

    fn conjunction(&mut self) -> Expr {
        let first = self.comparison();
        if self.word() != "and" {
            return first;
        }
        let start = first.span;
        let mut operands = vec![first];
        while self.eat_word("and") {
            operands.push(self.comparison());
        }
        Expr { kind: ExprKind::And(operands), span: start.to(self.last_span()) }
    }

    fn comparison(&mut self) -> Expr {
        let mut left = self.sum();
        for _ in 0..CHAIN {
            match self.comparison_after(left) {
                Ok(compared) => left = compared,
                Err(same) => return same,
            }
        }
        let diagnostic = messages::too_long(self.span(), "comparisons", CHAIN);
        self.report(diagnostic);
        self.give_up();
        left
    }

    /// `left` compared with what follows, or `left` itself where no comparison follows.
    fn comparison_after(&mut self, left: Expr) -> Result<Expr, Expr> {
        let at = self.span();
        let start = left.span;
        let left = Box::new(left);
        let kind = if let Some(comparison) = self.comparison_sign() {
            self.bump();
            let right = Box::new(self.sum());
            ExprKind::Compare { comparison, left, right, operator: at }
        } else {
            let word = self.word();
            match word {
                "in" | "in~" | "!in" | "!in~" => {
                    self.bump();
                    let (negated, ignores_case) = (word.starts_with('!'), word.ends_with('~'));
                    ExprKind::In { negated, ignores_case, left, list: self.needles() }
                }
                "between" | "!between" => {
                    self.bump();
                    self.between(word == "!between", left)
                }
                _ => match TextOperator::from_word(word) {
                    Some(operator) => {
                        self.bump();
                        self.text_operator(operator, left, at)
                    }
                    None if self.is(Sign::Assign) && self.depth > 0 && self.is_in_condition() => {
                        self.report(messages::assign_for_equal(at));
                        self.bump();
                        let right = Box::new(self.sum());
                        ExprKind::Compare { comparison: Comparison::Equal, left, right, operator: at }
                    }
                    None => return Err(*left),
                },
            }
        };
        Ok(Expr { kind, span: start.to(self.last_span()) })
    }

    /// In `where`, where `=` can only be a slip.
    fn is_in_condition(&self) -> bool {
        let before = self.tokens.get(..self.at).unwrap_or(&[]);
        let start = before.iter().rposition(|token| matches!(token.kind, Kind::Sign(Sign::Pipe | Sign::Semicolon)));
        let first = start.and_then(|pipe| before.get(pipe + 1));
        first.is_some_and(|token| matches!(self.source.slice(token.span), "where" | "filter"))
    }

    fn comparison_sign(&self) -> Option<Comparison> {
        Some(match self.kind() {
            Kind::Sign(Sign::Equal) => Comparison::Equal,
            Kind::Sign(Sign::NotEqual) => Comparison::NotEqual,
            Kind::Sign(Sign::EqualFolded) => Comparison::EqualFolded,
            Kind::Sign(Sign::NotEqualFolded) => Comparison::NotEqualFolded,
            Kind::Sign(Sign::Less) => Comparison::Less,
            Kind::Sign(Sign::LessEqual) => Comparison::LessEqual,
            Kind::Sign(Sign::Greater) => Comparison::Greater,
            Kind::Sign(Sign::GreaterEqual) => Comparison::GreaterEqual,
            _ => return None,
        })
    }

    fn text_operator(&mut self, operator: TextOperator, left: Box<Expr>, at: Span) -> ExprKind {
        if self.source.slice(at) == "matches" {
            self.expect_word("regex");
        }
        let right = if operator.takes_list() { self.needles() } else { vec![self.sum()] };
        ExprKind::Text { operator, left, right, at }
    }

    /// The list of `in` and `has_any`: in parentheses, or one value that is a list.
    fn needles(&mut self) -> Vec<Expr> {
        if !self.is(Sign::OpenParen) {
            return vec![self.sum()];
        }
        self.bump();
        let mut items = Vec::new();
        while !self.is(Sign::CloseParen) && *self.kind() != Kind::End {
            let before = self.at;
            items.push(self.value());
            if !self.eat(Sign::Comma) || self.at == before {
                break;
            }
        }
        self.expect(Sign::CloseParen, "')'");
        items
    }

    fn between(&mut self, negated: bool, value: Box<Expr>) -> ExprKind {
        self.expect(Sign::OpenParen, "'('");
        let low = Box::new(self.sum());
        self.expect(Sign::DotDot, "'..'");
        let high = Box::new(self.sum());
        self.expect(Sign::CloseParen, "')'");
        ExprKind::Between { negated, value, low, high }
    }

    fn sum(&mut self) -> Expr {
        self.arithmetic(Self::product, |sign| match sign {
            Sign::Plus => Some(Arithmetic::Add),
            Sign::Minus => Some(Arithmetic::Subtract),
            _ => None,
        })
    }

    fn product(&mut self) -> Expr {
        self.arithmetic(Self::signed, |sign| match sign {
            Sign::Star => Some(Arithmetic::Multiply),
            Sign::Slash => Some(Arithmetic::Divide),
            Sign::Percent => Some(Arithmetic::Modulo),
            _ => None,
        })
    }

    fn arithmetic(&mut self, operand: fn(&mut Self) -> Expr, operator: fn(Sign) -> Option<Arithmetic>) -> Expr {
        let first = operand(self);
        let mut rest = Vec::new();
        while let Kind::Sign(sign) = *self.kind() {
            let Some(arithmetic) = operator(sign) else {
                break;
            };
            if rest.len() == CHAIN {
                let diagnostic = messages::too_long(self.span(), "arithmetic operators", CHAIN);
                self.report(diagnostic);
                self.give_up();
                break;
            }
            self.bump();
            rest.push((arithmetic, operand(self)));
        }
        if rest.is_empty() {
            return first;
        }
        let span = first.span.to(self.last_span());
        Expr { kind: ExprKind::Arithmetic { first: Box::new(first), rest }, span }
    }

    fn signed(&mut self) -> Expr {
        let start = self.span();
        let mut negative = false;
        loop {
            if self.eat(Sign::Minus) {
                negative = !negative;
            } else if !self.eat(Sign::Plus) {
                break;
            }
        }
        let operand = self.postfix();
        if !negative {
            return operand;
        }
        let span = start.to(operand.span);
        Expr { kind: ExprKind::Negate(Box::new(operand)), span }
    }
}
