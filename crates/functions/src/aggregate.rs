//! Aggregate functions of the languages.

pub mod aql;
