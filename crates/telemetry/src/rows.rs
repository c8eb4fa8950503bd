//! Rows: records that are no events as Windows writes them, but what another tool made of one, or a row of a SIEM's table.
//!
//! Such a record is first taken as [`Cells`], names with texts, whatever its file's format; its names then say what it is.

pub mod bulk;
pub mod cells;
mod ecs;
mod elastic;
mod evtxecmd;
pub mod guess;
pub mod lowered;
mod message;
mod nested;
mod powershell;
mod sentinel;
mod splunk;
pub mod tables;
pub mod typed;

use std::sync::Arc;

use crate::event::System;
use crate::row::Row;
use crate::shape::read_event;
use crate::text::Kind;
use cells::Cells;
use tables::Exports;
use typed::Misfit;

/// What the records of a file are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rows {
    /// Events, in any of the shapes of [`read_event`].
    Plain,
    /// Each record says itself what it is; one that does not is a row of this table.
    Named(Option<Arc<str>>),
    /// All are rows of this table.
    Table { name: Arc<str>, by: By },
}

/// What says that rows are of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A person.
    Person,
    /// What they stand in, by its name.
    Name,
    /// Their columns, and what other rows say.
    Columns,
}

/// The names of values that stand in lists, with the table's name where it is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub table: Option<String>,
    pub names: Vec<String>,
}

impl Header {
    /// From `[{"name":…,"type":…}]`, as the Log Analytics API describes its columns.
    pub fn of_columns(json: &[u8], table: Option<&str>) -> Option<Header> {
        let columns: Vec<serde_json::Value> = serde_json::from_slice(json).ok()?;
        let name = |column: &serde_json::Value| {
            let name = column.get("name").or_else(|| column.get("ColumnName"))?;
            name.as_str().map(str::to_owned)
        };
        Some(Header { table: table.map(str::to_owned), names: columns.iter().map(name).collect::<Option<_>>()? })
    }
}

/// Reads records into rows, one after another.
#[derive(Debug, Default)]
pub struct RowReader {
    cells: Cells,
    inner: Cells,
    exports: Exports,
    json: String,
    /// The fields of the last event have no names.
    is_nameless: bool,
    /// The last event is of an export without the column that names its log.
    lacks_log: bool,
}

impl RowReader {
    /// Tables of the user's own making, with the columns that they have.
    pub fn know(&mut self, tables: &[(String, Vec<(String, functions::Type)>)]) {
        self.exports.know(tables);
    }

    /// What of the last record is no value of the column that it stands in.
    pub fn misfits(&mut self) -> Vec<Misfit> {
        std::mem::take(&mut self.exports.misfits)
    }

    /// Whether the last record was an event whose fields have no names.
    pub fn is_nameless(&mut self) -> bool {
        std::mem::take(&mut self.is_nameless)
    }

    /// Whether the last record was an event of an export that does not name the logs.
    pub fn lacks_log(&mut self) -> bool {
        std::mem::take(&mut self.lacks_log)
    }

    /// Reads a record that is an object of JSON.
    pub fn record(&mut self, json: &[u8], rows: &Rows, row: &mut Row, scratch: &mut String) -> Result<(), String> {
        if *rows != Rows::Plain {
            self.cells.read_object(json)?;
            if let Some(document) = bulk::document(&self.cells).map(str::to_owned) {
                self.cells.read_object(document.as_bytes())?;
            }
            return self.cells(rows, row, scratch);
        }
        let outcome = read_event(json, row, scratch);
        if outcome.is_ok() && row.event_id() >= 0 {
            return outcome;
        }
        // Not a line of a log, but perhaps one that another tool wrapped.
        let mut cells = std::mem::take(&mut self.cells);
        let is_read = cells.read_object(json).is_ok();
        let named = if is_read { self.named(&cells, row, scratch) } else { None };
        let respelt = lowered::respelt(&cells).filter(|_| is_read && named.is_none());
        self.cells = cells;
        if let Some(respelt) = respelt {
            return self.flat(&respelt, row, scratch);
        }
        match named {
            Some(named) if outcome.is_err() || named.is_ok() => named,
            // What was read in between is gone from the row.
            Some(_) => read_event(json, row, scratch),
            None => outcome,
        }
    }

    /// Reads a record that is a list of values of JSON.
    pub fn values(
        &mut self,
        json: &[u8],
        header: &Header,
        rows: &Rows,
        row: &mut Row,
        scratch: &mut String,
    ) -> Result<(), String> {
        self.cells.read_list(json, &header.names)?;
        if let (Some(table), Rows::Named(_) | Rows::Plain) = (&header.table, rows)
            && self.cells.get("Type").is_none()
            && self.exports.knows(table)
        {
            let rows = Rows::Table { name: Arc::from(table.as_str()), by: By::Name };
            return self.cells(&rows, row, scratch);
        }
        self.cells(rows, row, scratch)
    }

    /// The cells to be filled for [`RowReader::cells`].
    pub fn emptied(&mut self) -> &mut Cells {
        self.cells.clear();
        &mut self.cells
    }

    /// Reads a record that was taken as cells.
    pub fn cells(&mut self, rows: &Rows, row: &mut Row, scratch: &mut String) -> Result<(), String> {
        let cells = std::mem::take(&mut self.cells);
        let outcome = match rows {
            Rows::Table { name, by: By::Person } => self.of_table(&cells, name, true, row, scratch),
            Rows::Table { name, by } => {
                self.of_table(&cells, tables::by_action(&cells, name, *by), false, row, scratch)
            }
            Rows::Plain | Rows::Named(_) if is_shaped(&cells) && self.flat(&cells, row, scratch).is_ok() => Ok(()),
            Rows::Plain | Rows::Named(_) => match (self.named(&cells, row, scratch), rows) {
                (Some(outcome), _) => outcome,
                (None, Rows::Named(Some(name))) => self.of_table(&cells, name, false, row, scratch),
                (None, _) => self.flat(&cells, row, scratch),
            },
        };
        self.cells = cells;
        outcome
    }

    /// Reads a record whose names say what it is; `None` where they do not.
    fn named(&mut self, cells: &Cells, row: &mut Row, scratch: &mut String) -> Option<Result<(), String>> {
        let fields = elastic::fields(cells);
        if let Some(source) = cells.get("_source").filter(|source| source.starts_with('{')) {
            let outcome = self.source(source, row, scratch);
            if outcome.is_ok() || fields.is_none() {
                return Some(outcome);
            }
        }
        if let Some(fields) = fields {
            let mut inner = std::mem::take(&mut self.inner);
            let outcome = elastic::read_fields(fields, &mut inner).and_then(|()| self.document(&inner, row, scratch));
            self.inner = inner;
            return Some(outcome);
        }
        if let Some(document) = bulk::document(cells) {
            return Some(self.source(document, row, scratch));
        }
        if let Some(result) = splunk::result(cells) {
            let mut inner = std::mem::take(&mut self.inner);
            let outcome = inner.read_object(result.as_bytes()).and_then(|()| self.splunk(&inner, row, scratch));
            self.inner = inner;
            return Some(outcome);
        }
        if splunk::is_event(cells) {
            return Some(self.splunk(cells, row, scratch));
        }
        if let Some(name) = cells.get("category").and_then(|category| category.strip_prefix("AdvancedHunting-")) {
            let Some(properties) = cells.get("properties") else {
                return Some(Err("a row of Defender's without its properties".to_owned()));
            };
            let mut inner = std::mem::take(&mut self.inner);
            let read = inner.read_object(properties.as_bytes());
            let outcome = read.and_then(|()| self.of_table(&inner, name, false, row, scratch));
            self.inner = inner;
            return Some(outcome);
        }
        if evtxecmd::is_event(cells) {
            return Some(evtxecmd::read(cells, row, scratch, &mut self.json));
        }
        if powershell::is_event(cells) {
            return Some(powershell::read(cells, row).map(|is_named| self.is_nameless = !is_named));
        }
        if let Some(name) = tables::named(cells) {
            return Some(self.of_table(cells, name, false, row, scratch));
        }
        ecs::is_event(cells).then(|| self.ecs(cells, row, scratch))
    }

    /// A document of ECS: an event of Windows by its number, else of the log source that it says.
    fn ecs(&mut self, cells: &Cells, row: &mut Row, scratch: &mut String) -> Result<(), String> {
        match ecs::read(cells, row) {
            Ok(()) => Ok(()),
            Err(why) => match ecs::log_source(cells) {
                Some(name) => self.of_table(cells, &name, false, row, scratch),
                None => Err(why),
            },
        }
    }

    /// A document of Elasticsearch.
    fn source(&mut self, json: &str, row: &mut Row, scratch: &mut String) -> Result<(), String> {
        let outcome = read_event(json.as_bytes(), row, scratch);
        if outcome.is_ok() && row.event_id() >= 0 {
            return outcome;
        }
        let mut inner = std::mem::take(&mut self.inner);
        let is_ecs = inner.read_object(json.as_bytes()).is_ok() && ecs::is_event(&inner);
        let outcome = if is_ecs { self.ecs(&inner, row, scratch) } else { outcome };
        self.inner = inner;
        outcome
    }

    /// A document of Elasticsearch whose fields were taken apart.
    fn document(&mut self, cells: &Cells, row: &mut Row, scratch: &mut String) -> Result<(), String> {
        let outcome = self.flat(cells, row, scratch);
        if outcome.is_ok() && row.event_id() >= 0 || !ecs::is_event(cells) {
            return outcome;
        }
        self.ecs(cells, row, scratch)
    }

    fn splunk(&mut self, cells: &Cells, row: &mut Row, scratch: &mut String) -> Result<(), String> {
        splunk::read(cells, row, scratch)
    }

    fn of_table(
        &mut self,
        cells: &Cells,
        name: &str,
        is_bound: bool,
        row: &mut Row,
        scratch: &mut String,
    ) -> Result<(), String> {
        // These rows are events, over which every other table stands too.
        if !is_bound && sentinel::is_event(name, cells) {
            sentinel::read(name, cells, row, scratch)?;
            self.lacks_log = sentinel::lacks_log(cells);
            self.exports.check(name, cells, row);
            return Ok(());
        }
        self.exports.read(name, is_bound, cells, row)
    }

    /// An event whose fields stand beside those of its log.
    fn flat(&mut self, cells: &Cells, row: &mut Row, scratch: &mut String) -> Result<(), String> {
        let mut json = std::mem::take(&mut self.json);
        lowered::respelt(cells).as_ref().unwrap_or(cells).write_filled(&mut json);
        let outcome = read_event(json.as_bytes(), row, scratch);
        self.json = json;
        outcome
    }
}

/// Whether the cells are the objects of one of the shapes of [`read_event`], as Parquet keeps them.
fn is_shaped(cells: &Cells) -> bool {
    let is_object = |name: &str| cells.iter().any(|(known, _, kind)| known == name && kind == Kind::Nested);
    SHAPED.iter().any(|name| is_object(name))
}

/// The objects that events of some shapes stand in.
pub const SHAPED: [&str; 2] = ["Event", "winlog"];

/// Whether records of these names say themselves what they are.
pub fn say_themselves(has: impl Fn(&str) -> bool) -> bool {
    let has_all = |names: &[&str]| names.iter().all(|name| has(name));
    // In what a parser of ASIM gives, Type is the table that its rows were made from.
    if has_all(&["EventSchema", "EventVendor"]) {
        return false;
    }
    let combinations: [&[&str]; 14] = [
        &["_source"],
        &["_index", "fields"],
        &["_raw"],
        &["result", "preview"],
        &["result", "offset"],
        &["result", "lastrow"],
        &["category", "properties"],
        &["Type", "TimeGenerated"],
        &["EventId", "Payload", "ChunkNumber"],
        &["EventId", "Payload", "MapDescription"],
        &["Id", "LogName", "ProviderName"],
        &["Id", "LogName", "MachineName"],
        &["@timestamp", "event.code"],
        &["@timestamp", "event.category", "host.os.type"],
    ];
    combinations.iter().any(|names| has_all(names))
}

/// Sets system fields from the cells that hold them; of several names for one the first that is filled counts.
fn set_system(cells: &Cells, fields: &[(&str, System)], row: &mut Row) {
    let mut is_set = [false; System::ALL.len()];
    for (name, field) in fields {
        let Some(is_set) = is_set.get_mut(*field as usize).filter(|is_set| !**is_set) else { continue };
        if let Some(text) = cells.get(name).filter(|text| !text.is_empty()) {
            row.set(*field, text);
            *is_set = true;
        }
    }
}

/// The number of a level that is written as a word.
fn level(text: &str) -> Option<&'static str> {
    let levels: [(&[&str], &str); 6] = [
        (&["logalways"], "0"),
        (&["critical"], "1"),
        (&["error"], "2"),
        (&["warning"], "3"),
        (&["info", "information", "informational"], "4"),
        (&["verbose"], "5"),
    ];
    let lower = text.trim().to_ascii_lowercase();
    levels.iter().find(|(words, _)| words.contains(&lower.as_str())).map(|(_, number)| *number)
}

/// The bits of the keywords that Windows shows as words.
fn keywords(text: &str) -> Option<&'static str> {
    Some(match text.trim().to_ascii_lowercase().as_str() {
        "audit success" => "0x8020000000000000",
        "audit failure" => "0x8010000000000000",
        "classic" => "0x80000000000000",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
