//! Boolean expressions of any length as trees of logarithmic depth.

use datafusion_expr::{BinaryExpr, Expr, Operator, lit};

/// Every part holds; none: true.
pub(super) fn and(parts: Vec<Expr>) -> Expr {
    balanced(parts, Operator::And).unwrap_or_else(|| lit(true))
}

/// Any part holds; none: false.
pub(super) fn or(parts: Vec<Expr>) -> Expr {
    balanced(parts, Operator::Or).unwrap_or_else(|| lit(false))
}

/// `expr` with null as false.
pub(super) fn two_valued(expr: Expr) -> Expr {
    if is_total(&expr) { expr } else { Expr::IsTrue(Box::new(expr)) }
}

/// Neighbours join in rounds, so that a thousand parts are ten levels deep.
fn balanced(mut parts: Vec<Expr>, operator: Operator) -> Option<Expr> {
    while parts.len() > 1 {
        let mut joined = Vec::with_capacity(parts.len().div_ceil(2));
        let mut rest = parts.into_iter();
        while let Some(left) = rest.next() {
            joined.push(match rest.next() {
                Some(right) => Expr::BinaryExpr(BinaryExpr::new(Box::new(left), operator, Box::new(right))),
                None => left,
            });
        }
        parts = joined;
    }
    parts.pop()
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
