//! The Fourier transform of a series of complex numbers, and back.

use std::f64::consts::PI;

use serde_json::{Value, json};

use super::{JSON, real, reals};
use crate::function::{Function, kernel};
use crate::rows::{Row, to_text};
use crate::types::Type;

pub(super) const FUNCTIONS: &[Function] = &[
    kernel!(["series_fft"], "the frequencies of a series of real or complex numbers, as their real and imaginary parts", [JSON, JSON], optional 1 => Type::Dynamic,
        |args| to_text(args, |row| parts(row, -1.0)), [("series_fft(dynamic([1, 1, 1, 1]))", "[4.0,0.0,0.0,0.0]")]),
    kernel!(["series_ifft"], "the series of such frequencies", [JSON, JSON], optional 1 => Type::Dynamic,
        |args| to_text(args, |row| parts(row, 1.0)), [("series_ifft(dynamic([4, 0, 0, 0]))", "[1.0,1.0,1.0,1.0]")]),
];

type Complex = (f64, f64);

/// The work of one row where the length is no power of two.
const STEPS: usize = 100_000_000;

fn parts(row: &Row<'_>, sign: f64) -> Option<String> {
    let real_part: Vec<f64> = reals(row, 0)?.into_iter().map(|value| value.unwrap_or(0.0)).collect();
    let imaginary = if row.len() > 1 { reals(row, 1)? } else { Vec::new() };
    let complex = real_part.into_iter().enumerate();
    let complex = complex.map(|(place, part)| (part, imaginary.get(place).copied().flatten().unwrap_or(0.0))).collect();
    let transformed = transformed(complex, sign)?;
    let scale = if sign > 0.0 { transformed.len() as f64 } else { 1.0 };
    let of = |part: fn(&Complex) -> f64| -> Vec<Value> {
        transformed.iter().map(|value| real(part(value) / scale + 0.0)).collect()
    };
    Some(json!({ "real": of(|value| value.0), "imag": of(|value| value.1) }).to_string())
}

fn transformed(values: Vec<Complex>, sign: f64) -> Option<Vec<Complex>> {
    let length = values.len();
    if length.is_power_of_two() {
        return Some(halved(values, sign));
    }
    if length.saturating_mul(length) > STEPS {
        return None;
    }
    let one = |frequency: usize| {
        let each = values.iter().enumerate().map(|(place, value)| {
            let angle = sign * 2.0 * PI * ((frequency * place) % length) as f64 / length as f64;
            times(*value, (angle.cos(), angle.sin()))
        });
        each.fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1))
    };
    Some((0..length).map(one).collect())
}

/// A length that is a power of two, by halves; their depth is the logarithm of it.
fn halved(values: Vec<Complex>, sign: f64) -> Vec<Complex> {
    let length = values.len();
    if length <= 1 {
        return values;
    }
    let even = halved(values.iter().copied().step_by(2).collect(), sign);
    let odd = halved(values.iter().copied().skip(1).step_by(2).collect(), sign);
    let turned = odd.into_iter().enumerate().map(|(place, value)| {
        let angle = sign * 2.0 * PI * place as f64 / length as f64;
        times(value, (angle.cos(), angle.sin()))
    });
    let pairs: Vec<(Complex, Complex)> = even.into_iter().zip(turned).collect();
    let sums = pairs.iter().map(|(one, other)| (one.0 + other.0, one.1 + other.1));
    let differences = pairs.iter().map(|(one, other)| (one.0 - other.0, one.1 - other.1));
    sums.chain(differences).collect()
}

fn times(one: Complex, other: Complex) -> Complex {
    (one.0 * other.0 - one.1 * other.1, one.0 * other.1 + one.1 * other.0)
}
