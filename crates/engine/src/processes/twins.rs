//! Twins: one process creation that Sysmon and the Security log both tell of.

use std::collections::HashMap;

use functions::origin::Origin;
use telemetry::Initiator;

use super::strings::Strings;
use super::{Process, SLACK, images};

/// How many creations with one id within the time that two clocks may differ are looked at; more are no honest log's.
const NEAR: usize = 64;

/// Pairs of records, by the file and the place of each.
#[derive(Default)]
pub struct Twins {
    stays: HashMap<(u32, u64), (Origin, Origin)>,
    yields: HashMap<(u32, u64), Origin>,
    /// For each that stays where the creation of the other stands.
    places: HashMap<(u32, u64), usize>,
}

impl Twins {
    /// Pairs the creations of one process id on one host, which are in the order of their times: each with the nearest of the
    /// other log that has the same image and is not yet taken. Each comes with its place.
    pub fn pair(&mut self, creations: &[(usize, &Process)], strings: &Strings) {
        let image = |process: &Process| strings.get(process.texts[Initiator::Image as usize]).unwrap_or("");
        let yielding = creations.iter().filter(|(_, process)| !process.is_sysmon && !image(process).is_empty());
        for (at, yields) in yielding {
            let from = creations.partition_point(|(_, process)| process.time < yields.time.saturating_sub(SLACK));
            let near = creations.get(from..).unwrap_or_default().iter().map(|(_, process)| *process);
            let near = near.take_while(|process| process.time <= yields.time.saturating_add(SLACK)).take(NEAR);
            let fits = |stays: &&Process| {
                stays.is_sysmon
                    && images::are_same(image(stays), image(yields))
                    && tells_no_more(yields, stays, strings)
                    && !self.stays.contains_key(&place(&stays.origin))
            };
            let nearest = near.filter(fits).min_by_key(|stays| (stays.time - yields.time).abs());
            if let Some(stays) = nearest {
                self.yields.insert(place(&yields.origin), stays.origin);
                self.stays.insert(place(&stays.origin), (stays.origin, yields.origin));
                self.places.insert(place(&stays.origin), *at);
            }
        }
    }

    pub fn of_stays(&self, file: u32, ordinal: u64) -> Option<&(Origin, Origin)> {
        self.stays.get(&(file, ordinal))
    }

    /// Where the creation stands that gives way to this one.
    pub fn place_of_other(&self, file: u32, ordinal: u64) -> Option<usize> {
        self.places.get(&(file, ordinal)).copied()
    }

    pub fn of_yields(&self, file: u32, ordinal: u64) -> Option<&Origin> {
        self.yields.get(&(file, ordinal))
    }

    pub fn pairs(&self) -> impl Iterator<Item = &(Origin, Origin)> {
        self.stays.values()
    }

    pub fn iter(&self) -> impl Iterator<Item = ((u32, u64), (u32, u64))> + '_ {
        self.yields.iter().map(|(yields, stays)| (*yields, place(stays)))
    }
}

/// Whether nothing is lost with the row of the one: a command line that only it has is a row's worth.
fn tells_no_more(yields: &Process, stays: &Process, strings: &Strings) -> bool {
    let line = |process: &Process| {
        strings.get(process.texts[Initiator::CommandLine as usize]).unwrap_or("").trim().trim_end_matches('\0')
    };
    matches!(line(yields), "" | "-") || line(yields) == line(stays)
}

fn place(origin: &Origin) -> (u32, u64) {
    (origin.file, origin.ordinal)
}
