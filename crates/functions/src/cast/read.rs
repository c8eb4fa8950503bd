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
        Type::Decimal | Type::String | Type::Guid | Type::Dynamic => return None,
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
    let hex: String = text.trim().trim_matches(['{', '}', '(', ')']).chars().filter(|c| *c != '-').collect();
    if hex.len() != 32 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let hex = hex.to_ascii_lowercase();
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

/// A real cut to a long. One beyond the longs is the last of them on its side.
pub(super) fn cut_long(args: &Args<'_>) -> Result<ArrayRef> {
    to_long(args, |row| Some(row.real(0).filter(|real| !real.is_nan())? as i64))
}

/// A number as an int: too large ones wrap, as Kusto has it.
pub(super) fn wrapped_int(args: &Args<'_>) -> Result<ArrayRef> {
    to_int(args, |row| {
        let long = row.long(0).or_else(|| row.real(0).filter(|real| real.is_finite()).map(|real| real as i64))?;
        Some(long as i32)
    })
}
