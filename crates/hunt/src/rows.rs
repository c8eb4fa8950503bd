//! The rows of a hunt, from all threads, and how many each plan gave.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use arrow::array::RecordBatch;

use crate::found::Found;
use crate::prepare::Prepared;

/// Rows that are held, of one plan and of all; what a run gives beyond them is counted.
const ROWS_OF_PLAN: usize = 100_000;
const ROWS: usize = 500_000;

pub(crate) struct Rows {
    /// The rows, and how many of them are of each plan.
    held: Mutex<(Vec<Found>, Vec<usize>)>,
    given: Vec<AtomicU64>,
    /// Totals over no rows.
    empty: Vec<AtomicU64>,
}

impl Rows {
    pub fn new(plans: usize) -> Self {
        let zeros = || (0..plans).map(|_| AtomicU64::new(0)).collect();
        Rows { held: Mutex::new((Vec::new(), vec![0; plans])), given: zeros(), empty: zeros() }
    }

    pub fn add(&self, plan: usize, prepared: &Prepared, batch: RecordBatch) {
        let all = batch.num_rows() as u64;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let (found, of_plan) = &mut *held;
        let Some(of_plan) = of_plan.get_mut(plan) else {
            return;
        };
        let room = ROWS.saturating_sub(found.len()).min(ROWS_OF_PLAN.saturating_sub(*of_plan));
        let (rows, count) = prepared.shape.rows(plan, batch, room);
        for (counts, more) in [(&self.given, count), (&self.empty, all - count)] {
            if let Some(counted) = counts.get(plan) {
                counted.fetch_add(more, Ordering::Relaxed);
            }
        }
        *of_plan += rows.len();
        found.extend(rows);
    }

    /// All rows of a plan at once.
    pub fn hold(&self, plan: usize, mut found: Vec<Found>) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let all = found.len() as u64;
        found.truncate(ROWS.saturating_sub(held.0.len()));
        if let (Some(of_plan), Some(given)) = (held.1.get_mut(plan), self.given.get(plan)) {
            *of_plan += found.len();
            given.fetch_add(all, Ordering::Relaxed);
        }
        held.0.extend(found);
    }

    /// What was given so far is void.
    pub fn clear(&self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.0.clear();
        held.1.fill(0);
        self.given.iter().chain(&self.empty).for_each(|count| count.store(0, Ordering::Relaxed));
    }

    /// Whether all that a plan gave are totals over no rows.
    pub fn is_empty_total(&self, plan: usize) -> bool {
        self.count(plan) == 0 && self.empty.get(plan).is_some_and(|empty| empty.load(Ordering::Relaxed) > 0)
    }

    pub fn count(&self, plan: usize) -> u64 {
        self.given.get(plan).map_or(0, |given| given.load(Ordering::Relaxed))
    }

    /// Plans that gave more rows than are held.
    pub fn beyond(&self, ready: &[Prepared], name: impl Fn(&Prepared) -> String) -> Vec<String> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let plans = ready.iter().zip(&held.1).enumerate();
        let told = plans.filter_map(|(index, (prepared, held))| {
            let given = self.count(index);
            (given > *held as u64).then(|| format!("{}: {held} of its {given} rows are shown", name(prepared)))
        });
        told.collect()
    }

    pub fn into_inner(self) -> Vec<Found> {
        self.held.into_inner().unwrap_or_else(PoisonError::into_inner).0
    }
}
