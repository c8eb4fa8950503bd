//! Reading a time by a pattern, as Java's SimpleDateFormat does: numbers may be longer or shorter than the pattern, fields may
//! overflow into the next larger one, and what follows the pattern does not count.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, Weekday};

use super::{Pattern, Piece};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
/// Zones by the abbreviations that Java reads, in minutes from UTC.
const ZONES: [(&str, i64); 15] = [
    ("UTC", 0),
    ("GMT", 0),
    ("UT", 0),
    ("WET", 0),
    ("BST", 60),
    ("CET", 60),
    ("CEST", 120),
    ("EET", 120),
    ("EST", -300),
    ("EDT", -240),
    ("CST", -360),
    ("CDT", -300),
    ("MST", -420),
    ("PST", -480),
    ("PDT", -420),
];

/// What the fields of a text said.
#[derive(Default)]
struct Fields {
    year: Option<i64>,
    /// From 0.
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    weekday: Option<Weekday>,
    hour: i64,
    is_afternoon: Option<bool>,
    minute: i64,
    second: i64,
    millisecond: i64,
    /// Minutes east of UTC.
    zone: i64,
    before_christ: bool,
}

impl Pattern {
    /// Milliseconds since 1970; `None` where the text is not of this pattern. `now` decides the century of two-digit years.
    pub fn parse_time(&self, text: &str, now: i64) -> Option<i64> {
        let mut fields = Fields::default();
        let mut rest = text;
        for (place, piece) in self.0.iter().enumerate() {
            rest = match piece {
                Piece::Text(literal) => rest.strip_prefix(literal.as_str())?,
                Piece::Field(letter, count) => {
                    // Fields that touch have as many digits as letters.
                    let touches =
                        matches!(self.0.get(place + 1), Some(Piece::Field(next, count)) if is_number(*next, *count));
                    let width = if touches { *count } else { usize::MAX };
                    fields.read(*letter, *count, width, rest, now)?
                }
            };
        }
        fields.millis()
    }
}

fn is_number(letter: char, count: usize) -> bool {
    match letter {
        'M' | 'L' => count < 3,
        'G' | 'E' | 'a' | 'z' | 'Z' | 'X' => false,
        _ => true,
    }
}

impl Fields {
    /// Reads one field and gives what is left of the text.
    fn read<'t>(&mut self, letter: char, count: usize, width: usize, text: &'t str, now: i64) -> Option<&'t str> {
        // Java passes blanks before a field.
        let text = text.trim_start_matches([' ', '\t']);
        if is_number(letter, count) {
            let (number, rest) = number(text, width)?;
            self.set(letter, count, number, text.len() - rest.len(), now);
            return Some(rest);
        }
        match letter {
            'M' | 'L' => {
                let (month, rest) = named(text, &MONTHS)?;
                self.month = i64::try_from(month).ok();
                Some(rest)
            }
            'E' => {
                let (day, rest) = named(text, &WEEKDAYS)?;
                self.weekday = Weekday::try_from(u8::try_from(day).ok()?).ok();
                Some(rest)
            }
            'a' => {
                let (half, rest) = named(text, &["AM", "PM"])?;
                self.is_afternoon = Some(half == 1);
                Some(rest)
            }
            'G' => {
                let (era, rest) = named(text, &["AD", "BC"])?;
                self.before_christ = era == 1;
                Some(rest)
            }
            _ => {
                let (zone, rest) = zone(text)?;
                self.zone = zone;
                Some(rest)
            }
        }
    }

    fn set(&mut self, letter: char, count: usize, number: i64, digits: usize, now: i64) {
        match letter {
            'y' | 'Y' if count <= 2 && digits == 2 => self.year = Some(century(number, now)),
            'y' | 'Y' => self.year = Some(number),
            'M' | 'L' => self.month = Some(number - 1),
            'd' => self.day = Some(number),
            'D' => self.day_of_year = Some(number),
            'u' => self.weekday = u8::try_from(number - 1).ok().and_then(|day| Weekday::try_from(day).ok()),
            // 24 is 0, and 12 is 0.
            'k' => self.hour = if number == 24 { 0 } else { number },
            'h' => self.hour = if number == 12 { 0 } else { number },
            'H' | 'K' => self.hour = number,
            'm' => self.minute = number,
            's' => self.second = number,
            'S' => self.millisecond = number,
            _ => {}
        }
    }

    fn millis(self) -> Option<i64> {
        let year = self.year.unwrap_or(1970);
        let year = i32::try_from(if self.before_christ { 1 - year } else { year }).ok()?;
        let first = NaiveDate::from_ymd_opt(year, 1, 1)?;
        let days_on = |date: NaiveDate, days: i64| match u64::try_from(days) {
            Ok(days) => date.checked_add_days(Days::new(days)),
            Err(_) => date.checked_sub_days(Days::new(days.unsigned_abs())),
        };
        let month = |months: i64| match u32::try_from(months) {
            Ok(months) => first.checked_add_months(Months::new(months)),
            Err(_) => first.checked_sub_months(Months::new(u32::try_from(months.unsigned_abs()).ok()?)),
        };
        let date = match (self.day_of_year, self.day, self.month) {
            (Some(day), None, None) => days_on(first, day - 1)?,
            (_, day, months) => days_on(month(months.unwrap_or(0))?, day.unwrap_or(1) - 1)?,
        };
        let date = match self.weekday {
            // A weekday alone is one of the first week.
            Some(weekday) if self.day.is_none() && self.day_of_year.is_none() => {
                let sunday = days_on(date, -i64::from(date.weekday().num_days_from_sunday()))?;
                days_on(sunday, i64::from(weekday.num_days_from_sunday()))?
            }
            _ => date,
        };
        let hour = if self.is_afternoon == Some(true) { self.hour.checked_add(12)? } else { self.hour };
        let minutes = hour.checked_mul(60)?.checked_add(self.minute)?.checked_sub(self.zone)?;
        let millis = minutes.checked_mul(60)?.checked_add(self.second)?.checked_mul(1000)?;
        let millis = millis.checked_add(self.millisecond)?;
        let time = date.and_time(NaiveTime::MIN).checked_add_signed(TimeDelta::try_milliseconds(millis)?)?;
        Some(time.and_utc().timestamp_millis())
    }
}

fn number(text: &str, width: usize) -> Option<(i64, &str)> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let end = digits.bytes().take(width.min(18)).take_while(u8::is_ascii_digit).count();
    let (number, rest) = digits.split_at_checked(end)?;
    Some((sign * number.parse::<i64>().ok()?, rest))
}

/// The longest of these names that the text begins with, whole or by its first three letters.
fn named<'t>(text: &'t str, names: &[&str]) -> Option<(usize, &'t str)> {
    let begins = |name: &str| text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    let whole =
        names.iter().position(|name| begins(name)).map(|place| (place, names.get(place).map_or(0, |n| n.len())));
    let short = || names.iter().position(|name| name.get(..3).is_some_and(begins)).map(|place| (place, 3));
    let (place, length) = whole.or_else(short)?;
    Some((place, text.get(length..)?))
}

/// `Z`, `+0100`, `+01:00`, `GMT+01:00`, or a zone's abbreviation, in minutes.
fn zone(text: &str) -> Option<(i64, &str)> {
    if let Some(rest) = text.strip_prefix('Z') {
        return Some((0, rest));
    }
    let after = text.strip_prefix("GMT").unwrap_or(text);
    let sign = match after.bytes().next() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => {
            let word = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
            let (word, rest) = text.split_at_checked(word)?;
            let known = ZONES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
            return known.map(|(_, minutes)| (*minutes, rest));
        }
    };
    let (hours, rest) = number(after.get(1..)?, 2)?;
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let (minutes, rest) = number(rest, 2).filter(|(minutes, _)| *minutes >= 0).unwrap_or((0, rest));
    Some((sign * (hours * 60 + minutes), rest))
}

/// A two-digit year lies within 80 years before now and 20 after.
fn century(year: i64, now: i64) -> i64 {
    let this = chrono::DateTime::from_timestamp_millis(now).map_or(2000, |now| i64::from(now.year()));
    let first = this - 80;
    first + (year - first).rem_euclid(100)
}
