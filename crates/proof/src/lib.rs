//! Proof: what is claimed of detections, shown by running them.
//!
//! Everything here reads the trace that the binders record (`plan::trace`): which operand decided about an event, which tests
//! pass, which literals no test needs. It knows no language but by the trees that are mutated.

pub mod agreement;
mod asked;
pub mod contrast;
pub mod events;
pub mod explain;
mod miss;
pub mod mutation;
pub mod readiness;
pub mod suite;
pub mod verdict;
pub mod witness;
