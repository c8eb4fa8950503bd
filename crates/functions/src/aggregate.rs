//! Aggregate functions of the languages.
