//! Preparing: the variants of detections, bound to plans, and those that could not be.

use std::cell::Cell;
use std::sync::Arc;

use catalogue::{Detection, Language};
use engine::EvidenceTables;
use engine::session::guarded;
use plan::{Bound, Options, Output};
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

/// What is said of a variant whose binding came to a fault of the program's own.
fn unbound() -> Bound {
    let fault = Diagnostic::error("TL004", Span::at(0), "trapline failed as it bound this query")
        .label("a fault of trapline's own, not of the query")
        .help("the other detections ran without it");
    Bound { output: None, diagnostics: vec![fault] }
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
            // One variant must not take the others down with it.
            let bound = guarded(|| {
                Ok(match language {
                    Language::Sigma => language::rules(&variant.source, &variant.rules, tables, options),
                    _ => language::bind(language, &variant.source, tables, options),
                })
            });
            let bound = bound.unwrap_or_else(|_| vec![unbound()]);
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

#[cfg(test)]
mod tests {
    use engine::Source as Logs;
    use plan::{Mode, Nulls, Window};
    use telemetry::{Bounds, Evidence};

    use super::*;

    fn options(now: &dyn Fn() -> i64) -> Options<'_> {
        Options {
            now,
            rows: None,
            window: Window::AsWritten,
            mode: Mode::Helpful,
            origins: true,
            no_limit: false,
            nulls: Nulls::TwoValued,
        }
    }

    #[test]
    fn nothing_is_said_of_the_detections_that_we_ship() {
        let folder = std::env::temp_dir().join(format!("trapline-shipped-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let evidence = Evidence::discover(std::slice::from_ref(&folder)).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        let tables = EvidenceTables::new(Arc::new(Logs::new(evidence, Bounds::default(), 1)));
        let shipped = catalogue::builtin().detections;
        let preparation = prepare(&shipped, &[], &tables, &options(&|| 0));
        let said: Vec<_> =
            preparation.failures.iter().chain(&preparation.warnings).map(|one| &one.diagnostics).collect();
        assert!(said.is_empty() && !preparation.ready.is_empty(), "{said:?}");
    }

    #[test]
    fn a_variant_whose_binding_fails_leaves_the_others() {
        let folder = std::env::temp_dir().join(format!("trapline-prepare-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("fails.kql"), "DeviceProcessEvents | where Timestamp > ago(1h)").unwrap();
        std::fs::write(folder.join("runs.kql"), "DeviceProcessEvents | where FileName == 'a.exe'").unwrap();
        let paths = std::slice::from_ref(&folder);
        let (loaded, evidence) = (catalogue::load(paths), Evidence::discover(paths).unwrap());
        std::fs::remove_dir_all(&folder).unwrap();
        let tables = EvidenceTables::new(Arc::new(Logs::new(evidence, Bounds::default(), 1)));
        let preparation = prepare(&loaded.detections, &[], &tables, &options(&|| panic!("now is not known")));
        let failed: Vec<_> =
            preparation.failures.iter().map(|one| (one.what.as_str(), one.diagnostics[0].code)).collect();
        assert_eq!(failed, [("fails (kql)", "TL004")]);
        assert_eq!(preparation.ready.len(), 1);
    }
}
