//! What names mean at a place: the columns of the rows there, and the lets around it.

use syntax::Span;
use syntax::kql::tree::{Expr, LetValue};

use super::flow::Flow;
use super::value::Value;
use crate::relation::Column;

/// The columns that an expression sees, and the lets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'s> {
    pub columns: &'s [Column],
    /// Columns that do not exist in their table: they are empty, and may only be given out.
    pub phantoms: &'s [Phantom],
    pub env: Env,
    /// Any other name is a raw text field.
    pub is_open: bool,
    /// Any other name is a property that no bag held.
    pub is_unpacked: bool,
    /// The table that the columns come from, where it is one.
    pub table: Option<&'s str>,
}

/// A column that was asked for but that its table lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Phantom {
    pub name: String,
    pub table: String,
}

impl<'s> Scope<'s> {
    /// No columns: where only constants and lets can stand.
    pub(super) fn constant(env: Env) -> Scope<'static> {
        Scope { columns: &[], phantoms: &[], env, is_open: false, is_unpacked: false, table: None }
    }

    pub(super) fn column(&self, name: &str) -> Option<&'s Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    pub(super) fn phantom(&self, name: &str) -> Option<&'s Phantom> {
        self.phantoms.iter().find(|phantom| phantom.name == name)
    }
}

/// A chain of lets: the innermost one, by its place in [`Lets`].
pub(super) type Env = Option<usize>;

/// All lets of a query. Each sees those before it, so a chain is an index and its outer index.
#[derive(Debug, Default)]
pub(super) struct Lets<'q> {
    all: Vec<Named<'q>>,
}

#[derive(Debug)]
struct Named<'q> {
    name: &'q str,
    meaning: Meaning<'q>,
    outer: Env,
}

/// What a let name stands for. Lets are substituted, not evaluated once.
#[derive(Debug, Clone)]
pub(super) enum Meaning<'q> {
    /// A text of the query, to be bound in the environment that the let saw.
    Tree(&'q LetValue),
    /// The value of a function's parameter.
    Bound(Value),
    /// The rows that `as` gave a name to.
    Rows(Box<Flow>),
    /// A tabular argument, to be bound in the environment of the call.
    Argument(&'q Expr, Env),
}

impl<'q> Lets<'q> {
    pub(super) fn add(&mut self, name: &'q str, meaning: Meaning<'q>, outer: Env) -> Env {
        self.all.push(Named { name, meaning, outer });
        Some(self.all.len() - 1)
    }

    /// What a name means here, and the environment that its text saw.
    pub(super) fn find(&self, name: &str, from: Env) -> Option<(Meaning<'q>, Env)> {
        let mut at = from;
        while let Some(named) = at.and_then(|index| self.all.get(index)) {
            if named.name == name {
                return Some((named.meaning.clone(), named.outer));
            }
            at = named.outer;
        }
        None
    }

    pub(super) fn names(&self, from: Env) -> Vec<&'q str> {
        let (mut names, mut at) = (Vec::new(), from);
        while let Some(named) = at.and_then(|index| self.all.get(index)) {
            names.push(named.name);
            at = named.outer;
        }
        names
    }
}

/// A raw field that was asked for, and where.
pub(super) type RawField = (String, Span);
