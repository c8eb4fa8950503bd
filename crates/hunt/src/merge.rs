//! Merging: what several variants of a detection find on the same events is one finding.

use std::collections::HashMap;

use functions::origin::Origin;
use render::finding::{Event, Finding};
use serde_json::{Map, Value};
use telemetry::Evidence;
use xxhash_rust::xxh3::Xxh3;

use crate::found::Found;

/// What a finding says of its detection.
#[derive(Debug, Clone)]
pub struct Described {
    pub id: String,
    pub title: String,
    pub level: String,
    pub confidence: Option<String>,
    pub techniques: Vec<String>,
    /// The names of the variants that ran.
    pub variants: Vec<&'static str>,
}

/// Rows of the same detection and events, one of each variant.
struct Group {
    found: Vec<Found>,
}

/// The findings, oldest first. The n-th row that a variant gives for some events meets the n-th of the others.
pub fn merge(found: Vec<Found>, detections: &[Described], evidence: &Evidence) -> Vec<Finding> {
    let mut groups: HashMap<(usize, Vec<Place>, u64, usize), Group> = HashMap::new();
    let mut seen: HashMap<(usize, usize, Vec<Place>, u64), usize> = HashMap::new();
    for row in found {
        let places = places(&row.origins.kept);
        let nth = seen.entry((row.detection, row.variant, places.clone(), row.origins.count)).or_default();
        let key = (row.detection, places, row.origins.count, *nth);
        *nth += 1;
        groups.entry(key).or_insert_with(|| Group { found: Vec::new() }).found.push(row);
    }
    let mut findings: Vec<Finding> =
        groups.into_values().filter_map(|group| finding(group, detections, evidence)).collect();
    findings.sort_by(|a, b| (a.ticks, &a.detection, &a.id).cmp(&(b.ticks, &b.detection, &b.id)));
    findings
}

/// Where an event stands: file and number in it.
type Place = (u32, u64);

fn places(origins: &[Origin]) -> Vec<Place> {
    let mut places: Vec<Place> = origins.iter().map(|origin| (origin.file, origin.ordinal)).collect();
    places.sort_unstable();
    places
}

fn finding(mut group: Group, detections: &[Described], evidence: &Evidence) -> Option<Finding> {
    group.found.sort_by_key(|row| row.variant);
    let first = group.found.first()?;
    let detection = detections.get(first.detection)?;
    let name_of = |variant: usize| detection.variants.get(variant).copied();
    let mut variants: Vec<&'static str> = group.found.iter().filter_map(|row| name_of(row.variant)).collect();
    variants.dedup();
    let mut missed_by: Vec<&'static str> = detection.variants.clone();
    missed_by.retain(|name| !variants.contains(name));
    missed_by.dedup();

    let mut kept = first.origins.kept.clone();
    kept.sort_by_key(|origin| (origin.time, origin.file, origin.ordinal));
    let ticks = group.found.iter().find_map(|row| row.time).or_else(|| kept.last().map(|origin| origin.time));
    let events: Vec<Event> = kept.iter().map(|origin| event(origin, evidence)).collect();
    let host = kept.last().and_then(|origin| evidence.log(origin.log)).map(|log| log.computer);
    let host = host.filter(|host| !host.is_empty());
    Some(Finding {
        id: stable_id(&detection.id, &first.row, &events),
        detection: detection.id.clone(),
        title: detection.title.clone(),
        level: detection.level.clone(),
        confidence: detection.confidence.clone(),
        variants,
        missed_by,
        techniques: detection.techniques.clone(),
        time: ticks.and_then(render::value::datetime),
        ticks,
        host: host.or_else(|| group.found.iter().find_map(|row| text(&row.row, HOSTS))),
        user: group.found.iter().find_map(|row| user(&row.row)),
        events,
        event_count: first.origins.count,
        row: first.row.clone(),
    })
}

fn event(origin: &Origin, evidence: &Evidence) -> Event {
    let file = evidence.file_name(origin.file).unwrap_or_default().to_string();
    let channel = evidence.log(origin.log).map(|log| log.channel).unwrap_or_default();
    Event { file, channel, record: origin.record }
}

/// A hash of what was found that does not change with the order of reading or the place of the evidence.
fn stable_id(detection: &str, row: &Map<String, Value>, events: &[Event]) -> String {
    let mut hash = Xxh3::new();
    let mut part = |text: &str| {
        hash.update(&(text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    };
    part(detection);
    for (name, value) in row {
        part(name);
        part(&value.to_string());
    }
    for event in events {
        part(&event.file);
        part(&event.channel);
        part(&event.record.to_string());
    }
    format!("{:032x}", hash.digest128())
}

const HOSTS: &[&str] = &["DeviceName", "Computer", "Hostname", "ComputerName"];
const DOMAINS: &[&str] = &["AccountDomain", "InitiatingProcessAccountDomain", "SubjectDomainName"];
const USERS: &[&str] = &[
    "AccountName",
    "InitiatingProcessAccountName",
    "User",
    "username",
    "SubjectUserName",
    "TargetUserName",
    "Account",
];

fn user(row: &Map<String, Value>) -> Option<String> {
    let name = text(row, USERS)?;
    match text(row, DOMAINS) {
        Some(domain) if !name.contains('\\') => Some(format!("{domain}\\{name}")),
        _ => Some(name),
    }
}

/// The first of these columns that says something; column names differ in case between the languages.
fn text(row: &Map<String, Value>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| {
        let (_, value) = row.iter().find(|(column, _)| column.eq_ignore_ascii_case(name))?;
        value.as_str().filter(|text| !text.is_empty() && *text != "-").map(str::to_string)
    })
}
