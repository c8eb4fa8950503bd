//! A census: how many rows each table has in the evidence, and what a table without rows would have needed.

use telemetry::{Branch, Evidence, Logs, Report, TableDef};

/// How many events of a whole reading are rows of a table.
pub fn rows(table: &TableDef, report: &Report, evidence: &Evidence) -> u64 {
    let fits = |branch: &Branch, channel: u32, event: i64| {
        let is_channel = match branch.channel.as_deref() {
            Some(name) => evidence.channel_id(name) == Some(channel),
            None => !Logs::is_table(channel),
        };
        is_channel && (branch.events.is_empty() || branch.events.contains(&event))
    };
    let is_row = |(channel, event): &(u32, i64)| table.branches.iter().any(|branch| fits(branch, *channel, *event));
    report.kinds.iter().filter(|(kind, _)| is_row(kind)).map(|(_, count)| count).sum()
}

/// The events that make a table's rows, in words: `Sysmon event 1; Security event 4688; exports of DeviceProcessEvents`.
pub fn needs(table: &TableDef) -> String {
    let mut by_channel: Vec<(&str, Vec<i64>)> = Vec::new();
    for branch in table.branches.iter().filter(|branch| branch.exports().is_none()) {
        let channel = branch.channel.as_deref().map_or("any log", short);
        match by_channel.iter_mut().find(|(known, _)| *known == channel) {
            Some((_, events)) => events.extend(&branch.events),
            None => by_channel.push((channel, branch.events.clone())),
        }
    }
    let describe = |(channel, events): &(&str, Vec<i64>)| match events.as_slice() {
        [] => format!("event of {channel}"),
        events => {
            let numbers: Vec<String> = events.iter().map(i64::to_string).collect();
            format!("{channel} event {}", numbers.join(", "))
        }
    };
    let exports = table.branches.iter().filter_map(Branch::exports).map(|name| format!("exports of {name}"));
    by_channel.iter().map(describe).chain(exports).collect::<Vec<_>>().join("; ")
}

/// `Sysmon` for `Microsoft-Windows-Sysmon/Operational`.
fn short(channel: &str) -> &str {
    let name = channel.strip_prefix("Microsoft-Windows-").unwrap_or(channel);
    name.strip_suffix("/Operational").unwrap_or(name)
}
