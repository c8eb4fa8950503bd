//! What lints say, with their codes.

use syntax::{Diagnostic, Span};

pub(crate) fn dropped(span: Span, name: &str) -> Diagnostic {
    Diagnostic::warning("LNT001", span, format!("'{name}' is computed, and dropped before anything uses it"))
        .label("in no row of the result")
        .help("name it in the last project, or leave it out")
}

pub(crate) fn same_name(span: Span, name: &str) -> Diagnostic {
    Diagnostic::warning("LNT002", span, format!("'{name}' is given its own name"))
        .label("says nothing")
        .help(format!("write {name} alone"))
}

pub(crate) fn order_lost(span: Span, by: &str) -> Diagnostic {
    Diagnostic::warning("LNT003", span, format!("the order of this sort is lost: '{by}' keeps none"))
        .label("no effect on the result")
        .help("sort once, at the end of the query")
}

pub(crate) fn unequal_branches(span: Span, missing: &[&str], more: &[&str]) -> Diagnostic {
    let told = |what: &str, names: &[&str]| format!("{what} {}", names.join(", "));
    let diagnostic = Diagnostic::warning("LNT004", span, "the branches of this union have different columns")
        .label("null where a branch has none");
    let diagnostic = if missing.is_empty() { diagnostic } else { diagnostic.note(told("this branch lacks", missing)) };
    let diagnostic = if more.is_empty() { diagnostic } else { diagnostic.note(told("this branch alone has", more)) };
    diagnostic.help("project the same columns in every branch")
}

pub(crate) fn term(span: Span, operator: &str, literal: &str, misses: &str) -> Diagnostic {
    Diagnostic::warning("LNT005", span, format!("'{operator}' looks for whole terms: '{literal}' {misses}"))
        .label("ends where a letter or a digit follows")
        .help("contains finds a part of a word, and endswith the end of a name")
}

pub(crate) fn cased_account(span: Span, column: &str) -> Diagnostic {
    Diagnostic::warning(
        "LNT006",
        span,
        format!("'==' compares '{column}' with its case, in which names of accounts differ"),
    )
    .label("finds one spelling")
    .help("write =~, or in~ for a list")
}

pub(crate) fn never(span: Span, why: &str) -> Diagnostic {
    Diagnostic::warning("LNT007", span, format!("this can never hold: {why}"))
        .label("no row passes")
        .help("nothing that stands beside it with 'and' can find anything")
}

pub(crate) fn no_custom_detection(span: Span, missing: &[&str]) -> Diagnostic {
    Diagnostic::warning(
        "LNT010",
        span,
        format!("the result has no {}: it cannot be saved as a custom detection", missing.join(", ")),
    )
    .label("these rows name no event")
    .help("Defender asks for Timestamp, ReportId, and a column of a device, account or mailbox")
}

pub(crate) fn not_near_real_time(span: Span, word: &str) -> Diagnostic {
    Diagnostic::info("LNT011", span, format!("'{word}' keeps the query from running as a near-real-time rule"))
        .label("continuous frequency takes one table")
        .help("save each branch as a rule of its own where minutes count")
}

pub(crate) fn filters_on_time(span: Span, column: &str) -> Diagnostic {
    Diagnostic::info("LNT012", span, format!("a custom detection need not filter on {column}"))
        .label("Defender filters by its own lookback")
        .help("leave it out of the rule: events that arrive late would be missed")
}

pub(crate) fn bad_reference(span: Span, why: &str) -> Diagnostic {
    Diagnostic::warning("LNT020", span, format!("the reference is malformed: {why}"))
        .label("cannot be followed")
        .help("write a whole address, such as https://attack.mitre.org/techniques/T1204/001/")
}

pub(crate) fn no_atomics(span: Span, id: &str) -> Diagnostic {
    Diagnostic::warning(
        "LNT021",
        span,
        format!("Atomic Red Team has no tests for {id}, and has never had a folder of that name"),
    )
    .label("leads nowhere")
    .help("name the tests that are meant, by their own technique")
}

pub(crate) fn unknown_related(span: Span, text: &str) -> Diagnostic {
    Diagnostic::warning("LNT027", span, format!("'{text}' is no detection that is known here, and no technique"))
        .label("leads nowhere")
        .help("write the id of a detection, or a technique such as T1566.002 Spearphishing Link")
}

pub(crate) fn unknown_technique(span: Span, id: &str) -> Diagnostic {
    Diagnostic::warning("LNT022", span, format!("ATT&CK has no technique or tactic '{id}'"))
        .label("unknown")
        .help(format!("ids are those of ATT&CK {}", crate::attack::VERSION))
}

pub(crate) fn newer_technique(span: Span, id: &str) -> Diagnostic {
    Diagnostic::info("LNT026", span, format!("'{id}' is not in ATT&CK {}", crate::attack::VERSION))
        .label("of a later version, or wrong")
        .help("nothing is known of it here")
}

pub(crate) fn past_technique(span: Span, id: &str, what: &str, instead: &str) -> Diagnostic {
    let diagnostic = Diagnostic::warning("LNT023", span, format!("ATT&CK has {what} {id}")).label(what);
    match instead {
        "" => diagnostic.help("name the technique that it is today"),
        instead => diagnostic.help(format!("it is {instead} today")),
    }
}

pub(crate) fn misnamed_technique(span: Span, id: &str, name: &str) -> Diagnostic {
    Diagnostic::warning("LNT024", span, format!("{id} is called '{name}'"))
        .label("another name")
        .help(format!("write '{name}'"))
}

pub(crate) fn other_tactic(span: Span, id: &str, tactics: &str) -> Diagnostic {
    Diagnostic::warning("LNT025", span, format!("{id} is no technique of this tactic"))
        .label("another tactic")
        .help(format!("ATT&CK has it under {}", tactics.replace(',', ", ")))
}

pub(crate) fn missing_element(name: &str) -> Diagnostic {
    Diagnostic::warning("LNT030", Span::at(0), format!("the package has no {name}"))
        .label("missing")
        .help("a package whose every element is there is one that somebody else can run")
}

pub(crate) fn few_tests(count: usize) -> Diagnostic {
    Diagnostic::warning("LNT031", Span::at(0), format!("the package has {count} of 5 tests"))
        .label("too few to trust")
        .help("three that must fire on different telemetry, and two near misses")
}

/// Of a query that stands for itself: nobody said for which SIEM it is.
pub fn valid_for(span: Span, valid: &str, other: &str, first: &str) -> Diagnostic {
    Diagnostic::info("LNT040", span, format!("valid for {valid}, and not for {other}: {first}"))
        .label(format!("unknown to {other}"))
        .help("--platform defender or --platform sentinel holds it to one of them")
}

/// A test that its own package fails.
pub fn failing_test(span: Span, variants: &str, must_fire: bool, is_found: bool) -> Diagnostic {
    let what = match (must_fire, is_found) {
        (true, false) => "do not satisfy the detection",
        (true, true) => "give another number of findings",
        (false, _) => "satisfy the detection, and must not",
    };
    Diagnostic::error("LNT032", span, format!("the events of this test {what}: {variants}"))
        .label("not so")
        .help("`trapline test` tells the operand that decided")
}

/// Whether a lint speaks of what a query has to be to be saved as a custom detection.
pub fn is_of_custom(code: &str) -> bool {
    matches!(code, "LNT010" | "LNT011" | "LNT012")
}
