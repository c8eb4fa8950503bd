//! Functions on IP addresses and URLs.

use std::cmp::Ordering;
use std::net::Ipv4Addr;

use serde_json::{Map, Value};

use crate::function::{Function, Overload, Param, kernel};
use crate::rows::{Row, to_bool, to_long, to_text};
use crate::types::Type;

const JSON: Param = Param::Is(Type::Dynamic);
const LONG: Param = Param::Is(Type::Long);
const TEXT: Param = Param::Text;

pub const FUNCTIONS: &[Function] = &[
    kernel!(["ipv4_is_private"], "whether an address lies in a private network; null for what is none", [TEXT] => Type::Bool,
        |args| to_bool(args, |row| Some(network(row.text(0)?)?.0.is_private())), [("ipv4_is_private('192.168.1.1/24')", "true"), ("ipv4_is_private('8.8.8.8')", "false")]),
    kernel!(["ipv4_is_in_range"], "whether an address lies in a network", [TEXT, TEXT] => Type::Bool,
        |args| to_bool(args, |row| within(row.text(0)?, row.text(1)?)), [("ipv4_is_in_range('192.168.1.6', '192.168.1.1/24')", "true"),
        ("ipv4_is_in_range('192.168.2.6', '192.168.1.1/24')", "false"),
        ("ipv4_is_in_range('127.0.0.1', '127.0.0.1')", "true"),
        ("ipv4_is_in_range('abc', '10.0.0.0/8')", "")]),
    kernel!(["ipv4_is_match"], "whether two addresses are the same within their prefixes", [TEXT, TEXT, LONG], optional 1 => Type::Bool,
        |args| to_bool(args, |row| Some(compared(row)? == Ordering::Equal)),
        [("ipv4_is_match('127.0.0.1', '127.0.0.1')", "true"), ("ipv4_is_match('192.168.1.1/24', '192.168.1.255')", "true")]),
    kernel!(["ipv4_compare"], "-1, 0 or 1 as an address is below, the same as or above another, within their prefixes", [TEXT, TEXT, LONG], optional 1 => Type::Long,
        |args| to_long(args, |row| Some(compared(row)? as i64)), [("ipv4_compare('192.168.1.1', '192.168.1.2')", "-1"), ("ipv4_compare('192.168.1.1/30', '192.168.1.255/24')", "0")]),
    Function::kql(
        &["ipv4_is_in_any_range"],
        "whether an address lies in any of some networks",
        &[Overload::kernel(&[TEXT, JSON], Type::Bool, |args| {
            to_bool(args, |row| {
                let address = row.text(0)?;
                network(address)?;
                let ranges = (1..row.len()).flat_map(|index| match row.json(index) {
                    Value::Array(items) => items,
                    one => vec![one],
                });
                Some(ranges.into_iter().any(|range| within(address, range.as_str().unwrap_or("")) == Some(true)))
            })
        })
        .rest(JSON)],
        &[
            ("ipv4_is_in_any_range('192.168.1.6', dynamic(['10.0.0.0/8', '192.168.1.1/24']))", "true"),
            ("ipv4_is_in_any_range('192.168.1.6', '10.0.0.0/8', '192.168.1.1/24')", "true"),
        ],
    ),
    kernel!(["ipv4_netmask_suffix"], "the length of an address's prefix", [TEXT] => Type::Long,
        |args| to_long(args, |row| Some(i64::from(network(row.text(0)?)?.1))), [("ipv4_netmask_suffix('192.168.1.1/24')", "24"), ("ipv4_netmask_suffix('10.1.2.3')", "32")]),
    kernel!(["parse_ipv4_mask"], "the number of an address within a prefix", [TEXT, LONG] => Type::Long,
        |args| to_long(args, |row| {
            let (address, prefix) = limited(row.text(0)?, row.long(1)?)?;
            Some(i64::from(address.to_bits() & mask(prefix)))
        }), [("parse_ipv4_mask('127.0.0.1', 24)", "2130706432"),
        ("parse_ipv4_mask('192.1.168.2', 31)", "3221334018"),
        ("parse_ipv4_mask('abc', 24)", "")]),
    kernel!(["format_ipv4"], "an address or its number, within a prefix; empty where it is none", [Param::Printed, LONG], optional 1 => Type::String,
        |args| to_text(args, |row| Some(formatted(row).map(|(address, _)| address.to_string()).unwrap_or_default())),
        [("format_ipv4('192.168.1.1', 24)", "192.168.1.0"), ("format_ipv4(3232236031, 24)", "192.168.1.0")]),
    kernel!(["format_ipv4_mask"], "an address or its number, within a prefix and with it; empty where it is none", [Param::Printed, LONG], optional 1 => Type::String,
        |args| to_text(args, |row| Some(formatted(row).map(|(address, prefix)| format!("{address}/{prefix}")).unwrap_or_default())),
        [("format_ipv4_mask('192.168.1.1', 24)", "192.168.1.0/24"),
        ("format_ipv4_mask('192.168.1.1', 32)", "192.168.1.1/32"),
        ("format_ipv4_mask('abc', 24)", "")]),
    kernel!(["ipv4_range_to_cidr_list"], "the networks that a range of addresses is made of", [TEXT, TEXT] => Type::Dynamic,
        |args| to_text(args, |row| Some(Value::from(networks(row)?).to_string())),
        [("ipv4_range_to_cidr_list('1.1.128.0', '1.1.140.255')", "[\"1.1.128.0/21\",\"1.1.136.0/22\",\"1.1.140.0/24\"]"),
        ("ipv4_range_to_cidr_list('1.1.1.1', '1.1.1.1')", "[\"1.1.1.1/32\"]")]),
    kernel!(["parse_urlquery", "parseurlquery"], "the parameters of a URL's query as a bag", [TEXT] => Type::Dynamic,
        |args| to_text(args, |row| {
            let query = row.text_or_empty(0);
            let bag = Map::from_iter([("Query Parameters".to_string(), parameters(query.strip_prefix('?').unwrap_or(query)))]);
            Some(Value::Object(bag).to_string())
        }), [("parse_urlquery('k1=v1&k2=v2')", "{\"Query Parameters\":{\"k1\":\"v1\",\"k2\":\"v2\"}}")]),
    kernel!(["parse_ipv4"], "the number of an address", [TEXT] => Type::Long,
        |args| to_long(args, |row| {
            let (address, prefix) = network(row.text(0)?)?;
            Some(i64::from(address.to_bits() & mask(prefix)))
        }), [("parse_ipv4('127.0.0.1')", "2130706433"),
        ("parse_ipv4('192.1.168.1/24')", "3221334016"),
        ("parse_ipv4('256.0.0.1')", ""),
        ("parse_ipv4('')", "")]),
    kernel!(["parse_url", "parseurl"], "the parts of a URL as a bag", [TEXT] => Type::Dynamic,
        |args| to_text(args, |row| Some(url(row.text_or_empty(0)).to_string())), [("tostring(parse_url('https://a.example:8080/b?c=d').Host)", "a.example"),
        ("tostring(parse_url('https://u:p@a.example/b?c=d#e').Fragment)", "e"),
        ("tostring(parse_url('https://u:p@a.example/b?c=d#e').Username)", "u"),
        ("tostring(parse_url('https://a.example:8080/b').Port)", "8080"),
        ("tostring(parse_url('http://[2001:db8::1]/x').Host)", "[2001:db8::1]"),
        ("tostring(parse_url('http://[2001:db8::1]:8080/x').Port)", "8080"),
        ("tostring(parse_url('http://[2001:db8::1/x').Host)", "[2001:db8::1"), ("tostring(parse_url('http://[2001:db8::1/x').Port)", "")]),
];

fn network(text: &str) -> Option<(Ipv4Addr, u32)> {
    let (address, prefix) = match text.trim().split_once('/') {
        Some((address, prefix)) => (address, prefix.parse().ok().filter(|prefix| *prefix <= 32)?),
        None => (text.trim(), 32),
    };
    Some((address.parse().ok()?, prefix))
}

fn mask(prefix: u32) -> u32 {
    u32::MAX.checked_shl(32 - prefix).unwrap_or(0)
}

fn within(address: &str, range: &str) -> Option<bool> {
    let ((address, _), (range, prefix)) = (network(address)?, network(range)?);
    Some(address.to_bits() & mask(prefix) == range.to_bits() & mask(prefix))
}

fn compared(row: &Row<'_>) -> Option<Ordering> {
    let ((left, left_prefix), (right, right_prefix)) = (network(row.text(0)?)?, network(row.text(1)?)?);
    let mut prefix = left_prefix.min(right_prefix);
    if row.len() > 2 {
        prefix = prefix.min(u32::try_from(row.long(2)?).ok().filter(|given| *given <= 32)?);
    }
    Some((left.to_bits() & mask(prefix)).cmp(&(right.to_bits() & mask(prefix))))
}

/// An address with the smaller of its own prefix and the given one.
fn limited(text: &str, given: i64) -> Option<(Ipv4Addr, u32)> {
    let (address, prefix) = network(text)?;
    let given = u32::try_from(given).ok().filter(|given| *given <= 32)?;
    Some((address, prefix.min(given)))
}

fn formatted(row: &Row<'_>) -> Option<(Ipv4Addr, u32)> {
    let text = row.text(0)?;
    let number = text.parse::<u32>().ok().map(|bits| Ipv4Addr::from_bits(bits).to_string());
    let given = if row.len() > 1 { row.long(1)? } else { 32 };
    let (address, prefix) = limited(number.as_deref().unwrap_or(text), given)?;
    Some((Ipv4Addr::from_bits(address.to_bits() & mask(prefix)), prefix))
}

/// Each network is as large as its start and what is left allow.
fn networks(row: &Row<'_>) -> Option<Vec<String>> {
    let (first, last) = (network(row.text(0)?)?.0, network(row.text(1)?)?.0);
    let (mut from, end) = (u64::from(first.to_bits()), u64::from(last.to_bits()) + 1);
    let mut all = Vec::new();
    while from < end {
        let aligned = from.trailing_zeros().min(32);
        let bits = aligned.min((end - from).ilog2());
        all.push(format!("{}/{}", Ipv4Addr::from_bits(u32::try_from(from).ok()?), 32 - bits));
        from += 1 << bits;
    }
    Some(all)
}

fn parameters(query: &str) -> Value {
    let mut parameters = Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        parameters.insert(name.to_string(), Value::from(value));
    }
    Value::Object(parameters)
}

fn url(text: &str) -> Value {
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (username, password) = user.split_once(':').unwrap_or((user, ""));
    // The colons between brackets are an IPv6 address's own, also where the second is missing.
    let (host, port) = match host.strip_prefix('[').map(|inner| inner.find(']')) {
        Some(Some(end)) => {
            let (host, rest) = host.split_at_checked(end + 2).unwrap_or((host, ""));
            (host, rest.strip_prefix(':').unwrap_or(rest))
        }
        Some(None) => (host, ""),
        None => host.rsplit_once(':').unwrap_or((host, "")),
    };
    let mut parts = Map::new();
    for (name, value) in [
        ("Scheme", scheme),
        ("Host", host),
        ("Port", port),
        ("Path", path),
        ("Username", username),
        ("Password", password),
    ] {
        parts.insert(name.to_string(), Value::from(value));
    }
    parts.insert("Query Parameters".to_string(), parameters(query));
    parts.insert("Fragment".to_string(), Value::from(fragment));
    Value::Object(parts)
}
