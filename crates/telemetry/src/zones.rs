//! Zones: how far the clocks of hosts are from UTC, as the receipts show that stand at the ends of a file.
//!
//! One receipt may be late by whole hours, so a zone is proven only where most receipts of a host agree on it. A file may have two
//! of a host, for summer time begins or ends within it: its two ends are asked apart.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Cursor;

use foldhash::fast::RandomState;

use crate::cut::Cutter;
use crate::cut::json::JsonRecords;
use crate::event::Fields;
use crate::format::Format;
use crate::row::Row;
use crate::row::times::Proven;
use crate::rows::{RowReader, Rows};

/// How many receipts must agree.
const ENOUGH: usize = 2;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Zones {
    /// In lower case, and as the receipts spell them.
    by_host: HashMap<String, Proven, RandomState>,
}

impl Zones {
    /// Of the head of a file, and of its last bytes where they are known.
    pub fn new(head: &[u8], tail: &[u8], format: Format, rows: &Rows) -> Self {
        let mut zones = Zones::default();
        let mut spellings = HashSet::new();
        for sample in [head, tail] {
            // Only of times that may lack their zone is anything to be learnt.
            if memchr::memmem::find(sample, b"EventTime").is_none() {
                continue;
            }
            let receipts = receipts(sample, format, rows);
            spellings.extend(receipts.iter().map(|(host, _)| host.clone()));
            for (host, zone) in agreed(receipts) {
                let known = zones.by_host.entry(host).or_default();
                if !known.contains(&Some(zone))
                    && let Some(free) = known.iter_mut().find(|known| known.is_none())
                {
                    *free = Some(zone);
                }
            }
        }
        for spelling in spellings {
            let known = zones.of(&spelling);
            zones.by_host.insert(spelling, known);
        }
        zones
    }

    pub fn is_empty(&self) -> bool {
        self.by_host.values().all(|proven| *proven == Proven::default())
    }

    pub fn of(&self, host: &str) -> Proven {
        let found = self.by_host.get(host).or_else(|| self.by_host.get(&host.to_ascii_lowercase()));
        found.copied().unwrap_or_default()
    }
}

/// The zones of a sample's receipts, by their hosts.
fn receipts(sample: &[u8], format: Format, rows: &Rows) -> Vec<(String, i64)> {
    let mut row = Row::new(&Fields::new([], false));
    let (mut reader, mut scratch) = (RowReader::default(), String::new());
    let mut found = Vec::new();
    let mut take = |json: &[u8]| {
        // What is cut off, or no event, shows nothing.
        if reader.record(json, rows, &mut row, &mut scratch).is_ok()
            && let Some(zone) = row.receipt()
        {
            found.push((row.computer().to_owned(), zone));
        }
    };
    match format {
        Format::Ndjson => sample.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).for_each(take),
        Format::Json(wrapping) => {
            let mut records = JsonRecords::new(Cursor::new(sample), wrapping);
            while let Ok(Some(block)) = records.next() {
                for span in &block.spans {
                    take(block.bytes.get(span.start..span.end).unwrap_or_default());
                }
            }
        }
        _ => {}
    }
    found
}

/// For each host the zone on which more than half of its receipts agree, and enough of them.
fn agreed(receipts: Vec<(String, i64)>) -> Vec<(String, i64)> {
    let mut counts: HashMap<String, BTreeMap<i64, usize>> = HashMap::new();
    for (host, zone) in receipts {
        *counts.entry(host.to_ascii_lowercase()).or_default().entry(zone).or_default() += 1;
    }
    let most = |(host, zones): (String, BTreeMap<i64, usize>)| {
        let all: usize = zones.values().sum();
        let (zone, count) = zones.into_iter().max_by_key(|(_, count)| *count)?;
        (count >= ENOUGH && 2 * count > all).then_some((host, zone))
    };
    counts.into_iter().filter_map(most).collect()
}

#[cfg(test)]
mod tests {
    use functions::ticks;

    use crate::trial::{Folder, cell, read};

    /// An event of a host whose clock showed this, received then.
    fn line(host: &str, local: &str, received: &str) -> String {
        format!(
            r#"{{"EventID":1,"Channel":"Security","Hostname":"{host}","EventTime":"{local}","@timestamp":"{received}"}}"#
        )
    }

    /// The times of the events of some JSON, in their order.
    fn times(text: &str) -> Vec<String> {
        let (batch, report) = read(&Folder::new().with("a.json", text).evidence(), &["System_Time", "System_Record"]);
        assert_eq!((report.damaged_records(), report.untimed), (0, 0));
        let mut times: Vec<(i64, String)> = (0..batch.num_rows())
            .map(|row| {
                let number = |column: &str| cell(&batch, column, row).parse::<i64>().unwrap();
                (number("System_Record"), ticks::format_datetime(number("System_Time")).unwrap())
            })
            .collect();
        times.sort();
        times.into_iter().map(|(_, time)| time.trim_end_matches('Z').replace(".0000000", "")).collect()
    }

    /// Events that were received at once, and one that was not.
    fn among(host: &str, prompt: [(&str, &str); 3], late: (&str, &str)) -> String {
        let lines: Vec<String> =
            [late].iter().chain(&prompt).map(|(local, received)| line(host, local, received)).collect();
        times(&lines.join("\n")).remove(0)
    }

    const IN_UTC: [(&str, &str); 3] = [
        ("2024-03-01 10:00:00", "2024-03-01T10:00:02.1Z"),
        ("2024-03-01 10:05:00", "2024-03-01T10:05:01.9Z"),
        ("2024-03-01 10:07:00", "2024-03-01T10:07:03Z"),
    ];
    const IN_INDIA: [(&str, &str); 3] = [
        ("2024-03-01 15:30:00", "2024-03-01T10:00:02.1Z"),
        ("2024-03-01 15:35:00", "2024-03-01T10:05:01.9Z"),
        ("2024-03-01 15:37:00", "2024-03-01T10:07:03Z"),
    ];

    #[test]
    fn an_event_has_its_own_time_however_late_it_is_delivered() {
        for late in [
            "2024-03-01T08:11:00.5Z",
            "2024-03-04T08:00:00.5Z",
            "2024-03-01T09:00:02Z",
            "2024-03-01T09:00:00.4Z",
            "2024-03-01T13:20:00Z",
        ] {
            assert_eq!(among("PC", IN_UTC, ("2024-03-01 08:00:00", late)), "2024-03-01T08:00:00", "{late}");
            assert_eq!(among("PC", IN_INDIA, ("2024-03-01 13:30:00", late)), "2024-03-01T08:00:00", "{late}");
        }
        // With no other receipt, what is late by days or by minutes has its own time, as it stands.
        for late in ["2024-03-01T08:11:00.5Z", "2024-03-04T08:00:00.5Z"] {
            assert_eq!(times(&line("PC", "2024-03-01 08:00:00", late)), ["2024-03-01T08:00:00"], "{late}");
        }
    }

    #[test]
    fn a_host_may_be_half_an_hour_from_the_next_zone_and_each_has_its_own() {
        let pairs = ["in", "IN", "In", "uk", "uk"].into_iter().zip(IN_INDIA.iter().chain(&IN_UTC[..2]));
        let lines: Vec<String> = pairs.map(|(host, (at, seen))| line(host, at, seen)).collect();
        let expected = [
            "2024-03-01T10:00:00",
            "2024-03-01T10:05:00",
            "2024-03-01T10:07:00",
            "2024-03-01T10:00:00",
            "2024-03-01T10:05:00",
        ];
        assert_eq!(times(&lines.join("\n")), expected);
        assert_eq!(times(&format!("[{}]", lines.join(","))), expected);
        assert_eq!(times(&line("in", IN_INDIA[0].0, IN_INDIA[0].1)), ["2024-03-01T10:00:00"]);
    }

    #[test]
    fn summer_time_may_end_within_a_file() {
        let event = |minute: u32, zone: u32| {
            let (hours, minutes) = (minute / 60, minute % 60);
            let local = format!("2024-11-03 {:02}:{minutes:02}:00", hours - zone);
            line("PC", &local, &format!("2024-11-03T{hours:02}:{minutes:02}:02Z"))
        };
        let lines: Vec<String> = (360..1200).map(|minute| event(minute, if minute < 600 { 4 } else { 5 })).collect();
        let found = times(&lines.join("\n"));
        assert!(lines.len() > 2 * (72 << 10) / lines[0].len() / 2 && found.len() == 840);
        for (minute, time) in (360..1200).zip(&found) {
            assert_eq!(*time, format!("2024-11-03T{:02}:{:02}:00", minute / 60, minute % 60));
        }
    }

    #[test]
    fn a_receipt_before_the_event_shows_that_the_zone_changed() {
        let summer = [("2024-03-10 12:00:00", "2024-03-10T16:00:01Z"), ("2024-03-10 12:01:00", "2024-03-10T16:01:01Z")];
        let winter = [
            ("2024-03-10 01:00:00", "2024-03-10T06:00:01Z"),
            ("2024-03-10 01:01:00", "2024-03-10T06:01:01Z"),
            ("2024-03-10 01:02:00", "2024-03-10T06:02:01Z"),
        ];
        let lines: Vec<String> = winter.iter().chain(&summer).map(|(at, seen)| line("PC", at, seen)).collect();
        let found = times(&lines.join("\n"));
        assert_eq!((found[0].as_str(), found[4].as_str()), ("2024-03-10T06:00:00", "2024-03-10T16:01:00"));
    }
}
