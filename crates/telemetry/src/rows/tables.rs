//! Tables: rows exported from one, as events of a channel of their own.

use std::collections::HashMap;
use std::sync::Arc;

use functions::{Type, ticks};

use super::cells::Cells;
use super::typed::{Fit, Misfit, fit};
use super::{By, guess, nested, sentinel};
use crate::catalog::{Catalog, ColumnDef, TableDef, actions};
use crate::event::System;
use crate::logs::Logs;
use crate::row::Row;
use crate::row::shipped::Whose;
use crate::text::Kind;

/// Columns that hold the time of a row, in the order in which they are believed.
pub const TIMES: [&str; 6] = ["Timestamp", "TimeGenerated", "EventStartTime", "devicetime", "starttime", "time"];
/// Columns that hold its host.
pub const HOSTS: [&str; 5] = ["DeviceName", "Computer", "DvcHostname", "Hostname", "host.name"];
/// Columns whose values say of which table a row is.
pub const TELLING: [&str; 2] = ["Type", ACTION];
/// The column that says what was done, and the tables of which Defender has one for each kind of it.
pub const ACTION: &str = "ActionType";
const DEVICES: [&str; 7] = [
    OTHERS,
    "DeviceFileEvents",
    "DeviceImageLoadEvents",
    "DeviceLogonEvents",
    "DeviceNetworkEvents",
    "DeviceProcessEvents",
    "DeviceRegistryEvents",
];
const OTHERS: &str = "DeviceEvents";
/// How many tables that are not known are remembered.
pub const REMEMBERED: usize = 1024;
/// How long the name of a table may be that a row says itself.
pub const LONGEST: usize = 128;

/// The tables that rows were of so far.
#[derive(Debug, Default)]
pub struct Exports {
    known: HashMap<String, Option<Export>>,
    /// What of the last row is no value of its column's type.
    pub misfits: Vec<Misfit>,
}

#[derive(Debug)]
struct Export {
    name: String,
    channel: String,
    /// The names of the column that is its time.
    times: Vec<String>,
    /// Its typed columns by the names that fields may have, in lower case.
    types: HashMap<String, Type>,
    /// The type of each spelling that was met.
    spellings: HashMap<String, Option<Type>>,
    /// Its fields lie in objects, and are named by the way to them.
    is_nested: bool,
}

impl Exports {
    /// Tables that nobody declared.
    pub fn know(&mut self, tables: &[(String, Vec<(String, Type)>)]) {
        for (name, columns) in tables {
            let types = columns.iter().map(|(name, kind)| (name.as_str(), *kind));
            self.known.insert(name.clone(), Some(Export::new(name, Vec::new(), types)));
        }
    }

    pub fn knows(&mut self, name: &str) -> bool {
        self.export(name, false).is_some()
    }

    fn export(&mut self, name: &str, is_bound: bool) -> Option<&mut Export> {
        if name.len() > LONGEST && !is_bound {
            return None;
        }
        if !self.known.contains_key(name) {
            let export = match &table(name) {
                Some(table) => {
                    let columns = table.columns.iter();
                    let types = columns.flat_map(|column| names(column).map(|name| (name.as_str(), column.kind)));
                    let export = Export::new(&table.name, time_names(table), types);
                    Some(Export { is_nested: table.platform == "sigma", ..export })
                }
                None if is_bound => Some(Export::new(name, Vec::new(), std::iter::empty())),
                None => None,
            };
            if self.known.len() > REMEMBERED {
                self.known.clear();
            }
            self.known.insert(name.to_owned(), export);
        }
        self.known.get_mut(name)?.as_mut()
    }

    /// Reads a row of this table.
    pub fn read(&mut self, name: &str, is_bound: bool, cells: &Cells, row: &mut Row) -> Result<(), String> {
        let mut misfits = std::mem::take(&mut self.misfits);
        misfits.clear();
        let Some(export) = self.export(name, is_bound) else {
            return Err(format!("it is a row of {name}, which is not known: bind the file with --data {name}=PATH"));
        };
        row.clear();
        row.set_table(&export.channel);
        let flat;
        let cells = match export.is_nested {
            true => {
                flat = nested::flat(cells);
                &flat
            }
            false => cells,
        };
        // W3C's logs write the day and the time of it in two fields.
        if let (true, Some(day), Some(time)) = (export.is_nested, cells.find("date"), cells.find("time")) {
            row.set(System::Time, &format!("{day} {time}"));
        }
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
            match export.is_nested {
                true => nested::set(name, value, kind, row),
                false => export.set(name, value, kind, row, &mut misfits),
            }
        }
        self.misfits = misfits;
        Ok(())
    }

    /// Looks for what does not fit in a row of this table that was read as an event.
    pub fn check(&mut self, name: &str, cells: &Cells, row: &mut Row) {
        let mut misfits = std::mem::take(&mut self.misfits);
        misfits.clear();
        if let Some(export) = self.export(name, false) {
            for (name, value, _) in cells.iter().filter(|(_, value, kind)| is_filled(value, *kind)) {
                let Some(wanted) = export.type_of(name).filter(|kind| row.wants_data(name) || *kind == Type::Datetime)
                else {
                    continue;
                };
                if fit(value, wanted) == Fit::None {
                    misfits.push(Misfit::new(&export.name, name, wanted, value));
                }
            }
        }
        self.misfits = misfits;
    }
}

impl Export {
    fn new<'n>(name: &str, times: Vec<String>, columns: impl Iterator<Item = (&'n str, Type)>) -> Self {
        let typed = columns.filter(|(_, kind)| !matches!(kind, Type::String | Type::Dynamic));
        Export {
            name: name.to_owned(),
            channel: Logs::table_channel(name),
            times,
            types: typed.map(|(name, kind)| (name.to_ascii_lowercase(), kind)).collect(),
            spellings: HashMap::new(),
            is_nested: false,
        }
    }

    /// Fills the field of a cell; what is no value of its column's type is told, and stays what it is.
    fn set(&mut self, name: &str, value: &str, kind: Kind, row: &mut Row, misfits: &mut Vec<Misfit>) {
        let wanted = if is_filled(value, kind) { self.type_of(name) } else { None };
        // Whatever is asked for, a row's time is looked at.
        let Some(wanted) = wanted.filter(|kind| *kind == Type::Datetime || row.wants_data(name)) else {
            return row.set_data(name, value, kind, Whose::Anyone);
        };
        match fit(value, wanted) {
            Fit::Value => row.set_data(name, value, kind, Whose::Anyone),
            Fit::Spelt(value) => row.set_data(name, &value, kind, Whose::Anyone),
            Fit::None => {
                misfits.push(Misfit::new(&self.name, name, wanted, value));
                // What the language reads in its own way is not what nobody can tell.
                let is_guess = wanted == Type::Datetime && ticks::parse(value).is_some();
                row.set_data(name, value, if is_guess { Kind::Null } else { kind }, Whose::Anyone);
            }
        }
    }

    fn type_of(&mut self, name: &str) -> Option<Type> {
        if let Some(known) = self.spellings.get(name) {
            return *known;
        }
        let kind = self.types.get(&name.to_ascii_lowercase()).copied();
        if self.spellings.len() < REMEMBERED && name.len() <= LONGEST {
            self.spellings.insert(name.to_owned(), kind);
        }
        kind
    }
}

fn is_filled(value: &str, kind: Kind) -> bool {
    kind != Kind::Null && !value.is_empty()
}

fn names(column: &ColumnDef) -> impl Iterator<Item = &String> {
    std::iter::once(&column.name).chain(&column.aliases)
}

fn time_names(table: &TableDef) -> Vec<String> {
    let time = table.time.as_deref();
    let columns = table.columns.iter().filter(|column| time == Some(column.name.as_str()));
    columns.flat_map(names).cloned().collect()
}

/// The table of this name, if rows of it can be exported.
pub fn table(name: &str) -> Option<Arc<TableDef>> {
    Catalog.table(name).ok().flatten().filter(|table| table.has_exports())
}

/// A table of the user's own making, with the columns that it has.
pub type BoundTable = (String, Vec<(String, Type)>);

/// What is known of a table whose rows are the columns of its name.
pub struct Typed {
    pub name: String,
    /// The names of the column that is its time.
    pub times: Vec<String>,
    /// Its typed columns by the names that fields may have, in lower case.
    pub types: Vec<(String, Type)>,
}

/// A table whose rows need no more than their names to be read; `None` where they are events of their own, lie in objects, or
/// nobody knows the table.
pub fn typed(name: &str, by: By, bound: &[BoundTable]) -> Option<Typed> {
    if sentinel::is_of_logs(name) && by != By::Person {
        return None;
    }
    let is_typed = |kind: &Type| !matches!(kind, Type::String | Type::Dynamic);
    if let Some((name, columns)) = bound.iter().find(|(known, _)| known == name) {
        let types = columns.iter().filter(|(_, kind)| is_typed(kind));
        let types = types.map(|(name, kind)| (name.to_ascii_lowercase(), *kind)).collect();
        return Some(Typed { name: name.clone(), times: Vec::new(), types });
    }
    let table = table(name).filter(|table| table.platform != "sigma")?;
    let columns = table.columns.iter().filter(|column| is_typed(&column.kind));
    let types = columns.flat_map(|column| names(column).map(|name| (name.to_ascii_lowercase(), column.kind)));
    Some(Typed { name: table.name.clone(), times: time_names(&table), types: types.collect() })
}

/// Whether rows with such an ActionType are of the table that their neighbours are of.
pub fn stays(action: &str, name: &str, by: By) -> bool {
    if action.is_empty() || !DEVICES.contains(&name) {
        return true;
    }
    match actions::writers(action) {
        [writer] => *writer == name,
        [] => by != By::Columns,
        _ => true,
    }
}

/// The table that a row says it is of.
pub fn named(cells: &Cells) -> Option<&str> {
    let has_time = TIMES.iter().any(|name| cells.has(name));
    cells.get("Type").filter(|name| has_time && !name.is_empty())
}

/// The table that writes such an ActionType, where the table that the row's neighbours are of does not.
pub fn by_action<'t>(cells: &Cells, name: &'t str, by: By) -> &'t str {
    let Some(action) = cells.get(ACTION).filter(|action| !action.is_empty() && DEVICES.contains(&name)) else {
        return name;
    };
    match actions::writers(action) {
        [writer] => writer,
        // What nobody knows goes where Defender puts all that has no table of its own, unless the row has what that lacks.
        [] if by == By::Columns && fits_others(cells) => OTHERS,
        _ => name,
    }
}

fn fits_others(cells: &Cells) -> bool {
    let filled: Vec<&str> =
        cells.iter().filter(|(_, value, kind)| is_filled(value, *kind)).map(|(name, _, _)| name).collect();
    guess::holds_all(OTHERS, &filled)
}
