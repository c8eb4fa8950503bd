//! String predicates: equals, contains, starts with, has and their kin, one table for the three languages.
//!
//! Every predicate is total: it gives true or false, never null, so that a negation is the exact complement. What a missing
//! text counts as differs between the languages and is a field of the predicate.

mod find;
mod fold;
mod judge;
mod list;
mod matcher;
pub mod pattern;
mod required;
mod terms;
mod udf;

use std::sync::Arc;

use datafusion_expr::expr::ScalarFunction;
use datafusion_expr::{Expr, ScalarUDF};

use crate::stepwise::Steps;
use udf::MatchUdf;

pub(crate) use fold::fold;
pub use judge::Judge;
pub use required::{commonness, end, push_looked};
pub use terms::{definition, each_term};

/// Whether a text is an IP network in CIDR notation, or a single address.
pub fn is_network(text: &str) -> bool {
    find::Network::parse(text).is_some()
}

/// Whether a text holds another as a whole term, whatever the case.
pub(crate) fn has_term(text: &str, needle: &str) -> bool {
    find::stands(Shape::Has, &fold(text), &fold(needle))
}

/// How a needle has to stand in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    Equals,
    Contains,
    StartsWith,
    EndsWith,
    /// As a whole term: KQL's `has`. A term is a run of Unicode letters and digits; an edge of the needle that is itself
    /// such a character must lie on the edge of a run.
    Has,
    HasPrefix,
    HasSuffix,
    /// A regular expression that matches somewhere.
    Regex,
    /// As [`Shape::Regex`], with look-around and back references, in so many steps at most ([`crate::stepwise`]).
    Backtracking,
    /// An IP network in CIDR notation that holds the address.
    Cidr,
}

/// What a missing (null) text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Absent {
    /// The empty string, as in KQL.
    Empty,
    /// Matched by nothing, as in AQL and Sigma.
    NoMatch,
}

/// A string predicate over one text and one or more needles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Match {
    pub shape: Shape,
    pub case_sensitive: bool,
    /// Every needle has to match, not just one.
    pub all: bool,
    pub absent: Absent,
}

impl Match {
    /// Case-insensitive, any needle, KQL's view of a missing text.
    pub const fn kql(shape: Shape) -> Self {
        Match { shape, case_sensitive: false, all: false, absent: Absent::Empty }
    }

    /// Case-insensitive, any needle, a missing text matches nothing.
    pub const fn rule(shape: Shape) -> Self {
        Match { shape, case_sensitive: false, all: false, absent: Absent::NoMatch }
    }

    pub const fn case_sensitive(self, case_sensitive: bool) -> Self {
        Match { case_sensitive, ..self }
    }

    pub const fn all(self) -> Self {
        Match { all: true, ..self }
    }

    /// The predicate as a boolean expression. No needle: `all` holds for every row, `any` for none.
    pub fn call(self, text: Expr, needles: Vec<Expr>) -> Expr {
        self.counted(text, needles, Arc::default())
    }

    /// [`Match::call`] for [`Shape::Backtracking`], in the steps that its query has left.
    pub fn stepwise(self, text: Expr, pattern: &str, steps: &Arc<Steps>) -> Expr {
        self.counted(text, vec![datafusion_expr::lit(pattern)], steps.clone())
    }

    fn counted(self, text: Expr, needles: Vec<Expr>, steps: Arc<Steps>) -> Expr {
        let mut args = Vec::with_capacity(1 + needles.len());
        args.push(text);
        args.extend(needles);
        let called = ScalarUDF::new_from_impl(MatchUdf::new(self, steps));
        Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(called), args))
    }

    /// [`Match::call`] with literal needles.
    pub fn literal<S: Into<String>>(self, text: Expr, needles: impl IntoIterator<Item = S>) -> Expr {
        let literals = needles.into_iter().map(|needle| datafusion_expr::lit(needle.into())).collect();
        self.call(text, literals)
    }

    /// The predicate of an expression that is one: its text, and its needles.
    pub fn of(expr: &Expr) -> Option<(Match, &Expr, &[Expr])> {
        let Expr::ScalarFunction(ScalarFunction { func, args }) = expr else { return None };
        let predicate = func.inner().downcast_ref::<MatchUdf>()?.predicate();
        let (text, needles) = args.split_first()?;
        Some((predicate, text, needles))
    }

    /// The call again in other steps than those of its query, where it is one that counts them.
    pub fn afresh(expr: &Expr, steps: &Arc<Steps>) -> Option<Expr> {
        let Expr::ScalarFunction(ScalarFunction { func, args }) = expr else { return None };
        let called = func.inner().downcast_ref::<MatchUdf>()?;
        (called.predicate().shape == Shape::Backtracking).then(|| {
            let called = ScalarUDF::new_from_impl(called.within(steps.clone()));
            Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(called), args.clone()))
        })
    }

    /// The name in engine plans; says everything that the predicate is.
    pub(crate) fn name(self) -> String {
        let shape = match self.shape {
            Shape::Equals => "equals",
            Shape::Contains => "contains",
            Shape::StartsWith => "starts_with",
            Shape::EndsWith => "ends_with",
            Shape::Has => "has",
            Shape::HasPrefix => "has_prefix",
            Shape::HasSuffix => "has_suffix",
            Shape::Regex => "regex",
            Shape::Backtracking => "backtracking",
            Shape::Cidr => "cidr",
        };
        let case = if self.case_sensitive { "cs" } else { "ci" };
        let needles = if self.all { "all" } else { "any" };
        let absent = match self.absent {
            Absent::Empty => "empty",
            Absent::NoMatch => "absent",
        };
        format!("text_{shape}/{case},{needles},{absent}")
    }
}
