//! The binder: what is shared while one query is bound.

use syntax::kql::tree::{Arg, Name};
use syntax::{Diagnostic, Span};

use super::messages;
use super::scope::{Lets, RawField, Scope};
use super::value::Value;

/// How many expressions a query may come to after its lets are put in.
const EXPRESSIONS: usize = 400_000;

pub(super) struct Binder<'q, 'a> {
    pub now: &'a dyn Fn() -> i64,
    /// Expressions of a table mapping: nulls stay nulls, and mapping functions are known.
    pub is_mapping: bool,
    pub diagnostics: Vec<Diagnostic>,
    pub lets: Lets<'q>,
    pub raw_fields: Vec<RawField>,
    asked_now: Option<i64>,
    expressions: usize,
}

impl<'a> Binder<'_, 'a> {
    pub(super) fn new(now: &'a dyn Fn() -> i64) -> Self {
        Binder {
            now,
            is_mapping: false,
            diagnostics: Vec::new(),
            lets: Lets::default(),
            raw_fields: Vec::new(),
            asked_now: None,
            expressions: 0,
        }
    }

    /// Reports and gives nothing, so that `return self.refuse(…)` reads as what it is.
    pub(super) fn refuse<T>(&mut self, diagnostic: Diagnostic) -> Option<T> {
        if !self.diagnostics.contains(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
        None
    }

    /// The query's now, asked for once.
    pub(super) fn now(&mut self) -> i64 {
        *self.asked_now.get_or_insert_with(self.now)
    }

    /// Counts an expression; `None` and an error where the query has become too large.
    pub(super) fn count_expression(&mut self, span: Span) -> Option<()> {
        self.expressions += 1;
        if self.expressions <= EXPRESSIONS {
            return Some(());
        }
        if self.expressions == EXPRESSIONS + 1 {
            self.diagnostics.push(messages::too_large(span));
        }
        None
    }
}

impl<'q> Binder<'q, '_> {
    pub(super) fn own_function(&mut self, _: &Name, _: &'q [Arg], _: Span, _: &Scope<'_>) -> Option<Option<Value>> {
        None
    }

    pub(super) fn aggregate_call(&mut self, _: &Name, _: &'q [Arg], _: Span, _: &Scope<'_>) -> Option<Option<Value>> {
        None
    }

    pub(super) fn read_column(&mut self, _: &str, _: Span) {}

    pub(super) fn phantom_used(&mut self, name: &str, _: &str, span: Span, scope: &Scope<'_>) -> Option<Value> {
        self.unknown_column(name, span, scope)
    }

    pub(super) fn unknown_column(&mut self, name: &str, span: Span, scope: &Scope<'_>) -> Option<Value> {
        let known: Vec<&str> = scope.columns.iter().map(|column| column.name.as_str()).collect();
        self.refuse(messages::unknown_name(span, name, known))
    }
}
