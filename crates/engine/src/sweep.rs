//! A sweep: many row-wise plans over one reading of the evidence.
//!
//! The events of a batch are made into the rows of each table once, with the columns that any plan needs, and every plan's
//! chain of filters runs over those. A plan that fails is left out from there on; the others go on.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::{Mutex, OnceLock, PoisonError};

use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::SchemaRef;
use datafusion_common::tree_node::TreeNode;
use datafusion_common::{DataFusionError, Result, exec_datafusion_err};
use datafusion_expr::{Expr, LogicalPlan};
use telemetry::{EventKind, Report};

use crate::candidates::Candidates;
use crate::chain::Chain;
use crate::gathered::Gathered;
use crate::necessary::{self, Sure};
use crate::program::{Needs, TablePlan, TableProgram};
use crate::rowwise::{self, Leg, Step};
use crate::session::guarded;
use crate::spared::{Spared, Values};
use crate::spread::spread;
use crate::tables::EvidenceTables;
use crate::wholes;

/// Plans that are ready to be run together.
#[derive(Debug, Default)]
pub struct Sweep<'p> {
    legs: Vec<(usize, Leg<'p>)>,
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

/// A table's plan, and the chains over its rows.
struct Planned<'s> {
    plan: TablePlan,
    chains: Vec<Gated<'s>>,
    /// Made when there are rows: of many tables there are none.
    candidates: OnceLock<Candidates>,
}

/// A chain of a plan that is asked about candidates alone. It is made ready when there are some: of thousands of rules few
/// have any.
struct Gated<'s> {
    /// Of its plan.
    index: usize,
    leg: &'s Leg<'s>,
    necessary: OnceLock<Option<Sure>>,
    spared: OnceLock<Option<Spared<'s>>>,
    /// The chain, and the places of the columns that it reads.
    chain: OnceLock<Result<(Vec<usize>, Chain)>>,
}

impl<'p> Sweep<'p> {
    /// Takes a plan under an index of the caller's; false where the plan looks at more than one row at a time.
    pub fn add(&mut self, index: usize, plan: &'p LogicalPlan) -> bool {
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
        let reads: BTreeSet<String> = plans.iter().flat_map(|planned| planned.plan.reads.iter().cloned()).collect();
        let fields = source.fields(&reads.into_iter().collect::<Vec<_>>(), true);
        let needs = plans.iter().fold(Needs::default(), |needs, planned| needs.and(planned.plan.needs));
        let context = source.context(needs)?;
        let kinds: BTreeSet<EventKind> = plans.iter().flat_map(|planned| planned.plan.kinds()).collect();
        let wholes = plans
            .iter()
            .flat_map(|planned| wholes::wanted(&planned.plan, planned.chains.iter().map(|gated| gated.leg)));
        let fields = fields.of_kinds(kinds.into_iter().collect()).of_wholes(wholes.collect());
        let compiled = plans
            .iter()
            .map(|planned| Ok((planned.plan.compile(fields.schema())?, planned, Mutex::new(Gathered::of(usize::MAX)))));
        let compiled: Vec<(TableProgram, &Planned<'_>, Mutex<Gathered>)> = compiled.collect::<Result<_>>()?;
        let failures: Vec<OnceLock<DataFusionError>> = (0..count).map(|_| OnceLock::new()).collect();
        let fail = |index: usize, error: DataFusionError| {
            if let Some(failure) = failures.get(index) {
                // The first failure of a plan is the one that is told.
                let _ = failure.set(error);
            }
        };
        let fail_all = |planned: &Planned<'_>, error: &DataFusionError| {
            planned.chains.iter().for_each(|gated| fail(gated.index, exec_datafusion_err!("{error}")));
        };
        let is_running = |index: &usize| failures.get(*index).is_some_and(|failure| failure.get().is_none());
        let candidates = |planned: &'_ Planned<'_>, rows: &RecordBatch| {
            guarded(|| planned.candidates_of(rows)).unwrap_or_else(|error| {
                fail_all(planned, &error);
                Vec::new()
            })
        };
        let ask = |planned: &Planned<'_>, rows: &RecordBatch, chain: usize, candidates: &[u32]| {
            let Some(gated) = planned.chains.get(chain).filter(|gated| is_running(&gated.index)) else { return };
            match guarded(|| gated.run(rows, candidates)) {
                Ok(kept) if kept.num_rows() > 0 => found(gated.index, kept),
                Ok(_) => {}
                Err(error) => fail(gated.index, error),
            }
        };
        let is_void = || context.is_tentative() && source.may_hold_twins() == Some(true);
        let report = source.read(&fields, &|events| {
            for (program, planned, waiting) in &compiled {
                let made = match guarded(|| program.run(events, &context)) {
                    Ok(made) => made,
                    Err(_) if is_void() => return ControlFlow::Break(()),
                    Err(error) => {
                        fail_all(planned, &error);
                        continue;
                    }
                };
                for rows in made {
                    // Thousands of chains look at each batch, so it has to be worth their while.
                    let full = waiting.lock().unwrap_or_else(PoisonError::into_inner).push(rows);
                    match full {
                        Ok(full) => full.iter().for_each(|rows| {
                            let asked = candidates(planned, rows);
                            asked.iter().for_each(|(chain, some)| ask(planned, rows, *chain, some));
                        }),
                        Err(error) => fail_all(planned, &error),
                    }
                }
            }
            ControlFlow::Continue(())
        })?;
        if is_void() {
            return Ok(None);
        }
        // Of few events this is all, and nobody else is at work any more.
        let mut rest: Vec<(&Planned<'_>, RecordBatch)> = Vec::new();
        for (_, planned, waiting) in &compiled {
            match waiting.lock().unwrap_or_else(PoisonError::into_inner).take() {
                Ok(rows) => rest.extend(rows.map(|rows| (*planned, rows))),
                Err(error) => fail_all(planned, &error),
            }
        }
        rest.sort_by_key(|(planned, _)| Reverse(planned.chains.len()));
        let asked = Mutex::new(Vec::new());
        spread(source.threads(), &rest, |(planned, rows)| {
            let each = candidates(planned, rows).into_iter().map(|(chain, some)| (*planned, rows, chain, some));
            asked.lock().unwrap_or_else(PoisonError::into_inner).extend(each);
        });
        let asked = asked.into_inner().unwrap_or_else(PoisonError::into_inner);
        spread(source.threads(), &asked, |(planned, rows, chain, some)| ask(planned, rows, *chain, some));
        let failed = failures.into_iter().enumerate();
        let failed = failed.filter_map(|(index, failure)| Some((index, failure.into_inner()?)));
        Ok(Some(Swept { report, refused, failed: failed.collect() }))
    }

    /// For each table that a leg reads, its columns and the chains over them; and the plans that cannot be run this way.
    fn table_plans(&self, tables: &EvidenceTables) -> Result<(Vec<Planned<'_>>, BTreeSet<usize>)> {
        let mut by_table: BTreeMap<&str, Vec<&(usize, Leg<'p>)>> = BTreeMap::new();
        for leg in &self.legs {
            by_table.entry(&leg.1.table).or_default().push(leg);
        }
        let mut ready: Vec<(TablePlan, Vec<Gated<'_>>)> = Vec::with_capacity(by_table.len());
        let mut refused = BTreeSet::new();
        for (name, legs) in by_table {
            let table = tables.definition(name).ok_or_else(|| exec_datafusion_err!("there is no table '{name}'"))?;
            let mut columns: BTreeSet<&str> = BTreeSet::new();
            let mut before: &[&str] = &[];
            for (_, leg) in &legs {
                // Rules over one table mostly read the same.
                if leg.reads != before {
                    columns.extend(&leg.reads);
                    before = &leg.reads;
                }
            }
            columns.remove(functions::origin::COLUMN);
            let columns: Vec<String> = columns.into_iter().map(str::to_owned).collect();
            let plan = TablePlan::new(&table, &columns, true)?;
            let mut chains = Vec::with_capacity(legs.len());
            for (index, leg) in legs {
                match can_evaluate(leg) {
                    true => chains.push(Gated::new(*index, leg)),
                    false => drop(refused.insert(*index)),
                }
            }
            ready.push((plan, chains));
        }
        // A plan runs with all its legs or not at all.
        let planned = ready.into_iter().map(|(plan, mut chains)| {
            chains.retain(|chain| !refused.contains(&chain.index));
            Planned { candidates: OnceLock::new(), plan, chains }
        });
        let planned = planned.collect();
        Ok((planned, refused))
    }
}

/// A subquery needs the whole engine.
fn can_evaluate(leg: &Leg<'_>) -> bool {
    let is_query = |expr: &Expr| {
        Ok(matches!(expr, Expr::Exists(_) | Expr::InSubquery(_) | Expr::ScalarSubquery(_) | Expr::SetComparison(_)))
    };
    let has_none = |expr: &Expr| matches!(expr.exists(is_query), Ok(false));
    leg.steps.iter().all(|step| match step {
        Step::Filter { predicate, .. } => has_none(predicate),
        Step::Project { exprs, .. } => exprs.iter().all(|(_, expr)| has_none(expr)),
        Step::Rename { .. } => true,
    })
}

impl Planned<'_> {
    fn candidates(&self) -> &Candidates {
        self.candidates.get_or_init(|| {
            let necessary = self.chains.iter().map(|chain| chain.necessary().map(|sure| sure.values.as_slice()));
            Candidates::new(self.plan.schema(), necessary)
        })
    }

    /// The chains that have to be run over rows of a batch, by their places, and those rows.
    fn candidates_of(&self, batch: &RecordBatch) -> Result<Vec<(usize, Vec<u32>)>> {
        let values = Values::new(batch);
        let every = || (0..u32::try_from(batch.num_rows()).unwrap_or(u32::MAX)).collect::<Vec<u32>>();
        let mut asked = Vec::new();
        for (chain, (gated, rows)) in self.chains.iter().zip(self.candidates().of(batch)?).enumerate() {
            let mut rows = rows.unwrap_or_else(every);
            if rows.is_empty() {
                continue;
            }
            if let Some(left) = gated.left(&rows, &values, self.plan.schema()) {
                rows = left;
            }
            if !rows.is_empty() {
                asked.push((chain, rows));
            }
        }
        Ok(asked)
    }
}

impl<'s> Gated<'s> {
    fn new(index: usize, leg: &'s Leg<'s>) -> Self {
        Gated { index, leg, necessary: OnceLock::new(), spared: OnceLock::new(), chain: OnceLock::new() }
    }

    fn necessary(&self) -> Option<&Sure> {
        let of_leg = || guarded(|| Ok(necessary::of_leg(self.leg))).ok().flatten();
        self.necessary.get_or_init(of_leg).as_ref()
    }

    /// The rows that are not spared; `None` where nobody knows: what fails here is for the chain alone to tell.
    fn left(&self, rows: &[u32], values: &Values<'_>, schema: &SchemaRef) -> Option<Vec<u32>> {
        let left = || {
            let spared = self.spared.get_or_init(|| Spared::new(self.leg, schema)).as_ref();
            let is_left = |row: &u32| spared.is_none_or(|spared| !spared.spares(values, *row as usize));
            Ok(rows.iter().copied().filter(is_left).collect())
        };
        guarded(left).ok()
    }

    fn ready(&self, schema: &SchemaRef) -> Result<(Vec<usize>, Chain)> {
        let reads = self.leg.reads.iter().map(|name| schema.index_of(name)).collect::<Result<Vec<usize>, _>>()?;
        let chain = Chain::new(self.leg, &schema.project(&reads)?)?;
        Ok((reads, chain))
    }

    /// Of these rows of a batch those that come through.
    fn run(&self, batch: &RecordBatch, rows: &[u32]) -> Result<RecordBatch> {
        let ready = self.chain.get_or_init(|| self.ready(batch.schema_ref())).as_ref();
        let (reads, chain) = ready.map_err(|error| exec_datafusion_err!("{error}"))?;
        let batch = batch.project(reads)?;
        if rows.len() == batch.num_rows() {
            return chain.run(&batch);
        }
        let rows = UInt32Array::from_iter_values(rows.iter().copied());
        chain.run(&take_record_batch(&batch, &rows)?)
    }
}

#[cfg(test)]
mod tests;
