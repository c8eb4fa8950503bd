//! Agreement: which events one side finds and another misses, and the operands that decide.
//!
//! Sides are variants of one detection, or any detections. All run over one reading of the evidence. Two records of one event are one.

use std::collections::{BTreeMap, BTreeSet};

use catalogue::{Detection, Variant};
use datafusion_common::Result;
use engine::program::Needs;
use engine::{EvidenceTables, Session};
use hunt::{Failure, Hunt, Settings, language};
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

/// An event, by file and number, with its record.
type Known = BTreeMap<(u32, u64), i64>;

/// Events of a difference that are explained, to tell the clearest.
const EXPLAINED: usize = 10;

/// Compares the sides over the evidence.
pub fn compare(
    sides: &[Side],
    tables: &EvidenceTables,
    session: &Session,
    settings: &Settings<'_>,
) -> Result<Agreement> {
    let source = tables.source();
    source.context(Needs { twins: true, ..Needs::default() })?;
    let twins: BTreeMap<_, _> = source.processes().iter().flat_map(|processes| processes.twins()).collect();
    let detections: Vec<Detection> = sides.iter().map(|side| side.detection.clone()).collect();
    let hunted = Hunt { tables, session, detections: &detections }.run(settings)?;
    let mut found: Vec<Known> = vec![Known::new(); sides.len()];
    for (side, origins) in hunted.origins() {
        for origin in &origins.kept {
            let place = (origin.file, origin.ordinal);
            let place = twins.get(&place).copied().unwrap_or(place);
            found.get_mut(side).into_iter().for_each(|known| {
                known.entry(place).or_insert(origin.record);
            });
        }
    }
    let shared = |one: &Known, other: &Known| one.keys().filter(|place| other.contains_key(place)).count() as u64;
    let both = found.iter().map(|one| found.iter().map(|other| shared(one, other)).collect()).collect();
    let all: BTreeMap<(u32, u64), i64> = found.iter().flatten().map(|(place, record)| (*place, *record)).collect();
    let mut patterns: BTreeMap<Vec<bool>, Vec<((u32, u64), i64)>> = BTreeMap::new();
    for (place, record) in all {
        let pattern: Vec<bool> = found.iter().map(|known| known.contains_key(&place)).collect();
        if pattern.contains(&false) {
            patterns.entry(pattern).or_default().push((place, record));
        }
    }
    let told: BTreeSet<&str> =
        hunted.failures.iter().filter_map(|failure| Some(failure.what.rsplit_once(' ')?.0)).collect();
    let numbered = sides.iter().enumerate().filter(|(_, side)| told.contains(side.name.as_str()));
    let failed: Vec<usize> = numbered.map(|(number, _)| number).collect();
    let mut differences = Vec::with_capacity(patterns.len());
    for (pattern, events) in patterns {
        let sides_of =
            |wanted: bool| pattern.iter().enumerate().filter(move |(_, is)| **is == wanted).map(|(side, _)| side);
        let missed_by: Vec<usize> = sides_of(false).filter(|side| !failed.contains(side)).collect();
        if missed_by.is_empty() {
            continue;
        }
        let mut best: Option<(usize, String, Vec<Explanation>)> = None;
        for ((file, ordinal), record) in events.iter().copied().take(EXPLAINED) {
            let place = Place { file, event: Event::Ordinal(ordinal) };
            let name = format!("{}#{record}", source.evidence.file_name(file).unwrap_or_default());
            let missing = missed_by.iter().filter_map(|side| sides.get(*side));
            let why = missing
                .map(|side| explained(side, place, &name, tables, session, settings))
                .collect::<Result<Vec<_>>>()?;
            let why: Vec<Explanation> = why.into_iter().flatten().collect();
            let decide = why.iter().map(|one| one.deciding().len()).sum::<usize>();
            // An event that is no row at all has none that decides.
            let weight = if decide == 0 { usize::MAX } else { decide };
            if best.as_ref().is_none_or(|(known, ..)| weight < *known) {
                best = Some((weight, name, why));
            }
        }
        let Some((_, event, why)) = best else {
            continue;
        };
        let found_by = sides_of(true).collect();
        differences.push(Difference { found_by, missed_by, count: events.len() as u64, event, why });
    }
    differences.sort_by_key(|difference| std::cmp::Reverse(difference.count));
    Ok(Agreement { both, differences, failed, failures: hunted.failures })
}

/// What a side did with an event: of several rules the one that came nearest to it.
fn explained(
    side: &Side,
    place: Place,
    event: &str,
    tables: &EvidenceTables,
    session: &Session,
    settings: &Settings<'_>,
) -> Result<Option<Explanation>> {
    let Some(variant) = side.detection.variants.first().filter(|variant| variant.correlations.is_empty()) else {
        return Ok(None);
    };
    let rows: plan::binding::Rows<'_> = &|plan| session.collect(plan);
    let options = Options {
        now: settings.now,
        rows: Some(rows),
        window: Window::All,
        mode: settings.mode,
        origins: true,
        no_limit: true,
        nulls: settings.nulls,
        trace: true,
    };
    let mut nearest: Option<(usize, Explanation)> = None;
    for output in language::variant(variant, tables, &options).into_iter().filter_map(|bound| bound.output) {
        let explained = explain(&output, place, tables, session)?;
        let weight = if explained.deciding.is_empty() { usize::MAX } else { explained.deciding.len() };
        if nearest.as_ref().is_none_or(|(known, _)| weight < *known) {
            nearest = Some((weight, told(&explained, &side.name, variant.language.name(), event, &variant.source)));
        }
    }
    Ok(nearest.map(|(_, explanation)| explanation))
}
