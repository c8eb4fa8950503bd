//! Twins: one process creation that Sysmon and the Security log both tell of.

use std::collections::HashMap;

use functions::origin::Origin;
use telemetry::Initiator;

use super::strings::Strings;
use super::{Process, SLACK};

/// Pairs of records, by the file and the place of each.
#[derive(Default)]
pub struct Twins {
    stays: HashMap<(u32, u64), (Origin, Origin)>,
    yields: HashMap<(u32, u64), Origin>,
}

impl Twins {
    /// Pairs the creations of one process id on one host, which are in the order of their times: each with the nearest of the
    /// other log that has the same image and is not yet taken.
    pub fn pair(&mut self, creations: &[&Process], strings: &Strings) {
        let image = |process: &Process| strings.get(process.texts[Initiator::Image as usize]).unwrap_or("");
        for yields in creations.iter().filter(|process| !process.is_sysmon) {
            let fits = |stays: &&&Process| {
                stays.is_sysmon
                    && (stays.time - yields.time).abs() <= SLACK
                    && !image(stays).is_empty()
                    && image(stays).to_lowercase() == image(yields).to_lowercase()
                    && !self.stays.contains_key(&place(&stays.origin))
            };
            let nearest = creations.iter().filter(fits).min_by_key(|stays| (stays.time - yields.time).abs());
            if let Some(stays) = nearest {
                self.yields.insert(place(&yields.origin), stays.origin);
                self.stays.insert(place(&stays.origin), (stays.origin, yields.origin));
            }
        }
    }

    pub fn of_stays(&self, file: u32, ordinal: u64) -> Option<&(Origin, Origin)> {
        self.stays.get(&(file, ordinal))
    }

    pub fn of_yields(&self, file: u32, ordinal: u64) -> Option<&Origin> {
        self.yields.get(&(file, ordinal))
    }

    pub fn staying(&self) -> impl Iterator<Item = &Origin> {
        self.stays.values().map(|(stays, _)| stays)
    }

    pub fn iter(&self) -> impl Iterator<Item = ((u32, u64), (u32, u64))> + '_ {
        self.yields.iter().map(|(yields, stays)| (*yields, place(stays)))
    }
}

fn place(origin: &Origin) -> (u32, u64) {
    (origin.file, origin.ordinal)
}
