//! The form between a rule and a query: conditions over the columns of a table, in no language yet.

use syntax::sigma::{Bound, Open, Piece};

/// What a rule asks for, table by table: a row of any leg is a match.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub legs: Vec<Leg>,
}

/// One table, which of its rows are of the rule's log source, and what they have to show.
#[derive(Debug, Clone, PartialEq)]
pub struct Leg {
    pub table: String,
    pub source: Node,
    pub condition: Node,
}

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    Always(bool),
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Test(Column, Predicate),
    /// In the words of the target already.
    Said(String),
}

/// A column, or what is computed of columns, in the words of the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub text: String,
    pub kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    /// Neither: compared as it prints.
    Other,
}

/// What a column has to be. Every predicate is two-valued: a missing text is none of them but [`Predicate::Missing`].
#[derive(Debug, Clone, PartialEq)]
pub enum Predicate {
    /// Any of these texts.
    Texts {
        open: Open,
        cased: bool,
        texts: Vec<String>,
    },
    /// The whole text, with wildcards within.
    Pattern {
        cased: bool,
        pieces: Vec<Piece>,
    },
    /// Found anywhere in the text.
    Regex {
        cased: bool,
        pattern: String,
    },
    Numbers(Vec<i64>),
    Compare(Bound, f64),
    Network(String),
    SameAs {
        open: Open,
        cased: bool,
        other: Column,
    },
    Missing,
    Present,
}

impl Node {
    pub fn all(parts: Vec<Node>) -> Node {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Node::Always(true) => {}
                Node::Always(false) => return Node::Always(false),
                Node::All(inner) => flat.extend(inner),
                part => flat.push(part),
            }
        }
        match flat.len() {
            0 => Node::Always(true),
            1 => flat.swap_remove(0),
            _ => Node::All(flat),
        }
    }

    pub fn any(parts: Vec<Node>) -> Node {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Node::Always(false) => {}
                Node::Always(true) => return Node::Always(true),
                Node::Any(inner) => flat.extend(inner),
                part => flat.push(part),
            }
        }
        match flat.len() {
            0 => Node::Always(false),
            1 => flat.swap_remove(0),
            _ => Node::Any(flat),
        }
    }

    pub fn negated(self) -> Node {
        match self {
            Node::Always(is) => Node::Always(!is),
            Node::Not(inner) => *inner,
            node => Node::Not(Box::new(node)),
        }
    }
}

impl Predicate {
    /// Takes the other's values as alternatives; whether they are compared in the same way.
    pub fn takes(&mut self, other: &Predicate) -> bool {
        match (self, other) {
            (
                Predicate::Texts { open, cased, texts },
                Predicate::Texts { open: as_open, cased: as_cased, texts: more },
            ) if open == as_open && cased == as_cased => texts.extend(more.iter().cloned()),
            (Predicate::Numbers(numbers), Predicate::Numbers(more)) => numbers.extend(more),
            _ => return false,
        }
        true
    }
}
