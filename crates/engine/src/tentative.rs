//! Tentative runs: a plan is run as if no two logs told of one process creation, and its answer is held back until that is
//! sure.
//!
//! Whether they do shows when the reading has counted its events. To gather the creations beforehand costs a second reading,
//! which most evidence needs not.

use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::datasource::source_as_provider;
use datafusion_common::Result;
use datafusion_common::tree_node::TreeNodeRecursion;
use datafusion_expr::LogicalPlan;

use crate::provider::EventTable;
use crate::source::Source;

/// How many bytes of an answer may wait.
const ROOM: usize = 32 << 20;

/// Takes the batches of an answer as they come, and says whether more are wanted.
pub type Each<'a> = &'a mut dyn FnMut(RecordBatch) -> Result<ControlFlow<()>>;

/// The sources of a plan whose rows depend on what nobody knows yet.
pub fn sources(plan: &LogicalPlan) -> Result<Vec<Arc<Source>>> {
    let mut sources = Vec::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            let provider = source_as_provider(&scan.source)?;
            sources.extend(provider.downcast_ref::<EventTable>().and_then(EventTable::tentative).cloned());
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(sources)
}

/// An answer that may have to be thrown away.
pub struct Held<'a> {
    sources: &'a [Arc<Source>],
    each: Each<'a>,
    waiting: Vec<RecordBatch>,
    bytes: usize,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    /// What it rests on is true: it is handed over as it comes.
    Sure,
    Void,
}

impl<'a> Held<'a> {
    pub fn new(sources: &'a [Arc<Source>], each: Each<'a>) -> Self {
        Held { sources, each, waiting: Vec::new(), bytes: 0, state: State::Waiting }
    }

    pub fn take(&mut self, batch: RecordBatch) -> Result<ControlFlow<()>> {
        if self.state == State::Sure {
            return (self.each)(batch);
        }
        self.bytes += batch.get_array_memory_size();
        self.waiting.push(batch);
        if self.bytes <= ROOM { Ok(ControlFlow::Continue(())) } else { self.settle() }
    }

    /// The run is over, in whatever way; a reading that was not stopped has settled the question. Whether the answer holds.
    pub fn finish(mut self) -> Result<bool> {
        if self.state == State::Waiting {
            let _ = self.settle()?;
        }
        Ok(self.state == State::Sure)
    }

    fn settle(&mut self) -> Result<ControlFlow<()>> {
        if self.sources.iter().any(|source| source.settle_twins()) {
            self.state = State::Void;
            return Ok(ControlFlow::Break(()));
        }
        self.state = State::Sure;
        for batch in self.waiting.drain(..) {
            if (self.each)(batch)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

#[cfg(test)]
mod tests;
