//! A hunt: the run itself.

use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

use catalogue::{Detection, Language};
use datafusion_common::Result;
use engine::{EvidenceTables, Session, Sweep, bounds};
use plan::{Mode, Options, Window};
use render::finding::Finding;
use render::summary::Summary;
use render::table::cut;
use telemetry::Report;

use crate::found::Found;
use crate::merge::{self, Described};
use crate::prepare::{Failure, Preparation, Prepared, prepare};
use crate::summary;

/// Rows that are held; what a run gives beyond them is counted.
const ROWS: usize = 1_000_000;

/// How a hunt is to be done.
pub struct Settings<'a> {
    pub now: &'a dyn Fn() -> i64,
    pub window: Window,
    pub mode: Mode,
    pub no_limit: bool,
    /// Only variants in these languages; all where empty.
    pub languages: Vec<Language>,
}

/// Detections over evidence.
pub struct Hunt<'a> {
    pub tables: &'a EvidenceTables,
    pub session: &'a Session,
    pub detections: &'a [Detection],
}

/// What a hunt came to.
#[derive(Debug)]
pub struct Hunted {
    pub findings: Vec<Finding>,
    /// All but what the caller knows: the time taken, what now was, the files that are no logs.
    pub summary: Summary,
    pub failures: Vec<Failure>,
    pub warnings: Vec<Failure>,
    pub report: Report,
}

impl Hunt<'_> {
    pub fn run(&self, settings: &Settings<'_>) -> Result<Hunted> {
        let options = Options {
            now: settings.now,
            window: settings.window,
            mode: settings.mode,
            origins: true,
            no_limit: settings.no_limit,
        };
        let preparation = prepare(self.detections, &settings.languages, self.tables, &options);
        let mut failures = Vec::new();
        let rows = Rows::default();
        let mut alone: Vec<usize> = Vec::new();
        let mut sweep = Sweep::default();
        for (index, prepared) in preparation.ready.iter().enumerate() {
            if !sweep.add(index, &prepared.output.plan) {
                alone.push(index);
            }
        }
        let swept = sweep.run(self.tables, &|index, batch| {
            if let Some(prepared) = preparation.ready.get(index) {
                rows.add(prepared.shape.rows(prepared.detection, prepared.variant, &batch));
            }
        })?;
        alone.extend(swept.refused);
        let mut limited = Vec::new();
        for prepared in alone.iter().filter_map(|index| preparation.ready.get(*index)) {
            match self.alone(prepared, &rows) {
                Ok(count) => limited.extend(self.cut_off(prepared, count)),
                Err(error) => failures.push((prepared, error)),
            }
        }
        let kept_bounds = self.kept_bounds(&preparation)?;
        let (found, lost) = rows.into_inner();
        if lost > 0 {
            limited.push(format!("{lost} further rows are not shown: a run holds {ROWS}"));
        }
        let findings = merge::merge(found, &self.described(&preparation), &self.tables.source().evidence);
        let failed = failures.into_iter().map(|(prepared, error)| Failure {
            what: self.name(prepared),
            source: prepared.source.clone(),
            diagnostics: vec![syntax::Diagnostic::error("TL001", syntax::Span::at(0), error.to_string())],
        });
        let failures: Vec<Failure> = failed.collect();
        let mut summary = summary::of_run(self, &preparation, &swept.report);
        summary.count(&findings);
        summary.kept_bounds = kept_bounds;
        summary.limited = limited;
        let Preparation { failures: unbound, warnings, .. } = preparation;
        let failures: Vec<Failure> = unbound.into_iter().chain(failures).collect();
        summary.failed = failures.iter().map(summary::reason).collect();
        Ok(Hunted { findings, summary, failures, warnings, report: swept.report })
    }

    /// Runs a plan that looks at more than one row; says how many rows it gave.
    fn alone(&self, prepared: &Prepared<'_>, rows: &Rows) -> Result<u64> {
        let mut count = 0;
        self.session.run(&prepared.output.plan, &mut |batch| {
            count += batch.num_rows() as u64;
            rows.add(prepared.shape.rows(prepared.detection, prepared.variant, &batch));
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(count)
    }

    fn cut_off(&self, prepared: &Prepared<'_>, count: u64) -> Option<String> {
        let (limit, _) = prepared.output.limits.iter().find(|(limit, _)| count >= *limit)?;
        let name = self.name(prepared);
        Some(format!("{name}: its own limit of {limit} may have cut off further rows; --no-limit lifts it"))
    }

    /// For each bound that holds, how many rows lay outside.
    fn kept_bounds(&self, preparation: &Preparation<'_>) -> Result<Vec<String>> {
        let mut kept = Vec::new();
        for prepared in &preparation.ready {
            for bound in prepared.output.bounds.iter().filter(|bound| !bound.lifted) {
                let excluded = bounds::excluded(self.session, bound)?;
                if excluded.dropped > 0 {
                    let written = cut(prepared.source.slice(bound.span), 80);
                    let (dropped, reached) = (excluded.dropped, excluded.reached);
                    let name = self.name(prepared);
                    kept.push(format!("{name}: '{written}' left out {dropped} of {reached} rows of {}", bound.table));
                }
            }
        }
        Ok(kept)
    }

    fn described(&self, preparation: &Preparation<'_>) -> Vec<Described> {
        let describe = |(detection, languages): (&Detection, &Vec<Language>)| Described {
            id: detection.id.clone(),
            title: detection.title.clone(),
            level: detection.level.name().to_string(),
            confidence: detection.confidence.map(|confidence| confidence.name().to_string()),
            techniques: detection.techniques.clone(),
            variants: languages.iter().map(|language| language.name()).collect(),
        };
        self.detections.iter().zip(&preparation.variants).map(describe).collect()
    }

    pub(crate) fn name(&self, prepared: &Prepared<'_>) -> String {
        let id = self.detections.get(prepared.detection).map_or("", |detection| detection.id.as_str());
        format!("{id} ({})", prepared.language.name())
    }
}

/// The rows of all threads.
#[derive(Default)]
struct Rows {
    held: Mutex<(Vec<Found>, u64)>,
}

impl Rows {
    fn add(&self, rows: Vec<Found>) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let room = ROWS.saturating_sub(held.0.len());
        held.1 += rows.len().saturating_sub(room) as u64;
        held.0.extend(rows.into_iter().take(room));
    }

    fn into_inner(self) -> (Vec<Found>, u64) {
        self.held.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
