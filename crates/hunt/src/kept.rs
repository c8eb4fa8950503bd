//! The time bounds that hold in a hunt, and the rows that each leaves out, counted in the same reading.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion_common::Result;
use datafusion_expr::LogicalPlan;
use engine::{Session, bounds};
use render::count::counted;
use render::table::cut;

use crate::prepare::Prepared;

pub(crate) struct Bounds {
    /// Index of the plan, what the bound says, its table, and the plan of what lies outside.
    kept: Vec<(usize, String, String, LogicalPlan)>,
    outside: Vec<AtomicU64>,
}

impl Bounds {
    pub fn of(ready: &[Prepared<'_>]) -> Result<Self> {
        let mut kept = Vec::new();
        for (index, prepared) in ready.iter().enumerate() {
            for bound in prepared.output.bounds.iter().filter(|bound| !bound.lifted) {
                let written = cut(prepared.source.slice(bound.span), 80);
                kept.push((index, written, bound.table.clone(), bounds::outside(bound)?));
            }
        }
        let outside = kept.iter().map(|_| AtomicU64::new(0)).collect();
        Ok(Bounds { kept, outside })
    }

    pub fn plans(&self) -> impl Iterator<Item = &LogicalPlan> {
        self.kept.iter().map(|(_, _, _, plan)| plan)
    }

    pub fn add(&self, bound: usize, rows: usize) {
        if let Some(outside) = self.outside.get(bound) {
            outside.fetch_add(rows as u64, Ordering::Relaxed);
        }
    }

    /// What was counted so far is void.
    pub fn clear(&self) {
        self.outside.iter().for_each(|outside| outside.store(0, Ordering::Relaxed));
    }

    pub fn alone(&self, bound: usize, session: &Session) -> Result<()> {
        let Some((_, _, _, plan)) = self.kept.get(bound) else {
            return Ok(());
        };
        session.run(plan, &mut |batch| {
            self.add(bound, batch.num_rows());
            Ok(ControlFlow::Continue(()))
        })
    }

    pub fn told(&self, ready: &[Prepared<'_>], name: impl Fn(&Prepared<'_>) -> String) -> Vec<String> {
        let bounds = self.kept.iter().zip(&self.outside);
        let told = bounds.filter_map(|((index, written, table, _), outside)| {
            let outside = outside.load(Ordering::Relaxed);
            let prepared = ready.get(*index).filter(|_| outside > 0)?;
            Some(format!("{}: '{written}' left out {} of {table}", name(prepared), counted(outside, "row", "rows")))
        });
        told.collect()
    }
}
