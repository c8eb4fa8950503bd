//! An early filter: a scan's filters run where its rows are made, so that rows which the plan would leave out are neither
//! gathered nor handed over. The plan's own filter still runs, so that this one may do less than asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion_common::DFSchema;
use datafusion_common::tree_node::TreeNode;
use datafusion_expr::Expr;
use datafusion_physical_expr::PhysicalExpr;
use functions::predicate::Match;

use crate::chain::{bare, filtered, physical};

/// After so many rows a filter has to have left out half of them, to be worth running twice.
const TRIED: usize = 16 << 10;

/// The filters of a scan, until they prove to leave out too little.
#[derive(Debug)]
pub struct EarlyFilter {
    predicates: Vec<Arc<dyn PhysicalExpr>>,
    rows: AtomicUsize,
    passed: AtomicUsize,
}

impl EarlyFilter {
    /// Of batches of this schema. What cannot run here runs in the plan alone.
    pub fn new(filters: &[Expr], schema: &SchemaRef) -> Self {
        let predicate = |known: &DFSchema, filter: &Expr| physical(&bare(filter).ok()?, known).ok();
        let predicates = DFSchema::try_from(schema.clone()).map(|known| {
            let filters = filters.iter().filter(|filter| !filter.is_volatile() && !is_counted(filter));
            filters.filter_map(|filter| predicate(&known, filter)).collect()
        });
        EarlyFilter {
            predicates: predicates.unwrap_or_default(),
            rows: AtomicUsize::new(0),
            passed: AtomicUsize::new(0),
        }
    }

    /// The rows that pass. Where that cannot be told, all: the plan meets the same error.
    pub fn run(&self, batch: RecordBatch) -> RecordBatch {
        let (rows, passed) = (self.rows.load(Ordering::Relaxed), self.passed.load(Ordering::Relaxed));
        if self.predicates.is_empty() || rows > TRIED && passed > rows / 2 {
            return batch;
        }
        self.rows.fetch_add(batch.num_rows(), Ordering::Relaxed);
        let mut left = batch;
        for predicate in &self.predicates {
            match filtered(predicate, &left) {
                Ok(batch) => left = batch,
                Err(_) => break,
            }
            if left.num_rows() == 0 {
                break;
            }
        }
        self.passed.fetch_add(left.num_rows(), Ordering::Relaxed);
        left
    }
}

/// Whether a filter takes steps of those that its query has.
fn is_counted(filter: &Expr) -> bool {
    let steps = Arc::default();
    filter.exists(|expr| Ok(Match::afresh(expr, &steps).is_some())).unwrap_or(true)
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, Int64Array};
    use datafusion_expr::{col, lit};

    use super::*;

    fn batch(rows: std::ops::Range<i64>) -> RecordBatch {
        let values: ArrayRef = Arc::new(Int64Array::from_iter_values(rows));
        RecordBatch::try_from_iter([("n", values)]).unwrap()
    }

    #[test]
    fn rows_are_left_out_as_long_as_that_is_worth_it() {
        let early =
            EarlyFilter::new(&[col("t.n").gt(lit(7_i64)), col("nowhere").gt(lit(0_i64))], &batch(0..1).schema());
        assert_eq!(early.run(batch(0..10)), batch(8..10));
        assert_eq!(early.run(batch(0..8)).num_rows(), 0);
        let many = TRIED as i64;
        assert_eq!(early.run(batch(8..8 + many)), batch(8..8 + many));
        assert_eq!(early.run(batch(0..10)), batch(0..10));
    }

    #[test]
    fn what_counts_its_steps_is_left_to_the_plan() {
        let steps = Arc::new(functions::stepwise::Steps::of(1000));
        let counted = Match::rule(functions::predicate::Shape::Backtracking).stepwise(lit("aa"), r"\A(a)\1\z", &steps);
        let early = EarlyFilter::new(&[counted.and(col("n").gt(lit(7_i64)))], &batch(0..1).schema());
        assert_eq!(early.run(batch(0..10)), batch(0..10));
    }

    #[test]
    fn a_filter_that_fails_leaves_all_rows_to_the_plan() {
        let early = EarlyFilter::new(&[(lit(1_i64) / col("n")).gt(lit(0_i64))], &batch(0..1).schema());
        assert_eq!(early.run(batch(0..3)), batch(0..3));
    }
}
