//! What lints say of queries.

use syntax::Source;

use super::*;

fn said_on(text: &str, platform: Option<Platform>) -> Vec<String> {
    let source = Source::new("q.kql", text);
    let parsed = syntax::kql::parse(&source);
    assert_eq!(parsed.diagnostics, []);
    check(&source, &parsed.tree, platform)
        .iter()
        .map(|one| format!("{} {}", one.code, source.slice(one.span)))
        .collect()
}

fn said(text: &str) -> Vec<String> {
    said_on(text, None)
}

#[test]
fn a_column_that_is_computed_for_nothing_is_said() {
    assert_eq!(said("T | extend A = B, C = D | project C"), ["LNT001 A"]);
    assert_eq!(said("T | extend A = B | where A > 1 | project C"), [""; 0]);
    assert_eq!(said("T | extend A = B | project-away A"), ["LNT001 A"]);
    assert_eq!(said("T | extend A = B | summarize count() by C"), ["LNT001 A"]);
    assert_eq!(said("T | extend A = B | summarize take_any(*) by C"), [""; 0]);
    assert_eq!(said("T | extend A = B | join kind=inner (U) on A | project C"), [""; 0]);
    assert_eq!(
        said("T | extend A = B | join kind=inner (T | extend A = C) on D | where A1 == 1 | project A1"),
        [""; 0]
    );
    assert_eq!(said("T | extend A = B"), [""; 0]);
    assert_eq!(said("T | extend A = 1 | extend A = A + 1 | project A"), [""; 0]);
    assert_eq!(said("T | project A = A, B"), ["LNT002 A = A"]);
}

#[test]
fn an_order_that_nothing_keeps_is_said() {
    assert_eq!(
        said("T | sort by A asc | union (U | sort by B desc)"),
        ["LNT003 sort by A asc", "LNT003 sort by B desc"]
    );
    assert_eq!(said("T | sort by A | where B | summarize count() by C"), ["LNT003 sort by A"]);
    assert_eq!(said("T | sort by A | take 5 | summarize count() by C"), [""; 0]);
    assert_eq!(said("T | sort by A | summarize make_list(B) by C"), [""; 0]);
    assert_eq!(said("T | sort by A | extend P = prev(B) | summarize count() by P"), [""; 0]);
    assert_eq!(said("T | where B | sort by A"), [""; 0]);
}

#[test]
fn branches_of_other_columns_are_said() {
    assert_eq!(said("T | extend B = A | project A, B | union (U | project A)"), ["LNT004 U | project A"]);
    assert_eq!(said("union (T | project A), (U | project A)"), [""; 0]);
    assert_eq!(said("T | union (U | project A)"), [""; 0]);
}

#[test]
fn terms_that_miss_are_said() {
    assert_eq!(said("T | where C has '-enc'"), ["LNT005 has"]);
    assert_eq!(
        said("let e = dynamic(['.js', '-e', '-EncodedCommand']); T | where F has_any (e)"),
        ["LNT005 has_any", "LNT005 has_any"]
    );
    assert_eq!(said("T | where C has 'Invoke-WebRequest' or C has @'\\Downloads\\'"), [""; 0]);
    assert_eq!(said("T | where AccountName == 'admin'"), ["LNT006 =="]);
    assert_eq!(said("T | where AccountName =~ 'admin'"), [""; 0]);
}

#[test]
fn conditions_that_never_hold_are_said() {
    assert_eq!(said("T | where A == 'x' and A == 'y'"), ["LNT007 A == 'y'"]);
    assert_eq!(said("T | where tolower(A) == 'Cmd.exe'"), ["LNT007 tolower(A) == 'Cmd.exe'"]);
    assert_eq!(said("T | where A == 'x' or A == 'y'"), [""; 0]);
}

#[test]
fn what_a_custom_detection_asks_for_is_said() {
    let on = |text: &str| said_on(text, Some(Platform::Defender));
    assert_eq!(
        on("T | where Timestamp > ago(1d) | project Timestamp, DeviceId"),
        ["LNT012 Timestamp > ago(1d)", "LNT010 project"]
    );
    assert_eq!(on("T | project Timestamp, DeviceId, ReportId | union (U)"), ["LNT011 union"]);
    assert_eq!(on("T | where A == 1"), [""; 0]);
}
