//! `make-series`: aggregates over steps of an axis, as arrays.

use super::{Assigned, Expr};

#[derive(Debug, Clone, PartialEq)]
pub struct MakeSeries {
    pub aggregates: Vec<SeriesAggregate>,
    pub axis: SeriesAxis,
    pub by: Vec<Assigned>,
    /// `kind=nonempty`: no rows give one series of defaults.
    pub is_nonempty: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SeriesAggregate {
    pub value: Assigned,
    /// `default = value`: what an empty step holds.
    pub default: Option<Expr>,
}

/// `on value from start to end step size`, or `on value in range(start, end, size)`.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesAxis {
    pub on: Assigned,
    pub from: Option<Expr>,
    pub to: Option<Expr>,
    pub step: Expr,
    /// The `in range` form, whose end is part of the series.
    pub in_range: bool,
}
