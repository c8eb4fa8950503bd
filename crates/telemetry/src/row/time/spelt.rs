//! Spelt times: those whose month has a name, or whose numbers stand in an order that can mean but one.

use functions::ticks::{self, MONTHS, WEEKDAYS};

use super::{plain, shifted, zone};

/// Ticks of a time such as `Mar 1, 2024 @ 10:00:00.123`, `01/Mar/2024:10:00:00 +0100`, `20240301T100000Z`.
pub fn parse(text: &str) -> Option<i64> {
    compact(text).or_else(|| of_management(text)).or_else(|| Parts::of(text)?.ticks())
}

/// ISO 8601 without what separates its numbers. Without a `T` it may be a count as well.
fn compact(text: &str) -> Option<i64> {
    let (date, clock) = text.split_once('T')?;
    let (clock, rest) = clock.split_at_checked(6)?;
    let time = separated(date, clock)?;
    let (fraction, offset) = rest.split_at(rest.find(['Z', '+', '-']).unwrap_or(rest.len()));
    shifted(plain(format!("{time}{fraction}").as_bytes())?, if matches!(offset, "" | "Z") { 0 } else { zone(offset)? })
}

/// As management instrumentation has it, the zone in minutes: `20240301100000.123456+060`.
fn of_management(text: &str) -> Option<i64> {
    let (digits, rest) = text.split_at_checked(14)?;
    let (date, clock) = digits.split_at_checked(8)?;
    let (fraction, offset) = rest.split_at_checked(7)?;
    let sign = match offset.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let minutes = offset.get(1..).filter(|digits| digits.len() == 3 && is_number(digits))?;
    let time = plain(format!("{}{fraction}", separated(date, clock)?).as_bytes())?;
    shifted(time, sign * minutes.parse::<i64>().ok()? * ticks::PER_MINUTE)
}

fn separated(date: &str, clock: &str) -> Option<String> {
    let is_whole = date.len() == 8 && clock.len() == 6 && is_number(date) && is_number(clock);
    is_whole.then(|| {
        let at = |text: &str, from: usize, to: usize| text.get(from..to).unwrap_or_default().to_owned();
        let (year, month, day) = (at(date, 0, 4), at(date, 4, 6), at(date, 6, 8));
        format!("{year}-{month}-{day}T{}:{}:{}", at(clock, 0, 2), at(clock, 2, 4), at(clock, 4, 6))
    })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What the words of a time say, each at most once.
#[derive(Default)]
struct Parts<'t> {
    year: Option<u32>,
    month: Option<u32>,
    day: Option<u32>,
    /// Hours, minutes, and seconds with their fraction.
    clock: Option<(u32, u32, &'t str, &'t str)>,
    is_afternoon: Option<bool>,
    /// In ticks to the east.
    zone: Option<i64>,
    /// Its month has no name.
    is_of_numbers: bool,
}

impl<'t> Parts<'t> {
    fn of(text: &'t str) -> Option<Self> {
        // What stands in brackets names a zone that is told already.
        let text = text.split(['(', '[']).next().unwrap_or_default();
        let is_between = |c: char| c.is_whitespace() || matches!(c, ',' | '@');
        let mut parts = Parts::default();
        for word in text.split(is_between).filter(|word| !word.is_empty()) {
            parts.take(word)?;
        }
        Some(parts)
    }

    fn take(&mut self, word: &'t str) -> Option<()> {
        let lower = word.trim_end_matches('.').to_ascii_lowercase();
        let is_day = |day: &&str| lower.len() >= 3 && day.starts_with(lower.as_str());
        match lower.as_str() {
            "at" => Some(()),
            "am" | "pm" => set(&mut self.is_afternoon, lower == "pm"),
            "z" | "utc" | "gmt" => self.zone.is_none_or(|zone| zone == 0).then(|| self.zone = Some(0)),
            _ if WEEKDAYS.iter().any(is_day) => Some(()),
            _ if word.starts_with(['+', '-']) => self.zone(word),
            // As browsers write it: `GMT+0100`.
            _ if lower.starts_with("gmt") || lower.starts_with("utc") => self.zone(word.get(3..)?),
            _ if word.contains(':') => self.clock(word),
            _ => self.date(word),
        }
    }

    fn zone(&mut self, text: &str) -> Option<()> {
        let found = zone(text)?;
        self.zone.is_none_or(|zone| zone == 0 || zone == found).then(|| self.zone = Some(found))
    }

    /// A clock, perhaps behind a date and before a zone.
    fn clock(&mut self, word: &'t str) -> Option<()> {
        let place = word.find(':')?;
        let hour = word.get(..place)?;
        if let Some((date, clock)) = word
            .split_once('T')
            .filter(|(date, _)| date.starts_with(|c: char| c.is_ascii_digit()) && !date.contains(':'))
        {
            self.date(date)?;
            return self.clock(clock);
        }
        // The time of a web server's log: `01/Mar/2024:10:00:00`.
        if hour.contains('/') {
            self.date(hour)?;
            return self.clock(word.get(place + 1..)?);
        }
        let end = word.find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.')).unwrap_or(word.len());
        let (clock, rest) = word.split_at_checked(end)?;
        let mut numbers = clock.splitn(3, ':');
        let (hour, minute, seconds) = (numbers.next()?, numbers.next()?, numbers.next().unwrap_or("0"));
        let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
        let is_short = |text: &str| matches!(text.len(), 1 | 2) && is_number(text);
        if ![hour, minute, seconds].into_iter().all(is_short) {
            return None;
        }
        set(&mut self.clock, (hour.parse().ok()?, minute.parse().ok()?, seconds, fraction))?;
        if rest.is_empty() { Some(()) } else { self.take(rest) }
    }

    fn date(&mut self, word: &str) -> Option<()> {
        let mut words = word.split(['-', '/', '.']);
        match (words.next()?, words.next(), words.next(), words.next()) {
            (one, None, ..) => self.of_date(one),
            // Only the dots of those who write the day first say what comes first.
            (first, Some(month), Some(last), None) if is_number(month) => {
                self.is_of_numbers = true;
                set(&mut self.month, Some(month).filter(|month| month.len() <= 2)?.parse().ok()?)?;
                if first.len() != 4 && !word.contains('.') {
                    return None;
                }
                self.of_date(first)?;
                self.of_date(last)
            }
            (first, Some(month), Some(last), None) => {
                self.of_date(first)?;
                self.of_date(month)?;
                self.of_date(last)
            }
            _ => None,
        }
    }

    /// A year has four digits, a day two at most, and a month a name.
    fn of_date(&mut self, word: &str) -> Option<()> {
        let lower = word.to_ascii_lowercase();
        if let Some(place) = MONTHS.iter().position(|month| lower.len() >= 3 && month.starts_with(lower.as_str())) {
            return set(&mut self.month, u32::try_from(place).ok()? + 1);
        }
        let digits = lower.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let ending = lower.get(digits.len()..)?;
        match (digits.len(), ending) {
            (4, "") if is_number(digits) => set(&mut self.year, digits.parse().ok()?),
            (1 | 2, "" | "st" | "nd" | "rd" | "th") if is_number(digits) => set(&mut self.day, digits.parse().ok()?),
            _ => None,
        }
    }

    fn ticks(&self) -> Option<i64> {
        let (hour, minute, seconds, fraction) = match self.clock {
            // A date of numbers alone may be anything.
            None if self.is_of_numbers => return None,
            clock => clock.unwrap_or((0, 0, "0", "")),
        };
        let hour = match self.is_afternoon {
            None => hour,
            Some(is_afternoon) if (1..=12).contains(&hour) => hour % 12 + if is_afternoon { 12 } else { 0 },
            Some(_) => return None,
        };
        let (year, month, day) = (self.year?, self.month?, self.day?);
        let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{seconds:0>2}.{fraction}");
        shifted(plain(text.as_bytes())?, self.zone.unwrap_or(0))
    }
}

/// Takes what was not said before.
fn set<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.is_none().then(|| *place = Some(value))
}

#[cfg(test)]
mod tests {
    use crate::row::parse_time;
    use functions::ticks;

    #[test]
    fn what_names_its_month_or_stands_in_the_only_order_is_read() {
        let fraction = ticks::parse("2024-03-01T10:00:00.123Z");
        for text in [
            "Mar 1, 2024 @ 10:00:00.123",
            "1 Mar 2024 10:00:00.123",
            "01-Mar-2024 10:00:00.123",
            "Mar 1 2024 10:00:00.123",
            "2024 Mar 01 10:00:00.123",
            "March 1, 2024 at 10:00:00.123 AM",
            "Friday, March 1st, 2024 10:00:00.123 am UTC",
            "2024-03-01 @ 10:00:00.123",
            "2024.03.01 10:00:00.123",
            "01.03.2024 10:00:00.123",
            "1.3.2024, 10:00:00.123",
            "20240301T100000.123Z",
            "20240301T110000.123+0100",
            "20240301100000.123000+000",
            "20240301050000.123000-300",
            "2024-03-01 10:00:00.123 GMT",
            "2024-03-01 10:00:00.123 +0000 UTC",
            "2024-03-01T10:00:00.123Z[UTC]",
            "2024-03-01T11:00:00.123+01:00[Europe/Paris]",
            "2024/03/01T10:00:00.123Z",
        ] {
            assert_eq!(parse_time(text), fraction, "{text}");
        }
        let second = ticks::parse("2024-03-01T10:00:00Z");
        for text in [
            "01/Mar/2024:11:00:00 +0100",
            "Fri Mar  1 10:00:00 UTC 2024",
            "Fri Mar 01 2024 11:00:00 GMT+0100 (Central European Standard Time)",
            "20240301T100000Z",
            "03/01/2024 11:00:00 AM +0100",
            "2024-03-01,10:00:00",
        ] {
            assert_eq!(parse_time(text), second, "{text}");
        }
        assert_eq!(parse_time("Mar 1, 2024 @ 12:30:00.000 PM"), ticks::parse("2024-03-01T12:30:00Z"));
        assert_eq!(parse_time("Mar 1, 2024"), ticks::parse("2024-03-01"));
    }

    #[test]
    fn what_may_mean_two_times_is_not_read() {
        for text in [
            "01-Mar-24 10:00:00",
            "Mar 1 10:00:00 EST 2024",
            "01-03-2024 10:00:00",
            "01.03.2024",
            "01.03.24 10:00:00",
            "Mar 1 2024 2025 10:00:00",
            "Mar 32, 2024 10:00:00",
            "Mar 1, 2024 13:00:00 PM",
            "20240301100000",
            "20240301T1000",
            "March",
            "10:00:00",
        ] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }
}
