//! The most frequent and the largest within each other: `top-hitters` and `top-nested`.

use super::{Assigned, Expr};

/// `top-hitters count of value by weight`.
#[derive(Debug, Clone, PartialEq)]
pub struct TopHitters {
    pub count: Expr,
    pub of: Assigned,
    pub by: Option<Expr>,
}

/// One level of `top-nested`: `count of value with others = text by aggregate`.
#[derive(Debug, Clone, PartialEq)]
pub struct TopNested {
    /// `None`: all values.
    pub count: Option<Expr>,
    pub of: Assigned,
    /// What the row of all other values is called.
    pub others: Option<Expr>,
    pub by: Assigned,
    pub ascending: bool,
}
