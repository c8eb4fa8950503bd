//! Functions between the clock of a place and UTC.

use chrono::{MappedLocalTime, NaiveDateTime, Offset, TimeDelta, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};
use serde_json::Value;

use crate::function::{Function, Param, kernel};
use crate::rows::{Row, to_long, to_text};
use crate::ticks::{self, PER_SECOND};
use crate::types::Type;

const TIME: Param = Param::Is(Type::Datetime);
const TEXT: Param = Param::Text;

pub const FUNCTIONS: &[Function] = &[
    kernel!(["datetime_utc_to_local"], "a UTC time on the clock of a time zone; null where there is no such zone", [TIME, TEXT] => Type::Datetime,
        |args| to_long(args, |row| moved(row, |zone, time| (zone.offset_from_utc_datetime(&time).fix().local_minus_utc(), 1))),
        [("datetime_utc_to_local(datetime(2020-02-03 04:02:20), 'US/Pacific')", "2020-02-02T20:02:20Z"),
        ("datetime_utc_to_local(datetime(null), 'US/Pacific')", "")]),
    kernel!(["datetime_local_to_utc"], "the UTC time of a clock in a time zone; null where there is no such zone", [TIME, TEXT] => Type::Datetime,
    |args| to_long(args, |row| moved(row, |zone, time| (local_offset(zone, time), -1))), [
        ("datetime_local_to_utc(datetime(2020-02-02 20:02:20), 'US/Pacific')", "2020-02-03T04:02:20Z"),
        ("datetime_local_to_utc(datetime(2022-03-27 02:00:00), 'Europe/Brussels')", "2022-03-27T00:00:00Z")
    ]),
    kernel!(["datetime_list_timezones"], "the names of all time zones", [] => Type::Dynamic,
        |args| to_text(args, |_| Some(Value::from(TZ_VARIANTS.iter().map(|zone| zone.name()).collect::<Vec<_>>()).to_string())),
        [("set_has_element(datetime_list_timezones(), 'Africa/Abidjan')", "true")]),
];

/// A time moved by so many seconds, forwards or backwards.
fn moved(row: &Row<'_>, offset: impl Fn(Tz, NaiveDateTime) -> (i32, i64)) -> Option<i64> {
    let time = row.long(0)?;
    let zone: Tz = row.text(1)?.trim().parse().ok()?;
    let (seconds, direction) = offset(zone, ticks::to_civil(time)?);
    let moved = time.checked_add(i64::from(seconds) * direction * PER_SECOND)?;
    (0..=ticks::MAX).contains(&moved).then_some(moved)
}

/// A clock that is put back shows a time twice, and the second is meant; one that is put forward skips times, and what counts
/// is how it goes afterwards.
fn local_offset(zone: Tz, time: NaiveDateTime) -> i32 {
    match zone.offset_from_local_datetime(&time) {
        MappedLocalTime::Single(offset) | MappedLocalTime::Ambiguous(_, offset) => offset.fix().local_minus_utc(),
        MappedLocalTime::None => {
            let after = time.checked_add_signed(TimeDelta::hours(3)).unwrap_or(time);
            zone.offset_from_local_datetime(&after).latest().map_or(0, |offset| offset.fix().local_minus_utc())
        }
    }
}
