//! `x IN (SELECT y …)`: the values of an inner query, which stands beside AND as a join and elsewhere as a query within the
//! condition.

use std::sync::Arc;

use datafusion_common::Spans;
use datafusion_expr::Expr as Plan;
use datafusion_expr::expr::InSubquery;
use datafusion_expr::logical_plan::Subquery;
use syntax::Span;
use syntax::aql::tree::{Expr, Select};

use super::condition::Test;
use super::scope::Place;
use super::select::Selected;
use super::value::{Value, comparable};
use super::{Binder, messages};
use crate::binding::Inner;
use crate::relation::{Computed, Relation, field};

/// The column of an inner query's values. No column around it has this name, so that neither is taken for the other.
pub(super) const SELECTED: &str = "\u{1}selected";

/// A value and an inner query, as they are compared.
pub(super) struct Selection {
    pub value: Value,
    /// The value, in the type of the inner query's.
    pub key: Plan,
    pub inner: Relation,
}

impl Binder<'_> {
    /// Beneath OR, NOT or CASE.
    pub(super) fn is_selected(
        &mut self,
        value: &Expr,
        select: &Select,
        at: Span,
        place: Place<'_, '_>,
        exact: bool,
    ) -> Option<Test> {
        if !place.is_filter {
            return self.fail(messages::inner_query_place(at));
        }
        let Selection { value, key, inner } = self.selection(value, select, place)?;
        self.repeat(&Value { expr: key.clone(), ..value.clone() }, 1, at)?;
        let subquery = Subquery { subquery: Arc::new(inner.plan), outer_ref_columns: Vec::new(), spans: Spans::new() };
        let within = Plan::InSubquery(InSubquery::new(Box::new(key.clone()), subquery, false));
        let test = Test::Plain(key.is_not_null().and(within));
        Some(self.known(test, &[&value], exact))
    }

    /// The value, and the inner query's own in the column [`SELECTED`], in one type.
    pub(super) fn selection(&mut self, value: &Expr, select: &Select, place: Place<'_, '_>) -> Option<Selection> {
        let value = self.value(value, place)?;
        let is_negated = std::mem::replace(&mut self.negated, place.negated);
        let selected = self.select(select, false);
        self.negated = is_negated;
        let Selected { relation: inner, ariel, .. } = selected?;
        let [column] = inner.columns.as_slice() else {
            return self.fail(messages::inner_query_columns(select.span, inner.columns.len()));
        };
        let ariel = ariel.first().copied().flatten();
        let wanted = Value { ariel, ..Value::new(column.expr(), column.kind) };
        let (kind, key, wanted) = comparable(value.clone(), wanted);
        // It only lets rows through: its events are none of theirs, and one column is all that a list may have.
        let inner = Relation::literal(inner.plan, Vec::new());
        let inner = self.built(inner.project(vec![Computed::new(SELECTED, kind, wanted)]), select.span)?;
        let inner = self.built(inner.filter(field(SELECTED).is_not_null()), select.span)?;
        // A hunt does not explain what it did not find, and what is negated is met by all where nothing is selected.
        if !self.options.origins && !place.negated {
            self.inner.push(Inner { span: select.span, plan: inner.plan.clone() });
        }
        Some(Selection { value, key, inner })
    }
}
