//! Event times: the spelling that event logs use is read by hand, every other by the function library.

mod spelt;

use std::cell::Cell;

use chrono::{NaiveDate, NaiveTime};
use functions::ticks;

/// Ticks of a time such as `2019-05-22T04:02:11.2871234Z` or `2019-05-22 04:02:11.287`; UTC where it names no zone.
pub fn parse_time(text: &str) -> Option<i64> {
    plain(text.as_bytes()).or_else(|| {
        let text = text.trim();
        if begins_with_day_or_month(text) {
            return month_first(text);
        }
        let iso = |text: &str| plain(text.as_bytes()).or_else(|| ticks::parse(text)).or_else(|| with_offset(text));
        let with_point = || iso(&comma_as_point(text)?);
        iso(text).or_else(with_point).or_else(|| epoch(text)).or_else(|| spelt::parse(text))
    })
}

/// Whether a text says of which zone its time is; a count since an epoch is of none.
pub fn says_its_zone(text: &str) -> bool {
    let text = text.trim();
    let clock = text.get(10..).unwrap_or_default();
    clock.ends_with(['Z', 'z'])
        || clock.ends_with("UTC")
        || clock.ends_with("GMT")
        || clock.contains(['+', '-'])
        || epoch(text).is_some()
}

/// Whether two numbers and a year follow one another between slashes or hyphens. Half of the world writes the day first.
fn begins_with_day_or_month(text: &str) -> bool {
    let mut parts = text.split(['/', '-']);
    let is_number = |part: &str| matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.next().is_some_and(|part| is_number(part.trim_start())) && parts.next().is_some_and(is_number)
}

/// `1/31/2024, 10:00:00.123 PM`, as Azure's portal and PowerShell write times in American English. It is `AM` and `PM` that say
/// so: who writes the day first counts to 24 hours, or writes `am` and `pm`.
fn month_first(text: &str) -> Option<i64> {
    let (date, clock) = text.split_once([',', ' '])?;
    let mut parts = date.split(['/', '-']).map(number);
    let (month, day, year) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || year < 1000 {
        return None;
    }
    let mut words = clock.split_whitespace();
    let (clock, half, zone_of) = (words.next()?, words.next()?, words.next());
    let mut parts = clock.splitn(3, ':');
    let (hour, minute, seconds) = (number(parts.next()?)?, number(parts.next()?)?, parts.next()?);
    let hour = match half {
        "AM" if (1..=12).contains(&hour) => hour % 12,
        "PM" if (1..=12).contains(&hour) => hour % 12 + 12,
        _ => return None,
    };
    let local = plain(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{seconds:0>2}").as_bytes())?;
    match (zone_of, words.next()) {
        (None, _) | (Some("UTC" | "GMT" | "Z"), None) => Some(local),
        (Some(text), None) => shifted(local, zone(text)?),
        _ => None,
    }
}

fn number(text: &str) -> Option<u32> {
    let is_number = matches!(text.len(), 1..=4) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

/// The same time with a point before its fraction; `None` where no comma stands there.
fn comma_as_point(text: &str) -> Option<String> {
    let (time, fraction) = text.split_once(',')?;
    let is_fraction = time.len() == 19 && fraction.starts_with(|c: char| c.is_ascii_digit());
    is_fraction.then(|| format!("{time}.{fraction}"))
}

/// A time whose zone is spelt less strictly: `2024-01-01T10:00:00-0500`, `2024-01-01 10:00:00 +02:00`.
fn with_offset(text: &str) -> Option<i64> {
    let (time, zone) = text.split_at_checked(text.rfind(['+', '-'])?)?;
    // Else the sign is one of the date's own.
    if !time.contains(':') {
        return None;
    }
    let local = time.trim_end();
    shifted(plain(local.as_bytes()).or_else(|| ticks::parse(local))?, self::zone(zone)?)
}

/// How far a zone is to the east: `+01:00`, `-0500`, `+02`.
fn zone(text: &str) -> Option<i64> {
    let sign = match text.get(..1)? {
        "-" => -1,
        "+" => 1,
        _ => return None,
    };
    let digits = text.get(1..)?;
    let (hours, minutes) = match digits.len() {
        2 => (digits, "0"),
        4 => digits.split_at_checked(2)?,
        5 => digits.split_once(':')?,
        _ => return None,
    };
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i64>().ok())?;
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours <= 14 && minutes <= 59).then_some(sign * (hours * ticks::PER_HOUR + minutes * ticks::PER_MINUTE))
}

/// A local time in UTC.
fn shifted(local: i64, zone: i64) -> Option<i64> {
    Some(local - zone).filter(|utc| (0..=ticks::MAX).contains(utc))
}

/// A count since an epoch: its size says of what, because the times of events lie within some decades. Also as JSON of .NET
/// has it, `/Date(1704103200000)/`.
fn epoch(text: &str) -> Option<i64> {
    let text = text.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/")).unwrap_or(text);
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: i64 = whole.parse().ok()?;
    let nanos = |per_second: i64| u32::try_from(count % per_second * (NANOS / per_second)).ok();
    match (count, fraction) {
        (100_000_000..10_000_000_000, _) => {
            ticks::from_unix_nanos(count, format!("{fraction:0<9}").get(..9)?.parse().ok()?)
        }
        (100_000_000_000..10_000_000_000_000, _) => ticks::from_unix_millis(count),
        (100_000_000_000_000..10_000_000_000_000_000, "") => {
            ticks::from_unix_nanos(count / 1_000_000, nanos(1_000_000)?)
        }
        // Windows counts 100 nanoseconds since the year 1601.
        (120_000_000_000_000_000..150_000_000_000_000_000, "") => ticks::FILETIME_EPOCH.checked_add(count),
        (1_000_000_000_000_000_000.., "") => ticks::from_unix_nanos(count / NANOS, nanos(NANOS)?),
        _ => None,
    }
}

const NANOS: i64 = 1_000_000_000;

/// What event logs write, eight bytes at a time: every event has three of them.
fn plain(text: &[u8]) -> Option<i64> {
    let (fixed, rest) = text.split_first_chunk::<19>()?;
    let [date, clock] =
        [fixed.first_chunk::<8>()?, fixed.get(8..)?.first_chunk::<8>()?].map(|bytes| u64::from_le_bytes(*bytes));
    let separator = fixed[10];
    if !matches!(separator, b'T' | b' ') || fixed[16] != b':' {
        return None;
    }
    let date = date ^ u64::from_le_bytes(*b"0000-00-");
    let clock = clock ^ u64::from_le_bytes([b'0', b'0', separator, b'0', b'0', b':', b'0', b'0']);
    // Where a separator stands nothing may be left, elsewhere up to nine; more than that reaches the upper bit.
    let above = |digits: u64, room: u64| (digits & !HIGHS).wrapping_add(room) | digits;
    let odd = above(date, u64::from_le_bytes([TEN, TEN, TEN, TEN, ONE, TEN, TEN, ONE]))
        | above(clock, u64::from_le_bytes([TEN, TEN, ONE, TEN, TEN, ONE, TEN, TEN]));
    let (tens, ones) = (fixed[17].wrapping_sub(b'0'), fixed[18].wrapping_sub(b'0'));
    if odd & HIGHS != 0 || tens > 9 || ones > 9 {
        return None;
    }
    // Of two digits that follow one another the number; no sum is larger than a byte.
    let pairs = |digits: u64| digits.wrapping_mul(10).wrapping_add(digits >> 8).to_le_bytes();
    let (date, clock) = (pairs(date), pairs(clock));
    let year = 100 * i32::from(date[0]) + i32::from(date[2]);
    let (hour, minute, second) = (clock[3], clock[6], 10 * tens + ones);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let day = day(year, date[5], clock[0])?;
    let seconds = 3600 * i64::from(hour) + 60 * i64::from(minute) + i64::from(second);
    let rest = rest.strip_suffix(b"Z").unwrap_or(rest);
    let digits = match rest {
        [] => rest,
        [b'.', digits @ ..] => digits,
        _ => return None,
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let (mut fraction, mut left) = (0, ticks::PER_SECOND);
    for digit in digits.iter().take(7) {
        fraction = 10 * fraction + i64::from(digit - b'0');
        left /= 10;
    }
    day.checked_add(seconds * ticks::PER_SECOND + fraction * left)
}

/// When a day begins. Events of one day follow one another.
fn day(year: i32, month: u8, day: u8) -> Option<i64> {
    thread_local!(static LAST: Cell<((i32, u8, u8), i64)> = const { Cell::new(((i32::MIN, 0, 0), 0)) });
    let (last, begin) = LAST.get();
    if last == (year, month, day) {
        return Some(begin);
    }
    let date = NaiveDate::from_ymd_opt(year, u32::from(month), u32::from(day))?;
    let begin = ticks::from_civil(date.and_time(NaiveTime::MIN))?;
    LAST.set(((year, month, day), begin));
    Some(begin)
}

/// What a byte lacks to its upper bit if it is ten, or one.
const TEN: u8 = 0x80 - 10;
const ONE: u8 = 0x80 - 1;
const HIGHS: u64 = u64::from_le_bytes([0x80; 8]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_logs_keep_their_100_nanoseconds() {
        let second = ticks::parse("2019-05-22T04:02:11Z").unwrap();
        assert_eq!(parse_time("2019-05-22T04:02:11.2871234Z"), Some(second + 2_871_234));
        assert_eq!(parse_time("2019-05-22 04:02:11.287"), Some(second + 2_870_000));
        assert_eq!(parse_time("2019-05-22T04:02:11.287123456Z"), Some(second + 2_871_234));
        assert_eq!(parse_time("2019-05-22T04:02:11"), Some(second));
        assert_eq!(parse_time("2019-05-22T06:02:11+02:00"), Some(second));
        assert_eq!(parse_time("2019-13-22T04:02:11Z"), None);
        assert_eq!(parse_time("2019-05-22T04:02:11.2x"), None);
        assert_eq!(parse_time("-"), None);
        assert_eq!(parse_time("0000-00-00 00:00:00"), None);
    }

    #[test]
    fn each_byte_of_a_time_must_be_what_stands_there() {
        const TIME: &[u8] = b"2019-05-22T04:02:11";
        for place in 0..TIME.len() {
            for byte in 0..=u8::MAX {
                let mut text = TIME.to_vec();
                text[place] = byte;
                let separators = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
                let expected = match separators.iter().find(|(at, _)| *at == place) {
                    Some((_, separator)) => byte == *separator,
                    None if place == 10 => matches!(byte, b'T' | b' '),
                    // No month 15, day 52, hour 34, minute 92 and second 91.
                    None => {
                        byte.is_ascii_digit()
                            && std::str::from_utf8(&text).is_ok_and(|text| ticks::parse(text).is_some())
                    }
                };
                assert_eq!(plain(&text).is_some(), expected, "{}", String::from_utf8_lossy(&text));
            }
        }
        let second = ticks::parse("2019-05-22T04:02:11Z").unwrap();
        let fraction = |text: &str| plain(format!("2019-05-22T04:02:11{text}").as_bytes()).map(|time| time - second);
        assert_eq!(["", ".", ".5Z", ".0000001", ".12345678"].map(fraction), [0, 0, 5_000_000, 1, 1_234_567].map(Some));
        assert_eq!([".1 ", "5", ".123456789x", "ZZ", ".\u{e9}"].map(fraction), [None; 5]);
    }

    #[test]
    fn times_of_collectors_are_read_where_they_can_mean_but_one() {
        let wanted = ticks::parse("2024-01-01T10:00:00Z");
        for text in [
            "2024-01-01T05:00:00-0500",
            "2024-01-01 12:00:00 +0200",
            "2024-01-01T12:00:00.0 +02:00",
            "2024-01-01T15:30:00+05:30",
            "2024-01-01T12:00:00+02",
            "1704103200",
            "1704103200.0",
            "1704103200000",
            "1704103200000000",
            "1704103200000000000",
            "133485768000000000",
            "/Date(1704103200000)/",
            "Jan  1 10:00:00 2024",
            "Mon Jan  1 10:00:00 2024",
        ] {
            assert_eq!(parse_time(text), wanted, "{text}");
        }
        assert_eq!(parse_time("1704103200.25"), wanted.map(|ticks| ticks + 2_500_000));
        assert_eq!(parse_time("20240101"), ticks::parse("2024-01-01"));
        for (shown, time) in [
            ("1/31/2024, 10:00:00.123 PM", "2024-01-31T22:00:00.123Z"),
            ("12/1/2024 12:05:00 AM", "2024-12-01T00:05:00Z"),
            ("11/22/2026, 4:45:03.123\u{202f}AM", "2026-11-22T04:45:03.123Z"),
            ("3/2/2024, 12:00:00.000 PM", "2024-03-02T12:00:00Z"),
            ("2026-11-22 04:45:03,123", "2026-11-22T04:45:03.123Z"),
            ("2026-11-22T04:45:03,1234567+01:00", "2026-11-22T03:45:03.1234567Z"),
        ] {
            assert_eq!(parse_time(shown), ticks::parse(time), "{shown}");
        }
        for text in [
            "22/11/2026 04:45:03",
            "01/02/2026 04:45:03",
            "01/02/2026",
            "22/11/2026, 4:45:03 AM",
            "1/2/2026, 4:45:03 am",
            "1/2/2026, 13:45:03 PM",
            "12/31/26, 4:45:03 AM",
            "Jan  1 10:00:00",
            "12345",
            "20240101100000",
            "2024-01-01T10:00:00+9900",
            "1704103200x",
            "",
            "+",
            "1é+0200",
        ] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }
}
