//! Spelt times: the spellings beyond ISO 8601 that Kusto's datetimes are read from. They are those of .NET's invariant culture:
//! the month comes before the day, clocks may have twelve hours, months may have names, and a zone may follow.

use chrono::NaiveDate;

use super::{PER_HOUR, PER_MINUTE, PER_SECOND, from_civil, parse};

/// In small letters, January first.
pub const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
/// In small letters, Monday first.
pub const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
/// A longer text spells no time.
const LONGEST: usize = 64;

/// A time as `todatetime()` and `datetime()` read it; without a zone it is UTC.
pub fn parse_spelt(text: &str) -> Option<i64> {
    parse(text).or_else(|| spelt(text))
}

fn spelt(text: &str) -> Option<i64> {
    if text.len() > LONGEST {
        return None;
    }
    let lowered = text.trim().to_ascii_lowercase();
    let without_day = match lowered.split_once([' ', ',']) {
        Some((day, rest)) if is_name_of(day, &WEEKDAYS).is_some() => rest.trim_start_matches([' ', ',']),
        _ => lowered.as_str(),
    };
    let (date, rest) = date(without_day)?;
    let midnight = from_civil(date.and_hms_opt(0, 0, 0)?)?;
    let rest = rest.strip_prefix(['t', ',']).unwrap_or(rest).trim_start();
    if rest.is_empty() {
        return Some(midnight);
    }
    let (clock, zone) = clock(rest)?;
    let time = midnight.checked_add(clock)?.checked_sub(offset(zone.trim())?)?;
    (0..=super::MAX).contains(&time).then_some(time)
}

/// The date that a text begins with, and what follows it.
fn date(text: &str) -> Option<(NaiveDate, &str)> {
    let (first, rest) = word(text)?;
    let (second, rest) = word(parted(rest)?)?;
    let (third, rest) = word(parted(rest)?)?;
    let number = |text: &str| if text.len() <= 4 { text.parse::<u32>().ok() } else { None };
    let (year, month, day) = match (is_name_of(first, &MONTHS), is_name_of(second, &MONTHS)) {
        (Some(month), _) => (third, month, number(second)?),
        (None, Some(month)) if first.len() == 4 => (first, month, number(third)?),
        (None, Some(month)) => (third, month, number(first)?),
        (None, None) if first.len() == 4 => (first, number(second)?, number(third)?),
        (None, None) => (third, number(first)?, number(second)?),
    };
    let full = match (year.len(), number(year)?) {
        (4, year) => year,
        // Of two digits the century is the one that is nearer.
        (2, year) if year < 50 => 2000 + year,
        (2, year) => 1900 + year,
        _ => return None,
    };
    Some((NaiveDate::from_ymd_opt(i32::try_from(full).ok()?, month, day)?, rest))
}

/// The letters or digits that a text begins with.
fn word(text: &str) -> Option<(&str, &str)> {
    let is_digit = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| if is_digit { !c.is_ascii_digit() } else { !c.is_ascii_alphabetic() });
    let (word, rest) = text.split_at(end.unwrap_or(text.len()));
    (!word.is_empty()).then_some((word, rest))
}

/// What follows the sign between parts of a date.
fn parted(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches([' ', ',']);
    let rest = if rest.len() == text.len() { text.strip_prefix(['/', '-', '.'])? } else { rest };
    Some(rest)
}

/// A month or day by its name or the first three letters of it; they count from 1.
fn is_name_of(word: &str, names: &[&str]) -> Option<u32> {
    let place = names.iter().position(|name| *name == word || word.len() == 3 && name.starts_with(word))?;
    u32::try_from(place + 1).ok()
}

/// `10:00`, `10:00:00.123 am`, and what follows.
fn clock(text: &str) -> Option<(i64, &str)> {
    let (hours, rest) = digits(text)?;
    let (minutes, rest) = match rest.strip_prefix(':') {
        Some(rest) => digits(rest)?,
        None => (0, rest),
    };
    let (seconds, rest) = match rest.strip_prefix(':') {
        Some(rest) => digits(rest)?,
        None => (0, rest),
    };
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let (fraction, rest) = rest.split_at(end);
            (format!("{fraction:0<7}").get(..7)?.parse::<i64>().ok()?, rest)
        }
        None => (0, rest),
    };
    let half = rest.trim_start();
    let (hours, rest) = match (half.strip_prefix("am"), half.strip_prefix("pm")) {
        (Some(rest), _) if matches!(hours, 1..=12) => (hours % 12, rest),
        (_, Some(rest)) if matches!(hours, 1..=12) => (hours % 12 + 12, rest),
        (None, None) if text.contains(':') => (hours, rest),
        _ => return None,
    };
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    Some((hours * PER_HOUR + minutes * PER_MINUTE + seconds * PER_SECOND + fraction, rest))
}

/// One or two digits.
fn digits(text: &str) -> Option<(i64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    matches!(digits.len(), 1 | 2).then(|| Some((digits.parse().ok()?, rest)))?
}

/// How far a zone is ahead of UTC.
fn offset(zone: &str) -> Option<i64> {
    if matches!(zone, "" | "z" | "utc" | "gmt") {
        return Some(0);
    }
    let (sign, rest) = match zone.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match rest.split_once(':') {
        Some(parts) => parts,
        None => rest.split_at_checked(rest.len().min(2))?,
    };
    let of = |text: &str| if text.len() == 2 { text.parse::<i64>().ok() } else { None };
    let minutes = if minutes.is_empty() { 0 } else { of(minutes)? };
    let hours = of(hours)?;
    (hours <= 14 && minutes <= 59).then_some(sign * (hours * PER_HOUR + minutes * PER_MINUTE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_dot_net_reads_them() {
        for (text, wanted) in [
            ("2024-03-04 10:00:00 +02:00", "2024-03-04T08:00:00Z"),
            ("2024-03-04 10:00:00 -0530", "2024-03-04T15:30:00Z"),
            ("2024-03-04T10:00+02", "2024-03-04T08:00:00Z"),
            ("3/4/2024 10:00:00 AM", "2024-03-04T10:00:00Z"),
            ("3/4/2024 12:30:00 AM", "2024-03-04T00:30:00Z"),
            ("3/4/2024, 9:05:07.25 PM", "2024-03-04T21:05:07.25Z"),
            ("12/31/2024 3 pm", "2024-12-31T15:00:00Z"),
            ("03/04/2024 10:00", "2024-03-04T10:00:00Z"),
            ("2024-3-4 9:05", "2024-03-04T09:05:00Z"),
            ("4 Mar 2024 10:00:00", "2024-03-04T10:00:00Z"),
            ("March 4, 2024", "2024-03-04T00:00:00Z"),
            ("Sat, 8 Nov 14 15:05:02 GMT", "2014-11-08T15:05:02Z"),
            ("Saturday, 08-Nov-14 15:05:02 GMT", "2014-11-08T15:05:02Z"),
            ("2014-11-08 15:05:25 GMT", "2014-11-08T15:05:25Z"),
        ] {
            assert_eq!(parse_spelt(text), parse(wanted), "{text}");
            assert!(parse(wanted).is_some());
        }
    }

    #[test]
    fn a_year_of_two_digits_is_one_only_where_datetimes_are_spelt_freely() {
        assert_eq!((parse("3/4/24"), parse_spelt("3/4/24")), (None, parse("2024-03-04")));
        assert!(parse("2024-03-04").is_some());
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "abc",
            "13/01/2024 10:00:00",
            "2024-03-04 25:00:00",
            "2024-03-04 13:00 PM",
            "2024-03-04 10:00:00 +99:00",
            "3/4/24/5",
            "2024-03",
            "10:00:00",
            "2024-03-04 10",
            "0001-01-01 00:00:00 +02:00",
            "März 4, 2024",
            "1709546400",
        ] {
            assert_eq!(parse_spelt(text), None, "{text}");
        }
    }
}
