//! AQL's numbers: texts and IP addresses as integers, powers, and the orders of addresses and of texts that may be numbers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Builder, Int64Builder, StringBuilder};
use arrow::datatypes::{Float64Type, Int64Type};
use datafusion_common::Result;
use datafusion_expr::Expr;

use crate::function::{Function, Gives, Lower, Overload, Param};
use crate::kernel::Args;
use crate::text::Text;
use crate::types::Type;

pub const FUNCTIONS: &[Function] =
    &[LONG, POWER, SHIFT, ADDRESS, ADDRESS_OF, PROPERTY, PROPERTY_DOWNWARDS, PROPERTY_OF];

/// What LONG() makes of a text.
pub const LONG: Function = internal(
    "aql_long",
    "the integer that a text spells; of an IPv4 address its 32 bits",
    &[Overload::new(&[Param::Text], Gives::Is(Type::Long), Lower::Kernel(to_long))],
);

/// The operator `^`.
pub const POWER: Function = internal(
    "aql_power",
    "a number raised to another",
    &[Overload::new(&[Param::Is(Type::Real), Param::Is(Type::Real)], Gives::Is(Type::Real), Lower::Kernel(power))],
);

/// The operator `>>>`.
pub const SHIFT: Function = internal(
    "aql_shift_unsigned",
    "the bits of an integer moved right, with zeros from the left",
    &[Overload::new(&[Param::Is(Type::Long), Param::Is(Type::Long)], Gives::Is(Type::Long), Lower::Kernel(shift))],
);

/// An IP address as a text that sorts as addresses do; null where it is none.
pub const ADDRESS: Function = internal(
    "aql_address",
    "an IP address in a form that sorts",
    &[Overload::new(&[Param::Text], Gives::Is(Type::String), Lower::Kernel(addresses))],
);

/// The address that [`ADDRESS`] was made of.
const ADDRESS_OF: Function = internal(
    "aql_address_of",
    "an IP address from the form that sorts",
    &[Overload::new(&[Param::Text], Gives::Is(Type::String), Lower::Kernel(addresses_of))],
);

/// A text as one that sorts by its number where it spells one; numbers come first.
pub const PROPERTY: Function = internal(
    "aql_property",
    "a text in a form that sorts as a number where it is one",
    &[Overload::new(&[Param::Text], Gives::Is(Type::String), Lower::Kernel(properties))],
);

/// The same for an order turned round, in which numbers come first too.
pub const PROPERTY_DOWNWARDS: Function = internal(
    "aql_property_downwards",
    "a text in a form that sorts downwards as a number where it is one",
    &[Overload::new(&[Param::Text], Gives::Is(Type::String), Lower::Kernel(properties_downwards))],
);

/// The text that [`PROPERTY`] or [`PROPERTY_DOWNWARDS`] was made of.
const PROPERTY_OF: Function = internal(
    "aql_property_of",
    "a text from the form that sorts",
    &[Overload::new(&[Param::Text], Gives::Is(Type::String), Lower::Kernel(properties_of))],
);

/// The text as it is written, of an expression for its sortable form.
pub fn property_of(sortable: Expr) -> Expr {
    match PROPERTY_OF.overloads.first() {
        Some(overload) => PROPERTY_OF.call(overload, &[Type::String], vec![sortable]),
        None => sortable,
    }
}

/// The address as it is written, of an expression for its sortable form.
pub fn address_of(sortable: Expr) -> Expr {
    match ADDRESS_OF.overloads.first() {
        Some(overload) => ADDRESS_OF.call(overload, &[Type::String], vec![sortable]),
        None => sortable,
    }
}

const fn internal(name: &'static str, summary: &'static str, overloads: &'static [Overload]) -> Function {
    Function { name, kql: &[], aql: &[], mapping: &[], summary, overloads, examples: &[] }
}

fn to_long(args: &Args<'_>) -> Result<ArrayRef> {
    let text = Text::of(args.array(0))?;
    let mut out = Int64Builder::with_capacity(args.rows);
    for row in 0..args.rows {
        out.append_option(text.get(args.at(0, row)).and_then(parse_long));
    }
    Ok(Arc::new(out.finish()))
}

fn parse_long(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(value) = text.parse::<i64>() {
        return Some(value);
    }
    if let Ok(address) = text.parse::<Ipv4Addr>() {
        return Some(i64::from(address.to_bits()));
    }
    let real = text.parse::<f64>().ok().filter(|real| real.abs() < 9.2e18)?;
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked, and the fraction is to go")]
    Some(real.trunc() as i64)
}

fn power(args: &Args<'_>) -> Result<ArrayRef> {
    let (base, exponent) = (args.array(0).as_primitive::<Float64Type>(), args.array(1).as_primitive::<Float64Type>());
    let mut out = Float64Builder::with_capacity(args.rows);
    for row in 0..args.rows {
        let (b, e) = (args.at(0, row), args.at(1, row));
        let known = base.is_valid(b) && exponent.is_valid(e);
        out.append_option(known.then(|| base.value(b).powf(exponent.value(e))));
    }
    Ok(Arc::new(out.finish()))
}

fn shift(args: &Args<'_>) -> Result<ArrayRef> {
    let (value, by) = (args.array(0).as_primitive::<Int64Type>(), args.array(1).as_primitive::<Int64Type>());
    let mut out = Int64Builder::with_capacity(args.rows);
    for row in 0..args.rows {
        let (v, b) = (args.at(0, row), args.at(1, row));
        let known = value.is_valid(v) && by.is_valid(b);
        // As in Java, only the low six bits of the distance count.
        out.append_option(known.then(|| (value.value(v).cast_unsigned() >> (by.value(b) & 63)).cast_signed()));
    }
    Ok(Arc::new(out.finish()))
}

fn addresses(args: &Args<'_>) -> Result<ArrayRef> {
    texts(args, address)
}

fn addresses_of(args: &Args<'_>) -> Result<ArrayRef> {
    texts(args, written)
}

fn properties(args: &Args<'_>) -> Result<ArrayRef> {
    texts(args, |text| Some(property(text, UPWARDS)))
}

fn properties_downwards(args: &Args<'_>) -> Result<ArrayRef> {
    texts(args, |text| Some(property(text, DOWNWARDS)))
}

fn properties_of(args: &Args<'_>) -> Result<ArrayRef> {
    texts(args, |sortable| Some(spelt(sortable).to_owned()))
}

fn texts(args: &Args<'_>, each: impl Fn(&str) -> Option<String>) -> Result<ArrayRef> {
    let text = Text::of(args.array(0))?;
    let mut out = StringBuilder::new();
    for row in 0..args.rows {
        out.append_option(text.get(args.at(0, row)).and_then(&each));
    }
    Ok(Arc::new(out.finish()))
}

/// What stands before the digits of a number, of a hexadecimal one, and before other texts. Comparisons and LONG() read decimal
/// numbers alone, so that those come first.
struct Ranks {
    decimal: char,
    hexadecimal: char,
    other: char,
}

const UPWARDS: Ranks = Ranks { decimal: '0', hexadecimal: '1', other: '2' };
const DOWNWARDS: Ranks = Ranks { decimal: '5', hexadecimal: '4', other: '3' };
/// How many digits the bits of a number have.
const BITS: usize = 16;

fn property(text: &str, ranks: Ranks) -> String {
    let trimmed = text.trim();
    let digits = trimmed.strip_prefix('-').unwrap_or(trimmed);
    let is_decimal = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.ends_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if let Some(number) = trimmed.parse::<f64>().ok().filter(|_| is_decimal) {
        let bits = number.to_bits();
        // Greater numbers have greater bits, once those of negative ones are turned around.
        let ordered = if number.is_sign_negative() { !bits } else { bits | (1 << 63) };
        return format!("{}{ordered:016x}{text}", ranks.decimal);
    }
    match hexadecimal(trimmed) {
        Some(number) => format!("{}{number:016x}{text}", ranks.hexadecimal),
        None => format!("{}{text}", ranks.other),
    }
}

fn hexadecimal(text: &str) -> Option<u64> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?;
    let is_hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hexadecimal { u64::from_str_radix(digits, 16).ok() } else { None }
}

fn spelt(sortable: &str) -> &str {
    let mut rest = sortable.chars();
    let is_other = rest.next().is_some_and(|rank| rank == UPWARDS.other || rank == DOWNWARDS.other);
    if is_other { rest.as_str() } else { rest.as_str().get(BITS..).unwrap_or_default() }
}

fn written(sortable: &str) -> Option<String> {
    let address = Ipv6Addr::from_bits(u128::from_str_radix(sortable, 16).ok()?);
    Some(address.to_ipv4_mapped().map_or_else(|| address.to_string(), |four| four.to_string()))
}

fn address(text: &str) -> Option<String> {
    text.trim().parse().ok().map(sortable)
}

/// The sortable form of one address.
pub fn sortable(address: IpAddr) -> String {
    let address = match address {
        IpAddr::V4(four) => four.to_ipv6_mapped(),
        IpAddr::V6(six) => six,
    };
    format!("{:032x}", address.to_bits())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_addresses_become_integers() {
        assert_eq!(parse_long(" 4688 "), Some(4688));
        assert_eq!(parse_long("10.0.0.1"), Some(167_772_161));
        assert_eq!(parse_long("2.9"), Some(2));
        assert_eq!(parse_long("x"), None);
    }

    #[test]
    fn texts_that_are_numbers_sort_by_them_and_come_first_both_ways() {
        let mut texts =
            ["b", "10", "9", "", "-2.5", "1.2.3.4", "0x10", "0x9", "-10", "9.5", "1e3", "0x", "99999999999999999999"];
        texts.sort_by_key(|text| property(text, UPWARDS));
        let numbers = ["-10", "-2.5", "9", "9.5", "10", "99999999999999999999"];
        let others = ["", "0x", "1.2.3.4", "1e3", "b"];
        assert_eq!(texts.to_vec(), [&numbers[..], &["0x9", "0x10"], &others].concat());
        texts.sort_by_key(|text| std::cmp::Reverse(property(text, DOWNWARDS)));
        let back = |texts: &[&'static str]| texts.iter().rev().copied().collect::<Vec<_>>();
        assert_eq!(texts.to_vec(), [back(&numbers), back(&["0x9", "0x10"]), back(&others)].concat());
        assert!(texts.iter().all(|text| spelt(&property(text, UPWARDS)) == *text));
        assert!(texts.iter().all(|text| spelt(&property(text, DOWNWARDS)) == *text));
        assert!(property(" 9 ", UPWARDS) < property("10", UPWARDS));
    }

    #[test]
    fn addresses_sort_by_their_number() {
        assert!(address("10.0.0.9") < address("10.0.0.10"));
        assert_eq!(address("10.0.0.300"), None);
        assert!(address("9.0.0.1").is_some_and(|small| Some(small) < address("10.0.0.1")));
        let again = |text: &str| address(text).and_then(|sortable| written(&sortable));
        assert_eq!(again("10.0.0.9").as_deref(), Some("10.0.0.9"));
        assert_eq!(again("fe80:0:0:0:0:0:0:1").as_deref(), Some("fe80::1"));
    }
}
