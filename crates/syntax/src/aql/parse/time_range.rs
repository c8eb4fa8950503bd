//! The time window: LAST n MINUTES, or START and STOP.

use super::Parser;
use crate::aql::messages;
use crate::aql::token::Kind;
use crate::aql::tree::{Moment, MomentKind, TimeRange};

const MINUTE: i64 = 60_000;

impl Parser<'_> {
    pub(super) fn time_range(&mut self) -> Option<TimeRange> {
        if self.is_word("LAST") { self.last() } else { self.start_and_stop() }
    }

    fn last(&mut self) -> Option<TimeRange> {
        let start = self.span();
        self.bump();
        let count = match self.kind() {
            Kind::Long(count) => *count,
            _ => {
                self.expected("a whole number");
                return None;
            }
        };
        self.bump();
        let unit = match self.upper_word().as_deref() {
            Some("MINUTE" | "MINUTES") => MINUTE,
            Some("HOUR" | "HOURS") => 60 * MINUTE,
            Some("DAY" | "DAYS") => 24 * 60 * MINUTE,
            Some(other) => {
                self.report(messages::time_unit(self.span(), other));
                self.bump();
                return None;
            }
            None => {
                self.expected("MINUTES, HOURS or DAYS");
                return None;
            }
        };
        self.bump();
        Some(TimeRange::Last { millis: count.saturating_mul(unit), span: start.to(self.span_before()) })
    }

    fn start_and_stop(&mut self) -> Option<TimeRange> {
        let begin = self.span();
        let (mut start, mut stop) = (None, None);
        if self.eat_word("STOP") {
            stop = self.moment();
            match self.is_word("START") {
                true => self.report(messages::clause_order(self.span(), "START", "STOP")),
                false => self.report(messages::stop_alone(begin)),
            }
        }
        if self.eat_word("START") {
            start = self.moment();
        }
        if stop.is_none() && self.eat_word("STOP") {
            stop = self.moment();
        }
        Some(TimeRange::Between { start, stop, span: begin.to(self.span_before()) })
    }

    fn moment(&mut self) -> Option<Moment> {
        let start = self.span();
        let kind = match self.kind() {
            Kind::Text(text) => MomentKind::Text(text.clone()),
            Kind::Long(_) if matches!(self.kind_after(1), Kind::Symbol("-" | "/")) => {
                while matches!(self.kind(), Kind::Long(_) | Kind::Symbol("-" | "/")) {
                    self.bump();
                }
                self.report(messages::bare_time(start.to(self.span_before())));
                return None;
            }
            Kind::Long(millis) => MomentKind::Millis(*millis),
            Kind::Word(word) if word.eq_ignore_ascii_case("PARSEDATETIME") => {
                self.bump();
                self.expect_symbol("(");
                let Kind::Text(text) = self.kind() else {
                    self.expected("a text such as '1 day ago'");
                    return None;
                };
                let text = text.clone();
                self.bump();
                self.expect_symbol(")");
                return Some(Moment { kind: MomentKind::ParseDateTime(text), span: start.to(self.span_before()) });
            }
            _ => {
                self.expected("a time");
                return None;
            }
        };
        self.bump();
        Some(Moment { kind, span: start })
    }
}
