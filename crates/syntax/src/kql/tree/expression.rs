//! Expressions: literals, names, calls, and the operators between them.

use super::{Name, Pipeline};
use crate::span::Span;

#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    Literal(Literal),
    /// `dynamic(...)`.
    Dynamic(Json),
    Name(String),
    /// `*`, or a name with wildcards.
    Wildcard(String),
    Call {
        name: Name,
        args: Vec<Arg>,
    },
    /// `base.member[index]…`
    Access {
        base: Box<Expr>,
        steps: Vec<Step>,
    },
    Negate(Box<Expr>),
    /// `first op operand op operand…` of one precedence, from left to right.
    Arithmetic {
        first: Box<Expr>,
        rest: Vec<(Arithmetic, Expr)>,
    },
    Compare {
        comparison: Comparison,
        left: Box<Expr>,
        right: Box<Expr>,
        /// The operator's own place.
        operator: Span,
    },
    /// A word operator over strings: `has`, `startswith_cs`, `matches regex` and their kin, one needle or a list.
    Text {
        operator: TextOperator,
        left: Box<Expr>,
        right: Vec<Expr>,
        at: Span,
    },
    In {
        negated: bool,
        ignores_case: bool,
        left: Box<Expr>,
        list: Vec<Expr>,
    },
    Between {
        negated: bool,
        value: Box<Expr>,
        low: Box<Expr>,
        high: Box<Expr>,
    },
    /// `column: term`, in the condition of a search.
    Term {
        column: Box<Expr>,
        term: Box<Expr>,
    },
    And(Vec<Expr>),
    Or(Vec<Expr>),
    /// A tabular expression where a scalar may stand: the argument of toscalar, in, materialize.
    Pipeline(Box<Pipeline>),
    /// `typeof(long)`.
    TypeOf(Name),
    /// A hole; its fault was reported.
    Missing,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Arg {
    pub name: Option<Name>,
    pub value: Expr,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    Member(Name),
    Index(Expr),
    /// `cluster("c").database("d")`.
    Call {
        name: Name,
        args: Vec<Arg>,
    },
    /// `database("d").Device*`.
    Wildcard(Name),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    Bool(bool),
    Long(i64),
    Real(f64),
    /// In ticks of 100 ns.
    Timespan(i64),
    Text(String),
    /// `datetime(2024-01-01)`, `int(null)`: the type's word and the raw text.
    Typed {
        word: String,
        raw: String,
    },
    Null,
}

/// The content of `dynamic(...)`: JSON that may hold typed literals.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    Value(Literal),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

impl Arithmetic {
    pub fn sign(self) -> &'static str {
        match self {
            Arithmetic::Add => "+",
            Arithmetic::Subtract => "-",
            Arithmetic::Multiply => "*",
            Arithmetic::Divide => "/",
            Arithmetic::Modulo => "%",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    /// `=~`
    EqualFolded,
    /// `!~`
    NotEqualFolded,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl Comparison {
    pub fn sign(self) -> &'static str {
        match self {
            Comparison::Equal => "==",
            Comparison::NotEqual => "!=",
            Comparison::EqualFolded => "=~",
            Comparison::NotEqualFolded => "!~",
            Comparison::Less => "<",
            Comparison::LessEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterEqual => ">=",
        }
    }
}

/// What a word operator asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextOperator {
    pub ask: Ask,
    pub negated: bool,
    pub case_sensitive: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    Contains,
    StartsWith,
    EndsWith,
    Has,
    HasPrefix,
    HasSuffix,
    HasAny,
    HasAll,
    Regex,
}

impl TextOperator {
    /// The operator of a word such as `!has_cs`; `matches` stands for `matches regex`.
    pub fn from_word(word: &str) -> Option<Self> {
        let (negated, word) = match word.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, word),
        };
        let (case_sensitive, stem) = match word.strip_suffix("_cs") {
            Some(stem) => (true, stem),
            None => (false, word),
        };
        let ask = match stem {
            "contains" => Ask::Contains,
            // Kusto keeps these old spellings alive.
            "notcontains" if !negated => {
                return Some(TextOperator { ask: Ask::Contains, negated: true, case_sensitive });
            }
            "startswith" => Ask::StartsWith,
            "endswith" => Ask::EndsWith,
            "has" => Ask::Has,
            "nothas" if !negated => return Some(TextOperator { ask: Ask::Has, negated: true, case_sensitive }),
            "hasprefix" => Ask::HasPrefix,
            "hassuffix" => Ask::HasSuffix,
            "containscs" if !negated => {
                return Some(TextOperator { ask: Ask::Contains, negated: false, case_sensitive: true });
            }
            "has_any" if !negated && !case_sensitive => Ask::HasAny,
            "has_all" if !negated && !case_sensitive => Ask::HasAll,
            "matches" if !negated && !case_sensitive => Ask::Regex,
            _ => return None,
        };
        Some(TextOperator { ask, negated, case_sensitive })
    }

    /// Whether the right side is a list.
    pub fn takes_list(self) -> bool {
        matches!(self.ask, Ask::HasAny | Ask::HasAll)
    }
}

impl Expr {
    pub fn missing(span: Span) -> Self {
        Expr { kind: ExprKind::Missing, span }
    }
}
