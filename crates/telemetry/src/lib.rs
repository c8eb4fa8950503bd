//! Telemetry: the evidence as files, its events as Arrow batches, and the tables that detections see over them.
//!
//! [`Evidence`] finds the logs, [`Evidence::read`] streams their events with only the [`Fields`] that are asked for, and a
//! [`Report`] says what was read and what was not. [`catalog`] holds the tables, which are data files.

pub mod bounds;
pub mod catalog;
mod csv_file;
mod cut;
pub mod event;
pub mod evidence;
mod evtx;
pub mod evtx_writer;
mod foreign;
mod format;
mod framed;
mod guarded;
pub mod initiator;
pub mod lake;
pub mod logs;
mod members;
mod mend;
mod ndjson;
mod parquet_file;
mod read;
pub mod report;
mod row;
mod rows;
mod shape;
mod sieve;
pub mod spare;
mod stream;
mod text;
pub mod texts;
#[cfg(test)]
mod trial;
mod whole;
mod zip_file;
mod zones;

pub use bounds::{Bounds, EventKind};
pub use catalog::{Branch, Catalog, CatalogError, ColumnDef, TableDef, Value};
pub use event::{EventBatch, Fields, System};
pub use evidence::{DiscoverError, Evidence, File, Ignored, Input, Outlook};
pub use initiator::{Initiator, InitiatorKey, Twin};
pub use logs::{Log, Logs};
pub use read::{Progress, ReadOptions, clock};
pub use report::{FileReport, Report};
pub use spare::Spare;
pub use texts::{Made, Needle, Stands, WantedText};
pub use whole::{Sought, WantedWhole};
