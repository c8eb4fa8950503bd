//! Numbers about series: sums, statistics, correlation, the line that fits.

use serde_json::{Value, json};

use super::{JSON, real, reals};
use crate::function::{Function, Param, kernel};
use crate::rows::{Row, to_real, to_text};
use crate::types::Type;

pub(super) const FUNCTIONS: &[Function] = &[
    kernel!(["series_sum"], "the sum of a series", [JSON] => Type::Real,
        |args| to_real(args, |row| Some(reals(row, 0)?.into_iter().flatten().sum())), [("series_sum(dynamic([1, 2, 3, 4]))", "10")]),
    kernel!(["series_product"], "the product of a series", [JSON] => Type::Real,
        |args| to_real(args, |row| Some(reals(row, 0)?.into_iter().flatten().product())), [("series_product(dynamic([1, 2, 3, 4]))", "24")]),
    kernel!(["series_magnitude"], "the length of a series as a vector", [JSON] => Type::Real,
        |args| to_real(args, |row| Some(magnitude(&reals(row, 0)?))), [("series_magnitude(dynamic([3, 4]))", "5")]),
    kernel!(["series_dot_product"], "the sum of the products of two series", [JSON, JSON] => Type::Real,
        |args| to_real(args, |row| {
            let (left, right) = both(row)?;
            Some(dot(&left, &right))
        }), [("series_dot_product(dynamic([1, 2, 4]), dynamic([4, 2, 1]))", "12"), ("series_dot_product(dynamic([1, 2, 4]), 2)", "14")]),
    kernel!(["series_cosine_similarity"], "the cosine of the angle between two series as vectors; their lengths may be given",
        [JSON, JSON, Param::Is(Type::Real), Param::Is(Type::Real)], optional 2 => Type::Real,
        |args| to_real(args, |row| {
            let (left, right) = both(row)?;
            let left_length = if row.len() > 2 { row.real(2)? } else { magnitude(&left) };
            let right_length = if row.len() > 3 { row.real(3)? } else { magnitude(&right) };
            Some(dot(&left, &right) / (left_length * right_length))
        }), [("series_cosine_similarity(dynamic([3, 4]), dynamic([3, 4]))", "1")]),
    kernel!(["series_pearson_correlation"], "how two series of one length move together, from -1 to 1", [JSON, JSON] => Type::Real,
        |args| to_real(args, pearson), [("round(series_pearson_correlation(dynamic([1, 2, 3]), dynamic([2, 4, 6])), 9)", "1")]),
    kernel!(["series_stats_dynamic"], "minimum, maximum, their places, average, deviation, variance, sum and length of a series, as a bag; null where a value is no finite number, unless such values are left out",
        [JSON, Param::Is(Type::Bool)], optional 1 => Type::Dynamic,
        |args| to_text(args, |row| {
            let (series, ignores_others) = (reals(row, 0)?, row.len() > 1 && row.bool(1) == Some(true));
            let is_known = ignores_others || series.iter().all(Option::is_some);
            if is_known { Some(statistics(&series)?.to_string()) } else { None }
        }),
        [("series_stats_dynamic(dynamic([10, 20])).variance", "50"),
        ("isnull(series_stats_dynamic(dynamic([10, null, 20])))", "true"),
        ("series_stats_dynamic(dynamic([10, null, 20]), true).avg", "15")]),
    kernel!(["series_fit_line_dynamic"], "the line that fits a series: its slope, its start, how well it fits and its values, as a bag", [JSON] => Type::Dynamic,
        |args| to_text(args, |row| Some(line(&reals(row, 0)?)?.to_string())),
        [("series_fit_line_dynamic(dynamic([1, 2, 3, 4])).slope", "1")]),
];

type Reals = Vec<Option<f64>>;

/// A number stands for a series of it.
fn both(row: &Row<'_>) -> Option<(Reals, Reals)> {
    match (reals(row, 0), reals(row, 1)) {
        (Some(left), Some(right)) => Some((left, right)),
        (Some(left), None) => {
            let right = vec![Some(row.json(1).as_f64()?); left.len()];
            Some((left, right))
        }
        (None, Some(right)) => Some((vec![Some(row.json(0).as_f64()?); right.len()], right)),
        (None, None) => None,
    }
}

fn dot(left: &Reals, right: &Reals) -> f64 {
    left.iter().zip(right).filter_map(|(left, right)| Some((*left)? * (*right)?)).sum()
}

fn magnitude(series: &Reals) -> f64 {
    dot(series, series).sqrt()
}

fn pearson(row: &Row<'_>) -> Option<f64> {
    let (left, right) = (reals(row, 0)?, reals(row, 1)?);
    if left.len() != right.len() {
        return None;
    }
    let pairs: Vec<(f64, f64)> = left.into_iter().zip(right).filter_map(|(x, y)| Some((x?, y?))).collect();
    let count = pairs.len() as f64;
    let (x, y) =
        (pairs.iter().map(|pair| pair.0).sum::<f64>() / count, pairs.iter().map(|pair| pair.1).sum::<f64>() / count);
    let sum = |of: fn(f64, f64) -> f64| pairs.iter().map(|pair| of(pair.0 - x, pair.1 - y)).sum::<f64>();
    Some(sum(|x, y| x * y) / (sum(|x, _| x * x) * sum(|_, y| y * y)).sqrt())
}

fn statistics(series: &Reals) -> Option<Value> {
    let known: Vec<(usize, f64)> =
        series.iter().enumerate().filter_map(|(place, value)| Some((place, (*value)?))).collect();
    let least = known.iter().min_by(|a, b| a.1.total_cmp(&b.1))?;
    let most = known.iter().rev().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let (count, sum) = (known.len() as f64, known.iter().map(|value| value.1).sum::<f64>());
    let average = sum / count;
    let squares: f64 = known.iter().map(|value| (value.1 - average).powi(2)).sum();
    let variance = if count > 1.0 { squares / (count - 1.0) } else { 0.0 };
    Some(json!({
        "min": real(least.1), "min_idx": least.0, "max": real(most.1), "max_idx": most.0, "avg": real(average),
        "stdev": real(variance.sqrt()), "variance": real(variance), "sum": real(sum), "len": series.len(),
    }))
}

pub(super) fn line(series: &[Option<f64>]) -> Option<Value> {
    let known: Vec<(f64, f64)> =
        series.iter().enumerate().filter_map(|(place, value)| Some((place as f64, (*value)?))).collect();
    let count = known.len() as f64;
    if count < 2.0 {
        return None;
    }
    let (x, y) =
        (known.iter().map(|pair| pair.0).sum::<f64>() / count, known.iter().map(|pair| pair.1).sum::<f64>() / count);
    let squares: f64 = known.iter().map(|pair| (pair.0 - x).powi(2)).sum();
    let slope = known.iter().map(|pair| (pair.0 - x) * (pair.1 - y)).sum::<f64>() / squares;
    let start = y - slope * x;
    let spread: f64 = known.iter().map(|pair| (pair.1 - y).powi(2)).sum();
    let left: f64 = known.iter().map(|pair| (pair.1 - start - slope * pair.0).powi(2)).sum();
    let fit: Vec<Value> = (0..series.len()).map(|place| real(start + slope * place as f64)).collect();
    let fits = if spread > 0.0 { 1.0 - left / spread } else { 1.0 };
    Some(json!({
        "rsquare": real(fits), "slope": real(slope), "variance": real(spread / (count - 1.0)),
        "rvariance": real(left / (count - 1.0)), "interception": real(start), "line_fit": fit,
    }))
}
