//! `mv-expand` and `mv-apply`: a row for each value within a value.

use super::setting::Known;
use crate::kql::parse::Parser;
use crate::kql::token::Sign;
use crate::kql::tree::{Expr, MvApply, MvColumn, MvExpand, Name, OperatorKind};

const EXPAND_SETTINGS: &[Known] =
    &[("kind", &["bag", "array"]), ("bagexpansion", &["bag", "array"]), ("with_itemindex", &[])];
const APPLY_SETTINGS: &[Known] = &[("with_itemindex", &[])];

impl Parser<'_> {
    pub(super) fn mv_expand(&mut self) -> OperatorKind {
        let (mut with_index, mut as_array) = (None, false);
        for setting in self.settings(EXPAND_SETTINGS) {
            match setting.name.text.as_str() {
                "with_itemindex" => with_index = Some(setting.value),
                _ => as_array = setting.value.text == "array",
            }
        }
        let columns = self.list(Self::mv_column);
        let limit = self.mv_limit();
        OperatorKind::MvExpand(MvExpand { columns, with_index, limit, as_array })
    }

    pub(super) fn mv_apply(&mut self) -> OperatorKind {
        let with_index = self.settings(APPLY_SETTINGS).pop().map(|setting| setting.value);
        let columns = self.list(Self::mv_column);
        let limit = self.mv_limit();
        self.expect_word("on");
        let body = self.subquery();
        OperatorKind::MvApply(MvApply { columns, with_index, limit, body })
    }

    fn mv_column(&mut self) -> Option<MvColumn> {
        let assigned = self.assigned();
        let to = if self.eat_word("to") { self.type_of() } else { None };
        Some(MvColumn { name: assigned.name, value: assigned.value, to })
    }

    fn mv_limit(&mut self) -> Option<Expr> {
        self.eat_word("limit").then(|| self.expression())
    }

    fn type_of(&mut self) -> Option<Name> {
        self.expect_word("typeof");
        self.expect(Sign::OpenParen, "'('");
        let name = self.name("a type");
        self.expect(Sign::CloseParen, "')'");
        name
    }
}
