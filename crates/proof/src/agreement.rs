//! Agreement: which events one side finds and another misses, and the operands that decide.
//!
//! Sides are variants of one detection, or any detections. All run over one reading of the evidence. Two records of one event are one.

use std::collections::{BTreeMap, BTreeSet};

use catalogue::{Detection, Variant};
use datafusion_common::Result;
use engine::program::Needs;
use engine::{EvidenceTables, Session};
use hunt::{Failure, Hunt, Hunted, Settings, language};
use plan::{Options, Window};
use render::explanation::Explanation;

use crate::explain::{Event, Place, explain, told};

/// One of those that are compared.
#[derive(Debug, Clone)]
pub struct Side {
    pub name: String,
    pub detection: Detection,
}

impl Side {
    /// A variant as a detection of its own.
    pub fn of(detection: &Detection, variant: &Variant, name: String) -> Self {
        let detection =
            Detection { id: name.clone(), variants: vec![variant.clone()], package: None, ..detection.clone() };
        Side { name, detection: Detection { part_of: Vec::new(), ..detection } }
    }
}

/// What the sides find.
#[derive(Debug)]
pub struct Agreement {
    /// For each two sides, how many events both find.
    pub both: Vec<Vec<u64>>,
    pub differences: Vec<Difference>,
    /// Sides that could not run: nothing is known of them. And why.
    pub failed: Vec<usize>,
    pub failures: Vec<Failure>,
}

impl Agreement {
    /// Both together: each was compared over evidence of its own.
    pub fn and(mut self, other: Agreement) -> Self {
        for (own, more) in self.both.iter_mut().flatten().zip(other.both.into_iter().flatten()) {
            *own += more;
        }
        for difference in other.differences {
            let same = |known: &&mut Difference| {
                known.found_by == difference.found_by && known.missed_by == difference.missed_by
            };
            match self.differences.iter_mut().find(same) {
                Some(known) => {
                    known.count += difference.count;
                    // The clearer event of the two is told.
                    if deciding(&difference) < deciding(known) {
                        (known.event, known.why) = (difference.event, difference.why);
                    }
                }
                None => self.differences.push(difference),
            }
        }
        self.differences.sort_by_key(|difference| std::cmp::Reverse(difference.count));
        for failed in other.failed {
            if !self.failed.contains(&failed) {
                self.failed.push(failed);
            }
        }
        for failure in other.failures {
            if !self.failures.iter().any(|known| known.what == failure.what) {
                self.failures.push(failure);
            }
        }
        self
    }
}

fn deciding(difference: &Difference) -> usize {
    weight(difference.why.iter().map(|one| one.deciding().len()).sum())
}

/// Events that the same sides find, and the same miss.
#[derive(Debug)]
pub struct Difference {
    pub found_by: Vec<usize>,
    pub missed_by: Vec<usize>,
    pub count: u64,
    /// The event for which the fewest operands decide, as `file#record`.
    pub event: String,
    /// What each side that misses it did with it.
    pub why: Vec<Explanation>,
}

/// File and number of an event.
type Stand = (u32, u64);
/// Events with the records that they are, where a row names these.
type Known = BTreeMap<Stand, Option<i64>>;

/// Events of a difference that are explained, to tell the clearest.
const EXPLAINED: usize = 10;

/// Compares the sides over the evidence.
pub fn compare(
    sides: &[Side],
    tables: &EvidenceTables,
    session: &Session,
    settings: &Settings<'_>,
) -> Result<Agreement> {
    let detections: Vec<Detection> = sides.iter().map(|side| side.detection.clone()).collect();
    let hunted = Hunt { tables, session, detections: &detections }.run(settings)?;
    let found = found(&hunted, sides.len(), tables)?;
    let shared = |one: &Known, other: &Known| one.keys().filter(|place| other.contains_key(place)).count() as u64;
    let both = found.iter().map(|one| found.iter().map(|other| shared(one, other)).collect()).collect();
    let told: BTreeSet<&str> =
        hunted.failures.iter().filter_map(|failure| Some(failure.what.rsplit_once(' ')?.0)).collect();
    let numbered = sides.iter().enumerate().filter(|(_, side)| told.contains(side.name.as_str()));
    let failed: Vec<usize> = numbered.map(|(number, _)| number).collect();
    // Which sides find an event, for all events that some do not.
    let mut patterns: BTreeMap<Vec<bool>, Known> = BTreeMap::new();
    for (place, record) in found.iter().flatten() {
        let pattern: Vec<bool> = found.iter().map(|known| known.contains_key(place)).collect();
        if pattern.contains(&false) {
            patterns.entry(pattern).or_default().insert(*place, *record);
        }
    }
    let told = Told { sides, tables, session, settings };
    let mut differences = Vec::with_capacity(patterns.len());
    for (pattern, events) in patterns {
        let of = |wanted: bool| {
            let sides = pattern.iter().enumerate().filter(|(_, finds)| **finds == wanted).map(|(side, _)| side);
            sides.filter(|side| !failed.contains(side)).collect::<Vec<usize>>()
        };
        let (found_by, missed_by) = (of(true), of(false));
        if !missed_by.is_empty() {
            let (event, why) = told.clearest(&missed_by, &events)?;
            differences.push(Difference { found_by, missed_by, count: events.len() as u64, event, why });
        }
    }
    differences.sort_by_key(|difference| std::cmp::Reverse(difference.count));
    Ok(Agreement { both, differences, failed, failures: hunted.failures })
}

/// What each side found; of two records of one event, that which stands for both.
fn found(hunted: &Hunted, sides: usize, tables: &EvidenceTables) -> Result<Vec<Known>> {
    let source = tables.source();
    source.context(Needs { twins: true, ..Needs::default() })?;
    let twins: BTreeMap<Stand, Stand> = source.processes().iter().flat_map(|processes| processes.twins()).collect();
    let mut found = vec![Known::new(); sides];
    for (side, origins) in hunted.origins() {
        let Some(known) = found.get_mut(side) else {
            continue;
        };
        for (place, record) in origins.places() {
            let of_event = known.entry(twins.get(&place).copied().unwrap_or(place)).or_default();
            *of_event = of_event.or(record);
        }
    }
    Ok(found)
}

/// What is needed to tell why a side misses an event.
pub(crate) struct Told<'a> {
    pub sides: &'a [Side],
    pub tables: &'a EvidenceTables,
    pub session: &'a Session,
    pub settings: &'a Settings<'a>,
}

impl Told<'_> {
    /// The event for which the fewest operands decide, and what those that miss it did with it.
    fn clearest(&self, missed_by: &[usize], events: &Known) -> Result<(String, Vec<Explanation>)> {
        let mut best: Option<(usize, String, Vec<Explanation>)> = None;
        let (named, unnamed): (Vec<_>, Vec<_>) = events.iter().partition(|(_, record)| record.is_some());
        for ((file, ordinal), record) in named.into_iter().chain(unnamed).take(EXPLAINED) {
            let place = Place { file: *file, event: Event::Ordinal(*ordinal) };
            let evidence = &self.tables.source().evidence;
            let file = evidence.file_name(*file).unwrap_or_default();
            let name = match record {
                Some(record) => format!("{file}#{record}"),
                None => format!("{file}@{}", telemetry::event::spelt_place(*ordinal)),
            };
            let sides = missed_by.iter().filter_map(|side| self.sides.get(*side));
            let why = sides.map(|side| self.explained(side, place, &name)).collect::<Result<Vec<_>>>()?;
            let why: Vec<Explanation> = why.into_iter().flatten().collect();
            let weight = weight(why.iter().map(|one| one.deciding().len()).sum());
            if best.as_ref().is_none_or(|(known, ..)| weight < *known) {
                best = Some((weight, name, why));
            }
        }
        Ok(best.map(|(_, event, why)| (event, why)).unwrap_or_default())
    }

    /// What a side did with an event: of several rules the one that came nearest to it.
    pub(crate) fn explained(&self, side: &Side, place: Place, event: &str) -> Result<Option<Explanation>> {
        let Some(variant) = side.detection.variants.first().filter(|variant| variant.correlations.is_empty()) else {
            return Ok(None);
        };
        let rows: plan::binding::Rows<'_> = &|plan| self.session.collect(plan);
        let options = Options {
            now: self.settings.now,
            rows: Some(rows),
            window: Window::All,
            mode: self.settings.mode,
            origins: true,
            no_limit: true,
            nulls: self.settings.nulls,
            trace: true,
        };
        let mut nearest: Option<(usize, Explanation)> = None;
        let bound = language::variant(variant, self.tables, &options);
        for output in bound.into_iter().filter_map(|bound| bound.output) {
            let explained = explain(&output, place, self.tables, self.session)?;
            let weight = weight(explained.deciding.len());
            if nearest.as_ref().is_none_or(|(known, _)| weight < *known) {
                let told = told(&explained, &side.name, variant.language.name(), event, &variant.source);
                nearest = Some((weight, told));
            }
        }
        Ok(nearest.map(|(_, explanation)| explanation))
    }
}

/// An event that is no row of the side's tables has no operand that decides, and is the least clear.
fn weight(deciding: usize) -> usize {
    if deciding == 0 { usize::MAX } else { deciding }
}
