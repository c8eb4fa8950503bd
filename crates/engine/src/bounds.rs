//! What a time bound excluded: how many rows reached it, how many it dropped, and the newest of them.

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use datafusion_common::Result;
use datafusion_expr::{Expr, LogicalPlan, lit, when};
use datafusion_functions_aggregate::expr_fn::{count, max, sum};
use functions::Type;
use plan::TimeBound;
use plan::relation::{Computed, Relation, field};

use crate::afresh::afresh;
use crate::session::Session;

/// The account of one bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Excluded {
    /// Rows that reached the bound.
    pub reached: u64,
    pub dropped: u64,
    /// The newest value of the bounded column among them, as the column holds it.
    pub newest: Option<i64>,
}

/// The rows that reach a bound and do not pass it.
pub fn outside(bound: &TimeBound) -> Result<LogicalPlan> {
    afresh(Relation::literal(bound.input.clone(), Vec::new()).filter(bound.keeps.clone().is_not_true())?.plan)
}

/// Runs the plan below a bound and counts.
pub fn excluded(session: &Session, bound: &TimeBound) -> Result<Excluded> {
    let dropped: Expr = when(bound.keeps.clone().is_true(), lit(0_i64)).otherwise(lit(1_i64))?;
    let input = Relation::literal(bound.input.clone(), Vec::new());
    let aggregates = vec![
        Computed::new("reached", Type::Long, count(lit(1_i64))),
        Computed::new("dropped", Type::Long, sum(dropped)),
        Computed::new("newest", Type::Long, max(field(&bound.column))),
    ];
    let plan = input.aggregate(Vec::new(), aggregates)?.plan;
    let batches = session.collect(&afresh(plan)?)?;
    let value = |index: usize| {
        let batch = batches.iter().find(|batch| batch.num_rows() > 0)?;
        let column = batch.columns().get(index)?.as_primitive_opt::<Int64Type>()?;
        column.is_valid(0).then(|| column.value(0))
    };
    let counted = |index| value(index).and_then(|count| u64::try_from(count).ok()).unwrap_or(0);
    Ok(Excluded { reached: counted(0), dropped: counted(1), newest: value(2) })
}
