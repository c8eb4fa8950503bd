//! Scalar functions, a file for each family; the table that every listing and every binder reads.

pub mod aql_lookup;
pub mod aql_number;
pub mod aql_text;
pub mod aql_time;
pub mod base64;
pub mod convert;
pub mod dynamic;
pub mod math;
pub mod net;
pub mod path;
pub mod pattern;
pub mod registry;
pub mod set;
pub mod string;
pub mod substring;
pub mod time;
pub mod windows;

use crate::function::Function;

/// Every scalar function.
pub const FUNCTIONS: &[&[Function]] = &[
    aql_lookup::FUNCTIONS,
    aql_number::FUNCTIONS,
    aql_text::FUNCTIONS,
    aql_time::FUNCTIONS,
    convert::FUNCTIONS,
    dynamic::FUNCTIONS,
    math::FUNCTIONS,
    net::FUNCTIONS,
    path::FUNCTIONS,
    pattern::FUNCTIONS,
    registry::FUNCTIONS,
    set::FUNCTIONS,
    string::FUNCTIONS,
    substring::FUNCTIONS,
    time::FUNCTIONS,
    windows::FUNCTIONS,
];

pub fn all() -> impl Iterator<Item = &'static Function> {
    FUNCTIONS.iter().flat_map(|family| family.iter())
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
