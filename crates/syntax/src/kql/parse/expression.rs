//! Expressions by precedence: `or`, `and`, equality and lists, order, sums, products, tests of texts, signs.

use super::{CHAIN, Parser};
use crate::kql::messages;
use crate::kql::token::{Kind, Sign};
use crate::kql::tree::{Arithmetic, Ask, Comparison, Expr, ExprKind, Literal, TextOperator};

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

    /// `==`, `in`, `between` and their kin: one, for they do not chain.
    fn comparison(&mut self) -> Expr {
        let left = self.relation();
        let (start, at) = (left.span, self.span());
        let word = self.word();
        let left = Box::new(left);
        let kind = match (self.comparison_sign(), word) {
            (Some(comparison), _) => {
                self.bump();
                let folds = matches!(comparison, Comparison::EqualFolded | Comparison::NotEqualFolded);
                let right = Box::new(if folds { self.sum() } else { self.relation() });
                ExprKind::Compare { comparison, left, right, operator: at }
            }
            (None, "in" | "in~" | "!in" | "!in~") => {
                self.bump();
                let (negated, ignores_case) = (word.starts_with('!'), word.ends_with('~'));
                ExprKind::In { negated, ignores_case, left, list: self.needles() }
            }
            (None, "between" | "!between") => {
                self.bump();
                self.between(word == "!between", left)
            }
            _ => match TextOperator::from_word(word).filter(|operator| operator.takes_list()) {
                Some(operator) => {
                    self.bump();
                    ExprKind::Text { operator, left, right: self.needles(), at }
                }
                None if self.takes_terms && self.eat(Sign::Colon) => {
                    ExprKind::Term { column: left, term: Box::new(self.sum()) }
                }
                None if self.is(Sign::Assign) && self.depth > 0 && self.is_in_condition => {
                    self.report(messages::assign_for_equal(at));
                    self.bump();
                    let right = Box::new(self.sum());
                    ExprKind::Compare { comparison: Comparison::Equal, left, right, operator: at }
                }
                None => return *left,
            },
        };
        Expr { kind, span: start.to(self.last_span()) }
    }

    /// `<` and its kin, which bind tighter than `==`.
    fn relation(&mut self) -> Expr {
        let left = self.sum();
        let (start, operator) = (left.span, self.span());
        let Some(comparison) = self.relation_sign() else {
            return left;
        };
        self.bump();
        let (left, right) = (Box::new(left), Box::new(self.sum()));
        let kind = ExprKind::Compare { comparison, left, right, operator };
        Expr { kind, span: start.to(self.last_span()) }
    }

    fn comparison_sign(&self) -> Option<Comparison> {
        Some(match self.kind() {
            Kind::Sign(Sign::Equal) => Comparison::Equal,
            Kind::Sign(Sign::NotEqual) => Comparison::NotEqual,
            Kind::Sign(Sign::EqualFolded) => Comparison::EqualFolded,
            Kind::Sign(Sign::NotEqualFolded) => Comparison::NotEqualFolded,
            _ => return None,
        })
    }

    fn relation_sign(&self) -> Option<Comparison> {
        Some(match self.kind() {
            Kind::Sign(Sign::Less) => Comparison::Less,
            Kind::Sign(Sign::LessEqual) => Comparison::LessEqual,
            Kind::Sign(Sign::Greater) => Comparison::Greater,
            Kind::Sign(Sign::GreaterEqual) => Comparison::GreaterEqual,
            _ => return None,
        })
    }

    /// The list of `in` and `has_any`, in parentheses.
    fn needles(&mut self) -> Vec<Expr> {
        if !self.is(Sign::OpenParen) {
            self.expected("'('");
            return vec![self.sum()];
        }
        self.bump();
        let mut items = vec![self.value()];
        while self.eat(Sign::Comma) {
            items.push(self.value());
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

    pub(super) fn sum(&mut self) -> Expr {
        self.arithmetic(Self::product, |sign| match sign {
            Sign::Plus => Some(Arithmetic::Add),
            Sign::Minus => Some(Arithmetic::Subtract),
            _ => None,
        })
    }

    fn product(&mut self) -> Expr {
        self.arithmetic(Self::text_test, |sign| match sign {
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

    /// `has`, `startswith`, `matches regex` and their kin bind tightest of all: `a + b has c` is `a + (b has c)`.
    fn text_test(&mut self) -> Expr {
        let left = self.signed();
        let (start, at) = (left.span, self.span());
        let Some(operator) = TextOperator::from_word(self.word()).filter(|operator| !operator.takes_list()) else {
            return left;
        };
        self.bump();
        if operator.ask == Ask::Regex {
            self.expect_word("regex");
        }
        let right = vec![self.signed()];
        let kind = ExprKind::Text { operator, left: Box::new(left), right, at };
        Expr { kind, span: start.to(self.last_span()) }
    }

    fn signed(&mut self) -> Expr {
        let start = self.span();
        let (mut negative, mut positive) = (false, false);
        loop {
            if self.eat(Sign::Minus) {
                negative = !negative;
            } else if self.eat(Sign::Plus) {
                positive = true;
            } else {
                break;
            }
        }
        if negative && *self.kind() == Kind::Beyond {
            let span = start.to(self.bump());
            return Expr { kind: ExprKind::Literal(Literal::Long(i64::MIN)), span };
        }
        let operand = self.postfix();
        let span = start.to(operand.span);
        if !negative && positive && !matches!(operand.kind, ExprKind::Literal(_)) {
            // Not the value itself: its column has no name.
            return Expr { kind: ExprKind::Arithmetic { first: Box::new(operand), rest: Vec::new() }, span };
        }
        if !negative {
            return operand;
        }
        Expr { kind: ExprKind::Negate(Box::new(operand)), span }
    }
}
