//! Counts in sentences: each with its noun in the right number.

use crate::summary::number;

/// `1 event`, `3,378 events`.
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

pub fn events(count: u64) -> String {
    counted(count, "event", "events")
}

/// Events that bounds leave out, of which some have no time at all.
pub fn left_out(events: u64, untimed: u64) -> String {
    let why = match untimed {
        0 => String::new(),
        all if all == events => ", for having no time".to_owned(),
        some => format!(", {} of them for having no time", number(some)),
    };
    format!("{}{why}", self::events(events))
}

/// Events that a clock puts into the future.
pub fn in_the_future(count: u64) -> String {
    let are = if count == 1 { "is" } else { "are" };
    format!("{} {are} later than this machine's clock", events(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_noun_has_the_number_of_its_count() {
        let said = [(0, 0), (1, 0), (1, 1), (3_378, 1), (2, 2)].map(|(events, untimed)| left_out(events, untimed));
        let wanted = [
            "0 events",
            "1 event",
            "1 event, for having no time",
            "3,378 events, 1 of them for having no time",
            "2 events, for having no time",
        ];
        assert_eq!(said, wanted);
        assert_eq!([1, 2].map(in_the_future)[0], "1 event is later than this machine's clock");
    }
}
