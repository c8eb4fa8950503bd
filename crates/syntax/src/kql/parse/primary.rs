//! The operands of expressions: literals, names, calls, parentheses, and the access paths behind them.

use super::Parser;
use crate::kql::messages;
use crate::kql::token::{Kind, Sign};
use crate::kql::tree::{Arg, Expr, ExprKind, Literal, Name, Source, Step, TextOperator};

impl Parser<'_> {
    /// An operand with the `.member` and `[index]` steps that follow it.
    pub(super) fn postfix(&mut self) -> Expr {
        let base = self.primary();
        self.steps(base)
    }

    pub(super) fn steps(&mut self, base: Expr) -> Expr {
        let mut steps = Vec::new();
        loop {
            if self.eat(Sign::Dot) {
                // `a.[0]` is an old spelling of `a[0]`.
                let is_index = self.is(Sign::OpenBracket) && self.name_length() == 0;
                let step = if is_index { Some(self.index()) } else { self.member() };
                match step {
                    Some(step) => steps.push(step),
                    None => {
                        self.missing("a property name");
                        break;
                    }
                }
            } else if self.is(Sign::OpenBracket) && !matches!(base.kind, ExprKind::Literal(_) | ExprKind::Missing) {
                steps.push(self.index());
            } else {
                break;
            }
        }
        if steps.is_empty() {
            return base;
        }
        let span = base.span.to(self.last_span());
        Expr { kind: ExprKind::Access { base: Box::new(base), steps }, span }
    }

    fn index(&mut self) -> Step {
        self.bump();
        let index = self.expression();
        self.expect(Sign::CloseBracket, "']'");
        Step::Index(index)
    }

    fn member(&mut self) -> Option<Step> {
        if let Some(wildcard) = self.member_wildcard() {
            return Some(wildcard);
        }
        let name = self.try_name()?;
        if self.is(Sign::OpenParen) && self.last_span().end == self.span().start {
            return Some(Step::Call { name, args: self.call_arguments() });
        }
        Some(Step::Member(name))
    }

    fn primary(&mut self) -> Expr {
        let span = self.span();
        let literal = |kind| Expr { kind: ExprKind::Literal(kind), span };
        match self.kind().clone() {
            Kind::Text(_) => literal(Literal::Text(self.texts())),
            Kind::Long(value) => {
                self.bump();
                literal(Literal::Long(value))
            }
            Kind::Real(value) => {
                self.bump();
                literal(Literal::Real(value))
            }
            Kind::Timespan(ticks) => {
                self.bump();
                literal(Literal::Timespan(ticks))
            }
            Kind::Typed { word, raw } => {
                self.bump();
                literal(Literal::Typed { word, raw })
            }
            Kind::Name => self.named(),
            Kind::Sign(Sign::OpenBracket) if self.name_length() == 3 => self.named(),
            Kind::Sign(Sign::OpenParen) => self.parenthesis(),
            Kind::Sign(Sign::Star) => {
                self.bump();
                let text = format!("*{}", self.wildcard_tail());
                Expr { kind: ExprKind::Wildcard(text), span: span.to(self.last_span()) }
            }
            Kind::Beyond => {
                let diagnostic = messages::bad_number(span, self.source.slice(span));
                self.report(diagnostic);
                self.bump();
                Expr::missing(span)
            }
            Kind::Broken => {
                self.bump();
                Expr::missing(span)
            }
            _ => {
                self.missing("an expression");
                Expr::missing(span)
            }
        }
    }

    /// Neighbouring string literals are one.
    pub(super) fn texts(&mut self) -> String {
        let mut joined = String::new();
        while let Kind::Text(text) = self.kind() {
            joined.push_str(text);
            self.bump();
        }
        joined
    }

    fn named(&mut self) -> Expr {
        let is_plain = *self.kind() == Kind::Name;
        let start = self.span();
        if is_plain && is_reserved(self.word()) {
            self.missing("an expression");
            return Expr::missing(start);
        }
        let Some(name) = self.try_name() else {
            return Expr::missing(start);
        };
        if is_plain && self.is(Sign::OpenParen) {
            return self.call(name);
        }
        let tail = if is_plain { self.wildcard_tail() } else { String::new() };
        if !tail.is_empty() {
            let kind = ExprKind::Wildcard(format!("{}{tail}", name.text));
            return Expr { kind, span: start.to(self.last_span()) };
        }
        let kind = match name.text.as_str() {
            "true" if is_plain => ExprKind::Literal(Literal::Bool(true)),
            "false" if is_plain => ExprKind::Literal(Literal::Bool(false)),
            "null" if is_plain => ExprKind::Literal(Literal::Null),
            _ => ExprKind::Name(name.text),
        };
        Expr { kind, span: name.span }
    }

    /// What of a wildcard name is glued behind here: `*`, then names and further `*`. A `*` between operands is a product.
    pub(super) fn wildcard_tail(&mut self) -> String {
        let mut tail = String::new();
        loop {
            let glued = self.last_span().end == self.span().start;
            match self.kind() {
                Kind::Sign(Sign::Star) if glued && self.ends_wildcard() => tail.push('*'),
                Kind::Name if glued => tail.push_str(self.word()),
                _ => return tail,
            }
            self.bump();
        }
    }

    /// Whether the `*` here ends a name: `a*b` is a product, and `a*` a wildcard where no operand can follow, as before `has`.
    fn ends_wildcard(&self) -> bool {
        let end = self.span().end;
        let next = self.span_at(1);
        let follows = matches!(self.kind_at(1), Kind::Sign(Sign::Comma | Sign::CloseParen | Sign::Pipe) | Kind::End);
        let is_asked = || TextOperator::from_word(self.source.slice(next)).is_some();
        follows || (next.start > end && *self.kind_at(1) == Kind::Name && is_asked())
    }

    fn call(&mut self, name: Name) -> Expr {
        let start = name.span;
        if name.text == "dynamic" {
            return self.dynamic(start);
        }
        if name.text == "typeof" {
            self.bump();
            let kind = self.name("a type");
            self.expect(Sign::CloseParen, "')'");
            let span = start.to(self.last_span());
            return kind.map_or(Expr::missing(span), |kind| Expr { kind: ExprKind::TypeOf(kind), span });
        }
        let args = self.call_arguments();
        Expr { kind: ExprKind::Call { name, args }, span: start.to(self.last_span()) }
    }

    /// `(value, name = value, …)`.
    pub(super) fn call_arguments(&mut self) -> Vec<Arg> {
        if !self.expect(Sign::OpenParen, "'('") {
            return Vec::new();
        }
        let args = self.nested(Self::arguments).unwrap_or_default();
        self.expect(Sign::CloseParen, "')'");
        args
    }

    fn arguments(&mut self) -> Vec<Arg> {
        let mut args = Vec::new();
        while args.is_empty() && !self.is(Sign::CloseParen) || self.eat(Sign::Comma) {
            let length = self.name_length();
            let is_named = length > 0 && self.is_at(length, Sign::Assign);
            let name = if is_named { self.try_name() } else { None };
            if is_named {
                self.bump();
            }
            args.push(Arg { name, value: self.value() });
        }
        args
    }

    fn parenthesis(&mut self) -> Expr {
        let start = self.bump();
        let inner = self.value();
        self.expect(Sign::CloseParen, "')'");
        Expr { kind: inner.kind, span: start.to(self.last_span()) }
    }

    /// A scalar, or a pipeline where a pipe follows or a tabular source starts.
    pub(super) fn value(&mut self) -> Expr {
        let start = self.span();
        let Some(pipeline) = self.nested(Self::pipeline) else {
            return Expr::missing(start);
        };
        match pipeline {
            crate::kql::tree::Pipeline { source: Source::Expr(expr), operators, .. } if operators.is_empty() => expr,
            pipeline => {
                let span = pipeline.span;
                Expr { kind: ExprKind::Pipeline(Box::new(pipeline)), span }
            }
        }
    }
}

/// Words that name nothing where an operand is expected, but in brackets: `['has']`.
fn is_reserved(word: &str) -> bool {
    matches!(word, "and" | "or" | "by" | "in" | "in~" | "between" | "has" | "has_any" | "has_all" | "has_cs")
}
