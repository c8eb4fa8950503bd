//! Preparing: the variants of detections, bound to plans, and those that could not be.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use catalogue::{Correlated, Detection, Language, Variant};
use engine::EvidenceTables;
use engine::session::guarded;
use plan::relation::Column;
use plan::{Bound, Options, Output, Tables};
use syntax::sigma::{Rule, Spanned};
use syntax::{Diagnostic, Source, Span};

use crate::bind::{self, BoundVariant, unbound};
use crate::correlation::{self, Leaf, Node};
use crate::found::Shape;
use crate::merge::Planned;

/// A plan that is ready to run. A Sigma file of several rules gives several of one variant.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub detection: usize,
    pub language: Language,
    pub source: Arc<Source>,
    pub output: Output,
    pub shape: Shape,
    /// Of a rule that runs for a correlation: its rows are no findings.
    pub member: Option<Membership>,
}

/// Which rule of which correlation a plan is.
#[derive(Debug)]
pub(crate) struct Membership {
    pub correlation: usize,
    pub leaf: usize,
    /// The columns of the fields that the correlation asks for.
    pub fields: Vec<Option<String>>,
}

/// A correlation whose rules are plans that are ready.
#[derive(Debug)]
pub(crate) struct Correlating<'a> {
    pub detection: usize,
    pub source: &'a Arc<Source>,
    pub node: Node,
}

impl Prepared {
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

#[derive(Default)]
pub(crate) struct Preparation<'a> {
    pub ready: Vec<Prepared>,
    pub correlations: Vec<Correlating<'a>>,
    /// For each detection the languages of the variants that can run, in order.
    pub variants: Vec<Vec<Language>>,
    /// Rules that run for correlations alone.
    pub parts: u64,
    /// Variants that look at now other than by a bound on their table's time.
    pub unbounded: Vec<String>,
    pub failures: Vec<Failure>,
    /// Warnings about variants that do run.
    pub warnings: Vec<Failure>,
    shapes: Shapes,
}

/// A query that would find the same in any evidence.
fn without_table(text: &Source) -> Diagnostic {
    let begin = text.text().lines().next().unwrap_or_default().len();
    Diagnostic::error("TL003", Span::new(0, begin), "the query reads no table, so it is no detection")
        .label("finds the same whatever the evidence is")
        .help("begin it with a table, such as DeviceProcessEvents; `trapline tables` lists them, and `trapline query` runs any query")
}

/// What is wrong, or doubtful, with detections, as far as it can be known without evidence.
pub fn check(detections: &[Detection], tables: &EvidenceTables, options: &Options<'_>) -> Vec<Failure> {
    let Preparation { mut failures, mut warnings, .. } = prepare(detections, &[], tables, options);
    failures.append(&mut warnings);
    failures
}

pub(crate) fn prepare<'a>(
    detections: &'a [Detection],
    wanted: &[Language],
    tables: &EvidenceTables,
    options: &Options<'_>,
) -> Preparation<'a> {
    let mut preparation = Preparation::default();
    let correlating = correlating(&mut preparation, detections, wanted, tables, options);
    let places = detections.iter().enumerate().flat_map(|(index, detection)| {
        let runs_alone = !detection.part_of.iter().any(|id| correlating.contains(id.as_str()));
        let variants = detection.variants.iter().enumerate().filter(move |_| runs_alone);
        variants.map(move |(number, variant)| ((index, number), variant))
    });
    let is_wanted = |variant: &Variant| {
        (wanted.is_empty() || wanted.contains(&variant.language))
            && (variant.correlations.is_empty() || !variant.rules.is_empty())
    };
    let places: Vec<((usize, usize), &Variant)> = places.filter(|(_, variant)| is_wanted(variant)).collect();
    let mut all_bound = bind::all(&places, tables, options);
    for (index, detection) in detections.iter().enumerate() {
        let mut languages = Vec::new();
        if detection.part_of.iter().any(|id| correlating.contains(id.as_str())) {
            preparation.parts += 1;
            preparation.variants.push(languages);
            continue;
        }
        for (number, variant) in detection.variants.iter().enumerate() {
            let language = variant.language;
            if !wanted.is_empty() && !wanted.contains(&language) {
                continue;
            }
            if !variant.correlations.is_empty() {
                let can_run = correlating.contains(detection.id.as_str());
                if !can_run || variant.rules.is_empty() {
                    languages.extend(can_run.then_some(language));
                    continue;
                }
            }
            let Some(BoundVariant { bound, asks_now }) = all_bound.remove(&(index, number)) else {
                continue;
            };
            let what = format!("{} ({})", detection.id, language.name());
            let is_bounded =
                bound.iter().filter_map(|bound| bound.output.as_ref()).any(|output| !output.bounds.is_empty());
            if asks_now && !is_bounded {
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
                preparation.ready.push(Prepared {
                    detection: index,
                    language,
                    source: variant.source.clone(),
                    shape: preparation.shapes.of(&output),
                    output,
                    member: None,
                });
            }
            languages.push(language);
        }
        preparation.variants.push(languages);
    }
    preparation
}

/// Binds the correlations; gives the ids of those that can run, by themselves or within others. The rules of all others run for
/// themselves.
fn correlating<'a>(
    preparation: &mut Preparation<'a>,
    detections: &'a [Detection],
    wanted: &[Language],
    tables: &EvidenceTables,
    options: &Options<'_>,
) -> HashSet<&'a str> {
    let mut can_run = HashSet::new();
    if !wanted.is_empty() && !wanted.contains(&Language::Sigma) {
        return can_run;
    }
    let is_one = |detection: &Detection| detection.variants.iter().any(|variant| !variant.correlations.is_empty());
    let mut open: Vec<(usize, &Detection)> =
        detections.iter().enumerate().filter(|(_, detection)| is_one(detection)).collect();
    // One that runs for another is silent where that one can run: the outermost come first.
    while !open.is_empty() {
        let ids: HashSet<&str> = open.iter().map(|(_, detection)| detection.id.as_str()).collect();
        let (later, now): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|(_, one)| one.part_of.iter().any(|id| ids.contains(id.as_str())));
        // None runs for itself, which loading has made sure of.
        open = if now.is_empty() { Vec::new() } else { later };
        for (index, detection) in now {
            if detection.part_of.iter().any(|id| can_run.contains(id.as_str())) {
                can_run.insert(detection.id.as_str());
                continue;
            }
            let variants = detection.variants.iter();
            let correlations =
                variants.flat_map(|one| one.correlations.iter().map(|correlated| (&one.source, correlated)));
            // Half of a package's would find half and look healthy.
            let before = (preparation.ready.len(), preparation.correlations.len());
            let mut all_can = true;
            for (source, correlated) in correlations {
                all_can &= preparation.correlate(index, &detection.id, source, correlated, tables, options);
            }
            if all_can {
                can_run.insert(detection.id.as_str());
            } else {
                preparation.ready.truncate(before.0);
                preparation.correlations.truncate(before.1);
            }
        }
    }
    can_run
}

/// Columns as a plan has them and as they are shown.
type Shown = (Arc<[Column]>, Arc<[render::Column]>);

/// The shapes of plans: those of rules over one table have the same columns.
#[derive(Default)]
struct Shapes {
    known: HashMap<*const Column, Shown>,
}

impl Shapes {
    fn of(&mut self, output: &Output) -> Shape {
        let shown = |column: &Column| render::Column { name: column.name.clone(), kind: column.kind };
        // What is known is held, so that nothing else can come to stand in its place.
        let known = self.known.entry(output.columns.as_ptr());
        let (_, columns) =
            known.or_insert_with(|| (output.columns.clone(), output.columns.iter().map(shown).collect()));
        Shape { columns: columns.clone(), time_column: output.time_column.clone() }
    }
}

impl<'a> Preparation<'a> {
    /// Binds the rules of a correlation; whether it can run: with one of them missing it would look healthy and find nothing.
    fn correlate(
        &mut self,
        detection: usize,
        id: &str,
        source: &'a Arc<Source>,
        correlated: &Correlated,
        tables: &EvidenceTables,
        options: &Options<'_>,
    ) -> bool {
        if let Some((source, fault)) = correlation::fault(correlated) {
            self.failures.push(Failure { what: format!("{id} (sigma)"), source, diagnostics: vec![fault] });
            return false;
        }
        let (node, leaves) = correlation::compile(correlated);
        let what = format!("{id} (sigma)");
        let told = |source: &Arc<Source>, diagnostics: Vec<Diagnostic>| Failure {
            what: what.clone(),
            source: source.clone(),
            diagnostics,
        };
        let mut ready = Vec::with_capacity(leaves.len());
        let failures = self.failures.len();
        for (number, leaf) in leaves.into_iter().enumerate() {
            let bound = guarded(|| Ok(bind_member(&leaf, tables, options)));
            let (bound, fields) = bound.unwrap_or_else(|_| (unbound(), Vec::new()));
            let Some(output) = bound.output else {
                self.failures.push(told(&leaf.source, bound.diagnostics));
                continue;
            };
            if !bound.diagnostics.is_empty() {
                self.warnings.push(told(&leaf.source, bound.diagnostics));
            }
            ready.push(Prepared {
                detection,
                language: Language::Sigma,
                source: leaf.source,
                shape: self.shapes.of(&output),
                output,
                member: Some(Membership { correlation: self.correlations.len(), leaf: number, fields }),
            });
        }
        if self.failures.len() > failures {
            return false;
        }
        self.ready.append(&mut ready);
        self.correlations.push(Correlating { detection, source, node });
        true
    }
}

/// Binds a rule with the fields that its correlation asks for, and finds their columns.
fn bind_member(leaf: &Leaf, tables: &EvidenceTables, options: &Options<'_>) -> (Bound, Vec<Option<String>>) {
    let mut rule = Rule::clone(&leaf.rule);
    let at = Span::at(rule.span.start as usize);
    rule.about.fields.extend(leaf.fields.iter().map(|name| Spanned::new(name.clone(), at)));
    let mut bound = plan::sigma::bind(&leaf.source, &rule, tables, options);
    let table = tables.table(&plan::sigma::table_name(&rule.log_source), &leaf.fields);
    let column = |name: &String| table.as_ref().and_then(|table| table.column(name));
    for column in leaf.fields.iter().filter_map(column).filter(|column| column.is_raw) {
        if let Some(output) = bound.output.as_mut()
            && !output.raw_fields.iter().any(|(known, _)| *known == column.name)
        {
            output.raw_fields.push((column.name.clone(), at));
        }
    }
    let fields = leaf.fields.iter().map(|name| column(name).map(|column| column.name.clone())).collect();
    (bound, fields)
}

#[cfg(test)]
mod tests {
    use engine::Source as Logs;
    use plan::{Mode, Nulls, Window};
    use telemetry::{Bounds, Evidence};

    use super::*;

    fn options(now: &(dyn Fn() -> i64 + Sync)) -> Options<'_> {
        Options {
            now,
            rows: None,
            window: Window::AsWritten,
            mode: Mode::Helpful,
            origins: true,
            no_limit: false,
            nulls: Nulls::TwoValued,
            trace: false,
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
