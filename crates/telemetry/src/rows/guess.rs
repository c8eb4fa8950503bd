//! Guesses: of which table rows are, by the names of their columns and by what they say, and never by chance.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use super::cells::Cells;
use super::tables::{ACTION, LONGEST, REMEMBERED, TIMES, table};
use crate::catalog::{Catalog, TableDef, actions};

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

/// What some records say of their table.
#[derive(Debug, Default)]
pub struct Said {
    pub types: BTreeSet<String>,
    pub actions: BTreeSet<String>,
}

impl Said {
    pub fn add(&mut self, cells: &Cells) {
        for (name, texts) in [("Type", &mut self.types), (ACTION, &mut self.actions)] {
            let text = cells.get(name).filter(|text| !text.is_empty() && text.len() <= LONGEST);
            if let Some(text) = text.filter(|text| texts.len() < REMEMBERED && !texts.contains(*text)) {
                texts.insert(text.to_owned());
            }
        }
    }

    /// The table that all of them name.
    pub fn table(&self) -> Option<Arc<str>> {
        let table = self.types.first().filter(|_| self.types.len() == 1).and_then(|name| table(name))?;
        Some(Arc::from(table.name.as_str()))
    }

    /// Whether a table writes all that is known of what they did.
    fn is_written_by(&self, table: &TableDef) -> bool {
        let mut known =
            self.actions.iter().map(|action| actions::writers(action)).filter(|writers| !writers.is_empty());
        known.all(|writers| writers.contains(&table.name))
    }
}

/// Which table has columns of these names.
#[derive(Debug, PartialEq, Eq)]
pub enum Guess {
    Table(Arc<str>),
    /// Several, as well the one as the other.
    Several(Vec<String>),
    None,
}

/// The table whose columns hold all names, else the most of them; never one of two that fit equally, unless what the records say
/// tells them apart.
pub fn of_names(names: &[&str], said: &Said) -> Guess {
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
        let writers: Vec<_> = best.iter().filter(|table| said.is_written_by(table)).cloned().collect();
        if writers.len() == 1 {
            best = writers;
        }
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
