//! A lookup: what a table that the user gives says of a key, or of the network that an address is in.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringBuilder};
use arrow::datatypes::DataType;
use datafusion_common::Result;
use datafusion_expr::expr::ScalarFunction;
use datafusion_expr::{ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use crate::kernel::{self, Args};
use crate::text::Text;

/// A table of one value for each key.
#[derive(Debug, PartialEq, Eq)]
pub enum Lookup {
    Keys(HashMap<String, String>),
    /// For each length of a prefix, the longest first, the bits of networks.
    Networks(Vec<(u8, HashMap<u128, String>)>),
}

impl Lookup {
    pub fn of_keys(pairs: impl IntoIterator<Item = (String, String)>) -> Lookup {
        Lookup::Keys(pairs.into_iter().collect())
    }

    /// `None` with the first key that is no network.
    pub fn of_networks(pairs: impl IntoIterator<Item = (String, String)>) -> std::result::Result<Lookup, String> {
        let mut all: Vec<(u8, HashMap<u128, String>)> = Vec::new();
        for (network, value) in pairs {
            let Some((bits, prefix)) = parse(&network) else { return Err(network) };
            match all.iter_mut().find(|(length, _)| *length == prefix) {
                Some((_, known)) => drop(known.insert(bits, value)),
                None => all.push((prefix, HashMap::from([(bits, value)]))),
            }
        }
        all.sort_by_key(|(prefix, _)| std::cmp::Reverse(*prefix));
        Ok(Lookup::Networks(all))
    }

    /// The value for each key of an expression; null where the table has none.
    pub fn call(self, key: Expr) -> Expr {
        let signature = Signature::any(1, Volatility::Immutable);
        // Columns of one name are one column to the engine.
        let name = format!("lookup_{:016x}", self.digest());
        let lookup = LookupUdf { name, lookup: Arc::new(self), signature };
        Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(ScalarUDF::new_from_impl(lookup)), vec![key]))
    }

    fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        match self {
            Lookup::Keys(pairs) => {
                let mut pairs: Vec<_> = pairs.iter().collect();
                pairs.sort_unstable();
                pairs.hash(&mut hasher);
            }
            Lookup::Networks(all) => {
                for (prefix, known) in all {
                    let mut known: Vec<_> = known.iter().collect();
                    known.sort_unstable();
                    (prefix, known).hash(&mut hasher);
                }
            }
        }
        hasher.finish()
    }

    fn get(&self, key: &str) -> Option<&str> {
        match self {
            Lookup::Keys(pairs) => pairs.get(key).map(String::as_str),
            Lookup::Networks(all) => {
                let bits = bits(key.trim().parse().ok()?);
                all.iter().find_map(|(prefix, known)| known.get(&(bits & mask(*prefix)))).map(String::as_str)
            }
        }
    }
}

/// The bits of a network, an IPv4 one as it is mapped into IPv6, and how many of them count.
fn parse(text: &str) -> Option<(u128, u8)> {
    let (address, prefix) = text.trim().split_once('/').map_or((text.trim(), None), |(a, p)| (a, Some(p)));
    let address: IpAddr = address.trim().parse().ok()?;
    let (widest, before) = if address.is_ipv4() { (32, 96) } else { (128, 0) };
    let prefix = prefix.map_or(Some(widest), |prefix| prefix.trim().parse().ok()).filter(|prefix| *prefix <= widest)?;
    Some((bits(address) & mask(prefix + before), prefix + before))
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(four) => four.to_ipv6_mapped().to_bits(),
        IpAddr::V6(six) => six.to_bits(),
    }
}

fn mask(prefix: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0)
}

#[derive(Debug, PartialEq, Eq)]
struct LookupUdf {
    name: String,
    lookup: Arc<Lookup>,
    signature: Signature,
}

impl Hash for LookupUdf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl LookupUdf {
    fn evaluate(&self, args: &Args<'_>) -> Result<ArrayRef> {
        let keys = Text::of(args.array(0))?;
        let mut out = StringBuilder::new();
        for row in 0..args.rows {
            out.append_option(keys.get(args.at(0, row)).and_then(|key| self.lookup.get(key)));
        }
        Ok(Arc::new(out.finish()))
    }
}

impl ScalarUDFImpl for LookupUdf {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        kernel::invoke(&args, |args| self.evaluate(args))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn an_address_is_in_the_smallest_network_that_holds_it() {
        let networks = [("10.0.0.0/8", "all"), ("10.1.0.0/16", "one"), ("10.1.2.3", "host"), ("fe80::/10", "link")];
        let lookup = Lookup::of_networks(pairs(&networks)).unwrap();
        let found = ["10.9.0.1", "10.1.9.9", "10.1.2.3", "fe80::1", "::ffff:10.1.2.3", "11.0.0.1", "x"];
        let found = found.map(|address| lookup.get(address));
        assert_eq!(found, [Some("all"), Some("one"), Some("host"), Some("link"), Some("host"), None, None]);
        assert_eq!(Lookup::of_networks(pairs(&[("10.0.0.0/33", "")])), Err("10.0.0.0/33".to_owned()));
        let everything = Lookup::of_networks(pairs(&[("0.0.0.0/0", "four"), ("::/0", "six")])).unwrap();
        assert_eq!((everything.get("8.8.8.8"), everything.get("2001::1")), (Some("four"), Some("six")));
    }

    #[test]
    fn a_key_is_found_with_its_case() {
        let lookup = Lookup::of_keys(pairs(&[("alice", "admin")]));
        assert_eq!((lookup.get("alice"), lookup.get("Alice")), (Some("admin"), None));
    }
}
