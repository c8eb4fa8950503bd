//! Event times: the spelling that event logs use is read by hand, every other by the function library.

mod spelt;

use chrono::NaiveDate;
use functions::ticks;

/// Ticks of a time such as `2019-05-22T04:02:11.2871234Z` or `2019-05-22 04:02:11.287`; UTC where it names no zone.
pub fn parse_time(text: &str) -> Option<i64> {
    plain(text.as_bytes()).or_else(|| {
        let text = text.trim();
        if begins_with_day_or_month(text) {
            return month_first(text);
        }
        let iso =
            |text: &str| plain(text.as_bytes()).or_else(|| ticks::parse_whole_year(text)).or_else(|| with_offset(text));
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
    shifted(plain(local.as_bytes()).or_else(|| ticks::parse_whole_year(local))?, self::zone(zone)?)
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

fn plain(text: &[u8]) -> Option<i64> {
    let (fixed, rest) = text.split_first_chunk::<19>()?;
    let number = |from: usize, to: usize| {
        fixed
            .get(from..to)?
            .iter()
            .try_fold(0_u32, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0')))
    };
    let separators = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
    if separators.iter().any(|(at, byte)| fixed[*at] != *byte) || !matches!(fixed[10], b'T' | b' ') {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(i32::try_from(number(0, 4)?).ok()?, number(5, 7)?, number(8, 10)?)?;
    let time = date.and_hms_opt(number(11, 13)?, number(14, 16)?, number(17, 19)?)?;
    let rest = rest.strip_suffix(b"Z").unwrap_or(rest);
    let digits = match rest {
        [] => rest,
        [b'.', digits @ ..] => digits,
        _ => return None,
    };
    let mut fraction = 0;
    for place in 0..7 {
        let digit = match digits.get(place) {
            None => 0,
            Some(byte) if byte.is_ascii_digit() => i64::from(byte - b'0'),
            Some(_) => return None,
        };
        fraction = fraction * 10 + digit;
    }
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    ticks::from_civil(time)?.checked_add(fraction)
}

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
