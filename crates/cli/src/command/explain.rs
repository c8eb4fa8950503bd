//! `trapline explain`: why an event matched a detection, or did not.

use std::io::Write;

use anyhow::{Result, anyhow};
use catalogue::{Detection, Loaded, Variant};
use engine::{EvidenceTables, Session};
use hunt::language;
use plan::binding::Rows;
use plan::{Options, Output, Window};
use proof::events::Events;
use proof::explain::{Event, Place, explain, named, told};
use proof::readiness::readiness;
use render::explanation::Explanation;
use render::readiness::Readiness;
use render::style::Style;
use syntax::{Diagnostic, Source};
use telemetry::Evidence;
use telemetry::event::{read_place, spelt_place};

use super::query::{Clock, account, mode, nulls, of_arg};
use crate::args::{ExplainArgs, SummaryFormat};
use crate::exit::{Misuse, Outcome};
use crate::screen::{self, Screen};
use crate::{evidence, properties, time};

pub fn run(args: &ExplainArgs, screen: &Screen) -> Result<Outcome> {
    let loaded = super::named(&args.detection, args.placeholders.as_ref())?;
    let failed = super::report_problems(&loaded.problems, screen);
    let mut outcome = Outcome { failed, ..Outcome::default() };
    let told = match args.event.as_deref() {
        None => needs(args, &loaded, screen, &mut outcome)?,
        Some(event) => of_event(args, event, &loaded, screen, &mut outcome)?,
    };
    if told.is_empty() && !outcome.failed {
        return Err(Misuse("the detection has no variant that could be explained".to_owned()).into());
    }
    let mut out = screen::data_output();
    match args.format {
        SummaryFormat::Table => {
            let style = screen::output_style();
            for one in &told {
                writeln!(out, "{}", one.to_text(style))?;
            }
        }
        SummaryFormat::Json => {
            let all: Vec<_> = told.iter().map(Told::to_json).collect();
            writeln!(out, "{:#}", serde_json::Value::from(all))?;
        }
    }
    out.flush()?;
    Ok(outcome)
}

/// What is told of a variant.
enum Told {
    OfEvent(Explanation),
    Needs(Readiness),
}

impl Told {
    fn to_text(&self, style: Style) -> String {
        match self {
            Told::OfEvent(explanation) => explanation.to_text(style),
            Told::Needs(readiness) => readiness.to_text(style),
        }
    }

    fn to_json(&self) -> serde_json::Value {
        match self {
            Told::OfEvent(explanation) => explanation.to_json(),
            Told::Needs(readiness) => readiness.to_json(),
        }
    }
}

/// What the detection did with one event.
fn of_event(
    args: &ExplainArgs,
    event: &str,
    loaded: &Loaded,
    screen: &Screen,
    outcome: &mut Outcome,
) -> Result<Vec<Told>> {
    if event.trim_start().starts_with('{') {
        let events =
            Events::of("event.ndjson", &format!("{}\n", event.trim())).map_err(|error| Misuse(error.to_string()))?;
        let place = Place { file: 0, event: Event::Line(1) };
        return of_place(args, event, place, &events.tables, loaded, screen, outcome);
    }
    if args.data.is_empty() {
        return Err(Misuse("--event names a record of the evidence, and there is no --data".to_owned()).into());
    }
    let (tables, bar) = tables(args, screen)?;
    let place = one(event, place(event, &tables.source().evidence)?, &tables)?;
    let told = of_place(args, event, place, &tables, loaded, screen, outcome)?;
    bar.finish_and_clear();
    outcome.unread |= account::unread(&tables, screen);
    Ok(told)
}

fn of_place(
    args: &ExplainArgs,
    event: &str,
    place: Place,
    tables: &EvidenceTables,
    loaded: &Loaded,
    screen: &Screen,
    outcome: &mut Outcome,
) -> Result<Vec<Told>> {
    each(args, tables, loaded, screen, outcome, &|explained| {
        let explanation = explain(explained.output, place, tables, explained.session)?;
        Ok(Told::OfEvent(told(&explanation, &explained.name, explained.variant, event, explained.source)))
    })
}

/// What the detection needs, and how much of it the evidence has.
fn needs(args: &ExplainArgs, loaded: &Loaded, screen: &Screen, outcome: &mut Outcome) -> Result<Vec<Told>> {
    let (tables, bar) = tables(args, screen)?;
    let is_counted = !args.data.is_empty();
    let told = each(args, &tables, loaded, screen, outcome, &|explained| {
        let session = Some(explained.session).filter(|_| is_counted);
        let readiness = readiness(explained.output, &tables, session, explained.source)?;
        Ok(Told::Needs(Readiness { detection: explained.name.clone(), variant: explained.variant, ..readiness }))
    })?;
    bar.finish_and_clear();
    outcome.unread |= is_counted && account::unread(&tables, screen);
    Ok(told)
}

fn tables(args: &ExplainArgs, screen: &Screen) -> Result<(EvidenceTables, indicatif::ProgressBar)> {
    let (source, bar) = evidence::open(&args.data, &args.reading, screen)?;
    let mut tables = EvidenceTables::new(source);
    for (name, path) in args.reading.lists()? {
        tables.add_list(name, path);
    }
    if let Some(path) = &args.reading.properties {
        properties::declare(&mut tables, path)?;
    }
    Ok((tables, bar))
}

/// Places of events of one name that are told.
const TOLD: usize = 5;

/// The one event of that name.
fn one(event: &str, place: Place, tables: &EvidenceTables) -> Result<Place> {
    let evidence = &tables.source().evidence;
    match named(place, tables)?.as_slice() {
        [] => Err(Misuse(format!("the evidence has no record '{event}'")).into()),
        [only] => Ok(Place { event: Event::Ordinal(only.ordinal), ..place }),
        several => {
            let told = several.iter().take(TOLD).map(|origin| {
                let log = evidence.log(origin.log).map(|log| format!(" ({}, {})", log.computer, log.channel));
                format!("{event}@{}{}", spelt_place(origin.ordinal), log.unwrap_or_default())
            });
            let told = told.collect::<Vec<_>>().join(", ");
            let more = if several.len() > TOLD { ", …" } else { "" };
            Err(Misuse(format!("the evidence has {} events '{event}'; say which: {told}{more}", several.len())).into())
        }
    }
}

/// `FILE#RECORD`, or `FILE#RECORD@PLACE`.
fn place(event: &str, evidence: &Evidence) -> Result<Place> {
    let misuse = |why: String| anyhow!(Misuse(why));
    let (name, record) =
        event.rsplit_once('#').ok_or_else(|| misuse(format!("--event is FILE#RECORD or JSON, and not '{event}'")))?;
    let (record, at) = record.split_once('@').map_or((record, None), |(record, at)| (record, Some(at)));
    let record = record.parse().map_err(|_| misuse(format!("'{record}' is no number of a record")))?;
    let at = at.map(|at| read_place(at).ok_or_else(|| misuse(format!("'{at}' is no place in a file")))).transpose()?;
    let is_named = |file: &&telemetry::File| file.name == name;
    let Some(file) = evidence.files.iter().find(is_named) else {
        let near = syntax::nearest::nearest(name, evidence.files.iter().map(|file| file.name.as_str()));
        let near = near.map_or_else(String::new, |near| format!("; did you mean '{near}'?"));
        return Err(misuse(format!("the evidence has no log '{name}'{near}")));
    };
    let number = evidence.files.iter().position(|other| std::ptr::eq(other, file)).unwrap_or_default();
    let event = at.map_or(Event::Record(record), Event::Ordinal);
    Ok(Place { file: u32::try_from(number)?, event })
}

/// A query of a variant that is explained.
struct Explained<'a> {
    output: &'a Output,
    session: &'a Session,
    name: String,
    variant: &'static str,
    source: &'a Source,
}

/// Binds each variant with its trace, and tells of each query.
fn each(
    args: &ExplainArgs,
    tables: &EvidenceTables,
    loaded: &Loaded,
    screen: &Screen,
    outcome: &mut Outcome,
    tell: &dyn Fn(&Explained<'_>) -> Result<Told>,
) -> Result<Vec<Told>> {
    let session = Session::new(evidence::limits(&args.reading))?;
    let clock = Clock::new(tables, time::parse("--now", args.reading.now.as_ref())?);
    let now = || clock.now();
    let rows: Rows<'_> = &|plan| session.collect(plan);
    let options = Options {
        now: &now,
        rows: Some(rows),
        window: Window::All,
        mode: mode(&args.names),
        origins: true,
        no_limit: true,
        nulls: nulls(&args.names),
        trace: true,
    };
    let wanted: Vec<_> = args.variant.iter().copied().map(of_arg).collect();
    let mut all = Vec::new();
    for detection in &loaded.detections {
        let variants = detection.variants.iter();
        for variant in variants.filter(|variant| wanted.is_empty() || wanted.contains(&variant.language)) {
            if !variant.correlations.is_empty() && variant.rules.is_empty() {
                screen.warn(&format!(
                    "{}: a correlation looks at many events; explain the rules that it names",
                    detection.id
                ));
                continue;
            }
            for (number, bound) in language::variant(variant, tables, &options).into_iter().enumerate() {
                screen.diagnostics(&variant.source, &bound.diagnostics);
                outcome.failed |= bound.diagnostics.iter().any(Diagnostic::is_error);
                let Some(output) = &bound.output else {
                    continue;
                };
                all.push(tell(&Explained {
                    output,
                    session: &session,
                    name: name(detection, variant, number),
                    variant: variant.language.name(),
                    source: &variant.source,
                })?);
            }
        }
    }
    Ok(all)
}

/// The detection's id; with the rule's title where a variant has several.
fn name(detection: &Detection, variant: &Variant, number: usize) -> String {
    let title = variant.rules.get(number).and_then(|rule| rule.about.title.as_ref());
    match title.filter(|_| variant.rules.len() > 1) {
        Some(title) => format!("{}: {}", detection.id, title.value),
        None => detection.id.clone(),
    }
}
