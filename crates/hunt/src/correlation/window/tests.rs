//! Windows over a few matches, as the specification of correlations speaks of them.

use super::*;

/// Matches at these times, of these parts.
fn at(all: &[(i64, usize)]) -> Vec<Occurrence> {
    let one = |(index, (time, part)): (usize, &(i64, usize))| Occurrence {
        time: *time,
        part: *part,
        event: Some((0, index as u64)),
        ..Occurrence::default()
    };
    all.iter().enumerate().map(one).collect()
}

/// Matches with values.
fn valued(all: &[(i64, f64)]) -> Vec<Occurrence> {
    let one = |(time, value): &(i64, f64)| Occurrence {
        time: *time,
        values: vec![[(value * 10.0) as u32].into()],
        numbers: vec![*value],
        ..Occurrence::default()
    };
    all.iter().map(one).collect()
}

fn bounds(bounds: &[(Bound, f64)]) -> Asked {
    Asked::Number(Measure { bounds: bounds.to_vec(), ..Measure::default() })
}

/// Windows of ten ticks as (first, last, met).
fn found(kind: Kind, parts: usize, asked: &Asked, all: &[Occurrence]) -> Vec<(i64, i64, i64)> {
    let question = Question { kind, asked, timespan: 10, parts };
    let told = |window: Window| (all[window.range.start].time, all[window.range.end - 1].time, window.met);
    windows(all, question).unwrap().into_iter().map(told).collect()
}

#[test]
fn events_are_counted_in_a_window_that_slides_and_is_found_once() {
    let count = |asked: &[(Bound, f64)], times: &[i64]| {
        let all: Vec<(i64, usize)> = times.iter().map(|time| (*time, 0)).collect();
        found(Kind::EventCount, 1, &bounds(asked), &at(&all))
    };
    let three = [(Bound::Gte, 3.0)];
    // No window of fixed borders at 0, 10, 20 … has three.
    assert_eq!(count(&three, &[0, 8, 12, 16]), [(8, 16, 16)]);
    assert_eq!(count(&three, &[0, 1, 10, 20, 21, 30]), [(0, 10, 10), (20, 30, 30)]);
    assert_eq!(count(&three, &[0, 1, 2, 3, 4, 11, 12, 13]), [(0, 4, 2), (11, 13, 13)]);
    assert_eq!(count(&three, &[0, 5, 11, 16]), []);
    assert_eq!(count(&[(Bound::Gt, 3.0)], &[0, 1, 2]), []);
    // The end of a burst is no small number of events.
    assert_eq!(count(&[(Bound::Lt, 3.0)], &[0, 1, 2, 3, 40]), [(40, 40, 40)]);
    assert_eq!(count(&[(Bound::Eq, 2.0)], &[0, 1, 2, 30, 31]), [(30, 31, 31)]);
    assert_eq!(count(&[(Bound::Gt, 1.0), (Bound::Lte, 3.0)], &[0, 1, 2, 3, 20, 25, 27]), [(20, 27, 27)]);
    assert_eq!(count(&[(Bound::Neq, 2.0)], &[0, 1, 30]), [(30, 30, 30)]);
}

#[test]
fn distinct_values_are_counted() {
    let all = valued(&[(0, 1.0), (1, 1.0), (2, 2.0), (11, 3.0), (12, 1.0)]);
    assert_eq!(found(Kind::ValueCount, 1, &bounds(&[(Bound::Gte, 3.0)]), &all), [(1, 11, 11)]);
}

#[test]
fn sums_means_and_percentiles_are_of_the_numbers_of_a_window() {
    let all = valued(&[(0, 1.0), (1, 2.0), (2, 9.0), (20, 4.0), (21, 5.0)]);
    let number = |kind: Kind, asked: Asked| {
        let question = Question { kind, asked: &asked, timespan: 10, parts: 1 };
        windows(&all, question).unwrap().into_iter().map(|window| window.number.unwrap()).collect::<Vec<f64>>()
    };
    assert_eq!(number(Kind::ValueSum, bounds(&[(Bound::Gt, 10.0)])), [12.0]);
    assert_eq!(number(Kind::ValueAvg, bounds(&[(Bound::Gte, 4.0)])), [4.0, 4.5]);
    assert_eq!(number(Kind::ValueMedian, bounds(&[(Bound::Gt, 0.0)])), [2.0, 4.5]);
    let ninth = Asked::Number(Measure { bounds: vec![(Bound::Gt, 5.0)], percentile: Some(90.0), ..Measure::default() });
    assert!((number(Kind::ValuePercentile, ninth)[0] - 7.6).abs() < 1e-9);
}

#[test]
fn all_rules_of_a_temporal_correlation_are_there_in_any_order() {
    let all = at(&[(0, 1), (3, 1), (9, 0), (30, 0), (50, 0), (61, 1)]);
    assert_eq!(found(Kind::Temporal, 2, &bounds(&[(Bound::Gte, 2.0)]), &all), [(0, 9, 9)]);
    assert_eq!(found(Kind::Temporal, 2, &bounds(&[(Bound::Gte, 1.0)]), &all[3..4]), [(30, 30, 30)]);
}

#[test]
fn rules_of_an_ordered_correlation_come_one_after_the_other() {
    let ordered = |all: &[(i64, usize)]| found(Kind::TemporalOrdered, 3, &bounds(&[(Bound::Gte, 3.0)]), &at(all));
    assert_eq!(ordered(&[(0, 0), (1, 1), (2, 2)]), [(0, 2, 2)]);
    assert_eq!(ordered(&[(0, 1), (1, 0), (2, 2)]), []);
    assert_eq!(ordered(&[(0, 2), (1, 0), (2, 2), (3, 1), (4, 2)]), [(0, 4, 4)]);
    // At one time, in any order.
    assert_eq!(ordered(&[(0, 2), (0, 1), (0, 0)]), [(0, 0, 0)]);
    let two = found(Kind::TemporalOrdered, 3, &bounds(&[(Bound::Gte, 2.0)]), &at(&[(0, 1), (1, 0), (2, 2)]));
    assert_eq!(two, [(0, 2, 2)]);
    // One event is not before itself.
    let mut same = at(&[(0, 0), (0, 1)]);
    same[1].event = same[0].event;
    assert_eq!(found(Kind::TemporalOrdered, 2, &bounds(&[(Bound::Gte, 2.0)]), &same), []);
}

#[test]
fn an_extended_condition_says_which_rules_are_there_and_which_are_not() {
    let rule = |part: usize| Together::Rule(part);
    let without = Asked::Rules(Together::And(vec![rule(0), rule(1), Together::Not(Box::new(rule(2)))]));
    let temporal = |all: &[(i64, usize)]| found(Kind::Temporal, 3, &without, &at(all));
    assert_eq!(temporal(&[(0, 0), (5, 1)]), [(0, 5, 5)]);
    // What must not be there is looked for from the first match of the others on, for as long as the timespan.
    assert_eq!(temporal(&[(0, 0), (5, 1), (9, 2)]), []);
    assert_eq!(temporal(&[(0, 0), (2, 2), (5, 1)]), []);
    assert_eq!(temporal(&[(0, 2), (1, 0), (5, 1)]), [(1, 5, 5)]);
    assert_eq!(temporal(&[(0, 2), (9, 0), (10, 1), (12, 1)]), [(9, 12, 12)]);
    assert_eq!(temporal(&[(0, 2), (20, 0), (25, 1)]), [(20, 25, 25)]);
    let either = Asked::Rules(Together::And(vec![rule(0), Together::Or(vec![rule(1), rule(2)])]));
    let ordered = |all: &[(i64, usize)]| found(Kind::TemporalOrdered, 3, &either, &at(all));
    assert_eq!(ordered(&[(0, 1), (1, 0), (2, 2)]), [(0, 2, 2)]);
    assert_eq!(ordered(&[(0, 1), (1, 2), (2, 0)]), []);
}

#[test]
fn a_sum_of_no_numbers_is_none() {
    let mut all = valued(&[(0, 1.0), (1, 2.0)]);
    all.iter_mut().for_each(|one| one.numbers.clear());
    assert_eq!(found(Kind::ValueSum, 1, &bounds(&[(Bound::Lt, 5.0)]), &all), []);
}

#[test]
fn of_many_rules_in_order_some_are_enough() {
    let either = |one: usize, other: usize| Together::Or(vec![Together::Rule(one), Together::Rule(other)]);
    let asked = Asked::Rules(Together::And(vec![Together::Rule(0), either(1, 10), Together::Rule(11)]));
    // All twelve are there, and those between come in no order.
    let all = [(0, 0), (1, 10), (2, 11), (3, 9), (3, 8), (4, 7), (5, 6), (6, 5), (7, 4), (8, 3), (9, 2), (9, 1)];
    assert_eq!(found(Kind::TemporalOrdered, 12, &asked, &at(&all)), [(0, 9, 2)]);
}

#[test]
fn one_event_stands_at_one_place_of_an_order() {
    // The first rule is asked for again at the end: its only match, at the time of the other one, is not both.
    let mut all = at(&[(0, 0), (0, 1), (0, 2)]);
    all[2].event = all[0].event;
    assert_eq!(found(Kind::TemporalOrdered, 3, &bounds(&[(Bound::Gte, 3.0)]), &all), []);
    all[2].event = Some((0, 9));
    assert_eq!(found(Kind::TemporalOrdered, 3, &bounds(&[(Bound::Gte, 3.0)]), &all), [(0, 0, 0)]);
}
