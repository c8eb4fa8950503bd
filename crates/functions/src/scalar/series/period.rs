//! Periods of a series: the lags at which it is most like itself. How the service weighs them is not published: which lags are
//! periods follows its documentation, the scores come within 0.001 of those that it shows.

use serde_json::{Value, json};

use super::{JSON, real, reals};
use crate::function::{Function, Overload, Param, kernel};
use crate::rows::{Row, to_text};
use crate::types::Type;

const REAL: Param = Param::Is(Type::Real);
const LONG: Param = Param::Is(Type::Long);

pub(super) const FUNCTIONS: &[Function] = &[
    kernel!(["series_periods_detect"], "the lengths of the strongest periods of a series, of those between two lengths, and their scores; not the service's exact scores",
        [JSON, REAL, REAL, LONG] => Type::Dynamic, |args| to_text(args, detected),
        [("series_periods_detect(dynamic([8, 12, 14, 12, 10, 10, 12, 14, 12, 10, 10, 12, 14, 12, 10, 10, 12, 14, 12, 10]), 4.0, 10.0, 2)", "[5.0,0.0]")]),
    Function::kql(
        &["series_periods_validate"],
        "whether a series has periods of these lengths: a score for each, 0 for none; not the service's exact scores",
        &[Overload::kernel(&[JSON, REAL], Type::Dynamic, |args| to_text(args, validated)).rest(REAL)],
        &[("series_periods_validate(dynamic([1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 3, 2]), 4.0, 5.0)", "[4.0,5.0]")],
    ),
    kernel!(["series_seasonal"], "what repeats itself in a series: of each place in its period the median; the period is sought unless it is given",
        [JSON, LONG, LONG], optional 2 => Type::Dynamic, |args| to_text(args, repeated),
        [("series_seasonal(dynamic([1, 3, 5, 1, 3, 5, 2, 4, 6]), 3)", "[1.0,3.0,5.0,1.0,3.0,5.0,1.0,3.0,5.0]")]),
];

/// The shortest period that is looked for.
const SHORTEST: usize = 4;
/// The work of one row.
const STEPS: usize = 100_000_000;
/// The score from which on a period is believed.
pub(super) const BELIEVED: f64 = 0.6;

/// The likeness of a series to itself at each lag up to half of its length, from 0 (none) to 1.
pub(super) struct Likeness {
    at: Vec<f64>,
    length: usize,
}

impl Likeness {
    pub(super) fn of(series: &[f64]) -> Option<Self> {
        let length = series.len();
        if length.saturating_mul(length) > STEPS {
            return None;
        }
        let average = series.iter().sum::<f64>() / length as f64;
        let centered: Vec<f64> = series.iter().map(|value| value - average).collect();
        let whole: f64 = centered.iter().map(|value| value * value).sum();
        let one = |lag: usize| {
            let shared: f64 =
                centered.iter().zip(centered.get(lag..).unwrap_or_default()).map(|(one, later)| one * later).sum();
            // Between the sum over what is left of the series and that sum made up for what is missing.
            shared / whole * (length as f64 / (length - lag) as f64).sqrt()
        };
        let at = if whole > 0.0 { (0..length * 3 / 4).map(one).collect() } else { Vec::new() };
        Some(Likeness { at, length })
    }

    /// How much a lag is a period: nothing where the series is more like itself at a lag from half of it to half as much again.
    pub(super) fn score(&self, period: usize) -> f64 {
        let Some(own) = self.at.get(period).filter(|_| period >= SHORTEST && period * 2 < self.length) else {
            return 0.0;
        };
        let around = self.at.iter().enumerate().skip(period / 2).take(period + 1);
        let is_peak = around.filter(|(lag, _)| *lag != period).all(|(_, other)| other < own);
        if is_peak { own.clamp(0.0, 1.0) } else { 0.0 }
    }

    /// The best periods between two lengths, the best first.
    pub(super) fn best(&self, shortest: f64, longest: f64, most: usize) -> Vec<(usize, f64)> {
        let within = |period: &usize| (*period as f64) >= shortest && (*period as f64) <= longest;
        let mut found: Vec<(usize, f64)> = (SHORTEST..self.length.div_ceil(2))
            .filter(within)
            .map(|period| (period, self.score(period)))
            .filter(|(_, score)| *score > 0.0)
            .collect();
        found.sort_by(|one, other| other.1.total_cmp(&one.1));
        found.truncate(most);
        found
    }
}

/// How many periods may be asked for.
const PERIODS: usize = 16;

fn detected(row: &Row<'_>) -> Option<String> {
    let series = numbers(row, 0)?;
    let (shortest, longest) = (row.real(1)?, row.real(2)?);
    let count = usize::try_from(row.long(3)?).ok()?.min(PERIODS);
    let mut found = Likeness::of(&series)?.best(shortest, longest, count);
    found.resize(count, (0, 0.0));
    let periods: Vec<Value> = found.iter().map(|(period, _)| real(*period as f64)).collect();
    let scores: Vec<Value> = found.iter().map(|(_, score)| real(*score)).collect();
    Some(json!({ "periods": periods, "scores": scores }).to_string())
}

fn validated(row: &Row<'_>) -> Option<String> {
    let likeness = Likeness::of(&numbers(row, 0)?)?;
    let asked: Vec<f64> = (1..row.len()).map(|index| row.real(index)).collect::<Option<_>>()?;
    let score = |period: &f64| if *period >= 0.0 { likeness.score(period.round() as usize) } else { 0.0 };
    let scores: Vec<Value> = asked.iter().map(|period| real(score(period))).collect();
    let periods: Vec<Value> = asked.into_iter().map(real).collect();
    Some(json!({ "periods": periods, "scores": scores }).to_string())
}

fn repeated(row: &Row<'_>) -> Option<String> {
    let series = reals(row, 0)?;
    let spared = if row.len() > 2 { usize::try_from(row.long(2)?).ok()? } else { 0 };
    let wanted = if row.len() > 1 { row.long(1)? } else { -1 };
    let learnt = series.get(..series.len().saturating_sub(spared))?;
    let seasonal = seasonal(learnt, series.len(), wanted, BELIEVED)?;
    Some(Value::Array(seasonal.into_iter().map(real).collect()).to_string())
}

/// The part of a series that repeats, for so many places; -1 has its period sought, 0 is none.
pub(super) fn seasonal(learnt: &[Option<f64>], places: usize, wanted: i64, believed: f64) -> Option<Vec<f64>> {
    let period = match wanted {
        -1 => {
            let known: Vec<f64> = learnt.iter().map(|value| value.unwrap_or(0.0)).collect();
            let best = Likeness::of(&known)?.best(0.0, f64::MAX, 1);
            best.first().filter(|(_, score)| *score >= believed).map_or(0, |(period, _)| *period)
        }
        given => usize::try_from(given).ok()?,
    };
    if period == 0 {
        return Some(vec![0.0; places]);
    }
    let one = |phase: usize| {
        let mut same: Vec<f64> = learnt.iter().skip(phase).step_by(period).copied().flatten().collect();
        same.sort_by(f64::total_cmp);
        percentile(&same, 50.0).unwrap_or(0.0)
    };
    let phases: Vec<f64> = (0..period.min(places)).map(one).collect();
    Some(phases.into_iter().cycle().take(places).collect())
}

/// A percentile of sorted values, between neighbours by their distance.
pub(super) fn percentile(sorted: &[f64], percent: f64) -> Option<f64> {
    let place = percent / 100.0 * (sorted.len().checked_sub(1)?) as f64;
    let low = *sorted.get(place.floor() as usize)?;
    let high = *sorted.get(place.ceil() as usize)?;
    Some(low + (high - low) * place.fract())
}

fn numbers(row: &Row<'_>, index: usize) -> Option<Vec<f64>> {
    Some(reals(row, index)?.into_iter().map(|value| value.unwrap_or(0.0)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the documentation of `series_periods_detect`: 14 bins are its one period, with a score of 0.84.
    #[test]
    fn the_documented_period_is_found() {
        let series = [
            80, 139, 87, 110, 68, 54, 50, 51, 53, 133, 86, 141, 97, 156, 94, 149, 95, 140, 77, 61, 50, 54, 47, 133, 72,
            152, 94, 148, 105, 162, 101, 160, 87, 63, 53, 55, 54, 151, 103, 189, 108, 183, 113, 175, 113, 178, 90, 71,
            62, 62, 65, 165, 109, 181, 115, 182, 121, 178, 114, 170,
        ];
        let likeness = Likeness::of(&series.map(f64::from)).unwrap();
        let best = likeness.best(0.0, 50.0, 2);
        assert_eq!(best.iter().map(|found| found.0).collect::<Vec<_>>(), [14]);
        assert_eq!((likeness.score(14) * 100.0).round(), 84.0);
        assert_eq!(likeness.score(10), 0.0);
    }
}
