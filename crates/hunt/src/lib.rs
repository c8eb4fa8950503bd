//! Hunting: detections in three languages over evidence, to findings.
//!
//! Every variant is bound first, so that only the columns that some variant needs are decoded. The row-wise ones run
//! together over one reading; the others run one by one. What the variants of a detection find on the same events is then
//! one finding.

mod bind;
mod correlate;
mod correlation;
mod found;
mod hunt;
mod kept;
pub mod language;
mod merge;
mod prepare;
mod replay;
mod rows;
mod summary;

pub use hunt::{Hunt, Hunted, Settings, failed};
pub use prepare::{Failure, check};
