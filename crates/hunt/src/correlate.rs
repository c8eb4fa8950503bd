//! The correlations of a hunt, once its reading has gathered what their rules match.

use render::count::counted;
use syntax::{Diagnostic, Span};

use crate::correlation::{Evaluated, Gathered, Matches, Unlooked, evaluate, rows, shape};
use crate::found::Found;
use crate::hunt::Hunt;
use crate::merge::{Planned, Twins};
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
    (matches, twins): (Matches, &Twins),
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
    for (index, (of, gathered)) in preparation.correlations.iter().zip(matches.into_inner()).enumerate() {
        let mut members = preparation
            .ready
            .iter()
            .enumerate()
            .filter(|(_, prepared)| prepared.member.as_ref().is_some_and(|member| member.correlation == index));
        if members.any(|(plan, _)| has_failed(plan)) {
            continue;
        }
        let evaluated = match &gathered {
            Some(gathered) => evaluate(&of.node, gathered, twins).map(|evaluated| (evaluated, gathered)),
            None => Err(Unlooked::TooMany),
        };
        let (evaluated, gathered) = match evaluated {
            Ok(evaluated) => evaluated,
            Err(why) => {
                outcome.failures.push(failure(of, unlooked(why, of.node.correlation.span)));
                continue;
            }
        };
        outcome.said.extend(said(&name(of), &evaluated, gathered));
        let shape = shape(&of.node.correlation);
        match rows(&of.node.correlation, &evaluated.hits, gathered, twins) {
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
    if evaluated.no_values > 0 {
        said.push(format!("{name}: {} no value that it could look at", matches(evaluated.no_values)));
    }
    if evaluated.cut > 0 {
        let cut = matches(evaluated.cut);
        said.push(format!("{name}: {cut} more than 1,000 values together, of which the first 1,000 are looked at"));
    }
    if gathered.without_time > 0 {
        said.push(format!("{name}: {} no time", matches(gathered.without_time)));
    }
    said
}

/// Its rules gave no findings of their own: they ran for it.
fn unlooked(why: Unlooked, span: Span) -> Diagnostic {
    let at = Span::at(span.start as usize);
    let help = "a shorter timespan, further fields in group-by, or --from and --to leave fewer matches together; with --exclude its rules run for themselves";
    match why {
        Unlooked::Endless => {
            Diagnostic::error("TL006", at, "to find the order of so many matches takes too many steps")
                .label("this correlation was not looked at to its end")
                .help(help)
        }
        Unlooked::TooMany => {
            Diagnostic::error("TL005", at, "the rules of the correlation match more events than can be held")
                .label("this correlation was not looked at")
                .help(help)
        }
    }
}
