use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use datafusion_expr::logical_plan::builder::LogicalTableSource;
use functions::{Type, origin, ticks};
use syntax::Source;

use super::*;
use crate::binding::{Mode, Options, Window};
use crate::tables::{Table, TableColumn};

/// Two tables of schema alone.
struct Fake;

const PROCESS: &[(&str, Type)] = &[
    ("Timestamp", Type::Datetime),
    ("DeviceName", Type::String),
    ("AccountName", Type::String),
    ("AccountDomain", Type::String),
    ("FileName", Type::String),
    ("FolderPath", Type::String),
    ("ProcessId", Type::Long),
    ("ProcessCommandLine", Type::String),
    ("InitiatingProcessFileName", Type::String),
    ("InitiatingProcessCommandLine", Type::String),
    ("InitiatingProcessFolderPath", Type::String),
    ("AdditionalFields", Type::Dynamic),
];

const FILE: &[(&str, Type)] = &[
    ("Timestamp", Type::Datetime),
    ("DeviceName", Type::String),
    ("FileName", Type::String),
    ("FolderPath", Type::String),
    ("InitiatingProcessFileName", Type::String),
    ("InitiatingProcessCommandLine", Type::String),
    ("InitiatingProcessAccountName", Type::String),
    ("InitiatingProcessAccountDomain", Type::String),
    ("FileSize", Type::Int),
];

impl Tables for Fake {
    fn table(&self, name: &str, _: &[String]) -> Option<Table> {
        let columns = match name {
            "DeviceProcessEvents" => PROCESS,
            "DeviceFileEvents" => FILE,
            _ => return None,
        };
        let mut fields: Vec<Field> = columns.iter().map(|(name, kind)| Field::new(*name, kind.arrow(), true)).collect();
        fields.push(Field::new(origin::COLUMN, DataType::Binary, false));
        let columns = columns.iter().map(|(name, kind)| TableColumn {
            name: (*name).to_string(),
            kind: *kind,
            aliases: Vec::new(),
            is_raw: false,
        });
        Some(Table {
            name: name.to_string(),
            columns: columns.collect(),
            time: Some("Timestamp".into()),
            is_open: false,
            ignores_case: false,
            source: Arc::new(LogicalTableSource::new(Arc::new(Schema::new(fields)))),
        })
    }

    fn names(&self) -> Vec<String> {
        vec!["DeviceProcessEvents".into(), "DeviceFileEvents".into()]
    }

    fn column_elsewhere(&self, name: &str) -> Option<Type> {
        PROCESS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }
}

fn bound_as(text: &str, mode: Mode, window: Window, now: &dyn Fn() -> i64) -> Bound {
    let source = Source::new("query", text);
    let parsed = syntax::kql::parse(&source);
    if parsed.has_errors() {
        return Bound { output: None, diagnostics: parsed.diagnostics };
    }
    let options = Options { now, window, mode, origins: true, no_limit: false };
    bind(&source, &parsed.tree, &Fake, &options)
}

fn bound(text: &str) -> Bound {
    bound_as(text, Mode::Helpful, Window::AsWritten, &|| ticks::UNIX_EPOCH)
}

/// The columns as `name:type`, or the codes of what was wrong.
fn columns(text: &str) -> String {
    let bound = bound(text);
    match bound.output {
        Some(output) => {
            let each = output.columns.iter().map(|column| format!("{}:{}", column.name, column.kind.name()));
            each.collect::<Vec<_>>().join(" ")
        }
        None => bound.diagnostics.iter().map(|found| found.code).collect::<Vec<_>>().join(" "),
    }
}

#[test]
fn a_hunt_over_two_tables_binds_and_its_unknown_columns_read_as_empty() {
    let page = include_str!("tests/defender.kql");
    let unasked = || -> i64 { panic!("now was asked for") };
    let bound = bound_as(page, Mode::Helpful, Window::All, &unasked);
    let unknown: Vec<_> = bound.diagnostics.iter().map(|found| (found.code, found.is_error())).collect();
    assert_eq!(unknown, vec![("KS142", false), ("KS142", false)]);
    assert_eq!(bound.diagnostics[0].help.as_deref(), Some("did you mean 'InitiatingProcessAccountName'?"));
    let output = bound.output.unwrap();
    assert!(output.row_wise);
    assert_eq!(output.tables, vec!["DeviceProcessEvents", "DeviceFileEvents"]);
    assert_eq!(output.bounds.iter().map(|bound| bound.lifted).collect::<Vec<_>>(), vec![true, true]);
    let names: Vec<&str> = output.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names.len(), 7);
    assert_eq!(names[2], "AccountName");
    let strict = bound_as(page, Mode::Strict, Window::AsWritten, &|| ticks::UNIX_EPOCH);
    assert!(strict.output.is_none());
    assert_eq!(strict.diagnostics.iter().filter(|found| found.is_error() && found.code == "KS142").count(), 2);
}
