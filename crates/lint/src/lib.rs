//! Lint: what is doubtful in a detection although it runs, found in its text and its package, without evidence.

pub mod aql;
pub mod attack;
pub mod fix;
pub mod kql;
pub mod messages;
pub mod package;
pub mod platform;

pub use platform::Platform;
