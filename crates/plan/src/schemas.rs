//! Tables known by their columns alone: enough to bind a query against, without rows to run it on.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use datafusion_expr::logical_plan::builder::LogicalTableSource;
use functions::{Type, origin};

use crate::tables::{Table, TableColumn, Tables};

#[derive(Debug, Default)]
pub struct Schemas {
    closed: BTreeMap<String, Vec<(String, Type)>>,
    /// Where any name is a raw field, and case does not count.
    open: BTreeMap<String, Vec<(String, Type)>>,
}

impl Schemas {
    pub fn add(&mut self, name: impl Into<String>, columns: Vec<(String, Type)>) {
        self.closed.insert(name.into(), columns);
    }

    pub fn add_open(&mut self, name: impl Into<String>, columns: Vec<(String, Type)>) {
        self.open.insert(name.into(), columns);
    }
}

impl Tables for Schemas {
    fn table(&self, name: &str, wanted: &[String]) -> Option<Table> {
        let is_open = self.open.contains_key(name);
        let known = self.closed.get(name).or_else(|| self.open.get(name))?;
        let column = |name: &str, kind, is_raw| TableColumn {
            name: name.into(),
            kind,
            aliases: Vec::new(),
            is_raw,
            ariel: None,
        };
        let mut columns: Vec<TableColumn> = known.iter().map(|(name, kind)| column(name, *kind, false)).collect();
        for name in wanted.iter().filter(|_| is_open) {
            if !columns.iter().any(|known| known.name.eq_ignore_ascii_case(name)) {
                columns.push(column(name, Type::String, true));
            }
        }
        let mut fields: Vec<Field> =
            columns.iter().map(|column| Field::new(&column.name, column.kind.arrow(), true)).collect();
        fields.push(Field::new(origin::COLUMN, DataType::Binary, false));
        let is_time = |column: &&TableColumn| matches!(column.name.as_str(), "Timestamp" | "TimeGenerated");
        Some(Table {
            name: name.into(),
            time: columns.iter().find(is_time).map(|column| column.name.clone()),
            columns,
            is_open,
            ignores_case: is_open,
            source: Arc::new(LogicalTableSource::new(Arc::new(Schema::new(fields)))),
        })
    }

    fn names(&self) -> Vec<String> {
        self.closed.keys().chain(self.open.keys()).cloned().collect()
    }

    fn column_elsewhere(&self, name: &str) -> Option<Type> {
        let all = self.closed.values().chain(self.open.values());
        all.flatten().find(|(known, _)| known == name).map(|(_, kind)| *kind)
    }
}
