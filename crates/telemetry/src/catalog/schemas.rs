//! Tables that are known by their schema alone: no event fills them, only an export of them does, but a query that names one is
//! no mistake.
//!
//! The list is never parsed as a whole. A name is sought in its text, and the one line is read.

use std::collections::BTreeMap;

use functions::Type;

use super::export;
use super::table::{ColumnDef, TableDef};

const FILE: &str = include_str!("../../tables/schemas/known.txt");

/// The table of this name, whose rows are its exports alone.
pub fn table(name: &str) -> Option<TableDef> {
    let (head, columns) = lines().find(|(head, _)| head.trim_end_matches('+') == name)?;
    let is_defender = head.ends_with('+');
    let columns: Vec<ColumnDef> = columns
        .split(' ')
        .filter_map(|column| column.split_once(':'))
        .filter_map(|(name, kind)| {
            Some(ColumnDef { name: name.to_owned(), kind: kind_of(kind)?, aliases: Vec::new(), ariel: None })
        })
        .collect();
    let is_time = |wanted: &str| columns.iter().any(|column| column.name == wanted).then(|| wanted.to_owned());
    let time = is_time("Timestamp").filter(|_| is_defender).or_else(|| is_time("TimeGenerated"));
    let branches = vec![export::branch(name, &columns, time.as_deref(), &BTreeMap::new())];
    Some(TableDef {
        name: name.to_owned(),
        platform: if is_defender { "defender" } else { "sentinel" }.to_owned(),
        time,
        columns,
        is_open: false,
        ignores_case: false,
        empty_is_missing: false,
        branches,
        notes: Vec::new(),
        parameters: None,
        is_filled: false,
    })
}

/// Every name, in their order.
pub fn names() -> impl Iterator<Item = &'static str> {
    lines().map(|(head, _)| head.trim_end_matches('+'))
}

/// The type of the first column of this name.
pub fn column(name: &str) -> Option<Type> {
    if name.is_empty() || name.contains([' ', ':']) {
        return None;
    }
    let wanted = format!(" {name}:");
    let after = lines().find_map(|(_, columns)| columns.split_once(&wanted).map(|(_, after)| after))?;
    kind_of(after.split(' ').next()?)
}

/// What stands before the first space of a line is the table; the space belongs to the columns.
fn lines() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = FILE.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| Some(line.split_at(line.find(' ')?)))
}

fn kind_of(short: &str) -> Option<Type> {
    Some(match short {
        "s" => Type::String,
        "d" => Type::Datetime,
        "r" => Type::Real,
        "i" => Type::Int,
        "l" => Type::Long,
        "b" => Type::Bool,
        "y" => Type::Dynamic,
        "g" => Type::Guid,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_table_and_each_of_its_columns_has_a_type() {
        assert_eq!(names().count(), 898);
        assert!(names().is_sorted());
        for (head, columns) in lines() {
            let table = table(head.trim_end_matches('+')).unwrap();
            assert_eq!(table.columns.len(), columns.split_whitespace().count(), "{head}");
        }
    }

    #[test]
    fn a_table_has_the_types_of_its_schema_and_its_platforms_time() {
        let signins = table("SigninLogs").unwrap();
        let kind = |name: &str| signins.column(name).map(|(_, column)| column.kind);
        assert_eq!(kind("UserPrincipalName"), Some(Type::String));
        assert_eq!(kind("LocationDetails"), Some(Type::Dynamic));
        assert_eq!((signins.platform.as_str(), signins.time.as_deref()), ("sentinel", Some("TimeGenerated")));
        assert!(!signins.is_filled && signins.branches.iter().all(|branch| branch.exports() == Some("SigninLogs")));
        let mail = table("EmailEvents").unwrap();
        assert_eq!((mail.platform.as_str(), mail.time.as_deref()), ("defender", Some("Timestamp")));
        assert!(table("SigninLog").is_none() && table("#").is_none());
    }

    #[test]
    fn a_column_has_the_type_of_the_first_table_that_knows_it() {
        assert_eq!(column("CallerIPAddress"), Some(Type::String));
        assert_eq!(column("AutonomousSystemNumber"), Some(Type::String));
        assert_eq!((column("NoSuchColumn"), column("")), (None, None));
    }
}
