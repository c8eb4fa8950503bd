//! Which networks of a list an address lies in.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};
use std::net::{Ipv4Addr, Ipv6Addr};

use arrow::array::ArrayRef;
use datafusion_common::Result;
use datafusion_expr::Expr;
use serde_json::Value;

use crate::function::call_kernel;
use crate::kernel::{Args, Kernel};
use crate::rows::{Row, to_text};
use crate::types::Type;

/// How the addresses of a list are spelt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    V4,
    /// IPv4 addresses too, as IPv6 has them.
    V6,
}

/// The entries of a list that fit an entry: arrays of an address or network, and further values that have to be the same.
pub fn hits(family: Family, entry: Expr, list: Expr) -> Expr {
    let v4: Kernel = |args| found(args, Family::V4);
    let v6: Kernel = |args| found(args, Family::V6);
    let (name, kernel) = match family {
        Family::V4 => ("ipv4_hits", v4),
        Family::V6 => ("ipv6_hits", v6),
    };
    call_kernel(name.into(), kernel, Type::Dynamic, vec![entry, list])
}

fn found(args: &Args<'_>, family: Family) -> Result<ArrayRef> {
    // One list for all rows is read once.
    let shared = OnceCell::new();
    to_text(args, |row| {
        if args.is_scalar(1) {
            return shared.get_or_init(|| Networks::of(row, family)).hits(row, family);
        }
        Networks::of(row, family).hits(row, family)
    })
}

/// The networks of a list: entries by their prefix and the address within it.
struct Networks {
    prefixes: BTreeSet<u32>,
    entries: HashMap<(u32, u128), Vec<Vec<Value>>>,
}

impl Networks {
    fn of(row: &Row<'_>, family: Family) -> Self {
        let mut networks = Networks { prefixes: BTreeSet::new(), entries: HashMap::new() };
        for entry in row.array(1).unwrap_or_default() {
            let Value::Array(entry) = entry else { continue };
            let network = entry.first().and_then(Value::as_str).and_then(|text| parse(text, family));
            if let Some((bits, prefix)) = network {
                networks.prefixes.insert(prefix);
                let entries = networks.entries.entry((prefix, bits & mask(prefix))).or_default();
                if !entries.contains(&entry) {
                    entries.push(entry);
                }
            }
        }
        networks
    }

    /// The most specific networks come first.
    fn hits(&self, row: &Row<'_>, family: Family) -> Option<String> {
        let entry = row.array(0)?;
        let (address, further) = entry.split_first()?;
        let mut hits = Vec::new();
        if let Some((bits, _)) = address.as_str().and_then(|text| parse(text, family)) {
            for prefix in self.prefixes.iter().rev() {
                let within = self.entries.get(&(*prefix, bits & mask(*prefix))).into_iter().flatten();
                hits.extend(within.filter(|entry| entry.get(1..) == Some(further)).cloned().map(Value::Array));
            }
        }
        Some(Value::Array(hits).to_string())
    }
}

/// The bits of an address, and how many of them a network fixes. Those of IPv4 stand behind the 96 that IPv6 puts before them.
fn parse(text: &str, family: Family) -> Option<(u128, u32)> {
    let (address, prefix) = match text.trim().split_once('/') {
        Some((address, prefix)) => (address, Some(prefix.parse::<u32>().ok()?)),
        None => (text.trim(), None),
    };
    let (bits, before) = match (address.parse::<Ipv4Addr>(), family) {
        (Ok(old), _) => (old.to_ipv6_mapped().to_bits(), 96),
        (Err(_), Family::V4) => return None,
        (Err(_), Family::V6) => (address.parse::<Ipv6Addr>().ok()?.to_bits(), 0),
    };
    let prefix = match prefix {
        Some(prefix) => prefix.checked_add(before)?,
        None => 128,
    };
    (prefix <= 128).then_some((bits, prefix))
}

fn mask(prefix: u32) -> u128 {
    u128::MAX.checked_shl(128 - prefix).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_fixes_the_first_bits_of_an_address() {
        let within = |address, network| {
            let ((address, _), (bits, prefix)) =
                (parse(address, Family::V6).unwrap(), parse(network, Family::V6).unwrap());
            address & mask(prefix) == bits & mask(prefix)
        };
        assert!(within("5.8.31.255", "5.8.0.0/19") && !within("5.8.32.0", "5.8.0.0/19"));
        assert!(within("2001:db8::1", "2001:db8::/32") && within("::ffff:1.2.3.4", "1.2.3.0/24"));
        assert!(within("1.2.3.4", "0.0.0.0/0") && !within("2001:db8::1", "0.0.0.0/0"));
        assert_eq!([parse("1.2.3.4/33", Family::V4), parse("::1", Family::V4)], [None, None]);
    }
}
