//! Times: the several that a record holds, and which of them is the event's.
//!
//! nxlog writes when the event came to be (`EventTime`) in the machine's own zone, which it does not name, and a collector
//! behind it when it received the record (`@timestamp`), in UTC and some seconds late. The two together tell the zone.

use functions::ticks::{self, PER_HOUR, PER_MINUTE, PER_SECOND};

use super::time::{parse_time, says_its_zone};

/// How much a source is to be trusted: less is more.
pub const OWN: u8 = 1;
pub const LOGGED: u8 = 2;
/// When a collector received it, in UTC.
pub const RECEIVED: u8 = 3;
/// When it came to be, by the machine's own clock.
pub const LOCAL: u8 = 4;
/// When it was received, by the same clock.
pub const RECEIVED_LOCAL: u8 = 5;
/// What stands in where the event itself says nothing.
pub const OTHERS: u8 = u8::MAX;

/// What was set so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct Times {
    best: Option<(u8, i64)>,
    received: Option<i64>,
    local: Option<i64>,
    received_local: Option<i64>,
}

impl Times {
    /// Takes a time from a source of this rank; of several of one rank the first counts.
    pub fn set(&mut self, rank: u8, text: &str) {
        let is_known = self.best.is_some_and(|(known, _)| known <= rank);
        if is_known && (rank == OTHERS || self.best.is_some_and(|(known, _)| known <= LOGGED)) {
            return;
        }
        let Some(time) = parse_time(text) else { return };
        match rank {
            RECEIVED_LOCAL => self.received_local = Some(time),
            LOCAL if !says_its_zone(text) => self.local = Some(time),
            // A time that says its zone is the log's own.
            LOCAL => self.best = Some((LOGGED, time)),
            RECEIVED => self.received = Some(time),
            rank if !is_known => self.best = Some((rank, time)),
            _ => {}
        }
    }

    /// As from a text of the event's own.
    pub fn set_own(&mut self, time: i64) {
        if self.best.is_none_or(|(known, _)| known > OWN) {
            self.best = Some((OWN, time));
        }
    }

    pub fn set_missing(&mut self, time: impl FnOnce() -> Option<i64>) {
        if self.get().is_none() {
            self.best = time().map(|time| (OTHERS, time));
        }
    }

    /// The event's own.
    pub fn get(&self) -> Option<i64> {
        let own = self.best.filter(|(rank, _)| *rank <= LOGGED).map(|(_, time)| time);
        let others = || self.best.map(|(_, time)| time);
        own.or_else(|| self.local_in_utc()).or(self.received).or(self.local).or_else(others)
    }

    fn local_in_utc(&self) -> Option<i64> {
        let (local, received) = (self.local?, self.received?);
        let in_utc = |received_local: i64| {
            let time = local + zone(received - received_local)?;
            (0..=ticks::MAX).contains(&time).then_some(time)
        };
        // Both within one second: the finer one is the same time, be it that of a receipt or not.
        if in_utc(local).is_some_and(|time| (0..PER_SECOND).contains(&(received - time))) {
            return Some(received);
        }
        in_utc(self.received_local.unwrap_or(local))
    }
}

/// The zone that a difference of clocks means. Zones are quarters of an hour; what is left is the way that the record took.
fn zone(difference: i64) -> Option<i64> {
    const QUARTER: i64 = 15 * PER_MINUTE;
    let zone = (difference + QUARTER / 2).div_euclid(QUARTER) * QUARTER;
    let is_zone = (difference - zone).abs() <= 2 * PER_MINUTE && zone.abs() <= 14 * PER_HOUR;
    is_zone.then_some(zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zone_of_a_machine_is_that_of_its_receipts() {
        let time = |local: &str, received_local: &str, received: &str| {
            let mut times = Times::default();
            for (rank, text) in [(RECEIVED, received), (RECEIVED_LOCAL, received_local), (LOCAL, local)] {
                times.set(rank, text);
            }
            times.get().and_then(ticks::format_datetime)
        };
        let at = |text: &str| ticks::parse(text).and_then(ticks::format_datetime);
        let received = "2020-06-10T02:50:56.537Z";
        assert_eq!(time("2020-06-09 22:50:31", "2020-06-09 22:50:56", received), at("2020-06-10T02:50:31Z"));
        assert_eq!(time("2020-06-09 22:50:56", "2020-06-09 22:50:56", received), at(received));
        assert_eq!(time("2020-06-09 22:50:31", "", received), at("2020-06-10T02:50:31Z"));
        // Days late, in a zone of quarters of an hour.
        assert_eq!(time("2020-06-08 08:00:00", "2020-06-10 08:35:58", received), at("2020-06-08T02:15:00Z"));
        // Not the time of a receipt.
        assert_eq!(
            time("2024-03-05 10:00:00", "2024-03-06 00:00:00", "2024-03-05T10:00:00.123Z"),
            at("2024-03-05T10:00:00.123Z")
        );
        // No zone is that far off, or between the quarters.
        assert_eq!(time("2020-06-08 22:50:31", "", received), at(received));
        assert_eq!(time("2020-06-09 22:45:00", "2020-06-09 22:45:00", received), at(received));
        assert_eq!(time("2020-06-09T22:50:31.5-04:00", "", received), at("2020-06-10T02:50:31.5Z"));
        // No such time.
        let last = "9999-12-31T23:59:00Z";
        assert_eq!(time("9999-12-31 23:59:00", "9999-12-31 18:59:00", last), at(last));
        assert_eq!(time("2020-06-09 22:50:31", "", ""), at("2020-06-09T22:50:31Z"));
        assert_eq!(time("", "2020-06-09 22:50:31", ""), None);
    }
}
