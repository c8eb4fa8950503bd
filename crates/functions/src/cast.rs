//! Casts: a value of one language type as another. Conversions never fail: what cannot be converted is null, and as a string
//! empty.

mod json;
mod read;
mod within;
mod write;

use datafusion_common::ScalarValue;
use datafusion_expr::{Expr, TryCast};

use crate::function::call_kernel;
use crate::kernel::Kernel;
use crate::rows::to_decimal;
use crate::types::Type;

pub use json::unquoted;
pub use read::{bool_of, decimal_of, guid_of, int_of, long_of, real_of, shown_long, ungrouped, within_decimal};
pub use within::within;
pub use write::real_text;

/// `expr` of type `from` as type `to`.
pub fn cast(expr: Expr, from: Type, to: Type) -> Expr {
    if let Expr::Literal(ScalarValue::Float64(Some(real)), _) = &expr {
        match to {
            Type::Long => return Expr::Literal(ScalarValue::Int64(read::constant_long(*real)), None),
            Type::Int => return Expr::Literal(ScalarValue::Int32(read::constant_int(*real)), None),
            _ => {}
        }
    }
    match way(from, to) {
        Way::Same => expr,
        Way::Engine => Expr::TryCast(TryCast::new(Box::new(expr), to.arrow())),
        Way::Kernel(kernel) => call_kernel(format!("cast/{},{}", from.name(), to.name()), kernel, to, vec![expr]),
    }
}

/// A dynamic as it is compared with whole numbers: as a decimal, which loses no digit of either.
pub fn compared(expr: Expr) -> Expr {
    let kernel: Kernel = |args| to_decimal(args, |row| json::number(row.text(0)?));
    call_kernel("cast/dynamic,number".to_owned(), kernel, Type::Decimal, vec![expr])
}

enum Way {
    Same,
    /// The engine's own cast means the same.
    Engine,
    Kernel(Kernel),
}

fn way(from: Type, to: Type) -> Way {
    if from == to {
        return Way::Same;
    }
    match (from, to) {
        (Type::Dynamic, _) => json::from_dynamic(to).map_or(Way::Engine, Way::Kernel),
        (_, Type::Dynamic) => json::to_dynamic(from).map_or(Way::Engine, Way::Kernel),
        (Type::String, Type::Guid) => Way::Kernel(read::guid),
        (Type::Guid, Type::String) => Way::Same,
        (Type::String | Type::Guid, _) => read::from_text(to).map_or(Way::Engine, Way::Kernel),
        (_, Type::String | Type::Guid) => write::to_text(from).map_or(Way::Engine, Way::Kernel),
        (Type::Bool, Type::Decimal) => Way::Kernel(read::decimal_of_bool),
        (Type::Decimal, Type::Bool) => Way::Kernel(read::bool_of_decimal),
        (Type::Real, Type::Long) => Way::Kernel(read::cut_long),
        (Type::Int | Type::Long | Type::Real | Type::Timespan, Type::Datetime) => Way::Kernel(read::time_of_ticks),
        (Type::Long | Type::Real | Type::Datetime | Type::Timespan, Type::Int) => Way::Kernel(read::wrapped_int),
        _ if from.arrow() == to.arrow() => Way::Same,
        _ => Way::Engine,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_has_every_cast_that_is_left_to_it() {
        for from in Type::ALL {
            for to in Type::ALL {
                let is_known =
                    !matches!(way(from, to), Way::Engine) || arrow::compute::can_cast_types(&from.arrow(), &to.arrow());
                assert!(is_known, "{from:?} to {to:?}");
            }
        }
    }
}
