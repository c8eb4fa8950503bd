//! Window memory: what a window over all rows holds counts as memory of its run, so that too much is refused before it is taken.

use std::fmt;
use std::sync::Arc;

use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::windows::WindowAggExec;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PhysicalExpr, PlanProperties, ReplaceChildrenOptions,
    SendableRecordBatchStream, replace_children_if_necessary,
};
use datafusion_common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion_common::{DataFusionError, Result};
use futures::StreamExt;

/// The rows as they come, and all of them in one batch.
const COPIES: usize = 2;

/// The plan, with the rows of its windows counted.
pub fn counted(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let count = |node: Arc<dyn ExecutionPlan>| {
        if !node.is::<WindowAggExec>() {
            return Ok(Transformed::no(node));
        }
        let inputs = node.children().into_iter().map(|input| Arc::new(Counted(input.clone())) as _).collect();
        Ok(Transformed::yes(replace_children_if_necessary(node, inputs)?))
    };
    Ok(plan.transform_up(count)?.data)
}

/// Rows that whoever takes them holds to the end.
#[derive(Debug)]
struct Counted(Arc<dyn ExecutionPlan>);

impl DisplayAs for Counted {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Counted")
    }
}

impl ExecutionPlan for Counted {
    fn name(&self) -> &str {
        "Counted"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.0.properties()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.0]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match children.into_iter().next() {
            Some(input) => Ok(Arc::new(Counted(input))),
            None => Ok(self),
        }
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        match children.into_iter().next() {
            Some(input) => Ok(Arc::new(Counted(input))),
            None => Ok(self),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let reservation = MemoryConsumer::new("window").register(context.memory_pool());
        let input = self.0.execute(partition, context)?;
        let schema = input.schema();
        let counted = input.map(move |batch| {
            let batch = batch?;
            reservation.try_grow(COPIES * batch.get_array_memory_size()).map_err(|_| too_much(reservation.size()))?;
            Ok(batch)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, counted)))
    }
}

fn too_much(held: usize) -> DataFusionError {
    let why = "an operator that needs all rows at once (scan, prev, next, row_number and the like) holds more than the memory for it";
    let help = "project the columns that are used before it, filter rows, or raise --memory";
    DataFusionError::ResourcesExhausted(format!("TL002: {why}, {} MiB so far; {help}", held >> 20))
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::sync::Arc;

    use crate::trial::{Folder, planned, sysmon};
    use crate::{Limits, Session};

    #[test]
    fn a_window_that_holds_too_much_is_refused() {
        let long = format!(r#","CommandLine":"{}""#, "x".repeat(4_000));
        let log: String = (0..4_000).map(|n| sysmon("PC1", n, n, "a.exe", &long)).collect();
        let folder = Folder::new().with("a.json", &log);
        let source = Arc::new(folder.source());
        let run = |kql: &str| {
            let session = Session::new(Limits { memory: 8 << 20, threads: 1 }).unwrap();
            let mut rows = 0;
            let outcome = session.run(&planned(&source, kql), &mut |batch| {
                rows += batch.num_rows();
                Ok(ControlFlow::Continue(()))
            });
            outcome.map(|()| rows).map_err(|error| error.to_string())
        };
        let scan = "DeviceProcessEvents | scan with (step s: FileName == 'a.exe';)";
        let said = run(scan).unwrap_err();
        assert!(said.contains("TL002: an operator that needs all rows at once"), "{said}");
        // What nobody uses is not held.
        assert_eq!(run(&format!("{scan} | project FileName")), Ok(4_000));
        assert_eq!(run(&format!("{scan} | count")), Ok(1));
    }
}
