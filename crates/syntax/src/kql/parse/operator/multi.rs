//! `union`: tables by name, by wildcard, or as pipelines.

use super::setting::Known;
use crate::kql::parse::Parser;
use crate::kql::token::{Kind, Sign};
use crate::kql::tree::{Expr, ExprKind, Step, Union};

const SETTINGS: &[Known] = &[
    ("kind", &["inner", "outer"]),
    ("withsource", &[]),
    ("with_source", &[]),
    ("isfuzzy", &["true", "false"]),
    ("best_effort", &["true", "false"]),
];

impl Parser<'_> {
    pub(in crate::kql::parse) fn union(&mut self) -> Union {
        let mut union = Union { is_inner: false, is_fuzzy: false, with_source: None, parts: Vec::new() };
        for setting in self.only_settings("union", SETTINGS) {
            match (setting.name.text.as_str(), setting.value.text.as_str()) {
                ("kind", kind) => union.is_inner = kind == "inner",
                ("isfuzzy" | "best_effort", flag) => union.is_fuzzy |= flag == "true",
                _ => union.with_source = Some(setting.value),
            }
        }
        union.parts = self.list(Self::table_name);
        union
    }

    /// A table's name, also with wildcards or of another database; a pipeline in parentheses; or a call.
    pub(in crate::kql::parse) fn table_name(&mut self) -> Option<Expr> {
        let start = self.span();
        if self.is(Sign::OpenParen) {
            return Some(self.expression());
        }
        let is_name = self.is(Sign::Star) || self.name_length() > 0 && !self.is_at(1, Sign::OpenParen);
        if !is_name {
            if *self.kind() != Kind::Name {
                self.missing("a table");
                return None;
            }
            return Some(self.expression());
        }
        let pattern = self.pattern()?;
        let span = start.to(self.last_span());
        let base = match pattern.has_wildcard() {
            true => Expr { kind: ExprKind::Wildcard(pattern.text), span },
            false => Expr { kind: ExprKind::Name(pattern.text), span },
        };
        Some(self.steps(base))
    }

    /// What stands behind a dot, where tables may be meant by wildcard.
    pub(in crate::kql::parse) fn member_wildcard(&mut self) -> Option<Step> {
        let ends = |kind: &Kind| {
            matches!(kind, Kind::Sign(Sign::Comma | Sign::CloseParen | Sign::Pipe | Sign::Semicolon) | Kind::End)
        };
        let is_bare = self.is(Sign::Star) && ends(self.kind_at(1));
        let is_prefix = *self.kind() == Kind::Name
            && self.is_at(1, Sign::Star)
            && self.span().end == self.span_at(1).start
            && ends(self.kind_at(2));
        if !is_bare && !is_prefix {
            return None;
        }
        let pattern = self.pattern()?;
        Some(Step::Wildcard(crate::kql::tree::Name { text: pattern.text, span: pattern.span }))
    }
}
