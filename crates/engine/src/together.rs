//! Plans together: those that look at one row at a time run over one reading, the others one by one.

use std::collections::HashMap;
use std::ops::ControlFlow;

use arrow::array::RecordBatch;
use datafusion_common::{DataFusionError, Result};
use datafusion_expr::LogicalPlan;

use crate::session::Session;
use crate::sweep::Sweep;
use crate::tables::EvidenceTables;

/// Takes a plan's place among the plans and rows that it gave, on any thread.
pub type Found<'a> = &'a (dyn Fn(usize, RecordBatch) + Sync);

/// Runs all plans over the evidence; gives those that failed. `forget` says that all rows so far are void.
pub fn together(
    plans: &[LogicalPlan],
    tables: &EvidenceTables,
    session: &Session,
    found: Found<'_>,
    forget: &dyn Fn(),
) -> Result<HashMap<usize, DataFusionError>> {
    let mut sweep = Sweep::default();
    let mut alone: Vec<usize> =
        plans.iter().enumerate().filter(|(index, plan)| !sweep.add(*index, plan)).map(|(index, _)| index).collect();
    let mut failed = HashMap::new();
    if alone.len() < plans.len() {
        let swept = sweep.run(tables, found, forget)?;
        alone.extend(swept.refused);
        failed.extend(swept.failed);
    }
    for index in alone {
        let Some(plan) = plans.get(index) else {
            continue;
        };
        let ran = session.run(plan, &mut |batch| {
            found(index, batch);
            Ok(ControlFlow::Continue(()))
        });
        if let Err(error) = ran {
            failed.insert(index, error);
        }
    }
    Ok(failed)
}
