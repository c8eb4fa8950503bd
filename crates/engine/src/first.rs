//! First: of a wide table only those rows are made that may be among the first by their time, as `top` and `sort | take` ask.
//!
//! The columns of a row cost far more than its time, so the times alone are read before: the last of the first ones bounds all that
//! is made then, and readers pass over what lies outside.

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use datafusion::datasource::source_as_provider;
use datafusion_common::Result;
use datafusion_common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion_expr::{Expr, Filter, LogicalPlan, Operator, Projection, Sort, SortExpr, binary_expr, lit};

use crate::provider::EventTable;

/// From how many columns on a table is wide.
const WIDE: usize = 6;
/// How many rows may be asked for.
const MOST: usize = 100_000;

/// The first rows by one time.
pub struct First {
    sort: Sort,
    key: SortExpr,
    rows: usize,
}

impl First {
    /// Those that an optimised plan asks for, if it does.
    pub fn of(plan: &LogicalPlan) -> Result<Option<First>> {
        let mut found = None;
        plan.apply(|node| {
            let LogicalPlan::Sort(sort) = node else { return Ok(TreeNodeRecursion::Continue) };
            let (Some(rows), Some(key)) = (sort.fetch.filter(|rows| (1..=MOST).contains(rows)), sort.expr.first())
            else {
                return Ok(TreeNodeRecursion::Continue);
            };
            let Expr::Column(column) = &key.expr else { return Ok(TreeNodeRecursion::Continue) };
            if is_time_of_wide(&sort.input, &column.name)? {
                found = Some(First { sort: sort.clone(), key: key.clone(), rows });
            }
            Ok(TreeNodeRecursion::Stop)
        })?;
        Ok(found)
    }

    /// The plan of their times alone.
    pub fn times(&self) -> Result<LogicalPlan> {
        let times = Projection::try_new(vec![self.key.expr.clone()], self.sort.input.clone())?;
        let input = Arc::new(LogicalPlan::Projection(times));
        Ok(LogicalPlan::Sort(Sort { expr: vec![self.key.clone()], input, fetch: Some(self.rows) }))
    }

    /// The plan with the bound that these times are; `None` where they are none.
    pub fn bounded(&self, plan: LogicalPlan, times: &[RecordBatch]) -> Result<Option<LogicalPlan>> {
        let found: Vec<Option<i64>> = times
            .iter()
            .flat_map(|batch| batch.columns().first())
            .filter_map(|column| column.as_primitive_opt::<Int64Type>())
            .flat_map(|column| (0..column.len()).map(|row| column.is_valid(row).then(|| column.value(row))))
            .collect();
        // Rows without a time have no bound.
        let (Some(Some(_)), Some(Some(last)), true) = (found.first(), found.last(), found.len() == self.rows) else {
            return Ok(None);
        };
        let operator = if self.key.asc { Operator::LtEq } else { Operator::GtEq };
        let within = binary_expr(self.key.expr.clone(), operator, lit(*last));
        let bound = |node: LogicalPlan| match node {
            LogicalPlan::Sort(sort) if sort == self.sort => {
                let filter = Filter::try_new(within.clone(), sort.input.clone())?;
                let input = Arc::new(LogicalPlan::Filter(filter));
                let sort = LogicalPlan::Sort(Sort { input, ..sort });
                Ok(Transformed::new(sort, true, TreeNodeRecursion::Stop))
            }
            node => Ok(Transformed::no(node)),
        };
        Ok(Some(plan.transform_down(bound)?.data))
    }
}

/// Whether a column is the time of the only table beneath, of which many columns are read.
fn is_time_of_wide(plan: &LogicalPlan, name: &str) -> Result<bool> {
    match plan {
        LogicalPlan::Projection(projection) => {
            let mut named = projection.schema.fields().iter().zip(&projection.expr);
            let Some((_, mut expr)) = named.find(|(field, _)| field.name() == name) else { return Ok(false) };
            while let Expr::Alias(alias) = expr {
                expr = &alias.expr;
            }
            match expr {
                Expr::Column(column) => is_time_of_wide(&projection.input, &column.name),
                _ => Ok(false),
            }
        }
        LogicalPlan::Filter(filter) => is_time_of_wide(&filter.input, name),
        LogicalPlan::SubqueryAlias(alias) => is_time_of_wide(&alias.input, name),
        LogicalPlan::TableScan(scan) => {
            let provider = source_as_provider(&scan.source)?;
            let table = provider.downcast_ref::<EventTable>();
            let columns = scan.projected_schema.fields();
            let may_be = columns.len() >= WIDE && scan.fetch.is_none();
            // Of a field that is asked for by its own name, all events must show whether any has it.
            let is_known = |table: &EventTable| columns.iter().all(|column| table.defines(column.name()));
            Ok(may_be && table.is_some_and(|table| table.has_time(name) && is_known(table)))
        }
        _ => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, Int64Array};
    use datafusion::execution::session_state::SessionStateBuilder;

    use super::*;
    use crate::trial::{Folder, ingested, optimized, rows, sysmon};

    #[test]
    fn the_first_rows_are_the_same_from_fewer() {
        let log: String = (0..100).map(|n| sysmon("PC1", n, 1_000 * (n / 2), "a.exe", "")).collect();
        let lake = ingested(&Folder::new().with("a.json", &log));
        let folder = Folder::new().with("a.json", &log);
        for (query, processes) in [
            ("DeviceProcessEvents | top 4 by Timestamp", "96,97,98,99"),
            ("DeviceProcessEvents | where ProcessId != 99 | top 1 by Timestamp", "98"),
            ("DeviceProcessEvents | sort by Timestamp asc, ProcessId desc | take 2", "0,1"),
            ("DeviceProcessEvents | extend at = Timestamp | sort by at desc | take 2 | project-away at", "98,99"),
        ] {
            let told = format!("{query} | summarize strcat_array(array_sort_asc(make_list(ProcessId)), ',')");
            for source in [Arc::new(lake.source()), Arc::new(folder.source())] {
                assert_eq!(rows(&source, query).unwrap().len(), processes.split(',').count(), "{query}");
                assert_eq!(rows(&source, &told).unwrap(), [processes], "{query}");
            }
        }
    }

    #[test]
    fn the_bound_reaches_the_readers() {
        let folder = Folder::new().with("a.json", &sysmon("PC1", 1, 1_000, "a.exe", ""));
        let source = Arc::new(folder.source());
        let first = |kql: &str| First::of(&optimized(&source, kql)).unwrap();
        let plan = optimized(&source, "DeviceProcessEvents | extend at = Timestamp | top 2 by at asc nulls last");
        let first_two = First::of(&plan).unwrap().unwrap();
        let times = |times: Vec<Option<i64>>| {
            let column: ArrayRef = Arc::new(Int64Array::from(times));
            [RecordBatch::try_from_iter_with_nullable([("at", column, true)]).unwrap()]
        };
        let bounded = first_two.bounded(plan.clone(), &times(vec![Some(5), Some(7)])).unwrap().unwrap();
        let bounded = SessionStateBuilder::new().build().optimize(&bounded).unwrap().display_indent().to_string();
        assert!(bounded.contains("partial_filters=[DeviceProcessEvents.Timestamp <= Int64(7)]"), "{bounded}");
        for unbounded in [vec![Some(5)], vec![Some(5), None], vec![None, Some(5)], vec![]] {
            assert!(first_two.bounded(plan.clone(), &times(unbounded)).unwrap().is_none());
        }
        for other in [
            "DeviceProcessEvents | sort by Timestamp",
            "DeviceProcessEvents | top 2 by ProcessId",
            "DeviceProcessEvents | project Timestamp, FileName | top 2 by Timestamp",
            "DeviceProcessEvents | summarize count() by bin(Timestamp, 1h) | top 2 by Timestamp",
            "DeviceProcessEvents | take 5 | top 2 by Timestamp",
        ] {
            assert!(first(other).is_none(), "{other}");
        }
    }

    #[test]
    fn rows_without_a_time_stay_where_the_order_has_them() {
        let untimed =
            r#"{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"ProcessId":"7","Image":"b.exe"}"#;
        let log: String = (0..9).map(|n| sysmon("PC1", n + 10, 1_000 * n, "a.exe", "")).collect();
        let folder = Folder::new().with("a.json", &format!("{log}{untimed}\n"));
        let source = Arc::new(folder.source());
        let first = |query: &str| {
            let rows = rows(&source, query).unwrap();
            rows.iter().filter(|row| row.contains("b.exe")).count()
        };
        assert_eq!(first("DeviceProcessEvents | sort by Timestamp asc | take 1"), 1);
        assert_eq!(first("DeviceProcessEvents | sort by Timestamp asc nulls last | take 1"), 0);
        assert_eq!(first("DeviceProcessEvents | top 10 by Timestamp"), 1);
    }
}
