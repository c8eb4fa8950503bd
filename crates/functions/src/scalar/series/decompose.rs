//! A series taken apart: what repeats, the trend, and the rest; what is out of line in the rest, and what comes next.

use serde_json::{Value, json};

use super::period::{BELIEVED, percentile, seasonal};
use super::{JSON, real, reals};
use crate::function::{Function, Overload, Param, kernel};
use crate::rows::{Row, to_text};
use crate::types::Type;

const REAL: Param = Param::Is(Type::Real);
const LONG: Param = Param::Is(Type::Long);
const TEXT: Param = Param::Text;

pub(super) const FUNCTIONS: &[Function] = &[
    kernel!(["series_decompose"], "a series as what repeats (by its period, sought unless given), a trend ('avg', 'linefit' or 'none') and the rest; which periods are believed is not the service's exact choice",
        [JSON, LONG, TEXT, LONG, REAL], optional 4 => Type::Dynamic,
        |args| to_text(args, |row| Some(decomposed(row, [1, 2, 3, 4])?.bag().to_string())),
        [("series_decompose(dynamic([1, 2, 3, 4]), 0, 'linefit')", "[1.0,2.0,3.0,4.0]")]),
    kernel!(["series_decompose_forecast"], "what a series comes to in its last points, from what repeats in those before and their trend",
        [JSON, LONG, LONG, TEXT, REAL], optional 3 => Type::Dynamic,
        |args| to_text(args, |row| Some(decomposed(row, [2, 3, 1, 4])?.bag().to_string())),
        [("series_decompose_forecast(dynamic([1, 2, 3, 0, 0]), 2, 0, 'linefit')", "[1.0,2.0,3.0,4.0,5.0]")]),
    kernel!(["series_decompose_anomalies"], "1 or -1 where a series is above or below what repeats in it and its trend by more than a threshold of Tukey's fence, 1.5 unless given; with the scores and the baseline; which periods are believed is not the service's exact choice",
        [JSON, REAL, LONG, TEXT, LONG, TEXT, REAL], optional 6 => Type::Dynamic, |args| to_text(args, anomalies),
        [("series_decompose_anomalies(dynamic([10, 11, 10, 11, 10, 11, 10, 90, 10, 11, 10, 11]))", "[0,0,0,0,0,0,0,1,0,0,0,0]")]),
    Function::kql(
        &["series_outliers"],
        "how far each value of a series lies out of the range between two percentiles, counted in such ranges",
        &[Overload::kernel(&[JSON, TEXT, REAL, REAL, REAL, LONG], Type::Dynamic, |args| to_text(args, outliers))
            .optional(5)],
        &[("series_outliers(dynamic([1, 2, 3, 4, 5, 11]), 'tukey')", "[-0.5,-0.1,0.0,0.0,0.1,2.5]")],
    ),
];

struct Decomposed {
    series: Vec<Option<f64>>,
    seasonal: Vec<f64>,
    trend: Vec<f64>,
}

impl Decomposed {
    fn baseline(&self) -> Vec<f64> {
        self.seasonal.iter().zip(&self.trend).map(|(seasonal, trend)| seasonal + trend).collect()
    }

    fn residual(&self) -> Vec<Option<f64>> {
        self.series.iter().zip(self.baseline()).map(|(value, baseline)| Some((*value)? - baseline)).collect()
    }

    fn bag(&self) -> Value {
        let residual: Vec<Value> = self.residual().into_iter().map(|value| value.map_or(Value::Null, real)).collect();
        json!({
            "baseline": array(&self.baseline()), "seasonal": array(&self.seasonal), "trend": array(&self.trend),
            "residual": residual,
        })
    }
}

/// The places say where the arguments stand: the period, the trend, the points that are not learnt from, and the score from which
/// on a period is believed.
fn decomposed(row: &Row<'_>, [period, trend, spared, believed]: [usize; 4]) -> Option<Decomposed> {
    let series = reals(row, 0)?;
    let wanted = if row.len() > period { row.long(period)? } else { -1 };
    let trend = if row.len() > trend { row.text_or_empty(trend) } else { "avg" };
    let spared = if row.len() > spared { usize::try_from(row.long(spared)?).ok()? } else { 0 };
    let believed = if row.len() > believed { row.real(believed)? } else { BELIEVED };
    let learnt = series.get(..series.len().saturating_sub(spared))?;
    let seasonal = seasonal(learnt, series.len(), wanted, believed)?;
    let without =
        learnt.iter().zip(&seasonal).enumerate().filter_map(|(x, (y, repeats))| Some((x as f64, (*y)? - repeats)));
    let (slope, start) = line(&without.collect::<Vec<_>>(), trend)?;
    let trend = (0..series.len()).map(|x| start + slope * x as f64).collect();
    Some(Decomposed { series, seasonal, trend })
}

/// Slope and start of a trend.
fn line(points: &[(f64, f64)], kind: &str) -> Option<(f64, f64)> {
    let count = points.len() as f64;
    if points.is_empty() {
        return Some((0.0, 0.0));
    }
    let (x, y) = (
        points.iter().map(|point| point.0).sum::<f64>() / count,
        points.iter().map(|point| point.1).sum::<f64>() / count,
    );
    match kind {
        "avg" => Some((0.0, y)),
        "none" => Some((0.0, 0.0)),
        "linefit" => {
            let squares: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
            let both: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
            let slope = if squares > 0.0 { both / squares } else { 0.0 };
            Some((slope, y - slope * x))
        }
        _ => None,
    }
}

fn anomalies(row: &Row<'_>) -> Option<String> {
    let threshold = if row.len() > 1 { row.real(1)? } else { 1.5 };
    let found = decomposed(row, [2, 3, 4, 6])?;
    let method = if row.len() > 5 { row.text_or_empty(5) } else { "ctukey" };
    let spared = if row.len() > 4 { usize::try_from(row.long(4)?).ok()? } else { 0 };
    let scores = fenced(&found.residual(), range(method, [10.0, 90.0])?, spared);
    let flag = |score: &f64| Value::from(i64::from(*score > threshold) - i64::from(*score < -threshold));
    let flags: Vec<Value> = scores.iter().map(flag).collect();
    Some(json!({ "ad_flag": flags, "ad_score": array(&scores), "baseline": array(&found.baseline()) }).to_string())
}

fn outliers(row: &Row<'_>) -> Option<String> {
    let mut series = reals(row, 0)?;
    let method = if row.len() > 1 { row.text_or_empty(1) } else { "ctukey" };
    // A missing value that is null itself stands for none.
    if let Some(missing) = (row.len() > 2).then(|| row.real(2)).flatten() {
        for value in &mut series {
            *value = value.filter(|value| *value != missing);
        }
    }
    let low = if row.len() > 3 { row.real(3)? } else { 10.0 };
    let high = if row.len() > 4 { row.real(4)? } else { 90.0 };
    let spared = if row.len() > 5 { usize::try_from(row.long(5)?).ok()? } else { 0 };
    Some(array(&fenced(&series, range(method, [low, high])?, spared)).to_string())
}

fn range(method: &str, own: [f64; 2]) -> Option<[f64; 2]> {
    let is_possible = own.iter().all(|percent| (2.0..=98.0).contains(percent));
    match method {
        "tukey" => Some([25.0, 75.0]),
        "ctukey" if is_possible => Some(own),
        _ => None,
    }
}

/// How far each value lies out of the range between two percentiles, counted in ranges.
fn fenced(series: &[Option<f64>], [low, high]: [f64; 2], spared: usize) -> Vec<f64> {
    let learnt = series.get(..series.len().saturating_sub(spared)).unwrap_or_default();
    let mut sorted: Vec<f64> = learnt.iter().copied().flatten().collect();
    sorted.sort_by(f64::total_cmp);
    let (Some(low), Some(high)) = (percentile(&sorted, low), percentile(&sorted, high)) else {
        return vec![0.0; series.len()];
    };
    let score = |value: &Option<f64>| match value {
        Some(value) if *value > high => (value - high) / (high - low),
        Some(value) if *value < low => (value - low) / (high - low),
        _ => 0.0,
    };
    series.iter().map(score).collect()
}

fn array(values: &[f64]) -> Value {
    Value::Array(values.iter().copied().map(real).collect())
}
