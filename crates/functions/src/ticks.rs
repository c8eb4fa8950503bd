//! Ticks: time as Kusto counts it, in steps of 100 ns from 0001-01-01T00:00:00Z, and how it is read and printed.

mod spelt;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};

pub use spelt::{MONTHS, WEEKDAYS, parse_spelt};

pub const PER_MICROSECOND: i64 = 10;
pub const PER_MILLISECOND: i64 = 10_000;
pub const PER_SECOND: i64 = 10_000_000;
pub const PER_MINUTE: i64 = 60 * PER_SECOND;
pub const PER_HOUR: i64 = 60 * PER_MINUTE;
pub const PER_DAY: i64 = 24 * PER_HOUR;

/// 1970-01-01T00:00:00Z.
pub const UNIX_EPOCH: i64 = 719_162 * PER_DAY;
/// 1601-01-01T00:00:00Z, from which Windows counts its FILETIME.
pub const FILETIME_EPOCH: i64 = UNIX_EPOCH - 11_644_473_600 * PER_SECOND;
/// 9999-12-31T23:59:59.9999999Z, the last datetime.
pub const MAX: i64 = 3_652_059 * PER_DAY - 1;

/// `None` outside of the years 1 to 9999.
pub fn from_unix_nanos(seconds: i64, nanos: u32) -> Option<i64> {
    let ticks = seconds.checked_mul(PER_SECOND)?.checked_add(i64::from(nanos / 100))?.checked_add(UNIX_EPOCH)?;
    (0..=MAX).contains(&ticks).then_some(ticks)
}

pub fn from_unix_millis(millis: i64) -> Option<i64> {
    let ticks = millis.checked_mul(PER_MILLISECOND)?.checked_add(UNIX_EPOCH)?;
    (0..=MAX).contains(&ticks).then_some(ticks)
}

pub fn to_unix_millis(ticks: i64) -> i64 {
    (ticks - UNIX_EPOCH).div_euclid(PER_MILLISECOND)
}

pub fn from_civil(time: NaiveDateTime) -> Option<i64> {
    let days = i64::from(time.date().num_days_from_ce()) - 1;
    let seconds = i64::from(time.time().num_seconds_from_midnight());
    // chrono counts a leap second as nanoseconds above a second; it folds into the next one.
    let ticks = days * PER_DAY + seconds * PER_SECOND + i64::from(time.time().nanosecond() / 100);
    (0..=MAX).contains(&ticks).then_some(ticks)
}

pub fn to_civil(ticks: i64) -> Option<NaiveDateTime> {
    if !(0..=MAX).contains(&ticks) {
        return None;
    }
    let date = NaiveDate::from_num_days_from_ce_opt(i32::try_from(ticks / PER_DAY).ok()? + 1)?;
    let in_day = ticks % PER_DAY;
    let seconds = u32::try_from(in_day / PER_SECOND).ok()?;
    let nanos = u32::try_from(in_day % PER_SECOND).ok()? * 100;
    Some(date.and_time(NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanos)?))
}

/// The spellings of a time with a clock, as `chrono` writes formats. A zone may stand behind each of them.
const CLOCKS: [&str; 7] = [
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S%.f",
    "%m/%d/%Y %H:%M:%S%.f",
    "%m-%d-%Y %H:%M:%S%.f",
];

const DAYS: [&str; 6] = ["%Y-%m-%d", "%Y/%m/%d", "%m/%d/%Y", "%Y%m%d", "%m-%d-%Y", "%Y, %m, %d"];

/// Reads a time as logs write it: ISO 8601 with `T` or a space, or as mail and the web have it, with or without fraction, zone and
/// time of day. Without a zone it is UTC. A year has four digits.
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    if !has_whole_year(text) {
        return None;
    }
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return from_civil(time.naive_utc());
    }
    // As mail and the web write them: `Sat, 08 Nov 2014 15:05:02 GMT`.
    if let Ok(time) = DateTime::parse_from_rfc2822(text) {
        return from_civil(time.naive_utc());
    }
    clock_of(text).or_else(|| {
        let (day, ahead) = zone(text);
        let date = DAYS.iter().find_map(|format| NaiveDate::parse_from_str(day, format).ok())?;
        if ahead == 0 { from_civil(date.and_hms_opt(0, 0, 0)?) } else { None }
    })
}

/// Whether four digits or more stand together, as in every year that has all of its own.
fn has_whole_year(text: &str) -> bool {
    text.as_bytes().chunk_by(|a, b| a.is_ascii_digit() && b.is_ascii_digit()).any(|run| run.len() >= 4)
}

fn clock_of(text: &str) -> Option<i64> {
    let (local, ahead) = zone(text);
    let time = CLOCKS.iter().find_map(|format| NaiveDateTime::parse_from_str(local, format).ok())?;
    from_civil(time.checked_sub_signed(TimeDelta::minutes(ahead))?)
}

/// A text without the zone at its end, and the minutes that the zone is ahead of UTC.
fn zone(text: &str) -> (&str, i64) {
    let named = text.strip_suffix(['Z', 'z']).or_else(|| text.strip_suffix("UTC")).or_else(|| text.strip_suffix("GMT"));
    if let Some(rest) = named {
        return (rest.trim_end(), 0);
    }
    let offset = || {
        let (rest, offset) = text.split_at_checked(text.len().checked_sub("+00:00".len())?)?;
        let sign = if offset.starts_with('+') { 1 } else { -1 };
        let (hours, minutes) = offset.strip_prefix(['+', '-'])?.split_once(':')?;
        let number = |digits: &str| if digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse().ok() } else { None };
        let (hours, minutes): (i64, i64) = (number(hours)?, number(minutes)?);
        (hours <= 14 && minutes <= 59).then(|| (rest.trim_end(), sign * (hours * 60 + minutes)))
    };
    offset().unwrap_or((text, 0))
}

/// ISO 8601 with `Z` and seven digits of fraction, as `tostring()` of a datetime: `2020-01-02T03:04:05.6000000Z`.
pub fn format_datetime(ticks: i64) -> Option<String> {
    let time = to_civil(ticks)?;
    Some(format!("{}.{:07}Z", time.format("%Y-%m-%dT%H:%M:%S"), ticks % PER_SECOND))
}

/// `[-][d.]hh:mm:ss[.fffffff]`.
pub fn format_timespan(ticks: i64) -> String {
    let sign = if ticks < 0 { "-" } else { "" };
    let size = ticks.unsigned_abs();
    let unit = |per: i64| per.unsigned_abs();
    let days = size / unit(PER_DAY);
    let mut out = String::from(sign);
    if days > 0 {
        out.push_str(&format!("{days}."));
    }
    let hours = size / unit(PER_HOUR) % 24;
    let minutes = size / unit(PER_MINUTE) % 60;
    let seconds = size / unit(PER_SECOND) % 60;
    out.push_str(&format!("{hours:02}:{minutes:02}:{seconds:02}"));
    let fraction = size % unit(PER_SECOND);
    if fraction > 0 {
        out.push_str(&format!(".{fraction:07}"));
    }
    out
}

/// Reads `[-][d.]hh:mm[:ss[.fffffff]]`, `d` alone as days, and an amount with a unit (`1d`, `2.5h`, `15s`).
pub fn parse_timespan(text: &str) -> Option<i64> {
    let text = text.trim();
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let size = clock(text).or_else(|| amount(text))?;
    Some(if negative { -size } else { size })
}

fn clock(text: &str) -> Option<i64> {
    let digits = |text: &str| if text.bytes().all(|b| b.is_ascii_digit()) { text.parse::<i64>().ok() } else { None };
    let mut parts = text.split(':');
    let (first, minutes, seconds) = (parts.next()?, parts.next(), parts.next());
    if parts.next().is_some() {
        return None;
    }
    let Some(minutes) = minutes else {
        return digits(first)?.checked_mul(PER_DAY);
    };
    let (days, hours) = match first.split_once('.') {
        Some((days, hours)) => (digits(days)?, digits(hours)?),
        None => (0, digits(first)?),
    };
    let (whole, fraction) = seconds.unwrap_or("0").split_once('.').unwrap_or((seconds.unwrap_or("0"), ""));
    let fraction = if fraction.is_empty() { 0 } else { digits(format!("{fraction:0<7}").get(..7)?)? };
    let (minutes, whole) = (digits(minutes)?, digits(whole)?);
    if hours > 23 || minutes > 59 || whole > 59 {
        return None;
    }
    let clock = hours * PER_HOUR + minutes * PER_MINUTE + whole * PER_SECOND + fraction;
    days.checked_mul(PER_DAY)?.checked_add(clock)
}

fn amount(text: &str) -> Option<i64> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(split);
    let per = match unit.trim() {
        "d" | "day" | "days" => PER_DAY,
        "h" | "hr" | "hrs" | "hour" | "hours" => PER_HOUR,
        "m" | "min" | "minute" | "minutes" => PER_MINUTE,
        "s" | "sec" | "second" | "seconds" => PER_SECOND,
        "ms" | "milli" | "millis" | "millisecond" | "milliseconds" => PER_MILLISECOND,
        "micro" | "micros" | "microsecond" | "microseconds" => PER_MICROSECOND,
        "tick" | "ticks" => 1,
        _ => return None,
    };
    match number.parse::<i64>() {
        Ok(whole) => whole.checked_mul(per),
        Err(_) => Some((number.parse::<f64>().ok()? * per as f64).round() as i64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_epochs_stand_where_kusto_has_them() {
        assert_eq!(parse("0001-01-01"), Some(0));
        assert_eq!(parse("1970-01-01T00:00:00Z"), Some(UNIX_EPOCH));
        assert_eq!(parse("9999-12-31T23:59:59.9999999Z"), Some(MAX));
        assert_eq!(from_unix_millis(0), Some(UNIX_EPOCH));
        assert_eq!(from_unix_millis(i64::MAX), None);
    }

    #[test]
    fn times_are_read_in_the_spellings_of_logs() {
        let wanted = parse("2019-05-22T04:02:11.287Z");
        assert!(wanted.is_some());
        assert_eq!(parse("2019-05-22 04:02:11.287"), wanted);
        assert_eq!(parse("2019-05-22T06:02:11.287+02:00"), wanted);
        assert_eq!(parse("2019-05-22 04:02:11.287 UTC"), wanted);
        assert_eq!(parse("12-02-2022"), parse("2022-12-02"));
        assert_eq!(parse("2025, 6, 14"), parse("2025-06-14"));
        assert_eq!(parse("2019-05-22 06:02:11.287 +02:00"), wanted);
        assert_eq!(parse("yesterday"), None);
        assert_eq!(parse("08-Nov-14 15:05"), None);
        assert_eq!(parse("2019-05-22 06:02:11 +99:00"), None);
        assert_eq!(parse("2019-05-22 +02:00"), None);
    }

    /// From the documentation of the data type: formats with an example each.
    #[test]
    fn the_documented_formats_are_read() {
        let same = [
            (
                "2014-11-08 15:05:02",
                &[
                    "Sat, 8 Nov 14 15:05:02 GMT",
                    "Sat, 8 Nov 14 15:05:02",
                    "8 Nov 14 15:05:02 GMT",
                    "8 Nov 14 15:05:02",
                    "Saturday, 08-Nov-14 15:05:02 GMT",
                    "Saturday, 08-Nov-14 15:05:02",
                    "08-Nov-14 15:05:02 GMT",
                    "08-Nov-14 15:05:02",
                ][..],
            ),
            (
                "2014-11-08 15:05:00",
                &[
                    "Sat, 8 Nov 14 15:05",
                    "Sat, 8 Nov 14 15:05 GMT",
                    "8 Nov 14 15:05",
                    "8 Nov 14 15:05 GMT",
                    "Saturday, 08-Nov-14 15:05 GMT",
                    "Saturday, 08-Nov-14 15:05",
                    "08-Nov-14 15:05 GMT",
                    "08-Nov-14 15:05",
                    "2014-11-08 15:05",
                    "2014-11-08 15:05 GMT",
                    "2014-11-08T15:05",
                    "2014-11-08T15:05 GMT",
                ],
            ),
            ("2014-11-08 15:05:25", &["2014-11-08 15:05:25 GMT", "2014-11-08T15:05:25", "2014-11-08T15:05:25 GMT"]),
            ("2014-05-25 08:20:03.123456", &["2014-05-25T08:20:03.123456Z", "2014-05-25T08:20:03.123456"]),
            ("2014-05-25 08:20:00", &["2014-05-25T08:20"]),
            ("2014-11-08 15:55:55.123456", &["2014-11-08 15:55:55.123456Z"]),
            ("2014-11-08 00:00:00", &["2014-11-08"]),
        ];
        for (plain, spellings) in same {
            let wanted = parse(plain);
            assert!(wanted.is_some(), "{plain}");
            for spelling in spellings {
                assert_eq!(parse_spelt(spelling), wanted, "{spelling}");
            }
        }
    }

    #[test]
    fn times_print_as_kusto_prints_them() {
        let ticks = parse("2020-01-02 03:04:05.6").unwrap();
        assert_eq!(format_datetime(ticks).as_deref(), Some("2020-01-02T03:04:05.6000000Z"));
        assert_eq!(format_timespan(PER_DAY + 2 * PER_HOUR), "1.02:00:00");
        assert_eq!(format_timespan(-15 * PER_MILLISECOND), "-00:00:00.0150000");
    }

    #[test]
    fn timespans_are_read_as_clocks_days_and_amounts() {
        assert_eq!(parse_timespan("1.02:03:04.5"), Some(937_845_000_000));
        assert_eq!(parse_timespan("-00:00:01"), Some(-PER_SECOND));
        assert_eq!(parse_timespan("2"), Some(2 * PER_DAY));
        assert_eq!(parse_timespan("1.5h"), Some(90 * PER_MINUTE));
        assert_eq!(parse_timespan("25:00:00"), None);
        assert_eq!(parse_timespan("soon"), None);
    }
}
