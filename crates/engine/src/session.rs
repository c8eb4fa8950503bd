//! A session: plans run through DataFusion, within bounds of memory.

use std::any::Any;
use std::ops::ControlFlow;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::context::SessionConfig;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::physical_plan::execute_stream;
use datafusion_common::{DataFusionError, Result, exec_err};
use datafusion_expr::LogicalPlan;
use futures::{FutureExt, StreamExt, TryStreamExt};
use tokio::runtime::Runtime;

use crate::first::First;
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

    fn stream(&self, plan: &LogicalPlan, each: Each<'_>) -> Result<()> {
        let run = async {
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
        };
        // What a query makes the engine do must not take down whoever asked.
        let outcome = self.runtime.block_on(AssertUnwindSafe(run).catch_unwind());
        match outcome.unwrap_or_else(|panic| exec_err!("{}", said(&*panic))) {
            Err(error) if error.to_string().contains(OVERFLOW) => exec_err!("{TOO_LARGE}"),
            outcome => outcome,
        }
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

/// Arrow counts the bytes of a column's texts in 31 bits, and says so or panics.
const OVERFLOW: &str = "offset overflow";
const TOO_LARGE: &str = "the texts of a batch of rows are larger than 2 GiB";

/// What made the engine give up.
fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the engine failed on this query: {}", text.unwrap_or("it did not say why"))
}

#[cfg(test)]
mod tests {
    use datafusion_expr::{LogicalPlanBuilder, lit};

    use super::*;

    #[test]
    fn a_panic_of_the_engine_is_an_error() {
        let session = Session::new(Limits { memory: 1 << 20, threads: 1 }).unwrap();
        let plan = LogicalPlanBuilder::empty(true).project(vec![lit(1_i64)]).unwrap().build().unwrap();
        let error = |said: &'static str| session.run(&plan, &mut |_| panic!("{said}")).unwrap_err().to_string();
        assert_eq!(error("no"), "Execution error: the engine failed on this query: no");
        assert_eq!(error("offset overflow"), "Execution error: the texts of a batch of rows are larger than 2 GiB");
    }
}
