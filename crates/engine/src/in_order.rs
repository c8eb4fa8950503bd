//! Legs of a union in order: each is read when the one before it has ended, so that rows come in the same order in every run.
//! The engine alone would take rows from whichever leg is ready first.

use std::fmt;
use std::sync::Arc;

use datafusion::config::ConfigOptions;
use datafusion::execution::TaskContext;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning, PhysicalExpr, PlanProperties,
    ReplaceChildrenOptions, SendableRecordBatchStream,
};
use datafusion_common::Result;
use datafusion_common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use futures::{StreamExt, TryStreamExt};

/// Puts the legs of every union in order, before any other rule sees that it has several.
#[derive(Debug)]
pub struct LegsInOrder;

impl PhysicalOptimizerRule for LegsInOrder {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let ordered = plan.transform_up(|node| match node.is::<UnionExec>() {
            true => Ok(Transformed::yes(Arc::new(InOrder::new(node)) as _)),
            false => Ok(Transformed::no(node)),
        })?;
        Ok(ordered.data)
    }

    fn name(&self) -> &str {
        "legs_in_order"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The partitions of its input as one, one after another.
#[derive(Debug)]
struct InOrder {
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl InOrder {
    fn new(input: Arc<dyn ExecutionPlan>) -> Self {
        let mut known = input.equivalence_properties().clone();
        known.clear_orderings();
        known.clear_per_partition_constants();
        let one = Partitioning::UnknownPartitioning(1);
        let properties = PlanProperties::new(known, one, input.pipeline_behavior(), input.boundedness());
        InOrder { input, properties: Arc::new(properties) }
    }
}

impl DisplayAs for InOrder {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InOrder")
    }
}

impl ExecutionPlan for InOrder {
    fn name(&self) -> &str {
        "InOrder"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
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
            Some(input) => Ok(Arc::new(InOrder::new(input))),
            None => Ok(self),
        }
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        match children.into_iter().next() {
            Some(input) => Ok(Arc::new(InOrder::new(input))),
            None => Ok(self),
        }
    }

    fn execute(&self, _: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let legs = 0..self.input.output_partitioning().partition_count();
        let input = self.input.clone();
        let rows = futures::stream::iter(legs).map(move |leg| input.execute(leg, context.clone())).try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), rows)))
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::sync::Arc;

    use arrow::array::{AsArray, StringArray};

    use crate::trial::{Folder, planned, sysmon};
    use crate::{Limits, Session};

    #[test]
    fn rows_of_the_first_leg_come_first_though_it_is_ready_last() {
        let log: String = (0..5_000).map(|n| sysmon("PC1", n, n, "a.exe", "")).collect();
        let folder = Folder::new().with("a.json", &log);
        let source = Arc::new(folder.source());
        let legs = "union (DeviceProcessEvents | summarize by FileName | project s = FileName), (print s = 'b'), (print s = 'c')";
        let session = Session::new(Limits { threads: 4, ..Limits::default() }).unwrap();
        for _ in 0..10 {
            let mut rows: Vec<String> = Vec::new();
            let mut take = |batch: arrow::array::RecordBatch| {
                let texts: &StringArray = batch.column(0).as_string();
                rows.extend(texts.iter().flatten().map(str::to_owned));
                Ok(ControlFlow::Continue(()))
            };
            session.run(&planned(&source, legs), &mut take).unwrap();
            assert_eq!(rows, ["a.exe", "b", "c"]);
        }
    }
}
