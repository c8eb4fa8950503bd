//! Order: which rules of a correlation match one after the other, and the alternatives of an extended condition.

use std::cell::Cell;
use std::ops::Range;

use syntax::sigma::Together;

use super::window::Occurrence;

/// One way to satisfy an expression: rules that have to be there, in their order, and rules that must not.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Way {
    pub present: Vec<usize>,
    pub absent: Vec<usize>,
}

/// Ways that are tried in each window.
pub(crate) const MAX_WAYS: usize = 1_000;
/// How often the next match of a rule is looked for, in all windows together.
const MAX_STEPS: u64 = 200_000_000;

/// The ways to satisfy an expression; `None` where there are too many.
pub(crate) fn ways(tree: &Together) -> Option<Vec<Way>> {
    let mut ways = expanded(tree, false)?;
    // What must be there and must not be is no way.
    ways.retain(|way| !way.present.iter().any(|part| way.absent.contains(part)));
    Some(ways)
}

fn expanded(tree: &Together, is_negated: bool) -> Option<Vec<Way>> {
    let (parts, is_product) = match (tree, is_negated) {
        (Together::Rule(part), false) => return Some(vec![Way { present: vec![*part], absent: Vec::new() }]),
        (Together::Rule(part), true) => return Some(vec![Way { present: Vec::new(), absent: vec![*part] }]),
        (Together::Not(inner), _) => return expanded(inner, !is_negated),
        (Together::And(parts), _) => (parts, !is_negated),
        (Together::Or(parts), _) => (parts, is_negated),
    };
    let mut ways = if is_product { vec![Way::default()] } else { Vec::new() };
    for part in parts {
        let more = expanded(part, is_negated)?;
        if is_product {
            if ways.len().saturating_mul(more.len()) > MAX_WAYS {
                return None;
            }
            ways = ways.iter().flat_map(|one| more.iter().map(move |other| one.and(other))).collect();
        } else {
            ways.extend(more);
        }
        ways.sort();
        ways.dedup();
        if ways.len() > MAX_WAYS {
            return None;
        }
    }
    Some(ways)
}

impl Way {
    fn and(&self, other: &Way) -> Way {
        let both = |one: &[usize], other: &[usize]| {
            let mut all: Vec<usize> = one.iter().chain(other).copied().collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        Way { present: both(&self.present, &other.present), absent: both(&self.absent, &other.absent) }
    }
}

/// The matches of each rule, to find the next one of a rule.
pub(super) struct Order<'a> {
    all: &'a [&'a Occurrence],
    places: Vec<Vec<usize>>,
    steps: Cell<u64>,
}

impl<'a> Order<'a> {
    pub fn new(all: &'a [&'a Occurrence], parts: usize) -> Self {
        let mut places = vec![Vec::new(); parts];
        for (index, one) in all.iter().enumerate() {
            if let Some(of_part) = places.get_mut(one.part) {
                of_part.push(index);
            }
        }
        Order { all, places, steps: Cell::new(0) }
    }

    /// More was looked at than any real log asks for: what is said from here on is not sure.
    pub fn is_spent(&self) -> bool {
        self.steps.get() > MAX_STEPS
    }

    pub fn are_in_order(&self, parts: &[usize], range: &Range<usize>) -> bool {
        let mut chain: Vec<usize> = Vec::with_capacity(parts.len());
        for part in parts {
            // One event stands at one place, also where a rule is asked for twice.
            let Some(next) = self.earliest(*part, chain.last().copied(), &chain, range) else {
                return false;
            };
            chain.push(next);
        }
        true
    }

    /// How many rules, at most, come one after the other in their order.
    pub fn longest(&self, range: &Range<usize>) -> usize {
        let mut best: Vec<Option<usize>> = vec![None; self.places.len() + 1];
        for part in 0..self.places.len() {
            for length in (0..=part).rev() {
                let before = best.get(length).copied().flatten();
                if length > 0 && before.is_none() {
                    continue;
                }
                let found = self.earliest(part, before, before.as_slice(), range);
                if let (Some(found), Some(held)) = (found, best.get_mut(length + 1)) {
                    *held = Some(held.map_or(found, |held| held.min(found)));
                }
            }
        }
        let longest = best.iter().rposition(Option::is_some).unwrap_or(0);
        let all: Vec<usize> = (0..self.places.len()).collect();
        let is_all = longest == all.len() && !all.is_empty();
        if is_all && !self.are_in_order(&all, range) { longest - 1 } else { longest }
    }

    /// The first match of a part that is not before another occurrence, and of another event than these.
    fn earliest(&self, part: usize, before: Option<usize>, used: &[usize], range: &Range<usize>) -> Option<usize> {
        self.steps.set(self.steps.get() + 1);
        if self.is_spent() {
            return None;
        }
        let before = before.and_then(|index| self.all.get(index));
        let places = self.places.get(part)?;
        let from = places.partition_point(|index| {
            *index < range.start || before.zip(self.all.get(*index)).is_some_and(|(before, one)| one.time < before.time)
        });
        let events = || used.iter().filter_map(|index| self.all.get(*index)?.event);
        let is_other = |index: &&usize| match self.all.get(**index).and_then(|one| one.event) {
            Some(event) => events().all(|used| used != event),
            None => !used.contains(index),
        };
        places.get(from..)?.iter().take_while(|index| **index < range.end).find(is_other).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(part: usize) -> Together {
        Together::Rule(part)
    }

    #[test]
    fn an_expression_is_taken_apart_into_its_ways() {
        let either = Together::Or(vec![rule(1), rule(2)]);
        let tree = Together::And(vec![rule(0), either.clone(), Together::Not(Box::new(rule(3)))]);
        let way = |present: &[usize], absent: &[usize]| Way { present: present.to_vec(), absent: absent.to_vec() };
        assert_eq!(ways(&tree), Some(vec![way(&[0, 1], &[3]), way(&[0, 2], &[3])]));
        assert_eq!(ways(&Together::Not(Box::new(either))), Some(vec![way(&[], &[1, 2])]));
        assert_eq!(ways(&Together::And(vec![rule(0), Together::Not(Box::new(rule(0)))])), Some(Vec::new()));
    }

    #[test]
    fn an_expression_of_too_many_ways_is_given_up() {
        let pair = |number: usize| Together::Or(vec![rule(2 * number), rule(2 * number + 1)]);
        assert_eq!(ways(&Together::And((0..9).map(pair).collect())).map(|ways| ways.len()), Some(512));
        assert_eq!(ways(&Together::And((0..10).map(pair).collect())), None);
    }
}
