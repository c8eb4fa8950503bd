//! The account of a query: why rows may be missing, so that no zero is silent.

use std::ops::ControlFlow;

use anyhow::Result;
use catalogue::Language;
use engine::{EvidenceTables, RecordBatch, Session, asked_time, bounds, census, overrun, passage, total};
use functions::{Type, ticks};
use plan::{Cut, Output, TimeBound};
use render::count::{counted, in_the_future, left_out};
use render::value::datetime;
use syntax::{Diagnostic, Severity, Source as Text, Span};

use super::Clock;
use crate::evidence;
use crate::screen::Screen;

/// What an answer must not be read without.
pub struct Account {
    pub remarks: Vec<Remark>,
    /// Raw fields that no event held.
    pub unseen: Vec<Diagnostic>,
    /// How far the context of processes reached.
    processes: Option<String>,
    /// Where it uses now, it is not by a bound that could be lifted.
    reads_now_freely: bool,
}

/// What was asked for.
pub struct Question<'a> {
    pub language: Language,
    pub text: &'a Text,
    /// Only a part of the evidence is to be seen: by time, or by host.
    pub is_bounded: bool,
}

/// How many conditions and inner queries are looked into where no row came out: each is a reading.
const LOOKED_INTO: usize = 4;

/// What came out.
pub struct Answer<'a> {
    pub rows: u64,
    /// The row, where it is one.
    pub only: Option<&'a RecordBatch>,
}

/// That nothing came out, and how that looks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nothing {
    Rows,
    /// A total stands there, of no rows.
    Total,
}

/// One thing about an answer, with the part of the query that it is about.
pub struct Remark {
    pub severity: Severity,
    pub code: &'static str,
    pub message: String,
    pub span: Span,
}

impl Remark {
    fn warning(code: &'static str, span: Span, message: String) -> Self {
        Remark { severity: Severity::Warning, code, message, span }
    }

    fn info(code: &'static str, message: String) -> Self {
        Remark { severity: Severity::Info, code, message, span: Span::at(0) }
    }
}

/// Which bounds dropped rows, which tables are empty, which fields no event held, what a limit cut, and why nothing came out.
pub fn account(
    session: &Session,
    tables: &EvidenceTables,
    question: &Question<'_>,
    output: &Output,
    answer: &Answer<'_>,
) -> Result<Account> {
    let (text, rows) = (question.text, answer.rows);
    let nothing = match answer.only {
        None if rows == 0 => Some(Nothing::Rows),
        // What explains an answer cannot take it away.
        Some(only) if total::is_of_nothing(session, &output.plan, only).unwrap_or_default() => Some(Nothing::Total),
        _ => None,
    };
    // Before the accounts of bounds read again.
    let processes = tables.source().processes().map(|processes| processes.account());
    let mut remarks = Vec::new();
    let (outside, untimed) = tables.source().outside();
    if question.is_bounded && outside > 0 && rows > 0 {
        let message = format!("--from, --to and --host leave out {}", left_out(outside, untimed));
        remarks.push(Remark::info("OUTSIDE", message));
    }
    remarks.extend(census::absent_hosts(tables.source()).map(|absent| Remark::info("HOST", absent)));
    for bound in &output.bounds {
        remarks.extend(of_bound(session, text, bound, output.may_lift)?);
    }
    let cuts = output.cuts(rows);
    remarks.extend(cuts.iter().map(|cut| of_cut(text, *cut)));
    let is_cut_within = cuts.iter().any(|cut| cut.is_inner);
    let reasons = || {
        let inner = nothing.and_then(|_| of_inner(session, text, output));
        let is_inner =
            |span: Span| output.inner.iter().any(|inner| inner.span.start <= span.start && span.end <= inner.span.end);
        // That of an inner query does not explain what the query around it does not let pass.
        let conditions = [true, false].into_iter().filter_map(|within| {
            nothing.and_then(|_| of_conditions(session, text, output, |span| is_inner(span) == within))
        });
        inner.into_iter().chain(conditions).collect::<Vec<Remark>>()
    };
    // It reads what the query did not, so that it is not said that nothing was read.
    let early = tables.source().report().is_none().then(reasons);
    remarks.extend(of_tables(tables, output, nothing, is_cut_within, question.is_bounded));
    remarks.extend(early.unwrap_or_else(reasons));
    if nothing.is_some() && output.bounds.iter().all(|bound| bound.lifted) {
        remarks.extend(of_times(session, output).unwrap_or_default());
    }
    let reads_now_freely = output.bounds.is_empty() && !output.tables.is_empty();
    Ok(Account { remarks, unseen: unseen(tables, question.language, output), processes, reads_now_freely })
}

/// Says what now was, and the account.
pub fn say(account: &Account, text: &Text, clock: &Clock<'_>, screen: &Screen) {
    if let Some(now) = clock.said() {
        let origin = match (clock.is_given(), clock.is_of_an_event()) {
            (true, _) => "as given",
            (false, true) => "the time of the newest event",
            (false, false) => "the machine's clock, for no event has a time before it",
        };
        screen.say(&format!("now is {}, {origin}", datetime(now).unwrap_or_default()));
        if account.reads_now_freely {
            screen.say("the query uses now other than as a bound on its table's time: that holds as written");
        }
    }
    if let Some(processes) = account.processes.as_ref().filter(|said| !said.is_empty()) {
        screen.say(processes);
    }
    for remark in &account.remarks {
        match remark.severity {
            Severity::Info => screen.say(&render::escape::lines(&remark.message)),
            Severity::Warning | Severity::Error => screen.warn(&remark.message),
        }
    }
    screen.diagnostics(text, &account.unseen);
}

fn of_bound(session: &Session, text: &Text, bound: &TimeBound, may_lift: bool) -> Result<Option<Remark>> {
    let (line, _) = text.position(bound.span.start);
    let written = text.slice(bound.span).split_whitespace().collect::<Vec<_>>().join(" ");
    let written = render::table::cut(&written, 120);
    if bound.lifted {
        let message = format!("the bound '{written}' (line {line}) is lifted: all times are searched");
        return Ok(Some(Remark { span: bound.span, ..Remark::info("LIFTED", message) }));
    }
    let excluded = match bounds::excluded(session, bound) {
        Ok(excluded) => excluded,
        // The answer is there; its account takes the steps of patterns once more.
        Err(error) => match overrun::reason(&error) {
            Some(why) => {
                let message = format!("what the bound '{written}' (line {line}) excluded is not known: {why}");
                return Ok(Some(Remark::warning("BOUND", bound.span, message)));
            }
            None => return Err(error.into()),
        },
    };
    let remedy =
        if may_lift { "--window all lifts it" } else { "it holds, for the query looks at several rows at once" };
    let message = || {
        format!(
            "the bound '{written}' (line {line}) excluded {} of {} rows of {}; the newest is of {}; {remedy}",
            excluded.dropped,
            excluded.reached,
            bound.table,
            newest(bound, excluded.newest)
        )
    };
    Ok((excluded.dropped > 0).then(|| Remark::warning("BOUND", bound.span, message())))
}

/// The condition that let no row pass. What the engine cannot count by itself, such as a condition with a query in it, stays unsaid.
fn of_conditions(session: &Session, text: &Text, output: &Output, is_meant: impl Fn(Span) -> bool) -> Option<Remark> {
    let meant = output.conditions.iter().filter(|condition| condition.parts.iter().all(|(span, _)| is_meant(*span)));
    meant.take(LOOKED_INTO).find_map(|condition| {
        let stop = passage::stop(session, condition).ok()??;
        let (span, _) = condition.parts.get(stop.part)?;
        let written = text.slice(*span).split_whitespace().collect::<Vec<_>>().join(" ");
        let (written, (line, _)) = (render::table::cut(&written, 120), text.position(span.start));
        let message = match stop.reached {
            1 => format!("the one row that comes to the condition '{written}' (line {line}) does not pass it"),
            rows => format!("none of the {rows} rows that come to the condition '{written}' (line {line}) pass it"),
        };
        Some(Remark { span: *span, ..Remark::info("ZERO", message) })
    })
}

/// The inner query that gave no value to compare with. What cannot be run once more stays unsaid.
fn of_inner(session: &Session, text: &Text, output: &Output) -> Option<Remark> {
    output.inner.iter().take(LOOKED_INTO).find_map(|inner| {
        let is_empty = passage::is_empty(session, &inner.plan).ok()?;
        let (line, _) = text.position(inner.span.start);
        let message = || format!("the inner query of IN (line {line}) gives no value");
        is_empty.then(|| Remark { span: inner.span, ..Remark::info("ZERO", message()) })
    })
}

/// Times that the query asks for and no row of the table has.
fn of_times(session: &Session, output: &Output) -> Result<Vec<Remark>> {
    let mut remarks = Vec::new();
    for asked in asked_time::of_plan(session, &output.plan)? {
        session.run(&asked.plan, &mut |batch| {
            asked.see(&batch);
            Ok(ControlFlow::Continue(()))
        })?;
        let told = asked.told(|rows| counted(rows, "row", "rows"), datetime);
        remarks.extend(told.map(|told| Remark::warning("BOUND", Span::at(0), told)));
    }
    Ok(remarks)
}

fn of_cut(text: &Text, cut: Cut) -> Remark {
    let (line, _) = text.position(cut.span.start);
    let message = if cut.is_inner {
        format!(
            "the query's own limit of {} (line {line}) may have cut off rows before what follows it could see them",
            cut.rows
        )
    } else {
        format!("the query's own limit of {} (line {line}) may have cut off further rows", cut.rows)
    };
    Remark::warning("LIMIT", cut.span, message)
}

/// A zero always has its reason, and an empty table is told.
fn of_tables(
    tables: &EvidenceTables,
    output: &Output,
    nothing: Option<Nothing>,
    is_cut_within: bool,
    is_bounded: bool,
) -> Vec<Remark> {
    let source = tables.source();
    let report = source.report();
    let zero = |why: String| {
        let what = match nothing? {
            Nothing::Rows => "0 rows",
            Nothing::Total => "a total of 0 rows",
        };
        Some(Remark::info("ZERO", format!("{what}: {why}")))
    };
    let whole = if output.tables.is_empty() {
        zero("the query reads no table of the evidence, and what else it reads gives none".into())
    } else if is_cut_within {
        zero("none that the query's own limit let through is what the query asks for; no other was looked at".into())
    } else if report.is_none() && output.tables.iter().any(|name| may_have_rows(tables, name)) {
        zero("the evidence was not read to its end, for no event could have given a row".into())
    } else {
        None
    };
    let of_table = |name: &String| {
        let Some(table) = tables.definition(name) else {
            return zero(format!("{name} is declared, but no data is bound to it"));
        };
        if table.branches.is_empty() {
            return Some(Remark::warning("EMPTY", Span::at(0), without_rows(name)));
        }
        let (outside, untimed) = source.outside();
        match census::rows(&table, report.as_ref()?, source) {
            0 if is_bounded && outside > 0 => zero(format!(
                "no row of {name} lies within --from, --to and --host, which leave out {}",
                left_out(outside, untimed)
            )),
            0 => {
                let why = match table.is_filled {
                    true => format!("{name} is empty here: no {} in the input", census::needs(&table)),
                    false => without_rows(name),
                };
                Some(Remark::warning("EMPTY", Span::at(0), why))
            }
            _ if is_cut_within => None,
            1 => zero(format!("the one row of {name} is not what the query asks for")),
            count => zero(format!("none of the {count} rows of {name} is what the query asks for")),
        }
    };
    whole.into_iter().chain(output.tables.iter().filter_map(of_table)).collect()
}

/// Whether the evidence is read for this table.
fn may_have_rows(tables: &EvidenceTables, name: &str) -> bool {
    tables.definition(name).is_some_and(|table| !table.branches.is_empty())
}

fn without_rows(name: &str) -> String {
    format!(
        "{name} is known by its schema; nothing in this evidence fills it; rows come from an export of it, or bind one with --data {name}=PATH"
    )
}

/// Raw fields of the query that no event held: mistyped, or not in this evidence.
fn unseen(tables: &EvidenceTables, language: Language, output: &Output) -> Vec<Diagnostic> {
    let source = tables.source();
    let definitions = output.tables.iter().filter_map(|name| tables.definition(name));
    let known = definitions.flat_map(|table| table.columns.clone()).flat_map(|column| {
        let mut names = column.aliases;
        names.push(column.name);
        names
    });
    let known: Vec<String> = known.collect();
    let missing = output.raw_fields.iter().filter(|(name, _)| source.has_field(name) == Some(false));
    let told = missing.map(|(name, span)| {
        let is_kept = output.holds_without.contains(name);
        hunt::language::field_without_events(language, *span, name, is_kept, &known)
    });
    told.collect()
}

/// The newest value of the bounded column: a datetime, or QRadar's milliseconds.
pub fn newest(bound: &TimeBound, value: Option<i64>) -> String {
    let of_kind = |value| if bound.kind == Type::Datetime { Some(value) } else { ticks::from_unix_millis(value) };
    let ticks = value.and_then(of_kind);
    ticks.and_then(datetime).unwrap_or_else(|| "no time".into())
}

/// Names the evidence that could not be read; true where there is any.
pub fn unread(tables: &EvidenceTables, screen: &Screen) -> bool {
    let source = tables.source();
    let report = source.report().unwrap_or_default();
    let (unread, ignored) = evidence::unread(source, &report);
    for (file, why) in &unread {
        screen.warn(&format!("{}: {}", render::escape::one_line(file), render::escape::one_line(why)));
    }
    for (file, why) in &ignored {
        screen.say(&format!("{}: {}, ignored", render::escape::one_line(file), render::escape::one_line(why)));
    }
    if let Some(cost) = report.beyond_limits(source.evidence.files.iter().map(|file| file.name.as_str())) {
        let cost = render::escape::one_line(&cost);
        screen.warn(&cost);
    }
    if report.future > 0 {
        screen.warn(&in_the_future(report.future));
    }
    !unread.is_empty()
}
