//! The summary of a hunt: how bad is it, what was looked at, and what could not be.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::count::{self, counted};
use crate::escape::one_line;
use crate::style::Style;
use crate::value::datetime;

/// Files that are named where some could not be read as a whole; the rest is counted.
const NAMED: usize = 20;

#[derive(Debug, Clone, Default)]
pub struct Summary {
    pub findings: u64,
    /// Findings by level, gravest first, and by host, most first.
    pub levels: Vec<(String, u64)>,
    pub hosts: Vec<(String, u64)>,
    pub first: Option<String>,
    pub last: Option<String>,
    pub files: u64,
    pub events: u64,
    pub bytes: u64,
    /// Rows that each table had, where a detection asked for it.
    pub tables: Vec<(String, u64)>,
    /// Detections that were loaded and chosen.
    pub loaded: u64,
    /// Those that found something, those that ran, and those that could not have found anything, with the reason.
    pub matched: u64,
    pub ran: u64,
    pub blind: Vec<(String, String)>,
    /// Those of which some tables have no row here, with what is missing.
    pub partly_blind: Vec<(String, String)>,
    /// Variants whose only answer is a total over no event, which is read as no finding.
    pub empty_totals: Vec<String>,
    /// Fields that detections ask for and no event held, with the number of detections.
    pub absent_fields: Vec<(String, u64)>,
    /// Files and variants that were refused or could not run, and the reason.
    pub failed: Vec<(String, String)>,
    /// Detections whose time bounds were lifted; those that kept them, with the number of rows outside.
    pub lifted: u64,
    pub kept_bounds: Vec<String>,
    /// What the query's own limits cut off.
    pub limited: Vec<String>,
    /// The time that was taken for now, where a detection still needed one, and where it is from.
    pub now: Option<String>,
    /// Evidence that could not be read as a whole: file and what is missing.
    pub not_read: Vec<(String, String)>,
    /// Files that are no logs, and why.
    pub ignored: Vec<(String, String)>,
    /// Events outside of --from, --to and --host, and those among them that have no time.
    pub outside: (u64, u64),
    /// Hosts that were asked for and are not there, in words.
    pub absent_hosts: Option<String>,
    /// What limits of the reader cost, in words.
    pub beyond_limits: Option<String>,
    /// How far the context of processes reached, in words.
    pub processes: Option<String>,
    /// Events dated later than the machine's clock.
    pub future: u64,
    pub seconds: f64,
}

impl Summary {
    /// Counts findings, each given by its level, host and time in ticks, into levels, hosts, and first and last time.
    pub fn count<'a>(&mut self, findings: impl Iterator<Item = (&'a str, Option<&'a str>, Option<i64>)>) {
        const LEVELS: [&str; 5] = ["critical", "high", "medium", "low", "informational"];
        let mut hosts: BTreeMap<&str, u64> = BTreeMap::new();
        let mut levels: BTreeMap<&str, u64> = BTreeMap::new();
        let (mut first, mut last): (Option<i64>, Option<i64>) = (None, None);
        for (level, host, time) in findings {
            self.findings += 1;
            *hosts.entry(host.unwrap_or("(unknown)")).or_default() += 1;
            *levels.entry(level).or_default() += 1;
            first = [first, time].into_iter().flatten().min();
            last = last.max(time);
        }
        self.hosts = hosts.into_iter().map(|(host, count)| (host.to_string(), count)).collect();
        self.hosts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let of_level = |level: &str| Some((level.to_string(), *levels.get(level)?));
        self.levels = LEVELS.into_iter().filter_map(of_level).collect();
        (self.first, self.last) = (first.and_then(datetime), last.and_then(datetime));
    }

    pub fn to_json(&self) -> Value {
        let counts = |items: &[(String, u64)]| -> Map<String, Value> {
            items.iter().map(|(name, count)| (name.clone(), Value::from(*count))).collect()
        };
        let reasons = |items: &[(String, String)], name: &str| -> Vec<Value> {
            items.iter().map(|(what, why)| json!({name: what, "reason": why})).collect()
        };
        json!({
            "findings": self.findings,
            "levels": counts(&self.levels),
            "hosts": counts(&self.hosts),
            "first": self.first,
            "last": self.last,
            "evidence": {"files": self.files, "events": self.events, "bytes": self.bytes, "tables": counts(&self.tables)},
            "detections": {
                "loaded": self.loaded,
                "ran": self.ran,
                "matched": self.matched,
                "refused": self.failed.len(),
                "blind": reasons(&self.blind, "detection"),
                "partly_blind": reasons(&self.partly_blind, "detection"),
                "failed": reasons(&self.failed, "detection"),
                "did_not_match": self.empty_totals,
                "absent_fields": counts(&self.absent_fields),
            },
            "time_bounds": {"lifted": self.lifted, "kept": self.kept_bounds},
            "limited": self.limited,
            "now": self.now,
            "not_read": reasons(&self.not_read, "file"),
            "ignored": reasons(&self.ignored, "file"),
            "events_outside": self.outside.0,
            "events_without_time": self.outside.1,
            "absent_hosts": self.absent_hosts,
            "beyond_limits": self.beyond_limits,
            "processes": self.processes,
            "events_in_the_future": self.future,
            "seconds": self.seconds,
        })
    }

    /// The summary as a person reads it, the number that matters first.
    pub fn to_text(&self, style: Style) -> String {
        let mut out = String::new();
        let mut line =
            |label: &str, text: String| out.push_str(&format!("  {}  {text}\n", style.dim(&format!("{label:<16}"))));
        let levels = self.levels.iter().map(|(level, count)| style.level(level, &format!("{level} {count}")));
        line(&counted(self.findings, "finding", "findings"), levels.collect::<Vec<_>>().join("   "));
        if self.findings > 0 {
            line("hosts", listed(self.hosts.iter().map(|(host, count)| format!("{} {count}", one_line(host)))));
            line("first, last", format!("{}  …  {}", clock(&self.first), clock(&self.last)));
        }
        let tables = self.tables.iter().map(|(table, count)| format!("{table} {}", number(*count)));
        let tables = if self.tables.is_empty() { String::new() } else { format!(": {}", listed(tables)) };
        line("evidence", format!("{}, {}{tables}", counted(self.files, "file", "files"), count::events(self.events)));
        let detections = [(self.loaded, "loaded"), (self.failed.len() as u64, "refused"), (self.ran, "ran")];
        let of_those = [(self.blind.len() as u64, "blind"), (self.matched, "matched")];
        let counts = detections.into_iter().chain(of_those).map(|(count, what)| format!("{} {what}", number(count)));
        line("detections", counts.collect::<Vec<_>>().join(", "));
        for (what, why) in self.failed.iter().chain(&self.blind).take(NAMED) {
            line("", format!("{}: {}", one_line(what), one_line(why)));
        }
        if !self.empty_totals.is_empty() {
            let total = "a total over no event is read as no match";
            let names = self.empty_totals.iter().map(|name| one_line(name).into_owned());
            line("did not match", format!("{}: {total}", listed(names)));
        }
        if !self.absent_fields.is_empty() {
            let asked = self.absent_fields.iter().map(|(field, count)| format!("{} {count}", one_line(field)));
            line("absent fields", listed(asked));
        }
        if self.lifted > 0 || self.now.is_some() {
            let lifted = format!("lifted in {}", counted(self.lifted, "detection", "detections"));
            let now = self.now.as_ref().map_or(String::new(), |now| format!("; now is {now}"));
            line("time bounds", lifted + &now);
        }
        for kept in self.kept_bounds.iter().chain(&self.limited) {
            line("", one_line(kept).into_owned());
        }
        if self.outside.0 > 0 {
            let left_out = count::left_out(self.outside.0, self.outside.1);
            line("outside", format!("--from, --to and --host leave out {left_out}"));
        }
        if let Some(absent) = &self.absent_hosts {
            line("hosts", style.warn(&one_line(absent)));
        }
        if let Some(cost) = &self.beyond_limits {
            line("limits", style.warn(&one_line(cost)));
        }
        if let Some(processes) = self.processes.as_ref().filter(|said| !said.is_empty()) {
            line("processes", one_line(processes).into_owned());
        }
        if self.future > 0 {
            line("future", count::in_the_future(self.future));
        }
        if self.not_read.is_empty() && self.ignored.is_empty() {
            line("not read", "none".into());
        }
        let ignored = self.ignored.iter().map(|(file, why)| (file, format!("{why}, ignored")));
        let all: Vec<(&String, String)> =
            self.not_read.iter().map(|(file, why)| (file, why.clone())).chain(ignored).collect();
        for (index, (file, why)) in all.iter().take(NAMED).enumerate() {
            line(
                if index == 0 { "not read" } else { "" },
                format!("{}: {}", one_line(file), style.warn(&one_line(why))),
            );
        }
        if all.len() > NAMED {
            line("", format!("… and {} more", all.len() - NAMED));
        }
        line("took", format!("{:.2} s", self.seconds));
        out
    }
}

/// The first names, and how many more there are.
fn listed(items: impl ExactSizeIterator<Item = String>) -> String {
    const LISTED: usize = 8;
    let count = items.len();
    let mut text = items.take(LISTED).collect::<Vec<_>>().join("  ");
    if count > LISTED {
        text.push_str(&format!("  … and {} more", count - LISTED));
    }
    text
}

/// ISO time as a person reads it, to the second.
fn clock(time: &Option<String>) -> String {
    time.as_deref().unwrap_or("").chars().take(19).map(|c| if c == 'T' { ' ' } else { c }).collect()
}

/// `8255` as `8,255`.
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1_000, 8_255, 1_234_567].map(number), ["0", "999", "1,000", "8,255", "1,234,567"]);
    }

    #[test]
    fn what_could_not_be_read_is_named() {
        let summary = Summary {
            files: 2,
            events: 1_153,
            not_read: vec![("a\u{1b}.evtx".into(), "ends after 153 of 302 records".into())],
            ignored: vec![("notes.txt".into(), "not a log".into())],
            ..Summary::default()
        };
        let text = summary.to_text(Style::plain());
        assert!(text.contains("0 findings"), "{text}");
        assert!(text.contains("2 files, 1,153 events"), "{text}");
        assert!(text.contains("a\\u{1b}.evtx: ends after 153 of 302 records"), "{text}");
        assert!(text.contains("notes.txt: not a log, ignored"), "{text}");
    }
}
