//! Aggregate functions of the languages.

pub mod aql;

/// Names of all aggregates, for hints.
pub fn names() -> impl Iterator<Item = &'static str> {
    [].into_iter()
}
