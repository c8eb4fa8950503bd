//! Functions on IPv6 addresses; an IPv4 address is the IPv6 address that maps it.

use std::cmp::Ordering;
use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::Value;

use crate::cast::unquoted;
use crate::function::{Function, Overload, Param, kernel};
use crate::rows::{Row, to_bool, to_long, to_text};
use crate::types::Type;

const JSON: Param = Param::Is(Type::Dynamic);
const LONG: Param = Param::Is(Type::Long);
const TEXT: Param = Param::Text;

pub const FUNCTIONS: &[Function] = &[
    kernel!(["parse_ipv6"], "an address in its whole IPv6 form", [TEXT] => Type::String,
        |args| to_text(args, |row| Some(parse(row.text_or_empty(0)).map(|(bits, prefix)| spelled(bits & mask(prefix))).unwrap_or_default())),
        [("parse_ipv6('192.168.255.255/24')", "0000:0000:0000:0000:0000:ffff:c0a8:ff00"), ("parse_ipv6('fe80::1')", "fe80:0000:0000:0000:0000:0000:0000:0001")]),
    kernel!(["parse_ipv6_mask"], "an address within a prefix, in its whole IPv6 form", [TEXT, LONG] => Type::String,
        |args| to_text(args, |row| Some(masked(row).map(spelled).unwrap_or_default())),
        [("parse_ipv6_mask('fe80::85d:e82c:9446:7994/120', 124)", "fe80:0000:0000:0000:085d:e82c:9446:7900")]),
    kernel!(["ipv6_compare"], "-1, 0 or 1 as an address is below, the same as or above another, within their prefixes", [TEXT, TEXT, LONG], optional 1 => Type::Long,
        |args| to_long(args, |row| Some(compared(row)? as i64)), [("ipv6_compare('fe80::85d:e82c:9446:7994/120', 'fe80::85d:e82c:9446:7998')", "0"), ("ipv6_compare('192.168.1.1', '::ffff:c0a8:0101')", "0")]),
    kernel!(["ipv6_is_match"], "whether two addresses are the same within their prefixes", [TEXT, TEXT, LONG], optional 1 => Type::Bool,
        |args| to_bool(args, |row| Some(compared(row)? == Ordering::Equal)), [("ipv6_is_match('192.168.1.1', '192.168.1.255', 24)", "true"),
        ("ipv6_is_match('192.168.1.1', '192.168.2.1', 24)", "false")]),
    kernel!(["ipv6_is_in_range"], "whether an address lies in a network", [TEXT, TEXT] => Type::Bool,
        |args| to_bool(args, |row| within(row.text(0)?, row.text(1)?)),
        [("ipv6_is_in_range('a5e:f127:8a9d:146d:e102:b5d3:c755:abcd', 'a5e:f127:8a9d:146d:e102:b5d3:c755:0000/112')", "true"),
        ("ipv6_is_in_range('fe80::1', 'a5e::/16')", "false"),
        ("ipv6_is_in_range('abc', 'a5e::/16')", "")]),
    Function::kql(
        &["ipv6_is_in_any_range"],
        "whether an address lies in any of some networks",
        &[Overload::kernel(&[TEXT, JSON], Type::Bool, |args| {
            to_bool(args, |row| {
                let address = row.text(0)?;
                parse(address)?;
                let ranges = (1..row.len()).flat_map(|index| match row.json(index) {
                    Value::Array(items) => items,
                    one => vec![one],
                });
                Some(ranges.into_iter().any(|range| within(address, &unquoted(&range.to_string())) == Some(true)))
            })
        })
        .rest(JSON)],
        &[
            ("ipv6_is_in_any_range('fe80::1', dynamic(['10.0.0.0/8', 'fe80::/10']))", "true"),
            ("ipv6_is_in_any_range('fe80::1', dynamic(['10.0.0.0/8']))", "false"),
        ],
    ),
];

/// An address and its prefix; that of one written with dots counts within the last 32 bits.
fn parse(text: &str) -> Option<(u128, u32)> {
    let (address, prefix) = match text.trim().split_once('/') {
        Some((address, prefix)) => (address, Some(prefix.parse::<u32>().ok()?)),
        None => (text.trim(), None),
    };
    let bits = match address.parse::<Ipv4Addr>() {
        Ok(old) => old.to_ipv6_mapped().to_bits(),
        Err(_) => address.parse::<Ipv6Addr>().ok()?.to_bits(),
    };
    let prefix = match prefix {
        None => 128,
        Some(prefix) if address.contains('.') => prefix.checked_add(96)?,
        Some(prefix) => prefix,
    };
    (prefix <= 128).then_some((bits, prefix))
}

fn mask(prefix: u32) -> u128 {
    u128::MAX.checked_shl(128 - prefix).unwrap_or(0)
}

fn spelled(bits: u128) -> String {
    Ipv6Addr::from_bits(bits).segments().map(|segment| format!("{segment:04x}")).join(":")
}

fn masked(row: &Row<'_>) -> Option<u128> {
    let (bits, prefix) = parse(row.text(0)?)?;
    let given = u32::try_from(row.long(1)?).ok().filter(|given| *given <= 128)?;
    Some(bits & mask(prefix.min(given)))
}

fn compared(row: &Row<'_>) -> Option<Ordering> {
    let (left, right) = (row.text(0)?, row.text(1)?);
    let ((l, left_prefix), (r, right_prefix)) = (mapped(left)?, mapped(right)?);
    let mut prefix = left_prefix.min(right_prefix);
    if row.len() > 2 {
        let given = u32::try_from(row.long(2)?).ok()?;
        let are_old = !left.contains(':') && !right.contains(':');
        let given = if are_old { given.checked_add(96)? } else { given };
        prefix = prefix.min(Some(given).filter(|given| *given <= 128)?);
    }
    Some((l & mask(prefix)).cmp(&(r & mask(prefix))))
}

/// An address for comparison: `::1.2.3.4` is the IPv4 address.
fn mapped(text: &str) -> Option<(u128, u32)> {
    let (bits, prefix) = parse(text)?;
    let is_old = text.contains('.') && bits >> 32 == 0;
    Some((if is_old { bits | 0xffff_0000_0000 } else { bits }, prefix))
}

fn within(address: &str, range: &str) -> Option<bool> {
    let ((address, _), (range, prefix)) = (parse(address)?, parse(range)?);
    Some(address & mask(prefix) == range & mask(prefix))
}
