//! A correlation over what its rules matched, group by group; correlations within it first.

use std::collections::{BTreeMap, BTreeSet};

use functions::ticks::PER_SECOND;

use super::matches::{Event, Gathered};
use super::window::{Occurrence, Question, windows};
use super::{Node, Part, Places};

/// A window in which a correlation holds.
#[derive(Debug)]
pub(crate) struct Hit {
    /// Indices of its events, in the order of time.
    pub events: Vec<usize>,
    /// The numbers of the texts that it is grouped by.
    pub key: Vec<u32>,
    pub met: i64,
    pub number: Option<f64>,
}

/// What a correlation came to.
#[derive(Debug, Default)]
pub(crate) struct Evaluated {
    pub hits: Vec<Hit>,
    /// Matches without a field that is grouped by, by its name.
    pub ungrouped: BTreeMap<String, u64>,
    /// Matches whose field had to be a number and is none.
    pub no_numbers: u64,
}

/// An occurrence with the events behind it.
type Known = (Occurrence, Vec<usize>);

/// The windows of a correlation, oldest first.
pub(crate) fn evaluate(node: &Node, gathered: &Gathered) -> Evaluated {
    let mut out = Evaluated::default();
    let mut groups: BTreeMap<Vec<u32>, Vec<Known>> = BTreeMap::new();
    for (index, part) in node.parts.iter().enumerate() {
        match part {
            Part::Rule(leaf) => rule(node, gathered, (index, *leaf), &mut groups, &mut out),
            Part::Node(inner) => {
                let inner = evaluate(inner, gathered);
                for (field, count) in inner.ungrouped {
                    *out.ungrouped.entry(field).or_default() += count;
                }
                out.no_numbers += inner.no_numbers;
                inner.hits.into_iter().for_each(|hit| chained(node, gathered, index, hit, &mut groups));
            }
        }
    }
    let correlation = &node.correlation;
    let seconds = i64::try_from(correlation.timespan).unwrap_or(i64::MAX);
    let question = Question {
        kind: correlation.kind,
        asked: &correlation.condition,
        timespan: seconds.saturating_mul(PER_SECOND),
        parts: node.parts.len(),
    };
    for (key, mut known) in groups {
        known.sort_by_key(|(one, _)| (one.time, one.event, one.part));
        if !correlation.kind.is_temporal() {
            // An event that several rules match is one event.
            known.dedup_by(|(one, _), (other, _)| one.event.is_some() && one.event == other.event);
        }
        let (occurrences, events): (Vec<Occurrence>, Vec<Vec<usize>>) = known.into_iter().unzip();
        for window in windows(&occurrences, question) {
            let inside = events.get(window.range).into_iter().flatten().flatten().copied();
            let mut events: Vec<usize> = inside.collect::<BTreeSet<usize>>().into_iter().collect();
            events.sort_by_key(|index| gathered.events.get(*index).map(|event| event.time));
            out.hits.push(Hit { events, key: key.clone(), met: window.met, number: window.number });
        }
    }
    out.hits.sort_by(|one, other| (one.met, &one.key).cmp(&(other.met, &other.key)));
    out
}

/// The events that a rule matched, each in its group. An event without a field that is grouped by is in none.
fn rule(
    node: &Node,
    gathered: &Gathered,
    (part, leaf): (usize, usize),
    groups: &mut BTreeMap<Vec<u32>, Vec<Known>>,
    out: &mut Evaluated,
) {
    let Some(places) = node.places.get(leaf) else {
        return;
    };
    for (index, event) in gathered.events.iter().enumerate().filter(|(_, event)| event.leaf == leaf) {
        let key = key(event, places);
        if let Some(lacking) = key.iter().position(|number| *number == 0) {
            let name = node.correlation.group_by.get(lacking).map_or("", |name| name.value.as_str());
            *out.ungrouped.entry(name.to_string()).or_default() += 1;
            continue;
        }
        let mut one = Occurrence { time: event.time, part, ..Occurrence::default() };
        one.event = event.origins.first().map(|origin| (origin.file, origin.ordinal));
        look(gathered, event, places, &mut one);
        out.no_numbers += u64::from(node.correlation.kind.has_numbers() && one.numbers.is_empty());
        groups.entry(key).or_default().push((one, vec![index]));
    }
}

/// A window of a correlation within, in each group that its events are in.
fn chained(node: &Node, gathered: &Gathered, part: usize, hit: Hit, groups: &mut BTreeMap<Vec<u32>, Vec<Known>>) {
    let mut keys: BTreeMap<Vec<u32>, Occurrence> = BTreeMap::new();
    for event in hit.events.iter().filter_map(|index| gathered.events.get(*index)) {
        let Some(places) = node.places.get(event.leaf) else {
            continue;
        };
        let key = key(event, places);
        if key.iter().all(|number| *number != 0) {
            let new = Occurrence { time: hit.met, part, ..Occurrence::default() };
            look(gathered, event, places, keys.entry(key).or_insert(new));
        }
    }
    for (key, one) in keys {
        groups.entry(key).or_default().push((one, hit.events.clone()));
    }
}

fn key(event: &Event, places: &Places) -> Vec<u32> {
    places.group.iter().map(|place| event.values.get(*place).copied().unwrap_or(0)).collect()
}

/// Adds the values that are looked at. Several fields count together, and are no number.
fn look(gathered: &Gathered, event: &Event, places: &Places, one: &mut Occurrence) {
    let values: Box<[u32]> = places.values.iter().map(|place| event.values.get(*place).copied().unwrap_or(0)).collect();
    if values.is_empty() || values.contains(&0) {
        return;
    }
    if let [only] = *values {
        one.numbers.extend(gathered.reals(only));
    }
    one.values.push(values);
}
