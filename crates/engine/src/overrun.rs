//! Where a query ended because a pattern took too many steps: the pattern, and the record whose text it was at.

use std::ops::ControlFlow;

use arrow::array::AsArray;
use arrow::record_batch::RecordBatch;
use datafusion_common::{DataFusionError, Result};
use functions::stepwise::TooManySteps;
use functions::text::Text;
use functions::{Type, origin, several};
use plan::relation::{Computed, Relation, field};
use plan::{Output, Stepwise};
use syntax::Diagnostic;
use telemetry::Evidence;

use crate::session::Session;

/// The reason beneath an error, if it is this.
pub fn reason(error: &DataFusionError) -> Option<&TooManySteps> {
    TooManySteps::beneath(error)
}

/// Says it, if it is the reason of an error. The evidence is read again up to the record, which takes a plan whose rows carry
/// their origins.
pub fn told(session: &Session, evidence: &Evidence, output: &Output, error: &DataFusionError) -> Option<Diagnostic> {
    let why = reason(error)?;
    let stepwise = output.stepwise.iter().filter(|stepwise| stepwise.pattern == why.pattern);
    let mut first = None;
    for stepwise in stepwise {
        let place = place(session, evidence, stepwise, &why.text).ok().flatten();
        if place.is_some() {
            return Some(plan::aql::too_many_steps(stepwise.span, why, place.as_deref()));
        }
        first.get_or_insert(stepwise);
    }
    Some(plan::aql::too_many_steps(first?.span, why, None))
}

const TEXT: &str = "\u{1}text";

fn place(session: &Session, evidence: &Evidence, stepwise: &Stepwise, text: &str) -> Result<Option<String>> {
    if stepwise.input.schema().field_with_unqualified_name(origin::COLUMN).is_err() {
        return Ok(None);
    }
    let looked_at = Computed::new(TEXT, Type::String, stepwise.text.clone());
    let origins = Computed::new("\u{1}of", Type::String, field(origin::COLUMN));
    let plan = Relation::literal(stepwise.input.clone(), Vec::new()).project(vec![looked_at, origins])?.plan;
    let mut found = None;
    session.run(&plan, &mut |batch| {
        found = cell(&batch, text).and_then(|cell| {
            let origin = origin::Origins::from_cell(&cell).kept.first().copied()?;
            let file = evidence.file_name(origin.file)?;
            Some(format!("{file}, record {}", origin.record))
        });
        Ok(if found.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(found)
}

/// The origins of the first row that holds the text, as its only value or as one of several.
fn cell(batch: &RecordBatch, wanted: &str) -> Option<Vec<u8>> {
    let (texts, origins) = (Text::of(batch.columns().first()?).ok()?, batch.columns().get(1)?);
    let row = (0..batch.num_rows()).find(|row| {
        texts.get(*row).is_some_and(|text| text == wanted || several::values(text).any(|value| value == wanted))
    })?;
    Some(origins.as_binary_opt::<i32>()?.value(row).to_vec())
}
