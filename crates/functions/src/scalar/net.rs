//! Functions on IP addresses and URLs.

use std::net::Ipv4Addr;

use serde_json::{Map, Value};

use crate::function::{Function, Param, kernel};
use crate::rows::{to_bool, to_long, to_text};
use crate::types::Type;

const TEXT: Param = Param::Text;

pub const FUNCTIONS: &[Function] = &[
    kernel!(["ipv4_is_private"], "whether an address lies in a private network; null for what is none", [TEXT] => Type::Bool,
        |args| to_bool(args, |row| Some(network(row.text(0)?)?.0.is_private())), [("ipv4_is_private('192.168.1.1/24')", "true"), ("ipv4_is_private('8.8.8.8')", "false")]),
    kernel!(["ipv4_is_in_range"], "whether an address lies in a network", [TEXT, TEXT] => Type::Bool,
        |args| to_bool(args, |row| within(row.text(0)?, row.text(1)?)), [("ipv4_is_in_range('192.168.1.6', '192.168.1.1/24')", "true")]),
    kernel!(["ipv4_is_match"], "whether two addresses are the same within their prefixes", [TEXT, TEXT] => Type::Bool,
        |args| to_bool(args, |row| {
            let ((left, l), (right, r)) = (network(row.text(0)?)?, network(row.text(1)?)?);
            let mask = mask(l.min(r));
            Some(left.to_bits() & mask == right.to_bits() & mask)
        }), [("ipv4_is_match('127.0.0.1', '127.0.0.1')", "true"), ("ipv4_is_match('192.168.1.1/24', '192.168.1.255')", "true")]),
    kernel!(["ipv4_is_in_any_range"], "whether an address lies in any network of an array", [TEXT, Param::Is(Type::Dynamic)] => Type::Bool,
        |args| to_bool(args, |row| {
            let address = row.text(0)?;
            network(address)?;
            let networks: Vec<String> = serde_json::from_str(row.text(1)?).ok()?;
            Some(networks.iter().any(|network| within(address, network) == Some(true)))
        }), [("ipv4_is_in_any_range('192.168.1.6', dynamic(['10.0.0.0/8', '192.168.1.1/24']))", "true")]),
    kernel!(["parse_ipv4"], "the number of an address", [TEXT] => Type::Long,
        |args| to_long(args, |row| {
            let (address, prefix) = network(row.text(0)?)?;
            Some(i64::from(address.to_bits() & mask(prefix)))
        }), [("parse_ipv4('127.0.0.1')", "2130706433")]),
    kernel!(["parse_url"], "the parts of a URL as a bag", [TEXT] => Type::Dynamic,
        |args| to_text(args, |row| Some(url(row.text_or_empty(0)).to_string())), [("tostring(parse_url('https://a.example:8080/b?c=d').Host)", "a.example")]),
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
    let (host, port) = host.rsplit_once(':').unwrap_or((host, ""));
    let mut parameters = Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        parameters.insert(name.to_string(), Value::from(value));
    }
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
    parts.insert("Query Parameters".to_string(), Value::Object(parameters));
    parts.insert("Fragment".to_string(), Value::from(fragment));
    Value::Object(parts)
}
