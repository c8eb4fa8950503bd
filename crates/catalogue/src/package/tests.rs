//! Packages, tried on good and broken folders.

use super::*;
use crate::detection::Confidence;
use syntax::sigma::{Level, Status};

const HEAD: &str = "id = \"p\"\ntitle = \"T\"\nseverity = \"high\"\n";
const RULE: &str = "title: t\nlogsource: {product: windows}\ndetection: {a: {x: 1}, condition: a}\n";

fn folder(files: &[(&str, &str)]) -> Folder {
    let source = |(name, text): &(&str, &str)| (name.to_string(), Arc::new(Source::new(*name, *text)));
    Folder { path: "p".into(), files: files.iter().map(source).collect() }
}

fn read_all(files: &[(&str, &str)]) -> (Option<Detection>, Vec<String>) {
    let mut problems = Vec::new();
    let detection = read(&folder(files), &mut problems);
    let say = |problem: &Problem| {
        let Problem { source, diagnostic } = problem;
        format!("{} {} {}", source.name(), diagnostic.code, source.slice(diagnostic.span))
    };
    (detection, problems.iter().map(say).collect())
}

fn said(manifest: &str, more: &[(&str, &str)]) -> Vec<String> {
    let mut files = vec![("detection.toml", manifest), ("query.kql", "T | take 1")];
    files.extend(more);
    read_all(&files).1
}

#[test]
fn a_whole_package_is_read() {
    let manifest = r#"
id = "malicious-link"
title = "Malicious Link"
description = "What it is."
severity = "high"
confidence = "medium"
status = "experimental"
authors = ["A"]
license = "Apache-2.0"
version = "1.0.0"
platforms = ["Windows"]
data_sources = ["Sysmon"]
required_tables = ["DeviceProcessEvents"]
blind_spots = ["none"]
references = ["https://example.com"]
related = ["T1566.002"]
[[changelog]]
version = "1.0.0"
date = 2026-11-21
change = "First."
[attack]
version = "18"
tactic = { id = "TA0002", name = "Execution" }
technique = { id = "T1204", name = "User Execution" }
subtechnique = { id = "T1204.001", name = "Malicious Link" }
[[false_positives]]
what = "Portals"
test = "portal"
[[tuning]]
name = "Browsers"
advice = "Add yours."
[validated]
date = 2026-11-21
data = "samples"
findings_per_host_day = 0.5
[variant.kql]
platform = "Defender"
file = "query.kql"
frequency = "1h"
lookback = "4h"
[variant.kql.entities]
host = "DeviceName"
[variant.sigma]
platform = "Sigma"
"#;
    let test = r#"
name = "portal"
kind = "known-false-positive"
procedure = "Install from the portal."
commands = ["msiexec /i x.msi"]
clean_up = "msiexec /x x.msi"
events = "portal.ndjson"
findings = 1
exception = "FileName =~ 'msiexec.exe'"
[expected_signals]
"Sysmon 1" = ["msiexec.exe beneath chrome.exe"]
[must]
kql = true
sigma = false
"#;
    let exceptions = r#"
[[exception]]
id = "e"
owner = "o"
reason = "r"
expires = 2027-01-31
expression = "x == 1"
"#;
    let (detection, problems) = read_all(&[
        ("detection.toml", manifest),
        ("query.kql", "T | take 1"),
        ("rule.yml", &format!("{RULE}---\n{RULE}")),
        ("hunting/wide.aql", "SELECT * FROM events"),
        ("tests/portal.toml", test),
        ("tests/portal.ndjson", "{\"a\":1}\n\n{\"b\":[2]}\n"),
        ("playbook.md", "# Respond"),
        ("guide.md", "# Investigate"),
        ("exceptions.toml", exceptions),
    ]);
    assert_eq!(problems, [""; 0]);
    let detection = detection.unwrap();
    assert_eq!((detection.id.as_str(), detection.level), ("malicious-link", Level::High));
    assert_eq!((detection.confidence, detection.status), (Some(Confidence::Medium), Some(Status::Experimental)));
    assert_eq!(detection.tags, ["attack.execution", "attack.t1204.001"]);
    assert_eq!(detection.techniques, ["T1204.001"]);
    let kql = detection.variant(Language::Kql).unwrap();
    assert_eq!(kql.source.text(), "T | take 1");
    assert_eq!(kql.lookback.unwrap().0.as_secs(), 14_400);
    assert_eq!(detection.variant(Language::Sigma).unwrap().rules.len(), 2);
    assert!(detection.variant(Language::Aql).is_none());
    let package = detection.package.unwrap();
    assert_eq!(package.hunting[0].language, Language::Aql);
    let test = &package.tests[0];
    assert_eq!(test.about.commands.each(), ["msiexec /i x.msi"]);
    assert_eq!(test.about.clean_up.each(), ["msiexec /x x.msi"]);
    assert_eq!(test.about.must.get_ref().of(Language::Kql), Some(true));
    assert_eq!(test.events.text().lines().count(), 3);
    assert_eq!(package.exceptions.as_ref().unwrap().list[0].expires.to_string(), "2027-01-31");
}

#[test]
fn a_wrong_manifest_is_underlined() {
    let kql = "[variant.kql]\nplatform = \"Defender\"\n";
    assert_eq!(said(&format!("titel = \"x\"\n{HEAD}{kql}"), &[]), ["detection.toml CAT021 titel"]);
    let high = HEAD.replace("high", "hihg");
    assert_eq!(said(&format!("{high}{kql}"), &[]), ["detection.toml CAT022 \"hihg\""]);
    assert_eq!(said(&format!("{HEAD}{kql}lookback = \"1w\"\n"), &[]), ["detection.toml CAT020 \"1w\""]);
    assert_eq!(said("id = \"p\"\n", &[])[0].split(' ').nth(1), Some("CAT020"));
    assert_eq!(said(&format!("{HEAD}[variant]\n"), &[]), ["detection.toml CAT031 "]);
    let missing = format!("{HEAD}{kql}[variant.aql]\nplatform = \"QRadar\"\nfile = \"q.aql\"\n");
    assert_eq!(said(&missing, &[]), ["detection.toml CAT030 \"q.aql\""]);
    let test = format!("{HEAD}[[false_positives]]\nwhat = \"x\"\ntest = \"y\"\n{kql}");
    assert_eq!(said(&test, &[]), ["detection.toml CAT034 \"y\""]);
}

#[test]
fn the_nearest_key_is_in_the_help() {
    let mut problems = Vec::new();
    read(&folder(&[("detection.toml", &format!("titel = \"x\"\n{HEAD}"))]), &mut problems);
    assert_eq!(problems[0].diagnostic.help.as_deref(), Some("did you mean 'title'?"));
}

#[test]
fn a_test_has_to_agree_with_itself() {
    let manifest = format!("{HEAD}[variant.kql]\nplatform = \"Defender\"\n");
    let events = ("tests/t.ndjson", "{\"a\":1}\n");
    let test = |text: &str| {
        let text = format!("name = \"t\"\nevents = \"t.ndjson\"\n{text}");
        said(&manifest, &[("tests/t.toml", &text), events])
    };
    assert_eq!(test("kind = \"true-positive\"\nmust = { kql = true }\n"), [""; 0]);
    assert_eq!(test("kind = \"true-positive\"\nmust = { kql = false }\n"), ["tests/t.toml CAT039 \"true-positive\""]);
    assert_eq!(test("kind = \"true-negative\"\nmust = { kql = true }\n"), ["tests/t.toml CAT039 \"true-negative\""]);
    assert_eq!(test("kind = \"true-negative\"\nfindings = 1\nmust = { kql = false }\n"), ["tests/t.toml CAT039 1"]);
    let exception = "kind = \"true-positive\"\nexception = \"x\"\nmust = { kql = true }\n";
    assert_eq!(test(exception), ["tests/t.toml CAT039 \"x\""]);
    assert_eq!(test("kind = \"true-positive\"\nmust = { sigma = true }\n"), ["tests/t.toml CAT037 { sigma = true }"]);
    let text = "name = \"t\"\nkind = \"true-positive\"\nevents = \"u.ndjson\"\nmust = { kql = true }\n";
    assert_eq!(said(&manifest, &[("tests/t.toml", text), events]), ["tests/t.toml CAT030 \"u.ndjson\""]);
    let text = text.replace("u.", "t.");
    let bad = ("tests/t.ndjson", "{\"a\":1}\n[1]\n");
    assert_eq!(said(&manifest, &[("tests/t.toml", &text), bad]), ["tests/t.ndjson CAT035 [1]"]);
}

#[test]
fn a_broken_variant_leaves_the_others() {
    let manifest = format!("{HEAD}[variant.kql]\nplatform = \"Defender\"\n[variant.sigma]\nplatform = \"Sigma\"\n");
    let (detection, problems) = read_all(&[
        ("detection.toml", manifest.as_str()),
        ("query.kql", "T"),
        ("rule.yml", &RULE.replace("condition: a", "condition: b")),
    ]);
    assert_eq!(problems, ["rule.yml SIG013 b"]);
    assert_eq!(detection.unwrap().variants.len(), 1);
}
