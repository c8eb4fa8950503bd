//! What every kind of search becomes in KQL and in AQL.

mod columns;
mod conditions;
mod modifiers;
mod values;

use syntax::Source;

use crate::{Target, convert};

/// The query for a rule of this log source and detection, or what is said instead: its code and message.
fn query(log_source: &str, detection: &str, target: Target) -> String {
    let text = format!("title: t\nlogsource: {log_source}\ndetection:\n{detection}");
    let parsed = syntax::sigma::parse(&Source::new("rule.yml", text));
    let said = |diagnostic: &syntax::Diagnostic| format!("{} {}", diagnostic.code, diagnostic.message);
    match parsed.tree.rules.first() {
        Some(rule) => convert(rule, &[target]).map_or_else(|fault| said(&fault), |converted| converted.text),
        None => parsed.diagnostics.iter().map(said).collect(),
    }
}

const APPLICATION: &str = "{product: windows, service: application}";

/// What a selection becomes, without the source of the rows: KQL, then AQL.
fn both(selection: &str) -> [String; 2] {
    said(&format!("  s: {selection}\n  condition: s\n"))
}

/// What a detection of the Application log becomes, without the source of the rows: KQL, then AQL.
fn said(detection: &str) -> [String; 2] {
    let kql = query(APPLICATION, detection, Target::Sentinel);
    let kql = kql.strip_prefix("WindowsEvent\n| where Channel =~ \"Application\"\n| where ").unwrap_or(&kql);
    let aql = query(APPLICATION, detection, Target::QRadar);
    let aql = aql.split_once("WHERE qideventcategory ILIKE 'Application'\n  AND ").map_or(&*aql, |(_, rest)| rest);
    [kql.trim_end().to_string(), aql.trim_end().trim_end_matches("\nLAST 24 HOURS").to_string()]
}

fn all_become(cases: &[(&str, &str, &str)]) {
    for (selection, kql, aql) in cases {
        assert_eq!(both(selection), [kql.to_string(), aql.to_string()], "{selection}");
    }
}
