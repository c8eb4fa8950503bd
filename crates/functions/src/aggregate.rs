//! Aggregate functions of the languages: the engine's own where they mean the same, and ours.

pub mod aql;
pub mod collect;
pub mod digest;
mod folded;
pub mod schema;
pub mod series;
pub mod shape;
pub mod table;

use std::sync::Arc;

use datafusion_expr::expr::{AggregateFunction, NullTreatment};
use datafusion_expr::{AggregateUDF, Expr, SortExpr};
use datafusion_functions_aggregate as engine;

/// Names of all aggregates, for hints.
pub fn names() -> impl Iterator<Item = &'static str> {
    table::AGGREGATES.iter().map(|aggregate| aggregate.name)
}

fn call(udf: Arc<AggregateUDF>, args: Vec<Expr>) -> Expr {
    Expr::AggregateFunction(AggregateFunction::new_udf(udf, args, false, None, vec![], None))
}

pub fn count(value: Expr) -> Expr {
    call(engine::count::count_udaf(), vec![value])
}

pub fn count_distinct(value: Expr) -> Expr {
    let udf = engine::count::count_udaf();
    Expr::AggregateFunction(AggregateFunction::new_udf(udf, vec![value], true, None, vec![], None))
}

pub fn sum(value: Expr) -> Expr {
    call(engine::sum::sum_udaf(), vec![value])
}

pub fn avg(value: Expr) -> Expr {
    call(engine::average::avg_udaf(), vec![value])
}

pub fn min(value: Expr) -> Expr {
    call(engine::min_max::min_udaf(), vec![value])
}

pub fn max(value: Expr) -> Expr {
    call(engine::min_max::max_udaf(), vec![value])
}

pub fn stdev(value: Expr) -> Expr {
    call(engine::stddev::stddev_udaf(), vec![value])
}

pub fn stdev_population(value: Expr) -> Expr {
    call(engine::stddev::stddev_pop_udaf(), vec![value])
}

pub fn variance(value: Expr) -> Expr {
    call(engine::variance::var_samp_udaf(), vec![value])
}

pub fn variance_population(value: Expr) -> Expr {
    call(engine::variance::var_pop_udaf(), vec![value])
}

pub fn covariance(values: Vec<Expr>) -> Expr {
    call(engine::covariance::covar_samp_udaf(), values)
}

pub fn covariance_population(values: Vec<Expr>) -> Expr {
    call(engine::covariance::covar_pop_udaf(), values)
}

pub fn bits_and(value: Expr) -> Expr {
    call(engine::bit_and_or_xor::bit_and_udaf(), vec![value])
}

pub fn bits_or(value: Expr) -> Expr {
    call(engine::bit_and_or_xor::bit_or_udaf(), vec![value])
}

pub fn bits_xor(value: Expr) -> Expr {
    call(engine::bit_and_or_xor::bit_xor_udaf(), vec![value])
}

/// The value of the first row in this order; without an order that of any row.
pub fn first(value: Expr, order: Vec<SortExpr>) -> Expr {
    let udf = engine::first_last::first_value_udaf();
    let nulls = if order.is_empty() { Some(NullTreatment::IgnoreNulls) } else { None };
    Expr::AggregateFunction(AggregateFunction::new_udf(udf, vec![value], false, None, order, nulls))
}

/// An aggregate that collects values takes them in this order.
pub fn in_order(aggregate: Expr, order: &[SortExpr]) -> Expr {
    match aggregate {
        Expr::AggregateFunction(mut function) => {
            if function.params.order_by.is_empty() && function.func.name().starts_with(collect::PREFIX) {
                function.params.order_by = order.to_vec();
            }
            Expr::AggregateFunction(function)
        }
        other => other,
    }
}

/// Over rows for which the condition holds alone.
pub fn filtered(aggregate: Expr, condition: Expr) -> Expr {
    match aggregate {
        Expr::AggregateFunction(mut function) => {
            function.params.filter = Some(Box::new(condition));
            Expr::AggregateFunction(function)
        }
        other => other,
    }
}
