//! Literal rows: `print`, `range` and `datatable`.

use std::sync::Arc;

use datafusion_common::{DFSchema, Result};
use datafusion_expr::logical_plan::{EmptyRelation, Values};
use datafusion_expr::{Expr as Bound, LogicalPlan, lit};
use functions::Type;
use syntax::Span;
use syntax::kql::tree::{Assigned, Expr, Name, TypedName};

use crate::kql::binder::Binder;
use crate::kql::column_name::Names;
use crate::kql::flow::Flow;
use crate::kql::messages;
use crate::kql::scope::{Env, Scope};
use crate::kql::value::Value;
use crate::relation::{Column, Computed, Relation};

/// How many rows a range may have.
const ROWS: i64 = 1_000_000;

impl<'q> Binder<'q, '_> {
    pub(super) fn print(&mut self, items: &'q [Assigned], env: Env, span: Span) -> Option<Flow> {
        let scope = Scope::constant(env);
        let mut computed: Vec<Option<Computed>> = Vec::new();
        let mut names = Names::default();
        for (index, item) in items.iter().enumerate() {
            if let Some(parts) = self.several(item, &scope) {
                for part in parts? {
                    computed.push(Some(Computed::new(names.free(&part.name), part.value.kind, part.value.expr)));
                }
                continue;
            }
            let name = match &item.name {
                Some(name) => self.claimed(name, &mut names)?,
                None => names.free(&format!("print_{index}")),
            };
            let value = self.scalar(&item.value, &scope);
            computed.push(value.map(|value| Computed::new(name, value.kind, value.expr)));
        }
        let computed = computed.into_iter().collect::<Option<Vec<_>>>()?;
        let relation = self.planned(one_row().project(computed), span)?;
        Some(Flow::new(relation))
    }

    pub(super) fn range(
        &mut self,
        column: &'q Name,
        [from, to, step]: [&'q Expr; 3],
        env: Env,
        span: Span,
    ) -> Option<Flow> {
        let scope = Scope::constant(env);
        let mut bounds = Vec::with_capacity(3);
        for bound in [from, to, step] {
            let value = self.scalar(bound, &scope)?;
            bounds.push((value.kind, self.known(value, bound.span)?));
        }
        let [(from_kind, from_value), (to_kind, to_value), (step_kind, step_value)] =
            <[(Type, Option<Value>); 3]>::try_from(bounds).ok()?;
        let fits = match from_kind {
            Type::Datetime => to_kind == Type::Datetime && step_kind == Type::Timespan,
            Type::Timespan => to_kind == Type::Timespan && step_kind == Type::Timespan,
            _ => [from_kind, to_kind, step_kind].into_iter().all(Type::is_number),
        };
        if !fits {
            return self.refuse(messages::operator_types(step.span, "+", from_kind, step_kind));
        }
        let kind = match from_kind {
            _ if from_kind == Type::Real || step_kind == Type::Real => Type::Real,
            Type::Int => Type::Long,
            kind => kind,
        };
        let (Some(from_value), Some(to_value), Some(step_value)) = (from_value, to_value, step_value) else {
            // Nothing can be asked: the column is known, its values are not.
            return self.values(vec![Column::new(&column.text, kind)], Vec::new(), span);
        };
        if kind == Type::Real {
            return self.real_range(column, [&from_value, &to_value, &step_value], span);
        }
        let numbers = (from_value.literal_long(), to_value.literal_long(), step_value.literal_long());
        let (Some(from), Some(to), Some(step)) = numbers else {
            return self.refuse(messages::not_constant(span, "each bound of a range"));
        };
        if step == 0 {
            return self.refuse(messages::zero_step(span));
        }
        let gap = i128::from(to) - i128::from(from);
        let count = if gap.signum() * i128::from(step.signum()) < 0 { 0 } else { gap / i128::from(step) + 1 };
        if count > i128::from(ROWS) {
            return self.refuse(messages::range_too_long(span, ROWS));
        }
        let places = (0..count).map(|index| i128::from(from) + index * i128::from(step));
        let rows = places.filter_map(|place| i64::try_from(place).ok()).map(|place| vec![lit(place)]).collect();
        self.values(vec![Column::new(&column.text, kind)], rows, span)
    }

    fn real_range(&mut self, column: &Name, bounds: [&Value; 3], span: Span) -> Option<Flow> {
        let real = |value: &Value| match value.literal()? {
            datafusion_common::ScalarValue::Float64(real) => *real,
            _ => value.literal_long().map(|long| long as f64),
        };
        let [Some(from), Some(to), Some(step)] = bounds.map(real) else {
            return self.refuse(messages::not_constant(span, "each bound of a range"));
        };
        if step == 0.0 {
            return self.refuse(messages::zero_step(span));
        }
        // Away from its end a range has no rows.
        let count = (((to - from) / step).floor() + 1.0).max(0.0);
        if !(0.0..=ROWS as f64).contains(&count) {
            return self.refuse(messages::range_too_long(span, ROWS));
        }
        let rows = (0..count as i64).map(|index| vec![lit(from + index as f64 * step)]).collect();
        self.values(vec![Column::new(&column.text, Type::Real)], rows, span)
    }

    pub(super) fn datatable(
        &mut self,
        columns: &'q [TypedName],
        values: &'q [Expr],
        env: Env,
        span: Span,
    ) -> Option<Flow> {
        let mut typed = Vec::new();
        let mut names = Names::default();
        for TypedName { name, kind } in columns {
            let name = self.claimed(name, &mut names)?;
            match Type::from_name(&kind.text) {
                Some(kind) => typed.push(Column::new(name, kind)),
                None => return self.refuse(messages::bad_literal(kind.span, "type", &kind.text)),
            }
        }
        if typed.is_empty() || !values.len().is_multiple_of(typed.len()) {
            return self.refuse(messages::ragged_table(span, typed.len(), values.len()));
        }
        let scope = Scope::constant(env);
        let mut rows = Vec::with_capacity(values.len() / typed.len());
        for row in values.chunks(typed.len()) {
            let mut cells = Vec::with_capacity(row.len());
            for (cell, column) in row.iter().zip(&typed) {
                let value = self.scalar(cell, &scope)?;
                cells.push(value.cast(column.kind).expr);
            }
            rows.push(cells);
        }
        self.values(typed, rows, span)
    }

    /// A name that the query gives; twice is once too often.
    fn claimed(&mut self, name: &Name, names: &mut Names) -> Option<String> {
        match names.claim(&name.text) {
            true => Some(name.text.clone()),
            false => self.refuse(messages::declared_twice(name.span, &name.text)),
        }
    }

    fn values(&mut self, columns: Vec<Column>, rows: Vec<Vec<Bound>>, span: Span) -> Option<Flow> {
        let relation = self.planned(literal_rows(columns, rows), span)?;
        Some(Flow::new(relation))
    }
}

/// One row without columns.
pub(in crate::kql) fn one_row() -> Relation {
    let one = LogicalPlan::EmptyRelation(EmptyRelation { produce_one_row: true, schema: Arc::new(DFSchema::empty()) });
    Relation::literal(one, Vec::new())
}

/// Rows of expressions without columns, under the given names.
pub(in crate::kql) fn literal_rows(columns: Vec<Column>, rows: Vec<Vec<Bound>>) -> Result<Relation> {
    let fields = columns
        .iter()
        .enumerate()
        .map(|(index, column)| arrow::datatypes::Field::new(format!("column{}", index + 1), column.kind.arrow(), true));
    let schema = DFSchema::from_unqualified_fields(fields.collect(), std::collections::HashMap::new())?;
    let schema = Arc::new(schema);
    let plan = if rows.is_empty() {
        LogicalPlan::EmptyRelation(EmptyRelation { produce_one_row: false, schema })
    } else {
        LogicalPlan::Values(Values { schema, values: rows })
    };
    let named = columns.iter().enumerate().map(|(index, column)| {
        Computed::new(&column.name, column.kind, crate::relation::field(&format!("column{}", index + 1)))
    });
    let named = named.collect();
    Relation::literal(plan, Vec::new()).project(named)
}
