//! A census: how many rows each table has in the evidence, and what a table without rows would have needed.

use std::collections::BTreeSet;

use plan::sigma::TABLE_PREFIX;
use telemetry::{Bounds, Branch, Logs, Report, TableDef, Twin};

use crate::source::Source;

/// How many hosts are named.
const HOSTS: usize = 20;

/// How many rows a table has, by a whole reading: one for each event that is of it, and one where two tell of the same.
pub fn rows(table: &TableDef, report: &Report, source: &Source) -> u64 {
    let is_row = |kind: &(u32, i64)| table.branches.iter().any(|branch| fits(branch, *kind, source));
    let events: u64 = report.kinds.iter().filter(|(kind, _)| is_row(kind)).map(|(_, count)| count).sum();
    let gives_way = table.branches.iter().any(|branch| branch.twin == Some(Twin::Yields));
    events.saturating_sub(if gives_way { source.twins() } else { 0 })
}

/// The branches of a table that make rows of the events there are.
pub fn present<'a>(table: &'a TableDef, report: &'a Report, source: &'a Source) -> impl Iterator<Item = &'a Branch> {
    let has_events =
        move |branch: &&Branch| report.kinds.iter().any(|(kind, count)| *count > 0 && fits(branch, *kind, source));
    table.branches.iter().filter(has_events)
}

fn fits(branch: &Branch, (channel, event): (u32, i64), source: &Source) -> bool {
    let evidence = &source.evidence;
    let is_channel = match branch.channel.as_deref() {
        Some(name) => evidence.channel_id(name) == Some(channel),
        None => !Logs::is_table(channel),
    };
    let is_left_out = branch.except.as_deref().is_some_and(|name| evidence.channel_id(name) == Some(channel));
    is_channel && !is_left_out && (branch.events.is_empty() || branch.events.contains(&event))
}

/// The events that make a table's rows, in words: `Sysmon event 1; Security event 4688; exports of DeviceProcessEvents`.
pub fn needs(table: &TableDef) -> String {
    needs_of([table])
}

/// The events that make the rows of any of these tables, in words, each once.
pub fn needs_of<'a>(tables: impl IntoIterator<Item = &'a TableDef>) -> String {
    let tables: Vec<&TableDef> = tables.into_iter().collect();
    let filled = || tables.iter().filter(|table| table.is_filled).flat_map(|table| &table.branches);
    let events = describe(filled());
    let exports: BTreeSet<String> = filled().filter_map(Branch::exports).map(exports).collect();
    let bare = tables.iter().filter(|table| !table.is_filled).map(|table| format!("export of {}", table.name));
    let events = std::iter::once(events).filter(|events| !events.is_empty());
    events.chain(exports).chain(bare).collect::<Vec<_>>().join("; ")
}

/// The rows of a table that were taken from elsewhere, in words; of one of Sigma's log sources, the log.
fn exports(table: &str) -> String {
    match table.strip_prefix(TABLE_PREFIX) {
        Some(source) => {
            let parts: Vec<&str> = source.split('/').filter(|part| !part.is_empty()).collect();
            format!("log of {}", parts.join("/"))
        }
        None => format!("exports of {table}"),
    }
}

fn describe<'a>(branches: impl IntoIterator<Item = &'a Branch>) -> String {
    // A channel of which all events are meant has none by number.
    let mut by_channel: Vec<(&str, Option<Vec<i64>>)> = Vec::new();
    for branch in branches.into_iter().filter(|branch| branch.exports().is_none()) {
        let channel = match (branch.channel.as_deref(), &branch.except) {
            (Some(channel), _) => short(channel),
            (None, Some(_)) => "any other log",
            (None, None) => "any log",
        };
        let own = (!branch.events.is_empty()).then(|| branch.events.clone());
        match by_channel.iter_mut().find(|(known, _)| *known == channel) {
            Some((_, events)) => match (events.as_mut(), own) {
                (Some(events), Some(own)) => events.extend(own),
                _ => *events = None,
            },
            None => by_channel.push((channel, own)),
        }
    }
    let words = |(channel, events): &mut (&str, Option<Vec<i64>>)| match events {
        None => format!("event of {channel}"),
        Some(events) => {
            let mut told = BTreeSet::new();
            events.retain(|event| told.insert(*event));
            let numbers: Vec<String> = events.iter().map(i64::to_string).collect();
            format!("{channel} event {}", numbers.join(", "))
        }
    };
    by_channel.iter_mut().map(words).collect::<Vec<_>>().join("; ")
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

/// Hosts that are asked for and have no event, in words, with those that have some.
///
/// `None` too where nobody can know: a reading that ended early, or none, has not met all hosts, and a lake of very many lists
/// none.
pub fn absent_hosts(source: &Source) -> Option<String> {
    source.report()?;
    let known = source.evidence.hosts()?;
    let is_of = |host: &String| {
        let wanted = Bounds { hosts: vec![host.clone()], ..Bounds::default() };
        known.iter().any(|known| wanted.has_host(Some(known)))
    };
    let absent: Vec<&str> = source.bounds().hosts.iter().filter(|host| !is_of(host)).map(String::as_str).collect();
    if absent.is_empty() {
        return None;
    }
    let mut named: Vec<&str> = known.iter().take(HOSTS).map(String::as_str).collect();
    let more = format!("{} more", known.len().saturating_sub(HOSTS));
    named.extend((known.len() > HOSTS).then_some(more.as_str()));
    let named = if named.is_empty() { "none".to_owned() } else { named.join(", ") };
    let hosts = if absent.len() == 1 { "host" } else { "hosts" };
    Some(format!("no event of {hosts} {}; hosts in the evidence: {named}", absent.join(", ")))
}

/// `Sysmon` for `Microsoft-Windows-Sysmon/Operational`.
fn short(channel: &str) -> &str {
    let name = channel.strip_prefix("Microsoft-Windows-").unwrap_or(channel);
    name.strip_suffix("/Operational").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use telemetry::Catalog;

    use super::*;
    use crate::trial::{Folder, rows as queried, sysmon};

    #[test]
    fn what_several_tables_need_is_said_once() {
        let tables = ["DeviceProcessEvents", "DeviceFileEvents", "DeviceProcessEvents", "Sysmon", "WindowsEvent"];
        let tables = tables.map(|name| Catalog.table(name).unwrap().unwrap());
        let said = needs_of(tables[..3].iter().map(|table| &**table));
        let parts: Vec<&str> = said.split("; ").collect();
        let unique: BTreeSet<&&str> = parts.iter().collect();
        assert_eq!(
            (parts.len(), parts.iter().filter(|part| part.starts_with("Sysmon event 1,")).count()),
            (unique.len(), 1)
        );
        assert_eq!(needs(&tables[0]), "Sysmon event 1; Security event 4688; exports of DeviceProcessEvents");
        assert!(needs_of(tables[3..].iter().map(|table| &**table)).contains("event of any log"));
    }

    #[test]
    fn a_host_without_events_is_told_with_those_that_have_some() {
        let log = sysmon("PC1.corp.example", 1, 0, "a.exe", "") + &sysmon("pc2", 1, 0, "a.exe", "");
        let folder = Folder::new().with("a.json", &log);
        let absent = |hosts: &[&str]| {
            let hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
            let source = Arc::new(folder.bounded(Bounds { hosts, ..Bounds::default() }));
            queried(&source, "DeviceProcessEvents | count").unwrap();
            absent_hosts(&source)
        };
        assert_eq!((absent(&["pc1", "PC2"]), absent(&[])), (None, None));
        let said = "no event of host PC3; hosts in the evidence: PC1.corp.example, pc2";
        assert_eq!(absent(&["PC2", "PC3"]).as_deref(), Some(said));
    }
}
