//! Exports: rows of a table that a person took from the SIEM, as rows of it again: each column from the field of its name.

use std::collections::BTreeMap;

use functions::Type;

use super::table::{Branch, ColumnDef};
use crate::event::System;
use crate::logs::Logs;

/// The branch of a table for its own exported rows. `all` has what fills the table's time for every event.
pub fn branch(table: &str, columns: &[ColumnDef], time: Option<&str>, all: &BTreeMap<String, String>) -> Branch {
    let mapping = |column: &ColumnDef| {
        let value = converted(column);
        let is_own_time = time == Some(column.name.as_str());
        let is_time = is_own_time || matches!(column.name.as_str(), "Timestamp" | "TimeGenerated");
        match (column.name.as_str(), column.kind) {
            // Reading a row takes its time from this very column; only a plain mapping lets readers leave out what is too old.
            (_, Type::Datetime) if is_own_time => System::Time.name().to_owned(),
            // An export may lack its time column under this name, or spell its times as only readers of logs know.
            (_, Type::Datetime) if is_time => format!("coalesce({value}, System_Time)"),
            (name, Type::Long) if is_time && all.contains_key(name) => {
                format!("coalesce({value}, {})", all.get(name).map_or("", String::as_str))
            }
            ("Type", Type::String) => format!("coalesce({value}, '{}')", escaped(table)),
            _ => value,
        }
    };
    let mappings = columns.iter().map(|column| Some(mapping(column))).collect();
    Branch::new(Some(Logs::table_channel(table)), Vec::new(), mappings)
}

fn converted(column: &ColumnDef) -> String {
    let names = std::iter::once(&column.name).chain(&column.aliases);
    let fields: Vec<String> = names.map(|name| format!("['{}']", escaped(name))).collect();
    let field = match fields.as_slice() {
        [field] => field.clone(),
        fields => format!("coalesce({})", fields.join(", ")),
    };
    let function = match column.kind {
        Type::String => return field,
        Type::Bool => "tobool",
        Type::Int => "toint",
        Type::Long => "tolong",
        Type::Real => "toreal",
        Type::Decimal => "todecimal",
        Type::Datetime => "todatetime",
        Type::Timespan => "totimespan",
        Type::Guid => "toguid",
        Type::Dynamic => "todynamic",
    };
    format!("{function}({field})")
}

/// A name as it stands within quotes.
fn escaped(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '\\' | '\'' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::catalog::Catalog;

    #[test]
    fn the_time_of_an_export_is_the_events_own() {
        let table = Catalog.table("DeviceProcessEvents").unwrap().unwrap();
        let place = table.columns.iter().position(|column| column.name == "Timestamp").unwrap();
        assert!(table.branches.len() > 1);
        for branch in &table.branches {
            assert_eq!(branch.mapping(place), Some("System_Time"), "{:?}", branch.channel);
        }
    }
}
