//! The tables of the engine: the catalog's over the evidence, and those that the user declares.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::datatypes::{Field, Schema};
use datafusion::catalog::TableProvider;
use datafusion::catalog::default_table_source::provider_as_source;
use datafusion::datasource::empty::EmptyTable;
use functions::Type;
use plan::property::{self, Property};
use plan::tables::{Parameter, SharedTable, TableColumn};
use plan::{Table, Tables};
use telemetry::{Catalog, TableDef};

use crate::program::origin_field;
use crate::provider::EventTable;
use crate::source::Source;

/// What binders see.
pub struct EvidenceTables {
    source: Arc<Source>,
    catalog: Catalog,
    declared: HashMap<String, Vec<(String, Type)>>,
    /// Tables that are the rows of files, which the user bound to them.
    bound: HashMap<String, Arc<TableDef>>,
    /// The files of watchlists and of what queries read from elsewhere.
    lists: HashMap<String, PathBuf>,
    /// The user's own properties, by the [`property::key`] of their names.
    properties: HashMap<String, Property>,
    known: Mutex<HashMap<String, Option<Arc<TableDef>>>>,
    /// Tables that rules share.
    shared: Mutex<HashMap<Asked, Arc<SharedTable>>>,
}

/// A table's name, and the raw fields that are asked of it.
type Asked = (String, Vec<String>);

impl EvidenceTables {
    pub fn new(source: Arc<Source>) -> Self {
        let table =
            |(name, columns): &(String, _)| (name.clone(), Arc::new(TableDef::of_rows(name, Clone::clone(columns))));
        let bound = source.evidence.bound.iter().map(table).collect();
        let (declared, lists, properties) = (HashMap::new(), HashMap::new(), HashMap::new());
        let (known, shared) = (Mutex::default(), Mutex::default());
        EvidenceTables { source, catalog: Catalog, declared, bound, lists, properties, known, shared }
    }

    /// A file for the watchlist, or for what queries read from an address, of this name.
    pub fn add_list(&mut self, name: impl Into<String>, path: impl Into<PathBuf>) {
        self.lists.insert(name.into(), path.into());
    }

    /// A name that AQL's queries may give to a column or a field of events, or to a part of one.
    pub fn add_property(&mut self, name: impl AsRef<str>, property: Property) {
        self.properties.insert(property::key(name.as_ref()), property);
    }

    /// A further table, whose rows are those of the files that are bound to it. It hides a table of the catalog with the same
    /// name.
    pub fn declare(&mut self, name: impl Into<String>, columns: Vec<(String, Type)>) {
        let name = name.into();
        if self.source.evidence.is_bound(&name) {
            let table = TableDef::of_rows(&name, columns);
            self.bound.insert(name, Arc::new(table));
        } else {
            self.declared.insert(name, columns);
        }
    }

    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// The table of this name that files are bound to, or the catalog's.
    pub fn definition(&self, name: &str) -> Option<Arc<TableDef>> {
        if let Some(table) = self.bound.get(name) {
            return Some(table.clone());
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // A data file that does not parse is a fault of the project, found by its own tests: here its table is unknown.
        let found = known.entry(name.to_string()).or_insert_with(|| self.catalog.table(name).ok().flatten());
        found.clone()
    }

    fn declared(&self, name: &str) -> Option<Table> {
        let columns = self.declared.get(name)?;
        let mut fields: Vec<Field> = columns.iter().map(|(name, kind)| Field::new(name, kind.arrow(), true)).collect();
        fields.push(origin_field());
        let columns = columns.iter().map(|(name, kind)| TableColumn {
            name: name.clone(),
            kind: *kind,
            aliases: Vec::new(),
            is_raw: false,
            ariel: None,
        });
        let columns: Vec<TableColumn> = columns.collect();
        let is_time = |column: &&TableColumn| matches!(column.name.as_str(), "Timestamp" | "TimeGenerated");
        Some(Table {
            name: name.to_string(),
            time: columns.iter().find(is_time).map(|column| column.name.clone()),
            columns,
            is_open: false,
            ignores_case: false,
            source: provider_as_source(Arc::new(EmptyTable::new(Arc::new(Schema::new(fields))))),
        })
    }
}

impl EvidenceTables {
    /// The tables of these platforms, and those that are declared or bound.
    fn names_of(&self, platforms: impl Fn(&str) -> bool) -> Vec<String> {
        let catalog = self.catalog.names().unwrap_or_default().into_iter();
        let chosen = catalog.filter(|(platform, _)| platforms(platform)).map(|(_, name)| name);
        let further = self.declared.keys().chain(self.bound.keys()).cloned();
        let mut names: Vec<String> = chosen.chain(further).collect();
        names.sort();
        names.dedup();
        names
    }
}

impl Tables for EvidenceTables {
    fn table(&self, name: &str, wanted: &[String]) -> Option<Table> {
        if let Some(table) = self.declared(name) {
            return Some(table);
        }
        let definition = self.definition(name)?;
        let mut columns: Vec<TableColumn> = definition
            .columns
            .iter()
            .map(|column| TableColumn {
                name: column.name.clone(),
                kind: column.kind,
                aliases: column.aliases.clone(),
                is_raw: false,
                ariel: column.ariel,
            })
            .collect();
        columns.extend(raw_names(&definition, wanted).into_iter().map(|name| TableColumn {
            name,
            kind: Type::String,
            aliases: Vec::new(),
            is_raw: true,
            ariel: None,
        }));
        let mut fields: Vec<Field> =
            columns.iter().map(|column| Field::new(&column.name, column.kind.arrow(), true)).collect();
        fields.push(origin_field());
        let schema = Arc::new(Schema::new(fields));
        // What no event can fill need not be looked for in any.
        let provider: Arc<dyn TableProvider> = match definition.branches.is_empty() {
            true => Arc::new(EmptyTable::new(schema)),
            false => Arc::new(EventTable::new(self.source.clone(), definition.clone(), schema)),
        };
        Some(Table {
            name: definition.name.clone(),
            columns,
            time: definition.time.clone(),
            is_open: definition.is_open,
            ignores_case: definition.ignores_case,
            source: provider_as_source(provider),
        })
    }

    fn shared(&self, name: &str, wanted: &[String]) -> Option<Arc<SharedTable>> {
        let raw = self.definition(name).map(|definition| raw_names(&definition, wanted)).unwrap_or_default();
        let key = (name.to_owned(), raw);
        let known = || self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shared) = known().get(&key) {
            return Some(shared.clone());
        }
        let made = Arc::new(SharedTable::new(self.table(name, wanted)?));
        Some(known().entry(key).or_insert(made).clone())
    }

    fn given(&self, name: &str, wanted: &[String]) -> Option<Table> {
        if self.bound.contains_key(name) { self.table(name, wanted) } else { None }
    }

    fn list(&self, name: &str) -> Option<Result<String, String>> {
        let path = self.lists.get(name)?;
        Some(list_text(path).map_err(|error| format!("{}: {error}", path.display())))
    }

    fn lists(&self) -> Vec<(String, String)> {
        let mut lists: Vec<(String, String)> =
            self.lists.iter().map(|(name, path)| (name.clone(), path.display().to_string())).collect();
        lists.sort();
        lists
    }

    fn property(&self, name: &str) -> Option<&Property> {
        self.properties.get(&property::key(name))
    }

    fn is_empty(&self, name: &str) -> bool {
        let is_without_events = self.source.evidence.files.is_empty() && !self.bound.contains_key(name);
        is_without_events
            || self.declared.contains_key(name)
            || self.definition(name).is_some_and(|definition| definition.branches.is_empty())
    }

    fn names(&self) -> Vec<String> {
        self.names_of(|_| true)
    }

    fn of_kql(&self) -> Vec<String> {
        self.names_of(|platform| !matches!(platform, "qradar" | "sigma"))
    }

    fn hints(&self) -> Vec<String> {
        let known = self.catalog.spellings().chain(self.catalog.known_by_schema()).map(str::to_owned);
        self.names().into_iter().chain(known).collect()
    }

    fn parameters(&self, name: &str) -> Option<Vec<Parameter>> {
        if self.declared.contains_key(name) {
            return None;
        }
        self.definition(name)?.parameters.clone()
    }

    fn column_elsewhere(&self, name: &str) -> Option<Type> {
        let declared = self.declared.values().flatten().find(|(column, _)| column == name).map(|(_, kind)| *kind);
        let mut bound: Vec<&Arc<TableDef>> = self.bound.values().collect();
        bound.sort_by(|one, other| one.name.cmp(&other.name));
        let bound = || bound.iter().find_map(|table| Some(table.column(name)?.1.kind));
        declared.or_else(bound).or_else(|| self.catalog.column_elsewhere(name))
    }
}

/// Of the wanted names those that an open table has no column for: each is a raw field.
fn raw_names(table: &TableDef, wanted: &[String]) -> Vec<String> {
    let same = |one: &str, other: &str| if table.ignores_case { one.eq_ignore_ascii_case(other) } else { one == other };
    let mut raw: Vec<String> = Vec::new();
    for name in wanted.iter().filter(|_| table.is_open) {
        let is_column = table
            .columns
            .iter()
            .any(|column| same(&column.name, name) || column.aliases.iter().any(|alias| same(alias, name)));
        if !is_column && !raw.iter().any(|known| same(known, name)) {
            raw.push(name.clone());
        }
    }
    raw
}

/// How large the file of a list may be: it is held whole.
const LIST: u64 = 64 << 20;

fn list_text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LIST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LIST {
        return Err(io::Error::other(format!("a list may have {} MiB", LIST >> 20)));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
