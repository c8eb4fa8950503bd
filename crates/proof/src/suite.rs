//! A suite: the tests of a package, run against every variant.
//!
//! Each test is evidence of its own, so that no process of one test is taken for the parent of another's.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use catalogue::{Detection, Language, Package, Test};
use engine::{Limits, Session};
use hunt::{Hunt, Settings};
use plan::{Mode, Nulls, Window};
use render::explanation::Explanation;

use crate::events::Events;
use crate::miss;

/// What one test showed of one variant.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub test: String,
    pub language: Language,
    /// Whether it must fire.
    pub must: bool,
    /// Findings, and how many there should be where the test says so.
    pub findings: u64,
    pub wanted: Option<u64>,
    /// The first finding, as `file#record` of its last event.
    pub event: Option<String>,
    /// Why it could not be run.
    pub failure: Option<String>,
    /// Of a failed one, what the variant did with the test's events.
    pub why: Vec<Explanation>,
}

impl Outcome {
    pub fn passes(&self) -> bool {
        self.failure.is_none()
            && (self.findings > 0) == self.must
            && self.wanted.is_none_or(|wanted| wanted == self.findings)
    }
}

/// Runs all tests of a package, on all cores; the outcomes are in the order of the tests.
pub fn run(detection: &Detection, package: &Package) -> Vec<Outcome> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Vec<Outcome>)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..cores.min(package.tests.len()) {
            let worker = || {
                let session = Session::new(Limits { threads: 1, ..Limits::default() });
                while let Some((number, test)) = next_of(&next, &package.tests) {
                    let outcomes = match &session {
                        Ok(session) => one(detection, test, session),
                        Err(error) => failed(detection, test, &error.to_string()),
                    };
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((number, outcomes));
                }
            };
            let spawned = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, worker);
            // Where one cannot be had, the others do its part.
            drop(spawned);
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    // A test that did not run did not pass.
    let ran: BTreeSet<usize> = done.iter().map(|(number, _)| *number).collect();
    let silent = package.tests.iter().enumerate().filter(|(number, _)| !ran.contains(number));
    let silent = silent.map(|(number, test)| (number, failed(detection, test, "no thread could be had to run it")));
    done.extend(silent);
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().flat_map(|(_, outcomes)| outcomes).collect()
}

/// Generated queries nest deeply.
pub(crate) const STACK: usize = 256 << 20;

fn next_of<'a>(next: &AtomicUsize, tests: &'a [Test]) -> Option<(usize, &'a Test)> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    Some((number, tests.get(number)?))
}

/// The variants that a test speaks of, and whether each must fire.
fn asked<'a>(detection: &'a Detection, test: &'a Test) -> impl Iterator<Item = (Language, bool)> + 'a {
    let languages = detection.variants.iter().map(|variant| variant.language);
    languages.filter_map(|language| Some((language, test.about.must.get_ref().of(language)?)))
}

fn outcome(test: &Test, language: Language, must: bool) -> Outcome {
    Outcome {
        test: test.about.name.clone(),
        language,
        must,
        findings: 0,
        wanted: test.about.findings.as_ref().filter(|_| must).map(|findings| *findings.get_ref()),
        event: None,
        failure: None,
        why: Vec::new(),
    }
}

fn failed(detection: &Detection, test: &Test, why: &str) -> Vec<Outcome> {
    let failure = |(language, must)| Outcome { failure: Some(why.to_owned()), ..outcome(test, language, must) };
    asked(detection, test).map(failure).collect()
}

fn one(detection: &Detection, test: &Test, session: &Session) -> Vec<Outcome> {
    let name = test.about.events.get_ref().clone();
    let events = match Events::of(&name, test.events.text()) {
        Ok(events) => events,
        Err(error) => return failed(detection, test, &error.to_string()),
    };
    let now = || events.tables.source().newest().unwrap_or_else(telemetry::clock);
    let settings = Settings {
        now: &now,
        window: Window::All,
        replays: false,
        lone_twins: false,
        mode: Mode::Helpful,
        no_limit: true,
        nulls: Nulls::TwoValued,
        languages: Vec::new(),
    };
    let detections = std::slice::from_ref(detection);
    let hunted = match (Hunt { tables: &events.tables, session, detections }).run(&settings) {
        Ok(hunted) => hunted,
        Err(error) => return failed(detection, test, &error.strip_backtrace()),
    };
    let mut outcomes: Vec<Outcome> =
        asked(detection, test).map(|(language, must)| outcome(test, language, must)).collect();
    for finding in hunted.findings(&events.tables.source().evidence) {
        let event = finding.events.last().map(|event| format!("{}#{}", event.file, event.record));
        for outcome in outcomes.iter_mut().filter(|one| finding.variants.contains(&one.language.name())) {
            outcome.findings += 1;
            outcome.event = outcome.event.take().or_else(|| event.clone());
        }
    }
    for outcome in &mut outcomes {
        let what = format!("{} ({})", detection.id, outcome.language.name());
        let said = hunted.failures.iter().find(|failure| failure.what == what);
        outcome.failure =
            said.map(|failure| failure.diagnostics.first().map_or_else(String::new, |one| one.message.clone()));
        if !outcome.passes() && outcome.failure.is_none() {
            outcome.why = miss::explained(detection, outcome, &events, session);
        }
    }
    outcomes
}
