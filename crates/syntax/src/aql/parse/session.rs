//! SESSION BY: follows sessions across events. It is read whole, so that its own faults are told, and then refused.

use super::{Parser, is_reserved};
use crate::Span;
use crate::aql::messages;
use crate::aql::token::Kind;

/// What may follow the conditions, with a number.
const TIMES: [&str; 2] = ["EXPIRE", "TIMEOUT"];

impl Parser<'_> {
    /// `SESSION BY time field … BEGIN condition [END condition] [EXPIRE n] [TIMEOUT n]`, from behind the first word.
    pub(super) fn session(&mut self, start: Span) {
        self.expect_word("BY");
        let mut keys = 0;
        while self.is_key() {
            self.expr();
            self.eat_symbol(",");
            keys += 1;
        }
        if keys < 2 {
            self.expected("a time and what tells sessions apart");
        }
        if self.expect_word("BEGIN") {
            self.expr();
        }
        if self.eat_word("END") {
            self.expr();
        }
        while let Some(word) = TIMES.into_iter().find(|word| self.is_word(word)) {
            self.bump();
            if matches!(self.kind(), Kind::Long(_)) {
                self.bump();
            } else {
                self.expected(&format!("the milliseconds of {word}"));
                self.skip_to_clause();
            }
        }
        let help = "transactional queries follow sessions across events: group with GROUP BY instead";
        self.report(messages::not_supported(start.to(self.span_before()), "SESSION BY", help));
        self.skip_to_clause();
    }

    fn is_key(&self) -> bool {
        match self.kind() {
            Kind::Word(word) => !is_reserved(word) && !self.is_word("BEGIN"),
            Kind::Quoted(_) | Kind::Symbol("(") => true,
            _ => false,
        }
    }
}
