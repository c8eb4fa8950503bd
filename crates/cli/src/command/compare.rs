//! `trapline compare`: do the variants of a package, or several detections, find the same events?

mod contrasted;

use std::io::Write;

use anyhow::Result;
use catalogue::{Detection, Language, Variant};
use engine::{EvidenceTables, Session};
use hunt::Settings;
use plan::Window;
use proof::agreement::{self, Agreement, Side};
use proof::events::Events;
use render::agreement::Difference;
use serde_json::json;
use syntax::Diagnostic;

use super::query::{Clock, account, mode, nulls};
use crate::args::{CompareArgs, SummaryFormat};
use crate::exit::{Misuse, Outcome};
use crate::screen::{self, Screen};
use crate::{evidence, properties, time};

pub fn run(args: &CompareArgs, screen: &Screen) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut detections = Vec::new();
    for name in &args.detections {
        let loaded = super::named(name, None)?;
        outcome.failed |= super::report_problems(&loaded.problems, screen);
        detections.extend(loaded.detections);
    }
    let sides = sides(&detections);
    if let ([detection], true) = (detections.as_slice(), args.data.is_empty())
        && let [variant] = detection.variants.as_slice()
        && variant.language == Language::Kql
    {
        return witness(args, variant, screen, outcome);
    }
    if sides.len() < 2 {
        return Err(Misuse("to compare takes a package of several variants, or several detections".to_owned()).into());
    }
    if !args.data.is_empty() {
        let (source, bar) = evidence::open(&args.data, &args.reading, screen)?;
        let mut tables = EvidenceTables::new(source);
        for (name, path) in args.reading.lists()? {
            tables.add_list(name, path);
        }
        if let Some(path) = &args.reading.properties {
            properties::declare(&mut tables, path)?;
        }
        let session = Session::new(evidence::limits(&args.reading))?;
        let agreement = over(args, &sides, &tables, &session)?;
        bar.finish_and_clear();
        outcome.unread |= account::unread(&tables, screen);
        tell(args, &sides, agreement, screen, &mut outcome)?;
        return Ok(outcome);
    }
    let tests: Vec<_> = detections.iter().filter_map(|one| one.package.as_ref()).flat_map(|one| &one.tests).collect();
    if tests.is_empty() {
        contrasted::contrasted(args, &sides, screen, &mut outcome)?;
        return Ok(outcome);
    }
    // Each is evidence of its own, so that no process of one test is taken for one of another's.
    let session = Session::new(evidence::limits(&args.reading))?;
    let mut whole: Option<Agreement> = None;
    for test in tests {
        // A package says itself of a test that not all variants can see its events.
        let must = sides.iter().flat_map(|side| &side.detection.variants);
        let must: Vec<_> =
            must.map(|variant| (variant.language, test.about.must.get_ref().of(variant.language))).collect();
        if must.iter().any(|(_, must)| must.is_some_and(|must| !must))
            && must.iter().any(|(_, must)| *must == Some(true))
        {
            let told = must.iter().map(|(language, must)| match must {
                Some(true) => format!("{} fires", language.name()),
                _ => format!("{} does not", language.name()),
            });
            screen.say(&format!("{}: declared by its test: {}", test.about.name, told.collect::<Vec<_>>().join(", ")));
            continue;
        }
        let events =
            Events::of(test.about.events.get_ref(), test.events.text()).map_err(|error| Misuse(error.to_string()))?;
        let one = over(args, &sides, &events.tables, &session)?;
        whole = Some(match whole {
            Some(known) => known.and(one),
            None => one,
        });
    }
    match whole {
        Some(agreement) => tell(args, &sides, agreement, screen, &mut outcome)?,
        None => {
            outcome.failed = true;
            screen.warn("nothing was compared: every test declares a difference");
        }
    }
    Ok(outcome)
}

/// An event that one query finds, and for each of its conditions one that it misses for that alone.
fn witness(args: &CompareArgs, variant: &Variant, screen: &Screen, mut outcome: Outcome) -> Result<Outcome> {
    let source = &proof::witness::given(&variant.source);
    let parsed = syntax::kql::parse(source);
    // What keeps the query from running comes first.
    let bound = hunt::language::bind(variant.language, source, &super::check::no_evidence()?, &super::check::OPTIONS);
    let errors: Vec<_> = bound.into_iter().flat_map(|bound| bound.diagnostics).filter(Diagnostic::is_error).collect();
    if !errors.is_empty() {
        screen.diagnostics(source, &errors);
        return Ok(Outcome { failed: true, ..outcome });
    }
    let Some(asked) = proof::witness::asked(&parsed.tree) else {
        return Err(Misuse("the query reads no table that events could be made for".to_owned()).into());
    };
    let session = Session::new(evidence::limits(&args.reading))?;
    let mut out = screen::data_output();
    let made = proof::witness::made(source, &asked, &session)?;
    let line = |span: syntax::Span| source.position(span.start).0;
    if source.text() != variant.source.text() {
        screen.say(&format!("lists behind addresses hold '{}' here", proof::witness::LISTED));
    }
    match (&made, args.format) {
        (None, SummaryFormat::Json) => {
            outcome.failed = true;
            writeln!(out, "{}", json!({"table": asked.table, "event": null, "broken": []}))?;
        }
        (None, SummaryFormat::Table) => {
            outcome.failed = true;
            writeln!(out, "no event of {} could be made that the query finds", asked.table)?;
        }
        (Some(made), SummaryFormat::Json) => {
            let told = made.broken.iter().map(|one| {
                json!({"line": line(one.condition), "condition": source.slice(one.condition), "event": one.event, "removed": one.is_removed})
            });
            let broken: Vec<_> = told.collect();
            writeln!(out, "{}", json!({"table": made.table, "event": made.event, "broken": broken}))?;
        }
        (Some(made), SummaryFormat::Table) => {
            writeln!(out, "  ✓ {}  {}", made.table, serde_json::Value::Object(made.event.clone()))?;
            for one in &made.broken {
                let condition = source.slice(one.condition).split_whitespace().collect::<Vec<_>>().join(" ");
                let event = one.event.as_ref().map(|event| serde_json::Value::Object(event.clone()).to_string());
                let mark = if one.is_removed { "✗" } else { "·" };
                writeln!(out, "  {mark} line {}  {}", line(one.condition), render::table::cut(&condition, 100))?;
                writeln!(
                    out,
                    "      {}",
                    event.unwrap_or_else(|| "no event could be made that this alone refuses".to_owned())
                )?;
            }
        }
    }
    out.flush()?;
    Ok(outcome)
}

/// The variants of one detection by their languages, those of several by their ids too.
fn sides(detections: &[Detection]) -> Vec<Side> {
    let each =
        detections.iter().flat_map(|detection| detection.variants.iter().map(move |variant| (detection, variant)));
    each.map(|(detection, variant)| {
        let language = variant.language.name();
        let name = if detections.len() == 1 { language.to_owned() } else { format!("{}.{language}", detection.id) };
        Side::of(detection, variant, name)
    })
    .collect()
}

fn over(args: &CompareArgs, sides: &[Side], tables: &EvidenceTables, session: &Session) -> Result<Agreement> {
    let clock = Clock::new(tables, time::parse("--now", args.reading.now.as_ref())?);
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
    Ok(agreement::compare(sides, tables, session, &settings)?)
}

fn tell(
    args: &CompareArgs,
    sides: &[Side],
    agreement: Agreement,
    screen: &Screen,
    outcome: &mut Outcome,
) -> Result<()> {
    for failure in &agreement.failures {
        screen.diagnostics(&failure.source, &failure.diagnostics);
    }
    outcome.failed |= !agreement.failures.is_empty();
    outcome.found = !agreement.differences.is_empty();
    let names: Vec<String> = sides.iter().map(|side| side.name.clone()).collect();
    let named = |places: &[usize]| places.iter().filter_map(|place| names.get(*place).cloned()).collect();
    let differences: Vec<Difference> = agreement
        .differences
        .into_iter()
        .map(|one| Difference {
            found_by: named(&one.found_by),
            missed_by: named(&one.missed_by),
            count: one.count,
            event: one.event,
            why: one.why,
        })
        .collect();
    let mut out = screen::data_output();
    match args.format {
        SummaryFormat::Table => {
            let style = screen::output_style();
            write!(
                out,
                "{}",
                render::agreement::text(&names, &agreement.both, &agreement.failed, &differences, style)
            )?;
        }
        SummaryFormat::Json => {
            writeln!(out, "{:#}", render::agreement::json(&names, &agreement.both, &agreement.failed, &differences))?
        }
    }
    Ok(out.flush()?)
}
