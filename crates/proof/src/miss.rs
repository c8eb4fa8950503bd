//! A miss: what a variant did with the events of a test that failed, the nearest of them first.

use catalogue::Detection;
use engine::Session;
use hunt::language;
use plan::{Mode, Nulls, Options, Window};
use render::explanation::Explanation;

use crate::events::Events;
use crate::explain::{Event, Place, explain, told};
use crate::suite::Outcome;

/// Events of a test that are looked at.
const EVENTS: usize = 50;

/// The event that came nearest to being found, or the one that was found and must not be.
pub(crate) fn explained(
    detection: &Detection,
    outcome: &Outcome,
    events: &Events,
    session: &Session,
) -> Vec<Explanation> {
    let Some(variant) = detection.variant(outcome.language).filter(|variant| variant.correlations.is_empty()) else {
        return Vec::new();
    };
    let now = || events.tables.source().newest().unwrap_or_else(telemetry::clock);
    let rows: plan::binding::Rows<'_> = &|plan| session.collect(plan);
    let options = Options {
        now: &now,
        rows: Some(rows),
        window: Window::All,
        mode: Mode::Helpful,
        origins: true,
        no_limit: true,
        nulls: Nulls::TwoValued,
        trace: true,
    };
    let outputs: Vec<_> =
        language::variant(variant, &events.tables, &options).into_iter().filter_map(|bound| bound.output).collect();
    let mut all = Vec::new();
    for output in &outputs {
        for line in events.lines().iter().copied().take(EVENTS) {
            let place = Place { file: 0, event: Event::Line(line) };
            let Ok(explained) = explain(output, place, &events.tables, session) else {
                continue;
            };
            // Of what must not fire the finding is told, of what must the near miss.
            if explained.found == outcome.must || explained.steps.iter().all(|stood| stood.rows == 0) {
                continue;
            }
            let near = (explained.deciding.is_empty(), explained.deciding.len());
            let event = format!("{} line {line}", events.name());
            all.push((near, told(&explained, &detection.id, outcome.language.name(), &event, &variant.source)));
        }
    }
    all.sort_by_key(|(near, _)| *near);
    all.into_iter().map(|(_, told)| told).take(1).collect()
}
