//! `trapline hunt`: detections over evidence.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use catalogue::{Detection, Level, Loaded, Selection, Status};
use engine::{EvidenceTables, Session};
use hunt::{Failure, Hunt, Hunted, Settings};
use plan::Window;
use render::count::counted;
use render::finding::Finding;
use render::findings::{self, Asked};
use render::style::Style;
use syntax::Severity;
use telemetry::Evidence;

use super::SHOWN;
use super::query::{Clock, mode, nulls, of_arg};
use crate::args::{HuntArgs, HuntFormat, LevelArg, StatusArg, WindowArg};
use crate::exit::{Misuse, Outcome};
use crate::screen::{self, Screen};
use crate::{evidence, properties, time};

pub fn run(args: &HuntArgs, screen: &Screen) -> Result<Outcome> {
    let started = Instant::now();
    let mut outcome = Outcome::default();
    let Wanted { detections, refused } = wanted(args, screen, &mut outcome)?;
    keep_evidence(args)?;
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
        window: match args.window {
            WindowArg::Auto | WindowArg::All => Window::All,
            WindowArg::AsWritten => Window::AsWritten,
        },
        replays: args.window == WindowArg::Auto,
        lone_twins: false,
        mode: mode(&args.names),
        no_limit: args.no_limit,
        nulls: nulls(&args.names),
        languages: args.variant.iter().copied().map(of_arg).collect(),
    };
    let hunt = Hunt { tables: &tables, session: &session, detections: &detections };
    let mut hunted = hunt.run(&settings)?;
    bar.finish_and_clear();
    tell(screen, &hunted.failures, Severity::Error);
    tell(screen, &hunted.warnings, Severity::Warning);
    if hunted.parts > 0 {
        let parts = counted(hunted.parts, "rule runs", "rules run");
        screen.say(&format!("{parts} for correlations that do not say 'generate', and not for findings of their own"));
    }
    outcome.found = !hunted.is_empty();
    outcome.failed |= !hunted.failures.is_empty();
    let data: Vec<String> =
        args.paths.iter().map(|path| format!(" --data {}", findings::shell(&path.display().to_string()))).collect();
    let own: HashMap<&str, &str> = detections.iter().map(|one| (one.id.as_str(), one.path.as_str())).collect();
    let asked = |id: &str| {
        // A built-in one goes by its id.
        let name = own.get(id).filter(|path| !args.detections.is_empty() && Path::new(path).exists());
        format!("trapline explain {}{}", findings::shell(name.unwrap_or(&id)), data.concat())
    };
    if let Err(error) = write(args, &hunted, &tables.source().evidence, &asked) {
        // Whoever reads has seen enough: what was found is still what was found.
        return if screen::is_broken_pipe(&error) { Ok(outcome) } else { Err(error) };
    }
    let (not_read, ignored) = evidence::unread(tables.source(), &hunted.report);
    let summary = &mut hunted.summary;
    if detections.iter().any(|detection| detection.has_exceptions()) {
        screen.warn("exceptions.toml of a package is not applied yet: its exceptions are found like all else");
    }
    if summary.files == 0 {
        screen.warn("no log was found in the evidence");
        outcome.unread = true;
    }
    outcome.unread |= !not_read.is_empty();
    (summary.not_read, summary.ignored) = (not_read, ignored);
    summary.failed.extend(refused);
    summary.now = clock.said().and_then(render::value::datetime);
    summary.seconds = started.elapsed().as_secs_f64();
    screen.say(summary.to_text(screen.style()).trim_end());
    if let Some(path) = &args.summary {
        let text = format!("{:#}\n", summary.to_json());
        std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    // The process ends; freeing thousands of plans and findings one by one would only keep it.
    std::mem::forget((hunted, detections));
    Ok(outcome)
}

/// Refuses to write over what is to be read, or two outputs into one file.
fn keep_evidence(args: &HuntArgs) -> Result<()> {
    let outputs: Vec<PathBuf> = [&args.output, &args.summary].into_iter().flatten().cloned().collect();
    let paths: Vec<PathBuf> = args.paths.iter().map(|path| evidence::input(path).path).collect();
    let real = |path: &PathBuf| path.canonicalize().unwrap_or_else(|_| path.clone());
    for (index, output) in outputs.iter().map(real).enumerate() {
        let is_input = paths.iter().chain(&args.detections).map(real).any(|input| input == output);
        let is_inside = output.is_file() && paths.iter().map(real).any(|input| output.starts_with(input));
        let is_twice = outputs.iter().map(real).skip(index + 1).any(|other| other == output);
        if is_input || is_inside || is_twice {
            return Err(Misuse(format!("{} would be written over", output.display())).into());
        }
    }
    Ok(())
}

/// The detections that are to run, and the files of those that could not be loaded, each with the reason.
struct Wanted {
    detections: Vec<Detection>,
    refused: Vec<(String, String)>,
}

/// What could not be loaded is told and fails the run, but not the rest.
fn wanted(args: &HuntArgs, screen: &Screen, outcome: &mut Outcome) -> Result<Wanted> {
    let mut loaded = Loaded::default();
    if args.detections.is_empty() || args.with_builtin {
        loaded.extend(catalogue::builtin());
    }
    if !args.detections.is_empty() {
        if let Some(absent) = args.detections.iter().find(|path| !path.exists()) {
            return Err(Misuse(format!("there is no {}", absent.display())).into());
        }
        loaded.extend(super::load(&args.detections, args.placeholders.as_ref())?);
    }
    outcome.failed |= super::report_problems(&loaded.problems, screen);
    let selection = Selection {
        level: args.level.map(level),
        tags: args.tag.clone(),
        only: args.only.clone(),
        exclude: args.exclude.clone(),
        status: args.status.iter().copied().map(status).collect(),
    };
    let count = loaded.detections.len();
    let chosen = selection.apply(loaded.detections);
    for unknown in &chosen.unknown {
        let near = unknown.nearest.as_ref().map_or(String::new(), |near| format!("; did you mean '{near}'?"));
        screen.warn(&format!("no detection is called or tagged '{}'{near}", unknown.name));
    }
    if chosen.detections.is_empty() && !outcome.failed {
        let count = counted(count as u64, "detection", "detections");
        return Err(Misuse(format!("of {count} the options leave none to run")).into());
    }
    let refused = loaded.problems.iter().filter(|problem| problem.diagnostic.is_error());
    let refused = refused.map(|problem| {
        let what = problem.diagnostic.message.as_str();
        (problem.source.name().to_owned(), format!("{}: {what}", problem.diagnostic.code))
    });
    Ok(Wanted { detections: chosen.detections, refused: refused.collect() })
}

fn tell(screen: &Screen, failures: &[Failure], severity: Severity) {
    for failure in failures.iter().take(SHOWN) {
        let of_severity: Vec<_> =
            failure.diagnostics.iter().filter(|diagnostic| diagnostic.severity >= severity).cloned().collect();
        screen.diagnostics(&failure.source, &of_severity);
    }
    if failures.len() > SHOWN {
        let more = counted((failures.len() - SHOWN) as u64, "more detection", "more detections");
        screen.say(&format!("… and {more} with diagnostics"));
    }
}

fn write(args: &HuntArgs, hunted: &Hunted, evidence: &Evidence, asked: Asked<'_>) -> Result<()> {
    match &args.output {
        Some(path) => {
            let file = File::create(path).with_context(|| format!("{} cannot be written", path.display()))?;
            write_to(&mut BufWriter::new(file), args.format, hunted.findings(evidence), asked, Style::plain())
        }
        // The table escapes its own texts and brings its own colours; what is for machines is guarded as a whole.
        None if args.format == HuntFormat::Table => {
            let mut out = BufWriter::new(io::stdout().lock());
            write_to(&mut out, args.format, hunted.findings(evidence), asked, screen::output_style())
        }
        None => write_to(&mut screen::data_output(), args.format, hunted.findings(evidence), asked, Style::plain()),
    }
}

fn write_to(
    out: &mut impl Write,
    format: HuntFormat,
    found: impl Iterator<Item = Finding>,
    asked: Asked<'_>,
    style: Style,
) -> Result<()> {
    match format {
        HuntFormat::Table => findings::text(out, found, asked, style)?,
        HuntFormat::Json => findings::json(out, found)?,
        HuntFormat::Ndjson => findings::ndjson(out, found)?,
        HuntFormat::Csv => findings::csv(out, found)?,
    }
    out.flush()?;
    Ok(())
}

fn level(arg: LevelArg) -> Level {
    match arg {
        LevelArg::Informational => Level::Informational,
        LevelArg::Low => Level::Low,
        LevelArg::Medium => Level::Medium,
        LevelArg::High => Level::High,
        LevelArg::Critical => Level::Critical,
    }
}

fn status(arg: StatusArg) -> Status {
    match arg {
        StatusArg::Stable => Status::Stable,
        StatusArg::Test => Status::Test,
        StatusArg::Experimental => Status::Experimental,
        StatusArg::Deprecated => Status::Deprecated,
        StatusArg::Unsupported => Status::Unsupported,
    }
}
