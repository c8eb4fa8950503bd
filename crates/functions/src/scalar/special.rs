//! Special functions of mathematics and statistics: gamma, error function, beta distribution, Welch's test.

use crate::function::{Function, Param, kernel};
use crate::rows::{Row, to_real};
use crate::types::Type;

const REAL: Param = Param::Is(Type::Real);

pub const FUNCTIONS: &[Function] = &[
    kernel!(["gamma"], "the gamma function", [REAL] => Type::Real,
        |args| to_real(args, |row| Some(gamma(row.real(0)?))), [("gamma(5)", "24"),
        ("gamma(1)", "1"),
        ("gamma(real(null))", "")]),
    kernel!(["loggamma"], "the logarithm of the size of the gamma function", [REAL] => Type::Real,
        |args| to_real(args, |row| Some(log_gamma(row.real(0)?))), [("round(loggamma(5), 9)", "3.17805383")]),
    kernel!(["erf"], "the error function", [REAL] => Type::Real,
        |args| to_real(args, |row| Some(erf(row.real(0)?))), [("round(erf(1), 9)", "0.842700793")]),
    kernel!(["erfc"], "1 less the error function", [REAL] => Type::Real,
        |args| to_real(args, |row| Some(erfc(row.real(0)?))), [("round(erfc(1), 9)", "0.157299207"), ("round(erfc(5) * 1e12, 6)", "1.537460")]),
    kernel!(["beta_cdf"], "the share of the beta distribution up to a value", [REAL, REAL, REAL] => Type::Real,
        |args| to_real(args, |row| {
            let (x, a, b) = shape(row)?;
            (0.0..=1.0).contains(&x).then(|| beta_cdf(x, a, b))
        }), [("round(beta_cdf(0.2, 10.0, 50.0), 6)", "0.76842")]),
    kernel!(["beta_pdf"], "the density of the beta distribution at a value", [REAL, REAL, REAL] => Type::Real,
        |args| to_real(args, |row| {
            let (x, a, b) = shape(row)?;
            (0.0..=1.0).contains(&x).then(|| ((a - 1.0) * x.ln() + (b - 1.0) * (1.0 - x).ln() - log_beta(a, b)).exp())
        }), [("round(beta_pdf(0.5, 10.0, 20.0), 9)", "0.746176019")]),
    kernel!(["beta_inv"], "the value up to which a share of the beta distribution lies", [REAL, REAL, REAL] => Type::Real,
        |args| to_real(args, |row| {
            let (share, a, b) = shape(row)?;
            (0.0..=1.0).contains(&share).then(|| beta_inv(share, a, b))
        }), [("round(beta_inv(0.1, 10.0, 50.0), 6)", "0.1081")]),
    kernel!(["welch_test"], "the two-sided p value of Welch's test, from mean, variance and count of two samples",
    [REAL, REAL, REAL, REAL, REAL, REAL] => Type::Real, |args| to_real(args, welch), [
        ("round(welch_test(20.82, 7.867428571428571, 15, 22.986666666666668, 3.8126666666666664, 15), 7)", "0.0213780")
    ]),
];

fn shape(row: &Row<'_>) -> Option<(f64, f64, f64)> {
    let (x, a, b) = (row.real(0)?, row.real(1)?, row.real(2)?);
    (a > 0.0 && b > 0.0).then_some((x, a, b))
}

/// Whole numbers are exact up to 171, where a real ends.
fn gamma(x: f64) -> f64 {
    if x.fract() == 0.0 && (1.0..=171.0).contains(&x) {
        return (1..x as u32).map(f64::from).product();
    }
    if x < 0.5 {
        return std::f64::consts::PI / ((std::f64::consts::PI * x).sin() * gamma(1.0 - x));
    }
    log_gamma(x).exp()
}

/// Lanczos' approximation with g = 7.
fn log_gamma(x: f64) -> f64 {
    const TERMS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        return (std::f64::consts::PI / (std::f64::consts::PI * x).sin().abs()).ln() - log_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let mut sum = 0.999_999_999_999_809_9;
    for (index, term) in (1..).map(f64::from).zip(TERMS) {
        sum += term / (x + index);
    }
    let at = x + 7.5;
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * at.ln() - at + sum.ln()
}

fn log_beta(a: f64, b: f64) -> f64 {
    log_gamma(a) + log_gamma(b) - log_gamma(a + b)
}

/// The series about zero, and far from it the continued fraction of its complement.
fn erf(x: f64) -> f64 {
    let size = x.abs();
    if x.is_nan() {
        return x;
    }
    if size > 6.0 {
        return x.signum();
    }
    let root = std::f64::consts::PI.sqrt();
    if size < 2.5 {
        let (mut term, mut sum) = (x, x);
        for n in 1..200 {
            let n = f64::from(n);
            term *= -x * x / n;
            let add = term / (2.0 * n + 1.0);
            sum += add;
            if add.abs() < sum.abs() * 1e-17 {
                break;
            }
        }
        return 2.0 / root * sum;
    }
    x.signum() * (1.0 - complement(size))
}

/// Far from zero 1 less the error function has digits that the difference would lose.
fn erfc(x: f64) -> f64 {
    if x > 2.5 { complement(x) } else { 1.0 - erf(x) }
}

fn complement(x: f64) -> f64 {
    let mut fraction = 0.0;
    for n in (1..200).rev() {
        fraction = f64::from(n) / 2.0 / (x + fraction);
    }
    (-x * x).exp() / (std::f64::consts::PI.sqrt() * (x + fraction))
}

/// The regularised incomplete beta function.
fn beta_cdf(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return if x <= 0.0 { 0.0 } else { 1.0 };
    }
    let front = (a * x.ln() + b * (1.0 - x).ln() - log_beta(a, b)).exp();
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(x, a, b) / a
    } else {
        1.0 - front * beta_fraction(1.0 - x, b, a) / b
    }
}

/// Lentz' evaluation of the continued fraction.
fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let kept = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / kept(1.0 - (a + b) * x / (a + 1.0));
    let mut product = d;
    for m in 1..500 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            d = 1.0 / kept(1.0 + term * d);
            c = kept(1.0 + term / c);
            change = c * d;
            product *= change;
        }
        if (change - 1.0).abs() < 1e-16 {
            break;
        }
    }
    product
}

fn beta_inv(share: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..200 {
        let middle = (low + high) / 2.0;
        if beta_cdf(middle, a, b) < share {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + high) / 2.0
}

fn welch(row: &Row<'_>) -> Option<f64> {
    let (mean1, variance1, count1) = (row.real(0)?, row.real(1)?, row.real(2)?);
    let (mean2, variance2, count2) = (row.real(3)?, row.real(4)?, row.real(5)?);
    let (error1, error2) = (variance1 / count1, variance2 / count2);
    let t = (mean1 - mean2) / (error1 + error2).sqrt();
    let freedom = (error1 + error2).powi(2) / (error1 * error1 / (count1 - 1.0) + error2 * error2 / (count2 - 1.0));
    let p = beta_cdf(freedom / (freedom + t * t), freedom / 2.0, 0.5);
    p.is_finite().then_some(p)
}
