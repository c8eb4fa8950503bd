//! Parts of a time: the periods that `datetime_diff` and `datetime_add` count, and the numbers that `datetime_part` reads.

use chrono::{Datelike, Timelike};

use super::{shifted, valid};
use crate::ticks::{self, PER_DAY, PER_HOUR, PER_MICROSECOND, PER_MILLISECOND, PER_MINUTE, PER_SECOND};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Year,
    Quarter,
    Month,
    Week,
    WeekOfYear,
    Day,
    DayOfYear,
    Hour,
    Minute,
    Second,
    Millisecond,
    Microsecond,
    Nanosecond,
}

/// Their names, whose case does not count. A week is only a period; the weeks and the days of a year are only numbers.
const PARTS: [(&str, Part); 13] = [
    ("year", Part::Year),
    ("quarter", Part::Quarter),
    ("month", Part::Month),
    ("week", Part::Week),
    ("week_of_year", Part::WeekOfYear),
    ("day", Part::Day),
    ("dayofyear", Part::DayOfYear),
    ("hour", Part::Hour),
    ("minute", Part::Minute),
    ("second", Part::Second),
    ("millisecond", Part::Millisecond),
    ("microsecond", Part::Microsecond),
    ("nanosecond", Part::Nanosecond),
];

/// The parts that a function's first argument may name; `None` where it names none.
pub fn of_function(function: &str) -> Option<Vec<&'static str>> {
    let is_taken = match function {
        "datetime_part" | "datepart" => Part::is_number,
        "datetime_diff" | "datetime_add" => Part::is_period,
        _ => return None,
    };
    Some(PARTS.iter().filter(|(_, part)| is_taken(*part)).map(|(name, _)| *name).collect())
}

impl Part {
    fn named(name: &str) -> Option<Part> {
        PARTS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, part)| *part)
    }

    pub(super) fn period(name: &str) -> Option<Part> {
        Part::named(name).filter(|part| part.is_period())
    }

    pub(super) fn number(name: &str) -> Option<Part> {
        Part::named(name).filter(|part| part.is_number())
    }

    fn is_period(self) -> bool {
        !matches!(self, Part::WeekOfYear | Part::DayOfYear)
    }

    fn is_number(self) -> bool {
        self != Part::Week
    }

    /// How many ticks a period has, where all have as many.
    fn ticks(self) -> Option<i64> {
        Some(match self {
            Part::Day => PER_DAY,
            Part::Hour => PER_HOUR,
            Part::Minute => PER_MINUTE,
            Part::Second => PER_SECOND,
            Part::Millisecond => PER_MILLISECOND,
            Part::Microsecond => PER_MICROSECOND,
            _ => return None,
        })
    }

    /// How many boundaries of the period lie between two times.
    pub(super) fn between(self, earlier: i64, later: i64) -> Option<i64> {
        if self == Part::Nanosecond {
            return later.checked_sub(earlier)?.checked_mul(100);
        }
        Some(self.place(later)? - self.place(earlier)?)
    }

    /// The number of the period that a time lies in.
    fn place(self, time: i64) -> Option<i64> {
        if let Some(per) = self.ticks() {
            return Some(time / per);
        }
        let civil = ticks::to_civil(time)?;
        let (year, month) = (i64::from(civil.year()), i64::from(civil.month0()));
        Some(match self {
            Part::Year => year,
            Part::Quarter => year * 4 + month / 3,
            Part::Month => year * 12 + month,
            Part::Week => (time / PER_DAY + 1) / 7,
            _ => return None,
        })
    }

    /// A time so many periods later; nanoseconds that make no tick are cut.
    pub(super) fn later(self, count: i64, time: i64) -> Option<i64> {
        if let Some(per) = self.ticks() {
            return valid(time.checked_add(count.checked_mul(per)?)?);
        }
        match self {
            Part::Year => shifted(time, count.checked_mul(12)?),
            Part::Quarter => shifted(time, count.checked_mul(3)?),
            Part::Month => shifted(time, count),
            Part::Week => valid(time.checked_add(count.checked_mul(7 * PER_DAY)?)?),
            Part::Nanosecond => valid(time.checked_add(count / 100)?),
            _ => None,
        }
    }

    /// The number of this part in a time.
    pub(super) fn of(self, time: i64) -> Option<i32> {
        let civil = ticks::to_civil(time)?;
        let found = match self {
            Part::Year => return Some(civil.year()),
            Part::Quarter => civil.month0() / 3 + 1,
            Part::Month => civil.month(),
            Part::WeekOfYear => civil.iso_week().week(),
            Part::Day => civil.day(),
            Part::DayOfYear => civil.ordinal(),
            Part::Hour => civil.hour(),
            Part::Minute => civil.minute(),
            Part::Second => civil.second(),
            Part::Millisecond => civil.nanosecond() / 1_000_000,
            Part::Microsecond => civil.nanosecond() / 1_000,
            Part::Nanosecond => civil.nanosecond(),
            Part::Week => return None,
        };
        i32::try_from(found).ok()
    }
}
