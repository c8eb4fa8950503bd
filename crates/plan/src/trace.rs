//! A trace: what a query does with its rows, step by step and as it is written, so that it can be said why an event was found
//! or was not.
//!
//! The three binders record the same shape, each at the places where it builds the plan anyway. What reads a trace
//! (`explain`, the tests of packages, comparisons, made events) does not know the languages.

use datafusion_expr::{Expr, LogicalPlan};
use functions::Type;
use syntax::Span;

/// How many steps of a query are kept.
pub(crate) const STEPS: usize = 1_000;

/// One operator or clause of a query.
#[derive(Debug, Clone)]
pub struct Step {
    pub span: Span,
    pub kind: Kind,
    /// The rows that come to it; `None` where rows begin.
    pub input: Option<LogicalPlan>,
    /// The rows behind it.
    pub output: LogicalPlan,
    /// How many other pipelines it stands within: legs of unions, sides of joins, lets.
    pub depth: usize,
}

#[derive(Debug, Clone)]
pub enum Kind {
    /// The rows of this table.
    Table(String),
    /// A condition that rows have to pass.
    Filter(Clause),
    /// Anything else, by its name in the language.
    Operator(String),
}

/// A condition as it is written.
#[derive(Debug, Clone)]
pub enum Clause {
    All(Vec<Clause>),
    Any(Vec<Clause>),
    Not(Box<Clause>),
    /// A lower time bound that was lifted.
    Lifted(Span),
    Operand(Box<Operand>),
}

/// A test that is no junction of others.
#[derive(Debug, Clone)]
pub struct Operand {
    pub span: Span,
    /// True where it holds; null is false.
    pub holds: Expr,
    /// What is looked at first, then what it is held against.
    pub sides: Vec<Side>,
    /// What it asks, where it stands in no place of the text: a filter's, which is laid over a rule.
    pub label: Option<String>,
    /// The literals that it names, also by way of lets, each with its place.
    pub literals: Vec<(String, Span)>,
}

/// A value that a test looks at.
#[derive(Debug, Clone)]
pub struct Side {
    pub span: Span,
    pub value: Expr,
    pub kind: Type,
}

impl Clause {
    /// Every operand, in the order in which they are written.
    pub fn operands(&self) -> Vec<&Operand> {
        let mut found = Vec::new();
        let mut open = vec![self];
        while let Some(clause) = open.pop() {
            match clause {
                Clause::All(parts) | Clause::Any(parts) => open.extend(parts.iter().rev()),
                Clause::Not(inner) => open.push(inner),
                Clause::Operand(operand) => found.push(&**operand),
                Clause::Lifted(_) => {}
            }
        }
        found
    }
}

impl Side {
    /// A value that every row has.
    pub fn is_literal(&self) -> bool {
        matches!(self.value, Expr::Literal(..))
    }
}
