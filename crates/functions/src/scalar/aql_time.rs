//! AQL's time: milliseconds since 1970, printed and read by patterns of Java's SimpleDateFormat, in UTC.

mod reading;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Builder, StringBuilder};
use arrow::datatypes::Int64Type;
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, Timelike};
use datafusion_common::{Result, exec_datafusion_err};

use crate::function::{Function, Gives, Lower, Overload, Param};
use crate::kernel::Args;
use crate::text::Text;
use crate::types::Type;

pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "aql_date_format",
        kql: &[],
        aql: &["DATEFORMAT"],
        mapping: &[],
        summary: "a time in milliseconds as a text, by a pattern such as 'yyyy-MM-dd HH:mm:ss'",
        overloads: &[Overload::new(
            &[Param::Is(Type::Long), Param::Text],
            Gives::Is(Type::String),
            Lower::Kernel(date_format),
        )],
        examples: &[],
    },
    // Now comes third: it decides the century of two-digit years.
    Function {
        name: "aql_parse_timestamp",
        kql: &[],
        aql: &["PARSETIMESTAMP"],
        mapping: &[],
        summary: "the time in milliseconds that a text spells by a pattern; empty where it does not",
        overloads: &[Overload::new(
            &[Param::Text, Param::Text, Param::Is(Type::Long)],
            Gives::Is(Type::Long),
            Lower::Kernel(parse_timestamp),
        )],
        examples: &[],
    },
];

/// A pattern, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pattern(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// A letter and how often it stands.
    Field(char, usize),
}

/// No field is printed wider, whatever its pattern asks for.
const MAX_WIDTH: usize = 32;

const LETTERS: &str = "GyYMLwWDdFEuaHkKhmsSzZX";

impl Pattern {
    /// The letter that no field has, where there is one.
    pub fn parse(pattern: &str) -> std::result::Result<Pattern, char> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut chars = pattern.chars().peekable();
        while let Some(c) = chars.next() {
            if c == '\'' {
                pieces.push(Piece::Text(quoted(&mut chars)));
            } else if c.is_ascii_alphabetic() {
                if !LETTERS.contains(c) {
                    return Err(c);
                }
                let mut count = 1;
                while chars.next_if_eq(&c).is_some() {
                    count += 1;
                }
                pieces.push(Piece::Field(c, count.min(MAX_WIDTH)));
            } else {
                pieces.push(Piece::Text(c.to_string()));
            }
        }
        Ok(Pattern(pieces))
    }

    pub fn has(&self, letter: char) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Field(found, _) if *found == letter))
    }

    /// Whether a text that it reads may have a year of two digits, whose century depends on now.
    pub fn reads_now(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Field('y' | 'Y', count) if *count <= 2))
    }

    /// `None` outside of the calendar.
    pub fn format(&self, millis: i64) -> Option<String> {
        let time = DateTime::from_timestamp_millis(millis)?.naive_utc();
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Field(letter, count) => out.push_str(&field(time, *letter, *count)),
            }
        }
        Some(out)
    }
}

/// After an opening quote; `''` is one quote, inside of a quoted text and alone.
fn quoted(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    if chars.next_if_eq(&'\'').is_some() {
        return "'".to_string();
    }
    let mut text = String::new();
    while let Some(c) = chars.next() {
        if c == '\'' && chars.next_if_eq(&'\'').is_none() {
            break;
        }
        text.push(c);
    }
    text
}

fn field(time: NaiveDateTime, letter: char, count: usize) -> String {
    let number = |value: i64| format!("{value:0count$}");
    let hour = i64::from(time.hour());
    match letter {
        'G' => "AD".to_string(),
        'y' => year(i64::from(time.year()), count),
        'Y' => year(i64::from(week(time.date()).0), count),
        'M' | 'L' => match count {
            1 | 2 => number(i64::from(time.month())),
            3 => time.format("%b").to_string(),
            _ => time.format("%B").to_string(),
        },
        'w' => number(week(time.date()).1),
        'W' => number(week_of_month(time.date())),
        'D' => number(i64::from(time.ordinal())),
        'd' => number(i64::from(time.day())),
        'F' => number(i64::from(time.day0() / 7 + 1)),
        'E' => time.format(if count < 4 { "%a" } else { "%A" }).to_string(),
        'u' => number(i64::from(time.weekday().number_from_monday())),
        'a' => if hour < 12 { "AM" } else { "PM" }.to_string(),
        'H' => number(hour),
        'k' => number(if hour == 0 { 24 } else { hour }),
        'K' => number(hour % 12),
        'h' => number(if hour % 12 == 0 { 12 } else { hour % 12 }),
        'm' => number(i64::from(time.minute())),
        's' => number(i64::from(time.second())),
        'S' => number(i64::from(time.and_utc().timestamp_subsec_millis())),
        'z' if count < 4 => "UTC".to_string(),
        'z' => "Coordinated Universal Time".to_string(),
        'Z' => "+0000".to_string(),
        _ => "Z".to_string(),
    }
}

fn year(year: i64, count: usize) -> String {
    if count == 2 { format!("{:02}", year.rem_euclid(100)) } else { format!("{year:0count$}") }
}

/// Week-year and week by Java's rule for the United States: weeks begin on Sunday, the first one holds January 1st.
fn week(date: NaiveDate) -> (i32, i64) {
    let sunday = |date: NaiveDate| date.checked_sub_days(Days::new(u64::from(date.weekday().num_days_from_sunday())));
    let first = |year: i32| NaiveDate::from_ymd_opt(year, 1, 1).and_then(sunday);
    let this = sunday(date);
    let year = if this.is_some() && this == first(date.year() + 1) { date.year() + 1 } else { date.year() };
    let number = match (this, first(year)) {
        (Some(this), Some(first)) => (this - first).num_days() / 7 + 1,
        _ => 1,
    };
    (year, number)
}

fn week_of_month(date: NaiveDate) -> i64 {
    let first_weekday = date.with_day(1).map_or(0, |first| first.weekday().num_days_from_sunday());
    i64::from((date.day0() + first_weekday) / 7 + 1)
}

fn date_format(args: &Args<'_>) -> Result<ArrayRef> {
    let (times, patterns) = (args.array(0).as_primitive::<Int64Type>(), Text::of(args.array(1))?);
    let mut known = Known::default();
    let mut out = StringBuilder::new();
    for row in 0..args.rows {
        let at = args.at(0, row);
        out.append_option(match patterns.get(args.at(1, row)) {
            Some(pattern) if times.is_valid(at) => known.pattern(pattern)?.format(times.value(at)),
            _ => None,
        });
    }
    Ok(Arc::new(out.finish()))
}

fn parse_timestamp(args: &Args<'_>) -> Result<ArrayRef> {
    let (patterns, texts) = (Text::of(args.array(0))?, Text::of(args.array(1))?);
    let now = args.array(2).as_primitive::<Int64Type>();
    let mut known = Known::default();
    let mut out = Int64Builder::with_capacity(args.rows);
    for row in 0..args.rows {
        out.append_option(match (patterns.get(args.at(0, row)), texts.get(args.at(1, row))) {
            (Some(pattern), Some(text)) => known.pattern(pattern)?.parse_time(text, now.value(args.at(2, row))),
            _ => None,
        });
    }
    Ok(Arc::new(out.finish()))
}

/// The last pattern, taken apart.
#[derive(Default)]
struct Known(String, Pattern);

impl Known {
    fn pattern(&mut self, text: &str) -> Result<&Pattern> {
        if self.0 != text {
            let parsed = Pattern::parse(text);
            self.1 = parsed.map_err(|letter| exec_datafusion_err!("no field of a time is called {letter}"))?;
            self.0 = text.to_owned();
        }
        Ok(&self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(millis: i64, pattern: &str) -> String {
        Pattern::parse(pattern).unwrap().format(millis).unwrap()
    }

    #[test]
    fn the_letters_are_java_s() {
        // 2019-05-22T16:02:11.287Z, a Wednesday.
        let time = 1_558_540_931_287;
        assert_eq!(format(time, "yyyy-MM-dd HH:mm:ss"), "2019-05-22 16:02:11");
        assert_eq!(format(time, "hh:mm a, EEE d MMM yy"), "04:02 PM, Wed 22 May 19");
        assert_eq!(format(time, "yyyy-MM-dd'T'HH:mm:ss.SSSX ''z''"), "2019-05-22T16:02:11.287Z 'UTC'");
        assert_eq!(format(0, "k K h H D u F w W"), "24 0 12 0 1 4 1 1 1");
        assert_eq!(Pattern::parse("yyyy-QQ"), Err('Q'));
    }

    /// Made by Java itself: `tests/java/Dates.java`.
    #[test]
    fn every_date_prints_as_java_prints_it() {
        let lines = include_str!("../../tests/java/dates.tsv").lines();
        let wrong = lines.filter_map(|line| {
            let [millis, pattern, text] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
            let ours = format(millis.parse().unwrap(), pattern);
            (ours != text).then(|| format!("{line}: {ours}"))
        });
        assert_eq!(wrong.collect::<Vec<_>>(), [""; 0]);
    }

    /// By Java too: `tests/java/Readings.java`.
    #[test]
    fn every_text_is_read_as_java_reads_it() {
        // 2026-11-22.
        let now = 1_795_305_600_000;
        let wrong = include_str!("../../tests/java/readings.tsv").lines().filter_map(|line| {
            let [pattern, text, millis] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
            let ours = Pattern::parse(pattern).unwrap().parse_time(text, now);
            (ours != millis.parse().ok()).then(|| format!("{line}: {ours:?}"))
        });
        assert_eq!(wrong.collect::<Vec<_>>(), [""; 0]);
    }

    #[test]
    fn the_week_year_turns_before_new_year() {
        // 2019-12-31: its week holds the first of January.
        assert_eq!(format(1_577_750_400_000, "YYYY yyyy w"), "2020 2019 1");
        // 2022-12-31, a Saturday: the week ends with the year.
        assert_eq!(format(1_672_444_800_000, "YYYY w"), "2022 53");
    }
}
