//! Casts: a value of one language type as another. Conversions never fail: what cannot be converted is null.

use datafusion_expr::{Expr, TryCast};

use crate::types::Type;

/// `expr` of type `from` as type `to`.
pub fn cast(expr: Expr, from: Type, to: Type) -> Expr {
    if from == to || from.arrow() == to.arrow() {
        return expr;
    }
    Expr::TryCast(TryCast::new(Box::new(expr), to.arrow()))
}
