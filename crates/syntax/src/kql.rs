//! KQL: its tokens, its tree and its parser.

mod lex;
mod messages;
mod parse;
pub mod texts;
mod token;
pub mod tree;
pub mod visit;

use crate::{Parsed, Source};
use tree::{Expr, Query};

/// Parses a whole query: statements divided by semicolons.
pub fn parse(source: &Source) -> Parsed<Query> {
    let mut parser = parse::Parser::new(source);
    let tree = parser.query();
    Parsed { tree, diagnostics: parser.finish() }
}

/// Parses one scalar expression, as the mappings of telemetry tables hold them.
pub fn parse_expression(source: &Source) -> Parsed<Expr> {
    let mut parser = parse::Parser::new(source);
    let tree = parser.whole_expression();
    Parsed { tree, diagnostics: parser.finish() }
}

/// The names of the tabular operators, for hints and listings.
pub fn operators() -> impl Iterator<Item = &'static str> {
    parse::OPERATORS.iter().copied()
}

#[cfg(test)]
mod tests;
