//! `trapline check`: what is wrong with detections and queries, without evidence to run them on.

mod held;
mod lints;
mod mend;

use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::sync::Arc;

use anyhow::Result;
use engine::{EvidenceTables, Source as Logs};
use hunt::Failure;
use lint::Platform;
use plan::{Mode, Nulls, Options, Window};
use render::count::counted;
use serde_json::{Value, json};
use syntax::{Diagnostic, Severity, Source};
use telemetry::Evidence;

use crate::args::{CheckArgs, CheckFormat, FailLevelArg, Siem};
use crate::exit::{Misuse, Outcome};
use crate::screen::{self, Screen};

pub fn run(args: &CheckArgs, screen: &Screen) -> Result<Outcome> {
    if let Some(absent) = args.paths.iter().find(|path| !path.exists()) {
        return Err(Misuse(format!("there is no {}", absent.display())).into());
    }
    let mut checked = check(args)?;
    if args.fix {
        let mended = mend::in_rounds(&mut checked, || check(args))?;
        screen.say(&format!("{} in the files", counted(mended as u64, "fault mended", "faults mended")));
    }
    let told = checked.told;
    match args.format {
        CheckFormat::Human => told.iter().for_each(|(source, said)| screen.diagnostics(source, said)),
        CheckFormat::Ndjson => write(each(&told).map(|line| line.to_string()))?,
        CheckFormat::Json => write([format!("{:#}", Value::from(each(&told).collect::<Vec<_>>()))].into_iter())?,
        CheckFormat::Sarif => {
            write([format!("{:#}", render::sarif::sarif(env!("CARGO_PKG_VERSION"), &told))].into_iter())?
        }
    }
    let count =
        |severity| told.iter().flat_map(|(_, said)| said).filter(|said| said.severity == severity).count() as u64;
    let detections = counted(checked.detections as u64, "detection", "detections");
    let errors = counted(count(Severity::Error), "error", "errors");
    screen.say(&format!("{detections}, {errors}, {}", counted(count(Severity::Warning), "warning", "warnings")));
    let fixes = told.iter().flat_map(|(_, said)| said).filter(|said| said.fix.is_some()).count() as u64;
    if fixes > 0 {
        screen.say(&format!("{} mended with --fix", counted(fixes, "fault can be", "faults can be")));
    }
    let least = match args.fail_level {
        FailLevelArg::Info => Severity::Info,
        FailLevelArg::Warning => Severity::Warning,
        FailLevelArg::Error => Severity::Error,
    };
    let found = told.iter().flat_map(|(_, said)| said).any(|said| said.severity >= least);
    Ok(Outcome { found, ..Outcome::default() })
}

/// What a check has to say.
struct Checked {
    detections: usize,
    told: Vec<(Arc<Source>, Vec<Diagnostic>)>,
}

fn check(args: &CheckArgs) -> Result<Checked> {
    let loaded = super::load(&args.paths, args.placeholders.as_ref())?;
    let platform = args.platform.map(|siem| match siem {
        Siem::Defender => Platform::Defender,
        Siem::Sentinel => Platform::Sentinel,
        Siem::Qradar => Platform::QRadar,
    });
    let tables = no_evidence()?;
    let bound = hunt::check(&loaded.detections, &tables, &OPTIONS);
    let mut texts = Texts::default();
    for problem in loaded.problems {
        texts.add(&problem.source, vec![problem.diagnostic]);
    }
    for Failure { source, diagnostics, .. } in bound {
        texts.add(&source, diagnostics);
    }
    // Packages speak of each other, and of those that are built in.
    let packages = loaded.detections.iter().any(|detection| detection.package.is_some());
    let built_in = if packages { catalogue::builtin().detections } else { Vec::new() };
    let ids: HashSet<&str> = loaded.detections.iter().chain(&built_in).map(|one| one.id.as_str()).collect();
    for detection in &loaded.detections {
        for (source, said) in lints::lints(detection, platform, &tables, &|id| ids.contains(id)) {
            texts.add(&source, said);
        }
    }
    Ok(Checked { detections: loaded.detections.len(), told: texts.in_order() })
}

/// Tables without a row, to bind detections to.
pub(super) fn no_evidence() -> Result<EvidenceTables> {
    Ok(EvidenceTables::new(Arc::new(Logs::new(Evidence::discover(&[])?, Default::default(), 0))))
}

/// How a detection is bound to find out what is wrong with it.
pub(super) const OPTIONS: Options<'static> = Options {
    now: &telemetry::clock,
    rows: None,
    window: Window::All,
    mode: Mode::Helpful,
    origins: true,
    no_limit: false,
    nulls: Nulls::TwoValued,
    trace: false,
};

/// What is said of each text, in the order in which texts are met, and in a text in the order of places.
#[derive(Default)]
struct Texts {
    told: Vec<(Arc<Source>, Vec<Diagnostic>)>,
    places: HashMap<String, usize>,
    /// A rule that runs for a correlation and by itself is bound twice.
    known: HashSet<(usize, Diagnostic)>,
}

impl Texts {
    fn add(&mut self, source: &Arc<Source>, diagnostics: Vec<Diagnostic>) {
        let place = *self.places.entry(source.name().to_string()).or_insert_with(|| {
            self.told.push((source.clone(), Vec::new()));
            self.told.len() - 1
        });
        if let Some((_, said)) = self.told.get_mut(place) {
            said.extend(diagnostics.into_iter().filter(|one| self.known.insert((place, one.clone()))));
        }
    }

    /// What is an error to a platform need not be a warning too.
    fn in_order(mut self) -> Vec<(Arc<Source>, Vec<Diagnostic>)> {
        for (_, said) in &mut self.told {
            let errors: HashSet<_> = said.iter().filter(|one| one.is_error()).map(|one| (one.code, one.span)).collect();
            said.retain(|one| one.is_error() || !errors.contains(&(one.code, one.span)));
            // The same fault with the names of the platforms says more.
            let named = said.iter().filter(|one| !one.notes.is_empty()).map(|one| (one.code, one.span));
            let named: HashSet<_> = named.collect();
            said.retain(|one| !one.notes.is_empty() || !one.is_error() || !named.contains(&(one.code, one.span)));
            said.sort_by_key(|one| one.span.start);
        }
        self.told
    }
}

/// Each diagnostic as an object.
fn each(told: &[(Arc<Source>, Vec<Diagnostic>)]) -> impl Iterator<Item = Value> {
    told.iter().flat_map(|(source, said)| said.iter().map(move |one| object(source, one)))
}

fn object(source: &Source, one: &Diagnostic) -> Value {
    let (line, column) = source.position(one.span.start);
    let severity = match one.severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    json!({
        "file": source.name(),
        "line": line,
        "column": column,
        "code": one.code,
        "severity": severity,
        "message": one.message,
        "help": one.help,
    })
}

fn write(lines: impl Iterator<Item = String>) -> Result<()> {
    let mut out = screen::data_output();
    for line in lines {
        writeln!(out, "{line}")?;
    }
    Ok(out.flush()?)
}
