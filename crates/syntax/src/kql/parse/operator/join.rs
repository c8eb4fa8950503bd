//! `join` and `lookup`: a right side and the keys.

use crate::diagnostic::Diagnostic;
use crate::kql::parse::Parser;
use crate::kql::token::{Kind, Sign};
use crate::kql::tree::{Expr, ExprKind, Join, JoinKey, JoinKind, Name, OperatorKind, Pipeline, Source, Step};
use crate::nearest::nearest;

impl Parser<'_> {
    pub(super) fn join(&mut self) -> OperatorKind {
        self.joined(JoinKind::InnerUnique).map_or(OperatorKind::Broken, OperatorKind::Join)
    }

    pub(super) fn lookup(&mut self) -> OperatorKind {
        self.joined(JoinKind::LeftOuter).map_or(OperatorKind::Broken, OperatorKind::Lookup)
    }

    fn joined(&mut self, default: JoinKind) -> Option<Join> {
        let mut kind = default;
        for (name, value) in self.parameters() {
            if name == "kind" {
                kind = self.join_kind(&value).unwrap_or(default);
            }
        }
        let right = self.nested(Self::right_side)?;
        let on = if self.eat_word("on") { self.list(Self::join_key) } else { Vec::new() };
        if on.is_empty() {
            self.expected("'on' and the key columns");
        }
        Some(Join { kind, right, on })
    }

    fn join_kind(&mut self, value: &Name) -> Option<JoinKind> {
        let known = JoinKind::NAMES.iter().find(|(name, _)| *name == value.text);
        if known.is_none() {
            let names = JoinKind::NAMES.iter().map(|(name, _)| *name);
            let diagnostic = Diagnostic::error("KS006", value.span, format!("'{}' is not a kind of join", value.text))
                .did_you_mean(nearest(&value.text, names));
            self.report(diagnostic);
        }
        known.map(|(_, kind)| *kind)
    }

    fn right_side(&mut self) -> Pipeline {
        let start = self.span();
        let expr = self.expression();
        let span = start.to(self.span_before());
        match expr.kind {
            ExprKind::Pipeline(pipeline) => *pipeline,
            kind => Pipeline { source: Source::Expr(Expr { kind, span }), operators: Vec::new(), span },
        }
    }

    fn join_key(&mut self) -> Option<JoinKey> {
        if self.word().starts_with('$') {
            return self.join_pair();
        }
        let in_parenthesis = self.eat(Sign::OpenParen);
        let key =
            if self.word().starts_with('$') { self.join_pair() } else { self.name("a column").map(JoinKey::Same) };
        if in_parenthesis {
            self.expect(Sign::CloseParen, "')'");
        }
        key
    }

    fn join_pair(&mut self) -> Option<JoinKey> {
        let left = self.sided()?;
        if !matches!(self.kind(), Kind::Sign(Sign::Equal)) {
            self.expected("'=='");
            return None;
        }
        self.bump();
        let right = self.sided()?;
        match (left, right) {
            ((true, right), (false, left)) | ((false, left), (true, right)) => Some(JoinKey::Pair(left, right)),
            ((_, name), _) => {
                let diagnostic = Diagnostic::error("KS006", name.span, "one side must be $left, the other $right");
                self.report(diagnostic.help("write $left.A == $right.B"));
                None
            }
        }
    }

    /// `$left.name` or `$right.name`: whether it is the right side, and the name.
    fn sided(&mut self) -> Option<(bool, Name)> {
        let expr = self.postfix();
        if let ExprKind::Access { base, steps } = &expr.kind
            && let (ExprKind::Name(side), [step]) = (&base.kind, steps.as_slice())
        {
            let name = match step {
                Step::Member(name) => Some(name.clone()),
                Step::Index(Expr { kind: ExprKind::Literal(crate::kql::tree::Literal::Text(text)), span }) => {
                    Some(Name { text: text.clone(), span: *span })
                }
                Step::Index(_) => None,
            };
            if let (Some(name), "$left" | "$right") = (name, side.as_str()) {
                return Some((side == "$right", name));
            }
        }
        let diagnostic = Diagnostic::error("KS006", expr.span, "a join key is a column, or $left.A == $right.B");
        self.report(diagnostic);
        None
    }
}
