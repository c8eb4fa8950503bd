//! Calls that give rows, and what is declared about rows: plugins, `invoke`, `externaldata`, schemas and settings.

use super::{Arg, Expr, Name};
use crate::span::Span;

/// `evaluate plugin(args) : (schema)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluate {
    pub plugin: Name,
    pub args: Vec<Arg>,
    /// What comes out, where it is said.
    pub schema: Option<RowSchema>,
    pub span: Span,
}

/// `invoke function(args)`: the rows are the function's first argument.
#[derive(Debug, Clone, PartialEq)]
pub struct Invoke {
    pub function: Name,
    pub args: Vec<Arg>,
    pub span: Span,
}

/// `externaldata (columns) [addresses] with (properties)`.
#[derive(Debug, Clone, PartialEq)]
pub struct ExternalData {
    pub columns: Vec<TypedName>,
    pub addresses: Vec<Expr>,
    pub properties: Vec<Property>,
    pub span: Span,
}

/// `(name: type, …)`, where `*` stands for columns that are not said.
#[derive(Debug, Clone, PartialEq)]
pub struct RowSchema {
    pub columns: Vec<TypedName>,
    pub is_open: bool,
}

/// `name: type`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedName {
    pub name: Name,
    pub kind: Name,
}

/// `name = value` in the `with (…)` of an operator.
#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    pub name: Name,
    pub value: Expr,
}

/// `kind=inner`, `hint.strategy=shuffle`: a setting before an operator's own text. The value is a word, number or text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    pub name: Name,
    pub value: Name,
}
