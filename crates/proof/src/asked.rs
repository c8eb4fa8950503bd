//! What is asked of rows: the answers of a condition's operands beside what they look at, as columns.

use datafusion_common::Result;
use datafusion_common::tree_node::TreeNode;
use datafusion_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use functions::origin;
use plan::relation::field;
use plan::trace::{Clause, Operand};

pub(crate) fn holds_name(operand: usize) -> String {
    format!("\u{1}holds {operand}")
}

pub(crate) fn side_name(operand: usize, side: usize) -> String {
    format!("\u{1}side {operand} {side}")
}

/// The rows that come to a condition, each with the answers of its operands.
pub(crate) fn asked(input: LogicalPlan, clause: &Clause) -> Result<LogicalPlan> {
    let mut columns = Vec::new();
    for (number, operand) in clause.operands().into_iter().enumerate() {
        if holds_query(operand) {
            continue;
        }
        columns.push(operand.holds.clone().alias(holds_name(number)));
        for (side, looked) in operand.sides.iter().enumerate() {
            columns.push(looked.value.clone().alias(side_name(number, side)));
        }
    }
    columns.push(field(origin::COLUMN));
    LogicalPlanBuilder::from(input).project(columns)?.build()
}

/// The engine runs a query within an expression in a filter alone.
pub(crate) fn holds_query(operand: &Operand) -> bool {
    let is_query = |expr: &Expr| Ok(matches!(expr, Expr::InSubquery(_) | Expr::ScalarSubquery(_) | Expr::Exists(_)));
    let exprs = std::iter::once(&operand.holds).chain(operand.sides.iter().map(|side| &side.value));
    // Looking cannot fail.
    exprs.into_iter().any(|expr| expr.exists(is_query).unwrap_or_default())
}

pub(crate) fn only_origin(plan: LogicalPlan) -> Result<LogicalPlan> {
    LogicalPlanBuilder::from(plan).project(vec![field(origin::COLUMN)])?.build()
}

/// The rows as they would be without the filters: down to where an operator looks at other rows, for there the filters change
/// what the row is.
pub(crate) fn unfiltered(plan: &LogicalPlan) -> Result<LogicalPlan> {
    match plan {
        LogicalPlan::Filter(filter) => unfiltered(&filter.input),
        LogicalPlan::Projection(_) | LogicalPlan::Union(_) | LogicalPlan::Sort(_) => {
            let inputs = plan.inputs().into_iter().map(unfiltered).collect::<Result<Vec<_>>>()?;
            plan.with_new_exprs(plan.expressions(), inputs)
        }
        _ => Ok(plan.clone()),
    }
}
