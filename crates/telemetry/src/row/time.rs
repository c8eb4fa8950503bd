//! Event times: the spelling that event logs use is read by hand, every other by the function library.

use chrono::NaiveDate;
use functions::ticks;

/// Ticks of a time such as `2019-05-22T04:02:11.2871234Z` or `2019-05-22 04:02:11.287`; UTC where it names no zone.
pub fn parse_time(text: &str) -> Option<i64> {
    plain(text.as_bytes()).or_else(|| ticks::parse(text))
}

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
}
