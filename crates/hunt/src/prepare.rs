//! Preparing: the variants of detections, bound to plans, and those that could not be.

use std::cell::Cell;
use std::sync::Arc;

use catalogue::{Detection, Language};
use engine::EvidenceTables;
use plan::{Options, Output};
use syntax::{Diagnostic, Source, Span};

use crate::found::Shape;
use crate::language;
use crate::merge::Planned;

/// A plan that is ready to run. A Sigma file of several rules gives several of one variant.
#[derive(Debug)]
pub(crate) struct Prepared<'a> {
    pub detection: usize,
    pub language: Language,
    pub source: &'a Arc<Source>,
    pub output: Output,
    pub shape: Shape,
}

impl Prepared<'_> {
    pub fn planned(&self) -> Planned {
        Planned { detection: self.detection, variant: self.language.name(), shape: self.shape.clone() }
    }
}

/// A variant that cannot run.
#[derive(Debug, Clone)]
pub struct Failure {
    /// `malicious-link (kql)`.
    pub what: String,
    pub source: Arc<Source>,
    pub diagnostics: Vec<Diagnostic>,
}

pub(crate) struct Preparation<'a> {
    pub ready: Vec<Prepared<'a>>,
    /// For each detection the languages of the variants that can run, in order.
    pub variants: Vec<Vec<Language>>,
    /// Variants that look at now other than by a bound on their table's time.
    pub unbounded: Vec<String>,
    pub failures: Vec<Failure>,
    /// Warnings about variants that do run.
    pub warnings: Vec<Failure>,
}

/// A query that would find the same in any evidence.
fn without_table(text: &Source) -> Diagnostic {
    let begin = text.text().lines().next().unwrap_or_default().len();
    Diagnostic::error("TL003", Span::new(0, begin), "the query reads no table, so it is no detection")
        .label("finds the same whatever the evidence is")
        .help("begin it with a table, such as DeviceProcessEvents; `trapline tables` lists them, and `trapline query` runs any query")
}

pub(crate) fn prepare<'a>(
    detections: &'a [Detection],
    wanted: &[Language],
    tables: &EvidenceTables,
    options: &Options<'_>,
) -> Preparation<'a> {
    let mut preparation =
        Preparation { ready: vec![], variants: vec![], unbounded: vec![], failures: vec![], warnings: vec![] };
    let asked = Cell::new(false);
    let now = || {
        asked.set(true);
        (options.now)()
    };
    let options = &Options { now: &now, ..*options };
    for (index, detection) in detections.iter().enumerate() {
        let mut languages = Vec::new();
        for variant in &detection.variants {
            let language = variant.language;
            if !wanted.is_empty() && !wanted.contains(&language) {
                continue;
            }
            let bound = match language {
                Language::Sigma => language::rules(&variant.source, &variant.rules, tables, options),
                _ => language::bind(language, &variant.source, tables, options),
            };
            let what = format!("{} ({})", detection.id, language.name());
            let is_bounded =
                bound.iter().filter_map(|bound| bound.output.as_ref()).any(|output| !output.bounds.is_empty());
            if asked.take() && !is_bounded {
                preparation.unbounded.push(what.clone());
            }
            let told = |diagnostics: Vec<Diagnostic>| Failure {
                what: what.clone(),
                source: variant.source.clone(),
                diagnostics,
            };
            // A variant of several rules runs whole or not at all: half of it would find half and look healthy.
            if bound.is_empty() || bound.iter().any(|bound| bound.output.is_none()) {
                let diagnostics = bound.into_iter().flat_map(|bound| bound.diagnostics).collect();
                preparation.failures.push(told(diagnostics));
                continue;
            }
            if bound.iter().filter_map(|bound| bound.output.as_ref()).all(|output| output.tables.is_empty()) {
                preparation.failures.push(told(vec![without_table(&variant.source)]));
                continue;
            }
            for bound in bound {
                if !bound.diagnostics.is_empty() {
                    preparation.warnings.push(told(bound.diagnostics));
                }
                let Some(output) = bound.output else {
                    continue;
                };
                let columns = output.columns.iter();
                let columns = columns.map(|column| render::Column { name: column.name.clone(), kind: column.kind });
                preparation.ready.push(Prepared {
                    detection: index,
                    language,
                    source: &variant.source,
                    shape: Shape { columns: columns.collect(), time_column: output.time_column.clone() },
                    output,
                });
            }
            languages.push(language);
        }
        preparation.variants.push(languages);
    }
    preparation
}
