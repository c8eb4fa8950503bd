//! Filters over series: finite and infinite impulse response.

use serde_json::Value;

use super::{JSON, real, reals};
use crate::function::{Function, Param, kernel};
use crate::rows::{Row, to_text};
use crate::types::Type;

const BOOL: Param = Param::Is(Type::Bool);

pub(super) const FUNCTIONS: &[Function] = &[
    kernel!(["series_fir"], "a series through a filter of factors, normalised to their sum and centered if asked for", [JSON, JSON, BOOL, BOOL], optional 2 => Type::Dynamic,
        |args| to_text(args, finite), [("series_fir(dynamic([5, 15, 10, 20]), dynamic([1, -1]), false, false)", "[5.0,10.0,-5.0,10.0]")]),
    kernel!(["series_iir"], "a series through a filter with factors for its values and for its own results", [JSON, JSON, JSON] => Type::Dynamic,
        |args| to_text(args, infinite), [("series_iir(dynamic([0, 1, 2, 3, 4]), dynamic([1]), dynamic([1, -1]))", "[0.0,1.0,3.0,6.0,10.0]")]),
];

/// The work of one row: a long series under a long filter would never end.
const STEPS: usize = 100_000_000;

/// Without a word about it, a filter is normalised where none of its factors is negative.
fn finite(row: &Row<'_>) -> Option<String> {
    let (series, factors) = (numbers(row, 0)?, numbers(row, 1)?);
    if series.len().saturating_mul(factors.len()) > STEPS {
        return None;
    }
    let normalises = if row.len() > 2 { row.bool(2)? } else { factors.iter().all(|factor| *factor >= 0.0) };
    let is_centered = if row.len() > 3 { row.bool(3)? } else { false };
    let scale = if normalises { factors.iter().sum() } else { 1.0 };
    let shift = if is_centered { factors.len() / 2 } else { 0 };
    let one = |place: usize| {
        let at = |back: usize| (place + shift).checked_sub(back).and_then(|from| series.get(from));
        let sum: f64 = factors.iter().enumerate().filter_map(|(back, factor)| Some(factor * at(back)?)).sum();
        real(sum / scale)
    };
    Some(Value::Array((0..series.len()).map(one).collect()).to_string())
}

fn infinite(row: &Row<'_>) -> Option<String> {
    let (series, values, results) = (numbers(row, 0)?, numbers(row, 1)?, numbers(row, 2)?);
    if series.len().saturating_mul(values.len() + results.len()) > STEPS {
        return None;
    }
    let (scale, own) = results.split_first()?;
    let mut out: Vec<f64> = Vec::with_capacity(series.len());
    for place in 0..series.len() {
        let of =
            |from: &[f64], back: usize| place.checked_sub(back).and_then(|at| from.get(at)).copied().unwrap_or(0.0);
        let taken: f64 = values.iter().enumerate().map(|(back, factor)| factor * of(&series, back)).sum();
        let given: f64 = own.iter().enumerate().map(|(back, factor)| factor * of(&out, back + 1)).sum();
        out.push((taken - given) / scale);
    }
    Some(Value::Array(out.into_iter().map(real).collect()).to_string())
}

fn numbers(row: &Row<'_>, index: usize) -> Option<Vec<f64>> {
    Some(reals(row, index)?.into_iter().map(|value| value.unwrap_or(0.0)).collect())
}
