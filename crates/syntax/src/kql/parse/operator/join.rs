//! `join` and `lookup`: a right side and the keys.

use super::setting::Known;
use crate::kql::messages;
use crate::kql::parse::Parser;
use crate::kql::token::Sign;
use crate::kql::tree::{Expr, ExprKind, Join, JoinKey, JoinKind, Literal, Name, OperatorKind, Pipeline, Source, Step};

const JOIN_SETTINGS: &[Known] = &[(
    "kind",
    &[
        "inner",
        "innerunique",
        "leftouter",
        "rightouter",
        "fullouter",
        "leftanti",
        "leftantisemi",
        "anti",
        "rightanti",
        "rightantisemi",
        "leftsemi",
        "rightsemi",
    ],
)];
const LOOKUP_SETTINGS: &[Known] = &[("kind", &["leftouter", "inner"])];

impl Parser<'_> {
    pub(super) fn join(&mut self) -> OperatorKind {
        let settings = self.only_settings("join", JOIN_SETTINGS);
        let kind = settings.last().map_or("", |setting| &setting.value.text);
        let kind =
            JoinKind::NAMES.iter().find(|(name, _)| *name == kind).map_or(JoinKind::InnerUnique, |(_, kind)| *kind);
        self.joined(kind).map_or(OperatorKind::Broken, OperatorKind::Join)
    }

    pub(super) fn lookup(&mut self) -> OperatorKind {
        let settings = self.only_settings("lookup", LOOKUP_SETTINGS);
        let is_inner = settings.iter().any(|setting| setting.value.text == "inner");
        let kind = if is_inner { JoinKind::Inner } else { JoinKind::LeftOuter };
        self.joined(kind).map_or(OperatorKind::Broken, OperatorKind::Lookup)
    }

    fn joined(&mut self, kind: JoinKind) -> Option<Join> {
        let right = self.nested(Self::right_side)?;
        let on = if self.eat_word("on") { self.join_keys() } else { Vec::new() };
        if on.is_empty() {
            self.expected("'on' and the key columns");
        }
        Some(Join { kind, right, on })
    }

    fn right_side(&mut self) -> Pipeline {
        let start = self.span();
        let expr = self.expression();
        let span = start.to(self.last_span());
        match expr.kind {
            ExprKind::Pipeline(pipeline) => *pipeline,
            kind => Pipeline { source: Source::Expr(Expr { kind, span }), operators: Vec::new(), span },
        }
    }

    /// Keys divided by commas, or joined by `and`.
    fn join_keys(&mut self) -> Vec<JoinKey> {
        let mut keys = Vec::new();
        loop {
            let in_parenthesis = self.eat(Sign::OpenParen);
            keys.extend(self.join_key());
            if in_parenthesis {
                self.expect(Sign::CloseParen, "')'");
            }
            if !self.eat(Sign::Comma) && !self.eat_word("and") {
                return keys;
            }
        }
    }

    fn join_key(&mut self) -> Option<JoinKey> {
        if !self.word().starts_with('$') {
            let name = self.name("a column")?;
            if self.is(Sign::Equal) || self.is(Sign::Dot) {
                self.report(messages::join_key_expected(name.span));
                self.skip_key();
            }
            return Some(JoinKey::Same(name));
        }
        let left = self.sided()?;
        if !self.expect(Sign::Equal, "'=='") {
            return None;
        }
        let right = self.sided()?;
        match (left, right) {
            ((true, right), (false, left)) | ((false, left), (true, right)) => Some(JoinKey::Pair(left, right)),
            ((_, name), _) => {
                self.report(messages::join_key_expected(name.span));
                None
            }
        }
    }

    fn skip_key(&mut self) {
        while !self.is_operator_end() && !self.is(Sign::Comma) && self.word() != "and" {
            self.bump();
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
                Step::Index(Expr { kind: ExprKind::Literal(Literal::Text(text)), span }) => {
                    Some(Name { text: text.clone(), span: *span })
                }
                _ => None,
            };
            if let (Some(name), "$left" | "$right") = (name, side.as_str()) {
                return Some((side == "$right", name));
            }
        }
        self.report(messages::join_key_expected(expr.span));
        None
    }
}
