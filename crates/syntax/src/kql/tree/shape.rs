//! Operators over values that hold several: `mv-expand` and `mv-apply`; and `render`, which draws.

use super::{Expr, Name, Property, Subquery};

#[derive(Debug, Clone, PartialEq)]
pub struct MvExpand {
    pub columns: Vec<MvColumn>,
    pub with_index: Option<Name>,
    pub limit: Option<Expr>,
    /// `kind=array`: a bag gives `[key, value]` pairs.
    pub as_array: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct MvColumn {
    pub name: Option<Name>,
    pub value: Expr,
    /// `to typeof(long)`.
    pub to: Option<Name>,
}

/// `mv-apply columns on (operators)`: the operators run over the values of each row apart.
#[derive(Debug, Clone, PartialEq)]
pub struct MvApply {
    pub columns: Vec<MvColumn>,
    pub with_index: Option<Name>,
    pub limit: Option<Expr>,
    pub body: Subquery,
}

/// `render chart with (properties)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Render {
    pub chart: Name,
    pub properties: Vec<Property>,
}
