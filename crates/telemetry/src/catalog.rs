//! The catalog: the tables that detections see over the events, each a data file that is read when it is named.

pub(crate) mod actions;
#[cfg(test)]
mod documented;
#[cfg(test)]
mod evaluate;
mod export;
mod files;
mod initiator;
mod logsource;
mod products;
mod schemas;
mod table;
#[cfg(test)]
mod traps;
mod value;

use std::sync::{Arc, OnceLock};

use functions::Type;

use files::FILES;
pub use table::{Branch, ColumnDef, TableDef};
pub use value::Value;

static TABLES: [OnceLock<Arc<TableDef>>; FILES.len()] = [const { OnceLock::new() }; FILES.len()];

/// A data file that does not say what it must.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the table {table} is declared wrongly: {reason}")]
pub struct CatalogError {
    pub table: String,
    pub reason: String,
}

/// All tables, by name.
#[derive(Debug, Clone, Copy, Default)]
pub struct Catalog;

impl Catalog {
    /// The table of this name; QRadar's names are found whatever their case. Sigma's are `sigma:product/category/service`
    /// with the parts that the rule names. A table that no event fills may still be known by its schema.
    pub fn table(&self, name: &str) -> Result<Option<Arc<TableDef>>, CatalogError> {
        for (file, cell) in FILES.iter().zip(&TABLES) {
            // Those of Sigma have rows beside those of their files.
            if !file.is_called(name) || file.platform == "sigma" {
                continue;
            }
            if let Some(table) = cell.get() {
                return Ok(Some(Arc::clone(table)));
            }
            let table = Arc::new(file.read()?);
            return Ok(Some(Arc::clone(cell.get_or_init(|| table))));
        }
        match name.strip_prefix("sigma:") {
            Some(logsource) => logsource::table(logsource),
            None => Ok(schemas::table(name).map(Arc::new)),
        }
    }

    /// Every table that events fill, with its platform; of Sigma's, those with a file of their own come first.
    pub fn names(&self) -> Result<Vec<(&'static str, String)>, CatalogError> {
        let mut names: Vec<_> = FILES.iter().map(|file| (file.platform, file.name().to_owned())).collect();
        for name in logsource::names()? {
            if !names.iter().any(|(_, known)| *known == name) {
                names.push(("sigma", name));
            }
        }
        Ok(names)
    }

    /// Names that are known beside those: other spellings of tables.
    pub fn spellings(&self) -> impl Iterator<Item = &'static str> {
        FILES.iter().flat_map(|file| file.spellings())
    }

    /// Tables that are known by their schema alone.
    pub fn known_by_schema(&self) -> impl Iterator<Item = &'static str> {
        schemas::names().filter(|name| !FILES.iter().any(|file| file.is_called(name)))
    }

    /// The log source beside Windows that a person means, as the name of its table.
    pub fn log_source(&self, given: &str) -> Option<String> {
        let products = products::Products::read().ok()?;
        // Windows' own events say themselves of which they are.
        let meant = products.meant(given).filter(|name| !name.starts_with("windows/"));
        meant.map(|name| format!("sigma:{name}"))
    }

    /// The log source beside Windows that records of these names are of.
    pub fn log_source_of(&self, names: &[&str]) -> Option<Arc<str>> {
        products::Products::read().ok()?.of_names(names)
    }

    /// The log source that a document of ECS is of.
    pub fn log_source_of_ecs(&self, os: &str, categories: &[String], types: &[String]) -> Option<Arc<str>> {
        products::Products::read().ok()?.of_ecs(os, categories, types)
    }

    /// The type of a column of this name in any table of Microsoft's: in those that events fill first.
    pub fn column_elsewhere(&self, name: &str) -> Option<Type> {
        let tables = FILES.iter().filter(|file| matches!(file.platform, "defender" | "sentinel"));
        let mut found = tables.filter_map(|file| self.table(file.name()).ok().flatten());
        let filled = found.find_map(|table| table.column(name).map(|(_, column)| column.kind));
        filled.or_else(|| schemas::column(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_declared_rightly_and_every_mapping_binds() {
        for (_, name) in Catalog.names().unwrap() {
            let table = Catalog.table(&name).unwrap().unwrap();
            for branch in 0..table.branches.len() {
                for column in 0..table.columns.len() {
                    table.value(branch, column).unwrap();
                }
            }
            for (place, column) in table.columns.iter().enumerate() {
                assert_eq!(table.column(&column.name).map(|(found, _)| found), Some(place), "{name}.{}", column.name);
            }
            assert!(table.time.iter().all(|time| table.column(time).is_some()), "{name}");
        }
    }
}
