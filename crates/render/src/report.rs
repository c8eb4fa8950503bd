//! A report: diagnostics as a person reads them, with the source line, the place underlined, and the help.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use syntax::{Diagnostic, Severity, Source, Span};

use crate::escape;

/// More diagnostics than this of one text are counted, not shown.
const SHOWN: usize = 20;
/// Longer lines are cut around the place.
const WIDTH: usize = 140;
/// How much of a text stands before and after the place: enough for its line, and a bound for a hostile text.
const CONTEXT: usize = 2_000;

/// All diagnostics of one text.
pub fn report(source: &Source, diagnostics: &[Diagnostic], colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() }.term_width(WIDTH);
    let mut out = String::new();
    for diagnostic in diagnostics.iter().take(SHOWN) {
        out.push_str(&renderer.render(&[group(source, diagnostic)]));
        out.push_str("\n\n");
    }
    if diagnostics.len() > SHOWN {
        out.push_str(&format!("… and {} more of {}\n", diagnostics.len() - SHOWN, escape::one_line(source.name())));
    }
    out
}

fn group<'a>(source: &'a Source, diagnostic: &'a Diagnostic) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let excerpt = Excerpt::around(source, diagnostic.span);
    let place = AnnotationKind::Primary.span(excerpt.place).label(escape::one_line(&diagnostic.label));
    let snippet = Snippet::source(excerpt.text)
        .line_start(excerpt.first_line)
        .path(escape::one_line(source.name()))
        .annotation(place);
    let title = level.primary_title(escape::one_line(&diagnostic.message)).id(diagnostic.code);
    let mut group = title.element(snippet);
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(escape::one_line(note)));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(escape::one_line(help)));
    }
    group
}

/// The part of a text that a diagnostic shows, escaped, with the place moved along.
struct Excerpt {
    text: String,
    place: std::ops::Range<usize>,
    first_line: usize,
}

impl Excerpt {
    fn around(source: &Source, span: Span) -> Self {
        let text = source.text();
        let whole = |mut at: usize| {
            at = at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = whole(span.start as usize);
        let end = whole((span.end as usize).clamp(start, start + CONTEXT));
        let line_start = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let from = line_start.max(whole(start.saturating_sub(CONTEXT)));
        let line_end = text.get(end..).and_then(|after| after.find('\n')).map_or(text.len(), |at| end + at);
        let to = line_end.min(whole(end + CONTEXT)).max(end);
        let piece = |range: std::ops::Range<usize>| escape::lines(text.get(range).unwrap_or("")).into_owned();
        let (before, within, after) = (piece(from..start), piece(start..end), piece(end..to));
        let place = before.len()..before.len() + within.len();
        let (first_line, _) = source.position(u32::try_from(from).unwrap_or(u32::MAX));
        Excerpt { text: before + &within + &after, place, first_line }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_underlined_with_its_line_number() {
        let source = Source::new("browser.kql", "DeviceProcessEvents\n| where ProcesCommandLine has \"-enc\"");
        let start = source.text().find("ProcesC").unwrap();
        let diagnostic = Diagnostic::error("KS142", Span::new(start, start + 17), "the name is not known")
            .label("not a column of DeviceProcessEvents")
            .did_you_mean(Some("ProcessCommandLine"));
        let text = report(&source, &[diagnostic], false);
        for part in
            ["error[KS142]", "browser.kql:2:9", "^^^^^^^^^^^^^^^^^ not a column", "did you mean 'ProcessCommandLine'?"]
        {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }

    #[test]
    fn a_place_at_the_end_or_outside_of_the_text_is_still_reported() {
        let source = Source::new("q", "a\u{1b}b");
        for span in [Span::at(3), Span::new(1, 99), Span::new(50, 99)] {
            let text = report(&source, &[Diagnostic::error("KS006", span, "here")], false);
            assert!(text.contains("error[KS006]") && !text.contains('\u{1b}'), "{text}");
        }
    }
}
