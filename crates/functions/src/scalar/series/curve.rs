//! Curves that fit a series: two lines with a break between them, and polynomials.

use serde_json::{Value, json};

use super::statistics::line;
use super::{JSON, real, reals};
use crate::function::{Function, Param, kernel};
use crate::rows::{Row, to_text};
use crate::types::Type;

pub(super) const FUNCTIONS: &[Function] = &[
    kernel!(["series_fit_2lines_dynamic"], "the two lines that fit a series best, before and after a break: as a bag", [JSON] => Type::Dynamic,
        |args| to_text(args, |row| Some(two_lines(&reals(row, 0)?)?.to_string())),
        [("series_fit_2lines_dynamic(dynamic([1, 2, 3, 4, 10, 8, 6, 4])).split_idx", "4")]),
    kernel!(["series_fit_poly"], "how well a polynomial of a degree, 1 unless given, fits a series over its places or over another series, and its factors, the highest power first",
        [JSON, JSON, Param::Is(Type::Long)], optional 2 => Type::Dynamic, |args| to_text(args, |row| Some(polynomial(row)?.to_string())),
        [("round(series_fit_poly(dynamic([1, 4, 9, 16, 25]), dynamic([1, 2, 3, 4, 5]), 2), 6)", "1")]),
];

/// The break with the least left over: lines need two points each.
fn two_lines(series: &[Option<f64>]) -> Option<Value> {
    let sums: Vec<Sums> = std::iter::once(Sums::default())
        .chain(series.iter().enumerate().scan(Sums::default(), |sums, (x, y)| {
            *sums = sums.with(x as f64, *y);
            Some(*sums)
        }))
        .collect();
    let whole = *sums.last()?;
    let left_over = |split: usize| {
        let left = sums.get(split)?;
        let right = whole.without(left);
        Some(left.left_over()? + right.left_over()?)
    };
    let found = (2..series.len().saturating_sub(1)).filter_map(|split| Some((split, left_over(split)?)));
    let (split, rest) = found.min_by(|one, other| one.1.total_cmp(&other.1))?;
    let (left, right) = (line(series.get(..split)?)?, line(series.get(split..)?)?);
    let fit: Vec<Value> =
        [&left, &right].iter().filter_map(|part| part["line_fit"].as_array()).flatten().cloned().collect();
    let spread = whole.spread();
    let degrees = whole.count - 1.0;
    let mut bag = json!({
        "rsquare": real(if spread > 0.0 { 1.0 - rest / spread } else { 1.0 }), "split_idx": split,
        "variance": real(spread / degrees), "rvariance": real(rest / degrees), "line_fit": fit,
    });
    for (side, part) in [("right", &right), ("left", &left)] {
        for (own, name) in [
            ("rsquare", "rsquare"),
            ("slope", "slope"),
            ("interception", "interception"),
            ("variance", "variance"),
            ("rvariance", "rvariance"),
        ] {
            bag[format!("{side}_{name}")] = part[own].clone();
        }
    }
    Some(bag)
}

/// What a line through points depends on.
#[derive(Clone, Copy, Default)]
struct Sums {
    count: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Sums {
    fn with(self, x: f64, y: Option<f64>) -> Sums {
        let Some(y) = y else { return self };
        Sums {
            count: self.count + 1.0,
            x: self.x + x,
            y: self.y + y,
            xx: self.xx + x * x,
            xy: self.xy + x * y,
            yy: self.yy + y * y,
        }
    }

    fn without(self, other: &Sums) -> Sums {
        Sums {
            count: self.count - other.count,
            x: self.x - other.x,
            y: self.y - other.y,
            xx: self.xx - other.xx,
            xy: self.xy - other.xy,
            yy: self.yy - other.yy,
        }
    }

    fn spread(&self) -> f64 {
        self.yy - self.y * self.y / self.count
    }

    /// The squares that the best line leaves over; `None` where there is none.
    fn left_over(&self) -> Option<f64> {
        let squares = self.xx - self.x * self.x / self.count;
        let both = self.xy - self.x * self.y / self.count;
        (self.count >= 2.0 && squares > 0.0).then(|| (self.spread() - both * both / squares).max(0.0))
    }
}

/// The highest degree: beyond it the numbers of a double no longer tell the powers apart.
const DEGREE: usize = 20;

fn polynomial(row: &Row<'_>) -> Option<Value> {
    let ys = reals(row, 0)?;
    let places = || (1..=ys.len()).map(|place| Some(place as f64)).collect();
    let xs: Vec<Option<f64>> = if row.len() > 1 { reals(row, 1)? } else { places() };
    let degree = if row.len() > 2 { usize::try_from(row.long(2)?).ok()? } else { 1 };
    let points: Vec<(f64, f64)> = xs.iter().zip(&ys).filter_map(|(x, y)| Some(((*x)?, (*y)?))).collect();
    if degree > DEGREE || points.len() <= degree || xs.len() != ys.len() {
        return None;
    }
    let factors = fitted(&points, degree)?;
    let value = |x: f64| factors.iter().rev().fold(0.0, |sum, factor| sum * x + factor);
    let count = points.len() as f64;
    let average = points.iter().map(|point| point.1).sum::<f64>() / count;
    let spread: f64 = points.iter().map(|point| (point.1 - average).powi(2)).sum();
    let left: f64 = points.iter().map(|point| (point.1 - value(point.0)).powi(2)).sum();
    let fit: Vec<Value> = xs.iter().map(|x| x.map_or(Value::Null, |x| real(value(x)))).collect();
    let highest_first: Vec<Value> = factors.iter().rev().copied().map(real).collect();
    Some(json!({
        "rsquare": real(if spread > 0.0 { 1.0 - left / spread } else { 1.0 }), "coefficients": highest_first,
        "variance": real(spread / (count - 1.0)), "rvariance": real(left / (count - 1.0)), "poly_fit": fit,
    }))
}

/// The factors of the polynomial with the least squares left over, the lowest power first. Powers of x between -1 and 1 lose the
/// least, so it is found in those and put back.
fn fitted(points: &[(f64, f64)], degree: usize) -> Option<Vec<f64>> {
    let low = points.iter().map(|point| point.0).fold(f64::INFINITY, f64::min);
    let high = points.iter().map(|point| point.0).fold(f64::NEG_INFINITY, f64::max);
    let (middle, half) = ((low + high) / 2.0, (high - low) / 2.0);
    let half = if half > 0.0 { half } else { 1.0 };
    let size = degree + 1;
    let mut rows: Vec<Vec<f64>> = vec![vec![0.0; size + 1]; size];
    for (x, y) in points {
        let scaled = (x - middle) / half;
        let powers: Vec<f64> = (0..2 * size).map(|power| scaled.powi(i32::try_from(power).unwrap_or(0))).collect();
        for (at, row) in rows.iter_mut().enumerate() {
            for (cell, power) in row.iter_mut().zip(powers.iter().skip(at).take(size)) {
                *cell += power;
            }
            if let (Some(last), Some(power)) = (row.last_mut(), powers.get(at)) {
                *last += y * power;
            }
        }
    }
    let scaled = solved(rows)?;
    // Put back by Horner's rule, each time multiplied by (x - middle) / half.
    let mut factors = vec![0.0; size];
    for factor in scaled.iter().rev() {
        let before = factors.clone();
        for (power, own) in factors.iter_mut().enumerate() {
            let lower = power.checked_sub(1).and_then(|lower| before.get(lower)).copied().unwrap_or(0.0);
            let same = before.get(power).copied().unwrap_or(0.0);
            *own = (lower - middle * same) / half;
        }
        *factors.first_mut()? += factor;
    }
    Some(factors)
}

/// Gauss' elimination; the last cell of a row is its right side.
fn solved(mut rows: Vec<Vec<f64>>) -> Option<Vec<f64>> {
    let size = rows.len();
    for at in 0..size {
        let best = (at..size).max_by(|one, other| {
            let value = |row: usize| rows.get(row).and_then(|row| row.get(at)).map_or(0.0, |value| value.abs());
            value(*one).total_cmp(&value(*other))
        })?;
        rows.swap(at, best);
        let pivot = rows.get(at)?.clone();
        let head = *pivot.get(at)?;
        if head.abs() < f64::MIN_POSITIVE {
            return None;
        }
        for (place, row) in rows.iter_mut().enumerate() {
            if place == at {
                continue;
            }
            let factor = row.get(at)? / head;
            for (cell, own) in row.iter_mut().zip(&pivot).skip(at) {
                *cell -= factor * own;
            }
        }
    }
    rows.iter().enumerate().map(|(at, row)| Some(row.last()? / row.get(at)?)).collect()
}
