//! Joining origins: the events of both sides of a join are the events of its row.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryBuilder};
use arrow::datatypes::DataType;
use datafusion_common::Result;
use datafusion_expr::expr::ScalarFunction;
use datafusion_expr::{Expr, ScalarUDF};

use super::Origins;
use super::events::Events;
use crate::kernel::{Args, KernelUdf};

/// The events of two origin cells, either of which may be null (the missed side of an outer join); of two nulls there is none.
pub fn join(left: Expr, right: Expr) -> Expr {
    let udf = KernelUdf::new("join_origins".into(), kernel, DataType::Binary);
    Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(ScalarUDF::new_from_impl(udf)), vec![left, right]))
}

fn kernel(args: &Args<'_>) -> Result<ArrayRef> {
    let (left, right) = (args.array(0).as_binary::<i32>(), args.array(1).as_binary::<i32>());
    let mut out = BinaryBuilder::new();
    for row in 0..args.rows {
        let (l, r) = (args.at(0, row), args.at(1, row));
        let cells = [left.is_valid(l).then(|| left.value(l)), right.is_valid(r).then(|| right.value(r))];
        let mut both = Events::default();
        cells.iter().flatten().for_each(|cell| both.add(&Origins::from_cell(cell)));
        out.append_option(cells.iter().flatten().next().map(|_| both.origins().to_cell()));
    }
    Ok(Arc::new(out.finish()))
}
