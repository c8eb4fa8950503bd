//! The engine: bound plans over evidence, as streams of batches.
//!
//! Two ways lead through it. [`Session`] runs any plan through DataFusion; [`Sweep`] runs many row-wise plans over one reading
//! of the evidence. Both make a table's rows by the same [`program`], so that they cannot differ in what a table holds.

mod afresh;
pub mod asked_time;
pub mod bounds;
mod candidates;
pub mod census;
pub mod chain;
mod context;
mod early;
mod first;
mod gathered;
mod in_order;
mod initiators;
pub mod lacking;
#[cfg(test)]
mod lineage;
mod narrow;
mod necessary;
pub mod overrun;
pub mod passage;
pub mod processes;
pub mod program;
pub mod provider;
pub mod replay;
pub mod rowwise;
pub mod session;
pub mod source;
mod spared;
pub mod spread;
pub mod starved;
pub mod sweep;
pub mod tables;
mod tentative;
mod time_range;
pub mod together;
pub mod total;
#[cfg(test)]
mod trial;
mod twin_facts;
mod wanted_text;
mod wholes;
mod window_memory;

pub use arrow::array::RecordBatch;
pub use session::{Limits, Session};
pub use source::Source;
pub use sweep::Sweep;
pub use tables::EvidenceTables;
