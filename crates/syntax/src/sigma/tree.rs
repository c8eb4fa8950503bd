//! The tree of a Sigma rule: plain owned values with their places.

use super::modifier::Modifier;
use crate::Span;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    pub value: T,
    pub span: Span,
}

impl<T> Spanned<T> {
    pub fn new(value: T, span: Span) -> Self {
        Spanned { value, span }
    }
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rule {
    /// The document in its file.
    pub span: Span,
    pub title: Option<Spanned<String>>,
    pub id: Option<Spanned<String>>,
    pub status: Option<Spanned<Status>>,
    pub level: Option<Spanned<Level>>,
    pub description: Option<Spanned<String>>,
    pub author: Option<Spanned<String>>,
    pub date: Option<Spanned<String>>,
    pub modified: Option<Spanned<String>>,
    pub license: Option<Spanned<String>>,
    pub references: Vec<Spanned<String>>,
    pub tags: Vec<Spanned<String>>,
    pub false_positives: Vec<Spanned<String>>,
    /// Columns that an analyst wants to see.
    pub fields: Vec<Spanned<String>>,
    pub log_source: LogSource,
    pub selections: Vec<Selection>,
    /// Several conditions are alternatives.
    pub conditions: Vec<Condition>,
}

/// Which events a rule is about. What the rule does not say is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogSource {
    pub span: Span,
    pub product: Option<Spanned<String>>,
    pub category: Option<Spanned<String>>,
    pub service: Option<Spanned<String>>,
}

/// A search identifier of the detection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    pub name: Spanned<String>,
    pub search: Search,
}

/// What an event has to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Search {
    /// A map: every entry.
    All(Vec<Search>),
    /// A list: any item.
    Any(Vec<Search>),
    Field(FieldMatch),
}

/// `field|modifier|…: values`, or keywords, which have no field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldMatch {
    pub field: Option<Spanned<String>>,
    pub modifiers: Vec<Spanned<Modifier>>,
    pub values: Vec<Spanned<Value>>,
    pub span: Span,
}

/// One value that a field is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Null,
    Bool(bool),
    /// As written, so that `0x10` and `007` stay what they are.
    Number(String),
    Text(String),
}

/// The condition over the selections, which it names by index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    Selection(usize, Span),
    /// `all of …`: every one of these.
    AllOf(Vec<usize>, Span),
    /// `1 of …`: any one of these.
    OneOf(Vec<usize>, Span),
    Not(Box<Condition>),
    And(Vec<Condition>),
    Or(Vec<Condition>),
}

/// How bad a match is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    Informational,
    Low,
    Medium,
    High,
    Critical,
}

impl Level {
    pub const ALL: [Level; 5] = [Level::Informational, Level::Low, Level::Medium, Level::High, Level::Critical];

    pub fn name(self) -> &'static str {
        match self {
            Level::Informational => "informational",
            Level::Low => "low",
            Level::Medium => "medium",
            Level::High => "high",
            Level::Critical => "critical",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Level::ALL.into_iter().find(|level| level.name().eq_ignore_ascii_case(name))
    }
}

/// How mature a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    Stable,
    Test,
    Experimental,
    Deprecated,
    Unsupported,
}

impl Status {
    pub const ALL: [Status; 5] =
        [Status::Stable, Status::Test, Status::Experimental, Status::Deprecated, Status::Unsupported];

    pub fn name(self) -> &'static str {
        match self {
            Status::Stable => "stable",
            Status::Test => "test",
            Status::Experimental => "experimental",
            Status::Deprecated => "deprecated",
            Status::Unsupported => "unsupported",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Status::ALL.into_iter().find(|status| status.name().eq_ignore_ascii_case(name))
    }
}
