//! Processes: what the evidence tells of the creation of every process, so that what a process did later can be told with
//! its command line, its parent and its hashes, in whatever order and file the events stand.
//!
//! One reading gathers the creations, before the reading that needs them or in the middle of it. Memory is bounded: creations beyond it are counted,
//! and what they did is told without them.

mod gather;
mod hosts;
mod images;
mod strings;
mod twins;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use functions::origin::{Origin, Origins};
use functions::ticks;
use telemetry::Initiator;

pub use gather::Gather;
use hosts::Hosts;
use strings::{Strings, Text};
use twins::Twins;

/// How far the clocks of two logs may differ about one moment.
const SLACK: i64 = 2 * ticks::PER_SECOND;

/// The creations of processes.
pub struct Processes {
    strings: Strings,
    hosts: Hosts,
    all: Vec<Process>,
    by_guid: HashMap<(Text, u128), usize>,
    /// In the order of their times.
    by_pid: HashMap<(Text, i64), Vec<usize>>,
    /// When processes of an id ended, in order.
    ends: HashMap<(Text, i64), Vec<i64>>,
    twins: Twins,
    /// Creations that were too many to be held.
    pub beyond: u64,
    asked: AtomicU64,
    found: AtomicU64,
}

/// One creation.
struct Process {
    host: Text,
    pid: Option<i64>,
    guid: Option<u128>,
    parent_guid: Option<u128>,
    time: i64,
    origin: Origin,
    is_sysmon: bool,
    texts: [Text; TEXTS],
    /// The fields of [`gather::TOLD`], of a record of the Security log that gives way.
    told: Option<Box<[Text; gather::TOLD.len()]>>,
}

const TEXTS: usize = Initiator::ALL.len();

/// What an event says of its initiator.
#[derive(Debug, Clone, Copy)]
pub struct Key<'a> {
    pub host: &'a str,
    pub guid: Option<&'a str>,
    pub pid: Option<&'a str>,
    pub image: Option<&'a str>,
    pub time: Option<i64>,
}

/// A process that was found.
#[derive(Clone, Copy)]
pub struct Found<'a> {
    processes: &'a Processes,
    process: &'a Process,
}

/// The fields of a record that gave way.
#[derive(Clone, Copy)]
pub struct Told<'a> {
    texts: &'a [Text; gather::TOLD.len()],
    strings: &'a Strings,
    pub time: i64,
}

impl<'a> Told<'a> {
    /// Whether a field of this name is kept at all.
    pub fn knows(name: &str) -> bool {
        gather::TOLD.contains(&name)
    }

    pub fn text(&self, name: &str) -> Option<&'a str> {
        let place = gather::TOLD.iter().position(|known| *known == name)?;
        self.strings.get(*self.texts.get(place)?)
    }
}

impl Processes {
    /// The process that an event names.
    pub fn find(&self, key: &Key<'_>) -> Option<Found<'_>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let process = self.seek(key)?;
        self.found.fetch_add(1, Ordering::Relaxed);
        Some(Found { processes: self, process })
    }

    fn seek(&self, key: &Key<'_>) -> Option<&Process> {
        let host = self.hosts.find(key.host, &self.strings)?;
        let guid = key.guid.and_then(guid);
        if let Some(place) = guid.and_then(|guid| self.by_guid.get(&(host, guid))) {
            return self.all.get(*place);
        }
        let (pid, time) = (key.pid.and_then(pid)?, key.time?);
        let places = self.by_pid.get(&(host, pid))?;
        let created = |place: &usize| self.all.get(*place).map_or(i64::MAX, |process| process.time);
        let end = places.partition_point(|place| created(place) <= time.saturating_add(SLACK));
        let mut processes = places.get(..end)?.iter().rev().filter_map(|place| self.all.get(*place)).peekable();
        // Whoever had the id last is it, if it is what the event says it is and has not ended. The same creation may be there
        // twice, and Sysmon tells more of it.
        let latest = processes.peek()?.time;
        let fits = |process: &&Process| {
            // Sysmon's guid tells apart all that it logged.
            let is_unknown = guid.is_none() || !process.is_sysmon;
            is_unknown && self.is_image(process, key.image) && !self.has_ended(process, time)
        };
        processes
            .take_while(|process| latest - process.time <= SLACK)
            .filter(fits)
            .min_by_key(|process| !process.is_sysmon)
    }

    fn has_ended(&self, process: &Process, by: i64) -> bool {
        let Some(ends) = process.pid.and_then(|pid| self.ends.get(&(process.host, pid))) else { return false };
        let next = ends.partition_point(|end| *end <= process.time);
        ends.get(next).is_some_and(|end| end.saturating_add(SLACK) < by)
    }

    fn is_image(&self, process: &Process, image: Option<&str>) -> bool {
        let known = self.strings.get(process.texts[Initiator::Image as usize]).unwrap_or("");
        let image = image.unwrap_or("");
        // Some events have paths of devices, or names alone.
        let is_whole = |path: &str| path.as_bytes().get(1) == Some(&b':');
        let name = |path: &str| path.rsplit(['\\', '/']).next().map(str::to_lowercase);
        let has_same_name = || !(is_whole(known) && is_whole(image)) && name(known) == name(image);
        known.is_empty() || image.is_empty() || image == "-" || images::are_same(known, image) || has_same_name()
    }

    /// Both records of a creation whose row this one is, if there are two.
    pub fn both(&self, file: u32, ordinal: u64) -> Option<Vec<u8>> {
        let (stays, yields) = self.twins.of_stays(file, ordinal)?;
        Some(Origins::two(*stays, *yields).to_cell())
    }

    /// What the record tells that gave way to this one.
    pub fn told_by_twin(&self, file: u32, ordinal: u64) -> Option<Told<'_>> {
        let process = self.all.get(self.twins.place_of_other(file, ordinal)?)?;
        Some(Told { texts: process.told.as_deref()?, strings: &self.strings, time: process.time })
    }

    /// The record that stays for this one.
    pub fn stays_for(&self, file: u32, ordinal: u64) -> Option<&Origin> {
        self.twins.of_yields(file, ordinal)
    }

    /// For each record that gives way the one that stays: files and places in them.
    pub fn twins(&self) -> impl Iterator<Item = ((u32, u64), (u32, u64))> + '_ {
        self.twins.iter()
    }

    /// The two records of each creation that two logs tell of: the one that stays, and the one that gives way.
    pub fn pairs(&self) -> impl Iterator<Item = &(Origin, Origin)> {
        self.twins.pairs()
    }

    /// How far the context of processes reached, in words; for how many events it was asked includes every reading.
    pub fn account(&self) -> String {
        let (asked, found) = (self.asked.load(Ordering::Relaxed), self.found.load(Ordering::Relaxed));
        let mut parts = Vec::new();
        if asked > 0 {
            let share = 100.0 * found as f64 / asked as f64;
            parts.push(format!(
                "the creation of the acting process is known for {found} of {asked} events ({share:.0} %)"
            ));
        }
        match self.twins.iter().count() {
            0 => {}
            1 => parts.push("1 process creation is in two logs and counts once".to_owned()),
            many => parts.push(format!("{many} process creations are in two logs and count once")),
        }
        if self.beyond > 0 {
            let (creations, they) = match self.beyond {
                1 => ("process creation", "it gives no context, and counts twice where two logs tell of it"),
                _ => ("process creations", "they give no context, and count twice where two logs tell of them"),
            };
            parts.push(format!("{} {creations} did not fit into memory (--memory): {they}", self.beyond));
        }
        parts.join("; ")
    }
}

impl<'a> Found<'a> {
    pub fn text(&self, field: Initiator) -> Option<&'a str> {
        self.processes.strings.get(*self.process.texts.get(field as usize)?)
    }

    pub fn time(&self, field: Initiator) -> Option<i64> {
        match field {
            Initiator::Time => Some(self.process.time),
            Initiator::ParentTime => {
                let parent = (self.process.host, self.process.parent_guid?);
                self.processes.all.get(*self.processes.by_guid.get(&parent)?).map(|parent| parent.time)
            }
            _ => None,
        }
    }
}

/// A guid, whatever the case of its digits, with or without its braces; `None` for the one that is all zeros.
fn guid(text: &str) -> Option<u128> {
    let mut value = 0_u128;
    let mut digits = 0;
    for byte in text.bytes().filter(|byte| !matches!(byte, b'{' | b'}' | b'-')) {
        value = value << 4 | u128::from(char::from(byte).to_digit(16)?);
        digits += 1;
    }
    (digits == 32 && value != 0).then_some(value)
}

/// A process id, decimal or hexadecimal.
fn pid(text: &str) -> Option<i64> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None => text.trim().parse().ok(),
    }
}

impl fmt::Debug for Processes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Processes").field("count", &self.all.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guids_and_process_ids_are_read_in_every_spelling() {
        let value = guid("{365ABB72-7c01-5cc4-0000-00102b3e0c00}");
        assert_eq!(value, Some(0x365a_bb72_7c01_5cc4_0000_0010_2b3e_0c00));
        assert_eq!(guid("365abb727c015cc4000000102b3e0c00"), value);
        for text in ["{00000000-0000-0000-0000-000000000000}", "", "-", "{365ABB72}", "é"] {
            assert_eq!(guid(text), None, "{text}");
        }
        assert_eq!((pid("0x1a2c"), pid("6700"), pid("-"), pid("")), (Some(6700), Some(6700), None, None));
    }
}
