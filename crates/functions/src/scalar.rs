//! Scalar functions, a file for each family; the table that every listing and every binder reads.

pub mod aql_collation;
pub mod aql_lookup;
pub mod aql_number;
pub mod aql_regex;
pub mod aql_text;
pub mod aql_time;
pub mod array;
pub mod array_order;
pub mod bag;
pub mod bag_path;
pub mod base64;
pub mod bits;
pub mod chance;
pub mod code_points;
pub mod convert;
pub mod decimal;
mod deflate;
pub mod dynamic;
pub mod extract_json;
pub mod geo;
pub mod hash;
pub mod ipv6;
pub mod math;
mod member;
pub mod net;
pub mod net_lookup;
pub mod number;
pub mod parse_text;
pub mod path;
pub mod pattern;
pub mod punycode;
pub mod registry;
pub mod search;
pub mod sequence;
pub mod series;
pub mod set;
pub mod sketch;
pub mod special;
pub mod string;
pub mod substring;
pub mod time;
pub mod timespan;
pub mod units;
pub mod user_agent;
pub mod windows;
pub mod xml;
pub mod zone;

use crate::function::Function;

/// Every scalar function.
pub const FUNCTIONS: &[&[Function]] = &[
    aql_lookup::FUNCTIONS,
    aql_collation::FUNCTIONS,
    aql_number::FUNCTIONS,
    aql_regex::FUNCTIONS,
    aql_text::FUNCTIONS,
    aql_time::FUNCTIONS,
    array::FUNCTIONS,
    array_order::FUNCTIONS,
    bag::FUNCTIONS,
    bits::FUNCTIONS,
    chance::FUNCTIONS,
    code_points::FUNCTIONS,
    convert::FUNCTIONS,
    dynamic::FUNCTIONS,
    extract_json::FUNCTIONS,
    hash::FUNCTIONS,
    ipv6::FUNCTIONS,
    math::FUNCTIONS,
    net::FUNCTIONS,
    number::FUNCTIONS,
    parse_text::FUNCTIONS,
    path::FUNCTIONS,
    pattern::FUNCTIONS,
    punycode::FUNCTIONS,
    registry::FUNCTIONS,
    search::FUNCTIONS,
    sequence::FUNCTIONS,
    set::FUNCTIONS,
    sketch::FUNCTIONS,
    special::FUNCTIONS,
    string::FUNCTIONS,
    substring::FUNCTIONS,
    time::FUNCTIONS,
    timespan::FUNCTIONS,
    units::FUNCTIONS,
    user_agent::FUNCTIONS,
    windows::FUNCTIONS,
    xml::FUNCTIONS,
    zone::FUNCTIONS,
];

pub fn all() -> impl Iterator<Item = &'static Function> {
    FUNCTIONS.iter().chain(geo::FUNCTIONS).chain(series::FUNCTIONS).flat_map(|family| family.iter())
}

/// By its KQL name, in KQL's exact spelling.
pub fn kql(name: &str) -> Option<&'static Function> {
    all().find(|function| function.kql.contains(&name))
}

/// By its AQL name; case does not count.
pub fn aql(name: &str) -> Option<&'static Function> {
    all().find(|function| function.aql.iter().any(|known| known.eq_ignore_ascii_case(name)))
}

/// By a name that only table mappings know.
pub fn mapping(name: &str) -> Option<&'static Function> {
    all().find(|function| function.mapping.contains(&name))
}
