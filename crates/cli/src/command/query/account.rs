//! The account of a query: why rows may be missing, so that no zero is silent.

use anyhow::Result;
use catalogue::Language;
use engine::{EvidenceTables, Session, bounds, census};
use functions::{Type, ticks};
use plan::{Output, TimeBound};
use render::value::datetime;
use syntax::{Diagnostic, Source as Text};

use super::Clock;
use crate::evidence;
use crate::screen::Screen;

/// Says what now was, which bounds dropped rows, which tables are empty, which fields no event held, and what a limit cut.
pub fn say(
    session: &Session,
    tables: &EvidenceTables,
    (language, text): (Language, &Text),
    output: &Output,
    rows: u64,
    clock: &Clock<'_>,
    screen: &Screen,
) -> Result<()> {
    if let Some(now) = clock.asked.get() {
        let origin = if clock.is_given() { "as given" } else { "the time of the newest event" };
        screen.say(&format!("now is {}, {origin}", datetime(now).unwrap_or_default()));
    }
    for bound in &output.bounds {
        let place = text.position(bound.span.start);
        let written = text.slice(bound.span).split_whitespace().collect::<Vec<_>>().join(" ");
        let written = render::table::cut(&written, 120);
        if bound.lifted {
            screen.say(&format!("the bound '{written}' (line {}) is lifted: all times are searched", place.0));
            continue;
        }
        let excluded = bounds::excluded(session, bound)?;
        if excluded.dropped > 0 {
            screen.warn(&format!(
                "the bound '{written}' (line {}) excluded {} of {} rows of {}; the newest is of {}; --window all lifts it",
                place.0,
                excluded.dropped,
                excluded.reached,
                bound.table,
                newest(bound, excluded.newest)
            ));
        }
    }
    for (limit, span) in &output.limits {
        if rows >= *limit {
            let (line, _) = text.position(span.start);
            screen.warn(&format!("the query's own limit of {limit} (line {line}) may have cut off further rows"));
        }
    }
    say_empty(tables, output, rows, screen);
    screen.diagnostics(text, &unseen(tables, language, output));
    Ok(())
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
    missing.map(|(name, span)| hunt::language::field_without_events(language, *span, name, &known)).collect()
}

/// A zero always has its reason.
fn say_empty(tables: &EvidenceTables, output: &Output, rows: u64, screen: &Screen) {
    let source = tables.source();
    let Some(report) = source.report() else {
        return;
    };
    for name in &output.tables {
        let Some(table) = tables.definition(name) else {
            if rows == 0 {
                screen.say(&format!("0 rows: {name} is declared, but no data is bound to it"));
            }
            continue;
        };
        match census::rows(&table, &report, &source.evidence) {
            0 => screen.warn(&format!("{name} is empty here: no {} in the input", census::needs(&table))),
            count if rows == 0 => {
                screen.say(&format!("0 rows: none of the {count} rows of {name} is what the query asks for"))
            }
            _ => {}
        }
    }
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
    !unread.is_empty()
}
