//! `summarize`, `union` and `mv-expand`.

use crate::kql::messages;
use crate::kql::parse::Parser;
use crate::kql::token::{Kind, Sign};
use crate::kql::tree::{MvColumn, MvExpand, OperatorKind, Summarize, Union};

impl Parser<'_> {
    pub(super) fn summarize(&mut self) -> OperatorKind {
        self.skip_parameters();
        let aggregates = if self.word() == "by" { Vec::new() } else { self.assignments() };
        let by = if self.eat_word("by") { self.assignments() } else { Vec::new() };
        OperatorKind::Summarize(Summarize { aggregates, by })
    }

    pub(in crate::kql::parse) fn union(&mut self) -> Union {
        let mut union = Union { is_inner: false, is_fuzzy: false, with_source: None, parts: Vec::new() };
        for (name, value) in self.parameters() {
            match (name.as_str(), value.text.as_str()) {
                ("kind", kind) => union.is_inner = kind == "inner",
                ("isfuzzy", flag) => union.is_fuzzy = flag == "true",
                ("withsource" | "with_source", column) => {
                    self.check_name(column, value.span);
                    union.with_source = Some(value);
                }
                _ => {}
            }
        }
        union.parts = self.list(Self::union_part);
        union
    }

    pub(super) fn mv_expand(&mut self) -> OperatorKind {
        let mut expand = MvExpand { columns: Vec::new(), with_index: None, limit: None, as_array: false };
        for (name, value) in self.parameters() {
            match name.as_str() {
                "with_itemindex" => expand.with_index = Some(value),
                "kind" | "bagexpansion" => expand.as_array = value.text == "array",
                _ => {}
            }
        }
        expand.columns = self.list(|parser| {
            let assigned = parser.assigned();
            let to = if parser.eat_word("to") { parser.type_of() } else { None };
            Some(MvColumn { name: assigned.name, value: assigned.value, to })
        });
        if self.eat_word("limit") {
            match *self.kind() {
                Kind::Long(limit) => {
                    expand.limit = Some(limit);
                    self.bump();
                }
                _ => self.expected("a number"),
            }
        }
        if expand.columns.is_empty() {
            let diagnostic = messages::expected(self.span_before(), "a column", "none");
            self.report(diagnostic);
        }
        OperatorKind::MvExpand(expand)
    }

    fn type_of(&mut self) -> Option<crate::kql::tree::Name> {
        self.expect_word("typeof");
        self.expect(Sign::OpenParen, "'('");
        let name = self.name("a type");
        self.expect(Sign::CloseParen, "')'");
        name
    }
}
