//! Contrast: detections compared without evidence, by events that are made of the literals that they name.
//!
//! One event after the other differs from the first in one literal of one field, so that what one side finds and another misses
//! names its difference by itself. All of them are run through every side: nothing is believed.

mod literals;
mod made;
mod witnessed;

use std::collections::{BTreeMap, BTreeSet};

use catalogue::Detection;
use datafusion_common::{DataFusionError, Result};
use engine::{EvidenceTables, Session};
use hunt::{Failure, Hunt, Settings, language};
use plan::{Options, Window};
use serde_json::{Map, Value};

use crate::agreement::{Side, Told};
use crate::events::Events;
use crate::explain::{Event, Place};
pub use literals::Part;
use literals::Pool;
pub use made::Varied;

/// What the sides find of the made events.
#[derive(Debug, Default)]
pub struct Contrast {
    /// How many events were made, and how many of them some side finds.
    pub made: usize,
    pub found: usize,
    pub differences: Vec<Difference>,
    pub columns: Vec<ColumnDifference>,
    /// Sides that cut off their rows: which, and how many they give.
    pub limits: Vec<(usize, u64)>,
    /// Sides that cannot run, and why.
    pub failed: Vec<usize>,
    pub failures: Vec<Failure>,
}

/// An event that some sides find and others miss.
#[derive(Debug)]
pub struct Difference {
    pub varied: Varied,
    pub found_by: Vec<usize>,
    pub missed_by: Vec<usize>,
    /// Of sides that miss it, the operands that decide.
    pub deciding: Vec<(usize, Vec<String>)>,
}

/// A column of the same meaning that differs for an event that both sides find.
#[derive(Debug)]
pub struct ColumnDifference {
    pub varied: Varied,
    /// Of each side its own name for the column, and what it holds.
    pub values: Vec<(usize, String, Value)>,
}

/// Differences of which the operands are told: each is a reading of all that was made.
const EXPLAINED: usize = 50;

/// Runs every side over events that are made of the literals of all.
pub fn contrast(sides: &[Side], session: &Session, settings: &Settings<'_>) -> Result<Contrast> {
    let mut pool = Pool::default();
    sides.iter().flat_map(|side| &side.detection.variants).for_each(|variant| pool.add(variant));
    let mut varied = made::varied(&pool);
    varied.extend(witnessed::witnessed(sides, session, varied.len())?);
    let mut contrast = Contrast { made: varied.len(), ..Contrast::default() };
    if varied.is_empty() {
        return Ok(contrast);
    }
    let lines: Vec<String> = varied.iter().map(|one| one.event.to_string()).collect();
    let events = Events::of("made.ndjson", &format!("{}\n", lines.join("\n")))
        .map_err(|error| DataFusionError::External(Box::new(error)))?;
    let mut found: Vec<BTreeMap<usize, Map<String, Value>>> = Vec::with_capacity(sides.len());
    for (number, side) in sides.iter().enumerate() {
        let rows = rows(side, &events.tables, session, settings, &mut contrast)?;
        if rows.is_none() {
            contrast.failed.push(number);
        }
        found.push(rows.unwrap_or_default());
        if let Some(limit) = limit(side, &events.tables, settings) {
            contrast.limits.push((number, limit));
        }
    }
    // Where all cut off alike there is no difference.
    let first = contrast.limits.first().map(|(_, rows)| *rows);
    if contrast.limits.len() + contrast.failed.len() == sides.len()
        && contrast.limits.iter().all(|(_, rows)| Some(*rows) == first)
    {
        contrast.limits.clear();
    }
    for (line, varied) in varied.into_iter().enumerate() {
        // Of a side that cannot run nothing is known.
        let ran = (0..sides.len()).filter(|side| !contrast.failed.contains(side));
        let (found_by, missed_by): (Vec<usize>, Vec<usize>) =
            ran.partition(|side| found.get(*side).is_some_and(|rows| rows.contains_key(&line)));
        if found_by.is_empty() {
            continue;
        }
        contrast.found += 1;
        contrast.columns.extend(column_differences(&found, &found_by, line, &varied));
        if !missed_by.is_empty() {
            let deciding = Vec::new();
            contrast.differences.push(Difference { varied, found_by, missed_by, deciding });
        }
    }
    // Where the program makes the difference, no command line does.
    let programs = contrast.differences.iter().filter(|one| one.varied.part == Part::Child);
    let programs: Vec<(String, Vec<usize>)> =
        programs.map(|one| (one.varied.literal.to_lowercase(), one.found_by.clone())).collect();
    contrast.differences.retain(|one| {
        let program = one.varied.program.as_ref().map(|name| name.to_lowercase());
        !program.is_some_and(|name| programs.iter().any(|(known, found)| *known == name && *found == one.found_by))
    });
    // Several sides may be asked for the same.
    let mut known = BTreeSet::new();
    contrast.differences.retain(|one| {
        one.varied.part != Part::Event || known.insert((one.varied.literal.to_lowercase(), one.found_by.clone()))
    });
    let told = Told { sides, tables: &events.tables, session, settings };
    for difference in contrast.differences.iter_mut().take(EXPLAINED) {
        let line = difference.varied.event["Event"]["System"]["EventRecordID"].as_i64().unwrap_or_default();
        let place = Place { file: 0, event: Event::Line(line) };
        for side in &difference.missed_by {
            let explained = match sides.get(*side) {
                Some(one) => told.explained(one, place, "made")?,
                None => None,
            };
            let operands = explained.iter().flat_map(|one| one.deciding()).map(|operand| operand.text.clone());
            difference.deciding.push((*side, operands.collect()));
        }
    }
    // A flag that differs for many events is told by the one that it speaks of.
    contrast.columns.sort_by_key(|one| one.varied.is_base);
    Ok(contrast)
}

/// The rows that a side gives, by the lines of their events; `None` where it cannot run.
fn rows(
    side: &Side,
    tables: &EvidenceTables,
    session: &Session,
    settings: &Settings<'_>,
    contrast: &mut Contrast,
) -> Result<Option<BTreeMap<usize, Map<String, Value>>>> {
    let detections: Vec<Detection> = vec![side.detection.clone()];
    let hunted = Hunt { tables, session, detections: &detections }.run(settings)?;
    let evidence = &tables.source().evidence;
    let mut rows = BTreeMap::new();
    for finding in hunted.findings(evidence) {
        for event in &finding.events {
            // Made events are numbered by their lines.
            if let Some(line) = usize::try_from(event.record).ok().and_then(|record| record.checked_sub(1)) {
                rows.entry(line).or_insert_with(|| finding.row.clone());
            }
        }
    }
    // A finding names some of its events.
    for (_, origins) in hunted.origins() {
        for ((_, ordinal), _) in origins.places() {
            let line = usize::try_from(telemetry::event::line_of(ordinal)).ok().and_then(|line| line.checked_sub(1));
            line.map(|line| rows.entry(line).or_default());
        }
    }
    let has_failed = !hunted.failures.is_empty();
    contrast.failures.extend(hunted.failures);
    Ok((!has_failed).then_some(rows))
}

/// How many rows a side gives at most.
fn limit(side: &Side, tables: &EvidenceTables, settings: &Settings<'_>) -> Option<u64> {
    let variant = side.detection.variants.first()?;
    let options = Options {
        now: settings.now,
        rows: None,
        window: Window::All,
        mode: settings.mode,
        origins: true,
        no_limit: false,
        nulls: settings.nulls,
        trace: false,
    };
    let bound = language::variant(variant, tables, &options);
    bound.into_iter().filter_map(|bound| bound.output).flat_map(|output| output.limits).map(|(rows, _)| rows).min()
}

/// Flags whose names are the same but for case and underscores, and whose values are not.
fn column_differences(
    found: &[BTreeMap<usize, Map<String, Value>>],
    found_by: &[usize],
    line: usize,
    varied: &Varied,
) -> Vec<ColumnDifference> {
    let mut by_name: BTreeMap<String, Vec<(usize, String, Value)>> = BTreeMap::new();
    for side in found_by {
        let Some(row) = found.get(*side).and_then(|rows| rows.get(&line)) else {
            continue;
        };
        for (name, value) in row.iter().filter(|(_, value)| flag(value).is_some()) {
            let plain: String = name.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
            by_name.entry(plain).or_default().push((*side, name.clone(), value.clone()));
        }
    }
    let differs = |values: &Vec<(usize, String, Value)>| {
        let mut flags = values.iter().map(|(_, _, value)| flag(value));
        let first = flags.next();
        values.len() > 1 && flags.any(|flag| Some(flag) != first)
    };
    let different = by_name.into_values().filter(differs);
    different.map(|values| ColumnDifference { varied: varied.clone(), values }).collect()
}

/// True and false, in the spellings of the languages.
fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) => match number.as_i64() {
            Some(0) => Some(false),
            Some(1) => Some(true),
            _ => None,
        },
        _ => None,
    }
}
