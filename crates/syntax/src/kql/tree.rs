//! The tree of a KQL query: plain enums with spans. Chains (`or`, `and`, arithmetic, pipelines) are flat lists, so that their
//! length costs no depth.

mod expression;
mod graph;
mod multi;
mod operator;
mod plugin;
mod scan;
mod search;
mod series;
mod shape;
mod statement;
mod text;
mod top;

pub use expression::{Arg, Arithmetic, Ask, Comparison, Expr, ExprKind, Json, Literal, Step, TextOperator};
pub use graph::{Direction, GraphEdge, GraphMatch, GraphNode, GraphPath, MakeGraph};
pub use multi::{Join, JoinKey, JoinKind, Union};
pub use operator::{Assigned, NameOrder, Operator, OperatorKind, Pattern, SortKey, Subquery, Summarize};
pub use plugin::{Evaluate, ExternalData, Invoke, Property, RowSchema, Setting, TypedName};
pub use scan::{Facet, ForkBranch, Partition, PartitionBody, Reduce, Scan, ScanOutput, ScanStep};
pub use search::{Find, FindColumn, FindOutput, Search};
pub use series::{MakeSeries, SeriesAggregate, SeriesAxis};
pub use shape::{MvApply, MvColumn, MvExpand, Render};
pub use statement::{Declaration, PatternCase, PatternDeclaration};
pub use text::{ParseKv, ParsePart, ParsePattern};
pub use top::{TopHitters, TopNested};

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
    /// `set`, `declare`, `alias` and `restrict`, in their order.
    pub declarations: Vec<Declaration>,
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
    /// `view () { … }`: wildcards of union and search find it.
    pub is_view: bool,
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
    /// A type's name.
    Scalar(Name),
    /// `(*)` or `(column: type, …)`.
    Table(RowSchema),
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
        columns: Vec<TypedName>,
        values: Vec<Expr>,
    },
    ExternalData(ExternalData),
    Search(Search),
    Find(Find),
    Evaluate(Evaluate),
    /// A source that is known by name but not read, such as `macro-expand`.
    Other(Name),
}
