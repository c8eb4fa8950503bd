//! The catalog: the tables that detections see over the events, each a data file that is read when it is named.

#[cfg(test)]
mod evaluate;
mod export;
mod logsource;
mod table;
#[cfg(test)]
mod traps;
mod value;

use std::sync::{Arc, OnceLock};

use functions::Type;

pub use table::{Branch, ColumnDef, TableDef};
pub use value::Value;

/// The files of tables: platform, name, text.
const FILES: [(&str, &str, &str); 12] = [
    ("defender", "DeviceProcessEvents", include_str!("../tables/defender/DeviceProcessEvents.toml")),
    ("defender", "DeviceFileEvents", include_str!("../tables/defender/DeviceFileEvents.toml")),
    ("defender", "DeviceNetworkEvents", include_str!("../tables/defender/DeviceNetworkEvents.toml")),
    ("defender", "DeviceRegistryEvents", include_str!("../tables/defender/DeviceRegistryEvents.toml")),
    ("defender", "DeviceImageLoadEvents", include_str!("../tables/defender/DeviceImageLoadEvents.toml")),
    ("defender", "DeviceLogonEvents", include_str!("../tables/defender/DeviceLogonEvents.toml")),
    ("defender", "DeviceEvents", include_str!("../tables/defender/DeviceEvents.toml")),
    ("sentinel", "SecurityEvent", include_str!("../tables/sentinel/SecurityEvent.toml")),
    ("sentinel", "WindowsEvent", include_str!("../tables/sentinel/WindowsEvent.toml")),
    ("qradar", "events", include_str!("../tables/qradar/events.toml")),
    ("sigma", "sigma:windows/process_creation/", include_str!("../tables/sigma/process_creation.toml")),
    ("sigma", "sigma:windows/file_event/", include_str!("../tables/sigma/file_event.toml")),
];

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
    /// with the parts that the rule names.
    pub fn table(&self, name: &str) -> Result<Option<Arc<TableDef>>, CatalogError> {
        for ((platform, known, text), cell) in FILES.iter().zip(&TABLES) {
            let is_it = *known == name || *platform == "qradar" && known.eq_ignore_ascii_case(name);
            if !is_it {
                continue;
            }
            if let Some(table) = cell.get() {
                return Ok(Some(Arc::clone(table)));
            }
            let table = Arc::new(TableDef::read(platform, known, text)?);
            return Ok(Some(Arc::clone(cell.get_or_init(|| table))));
        }
        match name.strip_prefix("sigma:") {
            Some(logsource) => logsource::table(logsource),
            None => Ok(None),
        }
    }

    /// Every table with its platform; of Sigma's, those with a file of their own come first.
    pub fn names(&self) -> Result<Vec<(&'static str, String)>, CatalogError> {
        let mut names: Vec<_> = FILES.iter().map(|(platform, name, _)| (*platform, (*name).to_owned())).collect();
        for name in logsource::names()? {
            if !names.iter().any(|(_, known)| *known == name) {
                names.push(("sigma", name));
            }
        }
        Ok(names)
    }

    /// The type of a column of this name in any table of Microsoft's.
    pub fn column_elsewhere(&self, name: &str) -> Option<Type> {
        let tables = FILES.iter().filter(|(platform, _, _)| matches!(*platform, "defender" | "sentinel"));
        let found = tables.filter_map(|(_, table, _)| self.table(table).ok().flatten());
        found.into_iter().find_map(|table| table.column(name).map(|(_, column)| column.kind))
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
        }
    }
}
