//! Two-valued logic: a null is false.

use datafusion_expr::{BinaryExpr, Expr, Operator};

/// `expr` with null as false.
pub(super) fn two_valued(expr: Expr) -> Expr {
    if is_total(&expr) { expr } else { Expr::IsTrue(Box::new(expr)) }
}

/// Whether an expression is never null: string predicates are not, comparisons of numbers are.
fn is_total(expr: &Expr) -> bool {
    match expr {
        Expr::ScalarFunction(_) | Expr::IsNull(_) | Expr::IsNotNull(_) | Expr::IsTrue(_) | Expr::Literal(..) => true,
        Expr::Not(inner) => is_total(inner),
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And | Operator::Or, right }) => {
            is_total(left) && is_total(right)
        }
        _ => false,
    }
}
