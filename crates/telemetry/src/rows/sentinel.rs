//! Sentinel: rows of SecurityEvent, Event and WindowsEvent, which are Windows events again.

use super::cells::Cells;
use super::{level, set_system};
use crate::event::System;
use crate::row::Row;
use crate::row::shipped::Whose;
use crate::shape::xml::read_data_xml;
use crate::text::Kind;

const TABLES: [&str; 3] = ["SecurityEvent", "Event", "WindowsEvent"];

const FIELDS: [(&str, System); 19] = [
    ("TimeGenerated", System::Time),
    ("Channel", System::Channel),
    ("EventLog", System::Channel),
    ("Computer", System::Computer),
    ("EventID", System::EventID),
    ("EventRecordId", System::Record),
    ("EventRecordID", System::Record),
    ("Provider", System::Provider),
    ("EventSourceName", System::Provider),
    ("Source", System::Provider),
    ("EventLevel", System::Level),
    ("Task", System::Task),
    ("EventCategory", System::Task),
    ("Opcode", System::Opcode),
    ("Version", System::Version),
    ("Keywords", System::Keywords),
    ("SystemProcessId", System::ProcessID),
    ("SystemThreadId", System::ThreadID),
    ("SystemUserId", System::UserID),
];

/// Columns that Sentinel adds, or makes of the event's own fields.
const ADDED: [&str; 33] = [
    "Account",
    "AccountType",
    "Activity",
    "AzureDeploymentID",
    "AzureTableName",
    "Correlation",
    "EventData",
    "EventLevelName",
    "EventOriginId",
    "Level",
    "LogonTypeName",
    "MG",
    "ManagementGroupName",
    "ParameterXml",
    "PartitionKey",
    "Process",
    "RawEventData",
    "RenderedDescription",
    "Role",
    "RowKey",
    "SourceComputerId",
    "SourceSystem",
    "StorageAccount",
    "SubjectAccount",
    "TargetAccount",
    "TenantId",
    "TimeCollected",
    "Type",
    "UserName",
    "MachineGroup",
    "_table",
    "$table",
    "ItemId",
];

/// Those of SecurityEvent that are made of the event's own fields.
const MADE: [&str; 7] =
    ["Account", "AccountType", "Activity", "LogonTypeName", "Process", "SubjectAccount", "TargetAccount"];

/// Whether rows of a table may be events of a log.
pub fn is_of_logs(table: &str) -> bool {
    TABLES.contains(&table)
}

pub fn is_event(table: &str, cells: &Cells) -> bool {
    if !is_of_logs(table) {
        return false;
    }
    // One that says no id is an event of its log all the same; of SecurityEvent that log is known.
    let is_filled = |name: &str| cells.get(name).is_some_and(|text| !text.is_empty());
    let has_log = table == "SecurityEvent" || is_filled("Channel") || is_filled("EventLog");
    is_filled("EventID") || cells.has("EventID") && has_log
}

/// Whether an export lacks the column that names the log.
pub fn lacks_log(cells: &Cells) -> bool {
    !cells.has("Channel") && !cells.has("EventLog")
}

pub fn read(table: &str, cells: &Cells, row: &mut Row, scratch: &mut String) -> Result<(), String> {
    row.clear();
    set_system(cells, &FIELDS, row);
    if row.channel().is_empty() && table == "SecurityEvent" {
        row.set(System::Channel, "Security");
    }
    if let Some(number) = ["Level", "EventLevelName"].iter().find_map(|name| number_of(cells.get(name)?)) {
        row.set(System::Level, number);
    }
    let data = cells.get("EventData").map(str::trim).unwrap_or_default();
    if data.starts_with('<') {
        read_data_xml(data, row, scratch).map_err(|reason| format!("its EventData: {reason}"))?;
    } else if data.starts_with('{') {
        let mut inner = Cells::default();
        inner.read_object(data.as_bytes()).map_err(|reason| format!("its EventData: {reason}"))?;
        inner.iter().for_each(|(name, value, kind)| row.set_cell(name, value, kind, Whose::Event));
    } else if table == "SecurityEvent" {
        let is_own = |name: &str| !ADDED.contains(&name) && !name.starts_with('_') && !is_of_log(name);
        for (name, value, kind) in cells.iter().filter(|(name, value, _)| is_own(name) && !value.is_empty()) {
            row.set_cell(name, value, kind, Whose::Event);
        }
    }
    if table == "SecurityEvent" {
        // No fields of the event, but what the table shows of it; under names that no event has.
        for name in MADE {
            if let Some(text) = cells.get(name).filter(|text| !text.is_empty()) {
                row.set_data(&format!("{table}.{name}"), text, Kind::Scalar, Whose::Shipper);
            }
        }
    }
    if table == "Event"
        && let Some(message) = cells.get("RenderedDescription").filter(|message| !message.is_empty())
    {
        row.set_data("Message", message, Kind::Scalar, Whose::Anyone);
    }
    match row.is_event() {
        true => Ok(()),
        false => Err("it does not say of which log it is".to_owned()),
    }
}

fn is_of_log(name: &str) -> bool {
    FIELDS.iter().any(|(known, _)| *known == name)
}

fn number_of(text: &str) -> Option<&str> {
    level(text).or_else(|| text.parse::<i64>().is_ok().then_some(text))
}
