//! A context: what the rows of a table need to know beside the events that they are made of.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};

use arrow::array::{Array, ArrayRef, AsArray, BinaryBuilder, RecordBatch};
use datafusion_common::{DataFusionError, Result, exec_datafusion_err};
use functions::origin::{self, Origin, Origins};
use telemetry::{Evidence, Twin};

use crate::processes::{Processes, Told};
use crate::source::Source;

pub struct Context<'a> {
    source: &'a Source,
    /// The creations of processes, if a table needs to know of them.
    processes: OnceLock<Arc<Processes>>,
    /// Rows depend on which of them are in two logs.
    pairs: bool,
    /// Nobody knows yet whether one creation is in two logs: the rows are made as if none were.
    is_tentative: bool,
    met: AtomicU8,
}

impl<'a> Context<'a> {
    /// `pairs`: whether rows depend on which creations are in two logs; `None` where nobody knows yet.
    pub fn new(source: &'a Source, known: Option<Arc<Processes>>, pairs: Option<bool>) -> Self {
        let processes = OnceLock::new();
        if let Some(known) = known {
            processes.get_or_init(|| known);
        }
        let (pairs, is_tentative) = (pairs == Some(true), pairs.is_none());
        Context { source, processes, pairs, is_tentative, met: AtomicU8::new(0) }
    }

    pub fn evidence(&self) -> &'a Evidence {
        &self.source.evidence
    }

    pub fn processes(&self) -> Option<&Processes> {
        self.processes.get().map(|processes| &**processes)
    }

    /// The creations of processes, gathered now if nobody needed them before: in the middle of a reading, so that most
    /// readings are the only one.
    pub fn gathered(&self) -> Result<&Processes> {
        let gathered = self.source.gathered()?;
        if self.is_tentative && self.source.may_hold_twins() == Some(true) {
            return Err(in_two_logs());
        }
        Ok(self.processes.get_or_init(|| gathered))
    }

    fn pairs(&self) -> Option<&Processes> {
        self.processes().filter(|_| self.pairs)
    }

    /// Whether rows are made with a look at where their events are from.
    pub fn needs_origins(&self) -> bool {
        self.pairs
    }

    pub fn is_tentative(&self) -> bool {
        self.is_tentative
    }

    /// Events of a branch were met. Where both logs tell of creations after all, rows that were made without their twins are
    /// void, which is an error: whoever runs the plan asks the source, and runs it again.
    pub fn meet(&self, twin: Twin) -> Result<()> {
        let own = match twin {
            Twin::Stays => 1,
            Twin::Yields => 2,
        };
        let has_met_both = || self.met.fetch_or(own, Ordering::Relaxed) | own == 3;
        if self.is_tentative && has_met_both() && self.source.met_both() {
            return Err(in_two_logs());
        }
        Ok(())
    }

    /// Leaves out the chosen events that give way to another record of the same creation.
    pub fn leave_out_twins(&self, events: &RecordBatch, chosen: &mut [bool]) -> Result<()> {
        let Some(processes) = self.pairs() else { return Ok(()) };
        let cells = events.column_by_name(origin::COLUMN).ok_or_else(without_origins)?.as_binary::<i32>();
        for (row, chosen) in chosen.iter_mut().enumerate().filter(|(_, chosen)| **chosen) {
            let stays = of(cells.value(row)).and_then(|own| processes.stays_for(own.file, own.ordinal));
            // A creation has one time, that of the record which stays: bounds between the two neither lose it nor count it
            // twice. A host may have two names, and the one that is looked at must not lose it to the other.
            *chosen = stays.is_none_or(|stays| !self.source.is_of_host(stays));
        }
        Ok(())
    }

    /// What the twins of records tell, by the records' origins.
    pub fn told_by_twins(&self, cells: &ArrayRef) -> Vec<Option<Told<'_>>> {
        let Some(processes) = self.pairs() else { return Vec::new() };
        let told = |cell: &[u8]| of(cell).and_then(|own| processes.told_by_twin(own.file, own.ordinal));
        cells.as_binary::<i32>().iter().map(|cell| cell.and_then(told)).collect()
    }

    /// Origins of rows that stay for two records name both.
    pub fn with_twins(&self, cells: ArrayRef) -> ArrayRef {
        let Some(processes) = self.pairs() else { return cells };
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

fn in_two_logs() -> DataFusionError {
    exec_datafusion_err!("process creations are in two logs")
}

pub fn without_origins() -> DataFusionError {
    exec_datafusion_err!("the events were read without their origins")
}

#[cfg(test)]
mod tests;
