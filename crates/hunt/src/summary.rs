//! What a run tells of itself: the tables it read, the detections that were blind, the bounds that were lifted.

use std::collections::{BTreeMap, BTreeSet};

use engine::lacking::Lacking;
use engine::{census, starved};
use render::summary::Summary;
use telemetry::Report;

use crate::hunt::Hunt;
use crate::prepare::{Failure, Preparation, Prepared};

/// `has_failed`: whether a plan that was ready failed while it ran.
pub(crate) fn of_run(
    hunt: &Hunt<'_>,
    preparation: &Preparation<'_>,
    report: &Report,
    matched: &BTreeSet<usize>,
    has_failed: impl Fn(usize) -> bool,
) -> Summary {
    let source = hunt.tables.source();
    let mut rows: BTreeMap<&str, u64> = BTreeMap::new();
    for name in preparation.ready.iter().flat_map(|prepared| &prepared.output.tables) {
        if let Some(table) = hunt.tables.definition(name) {
            rows.entry(name).or_insert_with(|| census::rows(&table, report, source));
        }
    }
    let (mut blind, mut partly_blind) = (Vec::new(), Vec::new());
    // Where bounds leave nothing to look at, that is the reason, and no detection's.
    let is_nothing_seen = source.outside().0 > 0 && report.kinds.values().all(|count| *count == 0);
    let mut lifted = BTreeSet::new();
    let mut ran = BTreeSet::new();
    let mut plans_of: Vec<Vec<(usize, &Prepared)>> = vec![Vec::new(); hunt.detections.len()];
    for (plan, prepared) in preparation.ready.iter().enumerate() {
        if let Some(plans) = plans_of.get_mut(prepared.detection) {
            plans.push((plan, prepared));
        }
    }
    let lacking = Lacking::new(hunt.tables);
    for ((index, detection), own) in hunt.detections.iter().enumerate().zip(plans_of) {
        let mut reads: BTreeSet<&str> = BTreeSet::new();
        for (plan, prepared) in own.iter().copied() {
            if !has_failed(plan) {
                ran.insert(index);
            }
            reads.extend(prepared.output.tables.iter().map(String::as_str));
            if prepared.output.bounds.iter().any(|bound| bound.lifted) {
                lifted.insert(index);
            }
        }
        let empty: Vec<_> = reads.iter().filter(|name| rows.get(**name) == Some(&0)).collect();
        let mut plans = own.iter().map(|(_, plan)| *plan);
        let is_starved = |plan: &Prepared| starved::is_starved(&plan.output.plan, &|name| rows.get(name) == Some(&0));
        // A correlation finds where one of its rules does, as far as is known here.
        let is_blind = !is_nothing_seen
            && !empty.is_empty()
            && (empty.len() == reads.len() || (!matched.contains(&index) && plans.all(is_starved)));
        if !is_nothing_seen && !empty.is_empty() {
            let without_rows: Vec<_> = empty.iter().filter_map(|name| hunt.tables.definition(name)).collect();
            let needs = census::needs_of(without_rows.iter().map(|table| &**table));
            let why = match needs.as_str() {
                "" => "no log holds such events".to_owned(),
                needs => format!("the evidence has no {needs}"),
            };
            let of_kind = if is_blind { &mut blind } else { &mut partly_blind };
            of_kind.push((detection.id.clone(), why));
        }
        if !is_nothing_seen && !is_blind && !matched.contains(&index) && ran.contains(&index) {
            let lacks: Option<Vec<_>> = own.iter().map(|(_, plan)| lacking.of(&plan.output.plan)).collect();
            let fields: BTreeSet<String> = lacks.into_iter().flatten().flatten().collect();
            if !fields.is_empty() {
                let fields = fields.into_iter().collect::<Vec<_>>().join(", ");
                blind.push((detection.id.clone(), format!("no event here has {fields}")));
            }
        }
    }
    let mut absent: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for prepared in &preparation.ready {
        for (field, _) in &prepared.output.raw_fields {
            if hunt.tables.source().has_field(field) == Some(false) {
                absent.entry(field).or_default().insert(prepared.detection);
            }
        }
    }
    let absent = absent.into_iter().map(|(field, asking)| (field.to_string(), asking.len() as u64));
    let mut absent_fields: Vec<(String, u64)> = absent.collect();
    absent_fields.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut tables: Vec<(String, u64)> = rows.into_iter().map(|(name, count)| (short(name), count)).collect();
    tables.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Summary {
        files: source.evidence.files.len() as u64,
        events: report.events(),
        bytes: report.bytes(),
        tables,
        loaded: hunt.detections.len() as u64,
        ran: ran.len() as u64,
        matched: matched.len() as u64,
        blind,
        partly_blind,
        absent_fields,
        lifted: lifted.len() as u64,
        future: report.future,
        beyond_limits: report.beyond_limits(source.evidence.files.iter().map(|file| file.name.as_str())),
        outside: hunt.tables.source().outside(),
        absent_hosts: census::absent_hosts(source),
        ..Summary::default()
    }
}

/// The name of a log source without its prefix, and without the product where that is Windows: `process_creation` for
/// `sigma:windows/process_creation/`.
fn short(table: &str) -> String {
    let Some(source) = table.strip_prefix("sigma:") else {
        return table.to_string();
    };
    let source = source.strip_prefix("windows/").unwrap_or(source);
    let parts: Vec<&str> = source.split('/').filter(|part| !part.is_empty()).collect();
    parts.join("/")
}

/// A failed variant with the first thing that is wrong with it.
pub(crate) fn reason(failure: &Failure) -> (String, String) {
    let first = failure.diagnostics.iter().find(|diagnostic| diagnostic.is_error());
    (failure.what.clone(), first.map_or(String::new(), |first| format!("{}: {}", first.code, first.message)))
}
