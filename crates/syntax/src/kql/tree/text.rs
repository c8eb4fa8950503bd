//! Operators that take texts apart: `parse`, `parse-where` and `parse-kv`.

use super::{Expr, Name, Property, TypedName};

/// `parse text with pattern`.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsePattern {
    pub text: Expr,
    pub parts: Vec<ParsePart>,
    /// `simple`, `regex` or `relaxed`.
    pub kind: Option<Name>,
    pub flags: Option<Name>,
    /// `parse-where`: rows that do not match go.
    pub filters: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ParsePart {
    /// `*`
    Skip,
    Text(String),
    /// A column, and its type where it is said.
    Column(Name, Option<Name>),
}

/// `parse-kv text as (key: type, …) with (properties)`.
#[derive(Debug, Clone, PartialEq)]
pub struct ParseKv {
    pub text: Expr,
    pub keys: Vec<TypedName>,
    /// `pair_delimiter`, `kv_delimiter`, `quote`, `escape`, `greedy`, `regex`.
    pub properties: Vec<Property>,
}
