//! The type of an element or key of reference data. Addresses are compared as addresses and numbers as numbers, whatever
//! their spelling; of texts every letter counts, with its case but in a set that QRadar was told to ignore it in.

use std::net::IpAddr;

use datafusion_expr::Expr as Plan;
use functions::Type;
use functions::scalar::{self, aql_number};

use crate::aql::value::{Value, is_long};
use crate::tables::Ariel;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    Address,
    Number,
    Text,
    /// Alphanumeric (ignore case).
    TextOfAnyCase,
}

impl Element {
    /// By the name of QRadar's own interface. A date is a number of milliseconds.
    pub fn named(name: &str) -> Option<Element> {
        Some(match name {
            "ALN" => Element::Text,
            "ALNIC" => Element::TextOfAnyCase,
            "IP" => Element::Address,
            "NUM" | "PORT" | "DATE" => Element::Number,
            _ => return None,
        })
    }

    /// Where the data do not say what they hold, what is looked for does.
    pub fn of(value: &Value) -> Element {
        match value.kind {
            _ if value.is(Ariel::Host) => Element::Address,
            kind if is_long(kind) => Element::Number,
            _ => Element::Text,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Element::Address => "an IP address",
            Element::Number => "a whole number",
            Element::Text | Element::TextOfAnyCase => "a text",
        }
    }

    /// The one spelling of an element; `None` where it is of another type.
    pub fn spelt(self, text: &str) -> Option<String> {
        match self {
            Element::Address => text.trim().parse::<IpAddr>().ok().map(aql_number::sortable),
            Element::Number => whole(text.trim()).map(|number| number.to_string()),
            Element::Text => Some(text.to_owned()),
            Element::TextOfAnyCase => Some(text.to_lowercase()),
        }
    }

    /// The same of a value.
    pub fn spelling(self, value: Value) -> Plan {
        match self {
            Element::Address => Value { ariel: Some(Ariel::Host), ..text(value) }.sortable(),
            Element::Number => Value::new(value.cast(Type::Long), Type::Long).cast(Type::String),
            Element::Text => value.cast(Type::String),
            Element::TextOfAnyCase => {
                let text = text(value).expr;
                let lower = scalar::aql("LOWER").and_then(|lower| Some((lower, lower.overloads.first()?)));
                match lower {
                    Some((lower, overload)) => lower.call(overload, &[Type::String], vec![text]),
                    None => text,
                }
            }
        }
    }
}

fn text(value: Value) -> Value {
    Value::new(value.cast(Type::String), Type::String)
}

fn whole(text: &str) -> Option<i64> {
    // As a spreadsheet may write it.
    let digits =
        text.split_once('.').filter(|(_, rest)| rest.bytes().all(|b| b == b'0')).map_or(text, |(whole, _)| whole);
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_of_one_type_have_one_spelling() {
        let address = |text: &str| Element::Address.spelt(text);
        assert_eq!(address("fe80:0:0:0:0:0:0:1"), address(" FE80::1 "));
        assert_eq!(address("::ffff:10.0.0.1"), address("10.0.0.1"));
        assert_eq!(address("010.0.0.1"), None);
        let number = |text: &str| Element::Number.spelt(text);
        assert_eq!((number(" 0443 "), number("443.0"), number("x")), (Some("443".into()), Some("443".into()), None));
        assert_eq!(Element::named("ALNIC").and_then(|element| element.spelt("Bob")), Some("bob".to_owned()));
        assert_eq!(Element::named("ALN").and_then(|element| element.spelt("Bob")), Some("Bob".to_owned()));
    }
}
