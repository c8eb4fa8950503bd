//! A census: how many rows each table has in the evidence, and what a table without rows would have needed.

use telemetry::{Branch, Logs, Report, TableDef, Twin};

use crate::source::Source;

/// How many rows a table has, by a whole reading: one for each event that is of it, and one where two tell of the same.
pub fn rows(table: &TableDef, report: &Report, source: &Source) -> u64 {
    let evidence = &source.evidence;
    let fits = |branch: &Branch, channel: u32, event: i64| {
        let is_channel = match branch.channel.as_deref() {
            Some(name) => evidence.channel_id(name) == Some(channel),
            None => !Logs::is_table(channel),
        };
        let is_left_out = branch.except.as_deref().is_some_and(|name| evidence.channel_id(name) == Some(channel));
        is_channel && !is_left_out && (branch.events.is_empty() || branch.events.contains(&event))
    };
    let is_row = |(channel, event): &(u32, i64)| table.branches.iter().any(|branch| fits(branch, *channel, *event));
    let events: u64 = report.kinds.iter().filter(|(kind, _)| is_row(kind)).map(|(_, count)| count).sum();
    let gives_way = table.branches.iter().any(|branch| branch.twin == Some(Twin::Yields));
    events.saturating_sub(if gives_way { source.twins() } else { 0 })
}

/// The events that make a table's rows, in words: `Sysmon event 1; Security event 4688; exports of DeviceProcessEvents`.
pub fn needs(table: &TableDef) -> String {
    if !table.is_filled {
        return format!("export of {}", table.name);
    }
    let exports = table.branches.iter().filter_map(Branch::exports).map(|name| format!("exports of {name}"));
    let events = describe(&table.branches);
    std::iter::once(events).filter(|events| !events.is_empty()).chain(exports).collect::<Vec<_>>().join("; ")
}

fn describe<'a>(branches: impl IntoIterator<Item = &'a Branch>) -> String {
    let mut by_channel: Vec<(&str, Vec<i64>)> = Vec::new();
    for branch in branches.into_iter().filter(|branch| branch.exports().is_none()) {
        let channel = match (branch.channel.as_deref(), &branch.except) {
            (Some(channel), _) => short(channel),
            (None, Some(_)) => "any other log",
            (None, None) => "any log",
        };
        match by_channel.iter_mut().find(|(known, _)| *known == channel) {
            Some((_, events)) => events.extend(&branch.events),
            None => by_channel.push((channel, branch.events.clone())),
        }
    }
    let words = |(channel, events): &(&str, Vec<i64>)| match events.as_slice() {
        [] => format!("event of {channel}"),
        events => {
            let numbers: Vec<String> = events.iter().map(i64::to_string).collect();
            format!("{channel} event {}", numbers.join(", "))
        }
    };
    by_channel.iter().map(words).collect::<Vec<_>>().join("; ")
}

/// The events that fill a column, in words; of a column that every event of the table fills, `all`. What an
/// export of the table holds is not looked at.
pub fn fills(table: &TableDef, column: usize) -> String {
    let of_events: Vec<&Branch> = table.branches.iter().filter(|branch| branch.exports().is_none()).collect();
    let filling: Vec<&Branch> = of_events.iter().filter(|branch| branch.mapping(column).is_some()).copied().collect();
    if filling.len() == of_events.len() && !filling.is_empty() {
        return "all".to_owned();
    }
    describe(filling)
}

/// `Sysmon` for `Microsoft-Windows-Sysmon/Operational`.
fn short(channel: &str) -> &str {
    let name = channel.strip_prefix("Microsoft-Windows-").unwrap_or(channel);
    name.strip_suffix("/Operational").unwrap_or(name)
}
