//! Functions on datetimes and timespans. Weeks start on Sunday.

pub mod part;

use chrono::{Datelike, Months, NaiveDateTime, Timelike};
use datafusion_expr::Expr;

use crate::function::{Function, Gives, Lower, Overload, Param, call_kernel, kernel};
use crate::kernel::Kernel;
use crate::rows::{Row, to_int, to_long, to_real, to_text};
use crate::ticks::{self, PER_DAY, PER_MICROSECOND, PER_MILLISECOND, PER_SECOND, UNIX_EPOCH};
use crate::types::Type;
use part::Part;

const TIME: Param = Param::Is(Type::Datetime);
const SPAN: Param = Param::Is(Type::Timespan);
const LONG: Param = Param::Is(Type::Long);
const REAL: Param = Param::Is(Type::Real);
const TEXT: Param = Param::Is(Type::String);

/// A row of the table for a function of the time since 1970.
macro_rules! unix {
    ($name:literal, $summary:expr, $per:expr, $example:literal) => {
        Function::kql(
            &[$name],
            $summary,
            &[
                Overload::kernel(&[LONG], Type::Datetime, |args| to_long(args, |row| since_epoch(row, $per))),
                Overload::kernel(&[REAL], Type::Datetime, |args| {
                    to_long(args, |row| {
                        let ticks = row.real(0).filter(|units| units.is_finite())? * $per;
                        valid((ticks.round() as i64).checked_add(UNIX_EPOCH)?)
                    })
                }),
            ],
            &[(concat!($name, $example), "2019-01-01T00:00:00Z")],
        )
    };
}

pub const FUNCTIONS: &[Function] = &[
    Function::kql(
        &["bin", "floor"],
        "a value rounded down to a multiple of a bin size",
        &[
            Overload::kernel(&[TIME, SPAN], Type::Datetime, BIN),
            Overload::kernel(&[SPAN, SPAN], Type::Timespan, BIN),
            Overload::kernel(&[LONG, LONG], Type::Long, BIN),
            Overload::kernel(&[REAL, REAL], Type::Real, |args| {
                to_real(args, |row| {
                    let (value, size) = (row.real(0)?, row.real(1)?);
                    (size > 0.0).then(|| (value / size).floor() * size)
                })
            }),
        ],
        &[("bin(4.5, 1.0)", "4"), ("bin(datetime(1970-05-11 13:45:07), 1d)", "1970-05-11T00:00:00Z")],
    ),
    Function::kql(
        &["bin_at"],
        "a value rounded down to a multiple of a bin size, counted from a fixed point",
        &[
            Overload::kernel(&[TIME, SPAN, TIME], Type::Datetime, |args| to_long(args, |row| valid(bin_at(row)?))),
            Overload::kernel(&[SPAN, SPAN, SPAN], Type::Timespan, BIN_AT),
            Overload::kernel(&[LONG, LONG, LONG], Type::Long, BIN_AT),
            Overload::kernel(&[REAL, REAL, REAL], Type::Real, |args| {
                to_real(args, |row| {
                    let (value, size, from) = (row.real(0)?, row.real(1)?, row.real(2)?);
                    (size > 0.0).then(|| ((value - from) / size).floor() * size + from)
                })
            }),
        ],
        &[
            ("bin_at(datetime(2017-05-15 10:20:00), 1d, datetime(1970-01-01 12:00:00))", "2017-05-14T12:00:00Z"),
            ("bin_at(time(1h), 1d, 12h)", "-12:00:00"),
            ("bin_at(6.5, 2.5, 7)", "4.5"),
        ],
    ),
    kernel!(["startofday"], "the start of the day, some days away", [TIME, LONG], optional 1 => Type::Datetime,
        |args| to_long(args, day), [("startofday(datetime(2017-01-01 10:10:17))", "2017-01-01T00:00:00Z"),
        ("startofday(datetime(2020-06-15 13:45:00), 3)", "2020-06-18T00:00:00Z"),
        ("startofday(datetime(null))", "")]),
    kernel!(["startofweek"], "the Sunday that starts the week, some weeks away", [TIME, LONG], optional 1 => Type::Datetime,
        |args| to_long(args, week), [("startofweek(datetime(2017-01-01 10:10:17))", "2017-01-01T00:00:00Z"),
        ("startofweek(datetime(2020-06-15 13:45:00), -2)", "2020-05-31T00:00:00Z"),
        ("startofweek(datetime(null))", "")]),
    kernel!(["startofmonth"], "the start of the month, some months away", [TIME, LONG], optional 1 => Type::Datetime,
        |args| to_long(args, |row| month(row, 1)), [("startofmonth(datetime(2017-01-05 10:10:17), -1)", "2016-12-01T00:00:00Z"),
        ("startofmonth(datetime(2020-06-15), -13)", "2019-05-01T00:00:00Z"),
        ("startofmonth(datetime(null))", "")]),
    kernel!(["startofyear"], "the start of the year, some years away", [TIME, LONG], optional 1 => Type::Datetime,
        |args| to_long(args, year), [("startofyear(datetime(2017-01-05 10:10:17), 1)", "2018-01-01T00:00:00Z"),
        ("startofyear(datetime(2020-06-15), -5)", "2015-01-01T00:00:00Z"),
        ("startofyear(datetime(null))", "")]),
    kernel!(["endofday"], "the last tick of the day", [TIME, LONG], optional 1 => Type::Datetime,
        |args| to_long(args, |row| Some(day(row)? + PER_DAY - 1)), [("endofday(datetime(2017-01-01 10:10:17))", "2017-01-01T23:59:59.9999999Z"),
        ("endofday(datetime(2017-01-01), -1)", "2016-12-31T23:59:59.9999999Z"),
        ("endofday(datetime(null))", "")]),
    kernel!(["endofweek"], "the last tick of the week", [TIME, LONG], optional 1 => Type::Datetime,
        |args| to_long(args, |row| Some(week(row)? + 7 * PER_DAY - 1)), [("endofweek(datetime(2017-01-01 10:10:17))", "2017-01-07T23:59:59.9999999Z"),
        ("endofweek(datetime(2020-06-15 13:45:00), 2)", "2020-07-04T23:59:59.9999999Z"),
        ("endofweek(datetime(null))", "")]),
    kernel!(["endofmonth"], "the last tick of the month", [TIME, LONG], optional 1 => Type::Datetime,
        |args| to_long(args, |row| Some(before(shifted(month(row, 1)?, 1)))), [("endofmonth(datetime(2017-01-01 10:10:17))", "2017-01-31T23:59:59.9999999Z"),
        ("endofmonth(datetime(2020-01-31), 1)", "2020-02-29T23:59:59.9999999Z"),
        ("endofmonth(datetime(null))", "")]),
    kernel!(["endofyear"], "the last tick of the year", [TIME, LONG], optional 1 => Type::Datetime,
        |args| to_long(args, |row| Some(before(shifted(year(row)?, 12)))), [("endofyear(datetime(2017-01-01 10:10:17))", "2017-12-31T23:59:59.9999999Z"),
        ("endofyear(datetime(2020-06-15), -1)", "2019-12-31T23:59:59.9999999Z"),
        ("endofyear(datetime(null))", "")]),
    kernel!(["dayofweek"], "the days since Sunday", [TIME] => Type::Timespan,
        |args| to_long(args, |row| {
            let since_sunday = (row.long(0)? / PER_DAY + 1) % 7;
            // The week has to end within the calendar.
            valid((row.long(0)? / PER_DAY + 6 - since_sunday).checked_mul(PER_DAY)?)?;
            Some(since_sunday * PER_DAY)
        }), [("dayofweek(datetime(1947-11-30 10:00:05))", "00:00:00"),
        ("dayofweek(datetime(0001-01-01))", "1.00:00:00"),
        ("dayofweek(datetime(2020-02-29))", "6.00:00:00"),
        ("dayofweek(datetime(null))", "")]),
    kernel!(["dayofmonth"], "the number of the day in its month", [TIME] => Type::Int,
        |args| to_int(args, |row| Some(civil(row)?.day().cast_signed())), [("dayofmonth(datetime(2015-12-14))", "14"),
        ("dayofmonth(datetime(2020-02-29))", "29"),
        ("dayofmonth(datetime(null))", "")]),
    kernel!(["dayofyear"], "the number of the day in its year", [TIME] => Type::Int,
        |args| to_int(args, |row| Some(civil(row)?.ordinal().cast_signed())), [("dayofyear(datetime(2015-12-14))", "348"),
        ("dayofyear(datetime(2020-12-31))", "366"),
        ("dayofyear(datetime(null))", "")]),
    kernel!(["hourofday"], "the hour of the day", [TIME] => Type::Int,
        |args| to_int(args, |row| Some(civil(row)?.hour().cast_signed())), [("hourofday(datetime(2015-12-14 18:54))", "18"),
        ("hourofday(datetime(2020-06-15 23:59:59.9999999))", "23"),
        ("hourofday(datetime(null))", "")]),
    kernel!(["monthofyear", "getmonth"], "the number of the month", [TIME] => Type::Int,
        |args| to_int(args, |row| Some(civil(row)?.month().cast_signed())), [("monthofyear(datetime(2015-12-14))", "12"),
        ("monthofyear(datetime(null))", "")]),
    kernel!(["getyear"], "the year", [TIME] => Type::Int,
        |args| to_int(args, |row| Some(civil(row)?.year())), [("getyear(datetime(2015-10-12))", "2015"),
        ("getyear(datetime(null))", "")]),
    kernel!(["week_of_year", "weekofyear"], "the week of the year by ISO 8601", [TIME] => Type::Int,
        |args| to_int(args, |row| Some(civil(row)?.iso_week().week().cast_signed())), [("week_of_year(datetime(2020-12-31))", "53"),
        ("week_of_year(datetime(2021-02-28))", "8"),
        ("week_of_year(datetime(2000-01-01))", "52"),
        ("week_of_year(datetime(null))", "")]),
    kernel!(["datetime_diff"], "how many boundaries of a period lie between two times", [TEXT, TIME, TIME] => Type::Long,
    |args| to_long(args, |row| Part::period(row.text(0)?)?.between(row.long(2)?, row.long(1)?)), [
        ("datetime_diff('nanosecond', datetime(2020-01-01 00:00:00.0000002), datetime(2020-01-01))", "200"),
        ("datetime_diff('day', datetime(2017-10-30 23:00:00), datetime(2017-10-29 23:59:59))", "1"),
        ("datetime_diff('year', datetime(2017-01-01), datetime(2000-12-31))", "17")
    ]),
    kernel!(["datetime_add"], "a time moved by a number of periods", [TEXT, LONG, TIME] => Type::Datetime,
        |args| to_long(args, |row| Part::period(row.text(0)?)?.later(row.long(1)?, row.long(2)?)), [("datetime_add('month', 1, datetime(2017-01-31))", "2017-02-28T00:00:00Z"),
        ("datetime_add('month', -1, datetime(2020-03-31 00:00:00.0000001))", "2020-02-29T00:00:00.0000001Z"),
        ("datetime_add('quarter', -3, datetime(2020-02-29 12:00))", "2019-05-29T12:00:00Z"),
        ("datetime_add('nanosecond', 250, datetime(2020-01-01))", "2020-01-01T00:00:00.0000002Z"),
        ("datetime_add('day', 1, datetime(null))", "")]),
    kernel!(["datetime_part", "datepart"], "one part of a time as a number", [TEXT, TIME] => Type::Int,
        |args| to_int(args, |row| Part::number(row.text(0)?)?.of(row.long(1)?)), [("datetime_part('month', datetime(2017-10-30))", "10"),
        ("datetime_part('millisecond', datetime(2017-10-30 01:02:03.7654321))", "765"),
        ("datetime_part('nanosecond', datetime(2017-10-30 01:02:03.7654321))", "765432100"),
        ("datetime_part('year', datetime(null))", "")]),
    kernel!(["format_datetime"], "a time printed by a pattern such as yyyy-MM-dd HH:mm:ss", [TIME, TEXT] => Type::String,
        |args| to_text(args, |row| {
            Some(row.long(0).and_then(|time| formatted(time, row.text_or_empty(1))).unwrap_or_default())
        }), [("format_datetime(datetime(2017-01-29 09:00:05), 'yy-MM-dd [HH:mm:ss]')", "17-01-29 [09:00:05]"),
        ("format_datetime(datetime(2020-01-05), 'ddd dddd MMM')", "055 0505 011"),
        ("format_datetime(datetime(2007-03-09 17:04:03), 'h tt')", "5 PM"),
        ("format_datetime(datetime(2020-06-15 13:45:09), 'ss.FFFFFFF')", "09."),
        ("format_datetime(datetime(null), 'yyyy')", "")]),
    Function::kql(
        &["make_datetime"],
        "the time of a year, month, day, hour, minute and second",
        &[
            Overload::kernel(&[LONG, LONG, LONG, LONG, LONG, REAL], Type::Datetime, |args| to_long(args, made))
                .optional(3),
            Overload::new(&[Param::Any], Gives::Is(Type::Datetime), Lower::Cast),
        ],
        &[
            ("make_datetime(2017, 10, 1)", "2017-10-01T00:00:00Z"),
            ("make_datetime(2017, 10, 1, 12, 10, 0.1234567)", "2017-10-01T12:10:00.1234567Z"),
            ("make_datetime(2021, 2, 29)", ""),
        ],
    ),
    unix!("unixtime_seconds_todatetime", "the time so many seconds after 1970", PER_SECOND as f64, "(1546300800)"),
    unix!(
        "unixtime_milliseconds_todatetime",
        "the time so many milliseconds after 1970",
        PER_MILLISECOND as f64,
        "(1546300800000)"
    ),
    unix!(
        "unixtime_microseconds_todatetime",
        "the time so many microseconds after 1970",
        PER_MICROSECOND as f64,
        "(1546300800000000)"
    ),
    unix!("unixtime_nanoseconds_todatetime", "the time so many nanoseconds after 1970", 0.01, "(1546300800000000000)"),
];

const BIN_AT: Kernel = |args| to_long(args, bin_at);

fn bin_at(row: &Row<'_>) -> Option<i64> {
    let (value, size, from) = (row.long(0)?, row.long(1)?, row.long(2)?);
    let over = if size > 0 { value.checked_sub(from)?.rem_euclid(size) } else { return None };
    value.checked_sub(over)
}

const BIN: Kernel = |args| {
    to_long(args, |row| {
        let (value, size) = (row.long(0)?, row.long(1)?);
        if size > 0 { value.checked_sub(value.rem_euclid(size)) } else { None }
    })
};

fn valid(ticks: i64) -> Option<i64> {
    (0..=ticks::MAX).contains(&ticks).then_some(ticks)
}

/// So many units of `per` ticks after 1970; a unit below a tick is cut.
fn since_epoch(row: &Row<'_>, per: f64) -> Option<i64> {
    let units = row.long(0)?;
    let ticks = if per < 1.0 { units.div_euclid((1.0 / per) as i64) } else { units.checked_mul(per as i64)? };
    valid(ticks.checked_add(UNIX_EPOCH)?)
}

fn civil(row: &Row<'_>) -> Option<NaiveDateTime> {
    ticks::to_civil(row.long(0)?)
}

/// The second argument, which may be left out.
fn offset(row: &Row<'_>) -> Option<i64> {
    if row.len() > 1 { row.long(1) } else { Some(0) }
}

fn day(row: &Row<'_>) -> Option<i64> {
    let time = row.long(0)?;
    valid((time - time.rem_euclid(PER_DAY)).checked_add(offset(row)?.checked_mul(PER_DAY)?)?)
}

fn week(row: &Row<'_>) -> Option<i64> {
    let days = row.long(0)? / PER_DAY;
    // Day 0 of the count, 0001-01-01, was a Monday.
    let sunday = days - (days + 1) % 7;
    valid(sunday.checked_add(offset(row)?.checked_mul(7)?)?.checked_mul(PER_DAY)?)
}

fn month(row: &Row<'_>, per: i64) -> Option<i64> {
    let first = civil(row)?.date().with_day(1)?.and_hms_opt(0, 0, 0)?;
    shifted(ticks::from_civil(first)?, offset(row)?.checked_mul(per)?)
}

fn year(row: &Row<'_>) -> Option<i64> {
    let first = civil(row)?.date().with_ordinal(1)?.and_hms_opt(0, 0, 0)?;
    shifted(ticks::from_civil(first)?, offset(row)?.checked_mul(12)?)
}

/// A time some months away; a day that the month lacks becomes its last.
fn shifted(time: i64, months: i64) -> Option<i64> {
    let civil = ticks::to_civil(time)?;
    let count = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
    let moved = if months < 0 { civil.checked_sub_months(count)? } else { civil.checked_add_months(count)? };
    Some(ticks::from_civil(moved)? + time % 10_000_000 - ticks::from_civil(moved)? % 10_000_000)
}

/// The last tick before a time; the calendar's last where that time is no more in it.
fn before(time: Option<i64>) -> i64 {
    time.map_or(ticks::MAX, |time| time - 1)
}

/// A time moved by a timespan, forwards or backwards; null outside of the calendar.
pub fn shift(time: Expr, span: Expr, is_back: bool) -> Expr {
    let on: Kernel = |args| to_long(args, |row| valid(row.long(0)?.checked_add(row.long(1)?)?));
    let back: Kernel = |args| to_long(args, |row| valid(row.long(0)?.checked_sub(row.long(1)?)?));
    let (name, kernel) = if is_back { ("datetime_back", back) } else { ("datetime_on", on) };
    call_kernel(name.into(), kernel, Type::Datetime, vec![time, span])
}

fn made(row: &Row<'_>) -> Option<i64> {
    let part = |index: usize| {
        let value = if index < row.len() { row.long(index)? } else { 0 };
        u32::try_from(value).ok()
    };
    let date = chrono::NaiveDate::from_ymd_opt(i32::try_from(row.long(0)?).ok()?, part(1)?, part(2)?)?;
    let time = ticks::from_civil(date.and_hms_opt(part(3)?, part(4)?, 0)?)?;
    let seconds = if row.len() > 5 { row.real(5)? } else { 0.0 };
    (0.0..60.0).contains(&seconds).then(|| time + (seconds * PER_SECOND as f64).round() as i64)
}

/// Runs of one letter are fields, all else stands for itself.
fn formatted(time: i64, pattern: &str) -> Option<String> {
    let civil = ticks::to_civil(time)?;
    let mut out = String::new();
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        let mut width = 1;
        // A longer run is several fields: dddd is dd twice.
        let most = match letter {
            'y' => 4,
            'f' | 'F' => 7,
            'M' | 'd' | 'H' | 'h' | 'm' | 's' | 't' => 2,
            _ => 1,
        };
        while width < most && letters.next_if_eq(&letter).is_some() {
            width += 1;
        }
        let padded = |value: u32| format!("{value:0width$}");
        let fraction = || format!("{:07}", time % PER_SECOND).chars().take(width).collect::<String>();
        match letter {
            'y' if width <= 2 => out.push_str(&padded(civil.year().unsigned_abs() % 100)),
            'y' => out.push_str(&padded(civil.year().unsigned_abs())),
            'M' => out.push_str(&padded(civil.month())),
            'd' => out.push_str(&padded(civil.day())),
            'H' => out.push_str(&padded(civil.hour())),
            'h' => out.push_str(&padded((civil.hour() + 11) % 12 + 1)),
            'm' => out.push_str(&padded(civil.minute())),
            's' => out.push_str(&padded(civil.second())),
            'f' => out.push_str(&fraction()),
            'F' => out.push_str(fraction().trim_end_matches('0')),
            't' => out.push_str(if civil.hour() < 12 { "AM" } else { "PM" }),
            other => out.push(other),
        }
    }
    Some(out)
}
