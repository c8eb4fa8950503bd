//! Times: the several that a record holds, and which of them is the event's.
//!
//! nxlog writes when the event came to be (`EventTime`) in the machine's own zone, which it does not name, and a collector
//! behind it when it received the record (`@timestamp`), in UTC and some seconds late, or minutes, or days. The event's own time
//! is the first. Its zone is one that the file proves of its host ([`crate::zones`]); where it proves none, the one that the
//! record's own receipt shows, if that is a whole number of quarter hours and two minutes at most; else the time stands in UTC, unless that is
//! after the receipt.

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
    proven: Proven,
}

impl Times {
    /// Takes a time from a source of this rank; of several of one rank the first counts. Gives whether the text is no time.
    pub fn set(&mut self, rank: u8, text: &str) -> bool {
        let is_known = self.best.is_some_and(|(known, _)| known <= rank);
        if is_known && (rank == OTHERS || self.best.is_some_and(|(known, _)| known <= LOGGED)) {
            return false;
        }
        let Some(time) = parse_time(text) else { return true };
        match rank {
            RECEIVED_LOCAL => self.received_local = Some(time),
            LOCAL if !says_its_zone(text) => self.local = Some(time),
            // A time that says its zone is the log's own.
            LOCAL => self.best = Some((LOGGED, time)),
            RECEIVED => self.received = Some(time),
            rank if !is_known => self.best = Some((rank, time)),
            _ => {}
        }
        false
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

    /// The zones that others prove.
    pub fn know(&mut self, proven: Proven) {
        self.proven = proven;
    }

    /// The zone that the record's own receipt shows.
    pub fn receipt(&self) -> Option<i64> {
        let (local, received) = (self.local?, self.received?);
        let at_once = zone(received - local).filter(|zone| is_at_once(local + zone, received));
        at_once.or_else(|| zone(received - self.received_local.unwrap_or(local)))
    }

    /// The event's own.
    pub fn get(&self) -> Option<i64> {
        let own = self.best.filter(|(rank, _)| *rank <= LOGGED).map(|(_, time)| time);
        let others = || self.best.map(|(_, time)| time);
        // Nothing is received before it happens.
        let may_be_utc = |local: &i64| self.received.is_none_or(|received| *local <= received + SKEW);
        let as_it_stands = self.local.filter(may_be_utc);
        own.or_else(|| self.local_in_utc()).or(as_it_stands).or(self.received).or_else(others)
    }

    fn local_in_utc(&self) -> Option<i64> {
        let (local, received) = (self.local?, self.received?);
        let own = self.receipt();
        let is_before_receipt = |zone: &i64| local + zone <= received + SKEW;
        let mut proven = self.proven.iter().flatten().copied();
        // A receipt of its own decides between the zones that are proven; where none is, it is all there is.
        let zone = match own {
            Some(own) if proven.clone().any(|zone| zone == own) => Some(own),
            own => proven.find(is_before_receipt).or(own),
        };
        let time = local + zone?;
        // The finer one is the same time, be it that of a receipt or not.
        if is_at_once(time, received) {
            return Some(received);
        }
        (0..=ticks::MAX).contains(&time).then_some(time)
    }
}

/// Whether something was received within the second that its time names.
fn is_at_once(time: i64, received: i64) -> bool {
    (0..PER_SECOND).contains(&(received - time))
}

/// Up to two zones, of the two ends of a file.
pub type Proven = [Option<i64>; 2];

/// How far two clocks may be apart, with the way that a record takes at once.
const SKEW: i64 = 2 * PER_MINUTE;

/// The zone that a difference of clocks means: what is to be added to local time. Zones are quarters of an hour; what is left is
/// the way that the record took.
fn zone(difference: i64) -> Option<i64> {
    const QUARTER: i64 = 15 * PER_MINUTE;
    let zone = (difference + QUARTER / 2).div_euclid(QUARTER) * QUARTER;
    let is_zone = (difference - zone).abs() <= SKEW && zone.abs() <= 14 * PER_HOUR;
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
        assert_eq!(time("2020-06-08 22:50:31", "", received), at("2020-06-08T22:50:31Z"));
        assert_eq!(time("2020-06-10 02:40:00", "2020-06-10 02:40:00", received), at("2020-06-10T02:40:00Z"));
        assert_eq!(time("2020-06-10 08:27:00", "", received), at(received));
        assert_eq!(time("2020-06-09T22:50:31.5-04:00", "", received), at("2020-06-10T02:50:31.5Z"));
        // No such time.
        let last = "9999-12-31T23:59:00Z";
        assert_eq!(time("9999-12-31 23:59:00", "9999-12-31 18:59:00", last), at(last));
        assert_eq!(time("2020-06-09 22:50:31", "", ""), at("2020-06-09T22:50:31Z"));
        assert_eq!(time("", "2020-06-09 22:50:31", ""), None);
    }
}
