//! Made events, and what the query does with them.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::AsArray;
use catalogue::Language;
use datafusion_common::Result;
use engine::Session;
use functions::origin::{self, Origins};
use functions::ticks;
use hunt::language;
use plan::{Mode, Nulls, Options, Window};
use serde_json::{Map, Value};
use syntax::{Source, Span};

use super::form::{Asked, Form};
use super::solve::{Wanted, product, ways};
use super::value::value;
use crate::events::Events;

/// An event that was made for a query.
#[derive(Debug)]
pub struct Made {
    pub event: Map<String, Value>,
    /// For each condition the same event but for it; `None` where no such event could be made.
    pub broken: Vec<Broken>,
}

/// An event that one condition refuses.
#[derive(Debug)]
pub struct Broken {
    pub condition: Span,
    pub event: Option<Map<String, Value>>,
    /// The query does not find it.
    pub is_removed: bool,
}

/// Ways to meet all conditions that are tried.
const MOST: usize = 48;
/// Now, for what is made: noon of a day.
const NOW: &str = "2026-01-15T12:00:00Z";
const TIME: &str = "2026-01-15T11:30:00Z";

/// An event that the query finds; `None` where none could be made.
pub fn made(source: &Source, asked: &Asked, session: &Session) -> Result<Option<Made>> {
    let all = product(asked.conditions.iter().map(|(_, form)| ways(form, true)));
    let rows: Vec<(Vec<Wanted<'_>>, Map<String, Value>)> =
        all.into_iter().filter_map(|way| row(&way).map(|row| (way, row))).take(MOST).collect();
    let found = found(source, asked, rows.iter().map(|(_, row)| row), session)?;
    let Some((way, event)) = found.first().and_then(|first| rows.get(*first)) else {
        return Ok(None);
    };
    let mut broken: Vec<Broken> = Vec::with_capacity(asked.conditions.len());
    for (span, form) in &asked.conditions {
        if is_read(form) {
            let event = without(way, form);
            broken.push(Broken { condition: *span, event, is_removed: false });
        }
    }
    let made: Vec<usize> =
        (0..broken.len()).filter(|place| broken.get(*place).is_some_and(|one| one.event.is_some())).collect();
    let events = broken.iter().filter_map(|one| one.event.as_ref());
    let still: BTreeSet<usize> = self::found(source, asked, events, session)?.into_iter().collect();
    for (number, place) in made.into_iter().enumerate() {
        if let Some(one) = broken.get_mut(place) {
            one.is_removed = !still.contains(&number);
        }
    }
    Ok(Some(Made { event: event.clone(), broken }))
}

/// Whether anything of a condition could be read.
fn is_read(form: &Form) -> bool {
    match form {
        Form::All(parts) | Form::Any(parts) => parts.iter().all(is_read) && !parts.is_empty(),
        Form::Not(inner) => is_read(inner),
        Form::Leaf(_) => true,
        Form::Unread => false,
    }
}

/// The event of a way but for one condition, which is not met. Where the others leave no room, those that speak of the same columns go
/// with it.
fn without(way: &[Wanted<'_>], form: &Form) -> Option<Map<String, Value>> {
    let own: BTreeSet<*const super::form::Leaf> = leaves(form).into_iter().collect();
    let others: Vec<Wanted<'_>> =
        way.iter().filter(|(leaf, _)| !own.contains(&std::ptr::from_ref(*leaf))).copied().collect();
    let turned = ways(form, false);
    let whole = turned.iter().take(MOST).find_map(|not| row(&others.iter().chain(not).copied().collect::<Vec<_>>()));
    whole.or_else(|| {
        turned.iter().take(MOST).find_map(|not| {
            let columns: BTreeSet<&str> = not.iter().map(|(leaf, _)| leaf.column.as_str()).collect();
            let rest = others.iter().filter(|(leaf, _)| !columns.contains(leaf.column.as_str()));
            row(&rest.chain(not).copied().collect::<Vec<_>>())
        })
    })
}

fn leaves(form: &Form) -> Vec<*const super::form::Leaf> {
    match form {
        Form::All(parts) | Form::Any(parts) => parts.iter().flat_map(leaves).collect(),
        Form::Not(inner) => leaves(inner),
        Form::Leaf(leaf) => vec![std::ptr::from_ref(leaf)],
        Form::Unread => Vec::new(),
    }
}

/// The row that meets all of these; `None` where a column would have to be two things.
fn row(way: &[Wanted<'_>]) -> Option<Map<String, Value>> {
    let mut of_column: BTreeMap<&str, Vec<Wanted<'_>>> = BTreeMap::new();
    for wanted in way {
        of_column.entry(wanted.0.column.as_str()).or_default().push(*wanted);
    }
    let mut row = Map::new();
    for time in ["Timestamp", "TimeGenerated"] {
        row.insert(time.to_owned(), Value::String(TIME.to_owned()));
    }
    for (column, wanted) in of_column {
        let value = value(&wanted)?;
        if value.is_null() {
            continue;
        }
        let mut path = column.split('.').peekable();
        let mut object = &mut row;
        while let Some(name) = path.next() {
            if path.peek().is_none() {
                object.insert(name.to_owned(), value);
                break;
            }
            let inner = object.entry(name).or_insert_with(|| Value::Object(Map::new()));
            if !inner.is_object() {
                *inner = Value::Object(Map::new());
            }
            object = inner.as_object_mut()?;
        }
    }
    Some(row)
}

/// Which of these rows the query finds, by their numbers.
fn found<'r>(
    source: &Source,
    asked: &Asked,
    rows: impl Iterator<Item = &'r Map<String, Value>>,
    session: &Session,
) -> Result<Vec<usize>> {
    let lines: Vec<String> = rows.map(|row| Value::Object(row.clone()).to_string()).collect();
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!("{}\n", lines.join("\n"));
    let events = Events::of_table("made.ndjson", &text, Some(&asked.table))
        .map_err(|error| datafusion_common::DataFusionError::External(Box::new(error)))?;
    let now = || ticks::parse(NOW).unwrap_or_default();
    let options = Options {
        now: &now,
        rows: None,
        window: Window::All,
        mode: Mode::Helpful,
        origins: true,
        no_limit: true,
        nulls: Nulls::TwoValued,
        trace: false,
    };
    let bound = language::bind(Language::Kql, source, &events.tables, &options).pop();
    let Some(output) = bound.and_then(|bound| bound.output) else {
        return Ok(Vec::new());
    };
    let mut found = BTreeSet::new();
    for batch in session.collect(&output.plan)? {
        let cells = batch.column_by_name(origin::COLUMN).and_then(|column| column.as_binary_opt::<i32>());
        for cell in cells.into_iter().flatten().flatten() {
            let lines = Origins::from_cell(cell).kept.into_iter().map(|one| telemetry::event::line_of(one.ordinal));
            found.extend(lines.filter_map(|line| usize::try_from(line - 1).ok()));
        }
    }
    Ok(found.into_iter().collect())
}
