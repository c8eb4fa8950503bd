//! A correlation over what its rules matched, group by group; correlations within it first.

use std::collections::{BTreeMap, BTreeSet};

use functions::ticks::PER_SECOND;

use super::matches::{Event, Gathered};
use super::window::{Endless, Occurrence, Question, windows};
use super::{Node, Part, Places};

/// A window in which a correlation holds.
#[derive(Debug)]
pub(crate) struct Hit {
    /// Indices of its events, in the order of time.
    pub events: Vec<usize>,
    /// What it is grouped by.
    pub key: Vec<String>,
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
pub(crate) fn evaluate(node: &Node, gathered: &Gathered) -> Result<Evaluated, Endless> {
    let mut out = Evaluated::default();
    let mut groups: BTreeMap<Vec<u32>, Vec<Known>> = BTreeMap::new();
    for (index, part) in node.parts.iter().enumerate() {
        match part {
            Part::Rule(leaf) => rule(node, gathered, (index, *leaf), &mut groups, &mut out),
            Part::Node(inner) => {
                let inner = evaluate(inner, gathered)?;
                for (field, count) in inner.ungrouped {
                    *out.ungrouped.entry(field).or_default() += count;
                }
                out.no_numbers += inner.no_numbers;
                inner.hits.iter().for_each(|hit| chained(node, gathered, index, hit, &mut groups));
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
            as_one(&mut known);
        }
        let (occurrences, events): (Vec<Occurrence>, Vec<Vec<usize>>) = known.into_iter().unzip();
        for window in windows(&occurrences, question)? {
            let inside = events.get(window.range).into_iter().flatten().flatten().copied();
            let mut events: Vec<usize> = inside.collect::<BTreeSet<usize>>().into_iter().collect();
            events.sort_by_key(|index| gathered.events.get(*index).map(|event| event.time));
            let key = spelt(node, gathered, &key, &events);
            out.hits.push(Hit { events, key, met: window.met, number: window.number });
        }
    }
    out.hits.sort_by(|one, other| (one.met, &one.key).cmp(&(other.met, &other.key)));
    Ok(out)
}

/// The events that a rule matched, each in its groups. An event without a field that is grouped by is in none.
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
        let keys = combined(gathered, event, &places.group);
        if keys.is_empty() {
            let lacking = places.group.iter().position(|place| number(event, *place) == 0);
            let name = lacking.and_then(|lacking| node.correlation.group_by.get(lacking));
            *out.ungrouped.entry(name.map_or_else(String::new, |name| name.value.clone())).or_default() += 1;
            continue;
        }
        let mut one = Occurrence { time: event.time, part, ..Occurrence::default() };
        one.event = event.origins.first().map(|origin| (origin.file, origin.ordinal));
        look(gathered, event, places, &mut one);
        out.no_numbers += u64::from(node.correlation.kind.has_numbers() && one.numbers.is_empty());
        for key in keys {
            groups.entry(key).or_default().push((one.clone(), vec![index]));
        }
    }
}

/// A window of a correlation within, in each group that its events are in, with those events.
fn chained(node: &Node, gathered: &Gathered, part: usize, hit: &Hit, groups: &mut BTreeMap<Vec<u32>, Vec<Known>>) {
    let mut keys: BTreeMap<Vec<u32>, Known> = BTreeMap::new();
    for index in &hit.events {
        let Some(event) = gathered.events.get(*index) else {
            continue;
        };
        let Some(places) = node.places.get(event.leaf) else {
            continue;
        };
        for key in combined(gathered, event, &places.group) {
            let new = || (Occurrence { time: hit.met, part, ..Occurrence::default() }, Vec::new());
            let (one, events) = keys.entry(key).or_insert_with(new);
            look(gathered, event, places, one);
            events.push(*index);
        }
    }
    for (key, known) in keys {
        groups.entry(key).or_default().push(known);
    }
}

fn number(event: &Event, place: usize) -> u32 {
    event.values.get(place).copied().unwrap_or(0)
}

/// Groups that one event may be in: fields that come several times are each of their values.
const MOST_KEYS: usize = 1_000;

/// The values of some fields together; none where one of them has no value.
fn combined(gathered: &Gathered, event: &Event, places: &[usize]) -> Vec<Vec<u32>> {
    let mut all: Vec<Vec<u32>> = vec![Vec::with_capacity(places.len())];
    for place in places {
        let values = gathered.values(number(event, *place));
        let with = |known: &Vec<u32>, value: u32| known.iter().copied().chain([value]).collect();
        all =
            all.iter().flat_map(|known| values.iter().map(move |value| with(known, *value))).take(MOST_KEYS).collect();
    }
    all
}

/// Adds the values that are looked at. Several fields count together, and are no number.
fn look(gathered: &Gathered, event: &Event, places: &Places, one: &mut Occurrence) {
    if places.values.is_empty() {
        return;
    }
    if let [only] = *places.values {
        one.numbers.extend(gathered.reals(number(event, only)));
    }
    one.values.extend(combined(gathered, event, &places.values).into_iter().map(Vec::into_boxed_slice));
}

/// An event that several rules match is one event, with the values of all.
fn as_one(known: &mut Vec<Known>) {
    known.dedup_by(|(one, _), (other, _)| {
        let is_same = one.event.is_some() && one.event == other.event;
        if is_same && one.values.iter().any(|value| !other.values.contains(value)) {
            other.values.append(&mut one.values);
            other.numbers.append(&mut one.numbers);
        }
        is_same
    });
}

/// What a hit is grouped by, as its first event spells it.
fn spelt(node: &Node, gathered: &Gathered, key: &[u32], events: &[usize]) -> Vec<String> {
    let first = events.first().and_then(|index| gathered.events.get(*index));
    let of_first = |event: &Event, place: usize, value: u32| {
        let place = node.places.get(event.leaf)?.group.get(place)?;
        gathered.spelling(number(event, *place), value).map(str::to_owned)
    };
    let places = key.iter().enumerate();
    places.map(|(place, value)| first.and_then(|event| of_first(event, place, *value)).unwrap_or_default()).collect()
}
