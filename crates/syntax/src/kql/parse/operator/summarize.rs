//! `summarize` and `make-series`: aggregates by groups, and by steps of an axis.

use super::setting::Known;
use crate::kql::parse::Parser;
use crate::kql::token::Sign;
use crate::kql::tree::{Assigned, Expr, MakeSeries, OperatorKind, SeriesAggregate, SeriesAxis, Summarize};

const SERIES_SETTINGS: &[Known] = &[("kind", &["nonempty"])];

impl Parser<'_> {
    pub(super) fn summarize(&mut self) -> OperatorKind {
        self.settings(&[]);
        let has_aggregates = self.word() != "by" && !self.is_operator_end();
        let aggregates = if has_aggregates { self.assignments() } else { Vec::new() };
        let by = if self.eat_word("by") { self.assignments() } else { Vec::new() };
        OperatorKind::Summarize(Summarize { aggregates, by })
    }

    pub(super) fn make_series(&mut self) -> OperatorKind {
        let is_nonempty = !self.settings(SERIES_SETTINGS).is_empty();
        let aggregates = self.list(|parser| Some(parser.series_aggregate()));
        self.expect_word("on");
        let axis = self.series_axis();
        let by = if self.eat_word("by") { self.assignments() } else { Vec::new() };
        OperatorKind::MakeSeries(MakeSeries { aggregates, axis, by, is_nonempty })
    }

    fn series_aggregate(&mut self) -> SeriesAggregate {
        let value = self.assigned();
        let default = if self.eat_word("default") {
            self.expect(Sign::Assign, "'='");
            Some(self.expression())
        } else {
            None
        };
        SeriesAggregate { value, default }
    }

    fn series_axis(&mut self) -> SeriesAxis {
        let mut names = self.assigned_names();
        let name = if names.is_empty() { None } else { Some(names.remove(0)) };
        // Not a whole expression: `in` starts the range.
        let on = Assigned { name, more_names: names, value: self.sum() };
        if self.eat_word("in") {
            self.expect_word("range");
            let mut bounds = self.parenthesized(|parser| Some(parser.expression())).into_iter();
            let (from, to) = (bounds.next(), bounds.next());
            let step = bounds.next().unwrap_or_else(|| {
                self.expected("a start, an end and a step");
                Expr::missing(self.last_span())
            });
            return SeriesAxis { on, from, to, step, in_range: true };
        }
        let from = self.eat_word("from").then(|| self.expression());
        let to = self.eat_word("to").then(|| self.expression());
        self.expect_word("step");
        SeriesAxis { on, from, to, step: self.expression(), in_range: false }
    }
}
