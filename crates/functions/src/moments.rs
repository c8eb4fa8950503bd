//! Moments: the times at which a detection that runs again and again looks at an event.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Builder, ListBuilder};
use arrow::datatypes::{DataType, Field, Int64Type};
use datafusion_common::{Result, exec_err};
use datafusion_expr::expr::ScalarFunction;
use datafusion_expr::{Expr, ScalarUDF, lit};

use crate::kernel::{Args, KernelUdf};
use crate::ticks;

/// Times at equal distances, of which the last is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moments {
    pub last: i64,
    pub every: i64,
}

impl Moments {
    /// For each event the moments from its own time on, as long as it is seen, all in ticks; `millis` says that the event's time is
    /// given in milliseconds since 1970. An event without a time is never seen.
    pub fn of(self, time: Expr, millis: bool, seen: i64) -> Expr {
        let list = DataType::List(Arc::new(Field::new_list_field(DataType::Int64, true)));
        let udf = KernelUdf::new("moments".into(), moments, list);
        let args = vec![time, lit(self.last), lit(self.every), lit(seen), lit(millis)];
        Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(ScalarUDF::new_from_impl(udf)), args))
    }

    /// The first moment that is not before a time.
    pub fn first_from(self, time: i64) -> i64 {
        let every = self.every.max(1);
        // Counted back from the last, so that moments do not depend on the evidence.
        self.last - self.last.saturating_sub(time).div_euclid(every) * every
    }
}

/// Moments that the events of one batch may be seen at.
const MOST: usize = 1 << 26;

fn moments(args: &Args<'_>) -> Result<ArrayRef> {
    let long = |index: usize| args.array(index).as_primitive::<Int64Type>().value(0);
    let (moments, seen) = (Moments { last: long(1), every: long(2).max(1) }, long(3));
    let millis = args.array(4).as_boolean().value(0);
    let times = args.array(0).as_primitive::<Int64Type>();
    let mut out = ListBuilder::new(Int64Builder::new());
    let mut count = 0;
    for row in 0..args.rows {
        let at = args.at(0, row);
        let time = times.is_valid(at).then(|| times.value(at));
        let time = time.and_then(|time| if millis { ticks::from_unix_millis(time) } else { Some(time) });
        if let Some(time) = time {
            let end = time.saturating_add(seen).min(moments.last);
            let mut moment = moments.first_from(time);
            while moment <= end {
                out.values().append_value(moment);
                count += 1;
                moment = moment.saturating_add(moments.every);
            }
            if count > MOST {
                return exec_err!("a batch of rows is seen at more than {MOST} times");
            }
        }
        out.append(true);
    }
    Ok(Arc::new(out.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_counted_from_the_last() {
        let moments = Moments { last: 100, every: 30 };
        assert_eq!([100, 99, 70, 69, 11, -25].map(|time| moments.first_from(time)), [100, 100, 70, 70, 40, -20]);
    }
}
