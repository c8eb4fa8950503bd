//! `trapline query`: one query in any language, or a batch of them.

pub(super) mod account;
mod batch;
mod schema;

use std::io::{self, BufWriter, Read, Write};
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use catalogue::Language;
use datafusion_common::DataFusionError;
use engine::{EvidenceTables, RecordBatch, Session, overrun};
use hunt::language;
use plan::binding::Rows;
use plan::{Bound, Mode, Nulls, Options, Output, Window};
use render::{Column, ResultWriter};
use syntax::{Diagnostic, Severity, Source as Text};

use self::account::{Answer, Question};
use crate::args::{AqlNullArg, LanguageArg, NameArgs, QueryArgs, QueryFormat, WindowArg};
use crate::exit::{Misuse, Outcome};
use crate::screen::{self, Screen};
use crate::{evidence, properties, time};

pub fn run(args: &QueryArgs, screen: &Screen) -> Result<Outcome> {
    let (source, bar) = evidence::open(&args.data, &args.reading, screen)?;
    let mut tables = EvidenceTables::new(source);
    for (name, path) in args.reading.lists()? {
        tables.add_list(name, path);
    }
    if let Some(path) = &args.reading.properties {
        properties::declare(&mut tables, path)?;
    }
    if let Some(path) = &args.schema {
        schema::declare(&mut tables, path, screen)?;
    }
    let clock = Clock::new(&tables, time::parse("--now", args.reading.now.as_ref())?);
    let session = Session::new(evidence::limits(&args.reading))?;
    if let Some(path) = &args.batch {
        let mut outcome = batch::run(args, path, &tables, &clock, &session)?;
        bar.finish_and_clear();
        outcome.unread = account::unread(&tables, screen);
        return Ok(outcome);
    }
    let (text, language) = query_text(args)?;
    let now = || clock.now();
    let rows: Rows<'_> = &|plan| session.collect(plan);
    let options = options(&now, rows, args.window, &args.names);
    let mut outcome = Outcome::default();
    let bound = one(language::bind(language, &text, &tables, &options)).map_err(anyhow::Error::msg)?;
    screen.diagnostics(&text, &bound.diagnostics);
    match bound.output {
        None => outcome.failed = true,
        Some(output) => {
            let ran = write(&session, &output, args.format);
            bar.finish_and_clear();
            let (rows, only) = match ran {
                Ok(written) => written,
                Err(error) => {
                    let why =
                        error.downcast_ref().map(|error| overrun(&session, &tables, language, &text, &options, error));
                    let diagnostic = why.flatten().map_or_else(|| failed(error), Ok)?;
                    screen.diagnostics(&text, &[diagnostic]);
                    outcome.failed = true;
                    outcome.unread = account::unread(&tables, screen);
                    return Ok(outcome);
                }
            };
            let question = Question { language, text: &text, is_bounded: args.reading.is_bounded() };
            let answer = Answer { rows, only: only.as_ref() };
            let mut account = account::account(&session, &tables, &question, &output, &answer)?;
            if language == Language::Aql && options.mode == Mode::Strict && !account.unseen.is_empty() {
                outcome.failed = true;
                for unseen in &mut account.unseen {
                    unseen.severity = Severity::Error;
                }
            }
            account::say(&account, &text, &clock, screen);
        }
    }
    bar.finish_and_clear();
    outcome.unread = account::unread(&tables, screen);
    Ok(outcome)
}

/// A query is one plan, and its answer one table.
fn one(mut bound: Vec<Bound>) -> Result<Bound, String> {
    match (bound.len(), bound.pop()) {
        (1, Some(bound)) => Ok(bound),
        (0, _) | (_, None) => Err("the text holds no query".into()),
        (count, _) => Err(format!("the text holds {count} rules, and a query is one; `trapline hunt` runs them all")),
    }
}

/// The time that queries take for now: what the user says, else the newest event's, which is looked for only if asked.
pub struct Clock<'a> {
    tables: &'a EvidenceTables,
    given: Option<i64>,
    asked: Mutex<Option<i64>>,
}

impl<'a> Clock<'a> {
    pub fn new(tables: &'a EvidenceTables, given: Option<i64>) -> Self {
        Clock { tables, given, asked: Mutex::new(None) }
    }

    pub fn is_given(&self) -> bool {
        self.given.is_some()
    }

    /// Whether the evidence says what now is.
    pub fn is_of_an_event(&self) -> bool {
        self.tables.source().newest().is_some()
    }

    pub fn now(&self) -> i64 {
        let now = self.given.or_else(|| self.tables.source().newest()).unwrap_or_else(telemetry::clock);
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        now
    }

    /// What was said when somebody asked.
    pub fn said(&self) -> Option<i64> {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn query_text(args: &QueryArgs) -> Result<(Text, Language)> {
    let (text, by_ending) = match (&args.query, &args.file) {
        (Some(query), _) => (Text::new("query", query), None),
        (None, Some(path)) => {
            let bytes = std::fs::read(path).with_context(|| Misuse(format!("{} cannot be read", path.display())))?;
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let text = String::from_utf8(bytes).with_context(|| format!("{name} is not UTF-8 text"))?;
            let language = Language::from_file_name(&name);
            (Text::new(name, text.trim_start_matches('\u{feff}')), language)
        }
        (None, None) => {
            let mut text = String::new();
            io::stdin().lock().read_to_string(&mut text).context("standard input cannot be read")?;
            (Text::new("query", text), None)
        }
    };
    let language =
        args.language.map(of_arg).or(by_ending).or_else(|| Language::of_text(text.text())).unwrap_or(Language::Kql);
    Ok((text, language))
}

pub fn of_arg(arg: LanguageArg) -> Language {
    match arg {
        LanguageArg::Kql => Language::Kql,
        LanguageArg::Aql => Language::Aql,
        LanguageArg::Sigma => Language::Sigma,
    }
}

fn options<'a>(now: &'a (dyn Fn() -> i64 + Sync), rows: Rows<'a>, window: WindowArg, names: &NameArgs) -> Options<'a> {
    Options {
        now,
        rows: Some(rows),
        window: match window {
            WindowArg::Auto | WindowArg::All => Window::All,
            WindowArg::AsWritten => Window::AsWritten,
        },
        mode: mode(names),
        origins: false,
        no_limit: false,
        nulls: nulls(names),
        trace: false,
    }
}

pub fn mode(names: &NameArgs) -> Mode {
    match (names.strict, names.lenient) {
        (true, _) => Mode::Strict,
        (false, true) => Mode::Lenient,
        (false, false) => Mode::Helpful,
    }
}

pub fn nulls(names: &NameArgs) -> Nulls {
    match names.aql_null {
        AqlNullArg::TwoValued => Nulls::TwoValued,
        AqlNullArg::ThreeValued => Nulls::ThreeValued,
    }
}

/// What failed while the query ran; what is no fault of the engine stays an error.
fn failed(error: anyhow::Error) -> Result<Diagnostic> {
    match error.downcast::<DataFusionError>() {
        Ok(error) if !screen::is_broken_pipe_of(&error) => Ok(hunt::failed(&error)),
        Ok(error) => Err(error.into()),
        Err(error) => Err(error),
    }
}

/// The visible columns of a plan.
pub fn columns(output: &Output) -> Vec<Column> {
    output.columns.iter().map(|column| Column { name: column.name.clone(), kind: column.kind }).collect()
}

/// Which pattern took too many steps, and over which record: for that the query is bound again, with the origins of its rows.
fn overrun(
    session: &Session,
    tables: &EvidenceTables,
    language: Language,
    text: &Text,
    options: &Options<'_>,
    error: &DataFusionError,
) -> Option<Diagnostic> {
    overrun::reason(error)?;
    let options = Options { origins: true, rows: options.rows, ..*options };
    let output = one(language::bind(language, text, tables, &options)).ok()?.output?;
    overrun::told(session, &tables.source().evidence, &output, error)
}

/// Writes the answer; how many rows it has, and the row where it is one.
fn write(session: &Session, output: &Output, format: QueryFormat) -> Result<(u64, Option<RecordBatch>)> {
    let columns = columns(output);
    let out: Box<dyn Write> = match format {
        // A table escapes its cells itself, and lays them out by what is seen.
        QueryFormat::Table => Box::new(BufWriter::new(io::stdout().lock())),
        QueryFormat::Json | QueryFormat::Ndjson | QueryFormat::Csv => screen::data_output(),
    };
    let mut writer = ResultWriter::new(super::format(format), &columns, out, screen::output_width())?;
    let mut only = None;
    session.run(&output.plan, &mut |batch| {
        writer.write(&batch).map_err(DataFusionError::from)?;
        only = only.take().or_else(|| (batch.num_rows() == 1).then_some(batch));
        Ok(ControlFlow::Continue(()))
    })?;
    let rows = writer.finish()?;
    Ok((rows, only.filter(|_| rows == 1)))
}
