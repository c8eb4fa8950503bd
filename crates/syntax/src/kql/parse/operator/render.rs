//! `render`, `reduce` and `consume`: what to do with the rows at the end.

use super::setting::Known;
use crate::kql::parse::Parser;
use crate::kql::tree::{OperatorKind, Reduce, Render};

const REDUCE_SETTINGS: &[Known] = &[("kind", &["source"])];
const CONSUME_SETTINGS: &[Known] = &[("decodeblocks", &["true", "false"])];

impl Parser<'_> {
    pub(super) fn render(&mut self) -> OperatorKind {
        let Some(chart) = self.name("a chart such as table or timechart") else {
            return OperatorKind::Broken;
        };
        // The properties once stood without parentheses.
        let properties = if self.eat_word("with") { self.properties() } else { self.property_list() };
        OperatorKind::Render(Render { chart, properties })
    }

    pub(super) fn reduce(&mut self) -> OperatorKind {
        self.settings(REDUCE_SETTINGS);
        self.expect_word("by");
        let by = self.assigned();
        let properties = if self.eat_word("with") { self.property_list() } else { Vec::new() };
        OperatorKind::Reduce(Reduce { by, properties })
    }

    pub(super) fn consume(&mut self) -> OperatorKind {
        self.settings(CONSUME_SETTINGS);
        OperatorKind::Consume
    }
}
