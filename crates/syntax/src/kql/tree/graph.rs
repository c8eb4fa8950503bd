//! Graphs: `make-graph`, and the patterns that `graph-match` looks for.

use super::{Assigned, Expr, Name};
use crate::span::Span;

/// `make-graph source --> target with nodes on id, …`.
#[derive(Debug, Clone, PartialEq)]
pub struct MakeGraph {
    pub source: Expr,
    pub target: Expr,
    /// Each table of nodes and its id.
    pub nodes: Vec<(Expr, Expr)>,
    /// `with_node_id = name`, where no table gives the nodes.
    pub node_id: Option<Name>,
}

/// `graph-match paths where condition project columns`; also `graph-shortest-paths`.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphMatch {
    pub paths: Vec<GraphPath>,
    pub condition: Option<Expr>,
    pub project: Vec<Assigned>,
}

/// `(a)-[e]->(b)…`: the first node, then each edge and the node behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphPath {
    pub first: GraphNode,
    pub rest: Vec<(GraphEdge, GraphNode)>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct GraphNode {
    pub name: Option<Name>,
    pub span: Span,
}

/// `-[name*1..5]->`.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphEdge {
    pub name: Option<Name>,
    pub direction: Direction,
    /// How many edges in a row, where it may be several.
    pub hops: Option<(Expr, Expr)>,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// `-->`
    Right,
    /// `<--`
    Left,
    /// `--`
    Any,
}
