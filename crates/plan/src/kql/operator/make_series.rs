//! `make-series`: aggregates over steps of an axis, as arrays.

use datafusion_common::ScalarValue;
use datafusion_expr::{Expr as Bound, Operator, binary_expr, lit};
use functions::Type;
use functions::aggregate;
use functions::aggregate::series::{self, Axis, Step};
use functions::scalar::math;
use syntax::Span;
use syntax::kql::tree::{Expr, ExprKind, MakeSeries};

use crate::binding::TimeBound;
use crate::kql::aggregate::Gathered;
use crate::kql::binder::Binder;
use crate::kql::column_name::{Names, carried};
use crate::kql::flow::Flow;
use crate::kql::messages;
use crate::kql::scope::{Env, Scope};
use crate::kql::value::Value;
use crate::relation::{Computed, field};

/// The hidden columns: which step a row is of, and how many rows there are.
const STEP: &str = "\u{1}step";
const ROWS: &str = "\u{1}rows";

/// The axis, as far as it is constant.
struct Steps {
    kind: Type,
    from: Option<i64>,
    to: Option<i64>,
    /// Whether `to` belongs to it.
    has_end: bool,
    size: i64,
    /// `from`, `to` and `size` are the bits of reals.
    is_real: bool,
}

impl<'q> Binder<'q, '_> {
    pub(in crate::kql) fn make_series(
        &mut self,
        tree: &'q MakeSeries,
        flow: Flow,
        env: Env,
        span: Span,
    ) -> Option<Flow> {
        let mut names = Names::default();
        let keys = self.keys(&tree.by, &flow, env, &mut names)?;
        let axis = self.scalar(&tree.axis.on.value, &flow.scope(env))?;
        let steps = self.steps(tree, &axis, env)?;
        let axis_value = axis.clone();
        let (index, within) = steps.index(axis);
        self.series_bound(tree, &axis_value, &steps, &flow, env);
        let table = flow.table.clone();
        let inside = self.planned(flow.relation.filter(within), span)?;
        let flow = Flow { relation: inside, ..flow };

        self.gathered = Some(Gathered { flow: flow.clone(), found: Vec::new() });
        let mut values = Vec::new();
        for item in &tree.aggregates {
            values.push(self.aggregated(&item.value, env, &[], &mut names));
        }
        let found = self.gathered.take().map(|gathered| gathered.found).unwrap_or_default();
        let values: Vec<Computed> = values.into_iter().collect::<Option<Vec<_>>>()?.into_iter().flatten().collect();
        let mut defaults = Vec::with_capacity(values.len());
        for (item, value) in tree.aggregates.iter().zip(&values) {
            defaults.push(self.default_of(item.default.as_ref(), value.kind, env)?);
        }

        let mut step_keys = keys.clone();
        step_keys.push(Computed::new(STEP, Type::Long, index));
        let grouped = self.planned(flow.relation.aggregate(step_keys, found), span)?;
        let key_columns = |keys: &[Computed]| -> Vec<Computed> {
            keys.iter().map(|key| Computed::new(&key.name, key.kind, field(&key.name))).collect()
        };
        let mut row = key_columns(&keys);
        row.push(Computed::new(STEP, Type::Long, field(STEP)));
        row.extend(values.iter().map(|value| {
            let json = Value::new(value.expr.clone(), value.kind).or_empty().cast(Type::Dynamic);
            Computed::new(&value.name, Type::Dynamic, json.expr)
        }));
        let stepped = self.planned(grouped.project(row), span)?;

        let count = steps.count();
        if count.is_some_and(|count| count > series::MOST) {
            return self.refuse(messages::range_too_long(span, series::MOST));
        }
        let mut arrays: Vec<Computed> = values
            .iter()
            .zip(defaults)
            .map(|(value, default)| {
                let array = series::series(field(STEP), field(&value.name), Step::Value { default }, count);
                Computed::new(&value.name, Type::Dynamic, array)
            })
            .collect();
        let axis_name = match (&tree.axis.on.name, carried(&tree.axis.on.value)) {
            (Some(name), _) => names.free(&name.text),
            (None, Some(name)) => names.free(&name),
            (None, None) => names.next_unnamed(),
        };
        let places = series::series(field(STEP), datafusion_expr::lit(""), steps.places(), count);
        arrays.push(Computed::new(axis_name, Type::Dynamic, places));
        arrays.push(Computed::new(ROWS, Type::Long, aggregate::count(field(STEP))));
        let mut made = self.planned(stepped.aggregate(key_columns(&keys), arrays), span)?;
        if !tree.is_nonempty {
            made = self.planned(made.filter(binary_expr(field(ROWS), Operator::Gt, lit(0_i64))), span)?;
        }
        let shown = made.columns.iter().filter(|column| column.name != ROWS).cloned().collect();
        self.keep(shown, Flow { table, ..Flow::new(made) }, span)
    }

    /// Records that a series begins relative to now, as `where Timestamp > ago(1d)` does.
    fn series_bound(&mut self, tree: &'q MakeSeries, axis: &Value, steps: &Steps, flow: &Flow, env: Env) {
        let (Some(time), Some(from), Some(tree_from)) = (&flow.time, steps.from, &tree.axis.from) else { return };
        let is_time = matches!(&tree.axis.on.value.kind, ExprKind::Name(name) if *name == time.column);
        if !is_time || !self.is_now_relative(tree_from, env, 0) {
            return;
        }
        self.bounds.push(TimeBound {
            span: tree_from.span,
            table: time.table.clone(),
            column: time.column.clone(),
            kind: Type::Datetime,
            lifted: false,
            input: flow.relation.plan.clone(),
            keeps: binary_expr(axis.expr.clone(), Operator::GtEq, lit(from)),
        });
    }

    fn steps(&mut self, tree: &'q MakeSeries, axis: &Value, env: Env) -> Option<Steps> {
        let at = tree.axis.on.value.span;
        let kind = if axis.kind == Type::Int { Type::Long } else { axis.kind };
        let is_real = kind == Type::Real;
        let size_kind = match kind {
            Type::Long | Type::Real | Type::Timespan => kind,
            Type::Datetime => Type::Timespan,
            other => return self.refuse(messages::expected_type(at, "datetime, timespan or number", other)),
        };
        let from = match &tree.axis.from {
            Some(from) => Some(self.bound_of(from, kind, env)?),
            None => None,
        };
        let to = match &tree.axis.to {
            Some(to) => Some(self.bound_of(to, kind, env)?),
            None => None,
        };
        let size = self.bound_of(&tree.axis.step, size_kind, env)?;
        let is_positive = if is_real { f64::from_bits(size as u64) > 0.0 } else { size > 0 };
        if !is_positive {
            return self.refuse(messages::zero_step(tree.axis.step.span));
        }
        if is_real && from.is_none() {
            return self.refuse(messages::not_supported(at, "a series over reals without 'from'"));
        }
        Some(Steps { kind, from, to, has_end: tree.axis.in_range, size, is_real })
    }

    /// A constant of the axis.
    fn bound_of(&mut self, tree: &'q Expr, kind: Type, env: Env) -> Option<i64> {
        let value = self.scalar(tree, &Scope::constant(env))?.cast(kind);
        let Some(value) = self.known(value, tree.span)? else {
            // Nothing can be asked: the columns are known, the steps are not.
            return Some(if kind == Type::Real { 1_f64.to_bits() as i64 } else { 1 });
        };
        let constant = match value.literal() {
            Some(ScalarValue::Float64(Some(real))) => Some(real.to_bits() as i64),
            _ => value.literal_long(),
        };
        match constant {
            Some(constant) => Some(constant),
            None => self.refuse(messages::not_constant(tree.span, "a bound of a series")),
        }
    }

    /// What a step without rows holds, as JSON.
    fn default_of(&mut self, tree: Option<&'q Expr>, kind: Type, env: Env) -> Option<String> {
        let Some(tree) = tree else {
            return Some(match kind {
                Type::Timespan => "\"00:00:00\"".into(),
                Type::Real => "0.0".into(),
                _ => "0".into(),
            });
        };
        let value = self.scalar(tree, &Scope::constant(env))?;
        if value.is_null_literal() {
            return Some("null".into());
        }
        // A whole number among reals is one of them.
        let value = if kind == Type::Real && value.kind.is_number() { value.cast(Type::Real) } else { value };
        match crate::kql::expression::json_of(&value) {
            Some(json) => Some(json.to_string()),
            None => self.refuse(messages::not_constant(tree.span, "the default")),
        }
    }
}

impl Steps {
    /// Which step a value is of, and whether it is of any.
    fn index(&self, axis: Value) -> (Bound, Bound) {
        let value = axis.cast(self.kind).expr;
        let constant = |bits: i64| if self.is_real { lit(f64::from_bits(bits as u64)) } else { lit(bits) };
        let mut within = vec![value.clone().is_not_null()];
        if let Some(from) = self.from {
            within.push(binary_expr(value.clone(), Operator::GtEq, constant(from)));
        }
        if let Some(to) = self.to {
            let before = if self.has_end { Operator::LtEq } else { Operator::Lt };
            within.push(binary_expr(value.clone(), before, constant(to)));
        }
        let within = crate::chain::and(within);
        let index = match (self.from, self.is_real) {
            (Some(from), true) => {
                let passed = binary_expr(value, Operator::Minus, constant(from));
                let real = Value::new(binary_expr(passed, Operator::Divide, constant(self.size)), Type::Real);
                real.cast(Type::Long).expr
            }
            (Some(from), false) => {
                math::divide(binary_expr(value, Operator::Minus, constant(from)), constant(self.size))
            }
            (None, _) => {
                let rest = math::modulo(value.clone(), constant(self.size));
                math::divide(binary_expr(value, Operator::Minus, rest), constant(self.size))
            }
        };
        (index, within)
    }

    fn count(&self) -> Option<i64> {
        let (from, to) = (self.from?, self.to?);
        if self.is_real {
            let real = |bits: i64| f64::from_bits(bits as u64);
            let steps = (real(to) - real(from)) / real(self.size);
            return Some(if self.has_end { steps.floor() + 1.0 } else { steps.ceil() }.max(0.0) as i64);
        }
        let length = to.checked_sub(from)?;
        if self.has_end {
            return Some(length.div_euclid(self.size).saturating_add(1).max(0));
        }
        let length = length.max(0);
        Some(length / self.size + i64::from(length % self.size != 0))
    }

    fn places(&self) -> Step {
        let is = match self.kind {
            Type::Datetime => Axis::Datetime,
            Type::Timespan => Axis::Timespan,
            Type::Real => Axis::Real,
            _ => Axis::Long,
        };
        Step::Place { start: self.from.unwrap_or(0), size: self.size, is }
    }
}
