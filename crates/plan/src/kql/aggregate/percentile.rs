//! Percentiles: one value, several columns, or an array, all read from one digest of the group.

use datafusion_common::ScalarValue;
use functions::aggregate::digest;
use functions::aggregate::table::Of;
use functions::{Type, scalar};
use syntax::Span;
use syntax::kql::tree::{Arg, Expr, ExprKind, Literal};

use super::{Call, Gathered, Reduced};
use crate::kql::binder::Binder;
use crate::kql::column_name::carried;
use crate::kql::messages;
use crate::kql::scope::{Env, Scope};
use crate::kql::value::Value;

impl<'q> Binder<'q, '_> {
    /// A percentile as a value of its own, or several as an array.
    pub(super) fn percentile(&mut self, call: &Call<'q>, gathered: &mut Gathered, env: Env) -> Option<Value> {
        let found = self.percentiles(call, gathered, env)?;
        if matches!(call.known.of, Of::Percentiles { is_array: true, .. }) {
            let items = found.into_iter().map(|(_, value)| value.cast(Type::Dynamic)).collect();
            return self.applied("pack_array", items);
        }
        match <[(f64, Value); 1]>::try_from(found) {
            Ok([(_, value)]) => Some(value),
            Err(_) => self.refuse(messages::several_columns(call.name.span, &call.name.text)),
        }
    }

    /// The columns of `percentiles(x, 5, 50, 95)`, each with the name that it gets by itself.
    pub(in crate::kql) fn percentile_columns(
        &mut self,
        call: &Call<'q>,
        gathered: &mut Gathered,
        env: Env,
    ) -> Option<Vec<(String, Value)>> {
        let argument = call.args.first().and_then(|arg| carried(&arg.value)).unwrap_or_default();
        let found = self.percentiles(call, gathered, env)?;
        let named =
            found.into_iter().map(|(percent, value)| (format!("percentile_{argument}_{}", spelt(percent)), value));
        Some(named.collect())
    }

    fn percentiles(&mut self, call: &Call<'q>, gathered: &mut Gathered, env: Env) -> Option<Vec<(f64, Value)>> {
        let flow = gathered.flow.clone();
        let scope = flow.scope(env);
        let (values, _) = self.aggregated_values(call, &scope)?;
        let percents = self.percents(call.constants(), &scope)?;
        let mut values = values.into_iter();
        let value = values.next()?;
        let kind = value.kind;
        let ranked = self.ranked(value, call.args.first()?.value.span)?;
        let held = ranked.kind;
        let weight = values.next().map(|weight| weight.cast(Type::Long).expr);
        let all = gathered.hide(Reduced::new(digest::digest(ranked.expr, weight), Type::Dynamic));
        let one = |percent: f64| {
            let percent_value = Value::total(datafusion_expr::lit(percent), Type::Real);
            let value = self.applied("percentile_tdigest", vec![all.clone(), percent_value])?.cast(held);
            // Times are counts.
            let value = if matches!(kind, Type::Datetime | Type::Timespan) {
                Value::new(value.expr, kind)
            } else if kind == Type::Dynamic {
                value
            } else {
                value.cast(kind_of(kind))
            };
            Some((percent, value))
        };
        percents.into_iter().map(one).collect()
    }

    /// Percentages, one by one or as an array.
    fn percents(&mut self, args: &'q [Arg], scope: &Scope<'_>) -> Option<Vec<f64>> {
        let mut percents = Vec::new();
        for arg in args {
            let value = self.scalar(&arg.value, scope)?;
            if let (Type::Dynamic, Some(json)) = (value.kind, value.literal_text()) {
                let Ok(listed) = serde_json::from_str::<Vec<f64>>(json) else {
                    return self.refuse(messages::not_constant(arg.value.span, "each percentage"));
                };
                percents.extend(listed);
                continue;
            }
            let real = value.cast(Type::Real);
            let Some(ScalarValue::Float64(Some(percent))) = real.literal() else {
                return self.refuse(messages::not_constant(arg.value.span, "the percentage"));
            };
            percents.push(*percent);
        }
        Some(percents)
    }

    /// A value that has an order among numbers, as a long or a real.
    pub(super) fn ranked(&mut self, value: Value, span: Span) -> Option<Value> {
        match value.kind {
            Type::Datetime | Type::Timespan => Some(Value::new(value.expr, Type::Long)),
            Type::Int | Type::Bool => Some(value.cast(Type::Long)),
            Type::Long | Type::Real => Some(value),
            Type::Decimal | Type::Dynamic => Some(value.cast(Type::Real)),
            other => self.refuse(messages::expected_type(span, "number", other)),
        }
    }

    /// A function of the language on values that are bound.
    pub(in crate::kql) fn applied(&mut self, name: &str, values: Vec<Value>) -> Option<Value> {
        let function = scalar::kql(name)?;
        let types: Vec<Type> = values.iter().map(|value| value.kind).collect();
        let (overload, wanted) = function.resolve(&types)?;
        let args = values.into_iter().zip(&wanted).map(|(value, kind)| value.cast(*kind).expr).collect();
        Some(Value::new(function.call(overload, &wanted, args), overload.result(&wanted)))
    }
}

/// A percentage as names of columns have it.
pub(super) fn spelt_percentage(expr: &Expr) -> Option<String> {
    match expr.kind {
        ExprKind::Literal(Literal::Long(percent)) => Some(percent.to_string()),
        ExprKind::Literal(Literal::Real(percent)) => Some(spelt(percent)),
        ExprKind::Literal(Literal::Typed { ref raw, .. }) => functions::cast::real_of(raw).map(spelt),
        _ => None,
    }
}

/// Of ints a percentile is a long, of decimals a real.
fn kind_of(values: Type) -> Type {
    match values {
        Type::Int => Type::Long,
        Type::Decimal => Type::Real,
        kind => kind,
    }
}

fn spelt(percent: f64) -> String {
    percent.to_string().replace('.', "_")
}
