//! AQL's aggregates. Counts and sums are doubles there; missing values count for nothing.

use std::sync::Arc;

use datafusion_expr::expr::{AggregateFunction, NullTreatment};
use datafusion_expr::{AggregateUDF, Expr, SortExpr, lit};
use datafusion_functions_aggregate::average::avg_udaf;
use datafusion_functions_aggregate::count::count_udaf;
use datafusion_functions_aggregate::first_last::{first_value_udaf, last_value_udaf};
use datafusion_functions_aggregate::min_max::{max_udaf, min_udaf};
use datafusion_functions_aggregate::stddev::{stddev_pop_udaf, stddev_udaf};
use datafusion_functions_aggregate::sum::sum_udaf;

use crate::cast::cast;
use crate::types::Type;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    Count,
    /// UNIQUECOUNT and DISTINCTCOUNT. QRadar estimates the second one; here both are exact.
    CountDistinct,
    Sum,
    Average,
    Min,
    Max,
    First,
    Last,
    Deviation,
    DeviationOfAll,
}

/// Every aggregate with its AQL name.
pub const AGGREGATES: [(&str, Aggregate); 11] = [
    ("COUNT", Aggregate::Count),
    ("UNIQUECOUNT", Aggregate::CountDistinct),
    ("DISTINCTCOUNT", Aggregate::CountDistinct),
    ("SUM", Aggregate::Sum),
    ("AVG", Aggregate::Average),
    ("MIN", Aggregate::Min),
    ("MAX", Aggregate::Max),
    ("FIRST", Aggregate::First),
    ("LAST", Aggregate::Last),
    ("STDEV", Aggregate::Deviation),
    ("STDEVP", Aggregate::DeviationOfAll),
];

/// By its AQL name; case does not count.
pub fn named(name: &str) -> Option<Aggregate> {
    AGGREGATES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, aggregate)| *aggregate)
}

impl Aggregate {
    /// Whether the argument has to be a double.
    pub fn takes_real(self) -> bool {
        matches!(self, Aggregate::Sum | Aggregate::Average | Aggregate::Deviation | Aggregate::DeviationOfAll)
    }

    /// Whether what it gives is one of the values that it looked at.
    pub fn keeps(self) -> bool {
        matches!(self, Aggregate::Min | Aggregate::Max | Aggregate::First | Aggregate::Last)
    }

    pub fn gives(self, argument: Type) -> Type {
        if self.keeps() { argument } else { Type::Real }
    }

    /// The call. `argument` is a double where [`Aggregate::takes_real`] says so, and absent for `COUNT(*)`. First and last are
    /// meant by `time`.
    pub fn call(self, argument: Option<Expr>, time: Option<Expr>) -> Expr {
        let argument = argument.unwrap_or_else(|| lit(1_i64));
        match self {
            Aggregate::Count => counted(call(count_udaf(), argument, false, None)),
            Aggregate::CountDistinct => counted(call(count_udaf(), argument, true, None)),
            Aggregate::Sum => call(sum_udaf(), argument, false, None),
            Aggregate::Average => call(avg_udaf(), argument, false, None),
            Aggregate::Min => call(min_udaf(), argument, false, None),
            Aggregate::Max => call(max_udaf(), argument, false, None),
            Aggregate::First => call(first_value_udaf(), argument, false, time),
            Aggregate::Last => call(last_value_udaf(), argument, false, time),
            Aggregate::Deviation => call(stddev_udaf(), argument, false, None),
            Aggregate::DeviationOfAll => call(stddev_pop_udaf(), argument, false, None),
        }
    }
}

fn counted(count: Expr) -> Expr {
    cast(count, Type::Long, Type::Real)
}

fn call(function: Arc<AggregateUDF>, argument: Expr, distinct: bool, time: Option<Expr>) -> Expr {
    let nulls = time.is_some().then_some(NullTreatment::IgnoreNulls);
    let order = time.map(|time| SortExpr::new(time, true, false)).into_iter().collect();
    Expr::AggregateFunction(AggregateFunction::new_udf(function, vec![argument], distinct, None, order, nulls))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_doubles_and_first_means_earliest() {
        let column = || datafusion_expr::col("x");
        assert_eq!(Aggregate::Count.call(None, None).to_string(), "TRY_CAST(count(Int64(1)) AS Float64)");
        let first = Aggregate::First.call(Some(column()), Some(datafusion_expr::col("t"))).to_string();
        assert_eq!(first, "first_value(x) IGNORE NULLS ORDER BY [t ASC NULLS LAST]");
        assert_eq!(named("uniquecount"), Some(Aggregate::CountDistinct));
        assert_eq!(Aggregate::Max.gives(Type::String), Type::String);
    }
}
