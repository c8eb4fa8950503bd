//! Lowered names: what pipelines leave of an event that spell all of its fields in lower case.

use super::cells::Cells;

/// What says of an event what it is, as [`crate::shape::read_event`] knows it.
const NAMES: [&str; 27] = [
    EVENT_ID,
    "Channel",
    "Computer",
    "ComputerName",
    "EventReceivedTime",
    "EventRecordID",
    "EventTime",
    "ExecutionProcessID",
    "Hostname",
    "Keywords",
    "Level",
    "LogName",
    "MachineName",
    "OpcodeValue",
    "ProcessID",
    "Provider",
    "ProviderGuid",
    "ProviderName",
    "RecordId",
    "RecordNumber",
    "SourceName",
    "SystemTime",
    "Task",
    "ThreadID",
    "TimeCreated",
    "UserID",
    "Version",
];
const EVENT_ID: &str = "EventID";
/// Sysmon's own time.
const UTC_TIME: &str = "UtcTime";
/// Of these a record has one at least that is of Windows.
const TELLING: [&str; 10] = [
    "Channel",
    "Computer",
    "ComputerName",
    "EventRecordID",
    "Hostname",
    "LogName",
    "ProviderName",
    "SourceName",
    "TimeCreated",
    UTC_TIME,
];

/// Whether names are those of events but for their case.
pub fn are_of_event(names: &[&str]) -> bool {
    let has = |known: &str| names.iter().any(|name| name.eq_ignore_ascii_case(known));
    !names.contains(&EVENT_ID) && has(EVENT_ID) && TELLING.iter().any(|known| has(known))
}

/// The same record with the names spelt as events have them, where none of it is spelt so; `None` where that tells of no event.
pub fn respelt(cells: &Cells) -> Option<Cells> {
    let id = cells.find(EVENT_ID).filter(|_| cells.get(EVENT_ID).is_none())?;
    let names: Vec<&str> = cells.iter().map(|(name, _, _)| name).collect();
    if id.trim().parse::<u32>().is_err() || !are_of_event(&names) {
        return None;
    }
    let mut out = cells.alike();
    for (name, value, kind) in cells.iter() {
        let known = NAMES.iter().chain([&UTC_TIME]).find(|known| known.eq_ignore_ascii_case(name));
        let known = known.filter(|known| !cells.has(known));
        out.push(known.map_or(name, |known| *known), value, kind);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use crate::trial::{Folder, cell, read};

    #[test]
    fn an_event_in_lower_case_is_one() {
        let json = r#"{"eventid":1,"channel":"Microsoft-Windows-Sysmon/Operational","computer":"pc","utctime":"2024-03-01 10:00:00.123","image":"a.exe"}"#;
        let csv = "timecreated,eventid,channel,computer,image\n2024-03-01T10:00:00.123Z,1,Microsoft-Windows-Sysmon/Operational,pc,a.exe\n";
        let of_others = r#"{"eventid":"cowrie.login.failed","timestamp":"2024-03-01T10:00:00Z","computer":"pc"}"#;
        let fields = ["System_EventID", "System_Channel", "System_Computer", "System_Time", "Image"];
        for (name, text) in [("a.json", json), ("a.csv", csv)] {
            let (batch, report) = read(&Folder::new().with(name, text).evidence(), &fields);
            let found = fields.map(|field| cell(&batch, field, 0)).join(" ");
            let expected = "1 Microsoft-Windows-Sysmon/Operational pc 638448840001230000 a.exe";
            assert_eq!((found.as_str(), report.untimed), (expected, 0), "{name}");
        }
        assert_eq!(Folder::new().with("a.json", of_others).evidence().files.len(), 0);
    }
}
