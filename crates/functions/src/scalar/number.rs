//! Mathematical functions of reals.

use std::f64::consts::{LN_2, LN_10, PI};

use crate::function::{Function, Gives, Lower, Overload, Param, kernel};
use crate::rows::{to_bool, to_real};
use crate::types::Type;

const REAL: Param = Param::Is(Type::Real);

/// A row of the table for a function from a real to a real.
macro_rules! real {
    ($names:expr, $summary:expr, $value:expr, $examples:expr) => {
        kernel!($names, $summary, [REAL] => Type::Real, |args| to_real(args, |row| Some($value(row.real(0)?))), $examples)
    };
}

pub const FUNCTIONS: &[Function] = &[
    real!(["sqrt"], "the square root", f64::sqrt, [("sqrt(9)", "3"), ("sqrt(-1.0)", "NaN")]),
    real!(
        ["exp"],
        "e to the power of a number",
        f64::exp,
        [("exp(0)", "1"), ("exp(1)", "2.718281828459045"), ("exp(real(null))", "")]
    ),
    real!(
        ["exp2"],
        "2 to the power of a number",
        f64::exp2,
        [("exp2(3)", "8"), ("exp2(-1)", "0.5"), ("exp2(real(null))", "")]
    ),
    real!(
        ["exp10"],
        "10 to the power of a number",
        |value: f64| 10_f64.powf(value),
        [("exp10(2)", "100"), ("exp10(0)", "1"), ("exp10(real(null))", "")]
    ),
    real!(["sin"], "the sine", f64::sin, [("sin(0)", "0"), ("sin(pi() / 2)", "1"), ("sin(real(null))", "")]),
    real!(["cos"], "the cosine", f64::cos, [("cos(0)", "1"), ("cos(pi())", "-1"), ("cos(real(null))", "")]),
    real!(["tan"], "the tangent", f64::tan, [("tan(0)", "0"), ("tan(real(null))", "")]),
    real!(["cot"], "the cotangent", |value: f64| value.tan().recip(), [("cot(1)", "0.6420926159343306")]),
    real!(
        ["asin"],
        "the angle of a sine",
        f64::asin,
        [("asin(0)", "0"), ("asin(1)", "1.5707963267948966"), ("asin(real(null))", "")]
    ),
    real!(
        ["acos"],
        "the angle of a cosine",
        f64::acos,
        [("acos(1)", "0"), ("acos(-1)", "3.141592653589793"), ("acos(real(null))", "")]
    ),
    real!(
        ["atan"],
        "the angle of a tangent",
        f64::atan,
        [("atan(0)", "0"), ("atan(1)", "0.7853981633974483"), ("atan(real(null))", "")]
    ),
    real!(
        ["degrees"],
        "radians as degrees",
        |value: f64| value * 180.0 / PI,
        [("degrees(pi() / 4)", "45"), ("degrees(0.0)", "0"), ("degrees(real(null))", "")]
    ),
    real!(
        ["radians"],
        "degrees as radians",
        |value: f64| value * PI / 180.0,
        [("radians(180)", "3.141592653589793"), ("radians(90)", "1.5707963267948966"), ("radians(real(null))", "")]
    ),
    real!(["sign"], "-1, 0 or 1 as a number is below, at or above zero", sign, [("sign(-42)", "-1"), ("sign(0)", "0")]),
    real!(
        ["ceiling"],
        "the smallest whole number that is not below a number",
        f64::ceil,
        [("ceiling(-1.1)", "-1"), ("ceiling(0.9)", "1")]
    ),
    kernel!(["log"], "the natural logarithm; null below zero", [REAL] => Type::Real,
        |args| to_real(args, |row| logarithm(row.real(0)?, 1.0)), [("round(log(5), 9)", "1.609437912"), ("log(-1)", ""), ("log(0)", "-Infinity")]),
    kernel!(["log2"], "the logarithm to the base 2; null below zero", [REAL] => Type::Real,
        |args| to_real(args, |row| logarithm(row.real(0)?, LN_2)), [("log2(8)", "3"),
        ("log2(1)", "0"),
        ("log2(real(null))", "")]),
    kernel!(["log10"], "the logarithm to the base 10; null below zero", [REAL] => Type::Real,
        |args| to_real(args, |row| logarithm(row.real(0)?, LN_10)), [("log10(5)", "0.6989700043360189"),
        ("log10(100)", "2"),
        ("log10(real(null))", "")]),
    kernel!(["pow"], "a number to the power of another", [REAL, REAL] => Type::Real,
        |args| to_real(args, |row| Some(row.real(0)?.powf(row.real(1)?))), [("pow(2, 3)", "8"), ("pow(-8, 1.0 / 3.0)", "NaN")]),
    kernel!(["atan2"], "the angle between the x axis and the point (x, y), given as y and x", [REAL, REAL] => Type::Real,
        |args| to_real(args, |row| Some(row.real(0)?.atan2(row.real(1)?))), [("atan2(1, 1)", "0.7853981633974483"),
        ("atan2(0, -1)", "3.141592653589793"),
        ("atan2(-1, 0)", "-1.5707963267948966")]),
    kernel!(["pi"], "the number pi", [] => Type::Real, |args| to_real(args, |_| Some(PI)), [("pi()", "3.141592653589793")]),
    kernel!(["isnan"], "whether a real is not a number", [REAL] => Type::Bool,
        |args| to_bool(args, |row| Some(row.real(0).is_some_and(f64::is_nan))), [("isnan(real(nan))", "true"), ("isnan(1.0)", "false")]),
    kernel!(["isinf"], "whether a real is infinite", [REAL] => Type::Bool,
        |args| to_bool(args, |row| Some(row.real(0).is_some_and(f64::is_infinite))), [("isinf(1.0 / 0.0)", "true"),
        ("isinf(real(-inf))", "true"),
        ("isinf(1.0)", "false"),
        ("isinf(real(nan))", "false")]),
    kernel!(["isfinite"], "whether a real is neither infinite nor not a number", [REAL] => Type::Bool,
        |args| to_bool(args, |row| Some(row.real(0).is_some_and(f64::is_finite))), [("isfinite(1.5)", "true"), ("isfinite(real(nan))", "false")]),
    Function::kql(
        &["round"],
        "a number rounded to so many digits behind the point, or before it where that is negative; halves go away from zero",
        &[
            Overload::kernel(&[Param::Is(Type::Long)], Type::Long, |args| {
                crate::rows::to_long(args, |row| row.long(0))
            }),
            Overload::new(
                &[REAL, Param::Is(Type::Long)],
                Gives::Is(Type::Real),
                Lower::Kernel(|args| {
                    to_real(args, |row| {
                        let places = if row.len() > 1 { row.long(1)? } else { 0 };
                        Some(rounded(row.real(0)?, i32::try_from(places.clamp(-400, 400)).ok()?))
                    })
                }),
            )
            .optional(1),
        ],
        &[("round(2.98765, 3)", "2.988"), ("round(-2.5)", "-3"), ("round(1234.5, -2)", "1200")],
    ),
];

fn sign(value: f64) -> f64 {
    if value > 0.0 {
        1.0
    } else if value < 0.0 {
        -1.0
    } else {
        value * 0.0
    }
}

fn logarithm(value: f64, base: f64) -> Option<f64> {
    if value < 0.0 {
        return None;
    }
    Some(match base {
        LN_2 => value.log2(),
        LN_10 => value.log10(),
        _ => value.ln(),
    })
}

fn rounded(value: f64, places: i32) -> f64 {
    let scale = 10_f64.powi(places.abs());
    let (up, down) = if places < 0 { (1.0 / scale, scale) } else { (scale, 1.0 / scale) };
    let scaled = value * up;
    if !scaled.is_finite() || scale.is_infinite() {
        return if places < 0 && value.is_finite() { 0.0 } else { value };
    }
    if places < 0 { scaled.round() * down } else { scaled.round() / scale }
}
