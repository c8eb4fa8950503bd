//! `trapline coverage`: which detections can fire on this evidence, and why others cannot.

use std::collections::HashMap;
use std::io::Write;

use anyhow::Result;
use catalogue::{Loaded, Selection};
use engine::{EvidenceTables, Session};
use hunt::{Hunt, Settings};
use plan::Window;
use render::coverage::{Covered, State};

use super::query::{Clock, mode, nulls};
use crate::args::{CoverageArgs, CoverageFormat};
use crate::exit::{Misuse, Outcome};
use crate::screen::{self, Screen};
use crate::{evidence, properties, time};

pub fn run(args: &CoverageArgs, screen: &Screen) -> Result<Outcome> {
    let mut loaded = Loaded::default();
    if args.detections.is_empty() || args.with_builtin {
        loaded.extend(catalogue::builtin());
    }
    if let Some(absent) = args.detections.iter().find(|path| !path.exists()) {
        return Err(Misuse(format!("there is no {}", absent.display())).into());
    }
    if !args.detections.is_empty() {
        loaded.extend(super::load(&args.detections, args.placeholders.as_ref())?);
    }
    let failed = super::report_problems(&loaded.problems, screen);
    let mut outcome = Outcome { failed, ..Outcome::default() };
    let detections = Selection::default().apply(loaded.detections).detections;
    let (source, bar) = evidence::open(&args.paths, &args.reading, screen)?;
    let mut tables = EvidenceTables::new(source);
    for (name, path) in args.reading.lists()? {
        tables.add_list(name, path);
    }
    if let Some(path) = &args.reading.properties {
        properties::declare(&mut tables, path)?;
    }
    let clock = Clock::new(&tables, time::parse("--now", args.reading.now.as_ref())?);
    let session = Session::new(evidence::limits(&args.reading))?;
    let now = || clock.now();
    let settings = Settings {
        now: &now,
        window: Window::All,
        replays: false,
        lone_twins: false,
        mode: mode(&args.names),
        no_limit: true,
        nulls: nulls(&args.names),
        languages: Vec::new(),
    };
    let hunted = Hunt { tables: &tables, session: &session, detections: &detections }.run(&settings)?;
    bar.finish_and_clear();
    outcome.failed |= !hunted.failures.is_empty();
    let (not_read, _) = evidence::unread(tables.source(), &hunted.report);
    outcome.unread |= !not_read.is_empty();
    for (file, why) in not_read {
        screen.warn(&format!("{file}: {why}"));
    }
    let counts = hunted.counts();
    let reasons = |said: &[(String, String)]| said.iter().cloned().collect::<HashMap<String, String>>();
    let (blind, partly) = (reasons(&hunted.summary.blind), reasons(&hunted.summary.partly_blind));
    // A detection fails with its last variant: `malicious-link (kql)`.
    let mut refused: HashMap<&str, Vec<&str>> = HashMap::new();
    for (what, why) in &hunted.summary.failed {
        refused.entry(what.rsplit_once(' ').map_or(what.as_str(), |(id, _)| id)).or_default().push(why);
    }
    let covered = detections.iter().enumerate().map(|(number, detection)| {
        let id = detection.id.as_str();
        let failures = refused.get(id).map_or(&[][..], Vec::as_slice);
        let (state, why) = match (blind.get(id), partly.get(id)) {
            _ if failures.len() >= detection.variants.len().max(1) => {
                (State::Failed, failures.first().map(|why| (*why).to_owned()))
            }
            (Some(why), _) => (State::Blind, Some(why.clone())),
            (None, Some(why)) => (State::Partly, Some(why.clone())),
            (None, None) => (State::Ready, None),
        };
        Covered {
            detection: detection.id.clone(),
            title: detection.title.clone(),
            techniques: detection.techniques.clone(),
            state,
            findings: counts.get(&number).copied().unwrap_or(0),
            why,
        }
    });
    let covered: Vec<Covered> = covered.collect();
    let mut out = screen::data_output();
    match args.format {
        CoverageFormat::Table => write!(out, "{}", render::coverage::text(&covered, screen::output_style()))?,
        CoverageFormat::Json => writeln!(out, "{:#}", render::coverage::json(&covered))?,
        CoverageFormat::Navigator => {
            writeln!(out, "{:#}", render::coverage::navigator(&covered, lint::attack::VERSION))?
        }
    }
    out.flush()?;
    Ok(outcome)
}
