//! A passage: how many rows come to a condition, and which of its parts lets none of them pass.

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use datafusion_common::Result;
use datafusion_common::tree_node::TreeNode;
use datafusion_expr::{Expr, LogicalPlan, lit, when};
use datafusion_functions_aggregate::expr_fn::{count, sum};
use functions::Type;
use plan::binding::Condition;
use plan::relation::{Computed, Relation};

use crate::afresh::afresh;
use crate::session::Session;

/// How many parts of a condition are looked at. Those with a query in them cannot be counted by themselves.
const PARTS: usize = 16;

/// The part of a condition that no row passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop {
    /// Its place among the parts.
    pub part: usize,
    /// The rows that pass all parts before it that can be counted.
    pub reached: u64,
}

/// The first part that lets no row pass; `None` where some pass, and where none come.
pub fn stop(session: &Session, condition: &Condition) -> Result<Option<Stop>> {
    let mut aggregates = vec![Computed::new("reached", Type::Long, count(lit(1_i64)))];
    let mut all: Option<Expr> = None;
    let parts = condition.parts.iter().map(|(_, keeps)| keeps).take(PARTS).enumerate();
    let counted: Vec<(usize, &Expr)> = parts.filter(|(_, keeps)| !holds_query(keeps)).collect();
    for (number, keeps) in &counted {
        let passes = all.take().map_or_else(|| (*keeps).clone(), |before| before.and((*keeps).clone()));
        let passed = when(passes.clone().is_true(), lit(1_i64)).otherwise(lit(0_i64))?;
        aggregates.push(Computed::new(format!("passed {number}"), Type::Long, sum(passed)));
        all = Some(passes);
    }
    let input = Relation::literal(condition.input.clone(), Vec::new());
    let batches = session.collect(&afresh(input.aggregate(Vec::new(), aggregates)?.plan)?)?;
    let value = |index: usize| {
        let batch = batches.iter().find(|batch| batch.num_rows() > 0)?;
        let column = batch.columns().get(index)?.as_primitive_opt::<Int64Type>()?;
        let value = column.is_valid(0).then(|| column.value(0))?;
        u64::try_from(value).ok()
    };
    let first = counted.iter().enumerate().find(|(place, _)| value(place + 1) == Some(0));
    let stop = |(place, (part, _)): (usize, &(usize, &Expr))| {
        Some(Stop { part: *part, reached: value(place).filter(|reached| *reached > 0)? })
    };
    Ok(first.and_then(stop))
}

fn holds_query(condition: &Expr) -> bool {
    let is_query = |expr: &Expr| Ok(matches!(expr, Expr::InSubquery(_) | Expr::ScalarSubquery(_) | Expr::Exists(_)));
    // Looking cannot fail.
    condition.exists(is_query).unwrap_or_default()
}

/// Whether a plan gives no row.
pub fn is_empty(session: &Session, plan: &LogicalPlan) -> Result<bool> {
    let first = Relation::literal(plan.clone(), Vec::new()).limit(1)?;
    let batches = session.collect(&afresh(first.plan)?)?;
    Ok(batches.iter().all(|batch| batch.num_rows() == 0))
}
