//! Tables: rows exported from one, as events of a channel of their own, and which table a row's names are of.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use super::cells::Cells;
use crate::catalog::{Catalog, TableDef};
use crate::event::System;
use crate::logs::Logs;
use crate::row::Row;

/// Columns that hold the time of a row, in the order in which they are believed.
const TIMES: [&str; 6] = ["Timestamp", "TimeGenerated", "EventStartTime", "devicetime", "starttime", "time"];
/// Columns that hold its host.
const HOSTS: [&str; 4] = ["DeviceName", "Computer", "DvcHostname", "Hostname"];
/// Columns that Log Analytics adds to a table, or an export leaves out.
const ADDED: [&str; 12] = [
    "TenantId",
    "Type",
    "SourceSystem",
    "TimeGenerated",
    "MG",
    "ManagementGroupName",
    "MachineGroup",
    "_ResourceId",
    "_SubscriptionId",
    "_BilledSize",
    "_IsBillable",
    "_ItemId",
];
/// How many columns a projection must keep so that its table can be known.
const LEAST: usize = 4;
/// How many tables that are not known are remembered.
const REMEMBERED: usize = 1024;
/// How long the name of a table may be that a row says itself.
const LONGEST: usize = 128;

/// The tables that rows were of so far.
#[derive(Debug, Default)]
pub struct Exports {
    known: HashMap<String, Option<Arc<Export>>>,
}

#[derive(Debug)]
struct Export {
    channel: String,
    /// The names of the column that is its time.
    times: Vec<String>,
}

impl Exports {
    pub fn knows(&mut self, name: &str) -> bool {
        self.export(name, false).is_some()
    }

    fn export(&mut self, name: &str, is_bound: bool) -> Option<Arc<Export>> {
        if name.len() > LONGEST && !is_bound {
            return None;
        }
        if let Some(known) = self.known.get(name) {
            return known.clone();
        }
        let table = table(name);
        let export = match &table {
            None if !is_bound => None,
            table => Some(Arc::new(Export {
                channel: Logs::table_channel(table.as_ref().map_or(name, |table| &table.name)),
                times: table.as_ref().map_or_else(Vec::new, |table| time_names(table)),
            })),
        };
        if self.known.len() > REMEMBERED {
            self.known.clear();
        }
        self.known.insert(name.to_owned(), export.clone());
        export
    }

    /// Reads a row of this table.
    pub fn read(&mut self, name: &str, is_bound: bool, cells: &Cells, row: &mut Row) -> Result<(), String> {
        let Some(export) = self.export(name, is_bound) else {
            return Err(format!("it is a row of {name}, which is not known: bind the file with --data {name}=PATH"));
        };
        row.clear();
        row.set_table(&export.channel);
        // The first that is a time is the row's.
        for name in export.times.iter().map(String::as_str).chain(TIMES) {
            if let Some(time) = cells.find(name) {
                row.set(System::Time, time);
            }
        }
        if let Some(host) = HOSTS.iter().filter_map(|name| cells.find(name)).find(|host| !host.is_empty()) {
            row.set(System::Computer, host);
        }
        for (name, value, kind) in cells.iter() {
            row.set_data(name, value, kind);
        }
        Ok(())
    }
}

fn time_names(table: &TableDef) -> Vec<String> {
    let time = table.time.as_deref();
    let columns = table.columns.iter().filter(|column| time == Some(column.name.as_str()));
    columns.flat_map(|column| std::iter::once(&column.name).chain(&column.aliases)).cloned().collect()
}

/// The table of this name, if rows of it can be exported.
pub fn table(name: &str) -> Option<Arc<TableDef>> {
    Catalog.table(name).ok().flatten().filter(|table| table.has_exports())
}

/// The table that a row says it is of.
pub fn named(cells: &Cells) -> Option<&str> {
    let has_time = TIMES.iter().any(|name| cells.has(name));
    cells.get("Type").filter(|name| has_time && !name.is_empty())
}

/// Which table has columns of these names.
#[derive(Debug, PartialEq, Eq)]
pub enum Guess {
    Table(Arc<str>),
    /// Several, as well the one as the other.
    Several(Vec<String>),
    None,
}

/// The table whose columns hold all names, else the most of them; never one of two that fit equally.
pub fn of_names(names: &[&str]) -> Guess {
    let mut best: Vec<Arc<TableDef>> = Vec::new();
    let mut most = 0;
    // Whoever exports a table has its time in it.
    if names.len() < LEAST || !names.iter().any(|name| TIMES.iter().any(|time| time.eq_ignore_ascii_case(name))) {
        return Guess::None;
    }
    for table in exportable() {
        let has_time = names.iter().any(|name| is_time(table, name));
        let held = names.iter().filter(|name| table.column(name).is_some()).count();
        if !has_time || held < LEAST || held < most || 2 * held < names.len() {
            continue;
        }
        if held > most {
            best.clear();
            most = held;
        }
        best.push(table.clone());
    }
    if best.len() > 1 {
        // A whole row is told from a projection of another table's by what it leaves out.
        let is_whole = |table: &&Arc<TableDef>| {
            let mut columns = table.columns.iter().filter(|column| !ADDED.contains(&column.name.as_str()));
            columns.all(|column| names.iter().any(|name| table.column(name).is_some_and(|(_, found)| found == column)))
        };
        let whole: Vec<_> = best.iter().filter(is_whole).cloned().collect();
        if whole.len() == 1 {
            best = whole;
        }
    }
    match best.as_slice() {
        [] => Guess::None,
        [table] => Guess::Table(Arc::from(table.name.as_str())),
        several => Guess::Several(several.iter().map(|table| table.name.clone()).collect()),
    }
}

/// Every table whose rows can be exported, those too that are known by their schema alone. They are hundreds, and files that
/// are no log may be many.
fn exportable() -> &'static [Arc<TableDef>] {
    static TABLES: OnceLock<Vec<Arc<TableDef>>> = OnceLock::new();
    TABLES.get_or_init(|| {
        let filled = Catalog.names().unwrap_or_default().into_iter().map(|(_, name)| name);
        let filled = filled.filter(|name| !name.starts_with("sigma:"));
        filled.chain(Catalog.known_by_schema().map(str::to_owned)).filter_map(|name| table(&name)).collect()
    })
}

/// Whether a table has columns of all these names.
pub fn holds_all(name: &str, names: &[&str]) -> bool {
    let is_held = |table: Arc<TableDef>| names.iter().all(|name| ADDED.contains(name) || table.column(name).is_some());
    table(name).is_some_and(is_held)
}

/// Whether a file of this name holds rows of the table that it is called after.
pub fn of_file(file: &str, names: &[&str]) -> Option<Arc<str>> {
    let last = file.rsplit(['/', '\\', '!']).next().unwrap_or(file);
    let stem = last.split('.').next().unwrap_or(last);
    let table = table(stem)?;
    let held = names.iter().filter(|name| table.column(name).is_some()).count();
    let fits = 2 * held >= names.len() && names.iter().any(|name| is_time(&table, name));
    fits.then(|| Arc::from(table.name.as_str()))
}

fn is_time(table: &TableDef, name: &str) -> bool {
    let is_of_any = TIMES.iter().any(|time| time.eq_ignore_ascii_case(name));
    is_of_any && table.column(name).is_some() || table.time.as_deref() == Some(name)
}
