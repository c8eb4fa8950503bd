//! Rows to begin with: small datatables with nulls in them, a printed row, a range, and tables of Defender.

use functions::Type;
use functions::Type::{Bool, Datetime, Decimal, Dynamic, Guid, Int, Long, Real, String as Text, Timespan};

use super::column::Column;
use super::writer::Writer;

pub const TABLES: &[(&str, &[(&str, Type)])] = &[
    (
        "DeviceProcessEvents",
        &[
            ("Timestamp", Datetime),
            ("DeviceName", Text),
            ("FileName", Text),
            ("ProcessId", Long),
            ("ProcessCommandLine", Text),
            ("AccountName", Text),
            ("ProcessCreationTime", Datetime),
            ("InitiatingProcessId", Long),
            ("FileSize", Long),
        ],
    ),
    (
        "DeviceNetworkEvents",
        &[
            ("Timestamp", Datetime),
            ("DeviceName", Text),
            ("RemoteIP", Text),
            ("RemotePort", Int),
            ("RemoteUrl", Text),
            ("LocalPort", Int),
            ("InitiatingProcessFileName", Text),
        ],
    ),
    (
        "DeviceEvents",
        &[("Timestamp", Datetime), ("DeviceName", Text), ("ActionType", Text), ("AdditionalFields", Dynamic)],
    ),
    (
        "DeviceLogonEvents",
        &[("Timestamp", Datetime), ("DeviceName", Text), ("LogonId", Long), ("IsLocalAdmin", Bool), ("RemoteIP", Text)],
    ),
];

const ALL: &[(&str, Type)] = &[
    ("b", Bool),
    ("i", Int),
    ("l", Long),
    ("r", Real),
    ("d", Decimal),
    ("t", Datetime),
    ("s", Timespan),
    ("x", Text),
    ("g", Guid),
    ("j", Dynamic),
];

impl Writer {
    /// The text of some rows, whose columns are then the writer's.
    pub fn source(&mut self) -> String {
        match self.dice.between(0, 10) {
            0..6 => self.datatable(),
            6..9 => self.table(),
            _ => self.range(),
        }
    }

    /// A datatable with a column of every type.
    pub fn datatable(&mut self) -> String {
        let columns = ALL.iter().map(|(name, kind)| Column::new(name, *kind)).collect();
        self.datatable_of(columns, 2)
    }

    /// A datatable with some of them, so that two of these clash.
    pub fn small_datatable(&mut self) -> String {
        let mut columns: Vec<Column> = Vec::new();
        for _ in 0..self.count(2, 4) {
            let (name, kind) = self.one(ALL, ("x", Text));
            if columns.iter().all(|column| column.name != name) {
                // Sometimes under the same name and another type.
                let kind = if self.dice.one_in(8) { self.kind() } else { kind };
                columns.push(Column::new(name, kind));
            }
        }
        self.datatable_of(columns, 1)
    }

    fn datatable_of(&mut self, columns: Vec<Column>, rows: usize) -> String {
        let declared: Vec<String> =
            columns.iter().map(|column| format!("{}:{}", column.name, column.kind.name())).collect();
        let mut values = Vec::new();
        for _ in 0..rows {
            for column in &columns {
                let value = self.literal(column.kind);
                // A datatable holds literals, and no calls.
                let is_call = value.starts_with("now") || value.starts_with("parse_json");
                values.push(if is_call || self.dice.one_in(5) { null(column.kind) } else { value });
            }
        }
        self.columns = columns;
        format!("datatable({})[{}]", declared.join(", "), values.join(", "))
    }

    fn table(&mut self) -> String {
        let (name, columns) = self.one(TABLES, ("DeviceEvents", &[]));
        self.columns = columns.iter().map(|(name, kind)| Column::new(name, *kind)).collect();
        let kept: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        format!("{name} | project {}", kept.join(", "))
    }

    fn range(&mut self) -> String {
        let (kind, text) = self.one(
            &[
                (Long, "range x from 1 to 5 step 2"),
                (Datetime, "range x from datetime(2024-01-01) to datetime(2024-01-03) step 1d"),
                (Timespan, "range x from 1h to 3h step 1h"),
                (Real, "range x from 1.0 to 2.0 step 0.5"),
            ],
            (Long, "range x from 1 to 5 step 1"),
        );
        self.columns = vec![Column::new("x", kind)];
        text.into()
    }
}

pub fn null(kind: Type) -> String {
    match kind {
        Text => "\"\"".into(),
        kind => format!("{}(null)", kind.name()),
    }
}
