//! Times as the logs spell them, from microseconds since 1970.

pub const SECOND: i64 = 1_000_000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

/// Monday, 9 March 2026, 00:00 UTC: the samples begin here.
pub const MONDAY: i64 = 20_521 * DAY;

/// `2026-03-09T08:15:02.123456Z`
pub fn iso(time: i64) -> String {
    let (date, clock) = parts(time);
    format!("{date}T{clock}.{:06}Z", time.rem_euclid(SECOND))
}

/// `2026-03-09 08:15:02.123`, as Sysmon's UtcTime.
pub fn utc(time: i64) -> String {
    let (date, clock) = parts(time);
    format!("{date} {clock}.{:03}", time.rem_euclid(SECOND) / 1000)
}

/// `2026-03-09 08:15:02`
pub fn seconds(time: i64) -> String {
    let (date, clock) = parts(time);
    format!("{date} {clock}")
}

fn parts(time: i64) -> (String, String) {
    let (days, rest) = (time.div_euclid(DAY), time.rem_euclid(DAY) / SECOND);
    let (year, month, day) = civil(days);
    (format!("{year:04}-{month:02}-{day:02}"), format!("{:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60))
}

/// The date of a day number since 1970, in the proleptic Gregorian calendar: years begin in March, so that leap days come last.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spells_times() {
        assert_eq!(iso(MONDAY + 8 * HOUR + 123_456), "2026-03-09T08:00:00.123456Z");
        assert_eq!(utc(0), "1970-01-01 00:00:00.000");
        assert_eq!(seconds(MONDAY - 9 * DAY), "2026-02-28 00:00:00");
    }
}
