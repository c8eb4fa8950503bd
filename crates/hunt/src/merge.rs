//! Merging: what several variants of a detection find on the same events is one finding.

use std::collections::HashMap;

use functions::origin::{KEPT, Origin};
use render::finding::{Event, Finding};
use serde_json::{Map, Value};
use telemetry::Evidence;
use xxhash_rust::xxh3::Xxh3;

use crate::found::{Found, Shape};

/// What a finding says of its detection.
#[derive(Debug, Clone)]
pub struct Described {
    pub id: String,
    pub title: String,
    pub level: String,
    pub confidence: Option<String>,
    pub techniques: Vec<String>,
    /// The names of the variants that ran to their end.
    pub variants: Vec<&'static str>,
    /// It has, or stands for, several variants: some look at tables that make one row of two records, so that those are one
    /// event for all of them, whichever of them ran.
    pub has_twins: bool,
}

/// A plan as its rows need it.
#[derive(Debug, Clone)]
pub struct Planned {
    pub detection: usize,
    pub variant: &'static str,
    pub shape: Shape,
}

/// Rows of one detection on the same events, of each variant at most one. Made into a [`Finding`] only when it is written: its
/// row is the larger part of it.
#[derive(Debug)]
pub struct Group {
    found: Vec<Found>,
    pub detection: usize,
    /// When it happened, in ticks.
    pub time: Option<i64>,
    pub host: Option<String>,
}

impl Group {
    /// The rows that the variants gave.
    pub fn rows(&self) -> impl Iterator<Item = &Found> {
        self.found.iter()
    }
}

/// Where an event stands: file and number in it.
pub type Place = (u32, u64);

/// Records that tell of the same thing as another one: for each the other, which stands for both.
pub type Twins = HashMap<Place, Place>;

/// The groups, oldest first. The n-th row that a plan gives for some events meets the n-th of the others. Where a detection has
/// twins, two records of one thing meet too.
pub fn merge(
    found: Vec<Found>,
    plans: &[Planned],
    described: &[Described],
    evidence: &Evidence,
    twins: &Twins,
) -> Vec<Group> {
    let mut keys: HashMap<(usize, Vec<Place>, u64, usize), usize> = HashMap::new();
    let mut seen: HashMap<(usize, Vec<Place>, u64), usize> = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for row in found {
        let Some(plan) = plans.get(row.plan) else {
            continue;
        };
        let places = places(&row.origins.kept);
        let nth = seen.entry((row.plan, places.clone(), row.origins.count)).or_default();
        let has_twins = described.get(plan.detection).is_some_and(|detection| detection.has_twins);
        let (places, count) = match has_twins && !twins.is_empty() {
            true => as_one(places, row.origins.count, twins),
            false => (places, row.origins.count),
        };
        let key = (plan.detection, places, count, *nth);
        *nth += 1;
        let group = Group { detection: plan.detection, time: None, host: None, found: Vec::new() };
        // Rows without events (of literal tables) have nothing that could make two of them one.
        if key.1.is_empty() {
            groups.push(Group { found: vec![row], ..group });
            continue;
        }
        let place = *keys.entry(key).or_insert_with(|| {
            groups.push(group);
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(place) {
            group.found.push(row);
        }
    }
    for group in &mut groups {
        group.found.sort_by_key(|row| row.plan);
        let last = group.last_event();
        group.time = group.found.iter().find_map(|row| row.time).or_else(|| last.and_then(Origin::time));
        group.host = last.and_then(|origin| evidence.log(origin.log)).map(|log| log.computer);
        if group.host.as_ref().is_none_or(String::is_empty) {
            group.host = group.found.iter().find_map(|row| text(&row.object(&plans.get(row.plan)?.shape), HOSTS));
        }
    }
    groups.sort_by_cached_key(|group| (group.time, group.detection, group.first_place()));
    groups
}

/// The places with each pair of records as one, and how many events they then are.
fn as_one(places: Vec<Place>, count: u64, twins: &Twins) -> (Vec<Place>, u64) {
    let all = places.len() as u64;
    let mut one: Vec<Place> = places.into_iter().map(|place| twins.get(&place).copied().unwrap_or(place)).collect();
    one.sort_unstable();
    one.dedup();
    let fewer = all - one.len() as u64;
    (one, count - fewer)
}

fn places(origins: &[Origin]) -> Vec<Place> {
    let mut places: Vec<Place> = origins.iter().map(|origin| (origin.file, origin.ordinal)).collect();
    places.sort_unstable();
    places
}

impl Group {
    /// The finding, with the row of its first variant.
    pub fn finding(&self, plans: &[Planned], detections: &[Described], evidence: &Evidence) -> Option<Finding> {
        let first = self.found.first()?;
        let detection = detections.get(self.detection)?;
        let named = self.found.iter().filter_map(|row| Some(plans.get(row.plan)?.variant));
        let found_by: Vec<&'static str> = named.collect();
        let (variants, missed_by): (Vec<&'static str>, Vec<&'static str>) =
            detection.variants.iter().partition(|name| found_by.contains(name));
        let mut kept: Vec<Origin> = self.found.iter().flat_map(|row| row.origins.kept.iter().copied()).collect();
        kept.sort_by_key(|origin| (origin.time, origin.file, origin.ordinal));
        kept.dedup();
        // Beyond what a row keeps, its own count is what is known.
        let event_count = self.found.iter().map(|row| row.origins.count).max().unwrap_or(0);
        let event_count = if kept.len() < KEPT { event_count.max(kept.len() as u64) } else { event_count };
        kept.drain(..kept.len().saturating_sub(KEPT));
        let events: Vec<Event> = kept.iter().map(|origin| event(origin, evidence)).collect();
        let row = first.object(&plans.get(first.plan)?.shape);
        let users = self.found.iter().map(|row| Some(user(&row.object(&plans.get(row.plan)?.shape))));
        Some(Finding {
            id: stable_id(&detection.id, &row, &events),
            detection: detection.id.clone(),
            title: detection.title.clone(),
            level: detection.level.clone(),
            confidence: detection.confidence.clone(),
            variants,
            missed_by,
            techniques: detection.techniques.clone(),
            time: self.time.and_then(render::value::datetime),
            host: self.host.clone(),
            user: users.flatten().flatten().next(),
            events,
            event_count,
            row,
        })
    }

    fn last_event(&self) -> Option<Origin> {
        let events = self.found.first()?.origins.kept.iter();
        events.max_by_key(|origin| (origin.time, origin.file, origin.ordinal)).copied()
    }

    fn first_place(&self) -> Option<Place> {
        let events = self.found.first()?.origins.kept.iter();
        events.map(|origin| (origin.file, origin.ordinal)).min()
    }
}

fn event(origin: &Origin, evidence: &Evidence) -> Event {
    let file = evidence.file_name(origin.file).unwrap_or_default().to_string();
    let channel = evidence.log(origin.log).map_or_else(|| "(unknown)".to_string(), |log| log.channel);
    let at = (!evidence.has_own_records(origin.file)).then(|| telemetry::event::spelt_place(origin.ordinal));
    Event { file, channel, record: origin.record, at }
}

/// A hash of what was found that does not change with the order of reading: lists count by what they hold, and events are sorted.
fn stable_id(detection: &str, row: &Map<String, Value>, events: &[Event]) -> String {
    let mut hash = Xxh3::new();
    let mut part = |text: &str| {
        hash.update(&(text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    };
    part(detection);
    for (name, value) in row {
        part(name);
        part(&unordered(value).to_string());
    }
    let mut events: Vec<(&str, &str, i64)> =
        events.iter().map(|event| (event.file.as_str(), event.channel.as_str(), event.record)).collect();
    events.sort_unstable();
    for (file, channel, record) in events {
        part(file);
        part(channel);
        part(&record.to_string());
    }
    format!("{:032x}", hash.digest128())
}

/// A value whose lists are in an order of their own.
fn unordered(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(unordered).collect();
            items.sort_by_cached_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), unordered(value))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

const HOSTS: &[&str] = &["DeviceName", "Computer", "Hostname", "ComputerName"];
/// Columns that name a user, each with the column that holds its domain.
const USERS: &[(&str, &str)] = &[
    ("AccountName", "AccountDomain"),
    ("InitiatingProcessAccountName", "InitiatingProcessAccountDomain"),
    ("User", ""),
    ("username", ""),
    ("SubjectUserName", "SubjectDomainName"),
    ("TargetUserName", "TargetDomainName"),
    ("Account", ""),
];

fn user(row: &Map<String, Value>) -> Option<String> {
    USERS.iter().find_map(|(name, domain)| {
        let name = text(row, &[name])?;
        match text(row, &[domain]) {
            Some(domain) if !name.contains('\\') => Some(format!("{domain}\\{name}")),
            _ => Some(name),
        }
    })
}

/// The first of these columns that says something; column names differ in case between the languages.
fn text(row: &Map<String, Value>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| {
        let (_, value) = row.iter().find(|(column, _)| column.eq_ignore_ascii_case(name))?;
        value.as_str().filter(|text| !text.is_empty() && *text != "-").map(str::to_string)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_does_not_depend_on_the_order_in_which_values_were_collected() {
        let id = |row: Value, records: &[i64]| {
            let event = |record: &i64| Event { file: "a".into(), channel: "b".into(), record: *record, at: None };
            let events: Vec<Event> = records.iter().map(event).collect();
            stable_id("d", row.as_object().unwrap(), &events)
        };
        let one = id(serde_json::json!({"names": ["a", "b"], "pairs": [{"x": [1, 2]}, 3]}), &[1, 2]);
        assert_eq!(one, id(serde_json::json!({"names": ["b", "a"], "pairs": [3, {"x": [2, 1]}]}), &[2, 1]));
        assert_ne!(one, id(serde_json::json!({"names": ["a", "a"], "pairs": [{"x": [1, 2]}, 3]}), &[1, 2]));
        assert_ne!(one, id(serde_json::json!({"names": ["a", "b"], "pairs": [{"x": [1, 2]}, 3]}), &[1, 3]));
    }
}
