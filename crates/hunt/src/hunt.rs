//! A hunt: the run itself.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use arrow::array::RecordBatch;
use catalogue::{Detection, Language};
use datafusion_common::{DataFusionError, Result};
use engine::program::Needs;
use engine::{EvidenceTables, Session, Sweep, overrun};
use functions::origin::Origins;
use plan::binding::Rows as Asked;
use plan::{Mode, Nulls, Options, Window};
use render::finding::Finding;
use render::summary::Summary;
use telemetry::{Evidence, Report};

use crate::correlate::correlate;
use crate::correlation::{Columns, MOST_BYTES, Matches};
use crate::kept::Bounds;
use crate::merge::{self, Described, Group, Planned};
use crate::prepare::{Failure, Preparation, Prepared, prepare};
use crate::replay::{self, Runs};
use crate::rows::Rows;
use crate::summary;

/// How a hunt is to be done.
pub struct Settings<'a> {
    pub now: &'a (dyn Fn() -> i64 + Sync),
    pub window: Window,
    /// Detections that look at several rows are run again and again, as their SIEM would have.
    pub replays: bool,
    /// Two records of one process creation are one finding of a variant that stands alone too, as among several.
    pub lone_twins: bool,
    pub mode: Mode,
    pub no_limit: bool,
    pub nulls: Nulls,
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
    groups: Vec<Group>,
    plans: Vec<Planned>,
    described: Vec<Described>,
    /// All but what the caller knows: the time taken, what now was, the files that are no logs.
    pub summary: Summary,
    pub failures: Vec<Failure>,
    pub warnings: Vec<Failure>,
    pub report: Report,
    /// Rules that ran for correlations alone.
    pub parts: u64,
}

impl Hunted {
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The findings, oldest first, each made as it is asked for.
    pub fn findings<'a>(&'a self, evidence: &'a Evidence) -> impl Iterator<Item = Finding> + 'a {
        self.groups.iter().filter_map(|group| group.finding(&self.plans, &self.described, evidence))
    }
}

impl Hunted {
    /// How many findings each detection has, by its place among all.
    pub fn counts(&self) -> BTreeMap<usize, u64> {
        let mut counts = BTreeMap::new();
        self.groups.iter().for_each(|group| *counts.entry(group.detection).or_default() += 1);
        counts
    }

    /// For each row that was found the place of its detection among all, and its events.
    pub fn origins(&self) -> impl Iterator<Item = (usize, &Origins)> {
        let rows = self.groups.iter().flat_map(Group::rows);
        rows.filter_map(|row| Some((self.plans.get(row.plan)?.detection, &row.origins)))
    }
}

impl Hunt<'_> {
    pub fn run(&self, settings: &Settings<'_>) -> Result<Hunted> {
        let asked: Asked<'_> = &|plan| self.session.collect(plan);
        let options = Options {
            now: settings.now,
            rows: Some(asked),
            window: settings.window,
            mode: settings.mode,
            origins: true,
            no_limit: settings.no_limit,
            nulls: settings.nulls,
            trace: false,
        };
        let preparation = prepare(self.detections, &settings.languages, self.tables, &options);
        let ready = &preparation.ready;
        let rows = Rows::new(ready.len());
        let bounds = Bounds::of(ready, self.session, settings.replays)?;
        let mut alone: Vec<usize> = Vec::new();
        let mut sweep = Sweep::default();
        let is_replayed = |index: usize| settings.replays && ready.get(index).is_some_and(replay::is_stateful);
        for (index, plan) in ready.iter().map(|prepared| &prepared.output.plan).chain(bounds.plans()).enumerate() {
            if !is_replayed(index) && !sweep.add(index, plan) {
                alone.push(index);
            }
        }
        let matches = Matches::new(preparation.correlations.len(), MOST_BYTES);
        let found = |index: usize, batch: RecordBatch| match ready.get(index) {
            Some(prepared) => take(index, prepared, batch, &rows, &matches),
            None => bounds.add(index - ready.len(), &batch),
        };
        let forget = || {
            matches.clear();
            rows.clear();
            bounds.clear();
        };
        let swept = sweep.run(self.tables, &found, &forget)?;
        let mut failed: HashMap<usize, DataFusionError> = swept.failed.into_iter().collect();
        alone.extend(swept.refused);
        for index in alone {
            let ran = match ready.get(index) {
                Some(prepared) => self.alone(index, prepared, &rows, &matches),
                None => bounds.alone(index - ready.len(), self.session),
            };
            if let Err(error) = ran {
                failed.insert(index, error);
            }
        }
        let mut kept_bounds = Vec::new();
        for (index, prepared) in ready.iter().enumerate().filter(|(index, _)| is_replayed(*index)) {
            let runs = Runs { tables: self.tables, session: self.session, options: &options, now: (settings.now)() };
            let variant = self.detections.get(prepared.detection).and_then(|one| one.variant(prepared.language));
            match variant.map(|variant| runs.replay(index, prepared, variant)) {
                Some(Ok(replayed)) => {
                    rows.hold(index, replayed.found);
                    kept_bounds.push(format!("{}: {}", self.name(prepared), replayed.said));
                }
                Some(Err(error)) => drop(failed.insert(index, error)),
                None => {}
            }
        }
        let mut limited = rows.beyond(ready, |prepared| self.name(prepared));
        for (index, prepared) in ready.iter().enumerate() {
            limited.extend(self.cut_off(prepared, rows.count(index)));
        }
        kept_bounds.extend(bounds.told(ready, |index| rows.count(index) > 0, |prepared| self.name(prepared)));
        kept_bounds.extend(failed.iter().filter_map(|(index, error)| {
            let (of, written) = bounds.written(index.checked_sub(ready.len())?)?;
            let name = self.name(ready.get(of)?);
            Some(format!("{name}: what {written} left out is not known: {}", error.strip_backtrace()))
        }));
        kept_bounds.extend(preparation.unbounded.iter().map(|name| {
            format!("{name}: compares with now in a way that is no bound to be lifted; it holds as written")
        }));
        let is_empty = |(index, prepared): (usize, &Prepared)| rows.is_empty_total(index).then(|| self.name(prepared));
        let empty_totals = ready.iter().enumerate().filter_map(is_empty).collect();
        let mut plans: Vec<Planned> = ready.iter().map(Prepared::planned).collect();
        let described = self.described(&preparation, &failed, settings.lone_twins);
        if !preparation.correlations.is_empty() || described.iter().any(|detection| detection.has_twins) {
            // Else what is one finding would depend on which other detections run.
            self.tables.source().context(Needs { twins: true, ..Needs::default() })?;
        }
        let processes = self.tables.source().processes();
        let twins = processes.iter().flat_map(|processes| processes.twins()).collect();
        let has_failed = |plan| failed.contains_key(&plan);
        let mut correlated = correlate(self, &preparation, (matches, &twins), &mut plans, has_failed);
        limited.append(&mut correlated.said);
        let mut all_found = rows.into_inner();
        all_found.append(&mut correlated.found);
        let groups = merge::merge(all_found, &plans, &described, &self.tables.source().evidence, &twins);
        let failures = failed.iter().filter_map(|(index, error)| Some(self.failure(ready.get(*index)?, error)));
        let mut failures: Vec<Failure> = failures.chain(correlated.failures).collect();
        failures.sort_by(|a, b| a.what.cmp(&b.what));
        let matched = groups.iter().map(|group| group.detection).collect();
        let mut summary =
            summary::of_run(self, &preparation, &swept.report, &matched, |plan| failed.contains_key(&plan));
        summary.count(groups.iter().filter_map(|group| {
            let level = described.get(group.detection)?.level.as_str();
            Some((level, group.host.as_deref(), group.time))
        }));
        (summary.kept_bounds, summary.limited) = (kept_bounds, limited);
        summary.empty_totals = empty_totals;
        summary.processes = processes.map(|processes| processes.account());
        let Preparation { failures: mut unbound, warnings, parts, .. } = preparation;
        unbound.append(&mut failures);
        summary.failed = unbound.iter().map(summary::reason).collect();
        Ok(Hunted { groups, plans, described, summary, failures: unbound, warnings, report: swept.report, parts })
    }

    /// Runs a plan that looks at more than one row.
    fn alone(&self, index: usize, prepared: &Prepared, rows: &Rows, matches: &Matches) -> Result<()> {
        self.session.run(&prepared.output.plan, &mut |batch| {
            take(index, prepared, batch, rows, matches);
            Ok(ControlFlow::Continue(()))
        })
    }

    fn cut_off(&self, prepared: &Prepared, count: u64) -> Vec<String> {
        let name = self.name(prepared);
        let cuts = prepared.output.cuts(count).into_iter();
        cuts.map(|cut| format!("{name}: its own limit of {} may have cut off rows; --no-limit lifts it", cut.rows))
            .collect()
    }

    fn failure(&self, prepared: &Prepared, error: &DataFusionError) -> Failure {
        let evidence = &self.tables.source().evidence;
        let diagnostic =
            overrun::told(self.session, evidence, &prepared.output, error).unwrap_or_else(|| failed(error));
        Failure { what: self.name(prepared), source: prepared.source.clone(), diagnostics: vec![diagnostic] }
    }

    /// A variant that failed did not miss what the others found.
    fn described(
        &self,
        preparation: &Preparation<'_>,
        failed: &HashMap<usize, DataFusionError>,
        lone_twins: bool,
    ) -> Vec<Described> {
        let has_failed = |detection: usize, language: Language| {
            let plans = preparation.ready.iter().enumerate();
            let mut of_variant =
                plans.filter(|(_, prepared)| prepared.detection == detection && prepared.language == language);
            of_variant.any(|(index, _)| failed.contains_key(&index))
        };
        let describe = |(index, detection): (usize, &Detection)| Described {
            id: detection.id.clone(),
            title: detection.title.clone(),
            level: detection.level.name().to_string(),
            confidence: detection.confidence.map(|confidence| confidence.name().to_string()),
            techniques: detection.techniques.clone(),
            has_twins: lone_twins || preparation.variants.get(index).is_some_and(|asked| asked.len() > 1),
            variants: preparation
                .variants
                .get(index)
                .into_iter()
                .flatten()
                .filter(|language| failed.is_empty() || !has_failed(index, **language))
                .map(|language| language.name())
                .collect(),
        };
        self.detections.iter().enumerate().map(describe).collect()
    }

    pub(crate) fn name(&self, prepared: &Prepared) -> String {
        let id = self.detections.get(prepared.detection).map_or("", |detection| detection.id.as_str());
        format!("{id} ({})", prepared.language.name())
    }
}

/// Rows are findings, or matches that a correlation looks at.
fn take(index: usize, prepared: &Prepared, batch: RecordBatch, rows: &Rows, matches: &Matches) {
    match &prepared.member {
        None => rows.add(index, prepared, batch),
        Some(member) => {
            let columns = Columns { time: prepared.shape.time_column.as_deref(), fields: &member.fields };
            matches.add(member.correlation, member.leaf, &batch, &columns);
        }
    }
}

/// What is said of a plan that failed while it ran.
pub fn failed(error: &DataFusionError) -> syntax::Diagnostic {
    // Hidden columns have a sign in their names that no query can spell.
    let told = error.strip_backtrace().replace('\u{1}', "").replace(r"\u{1}", "");
    syntax::Diagnostic::error("TL001", syntax::Span::at(0), told)
        .label("failed while it ran")
        .help("what it found before may be less than all")
}
