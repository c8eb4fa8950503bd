//! A sweep: many row-wise plans over one reading of the evidence.
//!
//! The events of a batch are made into the rows of each table once, with the columns that any plan needs, and every plan's
//! chain of filters runs over those. A plan that fails is left out from there on; the others go on.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::OnceLock;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion_common::{DataFusionError, Result, exec_datafusion_err};
use datafusion_expr::LogicalPlan;
use telemetry::{EventKind, Report};

use crate::chain::Chain;
use crate::program::{Needs, TablePlan, TableProgram};
use crate::rowwise::{self, Leg};
use crate::session::guarded;
use crate::tables::EvidenceTables;

/// Plans that are ready to be run together.
#[derive(Debug, Default)]
pub struct Sweep {
    legs: Vec<(usize, Leg)>,
}

/// What a sweep came to.
#[derive(Debug)]
pub struct Swept {
    pub report: Report,
    /// Plans with an expression that only the whole engine can evaluate (a subquery): they were not run.
    pub refused: BTreeSet<usize>,
    /// Plans that failed on some row: what they gave before is not all that they would have given.
    pub failed: Vec<(usize, DataFusionError)>,
}

/// A table's plan, and the chains over its rows with the index of their plan.
type TablePlans = (TablePlan, Vec<(usize, Chain)>);

impl Sweep {
    /// Takes a plan under an index of the caller's; false where the plan looks at more than one row at a time.
    pub fn add(&mut self, index: usize, plan: &LogicalPlan) -> bool {
        let Some(legs) = rowwise::legs(plan) else {
            return false;
        };
        self.legs.extend(legs.into_iter().map(|leg| (index, leg)));
        true
    }

    /// Reads the evidence once. `found` gets, on any thread, the plan's index and rows that it gave, in the plan's columns.
    /// `forget` says that all of them so far are void: the reading met what it was not ready for, and begins anew.
    pub fn run(
        self,
        tables: &EvidenceTables,
        found: &(dyn Fn(usize, RecordBatch) + Sync),
        forget: &dyn Fn(),
    ) -> Result<Swept> {
        loop {
            if let Some(swept) = self.attempt(tables, found)? {
                return Ok(swept);
            }
            forget();
        }
    }

    /// `None` where two logs told of process creations after all, which the source knows from here on.
    fn attempt(&self, tables: &EvidenceTables, found: &(dyn Fn(usize, RecordBatch) + Sync)) -> Result<Option<Swept>> {
        let source = tables.source();
        let count = self.legs.iter().map(|(index, _)| index + 1).max().unwrap_or(0);
        let (plans, refused) = self.table_plans(tables)?;
        let reads: BTreeSet<String> = plans.iter().flat_map(|(plan, _)| plan.reads.iter().cloned()).collect();
        let fields = source.fields(&reads.into_iter().collect::<Vec<_>>(), true);
        let needs = plans.iter().fold(Needs::default(), |needs, (plan, _)| needs.and(plan.needs));
        let context = source.context(needs)?;
        let kinds: BTreeSet<EventKind> = plans.iter().flat_map(|(plan, _)| plan.kinds()).collect();
        let fields = fields.of_kinds(kinds.into_iter().collect());
        let compiled = plans.iter().map(|(plan, chains)| Ok((plan.compile(fields.schema())?, chains)));
        let compiled: Vec<(TableProgram, &Vec<(usize, Chain)>)> = compiled.collect::<Result<_>>()?;
        let failures: Vec<OnceLock<DataFusionError>> = (0..count).map(|_| OnceLock::new()).collect();
        let fail = |index: usize, error: DataFusionError| {
            if let Some(failure) = failures.get(index) {
                // The first failure of a plan is the one that is told.
                let _ = failure.set(error);
            }
        };
        let is_running = |index: &usize| failures.get(*index).is_some_and(|failure| failure.get().is_none());
        let is_void = || context.is_tentative() && source.may_hold_twins() == Some(true);
        let report = source.read(&fields, &|events| {
            for (program, chains) in &compiled {
                let rows = match guarded(|| program.run(events, &context)) {
                    Ok(rows) => rows,
                    Err(_) if is_void() => return ControlFlow::Break(()),
                    Err(error) => {
                        for (index, _) in *chains {
                            fail(*index, exec_datafusion_err!("{error}"));
                        }
                        continue;
                    }
                };
                for rows in rows {
                    for (index, chain) in chains.iter().filter(|(index, _)| is_running(index)) {
                        match guarded(|| chain.run(&rows)) {
                            Ok(kept) if kept.num_rows() > 0 => found(*index, kept),
                            Ok(_) => {}
                            Err(error) => fail(*index, error),
                        }
                    }
                }
            }
            ControlFlow::Continue(())
        })?;
        if is_void() {
            return Ok(None);
        }
        let failed = failures.into_iter().enumerate();
        let failed = failed.filter_map(|(index, failure)| Some((index, failure.into_inner()?)));
        Ok(Some(Swept { report, refused, failed: failed.collect() }))
    }

    /// For each table that a leg reads, its columns and the chains over them; and the plans that cannot be run this way.
    fn table_plans(&self, tables: &EvidenceTables) -> Result<(Vec<TablePlans>, BTreeSet<usize>)> {
        let mut by_table: BTreeMap<&str, Vec<&(usize, Leg)>> = BTreeMap::new();
        for leg in &self.legs {
            by_table.entry(&leg.1.table).or_default().push(leg);
        }
        let mut plans: Vec<TablePlans> = Vec::with_capacity(by_table.len());
        let mut refused = BTreeSet::new();
        for (name, legs) in by_table {
            let table = tables.definition(name).ok_or_else(|| exec_datafusion_err!("there is no table '{name}'"))?;
            let columns: BTreeSet<&String> = legs.iter().flat_map(|(_, leg)| &leg.reads).collect();
            let columns: Vec<String> =
                columns.into_iter().filter(|name| *name != functions::origin::COLUMN).cloned().collect();
            let plan = TablePlan::new(&table, &columns, true)?;
            let schema: SchemaRef = plan.schema().clone();
            let mut chains = Vec::with_capacity(legs.len());
            for (index, leg) in legs {
                match Chain::new(leg, &schema) {
                    Ok(chain) => chains.push((*index, chain)),
                    Err(_) => {
                        refused.insert(*index);
                    }
                }
            }
            plans.push((plan, chains));
        }
        // A plan runs with all its legs or not at all.
        for (_, chains) in &mut plans {
            chains.retain(|(index, _)| !refused.contains(index));
        }
        Ok((plans, refused))
    }
}
