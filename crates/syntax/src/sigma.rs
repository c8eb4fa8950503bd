//! Sigma: the vendor-neutral rule format. A rule file is YAML; its tokens are YAML events with their places in the text, so
//! that a wrong modifier is underlined in the rule file like a wrong operator in a query.

mod condition;
mod detection;
mod lex;
pub mod messages;
pub mod modifier;
mod rule;
pub mod tree;
mod yaml;

use crate::{Parsed, Source};
pub use modifier::Modifier;
pub use tree::{Condition, FieldMatch, Level, LogSource, Rule, Search, Selection, Spanned, Status, Value};

/// Parses a rule file: every YAML document is one rule. A document with errors still gives what could be read of it.
pub fn parse(source: &Source) -> Parsed<Vec<Rule>> {
    let mut diagnostics = Vec::new();
    let tokens = lex::lex(source, &mut diagnostics);
    let documents = yaml::documents(tokens, &mut diagnostics);
    if documents.is_empty() && diagnostics.is_empty() {
        diagnostics.push(messages::empty_file());
    }
    let tree = documents.iter().filter_map(|document| rule::parse(source, document, &mut diagnostics)).collect();
    Parsed { tree, diagnostics }
}

#[cfg(test)]
mod tests;
