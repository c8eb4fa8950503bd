//! The tree of an AQL query: plain owned values with their places.

use crate::Span;

/// A whole query: statements one after the other, of which the last gives the result.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    pub selects: Vec<Select>,
}

/// One SELECT with its clauses.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Select {
    pub span: Span,
    pub distinct: Option<Span>,
    pub items: Vec<Item>,
    /// `None` only beside an error.
    pub from: Option<From>,
    /// `INTO name`.
    pub into: Option<Name>,
    pub filter: Option<Expr>,
    pub group: Vec<Expr>,
    pub having: Option<Expr>,
    pub order: Vec<Order>,
    pub limit: Option<Limit>,
    pub range: Option<TimeRange>,
}

/// A field, table, function or alias as it is written, without its quotes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Name {
    pub text: String,
    pub span: Span,
}

/// One entry of the select list.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    All(Span),
    Value { expr: Expr, alias: Option<Name> },
}

#[derive(Debug, Clone, PartialEq)]
pub enum From {
    Table(Name),
    Select(Box<Select>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    pub expr: Expr,
    pub descending: bool,
    /// `COLLATE 'de'`: the language, with the place of the whole.
    pub collate: Option<Name>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    pub rows: u64,
    pub span: Span,
}

/// The window of a query, on `starttime`.
#[derive(Debug, Clone, PartialEq)]
pub enum TimeRange {
    Last { millis: i64, span: Span },
    Between { start: Option<Moment>, stop: Option<Moment>, span: Span },
}

impl TimeRange {
    pub fn span(&self) -> Span {
        match self {
            TimeRange::Last { span, .. } | TimeRange::Between { span, .. } => *span,
        }
    }
}

/// The time of a START or STOP.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    pub kind: MomentKind,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum MomentKind {
    /// `'2026-11-21 10:00'`.
    Text(String),
    /// Milliseconds since 1970.
    Millis(i64),
    /// `PARSEDATETIME('1 day ago')`.
    ParseDateTime(String),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// Stands where an expression was expected and none was found; an error says so.
    Missing,
    Field(String),
    Text(String),
    Long(i64),
    Real(f64),
    Bool(bool),
    Null,
    Call(Call),
    /// `IF c THEN a ELSE b` is a CASE with one branch.
    Case {
        subject: Option<Box<Expr>>,
        branches: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    Negate(Box<Expr>),
    /// `~x`.
    Invert(Box<Expr>),
    Arithmetic {
        op: ArithmeticOp,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    Not(Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Compare {
        op: CompareOp,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `x LIKE p`, or any of several patterns with `LIKE ENUMERATION(p, …)`.
    Like {
        op: LikeOp,
        negated: bool,
        value: Box<Expr>,
        patterns: Vec<Expr>,
    },
    In {
        negated: bool,
        value: Box<Expr>,
        list: Vec<Expr>,
    },
    InSelect {
        negated: bool,
        value: Box<Expr>,
        select: Box<Select>,
    },
    Between {
        negated: bool,
        value: Box<Expr>,
        low: Box<Expr>,
        high: Box<Expr>,
    },
    IsNull {
        negated: bool,
        value: Box<Expr>,
    },
    TextSearch(Box<Expr>),
}

impl Expr {
    /// Visits this expression and all beneath it, but for inner queries.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        visit(self);
        match &self.kind {
            ExprKind::Call(call) => call.args.iter().for_each(|arg| arg.walk(visit)),
            ExprKind::Case { subject, branches, otherwise } => {
                for expr in subject.iter().chain(otherwise) {
                    expr.walk(visit);
                }
                for (when, then) in branches {
                    when.walk(visit);
                    then.walk(visit);
                }
            }
            ExprKind::Negate(inner) | ExprKind::Invert(inner) | ExprKind::Not(inner) | ExprKind::TextSearch(inner) => {
                inner.walk(visit);
            }
            ExprKind::Arithmetic { left, right, .. } | ExprKind::Compare { left, right, .. } => {
                left.walk(visit);
                right.walk(visit);
            }
            ExprKind::And(all) | ExprKind::Or(all) => all.iter().for_each(|operand| operand.walk(visit)),
            ExprKind::Like { value, patterns: list, .. } | ExprKind::In { value, list, .. } => {
                value.walk(visit);
                list.iter().for_each(|expr| expr.walk(visit));
            }
            ExprKind::InSelect { value, .. } | ExprKind::IsNull { value, .. } => value.walk(visit),
            ExprKind::Between { value, low, high, .. } => {
                for expr in [value, low, high] {
                    expr.walk(visit);
                }
            }
            ExprKind::Missing
            | ExprKind::Field(_)
            | ExprKind::Text(_)
            | ExprKind::Long(_)
            | ExprKind::Real(_)
            | ExprKind::Bool(_)
            | ExprKind::Null => {}
        }
    }
}

impl Select {
    /// Every expression of this SELECT, but for those of inner queries.
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        let items = self.items.iter().filter_map(|item| match item {
            Item::Value { expr, .. } => Some(expr),
            Item::All(_) => None,
        });
        let order = self.order.iter().map(|order| &order.expr);
        items.chain(&self.filter).chain(&self.group).chain(&self.having).chain(order)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub name: Name,
    pub args: Vec<Expr>,
    /// `COUNT(*)`.
    pub star: bool,
    /// `COUNT(DISTINCT x)`: where the word stands.
    pub distinct: Option<Span>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArithmeticOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    BitAnd,
    BitOr,
    BitXor,
    ShiftLeft,
    ShiftRight,
    /// `>>>`.
    ShiftRightUnsigned,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareOp {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl CompareOp {
    /// The operator with its sides changed: `a < b` is `b > a`.
    pub fn flipped(self) -> Self {
        match self {
            CompareOp::Less => CompareOp::Greater,
            CompareOp::LessOrEqual => CompareOp::GreaterOrEqual,
            CompareOp::Greater => CompareOp::Less,
            CompareOp::GreaterOrEqual => CompareOp::LessOrEqual,
            same => same,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LikeOp {
    Like,
    Ilike,
    Matches,
    Imatches,
}

impl LikeOp {
    pub fn name(self) -> &'static str {
        match self {
            LikeOp::Like => "LIKE",
            LikeOp::Ilike => "ILIKE",
            LikeOp::Matches => "MATCHES",
            LikeOp::Imatches => "IMATCHES",
        }
    }
}
