//! Witnesses: events that are made so that a query finds them, and for each of its conditions one that it misses for that alone.
//!
//! What a query asks of one row is read from its text as a form over columns ([`form`]); a way to meet the form is chosen
//! ([`solve`]), and values are put together that meet each column's part of it ([`value`]). Whether the event is found is not
//! believed but run. What the query is given from outside is made too ([`given`]).

pub mod form;
mod given;
mod kql;
mod made;
mod pattern;
mod solve;
mod value;

pub use given::{LISTED, given};
pub use kql::asked;
pub use made::{Made, made};
