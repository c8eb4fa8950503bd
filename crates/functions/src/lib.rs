//! The function library that KQL, AQL and the telemetry tables share: scalar functions, aggregates, string predicates, and
//! the types that they speak of.
//!
//! A function is a `const` in one table; what differs between the languages is a column of that table. Binders look names
//! up here; cluster nodes build the same registry from the same table.

pub mod address;
pub mod aggregate;
pub mod cast;
pub mod constant;
pub mod expand;
pub mod function;
pub mod kernel;
pub mod lookup;
pub mod moments;
pub mod origin;
pub mod parts;
pub mod predicate;
pub mod regular;
pub mod rows;
pub mod scalar;
pub mod scan;
pub mod serial;
pub mod several;
pub mod step;
pub mod stepwise;
pub mod text;
pub mod ticks;
pub mod types;

pub use function::{Function, Gives, Lower, Overload, Param};
pub use types::Type;
