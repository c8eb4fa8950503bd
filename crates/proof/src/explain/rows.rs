//! The rows of one event: at each step of a query, those that the event is in, with what the step's operands look at.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use datafusion_common::{DataFusionError, Result};
use datafusion_expr::LogicalPlanBuilder;
use engine::together::together;
use engine::{EvidenceTables, Session};
use functions::origin::{self, Origin, Origins};
use plan::Output;
use plan::trace::{Clause, Kind};
use serde_json::Value;

use super::{Event, Place};
use crate::asked::{asked, holds_name, holds_query, only_origin, side_name, unfiltered};

/// What was found of the event, by the number of the step; behind the last one stands the result.
pub(super) struct Rows {
    /// Operands with queries in them, by step and number, behind the result.
    queries: Vec<(usize, usize)>,
    steps: usize,
    batches: Vec<Option<RecordBatch>>,
    counts: Vec<u64>,
    failed: HashMap<usize, DataFusionError>,
}

impl Rows {
    pub fn read(output: &Output, place: Place, tables: &EvidenceTables, session: &Session) -> Result<Self> {
        let mut plans = Vec::with_capacity(output.steps.len() + 1);
        for step in &output.steps {
            plans.push(match (&step.kind, &step.input) {
                (Kind::Filter(clause), Some(input)) => asked(unfiltered(input)?, clause)?,
                _ => only_origin(step.output.clone())?,
            });
        }
        plans.push(only_origin(output.plan.clone())?);
        let mut queries = Vec::new();
        for (number, step) in output.steps.iter().enumerate() {
            let (Kind::Filter(clause), Some(input)) = (&step.kind, &step.input) else {
                continue;
            };
            for (place, operand) in
                clause.operands().into_iter().enumerate().filter(|(_, operand)| holds_query(operand))
            {
                let passed = LogicalPlanBuilder::from(unfiltered(input)?).filter(operand.holds.clone())?.build()?;
                plans.push(only_origin(passed)?);
                queries.push((number, place));
            }
        }
        let found: Mutex<(Vec<Option<RecordBatch>>, Vec<u64>)> =
            Mutex::new((vec![None; plans.len()], vec![0; plans.len()]));
        let take = |number: usize, batch: RecordBatch| {
            let Some(mine) = of_event(&batch, place) else {
                return;
            };
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            let (batches, counts) = &mut *found;
            if let (Some(kept), Some(count)) = (batches.get_mut(number), counts.get_mut(number)) {
                *count += mine.num_rows() as u64;
                // The first row speaks for the event.
                kept.get_or_insert(mine);
            }
        };
        let forget = || {
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            found.0.fill(None);
            found.1.fill(0);
        };
        let failed = together(&plans, tables, session, &take, &forget)?;
        let (batches, counts) = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(Rows { queries, steps: output.steps.len(), batches, counts, failed })
    }

    pub fn count(&self, number: usize) -> u64 {
        self.counts.get(number).copied().unwrap_or(0)
    }

    pub fn failure(&self, number: usize) -> Option<String> {
        self.failed.get(&number).map(|error| error.strip_backtrace())
    }

    /// The answers of a condition's operands for the first row of the event, and the values that each looked at.
    pub fn answers(&self, number: usize, clause: &Clause) -> Answers {
        let mut all = Answers::default();
        let Some(batch) = self.batches.get(number).and_then(Option::as_ref) else {
            return all;
        };
        for (place, operand) in clause.operands().into_iter().enumerate() {
            let holds = batch.column_by_name(&holds_name(place)).and_then(|column| column.as_boolean_opt().cloned());
            let asked = self.queries.iter().position(|query| *query == (number, place));
            all.holds.push(match asked {
                Some(query) => self.count(self.steps + 1 + query) > 0,
                None => holds.is_some_and(|holds| holds.is_valid(0) && holds.value(0)),
            });
            let sides = operand.sides.iter().enumerate().map(|(side, looked)| {
                let column = batch.schema().index_of(&side_name(place, side)).ok();
                let shown = column.and_then(|index| batch.project(&[index]).ok());
                let column = [render::Column { name: String::new(), kind: looked.kind }];
                let object = shown.map(|batch| render::ndjson::object(&column, &batch, 0));
                object.and_then(|object| object.into_iter().next()).map_or(Value::Null, |(_, value)| value)
            });
            all.values.push(sides.collect());
        }
        all
    }
}

/// By the numbers of a condition's operands.
#[derive(Default)]
pub(super) struct Answers {
    pub holds: Vec<bool>,
    /// What each looked at.
    pub values: Vec<Vec<Value>>,
}

/// The events of the evidence that a place names, in the order of their file: the logs of several hosts in one file number their
/// records alike.
pub fn named(place: Place, tables: &EvidenceTables) -> Result<Vec<Origin>> {
    let source = tables.source();
    let found = Mutex::new(Vec::new());
    source.read(&source.fields(&[], true), &|events| {
        let mine = of_event(&events.batch, place);
        let cells = mine.as_ref().and_then(|batch| batch.column_by_name(origin::COLUMN)?.as_binary_opt::<i32>());
        let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
        found.extend(cells.into_iter().flatten().flatten().flat_map(|cell| Origins::from_cell(cell).kept));
        if found.len() > MOST_NAMED { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by_key(|origin| origin.ordinal);
    Ok(found)
}

/// Events of one name that are looked for.
const MOST_NAMED: usize = 1_000;

/// The rows that an event is in.
fn of_event(batch: &RecordBatch, place: Place) -> Option<RecordBatch> {
    let cells = batch.column_by_name(origin::COLUMN)?.as_binary_opt::<i32>()?;
    let is_mine = |cell: Option<&[u8]>| {
        let origins = cell.map(Origins::from_cell).unwrap_or_default();
        origins.places().any(|((file, ordinal), known)| {
            file == place.file
                && match place.event {
                    Event::Record(record) => known == Some(record),
                    Event::Line(line) => telemetry::event::line_of(ordinal) == line,
                    Event::Ordinal(wanted) => ordinal == wanted,
                }
        })
    };
    let mine: BooleanArray = cells.iter().map(|cell| Some(is_mine(cell))).collect();
    (mine.true_count() > 0).then(|| filter_record_batch(batch, &mine).ok())?
}
