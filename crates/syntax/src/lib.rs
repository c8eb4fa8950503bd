//! Text to trees: the lexers, trees and parsers of KQL, AQL and Sigma, and the diagnostics that they share.
//!
//! This crate knows neither Arrow nor DataFusion nor files. Parsing never fails and never stops at the first error: every
//! front end gives a tree and the list of what is wrong with the text.

pub mod aql;
pub mod cursor;
pub mod diagnostic;
pub mod kql;
pub mod nearest;
pub mod sigma;
pub mod source;
pub mod span;

pub use diagnostic::{Diagnostic, Fix, Severity};
pub use source::Source;
pub use span::Span;

/// What a parser gives: a tree, whole or with holes, and everything that was wrong with the text.
#[derive(Debug, Clone)]
pub struct Parsed<T> {
    pub tree: T,
    pub diagnostics: Vec<Diagnostic>,
}

impl<T> Parsed<T> {
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}
