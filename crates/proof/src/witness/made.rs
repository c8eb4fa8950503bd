//! Made events, and what the query does with them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::AsArray;
use catalogue::Language;
use datafusion_common::{DataFusionError, Result};
use engine::{EvidenceTables, Session};
use functions::origin::{self, Origins};
use functions::{Type, ticks};
use hunt::language;
use plan::{Mode, Nulls, Options, Tables, Window};
use serde_json::{Map, Value};
use syntax::{Source, Span};
use telemetry::Evidence;

use super::form::{Asked, Form, Leaf, WITHIN};
use super::solve::{Wanted, product, ways};
use super::value::value;
use crate::events::Events;

/// An event that was made for a query.
#[derive(Debug)]
pub struct Made {
    pub table: String,
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
/// The time of an event, by the names that it has.
const TIMES: [&str; 2] = ["Timestamp", "TimeGenerated"];
const TIME: &str = "2026-01-15T11:30:00Z";

/// An event that the query finds; `None` where none could be made.
pub fn made(source: &Source, asked: &Asked, session: &Session) -> Result<Option<Made>> {
    let all = product(asked.conditions.iter().map(|(_, form)| ways(form, true)));
    // Of several tables the one that has most of what is asked for.
    let mut best: Option<(usize, &String, Columns)> = None;
    for table in std::iter::once(&asked.table).chain(&asked.others) {
        let columns = Columns::of(table)?;
        let missing = asked.conditions.iter().map(|(_, form)| columns.missing(form)).sum();
        if best.as_ref().is_none_or(|(least, ..)| missing < *least) {
            best = Some((missing, table, columns));
        }
    }
    let Some((_, table, columns)) = best else {
        return Ok(None);
    };
    let rows = all.into_iter().filter_map(|way| columns.row(&way).map(|row| (way, row))).take(MOST);
    // What could not be read may ask that columns hold something: the same rows with something in each.
    let rows = rows.flat_map(|(way, row)| {
        let filled = columns.filled(&row, &way);
        [(way.clone(), row), (way, filled)]
    });
    let rows: Vec<(Vec<Wanted<'_>>, Map<String, Value>)> = rows.collect();
    let found = found(source, table, rows.iter().map(|(_, row)| row), session)?;
    let Some((first, (way, event))) = found.first().and_then(|first| Some((first, rows.get(*first)?))) else {
        return Ok(None);
    };
    let is_filled = first % 2 == 1;
    let mut broken: Vec<Broken> = Vec::with_capacity(asked.conditions.len());
    for (span, form) in &asked.conditions {
        if is_read(form) {
            let event = columns.without(way, form).map(|row| if is_filled { columns.filled(&row, way) } else { row });
            broken.push(Broken { condition: *span, event, is_removed: false });
        }
    }
    let made: Vec<usize> =
        (0..broken.len()).filter(|place| broken.get(*place).is_some_and(|one| one.event.is_some())).collect();
    let events = broken.iter().filter_map(|one| one.event.as_ref());
    let still: BTreeSet<usize> = self::found(source, table, events, session)?.into_iter().collect();
    for (number, place) in made.into_iter().enumerate() {
        if let Some(one) = broken.get_mut(place) {
            one.is_removed = !still.contains(&number);
        }
    }
    Ok(Some(Made { table: table.clone(), event: event.clone(), broken }))
}

/// Whether anything of a condition could be read.
fn is_read(form: &Form) -> bool {
    match form {
        Form::All(parts) | Form::Any(parts) => parts.iter().any(is_read),
        Form::Not(inner) => is_read(inner),
        Form::Leaf(_) => true,
        Form::Unread => false,
    }
}

/// The columns of the table that events are made for.
struct Columns {
    kinds: BTreeMap<String, Type>,
}

impl Columns {
    fn of(table: &str) -> Result<Self> {
        let evidence = Evidence::discover(&[]).map_err(|error| DataFusionError::External(Box::new(error)))?;
        let tables = EvidenceTables::new(Arc::new(engine::Source::new(evidence, Default::default(), 0)));
        let columns = tables.table(table, &[]).map(|table| table.columns).unwrap_or_default();
        Ok(Columns { kinds: columns.into_iter().map(|column| (column.name, column.kind)).collect() })
    }

    /// How many columns a form asks for that the table does not have.
    fn missing(&self, form: &Form) -> usize {
        match form {
            Form::All(parts) | Form::Any(parts) => parts.iter().map(|part| self.missing(part)).sum(),
            Form::Not(inner) => self.missing(inner),
            Form::Leaf(leaf) => {
                let name = leaf.column.split(WITHIN).next().unwrap_or_default();
                usize::from(!self.kinds.contains_key(name))
            }
            Form::Unread => 0,
        }
    }

    /// The event of a way but for one condition, which is not met. Where the others leave no room, those that speak of the same
    /// columns go with it.
    fn without(&self, way: &[Wanted<'_>], form: &Form) -> Option<Map<String, Value>> {
        let own: BTreeSet<*const Leaf> = leaves(form).into_iter().collect();
        let others: Vec<Wanted<'_>> =
            way.iter().filter(|(leaf, _)| !own.contains(&std::ptr::from_ref(*leaf))).copied().collect();
        let turned = ways(form, false);
        let with = |not: &Vec<Wanted<'_>>| self.row(&others.iter().chain(not).copied().collect::<Vec<_>>());
        turned.iter().take(MOST).find_map(with).or_else(|| {
            turned.iter().take(MOST).find_map(|not| {
                let columns: BTreeSet<&str> = not.iter().map(|(leaf, _)| leaf.column.as_str()).collect();
                let rest = others.iter().filter(|(leaf, _)| !columns.contains(leaf.column.as_str()));
                self.row(&rest.chain(not).copied().collect::<Vec<_>>())
            })
        })
    }

    /// The row that meets all of these; `None` where a column would have to be two things.
    fn row(&self, way: &[Wanted<'_>]) -> Option<Map<String, Value>> {
        let mut of_column: BTreeMap<&str, Vec<Wanted<'_>>> = BTreeMap::new();
        for wanted in way {
            of_column.entry(wanted.0.column.as_str()).or_default().push(*wanted);
        }
        let mut row = Value::Object(Map::new());
        for time in TIMES {
            put(&mut row, time, Value::String(TIME.to_owned()));
        }
        for (column, wanted) in of_column {
            let value = value(&wanted, self.kinds.get(column).copied())?;
            let names = [column].into_iter().chain(TIMES.into_iter().filter(|_| TIMES.contains(&column)));
            for name in names.filter(|_| !value.is_null()) {
                put(&mut row, name, value.clone());
            }
        }
        match row {
            Value::Object(row) => Some(row),
            _ => None,
        }
    }

    /// With something in every column that a way says nothing of.
    fn filled(&self, row: &Map<String, Value>, way: &[Wanted<'_>]) -> Map<String, Value> {
        let mut filled = row.clone();
        let is_asked = |name: &str| way.iter().any(|(leaf, _)| leaf.column.split(WITHIN).next() == Some(name));
        for (name, kind) in self.kinds.iter().filter(|(name, _)| !row.contains_key(*name) && !is_asked(name)) {
            let usual = || USUAL.iter().find(|(end, _)| name.ends_with(end)).map_or("x", |(_, text)| *text);
            let value = match kind {
                Type::Bool => Value::Bool(true),
                Type::Int | Type::Long | Type::Real | Type::Decimal => Value::Number(7.into()),
                Type::Datetime => Value::String(TIME.to_owned()),
                Type::Dynamic => Value::Object(Map::new()),
                _ => Value::String(usual().to_owned()),
            };
            filled.insert(name.clone(), value);
        }
        filled
    }
}

/// What columns whose names end so hold.
const USUAL: [(&str, &str); 8] = [
    ("IP", "203.0.113.7"),
    ("Url", "https://www.example.com/path/file.exe?query=1#part"),
    ("FileName", "program.exe"),
    ("FolderPath", r"C:\Users\user\Downloads\program.exe"),
    ("CommandLine", r"program.exe 203.0.113.7 https://www.example.com/ QQBBAEIAQwBEAEUARgBHAEgASQBKAA=="),
    ("SHA1", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ("SHA256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("Address", "person@example.com"),
];

/// Puts a value at a path: names, and places of arrays as `[1]`.
fn put(into: &mut Value, path: &str, value: Value) {
    let mut place = into;
    for name in path.split(WITHIN) {
        let index = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).and_then(|index| index.parse().ok());
        place = match index {
            Some(index) if index < MOST_ITEMS => {
                if !place.is_array() {
                    *place = Value::Array(Vec::new());
                }
                let Value::Array(items) = place else {
                    return;
                };
                while items.len() <= index {
                    items.push(Value::Null);
                }
                let Some(item) = items.get_mut(index) else {
                    return;
                };
                item
            }
            _ => {
                if !place.is_object() {
                    *place = Value::Object(Map::new());
                }
                let Value::Object(members) = place else {
                    return;
                };
                members.entry(name).or_insert(Value::Null)
            }
        };
    }
    *place = value;
}

/// Items that an array of a made event has at most.
const MOST_ITEMS: usize = 100;

fn leaves(form: &Form) -> Vec<*const Leaf> {
    match form {
        Form::All(parts) | Form::Any(parts) => parts.iter().flat_map(leaves).collect(),
        Form::Not(inner) => leaves(inner),
        Form::Leaf(leaf) => vec![std::ptr::from_ref(leaf)],
        Form::Unread => Vec::new(),
    }
}

/// Which of these rows the query finds, by their numbers.
fn found<'r>(
    source: &Source,
    table: &str,
    rows: impl Iterator<Item = &'r Map<String, Value>>,
    session: &Session,
) -> Result<Vec<usize>> {
    let lines: Vec<String> = rows.map(|row| Value::Object(row.clone()).to_string()).collect();
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!("{}\n", lines.join("\n"));
    let events = Events::of_table("made.ndjson", &text, Some(table))
        .map_err(|error| DataFusionError::External(Box::new(error)))?;
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
