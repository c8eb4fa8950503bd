//! A session: plans run through DataFusion, within bounds of memory.

use std::any::Any;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::context::SessionConfig;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::physical_plan::execute_stream;
use datafusion_common::{DataFusionError, Result};
use datafusion_expr::LogicalPlan;
use futures::{StreamExt, TryStreamExt};
use tokio::runtime::Runtime;

use crate::first::First;
use crate::in_order::LegsInOrder;
use crate::tentative::{self, Each, Held};
use crate::{narrow, window_memory};

/// What a run may use.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes for sorts, groups and joins; what does not fit is spilled.
    pub memory: usize,
    pub threads: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { memory: 2 << 30, threads: std::thread::available_parallelism().map_or(1, usize::from) }
    }
}

/// Deep expressions of generated queries are walked on these stacks.
const STACK: usize = 32 << 20;

/// What an array that has no room for more says as it panics.
const OVERFLOWS: [&str; 3] = ["offset overflow", "capacity overflow", "offset out of range"];

/// Whether a panic says that texts are too much for one array: that is a fault of the query, and no news of the program's.
pub fn is_overflow(panic: &dyn Any) -> bool {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.is_some_and(|text| OVERFLOWS.iter().any(|overflow| text.contains(overflow)))
}

/// Work on one plan, a panic of which is an error of that plan.
pub fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(unwound(&*panic)))
}

fn unwound(panic: &dyn Any) -> DataFusionError {
    match is_overflow(panic) {
        true => DataFusionError::ResourcesExhausted(
            "the rows that are worked on at once hold more than 2 GiB of text: make lists shorter before they meet many rows".into(),
        ),
        false => DataFusionError::Internal("the engine failed on this plan".into()),
    }
}

/// Runs plans, one after another.
pub struct Session {
    state: SessionState,
    runtime: Runtime,
}

impl Session {
    pub fn new(limits: Limits) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(limits.threads.max(1))
            .thread_stack_size(STACK)
            .build()
            .map_err(DataFusionError::from)?;
        let memory = Arc::new(FairSpillPool::new(limits.memory));
        let env = RuntimeEnvBuilder::new().with_memory_pool(memory).build_arc()?;
        // One partition: rows stay in the order of the evidence, so that `take`, `make_list` and the ids of findings are the
        // same in every run. The readers beneath are what costs.
        let config = SessionConfig::new().with_target_partitions(1);
        let state = SessionStateBuilder::new().with_config(config).with_runtime_env(env).build();
        // Answers an aggregate by statistics alone, and takes those of a column for those of rows that a condition may yet drop.
        // `limit_pushdown` trusts them as much, where they say that there are exactly no rows: no source here says that.
        let rules = state.physical_optimizers().iter().filter(|rule| rule.name() != "aggregate_statistics").cloned();
        let rules = std::iter::once(Arc::new(LegsInOrder) as _).chain(rules).collect();
        let state = SessionStateBuilder::new_from_existing(state).with_physical_optimizer_rules(rules).build();
        Ok(Session { state, runtime })
    }

    /// Runs a plan and hands over its batches as they come, until the receiver has enough. What may have to be done again is
    /// held back until that is sure, or it is too much.
    pub fn run(&self, plan: &LogicalPlan, each: Each<'_>) -> Result<()> {
        let sources = tentative::sources(plan)?;
        if sources.is_empty() {
            return self.stream(plan, each);
        }
        let mut held = Held::new(&sources, &mut *each);
        let outcome = self.stream(plan, &mut |batch| held.take(batch));
        if held.finish()? { outcome } else { self.stream(plan, each) }
    }

    /// The plan as it runs.
    pub fn optimized(&self, plan: &LogicalPlan) -> Result<LogicalPlan> {
        self.state.optimize(plan)
    }

    /// A panic of the engine is an error of this plan, and not the end of all.
    fn stream(&self, plan: &LogicalPlan, each: Each<'_>) -> Result<()> {
        guarded(|| self.streamed(plan, each))
    }

    fn streamed(&self, plan: &LogicalPlan, each: Each<'_>) -> Result<()> {
        self.runtime.block_on(async {
            let mut optimized = self.state.optimize(plan)?;
            if let Some(first) = First::of(&optimized)? {
                let times = self.open(self.state.optimize(&first.times()?)?).await?.try_collect::<Vec<_>>().await?;
                if let Some(bounded) = first.bounded(optimized.clone(), &times)? {
                    optimized = self.state.optimize(&bounded)?;
                }
            }
            let mut stream = self.open(optimized).await?;
            while let Some(batch) = stream.next().await {
                if each(batch?)?.is_break() {
                    break;
                }
            }
            Ok(())
        })
    }

    /// The batches of an optimised plan.
    async fn open(&self, optimized: LogicalPlan) -> Result<SendableRecordBatchStream> {
        let plan = narrow::narrowed(optimized)?;
        let physical = self.state.query_planner().create_physical_plan(&plan, &self.state).await?;
        execute_stream(window_memory::counted(physical)?, self.state.task_ctx())
    }

    /// All batches of a plan whose result is known to be small.
    pub fn collect(&self, plan: &LogicalPlan) -> Result<Vec<RecordBatch>> {
        let mut batches = Vec::new();
        self.run(plan, &mut |batch| {
            batches.push(batch);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(batches)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_of_its_plan() {
        let told = |text: &'static str| guarded::<()>(|| std::panic::panic_any(text)).unwrap_err().strip_backtrace();
        assert!(told("offset overflow").contains("more than 2 GiB of text"), "{}", told("offset overflow"));
        assert!(told("else").contains("the engine failed on this plan"), "{}", told("else"));
        assert_eq!(guarded(|| Ok(1)).unwrap(), 1);
    }
}
