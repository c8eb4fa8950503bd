//! Sigma: the vendor-neutral rule format. A rule file is YAML; its tokens are YAML events with their places in the text, so
//! that a wrong modifier is underlined in the rule file like a wrong operator in a query.

mod about;
mod collection;
mod condition;
mod correlation;
mod detection;
mod encode;
mod filter;
mod joined;
mod lex;
pub mod messages;
pub mod modifier;
mod network;
pub mod pattern;
pub mod placeholders;
mod rule;
mod scalar;
pub mod spelling;
pub mod terms;
mod together;
pub mod tree;
mod yaml;

use std::collections::HashSet;

use crate::{Parsed, Source};
pub use encode::MAX_DASHES;
pub use modifier::Modifier;
pub use network::network;
pub use pattern::{Piece, pieces};
pub use placeholders::Placeholders;
pub use spelling::texts;
pub use terms::{Held, Open, Terms, Way};
pub use tree::{
    About, Alias, Asked, Bound, Condition, Correlation, Documents, FieldMatch, Filter, Kind, Level, LogSource, Measure,
    Rule, Search, Selection, Spanned, Status, Together, Value,
};

/// Parses a rule file: every YAML document is a rule, a correlation of rules, or a filter for them. A document with errors still
/// gives what could be read of it.
pub fn parse(source: &Source) -> Parsed<Documents> {
    let mut diagnostics = Vec::new();
    let tokens = lex::lex(source, &mut diagnostics);
    let documents = yaml::documents(tokens, &mut diagnostics);
    if documents.is_empty() && diagnostics.is_empty() {
        diagnostics.push(messages::empty_file());
    }
    let mut tree = Documents::default();
    for document in collection::merged(documents, &mut diagnostics) {
        rule::parse(source, &document, &mut tree, &mut diagnostics);
    }
    // What is wrong with a part that several rules share is said once.
    let mut said = HashSet::new();
    diagnostics.retain(|diagnostic| said.insert(diagnostic.clone()));
    Parsed { tree, diagnostics }
}

#[cfg(test)]
mod tests;
