//! Constants: expressions without columns, worked out before the plan is made, so that what asks for a literal finds one.

use std::sync::Arc;

use arrow::datatypes::Schema;
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion_common::tree_node::TreeNode;
use datafusion_common::{DFSchema, ScalarValue};
use datafusion_expr::execution_props::ExecutionProps;
use datafusion_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion_expr::{Expr, Volatility};
use datafusion_physical_expr::create_physical_expr;

use crate::types::Type;

/// The value of an expression of this type, `None` where rows, chance or a fault would decide.
pub fn value(expr: &Expr, kind: Type) -> Option<ScalarValue> {
    if expr.exists(|part| Ok(!is_constant(part))).unwrap_or(true) {
        return None;
    }
    let physical =
        create_physical_expr(expr, &DFSchema::empty(), &ExecutionProps::new(), &PhysicalPlanningContext::default())
            .ok()?;
    let one = RecordBatchOptions::new().with_row_count(Some(1));
    let row = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), Vec::new(), &one).ok()?;
    let array = physical.evaluate(&row).ok()?.into_array(1).ok()?;
    let value = ScalarValue::try_from_array(&array, 0).ok()?;
    (value.data_type() == kind.arrow()).then_some(value)
}

fn is_constant(part: &Expr) -> bool {
    match part {
        Expr::Literal(..)
        | Expr::BinaryExpr(_)
        | Expr::Negative(_)
        | Expr::Not(_)
        | Expr::Case(_)
        | Expr::Cast(_)
        | Expr::TryCast(_)
        | Expr::IsNull(_)
        | Expr::IsNotNull(_) => true,
        Expr::ScalarFunction(call) => call.func.signature().volatility == Volatility::Immutable,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use datafusion_expr::{col, lit};

    use super::*;

    #[test]
    fn only_what_no_row_decides_is_a_constant() {
        let sum = lit(2_i64) + lit(3_i64);
        assert_eq!(value(&sum, Type::Long), Some(ScalarValue::Int64(Some(5))));
        assert_eq!(value(&sum, Type::Real), None);
        assert_eq!(value(&(lit(2_i64) + col("a")), Type::Long), None);
        assert_eq!(value(&(lit(i64::MAX) + lit(1_i64)), Type::Int), None);
    }
}
