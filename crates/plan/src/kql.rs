//! Binding KQL: names resolved against tables and lets, types checked, operators built from the shared algebra.

mod binder;
mod expression;
pub mod mapping;
mod messages;
mod scope;
mod value;
