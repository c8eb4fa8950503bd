//! An explanation as it is told: places become lines and texts, numbers become names.

use plan::trace::{Kind, Operand};
use render::explanation::{Condition, Explanation, Operand as Told, Step};
use serde_json::Value;
use syntax::{Source, Span};

use super::near::{LITERALS, nearest};
use super::{Explained, Stood};
use crate::verdict::Verdict;

/// What was explained, in the words of the query's text.
pub fn told(
    explained: &Explained<'_>,
    detection: &str,
    variant: &'static str,
    event: &str,
    source: &Source,
) -> Explanation {
    let steps = explained.steps.iter().enumerate();
    let steps = steps.map(|(number, stood)| {
        let decides = |operand: usize| explained.deciding.contains(&(number, operand));
        step(stood, &decides, source)
    });
    let (detection, event) = (detection.to_owned(), event.to_owned());
    Explanation { detection, variant, event, found: explained.found, steps: steps.collect() }
}

fn step(stood: &Stood<'_>, decides: &dyn Fn(usize) -> bool, source: &Source) -> Step {
    let (kind, text) = match &stood.step.kind {
        Kind::Table(name) => ("table", name.clone()),
        Kind::Filter(_) => ("filter", line_of(source, stood.step.span)),
        Kind::Operator(name) => ("operator", name.clone()),
    };
    let passes = match &stood.verdict {
        Some(verdict) => Some(verdict.holds()),
        None if kind == "filter" || stood.failure.is_some() => None,
        None => Some(stood.rows > 0),
    };
    Step {
        depth: stood.step.depth,
        line: source.position(stood.step.span.start).0,
        text,
        kind,
        rows: stood.rows,
        passes,
        condition: stood.verdict.as_ref().map(|verdict| condition(verdict, &stood.values, decides, source)),
        failure: stood.failure.clone(),
    }
}

fn condition(
    verdict: &Verdict<'_>,
    values: &[Vec<Value>],
    decides: &dyn Fn(usize) -> bool,
    source: &Source,
) -> Condition {
    let each = |parts: &[Verdict<'_>]| parts.iter().map(|part| condition(part, values, decides, source)).collect();
    match verdict {
        Verdict::All(parts) => Condition::All(verdict.holds(), each(parts)),
        Verdict::Any(parts) => Condition::Any(verdict.holds(), each(parts)),
        Verdict::Not(inner) => Condition::Not(verdict.holds(), Box::new(condition(inner, values, decides, source))),
        Verdict::Lifted(span) => Condition::Lifted(line_of(source, *span)),
        Verdict::Operand { operand, number, holds } => {
            let values = values.get(*number).map_or(&[][..], Vec::as_slice);
            Condition::Operand(told_operand(operand, *holds, decides(*number), values, source))
        }
    }
}

fn told_operand(operand: &Operand, holds: bool, decides: bool, values: &[Value], source: &Source) -> Told {
    let actual: Vec<Value> = super::near::actual(operand, values).cloned().collect();
    let literals = operand.literals.iter().map(|(text, _)| text.as_str());
    Told {
        line: source.position(operand.span.start).0,
        text: operand.label.clone().unwrap_or_else(|| line_of(source, operand.span)),
        holds,
        decides,
        nearest: nearest(operand, values).map(str::to_owned),
        expected: literals.take(LITERALS).map(str::to_owned).collect(),
        actual,
    }
}

/// What is written at a place, as one line.
pub(crate) fn line_of(source: &Source, span: Span) -> String {
    source.slice(span).split_whitespace().collect::<Vec<_>>().join(" ")
}
