//! A context: what the rows of a table need to know beside the events that they are made of.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryBuilder, RecordBatch};
use datafusion_common::{DataFusionError, Result, exec_datafusion_err};
use functions::origin::{self, Origin, Origins};
use telemetry::{Bounds, Evidence};

use crate::processes::Processes;

pub struct Context<'a> {
    pub evidence: &'a Evidence,
    pub bounds: &'a Bounds,
    /// The creations of processes, if a table needs to know of them.
    pub processes: Option<Arc<Processes>>,
}

impl Context<'_> {
    /// Leaves out the chosen events that give way to another record of the same creation.
    pub fn leave_out_twins(&self, events: &RecordBatch, chosen: &mut [bool]) -> Result<()> {
        let Some(processes) = &self.processes else { return Ok(()) };
        let cells = events.column_by_name(origin::COLUMN).ok_or_else(without_origins)?.as_binary::<i32>();
        for (row, chosen) in chosen.iter_mut().enumerate().filter(|(_, chosen)| **chosen) {
            let stays = of(cells.value(row)).and_then(|own| processes.stays_for(own.file, own.ordinal));
            // The other record may lie outside of what is looked at.
            *chosen = stays.is_none_or(|time| !self.bounds.has_time(Some(time)));
        }
        Ok(())
    }

    /// Origins of rows that stay for two records name both.
    pub fn with_twins(&self, cells: ArrayRef) -> ArrayRef {
        let Some(processes) = &self.processes else { return cells };
        let own = cells.as_binary::<i32>();
        let both = |row: usize| of(own.value(row)).and_then(|own| processes.both(own.file, own.ordinal));
        let mut out = BinaryBuilder::new();
        for row in 0..own.len() {
            match both(row) {
                Some(both) => out.append_value(both),
                None => out.append_value(own.value(row)),
            }
        }
        Arc::new(out.finish())
    }
}

fn of(cell: &[u8]) -> Option<Origin> {
    Origins::from_cell(cell).kept.first().copied()
}

pub fn without_origins() -> DataFusionError {
    exec_datafusion_err!("the events were read without their origins")
}
