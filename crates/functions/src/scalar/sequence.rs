//! `range()`: the values from one to another as an array.

use serde_json::Value;

use crate::function::{Function, Overload, Param};
use crate::rows::{Row, to_text};
use crate::ticks::{self, PER_HOUR};
use crate::types::Type;

const TIME: Param = Param::Is(Type::Datetime);
const SPAN: Param = Param::Is(Type::Timespan);
const LONG: Param = Param::Is(Type::Long);
const REAL: Param = Param::Is(Type::Real);

/// An array holds no more values than Kusto's.
const MOST: i64 = 1 << 20;

pub const FUNCTIONS: &[Function] = &[Function::kql(
    &["range"],
    "the values from one to another, in steps of 1, of an hour or of a third argument, as an array of at most 1048576",
    &[
        Overload::kernel(&[LONG, LONG, LONG], Type::Dynamic, |args| {
            to_text(args, |row| whole(row, 1, |value| Some(Value::from(value))))
        })
        .optional(1),
        Overload::kernel(&[TIME, TIME, SPAN], Type::Dynamic, |args| {
            to_text(args, |row| whole(row, PER_HOUR, |ticks| ticks::format_datetime(ticks).map(Value::from)))
        })
        .optional(1),
        Overload::kernel(&[SPAN, SPAN, SPAN], Type::Dynamic, |args| {
            to_text(args, |row| whole(row, PER_HOUR, |ticks| Some(Value::from(ticks::format_timespan(ticks)))))
        })
        .optional(1),
        Overload::kernel(&[REAL, REAL, REAL], Type::Dynamic, |args| to_text(args, real)).optional(1),
    ],
    &[
        ("range(1, 8, 3)", "[1,4,7]"),
        ("range(1h, 3h)", "[\"01:00:00\",\"02:00:00\",\"03:00:00\"]"),
        ("range(1.0, 2.0, 0.5)", "[1.0,1.5,2.0]"),
        ("array_length(range(1, 1000000000))", "1048576"),
    ],
)];

fn whole(row: &Row<'_>, default: i64, value: impl Fn(i64) -> Option<Value>) -> Option<String> {
    let (start, stop) = (row.long(0)?, row.long(1)?);
    let step = if row.len() > 2 { row.long(2)? } else { default };
    let last = (i128::from(stop) - i128::from(start)).checked_div(i128::from(step))?;
    let count = i64::try_from((last + 1).clamp(0, i128::from(MOST))).ok()?;
    // A step away from the end gives nothing, though the quotient of a short way is cut to zero.
    let count = if (step > 0) == (stop < start) && start != stop { 0 } else { count };
    let each = (0..count).map(|index| value(start.checked_add(index.checked_mul(step)?)?));
    Some(Value::Array(each.collect::<Option<_>>()?).to_string())
}

fn real(row: &Row<'_>) -> Option<String> {
    let (start, stop) = (row.real(0)?, row.real(1)?);
    let step = if row.len() > 2 { row.real(2)? } else { 1.0 };
    let last = (stop - start) / step;
    let count = if last.is_finite() { (last.floor() + 1.0).clamp(0.0, MOST as f64) as i64 } else { return None };
    Some(Value::Array((0..count).map(|index| Value::from(start + index as f64 * step)).collect()).to_string())
}
