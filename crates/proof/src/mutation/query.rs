//! Mutants of queries: changes of the text, at the places that the trace names.

use std::collections::BTreeSet;
use std::sync::Arc;

use catalogue::{Language, Variant};
use engine::EvidenceTables;
use hunt::language;
use plan::trace::{Clause, Kind};
use plan::{Mode, Nulls, Options, Window};
use syntax::{Source, Span};

use super::{Change, Mutant, NOTHING};

pub(super) fn mutants(variant: &Variant, tables: &EvidenceTables) -> Vec<Mutant> {
    let options = Options {
        now: &|| 0,
        rows: None,
        window: Window::All,
        mode: Mode::Helpful,
        origins: true,
        no_limit: true,
        nulls: Nulls::TwoValued,
        trace: true,
    };
    let outputs = language::variant(variant, tables, &options).into_iter().filter_map(|bound| bound.output);
    let (mut dropped, mut literals) = (BTreeSet::new(), BTreeSet::new());
    for step in outputs.flat_map(|output| output.steps) {
        if let Kind::Filter(clause) = step.kind {
            operands(&clause, true, &mut dropped);
            for operand in clause.operands() {
                literals.extend(operand.literals.iter().cloned());
            }
        }
    }
    let source = &variant.source;
    let mut all = Vec::new();
    for (span, is_of_all) in dropped {
        let neutral = neutral(variant.language, is_of_all);
        all.push(mutant(variant, Change::Dropped, span, neutral, source.slice(span)));
    }
    for (text, span) in literals {
        for span in places(source, span, &text) {
            let quote = source.slice(span).chars().find(|c| matches!(c, '"' | '\'')).unwrap_or('"');
            all.push(mutant(variant, Change::Literal, span, &format!("{quote}{NOTHING}{quote}"), &text));
        }
    }
    all
}

fn mutant(variant: &Variant, change: Change, span: Span, new: &str, what: &str) -> Mutant {
    let text = variant.source.text();
    let (start, end) = (span.start as usize, span.end as usize);
    let text = [text.get(..start).unwrap_or(""), new, text.get(end..).unwrap_or("")].concat();
    let source = Arc::new(Source::new(variant.source.name(), text));
    let what = what.split_whitespace().collect::<Vec<_>>().join(" ");
    Mutant { variant: Variant { source, ..variant.clone() }, change, span, what }
}

/// What stands in the place of an operand that is left out.
fn neutral(language: Language, is_of_all: bool) -> &'static str {
    match (language, is_of_all) {
        (Language::Aql, true) => "(1 = 1)",
        (Language::Aql, false) => "(1 = 0)",
        (_, true) => "true",
        (_, false) => "false",
    }
}

/// The places of all operands, and whether they stand among what all has to hold.
fn operands(clause: &Clause, is_of_all: bool, into: &mut BTreeSet<(Span, bool)>) {
    match clause {
        Clause::All(parts) => parts.iter().for_each(|part| operands(part, true, into)),
        Clause::Any(parts) => parts.iter().for_each(|part| operands(part, false, into)),
        // Without what it denies, a negation asks nothing.
        Clause::Not(inner) => operands(inner, !is_of_all, into),
        Clause::Lifted(_) => {}
        Clause::Operand(operand) => {
            into.insert((operand.span, is_of_all));
        }
    }
}

/// The places of a literal: its own, or within a `dynamic([…])` those of its quoted text.
fn places(source: &Source, span: Span, text: &str) -> Vec<Span> {
    let slice = source.slice(span);
    if !slice.trim_start().starts_with("dynamic") {
        return vec![span];
    }
    let quoted = [format!("\"{text}\""), format!("'{text}'")];
    let found = quoted.iter().flat_map(|quoted| slice.match_indices(quoted.as_str()));
    found.map(|(at, found)| Span::new(span.start as usize + at, span.start as usize + at + found.len())).collect()
}
