//! Functions that make and print timespans, and tell whether a value lies around another.

use crate::function::{Function, Gives, Lower, Overload, Param, kernel};
use crate::kernel::Kernel;
use crate::rows::{Row, to_bool, to_long, to_text};
use crate::ticks::{PER_DAY, PER_HOUR, PER_MINUTE, PER_SECOND};
use crate::types::Type;

const TIME: Param = Param::Is(Type::Datetime);
const SPAN: Param = Param::Is(Type::Timespan);
const LONG: Param = Param::Is(Type::Long);
const REAL: Param = Param::Is(Type::Real);

pub const FUNCTIONS: &[Function] = &[
    kernel!(["format_timespan"], "a timespan printed by a pattern such as d.hh:mm:ss.fff", [SPAN, Param::Is(Type::String)] => Type::String,
        |args| to_text(args, |row| Some(row.long(0).map(|ticks| formatted(ticks, row.text_or_empty(1))).unwrap_or_default())),
        [("format_timespan(time(29.09:00:05.12345), 'dd.hh:mm:ss:FF')", "29.09:00:05:12"), ("format_timespan(-90s, 'mm:ss')", "-01:30")]),
    Function::kql(
        &["make_timespan"],
        "the timespan of hours, minutes and seconds, or of days, hours, minutes and seconds; null where one is out of its range",
        &[
            Overload::kernel(&[LONG, LONG, LONG, REAL], Type::Timespan, |args| to_long(args, |row| made(row, 0))),
            Overload::kernel(&[LONG, LONG, REAL], Type::Timespan, |args| to_long(args, |row| made(row, 1))).optional(1),
            Overload::new(&[Param::Any], Gives::Is(Type::Timespan), Lower::Cast),
        ],
        &[
            ("make_timespan(1, 12, 30, 55.123)", "1.12:30:55.1230000"),
            ("make_timespan(2, 30)", "02:30:00"),
            ("make_timespan(25, 70)", ""),
        ],
    ),
    Function::kql(
        &["around"],
        "whether a value lies within a distance of another",
        &[
            Overload::kernel(&[TIME, TIME, SPAN], Type::Bool, AROUND),
            Overload::kernel(&[SPAN, SPAN, SPAN], Type::Bool, AROUND),
            Overload::kernel(&[LONG, LONG, LONG], Type::Bool, AROUND),
            Overload::kernel(&[REAL, REAL, REAL], Type::Bool, |args| {
                to_bool(args, |row| Some((row.real(0)? - row.real(1)?).abs() <= row.real(2)?))
            }),
        ],
        &[("around(5, 4, 1)", "true"), ("around(datetime(2021-01-01 01:32), datetime(2021-01-01 01:30), 1m)", "false")],
    ),
];

const AROUND: Kernel = |args| {
    to_bool(args, |row| {
        let (value, center, delta) = (row.long(0)?, row.long(1)?, row.long(2)?);
        Some((center.saturating_sub(delta)..=center.saturating_add(delta)).contains(&value))
    })
};

/// Runs of one letter are fields, all else stands for itself.
fn formatted(ticks: i64, pattern: &str) -> String {
    let size = ticks.unsigned_abs();
    let unit = |per: i64, of: u64| size / per.unsigned_abs() % of;
    let mut out = String::from(if ticks < 0 { "-" } else { "" });
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        let mut width = 1;
        while "dhHmsfF".contains(letter) && letters.next_if_eq(&letter).is_some() {
            width += 1;
        }
        let fraction = || format!("{:07}", unit(1, PER_SECOND.unsigned_abs())).chars().take(width).collect::<String>();
        match letter {
            'd' => out.push_str(&format!("{:0width$}", unit(PER_DAY, u64::MAX))),
            'h' | 'H' => out.push_str(&format!("{:0width$}", unit(PER_HOUR, 24))),
            'm' => out.push_str(&format!("{:0width$}", unit(PER_MINUTE, 60))),
            's' => out.push_str(&format!("{:0width$}", unit(PER_SECOND, 60))),
            'f' => out.push_str(&fraction()),
            'F' => out.push_str(fraction().trim_end_matches('0')),
            other => out.push(other),
        }
    }
    out
}

/// With `left_out` 1 there are no days.
fn made(row: &Row<'_>, left_out: usize) -> Option<i64> {
    let part = |index: usize, most: i64| row.long(index).filter(|value| (0..=most).contains(value));
    let days = if left_out == 0 { part(0, 10_000_000)? } else { 0 };
    let (hours, minutes) = (part(1 - left_out, 23)?, part(2 - left_out, 59)?);
    let seconds = if row.len() > 3 - left_out { row.real(3 - left_out)? } else { 0.0 };
    let clock = days * PER_DAY + hours * PER_HOUR + minutes * PER_MINUTE;
    (0.0..60.0).contains(&seconds).then(|| clock + (seconds * PER_SECOND as f64).round() as i64)
}
