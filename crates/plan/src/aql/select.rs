//! SELECT: from the table through filter, window, groups, order and limit to the selected columns.

use std::sync::Arc;

use datafusion_common::JoinType;
use datafusion_expr::{Expr as Plan, SortExpr, not};
use functions::aggregate::aql as aggregate;
use functions::scalar::aql_collation;
use syntax::Span;
use syntax::aql::tree::{Expr, ExprKind, From, Item, Order, Select};

use super::call::field_name;
use super::expression::{is_true_literal, value_of};
use super::group::Groups;
use super::in_select::{SELECTED, Selection};
use super::scope::{Aggregates, Place, Scope};
use super::time_range::{Lower, lower_bound};
use super::value::Value;
use super::{Binder, messages};
use crate::binding::{CONDITIONS, Condition, Nulls};
use crate::chain;
use crate::relation::{Computed, Relation, field};
use crate::tables::Ariel;
use crate::trace::{Clause, Kind};

/// Columns that one SELECT may give, group by or order by.
const MAX_COLUMNS: usize = 1_000;

/// A SELECT that is bound.
#[derive(Debug, Clone)]
pub(super) struct Selected {
    pub relation: Relation,
    /// Which of its columns are of a type of Ariel's own.
    pub ariel: Vec<Option<Ariel>>,
    pub time_column: Option<String>,
}

/// What WHERE comes to.
#[derive(Default)]
struct Filter {
    conditions: Vec<(Span, Plan)>,
    /// The same as it is written, where that is asked for.
    clauses: Vec<Clause>,
    lowers: Vec<Lower>,
    inner: Vec<Within>,
}

/// A key, the inner query that it is looked for in, and how.
type Within = (Plan, Relation, JoinType, Span);

/// `x IN (SELECT …)`, with NOT in either place, and whether it is negated.
fn within(condition: &Expr) -> Option<(bool, &Expr, &Select)> {
    match &condition.kind {
        ExprKind::InSelect { negated, value, select } => Some((*negated, value, select)),
        ExprKind::Not(inner) => within(inner).map(|(negated, value, select)| (!negated, value, select)),
        _ => None,
    }
}

/// Each row stands for one event. A final ORDER BY or LIMIT does not change that, that of a cursor does.
pub(super) fn may_lift(selects: &[Select]) -> bool {
    let Some((last, cursors)) = selects.split_last() else { return false };
    is_row_wise(last) && cursors.iter().all(|cursor| is_row_wise(cursor) && cursor.limit.is_none())
}

fn is_row_wise(select: &Select) -> bool {
    let inner = match &select.from {
        Some(From::Select(inner)) => is_row_wise(inner) && inner.limit.is_none(),
        _ => true,
    };
    let mut joins = false;
    if let Some(expr) = &select.filter {
        expr.walk(&mut |expr| joins |= matches!(expr.kind, ExprKind::InSelect { .. }));
    }
    inner && !joins && select.distinct.is_none() && !is_grouped(select)
}

fn is_grouped(select: &Select) -> bool {
    let mut found = !select.group.is_empty() || select.having.is_some();
    for expr in select.expressions() {
        expr.walk(&mut |expr| {
            found |= matches!(&expr.kind, ExprKind::Call(call) if aggregate::named(&call.name.text).is_some());
        });
    }
    found
}

impl Binder<'_> {
    pub(super) fn select(&mut self, select: &Select, is_outermost: bool) -> Option<Selected> {
        if select.items.len().max(select.group.len()).max(select.order.len()) > MAX_COLUMNS {
            return self.fail(messages::too_large(select.span));
        }
        self.depth += 1;
        let selected = self.at_depth(select, is_outermost);
        self.depth -= 1;
        selected
    }

    fn at_depth(&mut self, select: &Select, is_outermost: bool) -> Option<Selected> {
        let (relation, scope) = self.from(select)?;
        self.inputs.push(Arc::new(relation.plan.clone()));
        let selected = self.selected(select, relation, &scope, is_outermost);
        self.inputs.pop();
        selected
    }

    fn selected(
        &mut self,
        select: &Select,
        relation: Relation,
        scope: &Scope<'_>,
        is_outermost: bool,
    ) -> Option<Selected> {
        let all = Place {
            scope,
            visible: select.items.len(),
            negated: self.negated,
            is_filter: true,
            decides: true,
            aggregates: Aggregates::InFilter,
            items_first: false,
        };
        if let (Some(having), true) = (&select.having, select.group.is_empty()) {
            self.report(messages::having_alone(having.span));
        }
        let filter = self.filter(select, all);
        let behind = Place { aggregates: Aggregates::Allowed, items_first: true, ..all };
        let after = Place { is_filter: false, ..behind };
        let outputs = self.outputs(select, after);
        let keys: Option<Vec<Value>> =
            select.group.iter().map(|key| self.key(key, after)).collect::<Vec<_>>().into_iter().collect();
        let having = select.having.as_ref().map(|having| self.condition(having, behind, false));
        let order = self.order(&select.order, after);
        // Every part has said what is wrong with it.
        let (filter, mut outputs, keys, mut order) = (filter?, outputs?, keys?, order?);
        let having = having.map_or(Some(None), |having| having.map(Some))?;

        let where_span = select.filter.as_ref().map_or(select.span, |filter| filter.span);
        let mut relation = self.filtered(relation, filter, scope, where_span)?;
        if is_grouped(select) {
            let input = relation.plan.clone();
            let mut groups = Groups::new(keys, scope.time.clone());
            for output in &mut outputs {
                if output.is_field && !groups.is_key(&output.value.expr) {
                    output.computed_name = format!("FIRST_{}", output.computed_name);
                }
                let over = groups.over_groups(output.value.expr.clone());
                output.value.expr = self.built(over, select.span)?;
            }
            for sort in &mut order {
                let over = groups.over_groups(sort.expr.clone());
                sort.expr = self.built(over, select.span)?;
            }
            let having = having.map(|having| groups.over_groups(having)).transpose();
            let having = self.built(having, select.span)?;
            relation = self.built(groups.aggregate(relation), select.span)?;
            let by = select.group.first().zip(select.group.last());
            let span = by.map_or(select.span, |(first, last)| first.span.to(last.span));
            self.step(span, Kind::Operator("GROUP BY".to_owned()), Some(&input), &relation);
            if let Some(having) = having {
                let input = relation.plan.clone();
                relation = self.built(relation.filter(having), select.span)?;
                let span = select.having.as_ref().map_or(select.span, |having| having.span);
                self.step(span, Kind::Operator("HAVING".to_owned()), Some(&input), &relation);
            }
        }
        self.finished(relation, select, scope, outputs, order, is_outermost)
    }

    fn finished(
        &mut self,
        mut relation: Relation,
        select: &Select,
        scope: &Scope<'_>,
        outputs: Vec<Output>,
        mut order: Vec<SortExpr>,
        is_outermost: bool,
    ) -> Option<Selected> {
        let items = unique(outputs);
        let times = scope.time.as_deref().into_iter().chain(["starttime", "devicetime", "endtime"]);
        let time_column = times.map(field).find_map(|time| items.iter().find(|(_, value)| value.expr == time));
        let time_column = time_column.filter(|_| !is_grouped(select)).map(|(name, _)| name.clone());
        let ariel = items.iter().map(|(_, value)| value.ariel).collect();
        if select.distinct.is_some() {
            for (sort, asked) in order.iter_mut().zip(&select.order) {
                match items.iter().find(|(_, value)| sort_key(value.clone(), asked) == sort.expr) {
                    Some((name, value)) => sort.expr = sort_key(Value { expr: field(name), ..value.clone() }, asked),
                    None => return self.fail(messages::order_of_distinct(asked.expr.span)),
                }
            }
        }
        let computed: Vec<Computed> =
            items.into_iter().map(|(name, value)| Computed::new(name, value.kind, value.expr)).collect();
        if select.distinct.is_some() {
            relation = self.built(relation.project(computed.clone()), select.span)?;
            relation = self.built(relation.distinct(), select.span)?;
        }
        if !order.is_empty() {
            relation = self.built(relation.sort(order), select.span)?;
        }
        if let Some(limit) = select.limit
            && !(is_outermost && self.options.no_limit)
        {
            let input = relation.plan.clone();
            relation = self.built(relation.limit(limit.rows), limit.span)?;
            self.step(limit.span, Kind::Operator("LIMIT".to_owned()), Some(&input), &relation);
            self.limits.push((limit.rows, limit.span));
        }
        if select.distinct.is_none() {
            relation = self.built(relation.project(computed), select.span)?;
        }
        Some(Selected { relation, ariel, time_column })
    }

    fn filter(&mut self, select: &Select, place: Place<'_, '_>) -> Option<Filter> {
        let mut filter = Filter::default();
        let mut complete = true;
        let mut conjuncts: Vec<&Expr> = select.filter.iter().collect();
        let mut is_searched = false;
        let mut next = 0;
        while let Some(conjunct) = conjuncts.get(next).copied() {
            next += 1;
            if let ExprKind::And(all) = &conjunct.kind {
                conjuncts.extend(all);
            } else if let Some((lower, upper)) = lower_bound(conjunct, place.scope) {
                filter.lowers.push(lower);
                if self.lifts && self.options.trace {
                    filter.clauses.push(Clause::Lifted(conjunct.span));
                } else {
                    filter.clauses.extend(self.traced(conjunct, place));
                }
                match upper.map(|upper| self.condition(&upper, place, false)) {
                    Some(Some(condition)) => filter.conditions.push((conjunct.span, condition)),
                    Some(None) => complete = false,
                    None => {}
                }
            } else if let Some((negated, value, select)) = within(conjunct) {
                match self.in_select(value, select, negated, place) {
                    Some((value, inner)) => {
                        if negated && self.options.nulls == Nulls::ThreeValued {
                            filter.conditions.push((conjunct.span, not(value.missing())));
                        }
                        filter.inner.push(inner);
                        filter.clauses.extend(self.traced(conjunct, place));
                    }
                    None => complete = false,
                }
            } else if let (ExprKind::TextSearch(wanted), false) = (&conjunct.kind, is_searched) {
                is_searched = true;
                match self.text_search(wanted, place) {
                    Some(condition) => {
                        filter.conditions.push((conjunct.span, condition));
                        filter.clauses.extend(self.traced(conjunct, place));
                    }
                    None => complete = false,
                }
            } else {
                match self.condition(conjunct, place, false) {
                    Some(condition) => {
                        filter.conditions.push((conjunct.span, condition));
                        filter.clauses.extend(self.traced(conjunct, place));
                    }
                    None => complete = false,
                }
            }
        }
        match &select.range {
            Some(range) => match self.window(range, place.scope) {
                Some((conditions, lower)) => {
                    filter.conditions.extend(conditions.into_iter().map(|condition| (range.span(), condition)));
                    filter.lowers.extend(lower);
                    if self.lifts && self.options.trace {
                        filter.clauses.push(Clause::Lifted(range.span()));
                    }
                }
                None => complete = false,
            },
            None if matches!(&select.from, Some(From::Table(name)) if self.cursor(name).is_none()) => {
                self.report(messages::no_window(Span { end: select.span.start + 6, ..select.span }));
            }
            None => {}
        }
        complete.then_some(filter)
    }

    /// `x IN (SELECT y …)`: rows that the inner query holds; with NOT, all others, those without a value too.
    fn in_select(
        &mut self,
        value: &Expr,
        select: &Select,
        negated: bool,
        place: Place<'_, '_>,
    ) -> Option<(Value, Within)> {
        let place = place.beneath_not(negated);
        let Selection { value, key, inner, .. } = self.selection(value, select, place)?;
        let join = if negated { JoinType::LeftAnti } else { JoinType::LeftSemi };
        Some((value, (key, inner, join, select.span)))
    }

    fn filtered(&mut self, relation: Relation, filter: Filter, scope: &Scope<'_>, span: Span) -> Option<Relation> {
        let input = relation.plan.clone();
        let mut relation = relation;
        let parts = filter.conditions.into_iter().filter(|(_, condition)| is_true_literal(condition) != Some(true));
        let parts: Vec<(Span, Plan)> = parts.collect();
        if !parts.is_empty() {
            let conditions = parts.iter().map(|(_, condition)| condition.clone()).collect();
            // A hunt does not explain what it did not find.
            if !self.options.origins && self.conditions.len() < CONDITIONS {
                self.conditions.push(Condition { input: relation.plan.clone(), parts });
            }
            relation = self.built(relation.filter(chain::and(conditions)), span)?;
        }
        for (value, inner, join, span) in filter.inner {
            relation = self.built(relation.join(inner, vec![(value, field(SELECTED))], join), span)?;
        }
        for lower in filter.lowers {
            relation = self.bound(lower, relation, scope)?;
        }
        if !filter.clauses.is_empty() {
            self.step(span, Kind::Filter(Clause::All(filter.clauses)), Some(&input), &relation);
        }
        Some(relation)
    }

    fn traced(&mut self, conjunct: &Expr, place: Place<'_, '_>) -> Option<Clause> {
        if !self.options.trace {
            return None;
        }
        // What stands within it was recorded when it was bound.
        let known = self.trace.len();
        let clause = self.clause(conjunct, place);
        self.trace.truncate(known);
        clause
    }

    /// A key of GROUP BY; a text that is an item's name means the item.
    fn key(&mut self, key: &Expr, place: Place<'_, '_>) -> Option<Value> {
        let place = Place { aggregates: Aggregates::Inside, ..place };
        self.value(&named_by_text(key, place.scope), place)
    }

    fn order(&mut self, order: &[Order], place: Place<'_, '_>) -> Option<Vec<SortExpr>> {
        let mut all = Vec::with_capacity(order.len());
        for by in order {
            if let Some(language) = &by.collate {
                match aql_collation::is_of(&language.text) {
                    Some(true) => {}
                    Some(false) => self.report(messages::collate(language.span, &language.text)),
                    None => self.report(messages::no_language(language.span, &language.text)),
                }
            }
            let value = self.value(&named_by_text(&by.expr, place.scope), place);
            if value.as_ref().is_some_and(Value::is_literal) {
                self.report(messages::constant_order(by.expr.span));
            }
            all.push(value.map(|value| {
                // What is missing comes last both ways: it never takes a row's place under LIMIT.
                SortExpr::new(sort_key(value, by), !by.descending, false)
            }));
        }
        all.into_iter().collect()
    }

    fn outputs(&mut self, select: &Select, place: Place<'_, '_>) -> Option<Vec<Output>> {
        let mut outputs: Vec<Option<Output>> = Vec::new();
        for (index, item) in select.items.iter().enumerate() {
            match item {
                Item::All(_) => outputs.extend(place.scope.all().map(|known| {
                    let (computed_name, value) = (known.column.clone(), value_of(known));
                    Some(Output { computed_name, value, is_field: true, from_all: true })
                })),
                Item::Value { expr, alias } => {
                    let at = Place { visible: index, decides: false, items_first: false, ..place };
                    let value = self.value(expr, at);
                    let computed_name = match alias {
                        Some(alias) => alias.text.clone(),
                        None => self.name_of(expr),
                    };
                    let is_field = alias.is_none() && field_name(expr).is_some();
                    outputs.push(value.map(|value| Output { computed_name, value, is_field, from_all: false }));
                }
            }
        }
        outputs.into_iter().collect()
    }

    fn name_of(&self, expr: &Expr) -> String {
        if let Some(name) = field_name(expr) {
            return name.to_string();
        }
        call_name(expr).unwrap_or_else(|| {
            let words: Vec<&str> = self.source.slice(expr.span).split_whitespace().collect();
            words.join(" ").chars().take(80).collect()
        })
    }
}

fn sort_key(value: Value, by: &Order) -> Plan {
    match value.ariel {
        None | Some(Ariel::Property) if by.collate.is_some() && value.is_text() => aql_collation::key(value.expr),
        _ => value.sortable_along(by.descending),
    }
}

/// A column of the result.
struct Output {
    computed_name: String,
    value: Value,
    /// A bare field without an alias.
    is_field: bool,
    /// Stands for a column of `*`.
    from_all: bool,
}

/// Ariel's own name for a call of fields: `COUNT_sourceip`, and `COUNT` for all events.
pub(super) fn call_name(expr: &Expr) -> Option<String> {
    let ExprKind::Call(call) = &expr.kind else { return None };
    let mut name = call.name.text.to_uppercase();
    for arg in &call.args {
        name.push('_');
        name.push_str(field_name(arg)?);
    }
    Some(name)
}

fn named_by_text(expr: &Expr, scope: &Scope<'_>) -> Expr {
    match &expr.kind {
        ExprKind::Text(text) if scope.item(text, scope.items.len()).is_some() => {
            Expr { kind: ExprKind::Field(text.clone()), span: expr.span }
        }
        _ => expr.clone(),
    }
}

/// Columns under names of their own: what `*` already gives is not given again, a second use of a name gets a number.
fn unique(outputs: Vec<Output>) -> Vec<(String, Value)> {
    let mut all: Vec<(String, Value)> = Vec::with_capacity(outputs.len());
    let mut from_all = Vec::new();
    for output in outputs {
        if output.is_field && !output.from_all && from_all.contains(&output.value.expr) {
            continue;
        }
        if output.from_all {
            from_all.push(output.value.expr.clone());
        }
        let mut name = output.computed_name.clone();
        let mut count = 1;
        while all.iter().any(|(known, _)| *known == name) {
            count += 1;
            name = format!("{}_{count}", output.computed_name);
        }
        all.push((name, output.value));
    }
    all
}
