//! Lists: the right side of `in` and of `has_any`, from values, dynamics and lets.

use std::sync::Arc;

use datafusion_common::{ScalarValue, Spans};
use datafusion_expr::expr::{InList, InSubquery};
use datafusion_expr::logical_plan::Subquery;
use datafusion_expr::{Expr as Bound, Operator};
use functions::aggregate::collect::{self, Collect};
use functions::predicate::{Match, Shape};
use functions::scalar::{array, string};
use functions::{Type, cast};
use serde_json::Value as Json;
use syntax::Span;
use syntax::kql::tree::Expr;

use super::Null;
use super::compare::as_guid;
use super::literal::json_of;
use super::types::{equality_type, wider};
use crate::chain::balanced;
use crate::kql::binder::Binder;
use crate::kql::messages;
use crate::kql::scope::Scope;
use crate::kql::value::Value;
use crate::relation::{Computed, Relation, field};

/// The column of a table that is searched as a list.
const FOUND: &str = "\u{1}found";

impl<'q> Binder<'q, '_> {
    pub(super) fn membership(
        &mut self,
        negated: bool,
        ignores_case: bool,
        left: &'q Expr,
        list: &'q [Expr],
        scope: &Scope<'_>,
        null: Null,
    ) -> Option<Value> {
        let value = self.scalar(left, scope);
        if let Some(value) = value.as_ref().filter(|_| ignores_case) {
            self.checked_list(value.kind, left.span)?;
        }
        if let [table] = list
            && self.is_tabular(table, scope)
        {
            let value = value?;
            // The engine finds a query within an expression in a filter alone.
            if self.is_filter {
                return self.in_table(negated, ignores_case, value, table, scope);
            }
            let values = self.column_as_list(table, scope)?;
            return self.in_unknown_list(negated, ignores_case, value, vec![values]);
        }
        let mut items = Vec::new();
        for item in list {
            items.push(self.scalar(item, scope).map(|item_value| (item_value, item.span)));
        }
        let (value, items) = (value?, items.into_iter().collect::<Option<Vec<_>>>()?);
        if items.iter().any(|(item, _)| is_unknown_list(item)) {
            let items = items.into_iter().map(|(item, _)| item).collect();
            return self.in_unknown_list(negated, ignores_case, value, items);
        }
        let mut items = self.flat(items)?;
        if value.kind == Type::Guid {
            items = items.into_iter().map(|(item, span)| (as_guid(item), span)).collect();
        }
        let is_text = matches!(value.kind, Type::String | Type::Dynamic | Type::Guid);
        if is_text && (ignores_case || items.iter().all(|(item, _)| item.kind == Type::String)) {
            let text = self.string(value, left.span)?;
            let needles = self.strings(items)?;
            return Some(text_in(text, needles, ignores_case, negated, null));
        }
        // Literals of one type make one list; all numbers are of one, but beside a dynamic whole ones keep every digit.
        let is_dynamic = value.kind == Type::Dynamic;
        let mut lists: Vec<(Type, Vec<Value>)> = Vec::new();
        let mut others = Vec::new();
        for (item, span) in items {
            let (_, item) = self.equatable(value.clone(), item, "in", span)?;
            // What is no number equals nothing, itself included.
            if matches!(item.literal(), Some(ScalarValue::Float64(Some(real))) if real.is_nan()) {
                continue;
            }
            if item.literal().is_none() {
                others.push((item, span));
                continue;
            }
            let alike = |kind: Type| kind == item.kind || (!is_dynamic && kind.is_number() && item.kind.is_number());
            match lists.iter_mut().find(|(kind, _)| alike(*kind)) {
                Some((kind, list)) => {
                    *kind = if *kind == item.kind { *kind } else { wider(*kind, item.kind) };
                    list.push(item);
                }
                None => lists.push((item.kind, vec![item])),
            }
        }
        let mut tests = Vec::new();
        for (kind, list) in lists {
            let list = list.into_iter().map(|item| item.cast(kind).expr).collect();
            let within = InList::new(Box::new(value.clone().compared(kind).expr), list, false);
            tests.push(Bound::IsTrue(Box::new(Bound::InList(within))));
        }
        for (item, span) in others {
            let same = self.equal(value.clone(), item, false, span, Null::Exact)?;
            tests.push(Bound::IsTrue(Box::new(same.expr)));
        }
        let any = balanced(tests, Operator::Or).unwrap_or_else(|| datafusion_expr::lit(false));
        Some(Value::total(if negated { Bound::Not(Box::new(any)) } else { any }, Type::Bool))
    }

    /// `in (T)`: among the values of the table's first column.
    fn in_table(
        &mut self,
        negated: bool,
        ignores_case: bool,
        value: Value,
        table: &'q Expr,
        scope: &Scope<'_>,
    ) -> Option<Value> {
        let (mut subquery, kind) = self.first_column(table, scope, None)?;
        if kind == Type::Dynamic {
            let values = self.column_as_list(table, scope)?;
            return self.in_unknown_list(negated, ignores_case, value, vec![values]);
        }
        let Some(common) = equality_type(value.kind, kind).filter(|common| *common != Type::Dynamic) else {
            return self.refuse(messages::operator_types(table.span, "in", value.kind, kind));
        };
        let is_whole = matches!(kind, Type::Int | Type::Long);
        let common = if value.kind == Type::Dynamic && is_whole { Type::Decimal } else { common };
        let mut tested = value.compared(common).or_empty();
        let Some(column) = subquery.subquery.schema().fields().first().map(|field| field.name().clone()) else {
            return self.refuse(messages::column_expected(table.span));
        };
        let mut found = Value::new(field(&column), kind).cast(common).or_empty();
        if ignores_case && common == Type::String {
            (tested.expr, found.expr) = (string::folded(tested.expr), string::folded(found.expr));
        }
        // A null is in no list, and takes nothing else out of one.
        let may_lack = common != Type::String;
        let relation = Relation::literal(Arc::unwrap_or_clone(subquery.subquery), Vec::new());
        // No column around the query has this name, so that neither is taken for the other.
        let mut listed = relation.project(vec![Computed::new(FOUND, common, found.expr)]);
        if may_lack {
            listed = listed.and_then(|listed| listed.filter(field(FOUND).is_not_null()));
        }
        subquery.subquery = Arc::new(self.planned(listed, table.span)?.plan);
        let mut within = Bound::InSubquery(InSubquery::new(Box::new(tested.expr.clone()), subquery, negated));
        if may_lack {
            within = match negated {
                true => tested.expr.is_null().or(within),
                false => tested.expr.is_not_null().and(within),
            };
        }
        Some(Value::total(within, Type::Bool))
    }

    /// A table's first column as a subquery, and its type.
    pub(in crate::kql) fn first_column(
        &mut self,
        table: &'q Expr,
        scope: &Scope<'_>,
        rows: Option<u64>,
    ) -> Option<(Subquery, Type)> {
        let gathered = self.gathered.take();
        let flow = self.rows(table, scope.env);
        self.gathered = gathered;
        let relation = flow?.relation;
        let Some(first) = relation.columns.first().cloned() else {
            return self.refuse(messages::column_expected(table.span));
        };
        let relation = Relation::literal(relation.plan, relation.columns);
        let relation = relation.project(vec![Computed::new(&first.name, first.kind, first.expr())]);
        let mut relation = self.planned(relation, table.span)?;
        if let Some(rows) = rows {
            relation = self.planned(relation.limit(rows), table.span)?;
        }
        let subquery =
            Subquery { subquery: Arc::new(relation.plan), outer_ref_columns: Vec::new(), spans: Spans::new() };
        Some((subquery, first.kind))
    }

    /// A table's first column as one dynamic array, made when the plan runs.
    fn column_as_list(&mut self, table: &'q Expr, scope: &Scope<'_>) -> Option<Value> {
        let (mut subquery, kind) = self.first_column(table, scope, None)?;
        let column = subquery.subquery.schema().fields().first().map(|field| field.name().clone())?;
        let relation = Relation::literal(Arc::unwrap_or_clone(subquery.subquery), Vec::new());
        let values = Value::new(field(&column), kind).or_empty().cast(Type::Dynamic);
        let list = collect::collect(Collect::List, values.expr, collect::MOST);
        let list = relation.aggregate(Vec::new(), vec![Computed::new("\u{1}list", Type::Dynamic, list)]);
        subquery.subquery = Arc::new(self.planned(list, table.span)?.plan);
        Some(Value::new(Bound::ScalarSubquery(subquery), Type::Dynamic))
    }

    /// `in` over dynamics that are known only when the plan runs: each value is read as the type of what is looked for.
    fn in_unknown_list(&mut self, negated: bool, ignores_case: bool, value: Value, items: Vec<Value>) -> Option<Value> {
        let list = one_list(items);
        let within = match cast::within(value.expr.clone(), value.kind, list.clone()).filter(|_| !ignores_case) {
            Some(within) => within,
            None => {
                let predicate = Match::kql(Shape::Equals).case_sensitive(!ignores_case);
                predicate.call_list(value.cast(Type::String).expr, list)
            }
        };
        Some(Value::total(if negated { Bound::Not(Box::new(within)) } else { within }, Type::Bool))
    }

    /// The needles of `has_any` and `has_all`.
    pub(super) fn text_list(&mut self, list: &'q [Expr], scope: &Scope<'_>) -> Option<Needles> {
        let mut items = Vec::new();
        for item in list {
            let value =
                if self.is_tabular(item, scope) { self.column_as_list(item, scope) } else { self.scalar(item, scope) };
            items.push(value.map(|value| (value, item.span)));
        }
        let items = items.into_iter().collect::<Option<Vec<_>>>()?;
        if items.iter().any(|(item, _)| is_unknown_list(item)) {
            return Some(Needles::List(one_list(items.into_iter().map(|(item, _)| item).collect())));
        }
        let items = self.flat(items)?;
        // Numbers and times are looked for as they print.
        let needles = items.into_iter().map(|(item, _)| item.cast(Type::String).or_empty().expr);
        Some(Needles::Each(needles.collect()))
    }

    fn strings(&mut self, items: Vec<(Value, Span)>) -> Option<Vec<Value>> {
        items.into_iter().map(|(item, _)| Some(item.cast(Type::String))).collect()
    }

    /// Values with literal dynamic arrays, also nested ones, laid flat.
    fn flat(&mut self, items: Vec<(Value, Span)>) -> Option<Vec<(Value, Span)>> {
        let mut out = Vec::with_capacity(items.len());
        for (item, span) in items {
            if item.kind != Type::Dynamic {
                out.push((item, span));
                continue;
            }
            if item.is_null_literal() {
                continue;
            }
            let Some(json) = json_of(&item) else {
                return self.refuse(messages::not_a_list(span));
            };
            push_flat(json, span, &mut out);
        }
        Some(out)
    }
}

/// What a word operator looks for.
pub(super) enum Needles {
    Each(Vec<Bound>),
    /// The values of a dynamic array.
    List(Bound),
}

/// A dynamic whose values nobody knows before the plan runs.
fn is_unknown_list(item: &Value) -> bool {
    item.kind == Type::Dynamic && !item.is_null_literal() && json_of(item).is_none()
}

/// Several values as one dynamic array.
fn one_list(items: Vec<Value>) -> Bound {
    let mut items: Vec<Bound> = items.into_iter().map(|item| item.or_empty().cast(Type::Dynamic).expr).collect();
    match (items.pop(), items.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            items.extend(last);
            array::pack(items)
        }
    }
}

fn push_flat(json: Json, span: Span, out: &mut Vec<(Value, Span)>) {
    let value = match json {
        Json::Array(items) => {
            items.into_iter().for_each(|item| push_flat(item, span, out));
            return;
        }
        Json::Null => return,
        Json::Bool(value) => Value::total(datafusion_expr::lit(value), Type::Bool),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(long), _) => Value::total(datafusion_expr::lit(long), Type::Long),
            (None, real) => Value::total(datafusion_expr::lit(real.unwrap_or(f64::NAN)), Type::Real),
        },
        Json::String(text) => Value::text(text),
        object @ Json::Object(_) => Value::text(object.to_string()),
    };
    out.push((value, span));
}

/// `in` over strings. Without an empty string in the list a positive, case-sensitive test stays a bare list, which readers
/// can use.
fn text_in(text: Value, needles: Vec<Value>, ignores_case: bool, negated: bool, null: Null) -> Value {
    let is_plain = |needle: &Value| needle.literal_text().is_some_and(|text| !text.is_empty());
    let expr = if !ignores_case && !needles.is_empty() && needles.iter().all(is_plain) {
        let list = needles.into_iter().map(|needle| needle.expr).collect();
        let within = Bound::InList(InList::new(Box::new(text.expr), list, false));
        match (negated, null) {
            (true, _) => Bound::IsNotTrue(Box::new(within)),
            (false, Null::IsFalse) => within,
            (false, Null::Exact) => Bound::IsTrue(Box::new(within)),
        }
    } else {
        let list = needles.into_iter().map(|needle| needle.expr).collect();
        let within = Match::kql(Shape::Equals).case_sensitive(!ignores_case).call(text.expr, list);
        if negated { Bound::Not(Box::new(within)) } else { within }
    };
    Value::total(expr, Type::Bool)
}
