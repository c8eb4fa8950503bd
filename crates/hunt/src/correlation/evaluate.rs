//! A correlation over what its rules matched, group by group; correlations within it first.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use functions::ticks::PER_SECOND;

use super::matches::{Event, Gathered};
use super::window::{Endless, Occurrence, Question, windows};
use super::{Node, Part, Places};
use crate::merge::Twins;

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
    /// Matches whose field had to have a value, or to be a number, and has none or is none.
    pub no_values: u64,
    /// Matches of which some values were left out: they have more than are looked at.
    pub cut: u64,
}

/// Why a correlation could not be looked at to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unlooked {
    /// Looking for an order took too many steps.
    Endless,
    /// Its matches are in too many groups, or have too many values.
    TooMany,
}

/// A match, or a window of a correlation within, with the events behind it. One that is in many groups is shared by them.
type Known = Arc<(Occurrence, Vec<usize>)>;

/// Groups that one event may be in: fields that come several times are each of their values.
const MOST_KEYS: usize = 1_000;
/// Places of matches in groups, and values that are counted, in all groups together: some hundred bytes each.
const MOST_PLACES: usize = 4_000_000;

/// The windows of a correlation, oldest first. Records that are twins are one event.
pub(crate) fn evaluate(node: &Node, gathered: &Gathered, twins: &Twins) -> Result<Evaluated, Unlooked> {
    let mut grouping =
        Grouping { node, gathered, twins, groups: BTreeMap::new(), places: 0, out: Evaluated::default() };
    for (index, part) in node.parts.iter().enumerate() {
        match part {
            Part::Rule(leaf) => grouping.rule(index, *leaf)?,
            Part::Node(inner) => {
                let inner = evaluate(inner, gathered, twins)?;
                for (field, count) in inner.ungrouped {
                    *grouping.out.ungrouped.entry(field).or_default() += count;
                }
                grouping.out.no_values += inner.no_values;
                grouping.out.cut += inner.cut;
                inner.hits.iter().try_for_each(|hit| grouping.chained(index, hit))?;
            }
        }
    }
    let Grouping { groups, mut out, .. } = grouping;
    let correlation = &node.correlation;
    let seconds = i64::try_from(correlation.timespan).unwrap_or(i64::MAX);
    let question = Question {
        kind: correlation.kind,
        asked: &correlation.condition,
        timespan: seconds.saturating_mul(PER_SECOND),
        parts: node.parts.len(),
    };
    for (key, mut known) in groups {
        known.sort_by_key(|known| (known.0.time, known.0.event, known.0.part));
        if !correlation.kind.is_temporal() {
            known = as_one(known);
        }
        let occurrences: Vec<&Occurrence> = known.iter().map(|known| &known.0).collect();
        for window in windows(&occurrences, question).map_err(|Endless| Unlooked::Endless)? {
            let inside = known.get(window.range).into_iter().flatten().flat_map(|known| known.1.iter().copied());
            let mut events: Vec<usize> = inside.collect::<BTreeSet<usize>>().into_iter().collect();
            events.sort_by_key(|index| gathered.events.get(*index).map(|event| event.time));
            let key = spelt(node, gathered, &key, &events);
            out.hits.push(Hit { events, key, met: window.met, number: window.number });
        }
    }
    out.hits.sort_by(|one, other| (one.met, &one.key).cmp(&(other.met, &other.key)));
    Ok(out)
}

/// Matches on their way into groups.
struct Grouping<'a> {
    node: &'a Node,
    gathered: &'a Gathered,
    twins: &'a Twins,
    groups: BTreeMap<Vec<u32>, Vec<Known>>,
    places: usize,
    out: Evaluated,
}

impl Grouping<'_> {
    /// The events that a rule matched, each in its groups. An event without a field that is grouped by is in none.
    fn rule(&mut self, part: usize, leaf: usize) -> Result<(), Unlooked> {
        let (node, gathered) = (self.node, self.gathered);
        let Some(places) = node.places.get(leaf) else {
            return Ok(());
        };
        for (index, event) in gathered.events.iter().enumerate().filter(|(_, event)| event.leaf == leaf) {
            let keys = self.combined(event, &places.group);
            if keys.is_empty() {
                self.ungrouped(Some(event), &places.group);
                continue;
            }
            let place = event.origins.first().map(|origin| (origin.file, origin.ordinal));
            let event_of = place.map(|place| self.twins.get(&place).copied().unwrap_or(place));
            let mut one = Occurrence { time: event.time, part, event: event_of, ..Occurrence::default() };
            self.look(event, places, &mut one);
            self.add(keys, (one, vec![index]))?;
        }
        Ok(())
    }

    /// A window of a correlation within, in each group that its events are in, with those events.
    fn chained(&mut self, part: usize, hit: &Hit) -> Result<(), Unlooked> {
        let (node, gathered) = (self.node, self.gathered);
        let mut keys: BTreeMap<Vec<u32>, (Occurrence, Vec<usize>)> = BTreeMap::new();
        let of_hit = || hit.events.iter().filter_map(|index| Some((*index, gathered.events.get(*index)?)));
        for (index, event) in of_hit() {
            let Some(places) = node.places.get(event.leaf) else {
                continue;
            };
            for key in self.combined(event, &places.group) {
                let new = || (Occurrence { time: hit.met, part, ..Occurrence::default() }, Vec::new());
                let (one, events) = keys.entry(key).or_insert_with(new);
                self.look(event, places, one);
                events.push(index);
                self.count(1)?;
            }
        }
        if keys.is_empty() {
            let first = of_hit().next().map(|(_, event)| event);
            let places = first.and_then(|event| node.places.get(event.leaf));
            self.ungrouped(first, places.map_or(&[], |places| &places.group));
        }
        keys.into_iter().try_for_each(|(key, known)| self.add(vec![key], known))
    }

    fn add(&mut self, keys: Vec<Vec<u32>>, known: (Occurrence, Vec<usize>)) -> Result<(), Unlooked> {
        let kind = self.node.correlation.kind;
        let has_none = if kind.has_numbers() { known.0.numbers.is_empty() } else { known.0.values.is_empty() };
        self.out.no_values += u64::from(kind.has_field() && has_none);
        self.count(keys.len() + known.0.values.len())?;
        let known = Arc::new(known);
        keys.into_iter().for_each(|key| self.groups.entry(key).or_default().push(known.clone()));
        Ok(())
    }

    fn count(&mut self, places: usize) -> Result<(), Unlooked> {
        self.places += places;
        if self.places > MOST_PLACES { Err(Unlooked::TooMany) } else { Ok(()) }
    }

    /// Says which field is missing.
    fn ungrouped(&mut self, event: Option<&Event>, places: &[usize]) {
        let lacking = places.iter().position(|place| event.is_none_or(|event| number(event, *place) == 0));
        let name = lacking.and_then(|lacking| self.node.correlation.group_by.get(lacking));
        *self.out.ungrouped.entry(name.map_or_else(String::new, |name| name.value.clone())).or_default() += 1;
    }

    /// The values of some fields together; none where one of them has no value.
    fn combined(&mut self, event: &Event, places: &[usize]) -> Vec<Vec<u32>> {
        let mut all: Vec<Vec<u32>> = vec![Vec::with_capacity(places.len())];
        let mut is_cut = false;
        for place in places {
            let values = self.gathered.values(number(event, *place));
            is_cut |= all.len().saturating_mul(values.len()) > MOST_KEYS;
            let with = |known: &Vec<u32>, value: u32| known.iter().copied().chain([value]).collect();
            all = all
                .iter()
                .flat_map(|known| values.iter().map(move |value| with(known, *value)))
                .take(MOST_KEYS)
                .collect();
        }
        self.out.cut += u64::from(is_cut);
        all
    }

    /// Adds the values that are looked at. Several fields count together, and are no number.
    fn look(&mut self, event: &Event, places: &Places, one: &mut Occurrence) {
        if places.values.is_empty() {
            return;
        }
        if let [only] = *places.values {
            one.numbers.extend(self.gathered.reals(number(event, only)));
        }
        one.values.extend(self.combined(event, &places.values).into_iter().map(Vec::into_boxed_slice));
    }
}

fn number(event: &Event, place: usize) -> u32 {
    event.values.get(place).copied().unwrap_or(0)
}

/// An event that several rules match is one event, with the values of all; so are two records of one thing.
fn as_one(all: Vec<Known>) -> Vec<Known> {
    let mut places: HashMap<(u32, u64), usize> = HashMap::new();
    let mut kept: Vec<Known> = Vec::with_capacity(all.len());
    for known in all {
        let place = known.0.event.and_then(|event| places.get(&event)).copied();
        let Some(first) = place.and_then(|place| kept.get_mut(place)) else {
            places.extend(known.0.event.map(|event| (event, kept.len())));
            kept.push(known);
            continue;
        };
        let (one, events) = Arc::make_mut(first);
        events.extend(&known.1);
        if known.0.values.iter().any(|value| !one.values.contains(value)) {
            one.values.extend(known.0.values.iter().cloned());
            one.numbers.extend(&known.0.numbers);
        }
    }
    kept
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
