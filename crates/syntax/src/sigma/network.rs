//! Networks of `cidr`: as Python's `ipaddress` takes them, by which the specification's own implementation reads rules.

use std::net::IpAddr;

use super::messages;
use super::tree::{Spanned, Value};
use crate::Diagnostic;

/// The network that a value names. An address with bits beyond its prefix is none: whoever wrote it meant an address or another prefix.
pub fn network(value: &Spanned<Value>) -> Result<String, Box<Diagnostic>> {
    let Value::Text(text) = &value.value else {
        return Err(Box::new(messages::no_network(value.span)));
    };
    let (address, prefix) =
        text.split_once('/').map_or((text.as_str(), None), |(address, prefix)| (address, Some(prefix)));
    let address: IpAddr = address.parse().map_err(|_| Box::new(messages::no_network(value.span)))?;
    let widest = if address.is_ipv4() { 32 } else { 128 };
    let prefix = match prefix {
        None => widest,
        Some(text) => prefix_of(text, address.is_ipv4()).ok_or_else(|| Box::new(messages::no_network(value.span)))?,
    };
    let first = first(address, prefix);
    if first != address {
        return Err(Box::new(messages::host_bits(value.span, &format!("{first}/{prefix}"))));
    }
    Ok(format!("{address}/{prefix}"))
}

/// A number of bits, or of IPv4 a mask.
fn prefix_of(text: &str, is_v4: bool) -> Option<u8> {
    if is_v4 && let Ok(IpAddr::V4(mask)) = text.parse() {
        let bits = mask.to_bits();
        return (bits.leading_ones() + bits.trailing_zeros() >= 32).then(|| u8::try_from(bits.leading_ones()).ok())?;
    }
    let is_number = !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    let bits: u8 = text.parse().ok().filter(|_| is_number)?;
    (bits <= if is_v4 { 32 } else { 128 }).then_some(bits)
}

/// The first address of the network that an address is in.
fn first(address: IpAddr, prefix: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
            IpAddr::V4((address.to_bits() & mask).into())
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
            IpAddr::V6((address.to_bits() & mask).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Span;

    #[test]
    fn a_network_is_what_python_takes_for_one() {
        let read = |text: &str| {
            let value = Spanned::new(Value::Text(text.to_owned()), Span::at(0));
            network(&value).unwrap_or_else(|fault| fault.help.clone().unwrap_or_default())
        };
        assert_eq!(read("10.0.0.0/8"), "10.0.0.0/8");
        assert_eq!(read("10.0.0.1"), "10.0.0.1/32");
        assert_eq!(read("10.0.0.0/255.0.0.0"), "10.0.0.0/8");
        assert_eq!(read("10.0.0.0/08"), "10.0.0.0/8");
        assert_eq!(read("fe80::/10"), "fe80::/10");
        assert!(read("192.168.1.5/24").contains("192.168.1.0/24"));
        assert!(read("fe80::1/10").contains("fe80::/10"));
        for text in
            ["", "x", " 10.0.0.0/8", "010.0.0.0/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/+8", "10.0.0.0/255.0.255.0"]
        {
            assert!(read(text).contains("10.0.0.0/8"), "{text}");
        }
    }
}
