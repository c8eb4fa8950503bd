//! Diagnostics as SARIF 2.1.0, which code hosts and editors read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};
use syntax::{Diagnostic, Severity, Source, Span};

/// One run over these texts.
pub fn sarif(version: &str, told: &[(Arc<Source>, Vec<Diagnostic>)]) -> Value {
    let all = || told.iter().flat_map(|(source, said)| said.iter().map(move |one| (source, one)));
    let codes: BTreeSet<&str> = all().map(|(_, one)| one.code).collect();
    let numbers: BTreeMap<&str, usize> = codes.iter().enumerate().map(|(number, code)| (*code, number)).collect();
    // What a message says is of its place. No text holds for a code wherever it is said, so a rule has none: readers
    // then show the message.
    let rule = |code: &&str| json!({"id": code});
    let result = |(source, one): (&Arc<Source>, &Diagnostic)| {
        let place = json!({"uri": uri(source.name())});
        let mut result = json!({
            "ruleId": one.code,
            "ruleIndex": numbers.get(one.code),
            "level": level(one.severity),
            "message": {"text": message(one)},
            "locations": [{"physicalLocation": {"artifactLocation": place, "region": region(source, one.span)}}],
        });
        if let Some(fix) = &one.fix {
            let replacement = json!({"deletedRegion": region(source, fix.span), "insertedContent": {"text": fix.text}});
            result["fixes"] =
                json!([{"artifactChanges": [{"artifactLocation": place, "replacements": [replacement]}]}]);
        }
        result
    };
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "trapline",
                "semanticVersion": version,
                "rules": codes.iter().map(rule).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": all().map(result).collect::<Vec<_>>(),
        }],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// A brace begins a placeholder, with arguments or without (§3.11.5), so those that are meant are doubled.
fn message(one: &Diagnostic) -> String {
    let help = one.help.iter().map(|help| format!("help: {help}"));
    let lines = std::iter::once(one.message.clone()).chain(one.notes.iter().cloned()).chain(help);
    lines.collect::<Vec<_>>().join("\n").replace('{', "{{").replace('}', "}}")
}

/// Lines and columns count from 1; the end is behind the last character.
fn region(source: &Source, span: Span) -> Value {
    let (line, column) = source.position(span.start);
    let (end_line, end_column) = source.position(span.end.max(span.start));
    json!({"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column})
}

/// A path as the reference of a URI: `\` is `/`, and what no URI holds is escaped.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.replace('\\', "/").bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => uri.push(char::from(byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagnostic_is_a_result_of_its_rule() {
        let source = Arc::new(Source::new("a folder/ü.kql", "ä | where x"));
        let one = Diagnostic::warning("LNT001", Span::new(11, 12), "said").label("short").note("more").help("do");
        let made = sarif("1.2.3", &[(source, vec![one.clone(), one])]);
        let run = &made["runs"][0];
        assert_eq!(run["tool"]["driver"]["rules"], json!([{"id": "LNT001"}]));
        let result = &run["results"][1];
        assert_eq!((result["ruleId"].as_str(), result["level"].as_str()), (Some("LNT001"), Some("warning")));
        assert_eq!(result["message"]["text"], "said\nmore\nhelp: do");
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "a%20folder/%C3%BC.kql");
        assert_eq!(place["region"], json!({"startLine": 1, "startColumn": 11, "endLine": 1, "endColumn": 12}));
    }

    #[test]
    fn braces_of_a_message_are_no_placeholders() {
        let source = Arc::new(Source::new("a.kql", "x"));
        let one = Diagnostic::error("KQL001", Span::new(0, 1), "no '{0}'").note("{a}").help("write {{");
        let made = sarif("1.2.3", &[(source, vec![one])]);
        assert_eq!(made["runs"][0]["results"][0]["message"]["text"], "no '{{0}}'\n{{a}}\nhelp: write {{{{");
    }
}
