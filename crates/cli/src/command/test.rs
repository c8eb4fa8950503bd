//! `trapline test`: the tests of packages, every variant.

use std::io::Write;

use anyhow::Result;
use catalogue::{Loaded, Problem};
use proof::mutation;
use proof::suite::{self, Outcome as Shown};
use render::count::counted;
use render::tests::{Case, Suite};

use crate::args::{TestArgs, TestFormat};
use crate::exit::{Misuse, Outcome};
use crate::screen::{self, Screen};

pub fn run(args: &TestArgs, screen: &Screen) -> Result<Outcome> {
    let mut loaded = Loaded::default();
    match args.packages.as_slice() {
        [] => loaded.extend(catalogue::builtin()),
        names => {
            for name in names {
                loaded.extend(super::named(name, None)?);
            }
        }
    }
    let mut outcome = Outcome::default();
    outcome.failed |= super::report_problems(&loaded.problems, screen);
    let packages: Vec<_> =
        loaded.detections.iter().filter_map(|detection| Some((detection, detection.package.as_deref()?))).collect();
    if packages.is_empty() && !outcome.failed {
        return Err(Misuse("there is no package here: a folder with a detection.toml".to_owned()).into());
    }
    let mut suites = Vec::with_capacity(packages.len());
    for (detection, package) in packages {
        if package.tests.is_empty() {
            screen.warn(&format!("{}: the package has no tests", detection.id));
        }
        let cases = suite::run(detection, package).into_iter().map(case).collect();
        suites.push(Suite { package: detection.id.clone(), cases });
    }
    let packages = counted(suites.len() as u64, "package", "packages");
    if args.mutate {
        mutate(&loaded, screen)?;
    }
    let count = |passes: bool| {
        suites.iter().flat_map(|suite| &suite.cases).filter(|case| case.failure.is_none() == passes).count() as u64
    };
    let (passed, failed) = (count(true), count(false));
    // Who reads the results alone has to see what could not be loaded.
    if args.format != TestFormat::Table {
        let cases: Vec<Case> = loaded.problems.iter().filter(|problem| problem.is_error()).map(not_loaded).collect();
        if !cases.is_empty() {
            suites.push(Suite { package: "not loaded".to_owned(), cases });
        }
    }
    let mut out = screen::data_output();
    match args.format {
        TestFormat::Table => {
            write!(out, "{}", render::tests::text(&suites, args.only_failing, screen::output_style()))?
        }
        TestFormat::Json => writeln!(out, "{:#}", render::tests::json(&suites, args.only_failing))?,
        TestFormat::Junit => write!(out, "{}", render::tests::junit(&suites))?,
    }
    out.flush()?;
    screen.say(&format!("{packages}: {passed} passed, {failed} failed"));
    outcome.found = failed > 0;
    Ok(outcome)
}

/// What no test of a package notices, and how much is noticed.
fn mutate(loaded: &Loaded, screen: &Screen) -> Result<()> {
    let mut out = screen::data_output();
    for detection in &loaded.detections {
        let Some(package) = &detection.package else {
            continue;
        };
        for mutated in mutation::run(detection, package) {
            let name = format!("{} ({})", detection.id, mutated.language.name());
            let survivors = mutated.survivors.iter().map(|mutant| {
                let source = detection.variant(mutated.language).map(|variant| &variant.source);
                let line = source.map_or(0, |source| source.position(mutant.span.start).0);
                (line, mutant.change.name(), mutant.what.as_str())
            });
            let style = screen::output_style();
            write!(out, "{}", render::tests::survivors(&name, mutated.killed(), mutated.count, survivors, style))?;
        }
    }
    out.flush()?;
    screen.say("");
    Ok(())
}

/// A part of a package that is wrong, as a test that could not be run.
fn not_loaded(problem: &Problem) -> Case {
    let (line, _) = problem.source.position(problem.diagnostic.span.start);
    Case {
        test: format!("{}:{line}", problem.source.name()),
        variant: "load",
        must: true,
        findings: 0,
        ran: false,
        failure: Some(format!("{}: {}", problem.diagnostic.code, problem.diagnostic.message)),
        why: Vec::new(),
    }
}

fn case(shown: Shown) -> Case {
    let failure = (!shown.passes()).then(|| match (&shown.failure, shown.must, shown.findings) {
        (Some(why), ..) => format!("could not be run: {why}"),
        (None, true, 0) => "must fire, and does not".to_owned(),
        (None, false, _) => {
            format!("must not fire, and finds {}", shown.event.as_deref().unwrap_or("something"))
        }
        (None, true, found) => {
            format!("finds {found}, and should find {}", shown.wanted.unwrap_or_default())
        }
    });
    Case {
        test: shown.test,
        variant: shown.language.name(),
        must: shown.must,
        findings: shown.findings,
        ran: shown.failure.is_none(),
        failure,
        why: shown.why,
    }
}
