//! A digest: the values of a group in their order, and the weight of each. Percentiles are exact, where Kusto estimates.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{Float64Type, Int64Type};
use datafusion_common::{Result, ScalarValue};
use datafusion_expr::{Accumulator, Expr};
use serde_json::{Number, Value};

use super::folded::folded;
use crate::text::Text;

/// What one distinct value takes.
const ENTRY: usize = 48;

/// A long or a real, in the order of numbers.
#[derive(Debug, Clone, Copy)]
pub enum Rank {
    Long(i64),
    Real(f64),
}

impl Rank {
    fn real(self) -> f64 {
        match self {
            Rank::Long(value) => value as f64,
            Rank::Real(value) => value,
        }
    }

    pub fn json(self) -> Value {
        match self {
            Rank::Long(value) => Value::from(value),
            Rank::Real(value) => Number::from_f64(value).map_or_else(|| Value::from(spelt(value)), Value::Number),
        }
    }
}

/// How a dynamic holds what JSON has no number for.
fn spelt(value: f64) -> &'static str {
    match value {
        value if value.is_nan() => "NaN",
        value if value > 0.0 => "Infinity",
        _ => "-Infinity",
    }
}

impl Ord for Rank {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        match (self, other) {
            (Rank::Long(one), Rank::Long(other)) => one.cmp(other),
            _ => self.real().total_cmp(&other.real()),
        }
    }
}

impl PartialOrd for Rank {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Rank {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Rank {}

/// The values and the weight of each.
#[derive(Debug, Default)]
pub struct Digest {
    weights: BTreeMap<Rank, i64>,
    total: i64,
}

impl Digest {
    pub fn add(&mut self, value: Rank, weight: i64) {
        if weight > 0 {
            let known = self.weights.entry(value).or_default();
            *known = known.saturating_add(weight);
            self.total = self.total.saturating_add(weight);
        }
    }

    /// Adds what [`Digest::json`] wrote.
    pub fn add_json(&mut self, json: &str) {
        let Ok(Value::Array(pairs)) = serde_json::from_str(json) else { return };
        for pair in &pairs {
            let (Some(value), Some(weight)) = (pair.get(0), pair.get(1).and_then(Value::as_i64)) else { continue };
            let value = match value {
                Value::Number(number) => number.as_i64().map(Rank::Long).or(number.as_f64().map(Rank::Real)),
                Value::String(text) => text.parse().ok().map(Rank::Real),
                _ => None,
            };
            if let Some(value) = value {
                self.add(value, weight);
            }
        }
    }

    /// Each value with its weight.
    pub fn json(&self) -> String {
        let pairs = self.weights.iter().map(|(value, weight)| Value::Array(vec![value.json(), Value::from(*weight)]));
        Value::Array(pairs.collect()).to_string()
    }

    pub fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }

    /// The least value that has so many percent of the weight up to it.
    pub fn percentile(&self, percent: f64) -> Option<Rank> {
        let wanted = (percent / 100.0 * self.total as f64).max(f64::MIN_POSITIVE);
        let mut reached = 0;
        for (value, weight) in &self.weights {
            reached = weight.saturating_add(reached);
            // What a product of percents is off by is no weight.
            if reached as f64 >= wanted - 1e-9 {
                return Some(*value);
            }
        }
        self.weights.last_key_value().map(|(value, _)| *value)
    }

    /// How much weight there is up to a value.
    pub fn rank(&self, value: Rank) -> i64 {
        self.weights.range(..=value).fold(0, |sum, (_, weight)| weight.saturating_add(sum))
    }

    pub fn total(&self) -> i64 {
        self.total
    }
}

/// The digest of longs or reals as JSON, each with its weight or of weight one. Null where there is no value.
pub fn digest(value: Expr, weight: Option<Expr>) -> Expr {
    folded("digest", || Box::<Digest>::default(), std::iter::once(value).chain(weight).collect())
}

/// The digest of all that digests hold.
pub fn digest_of_digests(json: Expr) -> Expr {
    folded("digest of digests", || Box::<Digest>::default(), vec![json])
}

impl Accumulator for Digest {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let Some(column) = values.first() else { return Ok(()) };
        if let Some(reals) = column.as_primitive_opt::<Float64Type>() {
            let weights = values.get(1).and_then(|weights| weights.as_primitive_opt::<Int64Type>());
            for (row, value) in reals.iter().enumerate() {
                if let Some(value) = value {
                    self.add(Rank::Real(value), weights.map_or(1, |weights| weights.value(row)));
                }
            }
        } else if let Some(longs) = column.as_primitive_opt::<Int64Type>() {
            let weights = values.get(1).and_then(|weights| weights.as_primitive_opt::<Int64Type>());
            for (row, value) in longs.iter().enumerate() {
                if let Some(value) = value {
                    self.add(Rank::Long(value), weights.map_or(1, |weights| weights.value(row)));
                }
            }
        } else {
            return self.merge_batch(values);
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for column in states {
            let text = Text::of(column)?;
            (0..column.len()).filter_map(|row| text.get(row)).for_each(|json| self.add_json(json));
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Utf8((!self.is_empty()).then(|| self.json())))
    }

    fn size(&self) -> usize {
        size_of_val(self) + ENTRY * self.weights.len()
    }
}
