//! Finding one needle in one text, in the manner of each shape.

use std::net::IpAddr;

use super::{Shape, terms};

/// Whether `needle` stands in `text` as `shape` wants. Both are already folded where case does not count. Not for regular
/// expressions and networks.
pub(super) fn stands(shape: Shape, text: &str, needle: &str) -> bool {
    match shape {
        Shape::Equals => text == needle,
        Shape::StartsWith => text.starts_with(needle),
        Shape::EndsWith => text.ends_with(needle),
        Shape::Contains => memchr::memmem::find(text.as_bytes(), needle.as_bytes()).is_some(),
        Shape::Has | Shape::HasPrefix | Shape::HasSuffix => has(shape, text, needle),
        Shape::Regex | Shape::Backtracking | Shape::Cidr => false,
    }
}

/// Whether a text begins, or ends, with a needle of ASCII, whatever the case.
pub(super) fn stands_at_edge(is_first: bool, text: &[u8], needle: &[u8]) -> bool {
    let edge = match is_first {
        true => text.get(..needle.len()),
        false => text.len().checked_sub(needle.len()).and_then(|start| text.get(start..)),
    };
    edge.is_some_and(|edge| edge.eq_ignore_ascii_case(needle))
}

fn has(shape: Shape, text: &str, needle: &str) -> bool {
    if needle.is_empty() {
        return true;
    }
    // Overlapping occurrences count: in `aa_a` the needle `a` is first found inside of a longer term.
    let finder = memchr::memmem::Finder::new(needle.as_bytes());
    let mut from = 0;
    while let Some(found) = text.get(from..).and_then(|rest| finder.find(rest.as_bytes())) {
        let start = from + found;
        if is_bounded(shape, text, start, start + needle.len()) {
            return true;
        }
        from = start + text.get(start..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
    }
    false
}

/// Whether the occurrence at `start..end` has the term boundaries that the shape wants.
pub(super) fn is_bounded(shape: Shape, text: &str, start: usize, end: usize) -> bool {
    let is_term = |c: Option<char>| c.is_some_and(terms::is_term);
    let (before, within, after) = (text.get(..start), text.get(start..end), text.get(end..));
    let (Some(before), Some(within), Some(after)) = (before, within, after) else {
        return false;
    };
    let open = is_term(before.chars().next_back()) && is_term(within.chars().next());
    let close = is_term(after.chars().next()) && is_term(within.chars().next_back());
    match shape {
        Shape::HasPrefix => !open,
        Shape::HasSuffix => !close,
        _ => !open && !close,
    }
}

/// An IP network: `10.0.0.0/8`, `fe80::/10`, or a single address.
#[derive(Debug, Clone, Copy)]
pub(super) struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address.trim().parse().ok()?, Some(prefix.trim().parse::<u8>().ok()?)),
            None => (text.trim().parse::<IpAddr>().ok()?, None),
        };
        let widest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(widest);
        (prefix <= widest).then_some(Network { address, prefix })
    }

    pub(super) fn holds(&self, text: &str) -> bool {
        // Windows writes which interface a local address is of: `fe80::1%12`.
        let text = text.trim();
        let bare = text.split_once('%').map_or(text, |(address, _)| address);
        let Ok(address) = bare.parse::<IpAddr>() else {
            return false;
        };
        // An address of IPv4 that is written as one of IPv6 is both.
        let address = if self.address.is_ipv4() { address.to_canonical() } else { address };
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let kept = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                network.to_bits() & kept == address.to_bits() & kept
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let kept = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                network.to_bits() & kept == address.to_bits() & kept
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_ends_at_whatever_is_no_letter_or_digit() {
        assert!(stands(Shape::Has, "a_b", "a"));
        assert!(!stands(Shape::Has, "-encoded", "-enc"));
        assert!(stands(Shape::Has, "powershell -enc x", "-enc"));
        assert!(stands(Shape::Has, "x-enc", "-enc"));
        assert!(stands(Shape::Has, "c:\\temp\\a", "\\temp\\"));
        assert!(!stands(Shape::Has, "čaj", "aj"));
        assert!(stands(Shape::Has, "aa a", "a"));
        assert!(stands(Shape::Has, "", ""));
        assert!(stands(Shape::HasPrefix, "powershell", "power"));
        assert!(!stands(Shape::HasPrefix, "powershell", "shell"));
        assert!(stands(Shape::HasSuffix, "powershell", "shell"));
    }

    #[test]
    fn networks_hold_their_addresses() {
        let network = Network::parse("10.0.0.0/8").unwrap();
        assert!(network.holds("10.9.8.7"));
        assert!(network.holds("::ffff:10.9.8.7"));
        assert!(!network.holds("11.0.0.1"));
        assert!(!network.holds("not an address"));
        assert!(Network::parse("0.0.0.0/0").unwrap().holds("8.8.8.8"));
        assert!(Network::parse("fe80::/10").unwrap().holds("fe80::1"));
        assert!(Network::parse("10.0.0.0/33").is_none());
    }
}
