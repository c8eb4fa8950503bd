//! What can be said of a rule that a target has no words for.

use syntax::{Diagnostic, Span};

pub fn unknown_source(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("SIG060", span, format!("no table of a SIEM is known for the log source '{name}'"))
        .label("not converted")
        .help("converted are rules for Windows: its categories and services, as 'trapline tables sigma' lists them")
}

pub fn no_log(span: Span, category: &str) -> Diagnostic {
    Diagnostic::error("SIG061", span, format!("no log of Windows holds events of '{category}'"))
        .label("not converted")
        .help("they are events of the kernel's tracing, which some agents alone read")
}

pub fn no_table(span: Span, platform: &str, events: &str) -> Diagnostic {
    Diagnostic::error("SIG062", span, format!("{platform} has no table for {events}"))
        .label("not converted")
        .help("Sentinel's tables hold every event: --platform sentinel")
}

pub fn no_column(span: Span, platform: &str, table: &str, field: &str) -> Diagnostic {
    Diagnostic::error("SIG063", span, format!("{table} of {platform} has no column for '{field}'"))
        .label("not converted")
        .help("Sentinel's tables hold every field: --platform sentinel")
}

pub fn other_value(span: Span, platform: &str, column: &str) -> Diagnostic {
    Diagnostic::error("SIG064", span, format!("{platform} writes this value in another way into {column}"))
        .label("cannot be told from its part")
        .help("Sentinel's tables have the event's own words: --platform sentinel")
}

pub fn not_said(span: Span, language: &str, what: &str) -> Diagnostic {
    Diagnostic::error("SIG065", span, format!("{language} has no word for {what}")).label("not converted")
}

pub fn correlation(span: Span) -> Diagnostic {
    Diagnostic::error("SIG067", span, "correlations and filters are not converted")
        .help("the rules that they name can be, each by itself")
}

pub fn too_large(span: Span) -> Diagnostic {
    syntax::sigma::messages::too_many_values(span)
}

pub fn never(span: Span, platform: &str) -> Diagnostic {
    Diagnostic::error("SIG068", span, format!("no row of {platform}'s tables can match"))
        .label("not converted")
        .help("every alternative needs a field that these events never have")
}
