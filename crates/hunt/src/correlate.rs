//! The correlations of a hunt, once its reading has gathered what their rules match.

use render::count::counted;
use syntax::{Diagnostic, Span};

use crate::correlation::{Evaluated, Gathered, Matches, evaluate, rows, shape};
use crate::found::Found;
use crate::hunt::Hunt;
use crate::merge::Planned;
use crate::prepare::{Correlating, Failure, Preparation};

/// Findings of one correlation that are kept.
const MOST: usize = 100_000;

/// What the correlations came to.
#[derive(Default)]
pub(crate) struct Outcome {
    pub found: Vec<Found>,
    pub failures: Vec<Failure>,
    /// What they could not look at, in words.
    pub said: Vec<String>,
}

/// Evaluates each correlation all of whose rules ran. Its findings are those of plans that are added here.
pub(crate) fn correlate(
    hunt: &Hunt<'_>,
    preparation: &Preparation<'_>,
    matches: Matches,
    plans: &mut Vec<Planned>,
    has_failed: impl Fn(usize) -> bool,
) -> Outcome {
    let mut outcome = Outcome::default();
    let name = |of: &Correlating<'_>| {
        format!("{} (sigma)", hunt.detections.get(of.detection).map_or("", |detection| detection.id.as_str()))
    };
    let failure = |of: &Correlating<'_>, diagnostic: Diagnostic| Failure {
        what: name(of),
        source: of.source.clone(),
        diagnostics: vec![diagnostic],
    };
    let Some(gathered) = matches.into_inner() else {
        outcome.failures.extend(preparation.correlations.iter().map(|of| failure(of, too_many())));
        return outcome;
    };
    for (index, (of, gathered)) in preparation.correlations.iter().zip(&gathered).enumerate() {
        let mut members = preparation
            .ready
            .iter()
            .enumerate()
            .filter(|(_, prepared)| prepared.member.as_ref().is_some_and(|member| member.correlation == index));
        if members.any(|(plan, _)| has_failed(plan)) {
            continue;
        }
        let Ok(evaluated) = evaluate(&of.node, gathered) else {
            outcome.failures.push(failure(of, endless()));
            continue;
        };
        outcome.said.extend(said(&name(of), &evaluated, gathered));
        let shape = shape(&of.node.correlation);
        match rows(&of.node.correlation, &evaluated.hits, gathered) {
            Ok(batch) => {
                let (found, count) = shape.rows(plans.len(), batch, MOST);
                if count > found.len() as u64 {
                    outcome.said.push(format!("{}: {} of its {count} rows are shown", name(of), found.len()));
                }
                outcome.found.extend(found);
                plans.push(Planned { detection: of.detection, variant: "sigma", shape });
            }
            Err(error) => outcome.failures.push(failure(of, crate::hunt::failed(&error.into()))),
        }
    }
    outcome
}

/// What was matched and could not be looked at.
fn said(name: &str, evaluated: &Evaluated, gathered: &Gathered) -> Vec<String> {
    let matches = |count: u64| counted(count, "match of its rules has", "matches of its rules have");
    let ungrouped = evaluated.ungrouped.iter();
    let mut said: Vec<String> = ungrouped
        .map(|(field, count)| format!("{name}: {} no '{field}', by which it groups", matches(*count)))
        .collect();
    if evaluated.no_numbers > 0 {
        said.push(format!("{name}: {} no number in the field that it looks at", matches(evaluated.no_numbers)));
    }
    if gathered.without_time > 0 {
        said.push(format!("{name}: {} no time", matches(gathered.without_time)));
    }
    said
}

fn endless() -> Diagnostic {
    Diagnostic::error("TL006", Span::at(0), "to find the order of so many matches takes too many steps")
        .label("this correlation was not looked at to its end")
        .help("a shorter timespan, further fields in group-by, or --from and --to leave fewer matches together")
}

fn too_many() -> Diagnostic {
    Diagnostic::error("TL005", Span::at(0), "the rules of the correlations match more events than can be held")
        .label("this correlation was not looked at")
        .help("bound the time with --from and --to, or run fewer correlations at once")
}
