//! PARAMETERS: they tune QRadar's own servers. All are read, and those that can change an answer there are told.

use super::Parser;
use crate::aql::messages;
use crate::aql::token::Kind;

const PARAMETERS: [&str; 5] =
    ["REMOTESERVERS", "EXCLUDESERVERS", "PROGRESSDETAILSRESOLUTION", "SNAPSHOTSIZE", "EXECUTIONTIMELIMIT"];

/// These say which events are searched, or for how long.
const CHANGE_ANSWERS: [&str; 3] = ["REMOTESERVERS", "EXCLUDESERVERS", "EXECUTIONTIMELIMIT"];

impl Parser<'_> {
    /// `name = value, …`, from behind the first word.
    pub(super) fn parameters(&mut self) {
        loop {
            let (span, written) = (self.span(), self.upper_word());
            let Some(name) = written else {
                self.expected("the name of a parameter");
                self.skip_to_clause();
                return;
            };
            self.bump();
            if !PARAMETERS.contains(&name.as_str()) {
                self.report(messages::unknown_parameter(span, self.source.slice(span), &PARAMETERS));
            } else if CHANGE_ANSWERS.contains(&name.as_str()) {
                self.report(messages::parameter_without_effect(span, &name));
            }
            if !self.expect_symbol("=") {
                self.skip_to_clause();
                return;
            }
            // A number, a text, a word, or ARIELSERVERS4EPID(8) and its kin.
            if matches!(self.kind(), Kind::Long(_) | Kind::Text(_) | Kind::Word(_)) {
                self.expr();
            } else {
                self.expected("a value");
            }
            if !self.eat_symbol(",") {
                return;
            }
        }
    }
}
