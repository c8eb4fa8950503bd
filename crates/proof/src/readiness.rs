//! Readiness: what a detection needs, table by table and operand by operand, and how much of it some evidence has.

use std::sync::{Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::DataType;
use datafusion_common::{DataFusionError, Result};
use datafusion_expr::LogicalPlan;
use engine::lacking::Lacking;
use engine::together::together;
use engine::{EvidenceTables, Session, census, starved};
use plan::Output;
use plan::trace::{Clause, Kind};
use render::coverage::State;
use render::readiness::{Needed, Readiness, Share};
use syntax::Source;

use crate::asked::{asked, holds_name, only_origin, side_name, unfiltered};
use crate::explain::line_of;

/// What a step of the query asks of the evidence.
struct Question {
    step: usize,
    what: What,
}

#[derive(Clone, Copy)]
enum What {
    /// How many rows are behind the step.
    Rows,
    /// How many rows have what each operand looks at, and for how many it holds, filters before it left aside.
    Operands,
}

/// What was counted of one question.
#[derive(Debug, Clone, Default)]
struct Counted {
    rows: u64,
    operands: Vec<Share>,
}

/// Counts what a query that was bound with its trace needs; without `evidence` it is only listed.
pub fn readiness(
    output: &Output,
    tables: &EvidenceTables,
    session: Option<&Session>,
    source: &Source,
) -> Result<Readiness> {
    let mut questions = Vec::new();
    let mut plans: Vec<LogicalPlan> = Vec::new();
    for (step, traced) in output.steps.iter().enumerate() {
        if let (Kind::Filter(clause), Some(input)) = (&traced.kind, &traced.input) {
            questions.push(Question { step, what: What::Operands });
            plans.push(asked(unfiltered(input)?, clause)?);
        }
        if matches!(traced.kind, Kind::Filter(_) | Kind::Table(_)) {
            questions.push(Question { step, what: What::Rows });
            plans.push(only_origin(traced.output.clone())?);
        }
    }
    plans.push(only_origin(output.plan.clone())?);
    let mut failed = None;
    let counted = match session {
        Some(session) => {
            let (counted, failures) = count(output, &questions, &plans, tables, session)?;
            failed = failures.into_iter().next();
            Some(counted)
        }
        None => None,
    };
    let of = |step: usize, wanted: fn(What) -> bool| {
        let place = questions.iter().position(|one| one.step == step && wanted(one.what))?;
        counted.as_ref()?.get(place)
    };
    let needed = output.steps.iter().enumerate().filter_map(|(number, step)| {
        let behind = of(number, |what| matches!(what, What::Rows)).map(|counted| counted.rows);
        match &step.kind {
            Kind::Table(name) => {
                let needs = tables.definition(name).map(|table| census::needs(&table)).unwrap_or_default();
                Some(Needed::Table { depth: step.depth, name: name.clone(), needs, rows: behind })
            }
            Kind::Filter(clause) => {
                let asked = of(number, |what| matches!(what, What::Operands));
                let operands = told(clause, asked, source);
                let line = source.position(step.span.start).0;
                Some(Needed::Filter {
                    depth: step.depth,
                    line,
                    of: asked.map(|one| one.rows),
                    passed: behind,
                    operands,
                })
            }
            Kind::Operator(_) => None,
        }
    });
    let needed: Vec<Needed> = needed.collect();
    let findings = counted.as_ref().and_then(|counted| counted.last()).map(|last| last.rows);
    let (state, why) = match findings {
        None => (None, None),
        Some(_) if failed.is_some() => (Some(State::Failed), failed),
        Some(findings) => {
            let (state, why) = verdict(output, tables, &needed, findings);
            (Some(state), why)
        }
    };
    Ok(Readiness { detection: String::new(), variant: "", state, why, findings, needed })
}

fn verdict(output: &Output, tables: &EvidenceTables, needed: &[Needed], findings: u64) -> (State, Option<String>) {
    let of_tables = |is_empty: bool| {
        let names = needed.iter().filter_map(move |one| match one {
            Needed::Table { name, rows: Some(rows), .. } if (*rows == 0) == is_empty => Some(name),
            _ => None,
        });
        names.filter_map(|name| tables.definition(name)).collect::<Vec<_>>()
    };
    let empty = of_tables(true);
    let lacks = census::needs_of(empty.iter().map(|table| &**table));
    let lacks = || match lacks.as_str() {
        "" => "no log holds such events".to_owned(),
        lacks => format!("the evidence has no {lacks}"),
    };
    let is_empty = |name: &str| empty.iter().any(|table| table.name == name);
    if !empty.is_empty() && (of_tables(false).is_empty() || starved::is_starved(&output.plan, &is_empty)) {
        return (State::Blind, Some(lacks()));
    }
    let fields = if findings > 0 { None } else { Lacking::new(tables).of(&output.plan) };
    match fields.filter(|fields| !fields.is_empty()) {
        Some(fields) => {
            let fields = fields.into_iter().collect::<Vec<_>>().join(", ");
            (State::Blind, Some(format!("no event here has {fields}")))
        }
        None if empty.is_empty() => (State::Ready, None),
        None => (State::Partly, Some(lacks())),
    }
}

fn told(clause: &Clause, asked: Option<&Counted>, source: &Source) -> Vec<(String, Option<Share>)> {
    let operands = clause.operands().into_iter().enumerate();
    let told = operands.map(|(number, operand)| {
        let text = operand.label.clone().unwrap_or_else(|| line_of(source, operand.span));
        (text, asked.and_then(|asked| asked.operands.get(number).copied()))
    });
    told.collect()
}

fn count(
    output: &Output,
    questions: &[Question],
    plans: &[LogicalPlan],
    tables: &EvidenceTables,
    session: &Session,
) -> Result<(Vec<Counted>, Vec<String>)> {
    let fresh = || vec![Counted::default(); plans.len()];
    let counted = Mutex::new(fresh());
    let take = |number: usize, batch: RecordBatch| {
        let mut counted = counted.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(one) = counted.get_mut(number) else {
            return;
        };
        one.rows += batch.num_rows() as u64;
        let question = questions.get(number).filter(|question| matches!(question.what, What::Operands));
        if let Some(Kind::Filter(clause)) = question.and_then(|one| output.steps.get(one.step)).map(|step| &step.kind) {
            add(clause, &batch, &mut one.operands);
        }
    };
    let forget = || *counted.lock().unwrap_or_else(PoisonError::into_inner) = fresh();
    let failed = together(plans, tables, session, &take, &forget)?;
    let mut failed: Vec<(usize, DataFusionError)> = failed.into_iter().collect();
    failed.sort_by_key(|(number, _)| *number);
    let failed = failed.into_iter().map(|(_, error)| error.strip_backtrace()).collect();
    Ok((counted.into_inner().unwrap_or_else(PoisonError::into_inner), failed))
}

fn add(clause: &Clause, batch: &RecordBatch, shares: &mut Vec<Share>) {
    for (number, operand) in clause.operands().into_iter().enumerate() {
        if shares.len() <= number {
            shares.resize(number + 1, Share::default());
        }
        let Some(share) = shares.get_mut(number) else {
            continue;
        };
        let looked = operand.sides.iter().enumerate().filter(|(_, side)| !side.is_literal());
        let looked: Vec<&ArrayRef> =
            looked.filter_map(|(side, _)| batch.column_by_name(&side_name(number, side))).collect();
        // A test of nothing but literals looks at no field.
        let has_value = |row: usize| looked.iter().all(|column| has_value(column, row));
        share.with_value += (0..batch.num_rows()).filter(|row| has_value(*row)).count() as u64;
        let holds = batch.column_by_name(&holds_name(number)).and_then(|column| column.as_boolean_opt());
        share.holds += holds.map_or(0, |holds| holds.iter().filter(|one| *one == Some(true)).count() as u64);
        share.is_known |= holds.is_some();
    }
}

/// Neither null nor an empty text.
fn has_value(column: &ArrayRef, row: usize) -> bool {
    column.is_valid(row)
        && match column.data_type() {
            DataType::Utf8 => !column.as_string::<i32>().value(row).is_empty(),
            DataType::LargeUtf8 => !column.as_string::<i64>().value(row).is_empty(),
            DataType::Utf8View => !column.as_string_view().value(row).is_empty(),
            _ => true,
        }
}
