//! Binding of AQL: a query against the tables `events` and `flows`, to a plan.
//!
//! Ariel's logic is taken to have two values: a comparison with a missing value is false, and NOT makes it true; options
//! may ask for three. Times are milliseconds since 1970, held as long; texts compare with their case. `/` and the aggregates
//! but MIN, MAX, FIRST and LAST give doubles, the other operators give a long where both sides are one.

mod arithmetic;
mod call;
mod case;
mod compare;
mod condition;
mod cursor;
mod date_pattern;
mod expression;
mod first_argument;
mod from;
mod group;
mod in_select;
mod like;
pub mod listing;
mod messages;
mod reference;
mod scope;
mod select;
mod text_search;
mod time_range;
mod trace;
mod type_name;
mod value;

pub use messages::{field_without_events, too_many_steps};

use std::sync::Arc;

use datafusion_common::Result;
use datafusion_expr::LogicalPlan;
use functions::regular::Budget;
use functions::stepwise::Steps;
use syntax::aql::Query;
use syntax::{Diagnostic, Source, Span};

use self::cursor::Cursor;
use crate::binding::{Bound, Condition, Inner, Options, Output, Stepwise, TimeBound, Window};
use crate::tables::Tables;
use crate::trace::Step;

/// Binds a query that was parsed without errors.
pub fn bind(source: &Source, query: &Query, tables: &dyn Tables, options: &Options<'_>) -> Bound {
    let may_lift = select::may_lift(&query.selects);
    let mut binder = Binder {
        source,
        tables,
        options,
        lifts: may_lift && options.window == Window::All,
        diagnostics: Vec::new(),
        bounds: Vec::new(),
        table_names: Vec::new(),
        raw_fields: Vec::new(),
        limits: Vec::new(),
        cursors: Vec::new(),
        bound_values: 0,
        aggregates: 0,
        regexes: Budget::default(),
        steps: Arc::default(),
        negated: false,
        inputs: Vec::new(),
        stepwise: Vec::new(),
        conditions: Vec::new(),
        inner: Vec::new(),
        holds_without: Vec::new(),
        trace: Vec::new(),
        depth: 0,
        spellings: Vec::new(),
    };
    let bound = binder.statements(&query.selects);
    if let Some((span, ..)) = binder.spellings.first() {
        let warning = messages::other_names(*span, &binder.spellings);
        binder.report(warning);
    }
    let has_errors = binder.diagnostics.iter().any(Diagnostic::is_error);
    let output = bound.filter(|_| !has_errors).map(|bound| Output {
        columns: bound.relation.columns.as_slice().into(),
        plan: bound.relation.plan,
        bounds: binder.bounds,
        may_lift,
        tables: binder.table_names,
        raw_fields: binder.raw_fields,
        time_column: bound.time_column,
        stepwise: binder.stepwise,
        limits: binder.limits,
        conditions: binder.conditions,
        inner: binder.inner,
        holds_without: binder.holds_without,
        steps: binder.trace,
    });
    let mut diagnostics = binder.diagnostics;
    if output.is_none() && !has_errors {
        diagnostics.push(messages::incomplete(query.selects.last().map(|select| select.span).unwrap_or_default()));
    }
    Bound { output, diagnostics }
}

/// Of each severity: nobody reads more.
const MAX_DIAGNOSTICS: usize = 100;

struct Binder<'a> {
    source: &'a Source,
    tables: &'a dyn Tables,
    options: &'a Options<'a>,
    /// Lower bounds relative to now are dropped.
    lifts: bool,
    diagnostics: Vec<Diagnostic>,
    bounds: Vec<TimeBound>,
    table_names: Vec<String>,
    raw_fields: Vec<(String, Span)>,
    limits: Vec<(u64, Span)>,
    /// What earlier statements selected INTO names.
    cursors: Vec<Cursor>,
    /// Aliases of aliases could double an expression at every step: this bounds the whole.
    bound_values: usize,
    aggregates: usize,
    regexes: Budget,
    /// What patterns that are matched step by step may take together.
    steps: Arc<Steps>,
    /// The SELECT that is being bound is that of `NOT IN`: where it gives nothing, the condition holds.
    negated: bool,
    /// What the SELECTs that are being bound read, the innermost last.
    inputs: Vec<Arc<LogicalPlan>>,
    stepwise: Vec<Stepwise>,
    conditions: Vec<Condition>,
    inner: Vec<Inner>,
    /// Raw fields without which a condition holds.
    holds_without: Vec<String>,
    /// What the query does with its rows, and how many SELECTs are being bound within each other.
    trace: Vec<Step>,
    depth: usize,
    /// Properties by other names than IBM's, and those.
    spellings: Vec<(Span, String, String)>,
}

impl Binder<'_> {
    /// An alias is bound wherever it is used, but what is wrong with it is said once.
    fn report(&mut self, diagnostic: Diagnostic) {
        let is_known = |known: &Diagnostic| known.code == diagnostic.code && known.span == diagnostic.span;
        let of_weight = self.diagnostics.iter().filter(|known| known.severity == diagnostic.severity).count();
        if of_weight < MAX_DIAGNOSTICS && !self.diagnostics.iter().any(is_known) {
            self.diagnostics.push(diagnostic);
        }
    }

    fn fail<T>(&mut self, diagnostic: Diagnostic) -> Option<T> {
        self.report(diagnostic);
        None
    }

    /// The plan's own objections are errors at the place that made them.
    fn built<T>(&mut self, built: Result<T>, span: Span) -> Option<T> {
        match built {
            Ok(built) => Some(built),
            Err(error) => self.fail(messages::not_planned(span, &error.strip_backtrace().replace('\u{1}', ""))),
        }
    }

    fn now_millis(&self) -> i64 {
        functions::ticks::to_unix_millis((self.options.now)())
    }
}

#[cfg(test)]
mod tests;
