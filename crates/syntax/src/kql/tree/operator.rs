//! Tabular operators: what stands after each pipe.

use super::{
    Evaluate, Expr, Facet, ForkBranch, GraphMatch, Invoke, Join, MakeGraph, MakeSeries, MvApply, MvExpand, Name,
    ParseKv, ParsePattern, Partition, Reduce, Render, Scan, Search, Setting, TopHitters, TopNested, Union,
};
use crate::span::Span;

#[derive(Debug, Clone, PartialEq)]
pub struct Operator {
    /// The operator's word.
    pub name: Name,
    /// `hint.strategy=shuffle` and its kin: they say how to run, not what comes out.
    pub hints: Vec<Setting>,
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
    ProjectReorder(Vec<(Pattern, Option<NameOrder>)>),
    Sort(Vec<SortKey>),
    Take(Expr),
    Sample(Expr),
    SampleDistinct {
        count: Expr,
        of: Assigned,
    },
    Top {
        count: Expr,
        by: Vec<SortKey>,
    },
    /// One for each level, from the outermost in.
    TopNested(Vec<TopNested>),
    TopHitters(TopHitters),
    /// With the name that its result is given.
    Count(Option<Name>),
    Distinct(Vec<Assigned>),
    Summarize(Summarize),
    MakeSeries(MakeSeries),
    Union(Union),
    Join(Join),
    Lookup(Join),
    MvExpand(MvExpand),
    MvApply(MvApply),
    /// `parse` and `parse-where`.
    Parse(ParsePattern),
    ParseKv(ParseKv),
    Search(Search),
    Evaluate(Evaluate),
    Invoke(Invoke),
    Scan(Scan),
    Partition(Partition),
    GetSchema,
    As(Name),
    Serialize(Vec<Assigned>),
    /// Says how to draw, not what.
    Render(Render),
    Fork(Vec<ForkBranch>),
    Facet(Facet),
    Reduce(Reduce),
    Consume,
    MakeGraph(MakeGraph),
    GraphMatch(GraphMatch),
    /// Known by name; what stands behind it was passed over.
    Other,
    /// Its fault was reported.
    Broken,
}

/// Operators without a source of their own: the rows come from around them.
#[derive(Debug, Clone, PartialEq)]
pub struct Subquery {
    pub operators: Vec<Operator>,
    pub span: Span,
}

/// `name = value`, `(name, name) = value`, or a value alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Assigned {
    pub name: Option<Name>,
    /// The names after the first, where one value is taken apart into several columns.
    pub more_names: Vec<Name>,
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

/// How columns are put in the order of their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameOrder {
    pub ascending: bool,
    /// Digits in a row count as the number that they are.
    pub by_numbers: bool,
}
