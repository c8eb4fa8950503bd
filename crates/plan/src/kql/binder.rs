//! The binder: what is shared while one query is bound.

use datafusion_common::Result;
use functions::regular::Budget;
use syntax::kql::tree::{Expr, PatternDeclaration};
use syntax::{Diagnostic, Span};

use super::aggregate::Gathered;
use super::expression::Serials;
use super::messages;
use super::scope::{Lets, RawField};
use crate::binding::{Condition, Options, TimeBound};
use crate::tables::Tables;
use crate::trace::{Clause, Step};

/// How many expressions a query may come to after its lets are put in.
const EXPRESSIONS: usize = 400_000;
/// As how many expressions a source of rows counts.
const SOURCE: usize = 100;
/// How deep lets, subqueries and expressions may nest after that.
const DEPTH: usize = 250;
/// How many faults are reported of one query.
const DIAGNOSTICS: usize = 200;

pub(super) struct Binder<'q, 'a> {
    pub tables: &'a dyn Tables,
    pub options: &'a Options<'a>,
    /// Expressions of a table mapping: nulls stay nulls, and mapping functions are known.
    pub is_mapping: bool,
    pub may_lift: bool,
    /// Something in the query depends on the order that a sort gives.
    pub keeps_order: bool,
    /// The names that the query speaks of, for open tables.
    pub wanted: Vec<String>,
    /// Names that are asked of watchlists.
    pub listed: Vec<String>,
    pub diagnostics: Vec<Diagnostic>,
    pub lets: Lets<'q>,
    pub patterns: Vec<&'q PatternDeclaration>,
    pub raw_fields: Vec<RawField>,
    pub tables_read: Vec<String>,
    pub bounds: Vec<TimeBound>,
    pub limits: Vec<(u64, Span)>,
    pub conditions: Vec<Condition>,
    /// What the query does with its rows, and how many pipelines are being bound within each other.
    pub steps: Vec<Step>,
    pub pipelines: usize,
    /// The condition of the `where` that was bound last, as it is written.
    pub clause: Option<Clause>,
    /// Columns that are computed, by the depth of their pipeline: what a condition asks of one, it asks of its value.
    pub computed: Vec<(usize, &'q str, &'q Expr)>,
    /// The aggregates found so far, while the aggregates of a summarize are bound.
    pub gathered: Option<Gathered>,
    /// The serial values found so far, while expressions of rows in order are bound.
    pub serials: Option<Serials>,
    /// The condition of a `where` is bound: what is promised of it shows in no column, and queries may stand in it.
    pub is_filter: bool,
    pub regexes: Budget,
    /// Tables that were asked of other places, with the place that has the rows.
    pub places: Vec<(String, String)>,
    asked_now: Option<i64>,
    expressions: usize,
    depth: usize,
}

impl<'a> Binder<'_, 'a> {
    pub(super) fn new(tables: &'a dyn Tables, options: &'a Options<'a>) -> Self {
        Binder {
            tables,
            options,
            is_mapping: false,
            may_lift: false,
            keeps_order: false,
            wanted: Vec::new(),
            listed: Vec::new(),
            diagnostics: Vec::new(),
            lets: Lets::default(),
            patterns: Vec::new(),
            raw_fields: Vec::new(),
            tables_read: Vec::new(),
            bounds: Vec::new(),
            limits: Vec::new(),
            conditions: Vec::new(),
            steps: Vec::new(),
            pipelines: 0,
            clause: None,
            computed: Vec::new(),
            gathered: None,
            serials: None,
            is_filter: false,
            regexes: Budget::default(),
            places: Vec::new(),
            asked_now: None,
            expressions: 0,
            depth: 0,
        }
    }

    /// Reports and gives nothing, so that `return self.refuse(…)` reads as what it is.
    pub(super) fn refuse<T>(&mut self, diagnostic: Diagnostic) -> Option<T> {
        self.warn(diagnostic);
        None
    }

    /// Reports once: a let's fault shows wherever the let is put in.
    pub(super) fn warn(&mut self, diagnostic: Diagnostic) {
        // However many warnings there are, a query that fails says why.
        let is_first_error = diagnostic.is_error() && !self.diagnostics.iter().any(Diagnostic::is_error);
        let has_room = self.diagnostics.len() < DIAGNOSTICS || is_first_error;
        if has_room && !self.diagnostics.contains(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
    }

    /// A plan, or what the engine had against it.
    pub(super) fn planned<T>(&mut self, result: Result<T>, span: Span) -> Option<T> {
        match result {
            Ok(planned) => Some(planned),
            Err(error) => self.refuse(messages::engine(span, &error.strip_backtrace())),
        }
    }

    /// The query's now, asked for once.
    pub(super) fn now(&mut self) -> i64 {
        *self.asked_now.get_or_insert_with(self.options.now)
    }

    /// The query says itself what now is.
    pub(super) fn set_now(&mut self, now: i64) {
        self.asked_now = Some(now);
    }

    /// Counts an expression; `None` and an error where the query has become too large.
    pub(super) fn count_expression(&mut self, span: Span) -> Option<()> {
        self.spend(1, span)
    }

    /// The same for rows, which a few lets can double again and again.
    pub(super) fn count_source(&mut self, span: Span) -> Option<()> {
        self.spend(SOURCE, span)
    }

    fn spend(&mut self, expressions: usize, span: Span) -> Option<()> {
        let before = self.expressions;
        self.expressions += expressions;
        if self.expressions <= EXPRESSIONS {
            return Some(());
        }
        if before <= EXPRESSIONS {
            self.diagnostics.push(messages::too_large(span));
        }
        None
    }

    /// Runs a nested rule, or refuses to go deeper.
    pub(super) fn nested<T>(&mut self, span: Span, rule: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth >= DEPTH {
            return self.refuse(messages::too_deep(span, DEPTH));
        }
        self.depth += 1;
        let result = rule(self);
        self.depth -= 1;
        result
    }
}
