//! Binding: a tree against tables and functions, to a plan that an engine can run.
//!
//! This crate does no I/O and runs nothing. It sees tables through [`Tables`] and gives a [`Bound`] plan whose expressions
//! are fully coerced, or diagnostics. The three languages share one algebra, [`Relation`], and differ in their scopes.

pub mod aql;
pub mod binding;
mod chain;
pub mod cut;
pub mod entry;
pub mod kql;
mod list;
pub mod property;
pub mod relation;
pub mod schemas;
pub mod sigma;
pub mod tables;
pub mod trace;

pub use binding::{Bound, Mode, Nulls, Options, Output, Stepwise, TimeBound, Window};
pub use cut::Cut;
pub use relation::{Column, Relation};
pub use tables::{Table, Tables};
