//! The catalogue: detections kept as files. Packages, loose KQL and AQL queries and Sigma rules, from disk or built in.
//!
//! Nothing is dropped silently: whatever could not be loaded is a [`Problem`] with its place in its file.

pub mod builtin;
pub mod correlated;
pub mod date;
pub mod detection;
pub mod load;
mod loose;
mod messages;
pub mod package;
pub mod period;
pub mod select;
mod technique;
pub mod template;
mod toml_text;

pub use builtin::builtin;
pub use correlated::{Correlated, Member};
pub use date::Date;
pub use detection::{Confidence, Detection, Language, Variant};
pub use load::{Loaded, Problem, load, load_with, placeholders};
pub use package::Package;
pub use package::test::Test;
pub use period::Period;
pub use select::{Chosen, Selection};
pub use syntax::sigma::{Level, Status};
pub use technique::is_attack_id;
