//! The languages: the one place where a language's name leads to its front end.

use catalogue::{Language, Variant};
use plan::{Bound, Options, Tables};
use syntax::nearest::nearest;
use syntax::sigma::{Rule, messages};
use syntax::{Diagnostic, Source, Span};

/// Parses and binds a text. A Sigma file may hold several rules, each of which is a plan of its own. Where a text cannot be read,
/// and looks like one of another language, that is said.
pub fn bind(language: Language, source: &Source, tables: &dyn Tables, options: &Options<'_>) -> Vec<Bound> {
    let mut bound = bind_as(language, source, tables, options);
    let other = Language::of_text(source.text()).filter(|other| *other != language);
    let fault = bound.iter_mut().flat_map(|bound| &mut bound.diagnostics).find(|fault| fault.is_error());
    if let (Some(other), Some(fault)) = (other, fault) {
        fault.help = Some(other_language(other));
    }
    bound
}

fn other_language(other: Language) -> String {
    match other {
        Language::Kql => "this looks like KQL: --language kql, or a file that ends in .kql".to_owned(),
        Language::Aql => "this looks like AQL: --language aql, or a file that ends in .aql".to_owned(),
        Language::Sigma => "this looks like a Sigma rule: --language sigma, or a file that ends in .yml".to_owned(),
    }
}

fn bind_as(language: Language, source: &Source, tables: &dyn Tables, options: &Options<'_>) -> Vec<Bound> {
    match language {
        Language::Kql => {
            let parsed = syntax::kql::parse(source);
            one(parsed.diagnostics, |ok| ok.then(|| plan::kql::bind(source, &parsed.tree, tables, options)))
        }
        Language::Aql => {
            let parsed = syntax::aql::parse(source);
            one(parsed.diagnostics, |ok| ok.then(|| plan::aql::bind(source, &parsed.tree, tables, options)))
        }
        Language::Sigma => {
            let mut parsed = syntax::sigma::parse(source);
            let others = parsed.tree.correlations.iter().map(|found| found.span);
            for span in others.chain(parsed.tree.filters.iter().map(|found| found.span)) {
                parsed.diagnostics.push(messages::only_in_hunts(Span::at(span.start as usize)));
            }
            if parsed.diagnostics.iter().any(Diagnostic::is_error) {
                return vec![Bound { output: None, diagnostics: parsed.diagnostics }];
            }
            let mut bound = rules(source, &parsed.tree.rules, tables, options);
            if let Some(first) = bound.first_mut() {
                first.diagnostics.splice(0..0, parsed.diagnostics);
            }
            bound
        }
    }
}

/// Binds the rules of a Sigma file that is parsed already.
pub fn rules(source: &Source, rules: &[Rule], tables: &dyn Tables, options: &Options<'_>) -> Vec<Bound> {
    rules.iter().map(|rule| plan::sigma::bind(source, rule, tables, options)).collect()
}

/// The plans of a variant: one, or one for each rule of its file.
pub fn variant(variant: &Variant, tables: &dyn Tables, options: &Options<'_>) -> Vec<Bound> {
    match variant.language {
        Language::Sigma => rules(&variant.source, &variant.rules, tables, options),
        language => bind(language, &variant.source, tables, options),
    }
}

/// Says that no event held a raw field which a query asked for, with the nearest known name. `is_kept`: without it, a
/// condition lets every event pass.
pub fn field_without_events(language: Language, span: Span, name: &str, is_kept: bool, known: &[String]) -> Diagnostic {
    let names = known.iter().map(String::as_str);
    match language {
        Language::Sigma => messages::field_without_events(span, name, nearest(name, names)),
        Language::Kql | Language::Aql => plan::aql::field_without_events(span, name, is_kept, names),
    }
}

/// What the parser found wrong, and then what the binder did. A tree with errors is not bound: it would report them twice.
fn one(mut diagnostics: Vec<Diagnostic>, bind: impl FnOnce(bool) -> Option<Bound>) -> Vec<Bound> {
    let bound = bind(!diagnostics.iter().any(Diagnostic::is_error));
    let output = bound.and_then(|bound| {
        diagnostics.extend(bound.diagnostics);
        bound.output
    });
    vec![Bound { output, diagnostics }]
}
