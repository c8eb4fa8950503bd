//! The tree of a KQL query: plain enums with spans. Chains (`or`, `and`, arithmetic, pipelines) are flat lists, so that their
//! length costs no depth.

mod expression;
mod operator;

pub use expression::{Arg, Arithmetic, Ask, Comparison, Expr, ExprKind, Json, Literal, Step, TextOperator};
pub use operator::{
    Assigned, Join, JoinKey, JoinKind, MvColumn, MvExpand, Operator, OperatorKind, ParsePart, ParsePattern, Pattern,
    SortKey, Summarize, Union,
};

use crate::span::Span;

/// A name and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub text: String,
    pub span: Span,
}

/// A whole query.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub lets: Vec<Let>,
    /// The last statement that gives rows; `None` was reported.
    pub body: Option<Pipeline>,
}

/// `let name = value`.
#[derive(Debug, Clone, PartialEq)]
pub struct Let {
    pub name: Name,
    pub value: LetValue,
}

#[derive(Debug, Clone, PartialEq)]
pub enum LetValue {
    /// A scalar, a table or a pipeline: what it is shows only when its names are known.
    Value(Pipeline),
    Function(Function),
}

/// `(parameters) { lets; body }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    pub parameters: Vec<Parameter>,
    pub lets: Vec<Let>,
    pub body: Option<Pipeline>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    pub name: Name,
    pub kind: ParameterKind,
    pub default: Option<Expr>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ParameterKind {
    Scalar(Name),
    Table,
}

/// A source and the operators that its rows pass.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    pub source: Source,
    pub operators: Vec<Operator>,
    pub span: Span,
}

/// Where rows come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A table name, a let name, a call, a parenthesised pipeline; or, in a let, any scalar.
    Expr(Expr),
    Union(Union),
    Print(Vec<Assigned>),
    Range {
        column: Name,
        from: Expr,
        to: Expr,
        step: Expr,
    },
    Datatable {
        columns: Vec<(Name, Name)>,
        values: Vec<Expr>,
    },
    /// A source that is known by name but not bound, such as `search`.
    Other(Name),
}
