//! What a binder is told and what it gives: options in, a bound plan with its columns, time bounds and warnings out.

use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion_common::Result;
use datafusion_expr::{Expr, LogicalPlan};
use functions::Type;
use syntax::{Diagnostic, Span};

use crate::relation::Column;
use crate::trace::Step;

/// Runs a plan whose result is small.
pub type Rows<'a> = &'a (dyn Fn(&LogicalPlan) -> Result<Vec<RecordBatch>> + Sync);

/// How a text is to be bound.
pub struct Options<'a> {
    /// The query's "now" in ticks. A function, because finding it may mean reading the evidence: it is called only where a
    /// plan still needs it.
    pub now: &'a (dyn Fn() -> i64 + Sync),
    /// The rows of a plan, for operators whose columns only the data says. A function, as `now` is: it reads the evidence, and
    /// is called only where a query leaves its columns open. Without it such columns are unknown.
    pub rows: Option<Rows<'a>>,
    pub window: Window,
    pub mode: Mode,
    /// Carry the hidden origin column.
    pub origins: bool,
    /// Ignore LIMIT, take and the like, so that nothing is cut off.
    pub no_limit: bool,
    pub nulls: Nulls,
    /// Record what the query does with its rows.
    pub trace: bool,
}

/// What AQL's comparison with a missing value comes to: IBM does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Nulls {
    /// False, so that NOT makes it true.
    #[default]
    TwoValued,
    /// Neither true nor false, and NOT leaves it so, as in SQL.
    ThreeValued,
}

/// What becomes of the lower time bounds that a query states relative to now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// They hold.
    AsWritten,
    /// They are lifted where the query is row-wise and bounds its own event time.
    All,
}

/// How strictly names are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// As the SIEM: an unknown column is an error wherever it stands.
    Strict,
    /// An unknown column that is only given out is empty with a warning; one that decides about rows is an error.
    Helpful,
    /// An unknown column is empty with a warning wherever it stands.
    Lenient,
}

/// A plan that can run.
#[derive(Debug, Clone)]
pub struct Output {
    pub plan: LogicalPlan,
    /// The visible columns, in order. The plan's schema has these fields, and the origin column last if it was asked for.
    pub columns: Arc<[Column]>,
    pub bounds: Vec<TimeBound>,
    /// Lower bounds on time can be lifted without changing what a row says: no summarize, join, distinct, top, limit or the like
    /// looks at other rows.
    pub may_lift: bool,
    /// Names of the tables that the plan reads.
    pub tables: Vec<String>,
    /// Raw fields that the query asked open tables for: to be reported when no event held one.
    pub raw_fields: Vec<(String, Span)>,
    /// The output column that holds the event time, where one still does.
    pub time_column: Option<String>,
    /// Patterns that are matched step by step, to say where one took too many steps.
    pub stepwise: Vec<Stepwise>,
    /// Rows that the query's own LIMIT or take may have cut off: the limits that were applied, with their places.
    pub limits: Vec<(u64, Span)>,
    /// What the query asks of its rows, in order, so that it can be said what let none pass. Kept for single queries alone.
    pub conditions: Vec<Condition>,
    /// Queries within AQL's conditions, so that it can be said which one gave nothing. Kept for single queries alone.
    pub inner: Vec<Inner>,
    /// Raw fields without which a condition holds, such as one beneath NOT: where no event has it, every row passes.
    pub holds_without: Vec<String>,
    /// What the query does with its rows, in order. Only where it was asked for.
    pub steps: Vec<Step>,
}

/// A query whose values a condition compares with.
#[derive(Debug, Clone)]
pub struct Inner {
    pub span: Span,
    pub plan: LogicalPlan,
}

/// How many conditions of a query are kept to explain that no row came of it.
pub(crate) const CONDITIONS: usize = 20;

/// A condition that rows have to pass.
#[derive(Debug, Clone)]
pub struct Condition {
    /// The rows that come to it.
    pub input: LogicalPlan,
    /// Its parts, all of which have to be true.
    pub parts: Vec<(Span, Expr)>,
}

/// What binding comes to. Warnings may stand beside a plan; without a plan there is at least one error.
#[derive(Debug, Clone)]
pub struct Bound {
    pub output: Option<Output>,
    pub diagnostics: Vec<Diagnostic>,
}

/// A pattern with look-around or back references, with the texts that it is matched with.
#[derive(Debug, Clone)]
pub struct Stepwise {
    pub span: Span,
    /// As the engine spells it.
    pub pattern: String,
    pub text: Expr,
    /// The rows that hold the texts, before any condition.
    pub input: LogicalPlan,
}

/// A lower bound on event time relative to now, such as `Timestamp > ago(24h)`.
#[derive(Debug, Clone)]
pub struct TimeBound {
    pub span: Span,
    /// The bounded table and column.
    pub table: String,
    pub column: String,
    /// Whether the column holds a datetime, or milliseconds since 1970 as QRadar's do.
    pub kind: Type,
    pub lifted: bool,
    /// The rows that reach the bound: run it and count those for which `keeps` is not true to say what the bound excluded.
    pub input: LogicalPlan,
    pub keeps: Expr,
}
