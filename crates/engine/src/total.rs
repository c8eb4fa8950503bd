//! A total: the one row of an aggregate without keys, which stands there even where no row went into it.

use std::ops::ControlFlow;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type};
use datafusion_common::Result;
use datafusion_expr::{LogicalPlan, LogicalPlanBuilder, lit};
use functions::text::Text;

use crate::afresh::afresh;
use crate::session::Session;

/// Whether the plan's answer is a total, and no row went into it. `first` is the answer's one row; where it says something, nothing
/// is read again.
pub fn is_of_nothing(session: &Session, plan: &LogicalPlan, first: &RecordBatch) -> Result<bool> {
    if first.num_rows() != 1 || !first.columns().iter().all(says_nothing) {
        return Ok(false);
    }
    let Some(input) = totalled(plan) else {
        return Ok(false);
    };
    let mut has_rows = false;
    // To the end, so that what the reading came to stays known.
    let counted = LogicalPlanBuilder::from(input.clone()).project(vec![lit(1_i64)])?.build()?;
    session.run(&afresh(counted)?, &mut |batch| {
        has_rows |= batch.num_rows() > 0;
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(!has_rows)
}

/// What goes into the total that a plan gives.
fn totalled(plan: &LogicalPlan) -> Option<&LogicalPlan> {
    let mut below = plan;
    loop {
        below = match below {
            LogicalPlan::Projection(projection) => &projection.input,
            LogicalPlan::Filter(filter) => &filter.input,
            LogicalPlan::Sort(sort) => &sort.input,
            LogicalPlan::Limit(limit) => &limit.input,
            LogicalPlan::Aggregate(aggregate) if aggregate.group_expr.is_empty() => return Some(&aggregate.input),
            _ => return None,
        };
    }
}

/// A value that an aggregate over nothing gives: zero, an empty list, no value.
fn says_nothing(column: &ArrayRef) -> bool {
    if column.is_null(0) {
        return true;
    }
    match column.data_type() {
        DataType::Int64 => column.as_primitive::<Int64Type>().value(0) == 0,
        DataType::Int32 => column.as_primitive::<Int32Type>().value(0) == 0,
        DataType::Float64 => {
            let value = column.as_primitive::<Float64Type>().value(0);
            value == 0.0 || value.is_nan()
        }
        _ => Text::of(column).is_ok_and(|text| matches!(text.or_empty(0), "" | "[]" | "{}")),
    }
}
