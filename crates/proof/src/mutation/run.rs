//! Mutants against the tests of their package: one that changes no outcome has survived.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use catalogue::{Detection, Language, Package, Test};
use engine::{Limits, Session};
use hunt::{Hunt, Settings};
use plan::{Mode, Nulls, Window};

use super::{Mutant, mutants};
use crate::events::Events;

/// What became of the mutants of one variant.
#[derive(Debug)]
pub struct Mutated {
    pub language: Language,
    /// Mutants that could run.
    pub count: usize,
    /// Those that no test noticed.
    pub survivors: Vec<Mutant>,
}

impl Mutated {
    pub fn killed(&self) -> usize {
        self.count - self.survivors.len()
    }
}

/// Runs the mutants of every variant against all tests, on all cores.
pub fn run(detection: &Detection, package: &Package) -> Vec<Mutated> {
    let Ok(empty) = Events::of("none.ndjson", "{\"EventID\":0}\n") else {
        return Vec::new();
    };
    let of_variants: Vec<(Language, Vec<Mutant>)> =
        detection.variants.iter().map(|variant| (variant.language, mutants(variant, &empty.tables))).collect();
    // Each is a detection of its own, whose id is its number.
    let mut all = Vec::new();
    for mutant in of_variants.iter().flat_map(|(_, mutants)| mutants) {
        let variants = vec![mutant.variant.clone()];
        all.push(Detection { id: all.len().to_string(), variants, package: None, ..detection.clone() });
    }
    let mutants = all.len();
    // Behind them the variants as they are: a test that they fail notices nothing.
    for variant in &detection.variants {
        let variants = vec![variant.clone()];
        all.push(Detection { id: all.len().to_string(), variants, package: None, ..detection.clone() });
    }
    let state = Mutex::new(State::default());
    let next = AtomicUsize::new(0);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores.min(package.tests.len()) {
            let worker = || {
                let Ok(session) = Session::new(Limits { threads: 1, ..Limits::default() }) else {
                    return;
                };
                while let Some(test) = package.tests.get(next.fetch_add(1, Ordering::Relaxed)) {
                    one(&all, mutants, test, &session, &state);
                }
            };
            drop(std::thread::Builder::new().stack_size(crate::suite::STACK).spawn_scoped(scope, worker));
        }
    });
    let state = state.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut numbers = 0..mutants;
    let mutated = of_variants.into_iter().map(|(language, mutants)| {
        let numbered = mutants.into_iter().zip(&mut numbers);
        let valid: Vec<(Mutant, usize)> = numbered.filter(|(_, number)| !state.invalid.contains(number)).collect();
        let count = valid.len();
        let survivors = valid.into_iter().filter(|(_, number)| !state.killed.contains(number));
        Mutated { language, count, survivors: survivors.map(|(mutant, _)| mutant).collect() }
    });
    mutated.collect()
}

#[derive(Default)]
struct State {
    killed: BTreeSet<usize>,
    /// They cannot be bound: no test says anything of them.
    invalid: BTreeSet<usize>,
}

/// Which mutants a test notices: those that do not find what the test says.
fn one(all: &[Detection], mutants: usize, test: &Test, session: &Session, state: &Mutex<State>) {
    let Ok(events) = Events::of(test.about.events.get_ref(), test.events.text()) else {
        return;
    };
    let now = || events.tables.source().newest().unwrap_or_else(telemetry::clock);
    let settings = Settings {
        now: &now,
        window: Window::All,
        replays: false,
        lone_twins: true,
        mode: Mode::Helpful,
        no_limit: true,
        nulls: Nulls::TwoValued,
        languages: Vec::new(),
    };
    // What one test has noticed no other one has to.
    let open: Vec<Detection> = {
        let state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_done = |number: &usize| state.killed.contains(number) || state.invalid.contains(number);
        let is_open = |number: &usize| *number >= mutants || !is_done(number);
        all.iter().enumerate().filter(|(number, _)| is_open(number)).map(|(_, detection)| detection.clone()).collect()
    };
    let Ok(hunted) = (Hunt { tables: &events.tables, session, detections: &open }).run(&settings) else {
        return;
    };
    let mut findings = vec![0_u64; all.len()];
    for finding in hunted.findings(&events.tables.source().evidence) {
        if let Some(count) = finding.detection.parse().ok().and_then(|number: usize| findings.get_mut(number)) {
            *count += 1;
        }
    }
    let failed = hunted.failures.iter().filter_map(|failure| failure.what.split_once(' ')?.0.parse().ok());
    let failed: BTreeSet<usize> = failed.collect();
    let counted = |detection: &Detection| {
        let number: usize = detection.id.parse().ok()?;
        let language = detection.variants.first()?.language;
        let must = test.about.must.get_ref().of(language)?;
        let found = findings.get(number).copied().filter(|_| !failed.contains(&number))?;
        Some((number, language, must, found))
    };
    let counted: Vec<(usize, Language, bool, u64)> = open.iter().filter_map(counted).collect();
    let (mutants, originals): (Vec<_>, Vec<_>) = counted.into_iter().partition(|(number, ..)| *number < mutants);
    let wanted = test.about.findings.as_ref().map(|findings| *findings.get_ref());
    let passes =
        |must: bool, found: u64| (found > 0) == must && wanted.filter(|_| must).is_none_or(|wanted| wanted == found);
    // A test notices what it fails, where the variant as it is passes.
    let passing = originals.into_iter().filter(|(_, _, must, found)| passes(*must, *found));
    let passing: BTreeSet<Language> = passing.map(|(_, language, ..)| language).collect();
    let noticed =
        mutants.into_iter().filter(|(_, language, must, found)| passing.contains(language) && !passes(*must, *found));
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    state.killed.extend(noticed.map(|(number, ..)| number));
    state.invalid.extend(failed);
}
