//! Aggregate functions of the languages: the engine's own where they mean the same, and ours.

pub mod collect;
pub mod percentile;
pub mod series;
pub mod shape;

use std::sync::Arc;

use datafusion_expr::expr::{AggregateFunction, NullTreatment};
use datafusion_expr::{AggregateUDF, Expr, SortExpr};
use datafusion_functions_aggregate as engine;

/// KQL's aggregates: name and summary.
pub const KQL: &[(&str, &str)] = &[
    ("count", "how many rows, or values that are not null"),
    ("countif", "how many rows for which the condition holds"),
    ("dcount", "how many distinct values; exact, where Kusto estimates"),
    ("dcountif", "how many distinct values among rows for which the condition holds"),
    ("count_distinct", "how many distinct values"),
    ("count_distinctif", "how many distinct values among rows for which the condition holds"),
    ("sum", "the sum"),
    ("sumif", "the sum over rows for which the condition holds"),
    ("avg", "the mean"),
    ("avgif", "the mean over rows for which the condition holds"),
    ("min", "the least value"),
    ("minif", "the least value among rows for which the condition holds"),
    ("max", "the greatest value"),
    ("maxif", "the greatest value among rows for which the condition holds"),
    ("make_set", "the distinct values as a dynamic array"),
    ("make_set_if", "the distinct values of rows for which the condition holds"),
    ("makeset", "the distinct values as a dynamic array"),
    ("make_list", "the values as a dynamic array"),
    ("make_list_if", "the values of rows for which the condition holds"),
    ("make_list_with_nulls", "the values as a dynamic array, nulls too"),
    ("makelist", "the values as a dynamic array"),
    ("make_bag", "the properties of all bags in one"),
    ("make_bag_if", "the properties of the bags of rows for which the condition holds"),
    ("arg_max", "the row with the greatest value"),
    ("arg_min", "the row with the least value"),
    ("argmax", "the row with the greatest value"),
    ("argmin", "the row with the least value"),
    ("take_any", "the value of any row"),
    ("take_anyif", "the value of any row for which the condition holds"),
    ("any", "the value of any row"),
    ("anyif", "the value of any row for which the condition holds"),
    ("stdev", "the standard deviation of a sample"),
    ("stdevif", "the standard deviation over rows for which the condition holds"),
    ("stdevp", "the standard deviation of a population"),
    ("variance", "the variance of a sample"),
    ("varianceif", "the variance over rows for which the condition holds"),
    ("variancep", "the variance of a population"),
    ("percentile", "the value below which a percentage of the values lies"),
];

pub mod aql;

/// Names of all aggregates, for hints.
pub fn names() -> impl Iterator<Item = &'static str> {
    KQL.iter().map(|(name, _)| *name)
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
