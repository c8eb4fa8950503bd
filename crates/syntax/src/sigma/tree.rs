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

/// What a rule file holds, each kind in its order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Documents {
    pub rules: Vec<Rule>,
    pub correlations: Vec<Correlation>,
    pub filters: Vec<Filter>,
}

/// What is said of a rule, a correlation or a filter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct About {
    pub title: Option<Spanned<String>>,
    pub id: Option<Spanned<String>>,
    /// By which correlations and filters may call it, as by its id.
    pub name: Option<Spanned<String>>,
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
}

impl About {
    /// Whether a correlation or a filter means this by a name: an id, whatever its case, or a `name`.
    pub fn is_called(&self, reference: &str) -> bool {
        self.id.as_ref().is_some_and(|id| id.value.eq_ignore_ascii_case(reference))
            || self.name.as_ref().is_some_and(|name| name.value == reference)
    }
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rule {
    /// The document in its file.
    pub span: Span,
    pub about: About,
    pub log_source: LogSource,
    pub selections: Vec<Selection>,
    /// Several conditions are alternatives.
    pub conditions: Vec<Condition>,
    /// Something in it is wrong, which has been said: it must not run.
    pub is_broken: bool,
}

/// A correlation: what is found where other rules match together.
#[derive(Debug, Clone, PartialEq)]
pub struct Correlation {
    pub span: Span,
    pub about: About,
    pub kind: Kind,
    /// The ids and names of the rules, or of other correlations, in order.
    pub rules: Vec<Spanned<String>>,
    pub group_by: Vec<Spanned<String>>,
    /// In seconds.
    pub timespan: u64,
    pub aliases: Vec<Alias>,
    pub condition: Asked,
    /// Whether its rules give findings of their own too.
    pub generate: bool,
    pub is_broken: bool,
}

/// What a correlation looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    EventCount,
    ValueCount,
    Temporal,
    TemporalOrdered,
    ValueSum,
    ValueAvg,
    ValuePercentile,
    ValueMedian,
}

impl Kind {
    pub const ALL: [Kind; 8] = [
        Kind::EventCount,
        Kind::ValueCount,
        Kind::Temporal,
        Kind::TemporalOrdered,
        Kind::ValueSum,
        Kind::ValueAvg,
        Kind::ValuePercentile,
        Kind::ValueMedian,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Kind::EventCount => "event_count",
            Kind::ValueCount => "value_count",
            Kind::Temporal => "temporal",
            Kind::TemporalOrdered => "temporal_ordered",
            Kind::ValueSum => "value_sum",
            Kind::ValueAvg => "value_avg",
            Kind::ValuePercentile => "value_percentile",
            Kind::ValueMedian => "value_median",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    pub fn is_temporal(self) -> bool {
        matches!(self, Kind::Temporal | Kind::TemporalOrdered)
    }

    /// Looks at the numbers in a field.
    pub fn has_numbers(self) -> bool {
        self.has_field() && self != Kind::ValueCount
    }

    /// Looks at the values of a field.
    pub fn has_field(self) -> bool {
        !self.is_temporal() && self != Kind::EventCount
    }
}

/// One name for fields that different rules call differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    pub name: Spanned<String>,
    /// For each rule, by id or name, its field.
    pub fields: Vec<(Spanned<String>, Spanned<String>)>,
}

/// What a correlation asks of a window.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// All of these of one number: how many events, values or rules, or a sum, a mean or the like.
    Number(Measure),
    /// Which rules have to be there: an expression over the indices of the correlation's rules.
    Rules(Together),
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Measure {
    pub bounds: Vec<(Bound, f64)>,
    /// Whose values are looked at; several are looked at together.
    pub fields: Vec<Spanned<String>>,
    pub percentile: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bound {
    Gt,
    Gte,
    Lt,
    Lte,
    Eq,
    Neq,
}

impl Bound {
    pub const ALL: [Bound; 6] = [Bound::Gt, Bound::Gte, Bound::Lt, Bound::Lte, Bound::Eq, Bound::Neq];

    pub fn name(self) -> &'static str {
        match self {
            Bound::Gt => "gt",
            Bound::Gte => "gte",
            Bound::Lt => "lt",
            Bound::Lte => "lte",
            Bound::Eq => "eq",
            Bound::Neq => "neq",
        }
    }

    pub fn holds(self, number: f64, bound: f64) -> bool {
        match self {
            Bound::Gt => number > bound,
            Bound::Gte => number >= bound,
            Bound::Lt => number < bound,
            Bound::Lte => number <= bound,
            Bound::Eq => number == bound,
            Bound::Neq => number != bound,
        }
    }
}

/// The extended condition of a temporal correlation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Together {
    Rule(usize),
    Not(Box<Together>),
    And(Vec<Together>),
    Or(Vec<Together>),
}

/// A filter: what is asked of the matches of other rules besides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    pub span: Span,
    pub about: About,
    pub log_source: LogSource,
    /// The ids and names of the rules; `None` means any rule of the log source.
    pub rules: Option<Vec<Spanned<String>>>,
    pub selections: Vec<Selection>,
    pub conditions: Vec<Condition>,
    pub is_broken: bool,
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
    /// In decimal digits, however it is written.
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
