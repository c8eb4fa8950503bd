//! `top`, `top-nested`, `top-hitters`, `sample-distinct`: a count of something.

use crate::kql::parse::Parser;
use crate::kql::token::Sign;
use crate::kql::tree::{OperatorKind, TopHitters, TopNested};

impl Parser<'_> {
    pub(super) fn top(&mut self) -> OperatorKind {
        let count = self.expression();
        self.settings(&[]);
        self.expect_word("by");
        OperatorKind::Top { count, by: self.sort_key().into_iter().collect() }
    }

    pub(super) fn top_nested(&mut self) -> OperatorKind {
        OperatorKind::TopNested(self.list(|parser| {
            // Each level may name its operator again.
            if parser.word() == "top" && parser.is_at(1, Sign::Minus) && parser.word_at(2) == "nested" {
                parser.operator_name();
            }
            Some(parser.top_nested_level())
        }))
    }

    fn top_nested_level(&mut self) -> TopNested {
        let count = if self.word() == "of" { None } else { Some(self.expression()) };
        self.expect_word("of");
        let of = self.assigned();
        let others = if self.eat_word("with") {
            self.expect_word("others");
            self.expect(Sign::Assign, "'='");
            Some(self.expression())
        } else {
            None
        };
        self.expect_word("by");
        let by = self.assigned();
        let ascending = self.ascending().unwrap_or(false);
        TopNested { count, of, others, by, ascending }
    }

    pub(super) fn top_hitters(&mut self) -> OperatorKind {
        let count = self.expression();
        self.expect_word("of");
        let of = self.assigned();
        let by = self.eat_word("by").then(|| self.expression());
        OperatorKind::TopHitters(TopHitters { count, of, by })
    }

    pub(super) fn sample_distinct(&mut self) -> OperatorKind {
        let count = self.expression();
        self.expect_word("of");
        OperatorKind::SampleDistinct { count, of: self.assigned() }
    }
}
