//! Arithmetic of decimals, exact up to their last digit, which is rounded. What a decimal cannot hold is null.

use arrow::datatypes::{DataType, i256};
use datafusion_expr::Expr;

use crate::cast::within_decimal;
use crate::function::call_kernel;
use crate::kernel::Kernel;
use crate::rows::{Row, to_decimal, to_long};
use crate::types::Type;

/// One, as the digits that a decimal is held by.
const ONE: i128 = 100_000_000_000_000_000;

pub fn sum(left: Expr, right: Expr) -> Expr {
    let kernel: Kernel = |args| to_decimal(args, |row| within_decimal(digits(row, 0)?.checked_add(digits(row, 1)?)?));
    call("decimal_sum", kernel, left, right)
}

pub fn difference(left: Expr, right: Expr) -> Expr {
    let kernel: Kernel = |args| to_decimal(args, |row| within_decimal(digits(row, 0)?.checked_sub(digits(row, 1)?)?));
    call("decimal_difference", kernel, left, right)
}

pub fn product(left: Expr, right: Expr) -> Expr {
    let kernel: Kernel = |args| to_decimal(args, |row| scaled(digits(row, 0)?, digits(row, 1)?, ONE));
    call("decimal_product", kernel, left, right)
}

/// By zero it is null.
pub fn quotient(left: Expr, right: Expr) -> Expr {
    let kernel: Kernel = |args| to_decimal(args, |row| scaled(digits(row, 0)?, ONE, digits(row, 1)?));
    call("decimal_quotient", kernel, left, right)
}

/// Never negative; by zero it is null.
pub fn remainder(left: Expr, right: Expr) -> Expr {
    let kernel: Kernel = |args| to_decimal(args, |row| digits(row, 0)?.checked_rem_euclid(digits(row, 1)?));
    call("decimal_remainder", kernel, left, right)
}

/// Ticks as a decimal that holds the sum of any number of them.
pub fn whole(ticks: Expr) -> Expr {
    datafusion_expr::cast(ticks, DataType::Decimal128(38, 0))
}

/// The mean of values whose sum and count are known.
pub fn mean(sum: Expr, count: Expr) -> Expr {
    let kernel: Kernel = |args| to_decimal(args, |row| scaled(digits(row, 0)?, 1, i128::from(row.long(1)?)));
    call("decimal_mean", kernel, sum, count)
}

/// The mean of ticks, cut to a tick.
pub fn mean_of_ticks(sum: Expr, count: Expr) -> Expr {
    let kernel: Kernel =
        |args| to_long(args, |row| i64::try_from(digits(row, 0)?.checked_div(i128::from(row.long(1)?))?).ok());
    call_kernel("ticks_mean".into(), kernel, Type::Long, vec![sum, count])
}

fn call(name: &str, kernel: Kernel, left: Expr, right: Expr) -> Expr {
    call_kernel(name.into(), kernel, Type::Decimal, vec![left, right])
}

fn digits(row: &Row<'_>, index: usize) -> Option<i128> {
    Some(row.decimal(index)?.0)
}

/// `value * by / over`, halves away from zero.
fn scaled(value: i128, by: i128, over: i128) -> Option<i128> {
    let (whole, over) = (i256::from_i128(value).checked_mul(i256::from_i128(by))?, i256::from_i128(over));
    let (cut, rest) = (whole.checked_div(over)?, whole.checked_rem(over)?);
    let is_half = rest.wrapping_abs().checked_mul(i256::from_i128(2))? >= over.wrapping_abs();
    let away = if (value < 0) == ((by < 0) != (over < i256::ZERO)) { i256::ONE } else { i256::MINUS_ONE };
    within_decimal(if is_half { cut.checked_add(away)? } else { cut }.to_i128()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_digit_is_rounded_halves_away_from_zero() {
        assert_eq!(scaled(7, 1, 2), Some(4));
        assert_eq!(scaled(-7, 1, 2), Some(-4));
        assert_eq!(scaled(7, 1, -2), Some(-4));
        assert_eq!(scaled(-7, -1, 2), Some(4));
        assert_eq!(scaled(1, ONE, 3 * ONE), Some(0));
        assert_eq!(scaled(ONE, ONE, 3 * ONE), Some(33_333_333_333_333_333));
        assert_eq!(scaled(1, ONE, 0), None);
        assert_eq!(scaled(10_i128.pow(37), 10 * ONE, ONE), None);
    }
}
