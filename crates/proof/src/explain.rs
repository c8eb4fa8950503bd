//! An explanation: what a query did with one event, operator by operator, and which operands decided.

mod near;
mod rows;
mod told;

use datafusion_common::Result;
use engine::{EvidenceTables, Session};
use plan::Output;
use plan::trace::{Kind, Step};

use crate::verdict::Verdict;
use rows::Rows;

pub use rows::named;
pub(crate) use told::line_of;
pub use told::told;

/// Where an event stands in the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub file: u32,
    pub event: Event,
}

/// Which event of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// EventRecordID, else the line number.
    Record(i64),
    /// Of a text, by the number of its line.
    Line(i64),
    /// By its number in its file, which no other event has.
    Ordinal(u64),
}

/// What a query did with an event.
#[derive(Debug)]
pub struct Explained<'a> {
    pub found: bool,
    pub steps: Vec<Stood<'a>>,
    /// The operands, each by its step and its number there, whose answers would have to differ to turn the result: the fewest.
    pub deciding: Vec<(usize, usize)>,
}

/// How an event stood at one step.
#[derive(Debug)]
pub struct Stood<'a> {
    pub step: &'a Step,
    /// Rows that it is in, as far as tables and operators that look at other rows go: filters before this one are passed over.
    pub rows: u64,
    /// Of a filter, the answers for the first of these rows, and what the operands looked at.
    pub verdict: Option<Verdict<'a>>,
    pub values: Vec<Vec<serde_json::Value>>,
    /// Why it could not be asked.
    pub failure: Option<String>,
}

impl Stood<'_> {
    fn is_near(&self, operand: usize) -> bool {
        let Kind::Filter(clause) = &self.step.kind else {
            return false;
        };
        let looked = clause.operands().into_iter().nth(operand).zip(self.values.get(operand));
        looked.is_some_and(|(operand, values)| near::nearest(operand, values).is_some())
    }
}

/// Explains a query that was bound with its trace and with origins.
pub fn explain<'a>(
    output: &'a Output,
    place: Place,
    tables: &EvidenceTables,
    session: &Session,
) -> Result<Explained<'a>> {
    let rows = Rows::read(output, place, tables, session)?;
    let mut steps = Vec::with_capacity(output.steps.len());
    for (number, step) in output.steps.iter().enumerate() {
        let (count, verdict, values) = match &step.kind {
            Kind::Filter(clause) => {
                let answers = rows.answers(number, clause);
                let verdict = (rows.count(number) > 0).then(|| Verdict::of(clause, &answers.holds));
                (rows.count(number), verdict, answers.values)
            }
            Kind::Table(_) | Kind::Operator(_) => (rows.count(number), None, Vec::new()),
        };
        steps.push(Stood { step, rows: count, verdict, values, failure: rows.failure(number) });
    }
    let found = rows.count(output.steps.len()) > 0;
    let deciding = deciding(&steps, found);
    Ok(Explained { found, steps, deciding })
}

/// The filters that stand between a table and the result, for each table that the event is a row of; the way that is the
/// shortest to turn is told.
fn deciding(steps: &[Stood<'_>], found: bool) -> Vec<(usize, usize)> {
    let mut ways: Vec<Vec<usize>> = Vec::new();
    let mut depths: Vec<usize> = Vec::new();
    // Tables whose rows have not come together yet, and those that have.
    let mut joined = 0;
    for (number, stood) in steps.iter().enumerate() {
        match &stood.step.kind {
            Kind::Table(_) => {
                ways.push(if stood.rows > 0 { vec![number] } else { Vec::new() });
                depths.push(stood.step.depth);
            }
            Kind::Filter(_) if stood.step.depth == 0 && joined > 0 => {
                ways.iter_mut().filter(|way| !way.is_empty()).for_each(|way| way.push(number));
            }
            // A query within a condition has tables of its own, deeper than the condition.
            Kind::Filter(_) => {
                let own = depths.iter().rposition(|depth| *depth <= stood.step.depth);
                let way = own.and_then(|own| ways.get_mut(own)).filter(|way| !way.is_empty());
                way.into_iter().for_each(|way| way.push(number));
            }
            Kind::Operator(name) if COMBINES.contains(&name.as_str()) => joined = ways.len(),
            Kind::Operator(_) => {}
        }
    }
    let turned = ways.iter().filter(|way| !way.is_empty()).filter_map(|way| turn(steps, way, found));
    turned.min_by_key(Vec::len).unwrap_or_default()
}

/// Operators that bring the rows of several tables together.
const COMBINES: [&str; 4] = ["union", "join", "lookup", "search"];

fn turn(steps: &[Stood<'_>], way: &[usize], found: bool) -> Option<Vec<(usize, usize)>> {
    let verdicts = way.iter().filter_map(|number| {
        let stood = steps.get(*number)?;
        Some((*number, stood, stood.verdict.as_ref()?))
    });
    let told = |(number, stood, verdict): (usize, &Stood<'_>, &Verdict<'_>)| {
        let turned = verdict.turned_by(!found, &|operand| stood.is_near(operand))?;
        Some(turned.into_iter().map(|operand| (number, operand)).collect::<Vec<_>>())
    };
    if found {
        // One filter that drops it is enough.
        verdicts.filter_map(told).filter(|turned| !turned.is_empty()).min_by_key(Vec::len)
    } else {
        let each: Option<Vec<_>> = verdicts.map(told).collect();
        each.map(|each| each.into_iter().flatten().collect())
    }
}
