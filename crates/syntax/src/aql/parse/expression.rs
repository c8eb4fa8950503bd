//! Expressions. From the loosest: OR, AND, NOT, comparisons, `|`, `#`, `&`, shifts, `+ -`, `* / %`, `^`, signs.

use super::{Parser, is_reserved};
use crate::Span;
use crate::aql::messages;
use crate::aql::token::{Kind, Token};
use crate::aql::tree::{ArithmeticOp, CompareOp, Expr, ExprKind, LikeOp};
use crate::nearest::nearest;

/// Words that stand between two operands.
const WORD_OPERATORS: [&str; 7] = ["LIKE", "ILIKE", "MATCHES", "IMATCHES", "IN", "BETWEEN", "IS"];

const COMPARISONS: [(&str, CompareOp); 8] = [
    ("=", CompareOp::Equal),
    ("==", CompareOp::Equal),
    ("!=", CompareOp::NotEqual),
    ("<>", CompareOp::NotEqual),
    ("<", CompareOp::Less),
    ("<=", CompareOp::LessOrEqual),
    (">", CompareOp::Greater),
    (">=", CompareOp::GreaterOrEqual),
];

/// With their levels: the higher, the tighter.
const ARITHMETIC: [(&str, ArithmeticOp, u8); 12] = [
    ("|", ArithmeticOp::BitOr, 1),
    ("#", ArithmeticOp::BitXor, 2),
    ("&", ArithmeticOp::BitAnd, 3),
    ("<<", ArithmeticOp::ShiftLeft, 4),
    (">>", ArithmeticOp::ShiftRight, 4),
    (">>>", ArithmeticOp::ShiftRightUnsigned, 4),
    ("+", ArithmeticOp::Add, 5),
    ("-", ArithmeticOp::Subtract, 5),
    ("*", ArithmeticOp::Multiply, 6),
    ("/", ArithmeticOp::Divide, 6),
    ("%", ArithmeticOp::Modulo, 6),
    ("^", ArithmeticOp::Power, 7),
];

/// Operators that are read by themselves.
const OTHERS: [&str; 7] = ["OR", "AND", "NOT", "~", "TEXT SEARCH", "CASE", "IF"];

/// Every operator, as it is written.
pub fn operators() -> impl Iterator<Item = &'static str> {
    let compared = COMPARISONS.iter().map(|(name, _)| *name).chain(WORD_OPERATORS);
    compared.chain(ARITHMETIC.iter().map(|(name, ..)| *name)).chain(OTHERS)
}

/// Operators of other languages.
const FOREIGN_OPERATORS: [&str; 5] = ["CONTAINS", "STARTSWITH", "ENDSWITH", "REGEXP", "RLIKE"];

impl Parser<'_> {
    pub(super) fn expr(&mut self) -> Expr {
        let start = self.span();
        self.nested(Parser::or).unwrap_or(Expr { kind: ExprKind::Missing, span: start })
    }

    /// Chains are flat: a thousand operands are one node.
    fn or(&mut self) -> Expr {
        self.chain("OR", Parser::and, ExprKind::Or)
    }

    fn and(&mut self) -> Expr {
        self.chain("AND", Parser::not, ExprKind::And)
    }

    fn chain(&mut self, word: &str, operand: fn(&mut Self) -> Expr, join: fn(Vec<Expr>) -> ExprKind) -> Expr {
        let first = operand(self);
        if !self.is_word(word) {
            return first;
        }
        let start = first.span;
        let mut operands = vec![first];
        while self.eat_word(word) {
            operands.push(operand(self));
        }
        Expr { kind: join(operands), span: start.to(self.span_before()) }
    }

    /// NOT NOT cancels itself, with two values as with three.
    fn not(&mut self) -> Expr {
        let start = self.span();
        let mut negated = false;
        while self.eat_word("NOT") {
            negated = !negated;
        }
        let inner = self.comparison();
        let span = start.to(inner.span);
        if negated { Expr { kind: ExprKind::Not(Box::new(inner)), span } } else { inner }
    }

    fn comparison(&mut self) -> Expr {
        let left = self.arithmetic(0);
        if let Some(op) = self.compare_op() {
            self.bump();
            let right = self.arithmetic(0);
            let span = left.span.to(right.span);
            return Expr { kind: ExprKind::Compare { op, left: Box::new(left), right: Box::new(right) }, span };
        }
        self.mend_operator();
        if self.is_word("NOT") && super::is_word(self.kind_after(1), "NULL") {
            self.report(messages::not_aql(self.span(), "NOT NULL without IS"));
            self.bump();
            self.bump();
            let span = left.span.to(self.span_before());
            return Expr { kind: ExprKind::IsNull { negated: true, value: Box::new(left) }, span };
        }
        let negated = self.is_word("NOT") && self.is_operator_word(1);
        if negated {
            self.bump();
        }
        let start = left.span;
        let value = Box::new(left);
        let kind = match self.upper_word().as_deref() {
            Some("LIKE") => self.like(LikeOp::Like, negated, value),
            Some("ILIKE") => self.like(LikeOp::Ilike, negated, value),
            Some("MATCHES") => self.like(LikeOp::Matches, negated, value),
            Some("IMATCHES") => self.like(LikeOp::Imatches, negated, value),
            Some("IN") => self.in_list(negated, value),
            Some("BETWEEN") => self.between(negated, value),
            Some("IS") => {
                self.bump();
                let negated = self.eat_word("NOT");
                self.expect_word("NULL");
                ExprKind::IsNull { negated, value }
            }
            _ => return *value,
        };
        Expr { kind, span: start.to(self.span_before()) }
    }

    fn compare_op(&self) -> Option<CompareOp> {
        let Kind::Symbol(symbol) = self.kind() else { return None };
        COMPARISONS.iter().find(|(known, _)| known == symbol).map(|(_, op)| *op)
    }

    fn is_operator_word(&self, after: usize) -> bool {
        matches!(self.kind_after(after), Kind::Word(word) if WORD_OPERATORS.iter().any(|op| op.eq_ignore_ascii_case(word)))
    }

    /// `LIEK 'x'`, `CONTAINS 'x'`: reported, and read as it was meant.
    fn mend_operator(&mut self) {
        let at = self.at + usize::from(self.is_word("NOT"));
        let Some(Token { kind: Kind::Word(word), span }) = self.tokens.get(at) else { return };
        let after = self.tokens.get(at + 1).map(|token| &token.kind);
        let takes_operand = matches!(after, Some(Kind::Text(_) | Kind::Long(_) | Kind::Symbol("(")));
        if is_reserved(word) || !takes_operand {
            return;
        }
        let foreign = FOREIGN_OPERATORS.iter().find(|foreign| foreign.eq_ignore_ascii_case(word));
        let (message, meant) = match (foreign, nearest(word, WORD_OPERATORS)) {
            (Some(foreign), _) => (messages::not_aql(*span, foreign), "LIKE"),
            (None, Some(meant)) => (messages::misspelt(*span, word, meant), meant),
            (None, None) => return,
        };
        self.report(message);
        if let Some(token) = self.tokens.get_mut(at) {
            token.kind = Kind::Word(meant.to_string());
        }
    }

    fn like(&mut self, op: LikeOp, negated: bool, value: Box<Expr>) -> ExprKind {
        self.bump();
        let patterns = if self.is_word("ENUMERATION") && *self.kind_after(1) == Kind::Symbol("(") {
            self.bump();
            self.bump();
            let patterns = self.expressions();
            self.expect_symbol(")");
            patterns
        } else {
            vec![self.arithmetic(0)]
        };
        ExprKind::Like { op, negated, value, patterns }
    }

    fn in_list(&mut self, negated: bool, value: Box<Expr>) -> ExprKind {
        self.bump();
        if !self.expect_symbol("(") {
            return ExprKind::In { negated, value, list: Vec::new() };
        }
        if self.is_word("SELECT") {
            let select = self.nested(Parser::select).unwrap_or_default();
            self.expect_symbol(")");
            return ExprKind::InSelect { negated, value, select: Box::new(select) };
        }
        let list = self.expressions();
        self.expect_symbol(")");
        ExprKind::In { negated, value, list }
    }

    fn between(&mut self, negated: bool, value: Box<Expr>) -> ExprKind {
        self.bump();
        let low = Box::new(self.arithmetic(0));
        self.expect_word("AND");
        let high = Box::new(self.arithmetic(0));
        ExprKind::Between { negated, value, low, high }
    }

    /// Operators of one level group to the left. The depth of this recursion is the number of levels.
    pub(super) fn arithmetic(&mut self, least: u8) -> Expr {
        let mut left = self.signed();
        while let Some((op, level)) = self.arithmetic_op()
            && level >= least
        {
            self.bump();
            self.operators += 1;
            if self.operators > super::MAX_OPERATORS {
                self.give_up(messages::too_deep(self.span_before()));
            }
            let right = self.arithmetic(level + 1);
            let span = left.span.to(right.span);
            left = Expr { kind: ExprKind::Arithmetic { op, left: Box::new(left), right: Box::new(right) }, span };
        }
        left
    }

    fn arithmetic_op(&self) -> Option<(ArithmeticOp, u8)> {
        let Kind::Symbol(symbol) = self.kind() else { return None };
        ARITHMETIC.iter().find(|(known, ..)| known == symbol).map(|(_, op, level)| (*op, *level))
    }

    fn signed(&mut self) -> Expr {
        let start = self.span();
        if self.eat_symbol("+") {
            return self.nested(Parser::signed).unwrap_or(missing(start));
        }
        let inverted = self.eat_symbol("~");
        if !inverted && !self.eat_symbol("-") {
            return self.primary();
        }
        let operand = self.nested(Parser::signed).unwrap_or(missing(start));
        let span = start.to(operand.span);
        let kind = match operand.kind {
            ExprKind::Long(value) if !inverted => ExprKind::Long(value.wrapping_neg()),
            ExprKind::Real(value) if !inverted => ExprKind::Real(-value),
            kind => {
                let operand = Box::new(Expr { kind, span: operand.span });
                if inverted { ExprKind::Invert(operand) } else { ExprKind::Negate(operand) }
            }
        };
        Expr { kind, span }
    }
}

pub(super) fn missing(span: Span) -> Expr {
    Expr { kind: ExprKind::Missing, span }
}
