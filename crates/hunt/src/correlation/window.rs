//! Windows: where, among the matches of one group, a correlation holds.
//!
//! A window begins with a match and takes in all that comes within the timespan. The first that meets the condition is found, and
//! the next begins behind it, so that an attack that goes on is found once for each timespan. Where a window has too few matches, or
//! holds what must not be there, the next begins one match later; where it has too many, it is passed over as a whole, for its end
//! alone would have fewer.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::ops::Range;

use syntax::sigma::{Asked, Bound, Kind, Measure, Together};

use super::ordered::{self, Order, Way};
use super::sum::Sum;

/// One match of a part of a correlation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Occurrence {
    pub time: i64,
    /// Index of the rule, or of the correlation, that matched.
    pub part: usize,
    /// The event, where it is one.
    pub event: Option<(u32, u64)>,
    /// Values of the fields that the correlation looks at, by the numbers of their texts; and those that are numbers themselves.
    pub values: Vec<Box<[u32]>>,
    pub numbers: Vec<f64>,
}

/// What is asked of a window.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    pub kind: Kind,
    pub asked: &'a Asked,
    /// In ticks.
    pub timespan: i64,
    /// How many parts the correlation has.
    pub parts: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Window {
    /// Indices of its occurrences.
    pub range: Range<usize>,
    /// When the condition was met.
    pub met: i64,
    /// The sum, mean or the like that was looked at.
    pub number: Option<f64>,
}

enum Verdict {
    Met(Option<f64>),
    TooMuch,
    /// Also where something is there that must not be: without its first match a window may be free of it.
    TooLittle,
}

/// The windows over occurrences in the order of their time.
pub(crate) fn windows<O: Borrow<Occurrence>>(all: &[O], question: Question<'_>) -> Result<Vec<Window>, Endless> {
    let all: &[&Occurrence] = &all.iter().map(Borrow::borrow).collect::<Vec<_>>();
    let ways = match question.asked {
        Asked::Rules(tree) if question.kind == Kind::TemporalOrdered => ordered::ways(tree).ok_or(Endless)?,
        _ => Vec::new(),
    };
    let search = Search { all, question, order: Order::new(all, question.parts), ways };
    let mut windows = Vec::new();
    let mut state = State::new(question.parts);
    let (mut start, mut end) = (0, 0);
    while let Some(first) = all.get(start) {
        let last = first.time.saturating_add(question.timespan);
        while let Some(next) = all.get(end).filter(|next| next.time <= last) {
            state.add(next);
            end += 1;
        }
        let verdict = search.verdict(&state, start..end);
        if search.order.is_spent() {
            return Err(Endless);
        }
        match verdict {
            Verdict::TooLittle if !question.is_of_all_values() => {
                state.remove(first);
                start += 1;
                continue;
            }
            Verdict::Met(number) => {
                windows.push(Window { range: start..end, met: search.met(start..end), number });
            }
            Verdict::TooMuch | Verdict::TooLittle => {}
        }
        state = State::new(question.parts);
        start = end;
    }
    Ok(windows)
}

/// Looking for an order took more steps than any real log asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Endless;

impl Question<'_> {
    /// A mean goes up and down with what a window happens to begin with: such windows follow one another.
    fn is_of_all_values(&self) -> bool {
        matches!(self.kind, Kind::ValueAvg | Kind::ValueMedian | Kind::ValuePercentile)
    }

    /// Whether more matches can only help.
    fn is_met_early(&self) -> bool {
        !self.is_of_all_values()
            && match self.asked {
                Asked::Number(measure) => {
                    measure.bounds.iter().all(|(bound, _)| matches!(bound, Bound::Gt | Bound::Gte))
                }
                Asked::Rules(tree) => !has_not(tree),
            }
    }
}

fn has_not(tree: &Together) -> bool {
    match tree {
        Together::Rule(_) => false,
        Together::Not(_) => true,
        Together::And(parts) | Together::Or(parts) => parts.iter().any(has_not),
    }
}

/// What a window holds, kept as it moves.
struct State<'a> {
    count: usize,
    parts: Vec<usize>,
    values: HashMap<&'a [u32], usize>,
    sum: Sum,
}

impl<'a> State<'a> {
    fn new(parts: usize) -> Self {
        State { count: 0, parts: vec![0; parts], values: HashMap::new(), sum: Sum::default() }
    }

    fn add(&mut self, one: &'a Occurrence) {
        self.count += 1;
        if let Some(part) = self.parts.get_mut(one.part) {
            *part += 1;
        }
        one.values.iter().for_each(|value| *self.values.entry(value).or_default() += 1);
        one.numbers.iter().for_each(|number| self.sum.add(*number));
    }

    fn remove(&mut self, one: &Occurrence) {
        self.count = self.count.saturating_sub(1);
        if let Some(part) = self.parts.get_mut(one.part) {
            *part = part.saturating_sub(1);
        }
        for value in &one.values {
            if let Some(count) = self.values.get_mut(&**value) {
                *count -= 1;
                if *count == 0 {
                    self.values.remove(&**value);
                }
            }
        }
        one.numbers.iter().for_each(|number| self.sum.remove(*number));
    }

    fn has(&self, part: usize) -> bool {
        self.parts.get(part).is_some_and(|count| *count > 0)
    }
}

struct Search<'a> {
    all: &'a [&'a Occurrence],
    question: Question<'a>,
    order: Order<'a>,
    /// Those of an ordered expression.
    ways: Vec<Way>,
}

impl Search<'_> {
    fn verdict(&self, state: &State<'_>, range: Range<usize>) -> Verdict {
        match self.question.asked {
            Asked::Number(measure) => self.number(measure, state, range),
            Asked::Rules(tree) => self.together(tree, state, range),
        }
    }

    fn number(&self, measure: &Measure, state: &State<'_>, range: Range<usize>) -> Verdict {
        let number = match self.question.kind {
            Kind::EventCount => Some(state.count as f64),
            Kind::ValueCount => Some(state.values.len() as f64),
            Kind::ValueSum => state.sum.value(),
            Kind::ValueAvg => self.mean(range),
            Kind::ValueMedian => self.percentile(range, 50.0),
            Kind::ValuePercentile => self.percentile(range, measure.percentile.unwrap_or(50.0)),
            Kind::Temporal => Some(state.parts.iter().filter(|count| **count > 0).count() as f64),
            Kind::TemporalOrdered => Some(self.order.longest(&range) as f64),
        };
        let Some(number) = number else {
            return Verdict::TooLittle;
        };
        let holds = |(bound, asked): &(Bound, f64)| bound.holds(number, *asked);
        let is_enough = |(bound, asked): &(Bound, f64)| match bound {
            Bound::Gt => number > *asked,
            Bound::Gte | Bound::Eq => number >= *asked,
            Bound::Lt | Bound::Lte | Bound::Neq => true,
        };
        if measure.bounds.iter().all(holds) {
            Verdict::Met(self.question.kind.has_field().then_some(number))
        } else if measure.bounds.iter().all(is_enough) {
            Verdict::TooMuch
        } else {
            Verdict::TooLittle
        }
    }

    fn together(&self, tree: &Together, state: &State<'_>, range: Range<usize>) -> Verdict {
        let present = |part: usize| state.has(part);
        let is_met = holds(tree, &present)
            && match self.question.kind {
                Kind::TemporalOrdered => self.are_ordered(state, &range),
                _ => true,
            };
        if is_met { Verdict::Met(None) } else { Verdict::TooLittle }
    }

    fn are_ordered(&self, state: &State<'_>, range: &Range<usize>) -> bool {
        let is_free = |way: &&Way| !way.absent.iter().any(|part| state.has(*part));
        self.ways.iter().filter(is_free).any(|way| self.order.are_in_order(&way.present, range))
    }

    fn numbers(&self, range: Range<usize>) -> Vec<f64> {
        self.all.get(range).into_iter().flatten().flat_map(|one| one.numbers.iter().copied()).collect()
    }

    fn mean(&self, range: Range<usize>) -> Option<f64> {
        let mut sum = Sum::default();
        self.numbers(range).into_iter().for_each(|number| sum.add(number));
        sum.mean()
    }

    /// Between two values, the place on the line from one to the other.
    fn percentile(&self, range: Range<usize>, percentile: f64) -> Option<f64> {
        let mut numbers = self.numbers(range);
        numbers.sort_by(f64::total_cmp);
        let place = percentile / 100.0 * numbers.len().checked_sub(1)? as f64;
        let (low, high) = (numbers.get(place.floor() as usize)?, numbers.get(place.ceil() as usize)?);
        let apart = high - low;
        let share = place.fract();
        Some(if apart.is_finite() { low + apart * share } else { low * (1.0 - share) + high * share })
    }

    /// When a window that meets the condition did so first; where more could still have spoilt it, at its end.
    fn met(&self, range: Range<usize>) -> i64 {
        let time = |index: usize| self.all.get(index).map_or(0, |one| one.time);
        if self.question.is_met_early() {
            let mut state = State::new(self.question.parts);
            for index in range.clone() {
                self.all.get(index).into_iter().for_each(|one| state.add(one));
                if matches!(self.verdict(&state, range.start..index + 1), Verdict::Met(_)) {
                    return time(index);
                }
            }
        }
        time(range.end.saturating_sub(1))
    }
}

fn holds(tree: &Together, present: &dyn Fn(usize) -> bool) -> bool {
    match tree {
        Together::Rule(part) => present(*part),
        Together::Not(inner) => !holds(inner, present),
        Together::And(parts) => parts.iter().all(|part| holds(part, present)),
        Together::Or(parts) => parts.iter().any(|part| holds(part, present)),
    }
}

#[cfg(test)]
mod tests;
