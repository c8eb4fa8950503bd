//! One spelling for each IP address: IPv6 as RFC 5952 has it, and what is an IPv4 address within IPv6 (`::ffff:10.0.0.1`) as
//! that IPv4 address.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, StringArray};

/// A column of addresses in their one spelling. What is no address stays as it is.
pub fn column(texts: ArrayRef) -> ArrayRef {
    match texts.as_string_opt::<i32>() {
        Some(known) if known.iter().flatten().any(|text| otherwise(text).is_some()) => {
            let spelt = |text| otherwise(text).map_or(Cow::Borrowed(text), Cow::Owned);
            Arc::new(known.iter().map(|text| text.map(spelt)).collect::<StringArray>())
        }
        _ => texts,
    }
}

pub fn spelt(address: IpAddr) -> String {
    address.to_canonical().to_string()
}

/// The one spelling of an address that is spelt otherwise.
fn otherwise(text: &str) -> Option<String> {
    let bare = text.trim();
    // Of four bytes there is no other.
    if bare.len() == text.len() && !text.contains(':') {
        return None;
    }
    bare.parse().ok().map(spelt).filter(|spelt| spelt != text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_spelling() {
        let given = ["::ffff:10.0.0.1", "::FFFF:a00:1", " 10.0.0.1", "FE80:0::1", "fe80::1", "LOCAL", "::1", "1:2"];
        let array = column(Arc::new(StringArray::from(given.to_vec())));
        let found: Vec<&str> = array.as_string::<i32>().iter().flatten().collect();
        assert_eq!(found, ["10.0.0.1", "10.0.0.1", "10.0.0.1", "fe80::1", "fe80::1", "LOCAL", "::1", "1:2"]);
    }
}
