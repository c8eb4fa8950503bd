//! Operators that run others over parts of the rows: `scan`, `partition`, `fork`, `facet`; and `reduce`.

use super::{Assigned, Expr, Name, Parameter, Pipeline, Property, SortKey, Subquery};
use crate::Span;

/// `scan`: rows in order, matched against the steps of a state machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Scan {
    pub match_id: Option<Name>,
    /// `kind=full`, where it stands.
    pub full: Option<Span>,
    pub order_by: Vec<SortKey>,
    pub partition_by: Vec<Expr>,
    /// Columns of the steps' state, each with what it starts with.
    pub declared: Vec<Parameter>,
    pub steps: Vec<ScanStep>,
}

/// `step name optional output=last: condition => column = value, …;`
#[derive(Debug, Clone, PartialEq)]
pub struct ScanStep {
    pub name: Name,
    pub is_optional: bool,
    pub output: ScanOutput,
    pub condition: Expr,
    pub assignments: Vec<Assigned>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanOutput {
    /// Also where nothing is said.
    All,
    Last,
    None,
}

/// `partition by column body`.
#[derive(Debug, Clone, PartialEq)]
pub struct Partition {
    pub by: Expr,
    pub body: PartitionBody,
}

#[derive(Debug, Clone, PartialEq)]
pub enum PartitionBody {
    /// `( operators )` over the rows of one partition.
    Rows(Subquery),
    /// `{ query }`, which names its table.
    Query(Box<Pipeline>),
}

/// One result of `fork`: `name = (operators)`.
#[derive(Debug, Clone, PartialEq)]
pub struct ForkBranch {
    pub name: Option<Name>,
    pub body: Subquery,
}

/// `facet by columns with (operators)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Facet {
    pub by: Vec<Expr>,
    pub body: Option<Subquery>,
}

/// `reduce by text with properties`.
#[derive(Debug, Clone, PartialEq)]
pub struct Reduce {
    pub by: Assigned,
    pub properties: Vec<Property>,
}
