//! Numbers and the timespans that are written as a number with a unit.

use super::{Lexer, is_name_part};
use crate::kql::messages;
use crate::kql::token::Kind;

impl Lexer<'_> {
    pub(super) fn number(&mut self) -> Kind {
        let start = self.cursor.offset();
        if self.cursor.eat("0x") || self.cursor.eat("0X") {
            let from = self.cursor.offset();
            self.cursor.eat_while(|c| c.is_ascii_hexdigit());
            return match u64::from_str_radix(self.cursor.text_from(from), 16) {
                Ok(value) => Kind::Long(value.cast_signed()),
                Err(_) => self.bad_number(start),
            };
        }
        self.cursor.eat_while(|c| c.is_ascii_digit());
        let mut is_real = false;
        if self.cursor.peek() == Some('.') && self.cursor.nth(1).is_some_and(|c| c.is_ascii_digit()) {
            is_real = true;
            self.cursor.bump();
            self.cursor.eat_while(|c| c.is_ascii_digit());
        }
        is_real |= self.exponent();
        let digits = self.cursor.text_from(start);
        let from = self.cursor.offset();
        self.cursor.eat_while(is_name_part);
        let unit = self.cursor.text_from(from);
        let kind = if !unit.is_empty() {
            timespan(digits, unit).map(Kind::Timespan)
        } else if is_real {
            digits.parse().ok().map(Kind::Real)
        } else {
            digits.parse().ok().map(Kind::Long)
        };
        kind.unwrap_or_else(|| self.bad_number(start))
    }

    fn exponent(&mut self) -> bool {
        let mut ahead = self.cursor.clone();
        if !(ahead.eat("e") || ahead.eat("E")) {
            return false;
        }
        if !ahead.eat("-") {
            ahead.eat("+");
        }
        let from = ahead.offset();
        ahead.eat_while(|c| c.is_ascii_digit());
        let is_exponent = ahead.offset() > from;
        if is_exponent {
            self.cursor = ahead;
        }
        is_exponent
    }

    fn bad_number(&mut self, start: usize) -> Kind {
        self.report(messages::bad_number(self.span_from(start), self.cursor.text_from(start)));
        Kind::Broken
    }
}

/// Ticks of an amount and a unit, `None` where the unit is unknown or the span too long.
fn timespan(amount: &str, unit: &str) -> Option<i64> {
    let per: i64 = match unit {
        "d" | "day" | "days" => 864_000_000_000,
        "h" | "hr" | "hrs" | "hour" | "hours" => 36_000_000_000,
        "m" | "min" | "minute" | "minutes" => 600_000_000,
        "s" | "sec" | "second" | "seconds" => 10_000_000,
        "ms" | "milli" | "millis" | "millisecond" | "milliseconds" => 10_000,
        "micro" | "micros" | "microsecond" | "microseconds" => 10,
        "tick" | "ticks" => 1,
        _ => return None,
    };
    if let Ok(whole) = amount.parse::<i64>() {
        return whole.checked_mul(per);
    }
    let ticks = amount.parse::<f64>().ok()? * per as f64;
    (ticks.abs() < i64::MAX as f64).then_some(ticks.round() as i64)
}
