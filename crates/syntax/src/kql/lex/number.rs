//! Numbers and the timespans that are written as a number with a unit.

use super::{Lexer, is_name_part, is_name_start};
use crate::kql::messages;
use crate::kql::token::Kind;

/// The magnitude of the least long.
const BEYOND: &str = "9223372036854775808";

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
        let mut is_real = self.fraction();
        is_real |= self.exponent();
        let digits = self.cursor.text_from(start);
        let from = self.cursor.offset();
        self.cursor.eat_while(is_name_part);
        let unit = self.cursor.text_from(from);
        let kind = match unit {
            "" if is_real => digits.parse().ok().map(Kind::Real),
            "" if digits == BEYOND => Some(Kind::Beyond),
            "" => digits.parse().ok().map(Kind::Long),
            // What is no timespan is a name that starts with digits.
            _ => match timespan(digits, unit) {
                None if !is_real && ticks_of(unit).is_none() => Some(Kind::Name),
                ticks => ticks.map(Kind::Timespan),
            },
        };
        kind.unwrap_or_else(|| self.bad_number(start))
    }

    /// `.5`, or a point alone where neither a second point nor a name follows it: `24./7` divides a real.
    fn fraction(&mut self) -> bool {
        if self.cursor.peek() != Some('.') {
            return false;
        }
        match self.cursor.nth(1) {
            Some(c) if c.is_ascii_digit() => {}
            Some('e' | 'E') if self.cursor.nth(2).is_some_and(|c| c.is_ascii_digit() || matches!(c, '+' | '-')) => {}
            Some(c) if c == '.' || c == '[' || is_name_start(c) => return false,
            _ => {}
        }
        self.cursor.bump();
        self.cursor.eat_while(|c| c.is_ascii_digit());
        true
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
    let per = ticks_of(unit)?;
    if let Ok(whole) = amount.parse::<i64>() {
        return whole.checked_mul(per);
    }
    let ticks = amount.parse::<f64>().ok()? * per as f64;
    (ticks.abs() < i64::MAX as f64).then_some(ticks.round() as i64)
}

fn ticks_of(unit: &str) -> Option<i64> {
    Some(match unit {
        "d" | "day" | "days" => 864_000_000_000,
        "h" | "hr" | "hrs" | "hour" | "hours" => 36_000_000_000,
        "m" | "min" | "minute" | "minutes" => 600_000_000,
        "s" | "sec" | "second" | "seconds" => 10_000_000,
        "ms" | "milli" | "millis" | "millisecond" | "milliseconds" => 10_000,
        "micro" | "micros" | "microsecond" | "microseconds" => 10,
        "tick" | "ticks" => 1,
        _ => return None,
    })
}
