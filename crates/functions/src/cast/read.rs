//! Text read as other types.

use arrow::array::ArrayRef;
use datafusion_common::Result;

use crate::kernel::{Args, Kernel};
use crate::rows::{to_bool, to_decimal, to_int, to_long, to_real, to_text};
use crate::ticks;
use crate::types::Type;

/// The kernel that reads a text as `to`; `None` where the engine's cast does it.
pub(super) fn from_text(to: Type) -> Option<Kernel> {
    Some(match to {
        Type::Bool => |args| to_bool(args, |row| bool_of(row.text(0)?)),
        Type::Int => |args| to_int(args, |row| int_of(row.text(0)?)),
        Type::Long => |args| to_long(args, |row| long_of(row.text(0)?)),
        Type::Real => |args| to_real(args, |row| real_of(row.text(0)?)),
        Type::Datetime => |args| to_long(args, |row| ticks::parse_spelt(row.text(0)?)),
        Type::Timespan => |args| to_long(args, |row| ticks::parse_timespan(row.text(0)?)),
        Type::Decimal => |args| to_decimal(args, |row| decimal_of(row.text(0)?)),
        Type::String | Type::Guid | Type::Dynamic => return None,
    })
}

pub fn bool_of(text: &str) -> Option<bool> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("true") {
        return Some(true);
    }
    if text.eq_ignore_ascii_case("false") {
        return Some(false);
    }
    text.parse::<i64>().ok().map(|number| number != 0)
}

/// Decimal or hexadecimal digits, as `tolong()` takes them.
pub fn long_of(text: &str) -> Option<i64> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u64::from_str_radix(hex, 16).ok().map(u64::cast_signed),
        None => text.parse().ok(),
    }
}

/// A number as viewers show it too, with commas between each three digits: `4,688`.
pub fn shown_long(text: &str) -> Option<i64> {
    long_of(text).or_else(|| ungrouped(text)?.parse().ok())
}

/// The digits of a whole number that has commas between each three of them.
pub fn ungrouped(text: &str) -> Option<String> {
    let text = text.trim();
    let (sign, digits) = text.split_at(usize::from(text.starts_with('-')));
    let mut groups = digits.split(',');
    let first = groups.next()?;
    let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let is_grouped = digits.contains(',') && matches!(first.len(), 1..=3) && is_digits(first);
    let is_whole = is_grouped && groups.all(|group| group.len() == 3 && is_digits(group));
    is_whole.then(|| format!("{sign}{}", digits.replace(',', "")))
}

pub fn int_of(text: &str) -> Option<i32> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u32::from_str_radix(hex, 16).ok().map(u32::cast_signed),
        None => text.parse().ok(),
    }
}

pub fn real_of(text: &str) -> Option<f64> {
    let text = text.trim();
    match text.to_ascii_lowercase().as_str() {
        "nan" => Some(f64::NAN),
        "inf" | "+inf" | "infinity" => Some(f64::INFINITY),
        "-inf" | "-infinity" => Some(f64::NEG_INFINITY),
        _ => text.parse().ok(),
    }
}

/// A guid in its plain form, null where the text is none.
pub(super) fn guid(args: &Args<'_>) -> Result<ArrayRef> {
    to_text(args, |row| guid_of(row.text(0)?))
}

pub fn guid_of(text: &str) -> Option<String> {
    let bare = text.trim().trim_matches(['{', '}', '(', ')']);
    // All dashes where they belong, or none.
    let dashes: Vec<usize> = bare.match_indices('-').map(|(at, _)| at).collect();
    let hex = bare.replace('-', "").to_ascii_lowercase();
    let is_hex = hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit());
    if !is_hex || !(dashes.is_empty() || dashes == [8, 13, 18, 23]) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or("");
    Some(format!("{}-{}-{}-{}-{}", part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)))
}

/// A bool as a decimal with 17 digits behind the point.
pub(super) fn decimal_of_bool(args: &Args<'_>) -> Result<ArrayRef> {
    to_decimal(args, |row| Some(if row.bool(0)? { 100_000_000_000_000_000 } else { 0 }))
}

pub(super) fn bool_of_decimal(args: &Args<'_>) -> Result<ArrayRef> {
    to_bool(args, |row| Some(row.decimal(0)?.0 != 0))
}

/// A real cut to a long. Of rows, one beyond the longs is the last of them on its side.
pub(super) fn cut_long(args: &Args<'_>) -> Result<ArrayRef> {
    to_long(args, |row| Some(row.real(0).filter(|real| !real.is_nan())? as i64))
}

/// The same of a constant, which the service works out before the query runs: beyond the longs it is the least of them.
pub(super) fn constant_long(real: f64) -> Option<i64> {
    if real.is_nan() { None } else { Some(if is_long(real) { real as i64 } else { i64::MIN }) }
}

/// A constant as an int, by way of the long.
pub(super) fn constant_int(real: f64) -> Option<i32> {
    constant_long(real).filter(|_| real.is_finite()).map(|long| long as i32)
}

fn is_long(real: f64) -> bool {
    (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&real)
}

/// A number as an int: too large ones wrap, as Kusto has it. A real beyond the longs is the last int on its side.
pub(super) fn wrapped_int(args: &Args<'_>) -> Result<ArrayRef> {
    to_int(args, |row| match row.long(0) {
        Some(long) => Some(long as i32),
        None => {
            let real = row.real(0).filter(|real| real.is_finite())?;
            Some(if is_long(real) { real as i64 as i32 } else { real as i32 })
        }
    })
}

/// The time of so many ticks; null outside of the calendar.
pub(super) fn time_of_ticks(args: &Args<'_>) -> Result<ArrayRef> {
    to_long(args, |row| {
        let ticks = row.long(0).or_else(|| row.real(0).filter(|real| real.is_finite()).map(|real| real as i64))?;
        (0..=ticks::MAX).contains(&ticks).then_some(ticks)
    })
}

/// The digits behind the point of a decimal, and the most that it has.
const SCALE: i64 = 17;
const MOST_DIGITS: i64 = 38;

/// A decimal's digits, 17 of them behind the point; what stands behind those is rounded.
pub fn decimal_of(text: &str) -> Option<i128> {
    let text = text.trim();
    let (is_negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    let zeros = i64::try_from(digits.len() - significant.len()).ok()?;
    let kept = i64::try_from(whole.len()).ok()?.checked_sub(zeros)?.checked_add(exponent)?.checked_add(SCALE)?;
    if kept > MOST_DIGITS {
        return None;
    }
    let Ok(kept) = usize::try_from(kept) else { return Some(0) };
    let head = significant.get(..kept).unwrap_or(significant);
    let rounds_up = significant.as_bytes().get(kept).is_some_and(|digit| *digit >= b'5');
    let size = if kept == 0 { 0 } else { format!("{head:0<kept$}").parse::<i128>().ok()? } + i128::from(rounds_up);
    within_decimal(if is_negative { -size } else { size })
}

/// The digits of a decimal, where it has no more of them than one may have.
pub fn within_decimal(digits: i128) -> Option<i128> {
    (digits.unsigned_abs() < 10_u128.pow(38)).then_some(digits)
}
