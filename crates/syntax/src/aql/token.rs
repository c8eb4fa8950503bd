//! A token of AQL: a word, a literal or a symbol, with its place.

use crate::Span;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// Keyword, field or function: which one it is depends on where it stands.
    Word(String),
    /// `"a name"`.
    Quoted(String),
    /// `'a text'`.
    Text(String),
    Long(i64),
    Real(f64),
    Symbol(&'static str),
    End,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub kind: Kind,
    pub span: Span,
}

/// Every symbol, longer ones before their beginnings.
pub(super) const SYMBOLS: [&str; 26] = [
    ">>>", ">>", "<<", "<=", ">=", "<>", "!=", "==", "=", "<", ">", "(", ")", ",", "+", "-", "*", "/", "%", "^", "&",
    "|", "#", "~", ";", ".",
];
