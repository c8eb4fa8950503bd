//! Chains of one operator as trees of logarithmic depth: five thousand operands are thirteen levels deep.

use datafusion_expr::{Expr, Operator, binary_expr, lit};

/// Every part holds; none: true.
pub(crate) fn and(parts: Vec<Expr>) -> Expr {
    balanced(parts, Operator::And).unwrap_or_else(|| lit(true))
}

/// Any part holds; none: false.
pub(crate) fn or(parts: Vec<Expr>) -> Expr {
    balanced(parts, Operator::Or).unwrap_or_else(|| lit(false))
}

/// Neighbours join in rounds; `None` for no operand.
pub(crate) fn balanced(mut operands: Vec<Expr>, operator: Operator) -> Option<Expr> {
    while operands.len() > 1 {
        let mut joined = Vec::with_capacity(operands.len().div_ceil(2));
        let mut rest = operands.into_iter();
        while let Some(left) = rest.next() {
            joined.push(match rest.next() {
                Some(right) => binary_expr(left, operator, right),
                None => left,
            });
        }
        operands = joined;
    }
    operands.pop()
}
