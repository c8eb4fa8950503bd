//! Tables as a binder sees them: names, language types, and the source that the engine will read.

use std::sync::{Arc, OnceLock};

use datafusion_common::Result as Planned;
use datafusion_expr::{LogicalPlan, TableSource};
use functions::Type;

use crate::property::Property;
use crate::relation::{Column, Relation};
use crate::sigma::EVENT_TEXT;

/// Where a binder finds tables. Looked up by name, lazily: nothing is built for a table that no query names.
pub trait Tables {
    /// The table of this name, or `None`. `wanted` are the columns that the query names, for tables that are open: any field
    /// of an event can be asked of them by its raw name. Case rules are the table's own.
    fn table(&self, name: &str, wanted: &[String]) -> Option<Table>;

    /// As [`Tables::table`], for rules, which are thousands over few tables: those that want the same of a table may share it.
    fn shared(&self, name: &str, wanted: &[String]) -> Option<Arc<SharedTable>> {
        self.table(name, wanted).map(|table| Arc::new(SharedTable::new(table)))
    }

    /// The table of this name if the user bound files to it: what a query would otherwise read from elsewhere.
    fn given(&self, _name: &str, _wanted: &[String]) -> Option<Table> {
        None
    }

    /// The text of the file that the user named for this list; why it cannot be read, where it cannot.
    fn list(&self, _name: &str) -> Option<Result<String, String>> {
        None
    }

    /// The lists that the user named files for, each with its file.
    fn lists(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// The user's own property of this name, in AQL.
    fn property(&self, _name: &str) -> Option<&Property> {
        None
    }

    /// Whether it is known without a look at the evidence that the table has no rows.
    fn is_empty(&self, _name: &str) -> bool {
        false
    }

    /// Every name, for hints and listings.
    fn names(&self) -> Vec<String>;

    /// The names that KQL means where it names all tables: not those of other languages.
    fn of_kql(&self) -> Vec<String> {
        self.names()
    }

    /// Every name that a mistyped one may have meant: those, and tables that are known but that nothing fills.
    fn hints(&self) -> Vec<String> {
        self.names()
    }

    /// What a table that queries call like a function takes; `None` where it is no such table.
    fn parameters(&self, _name: &str) -> Option<Vec<Parameter>> {
        None
    }

    /// A known column of this name in any other table, for the type of a column that does not exist where it was asked for.
    fn column_elsewhere(&self, name: &str) -> Option<Type>;
}

/// One table.
#[derive(Clone)]
pub struct Table {
    pub name: String,
    pub columns: Vec<TableColumn>,
    /// The column that holds the event's time, which time windows speak of.
    pub time: Option<String>,
    /// Any name may be asked for as a raw field; what no event holds is null.
    pub is_open: bool,
    /// Column names are found whatever their case.
    pub ignores_case: bool,
    /// Its schema has a field for every column, of the column type's Arrow type, and the hidden origin column last.
    pub source: Arc<dyn TableSource>,
}

/// A table with the plan of its rows, which stands beneath many rules.
pub struct SharedTable {
    pub table: Table,
    /// Without and with origins.
    rows: [OnceLock<SharedRows>; 2],
}

/// The rows of a table with all columns but the event's text, which few rules look at and none shows.
#[derive(Debug, Clone)]
pub(crate) struct SharedRows {
    pub plan: Arc<LogicalPlan>,
    pub columns: Arc<[Column]>,
}

impl SharedTable {
    pub fn new(table: Table) -> Self {
        SharedTable { table, rows: Default::default() }
    }

    pub(crate) fn rows(&self, with_origin: bool) -> Planned<SharedRows> {
        let [without, with] = &self.rows;
        let known = if with_origin { with } else { without };
        if let Some(rows) = known.get() {
            return Ok(rows.clone());
        }
        let Relation { plan, columns, .. } = Relation::scan_of(&self.table, with_origin, |name| name != EVENT_TEXT)?;
        Ok(known.get_or_init(|| SharedRows { plan: Arc::new(plan), columns: columns.into() }).clone())
    }
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableColumn {
    pub name: String,
    pub kind: Type,
    /// Other names for it; a query's output carries the name that the query used.
    pub aliases: Vec<String>,
    /// A raw field that no mapping names: it exists because the query asked for it.
    pub is_raw: bool,
    pub ariel: Option<Ariel>,
}

/// A type of Ariel's own, which stands in one of the shared types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ariel {
    /// An IP address, held as text. It is ordered by its bits, and is no text for LIKE.
    Host,
    /// A port number.
    Port,
    /// A hardware address, held as text whose case does not count.
    Mac,
    /// Bytes, held as the text that they spell.
    Bytes,
    /// A property whose type nobody gave: a text, ordered as a number where it spells one.
    Property,
}

impl Ariel {
    /// The type that a table's file calls so, and in what it is held.
    pub fn from_name(name: &str) -> Option<(Type, Ariel)> {
        Some(match name {
            "host" => (Type::String, Ariel::Host),
            "port" => (Type::Long, Ariel::Port),
            "mac" => (Type::String, Ariel::Mac),
            "bytes" => (Type::String, Ariel::Bytes),
            "property" => (Type::String, Ariel::Property),
            _ => return None,
        })
    }
}

/// A parameter of a table that queries call like a function, as in `_Im_Dns(starttime=ago(1d))`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    pub kind: Type,
    /// A KQL condition over the table's columns, in which the parameter's name stands for what was given.
    pub keeps: String,
}

impl Table {
    /// The column that a name means here: its own name first, then an alias.
    pub fn column(&self, name: &str) -> Option<&TableColumn> {
        let same = |known: &str| if self.ignores_case { known.eq_ignore_ascii_case(name) } else { known == name };
        let by_name = self.columns.iter().find(|column| same(&column.name));
        by_name.or_else(|| self.columns.iter().find(|column| column.aliases.iter().any(|alias| same(alias))))
    }
}
