//! Arithmetic with Kusto's rules, and mathematical functions.

use datafusion_expr::Expr;

use crate::function::{Function, Gives, Lower, Overload, Param, call_kernel};
use crate::kernel::Kernel;
use crate::rows::{to_long, to_real};
use crate::types::Type;

/// Whole division, cut towards zero; by zero it is null.
pub fn divide(left: Expr, right: Expr) -> Expr {
    let kernel: Kernel = |args| to_long(args, |row| row.long(0)?.checked_div(row.long(1)?));
    call_kernel("divide".into(), kernel, Type::Long, vec![left, right])
}

/// The remainder, which is never negative; by zero it is null.
pub fn modulo(left: Expr, right: Expr) -> Expr {
    let kernel: Kernel = |args| to_long(args, |row| row.long(0)?.checked_rem_euclid(row.long(1)?));
    call_kernel("modulo".into(), kernel, Type::Long, vec![left, right])
}

pub fn modulo_real(left: Expr, right: Expr) -> Expr {
    let kernel: Kernel = |args| to_real(args, |row| Some(row.real(0)?.rem_euclid(row.real(1)?)));
    call_kernel("modulo_real".into(), kernel, Type::Real, vec![left, right])
}

/// The greatest of values of one type; nulls do not count.
pub fn greatest(values: Vec<Expr>) -> Expr {
    datafusion_functions::core::expr_fn::greatest(values)
}

/// The least of values of one type; nulls do not count.
pub fn least(values: Vec<Expr>) -> Expr {
    datafusion_functions::core::expr_fn::least(values)
}

pub const FUNCTIONS: &[Function] = &[Function::kql(
    &["abs"],
    "the size of a number, without its sign",
    &[
        Overload::new(
            &[Param::Is(Type::Long)],
            Gives::Is(Type::Long),
            Lower::Kernel(|args| to_long(args, |row| row.long(0)?.checked_abs())),
        ),
        Overload::new(
            &[Param::Is(Type::Timespan)],
            Gives::Is(Type::Timespan),
            Lower::Kernel(|args| to_long(args, |row| row.long(0)?.checked_abs())),
        ),
        Overload::new(
            &[Param::Is(Type::Real)],
            Gives::Is(Type::Real),
            Lower::Kernel(|args| to_real(args, |row| Some(row.real(0)?.abs()))),
        ),
    ],
    &[("abs(-5)", "5"), ("abs(-1.5)", "1.5"), ("abs(-5m)", "00:05:00"), ("abs(long(null))", "")],
)];
