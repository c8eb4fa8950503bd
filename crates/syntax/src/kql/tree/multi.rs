//! Operators over several tables: `union`, `join`, `lookup`.

use super::{Expr, Name, Pipeline};

#[derive(Debug, Clone, PartialEq)]
pub struct Union {
    pub is_inner: bool,
    pub is_fuzzy: bool,
    pub with_source: Option<Name>,
    /// Names (also with wildcards) and parenthesised pipelines.
    pub parts: Vec<Expr>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Join {
    pub kind: JoinKind,
    pub right: Pipeline,
    pub on: Vec<JoinKey>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinKind {
    InnerUnique,
    Inner,
    LeftOuter,
    RightOuter,
    FullOuter,
    LeftSemi,
    LeftAnti,
    RightSemi,
    RightAnti,
}

impl JoinKind {
    pub const NAMES: &[(&str, JoinKind)] = &[
        ("innerunique", JoinKind::InnerUnique),
        ("inner", JoinKind::Inner),
        ("leftouter", JoinKind::LeftOuter),
        ("rightouter", JoinKind::RightOuter),
        ("fullouter", JoinKind::FullOuter),
        ("leftsemi", JoinKind::LeftSemi),
        ("leftanti", JoinKind::LeftAnti),
        ("anti", JoinKind::LeftAnti),
        ("leftantisemi", JoinKind::LeftAnti),
        ("rightsemi", JoinKind::RightSemi),
        ("rightanti", JoinKind::RightAnti),
        ("rightantisemi", JoinKind::RightAnti),
    ];
}

#[derive(Debug, Clone, PartialEq)]
pub enum JoinKey {
    /// One name on both sides.
    Same(Name),
    /// `$left.a == $right.b`.
    Pair(Name, Name),
}
