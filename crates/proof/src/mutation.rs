//! Mutations: a variant with one literal or one operand of its conditions changed. What no test notices, no test exercises.

mod query;
mod rule;
mod run;

use catalogue::{Language, Variant};
use engine::EvidenceTables;
use syntax::Span;

pub use run::{Mutated, run};

/// A variant with one change.
#[derive(Debug, Clone)]
pub struct Mutant {
    pub variant: Variant,
    pub change: Change,
    /// Where, in the variant's own text.
    pub span: Span,
    /// What is changed, as it is written.
    pub what: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Change {
    /// A literal is another one, which nothing has.
    Literal,
    /// A condition does without this operand.
    Dropped,
}

impl Change {
    pub fn name(self) -> &'static str {
        match self {
            Change::Literal => "changed",
            Change::Dropped => "dropped",
        }
    }
}

/// What no event holds.
const NOTHING: &str = "\u{e000}none\u{e000}";
/// Mutants of one variant that are run.
const MOST: usize = 2_000;

/// Every mutant of a variant that can be bound, in the order of their places.
pub fn mutants(variant: &Variant, tables: &EvidenceTables) -> Vec<Mutant> {
    let mut all = match variant.language {
        Language::Sigma => rule::mutants(variant),
        Language::Kql | Language::Aql => query::mutants(variant, tables),
    };
    all.sort_by_key(|mutant| (mutant.span, mutant.change));
    all.truncate(MOST);
    all
}
