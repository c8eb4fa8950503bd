//! A sweep: many row-wise plans over one reading of the evidence.
//!
//! The events of a batch are made into the rows of each table once, with the columns that any plan needs, and every plan's
//! chain of filters runs over those.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion_common::{DataFusionError, Result, exec_datafusion_err};
use datafusion_expr::LogicalPlan;
use telemetry::Report;

use crate::chain::Chain;
use crate::program::{TablePlan, TableProgram};
use crate::rowwise::{self, Leg};
use crate::tables::EvidenceTables;

/// Plans that are ready to be run together.
#[derive(Debug, Default)]
pub struct Sweep {
    legs: Vec<(usize, Leg)>,
}

impl Sweep {
    /// Takes a plan under an index of the caller's; false where the plan looks at more than one row at a time.
    pub fn add(&mut self, index: usize, plan: &LogicalPlan) -> bool {
        let Some(legs) = rowwise::legs(plan) else {
            return false;
        };
        self.legs.extend(legs.into_iter().map(|leg| (index, leg)));
        true
    }

    pub fn is_empty(&self) -> bool {
        self.legs.is_empty()
    }

    /// Reads the evidence once. `found` gets, on any thread, the plan's index and rows that it gave, in the plan's columns.
    pub fn run(&mut self, tables: &EvidenceTables, found: &(dyn Fn(usize, RecordBatch) + Sync)) -> Result<Swept> {
        let source = tables.source();
        let (plans, refused) = self.table_plans(tables)?;
        let reads: BTreeSet<String> = plans.iter().flat_map(|(plan, _)| plan.reads.iter().cloned()).collect();
        let fields = source.fields(&reads.into_iter().collect::<Vec<_>>(), true);
        let compiled = plans.iter().map(|(plan, chains)| Ok((plan.compile(fields.schema())?, chains)));
        let compiled: Vec<(TableProgram, &Vec<(usize, Chain)>)> = compiled.collect::<Result<_>>()?;
        let failure: Mutex<Option<DataFusionError>> = Mutex::new(None);
        let report = source.read(&fields, &|events| {
            let step = || -> Result<()> {
                for (program, chains) in &compiled {
                    for rows in program.run(events, &source.evidence)? {
                        for (index, chain) in *chains {
                            let kept = chain.run(&rows)?;
                            if kept.num_rows() > 0 {
                                found(*index, kept);
                            }
                        }
                    }
                }
                Ok(())
            };
            match step() {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                    ControlFlow::Break(())
                }
            }
        });
        match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error),
            None => Ok(Swept { report, refused }),
        }
    }

    /// For each table that a leg reads, its columns and the chains over them; and the plans that cannot be run this way.
    fn table_plans(&mut self, tables: &EvidenceTables) -> Result<(Vec<TablePlans>, BTreeSet<usize>)> {
        let mut refused = BTreeSet::new();
        for (index, leg) in &self.legs {
            if Chain::new(leg, &tables.schema(&leg.table, &leg.reads)?).is_err() {
                refused.insert(*index);
            }
        }
        self.legs.retain(|(index, _)| !refused.contains(index));
        let mut by_table: BTreeMap<&str, Vec<&(usize, Leg)>> = BTreeMap::new();
        for leg in &self.legs {
            by_table.entry(&leg.1.table).or_default().push(leg);
        }
        let mut plans = Vec::with_capacity(by_table.len());
        for (name, legs) in by_table {
            let table = tables.definition(name).ok_or_else(|| exec_datafusion_err!("there is no table '{name}'"))?;
            let columns: BTreeSet<&String> = legs.iter().flat_map(|(_, leg)| &leg.reads).collect();
            let columns: Vec<String> =
                columns.into_iter().filter(|name| *name != functions::origin::COLUMN).cloned().collect();
            let plan = TablePlan::new(&table, &columns, true)?;
            let schema: SchemaRef = plan.schema().clone();
            let chains = legs.into_iter().map(|(index, leg)| Ok((*index, Chain::new(leg, &schema)?)));
            let chains = chains.collect::<Result<_>>()?;
            plans.push((plan, chains));
        }
        Ok((plans, refused))
    }
}

/// What a sweep came to.
#[derive(Debug)]
pub struct Swept {
    pub report: Report,
    /// Plans with an expression that only the whole engine can evaluate (a subquery): they were not run.
    pub refused: BTreeSet<usize>,
}

/// A table's plan, and the chains over its rows with the index of their detection.
type TablePlans = (TablePlan, Vec<(usize, Chain)>);
