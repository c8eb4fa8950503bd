//! Tabular operators: what stands after each pipe.

use super::{Expr, Name, Pipeline};
use crate::span::Span;

#[derive(Debug, Clone, PartialEq)]
pub struct Operator {
    /// The operator's word.
    pub name: Name,
    pub kind: OperatorKind,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum OperatorKind {
    Where(Expr),
    Extend(Vec<Assigned>),
    Project(Vec<Assigned>),
    ProjectAway(Vec<Pattern>),
    ProjectKeep(Vec<Pattern>),
    ProjectRename(Vec<Assigned>),
    /// With `asc` (true) or `desc` where it was said.
    ProjectReorder(Vec<(Pattern, Option<bool>)>),
    Sort(Vec<SortKey>),
    Take(Expr),
    Top {
        count: Expr,
        by: Vec<SortKey>,
    },
    Count,
    Distinct(Vec<Assigned>),
    Summarize(Summarize),
    Union(Union),
    Join(Join),
    Lookup(Join),
    MvExpand(MvExpand),
    Parse(ParsePattern),
    GetSchema,
    As(Name),
    Serialize(Vec<Assigned>),
    /// Says how to draw, not what.
    Render,
    /// Known by name, not bound.
    Other,
    /// Its fault was reported.
    Broken,
}

/// `name = value`, or a value alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Assigned {
    pub name: Option<Name>,
    pub value: Expr,
}

/// A column name, in which `*` stands for any text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    pub text: String,
    pub span: Span,
}

impl Pattern {
    pub fn has_wildcard(&self) -> bool {
        self.text.contains('*')
    }

    pub fn matches(&self, name: &str) -> bool {
        let mut parts = self.text.split('*');
        let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or("")) else {
            return false;
        };
        let mut parts: Vec<&str> = parts.collect();
        let Some(last) = parts.pop() else {
            return rest.is_empty();
        };
        for part in parts {
            match rest.find(part) {
                Some(found) => rest = rest.get(found + part.len()..).unwrap_or(""),
                None => return false,
            }
        }
        rest.ends_with(last)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct SortKey {
    pub value: Expr,
    pub ascending: bool,
    /// `None`: first where ascending, last where descending.
    pub nulls_first: Option<bool>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Summarize {
    pub aggregates: Vec<Assigned>,
    pub by: Vec<Assigned>,
}

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

#[derive(Debug, Clone, PartialEq)]
pub struct MvExpand {
    pub columns: Vec<MvColumn>,
    pub with_index: Option<Name>,
    pub limit: Option<i64>,
    pub as_array: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct MvColumn {
    pub name: Option<Name>,
    pub value: Expr,
    /// `to typeof(long)`.
    pub to: Option<Name>,
}

/// `parse text with pattern`.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsePattern {
    pub text: Expr,
    pub parts: Vec<ParsePart>,
    pub kind: Option<Name>,
    pub flags: Option<Name>,
    /// `parse-where`: rows that do not match go.
    pub filters: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ParsePart {
    /// `*`
    Skip,
    Text(String),
    Column(Name, Option<Name>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_with_any_number_of_wildcards() {
        let holds = |pattern: &str, name| Pattern { text: pattern.into(), span: Span::default() }.matches(name);
        assert!(holds("*", "Any") && holds("Device*", "DeviceName") && holds("*_x", "a_x") && holds("a*b*c", "aXbYc"));
        assert!(!holds("Device*", "XDevice") && !holds("a*b*c", "acb") && !holds("Name", "Names"));
        assert!(!holds("a*a", "a"));
    }
}
