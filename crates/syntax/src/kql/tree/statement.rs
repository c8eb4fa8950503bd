//! Statements beside `let`: settings, query parameters, patterns, aliases, restrictions.

use super::{Expr, Name, Parameter, Pipeline, TypedName};

#[derive(Debug, Clone, PartialEq)]
pub enum Declaration {
    /// `set name = value`.
    Set { name: Name, value: Option<Expr> },
    /// `declare query_parameters (name: type = default, …)`.
    QueryParameters(Vec<Parameter>),
    /// `declare pattern`.
    Pattern(PatternDeclaration),
    /// `alias database name = expression`.
    Alias { name: Name, database: Expr },
    /// `restrict access to (tables)`.
    Restrict(Vec<Expr>),
}

/// `declare pattern name = (parameters)[path] { cases }`.
#[derive(Debug, Clone, PartialEq)]
pub struct PatternDeclaration {
    pub name: Name,
    pub parameters: Vec<TypedName>,
    pub path: Option<TypedName>,
    pub cases: Vec<PatternCase>,
}

/// `(arguments).[path] = { query }`.
#[derive(Debug, Clone, PartialEq)]
pub struct PatternCase {
    pub arguments: Vec<Expr>,
    pub path: Option<Expr>,
    pub body: Option<Pipeline>,
}
