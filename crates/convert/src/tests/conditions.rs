//! What stands in parentheses, and what is folded.

use super::said;

const SELECTIONS: &str = "  f: {F|contains: [a, b]}\n  g: {G: c}\n  h: {H: d}\n";

fn condition(text: &str) -> [String; 2] {
    said(&format!("{SELECTIONS}  condition: {text}\n"))
}

const F: [&str; 2] = [
    r#"tostring(EventData.F) contains "a" or tostring(EventData.F) contains "b""#,
    r#""F" ILIKE '%a%' OR "F" ILIKE '%b%'"#,
];
const G: [&str; 2] = [r#"tostring(EventData.G) =~ "c""#, r#""G" ILIKE 'c'"#];
const H: [&str; 2] = [r#"tostring(EventData.H) =~ "d""#, r#""H" ILIKE 'd'"#];

/// The operands put into what is expected of KQL and of AQL.
fn expected(kql: &str, aql: &str) -> [String; 2] {
    let filled = |text: &str, at: usize| {
        let one = |of: [&str; 2]| of.get(at).copied().unwrap_or_default().to_string();
        text.replace("{f}", &one(F)).replace("{g}", &one(G)).replace("{h}", &one(H))
    };
    [filled(kql, 0), filled(aql, 1)]
}

#[test]
fn alternatives_within_others_need_no_parentheses() {
    assert_eq!(condition("f or g"), expected("{f} or {g}", "({f} OR {g})"));
    assert_eq!(condition("f and g"), expected("{f}\n| where {g}", "({f})\n  AND {g}"));
    assert_eq!(condition("f and (g or h)"), expected("{f}\n| where {g} or {h}", "({f})\n  AND ({g} OR {h})"));
}

#[test]
fn what_has_to_hold_together_stands_in_parentheses_among_alternatives() {
    assert_eq!(condition("(f and g) or h"), expected("(({f}) and {g}) or {h}", "((({f}) AND {g}) OR {h})"));
}

#[test]
fn a_negation_holds_for_all_of_what_it_denies() {
    assert_eq!(condition("not f"), expected("not({f})", "NOT ({f})"));
    assert_eq!(condition("not g"), expected("not({g})", "NOT ({g})"));
    assert_eq!(condition("not (f or g)"), expected("not({f} or {g})", "NOT ({f} OR {g})"));
    assert_eq!(condition("not (g and not h)"), expected("not({g} and not({h}))", "NOT ({g} AND NOT ({h}))"));
    assert_eq!(condition("not not g"), expected("{g}", "{g}"));
}

#[test]
fn another_field_stands_in_parentheses_among_alternatives() {
    let kql = "(isnotempty(tostring(EventData.B)) and tostring(EventData.A) =~ tostring(EventData.B)) or tostring(EventData.C) =~ \"x\"";
    let [found, _] = said("  a: {A|fieldref: B}\n  c: {C: x}\n  condition: a or c\n");
    assert_eq!(found, kql);
}

#[test]
fn several_conditions_are_alternatives() {
    let [kql, aql] = said(&format!("{SELECTIONS}  condition: [g, h]\n"));
    assert_eq!([kql, aql], expected("{g} or {h}", "({g} OR {h})"));
}

/// The reading of the rule says more (SIG012), and so does not let it come this far.
#[test]
fn no_value_is_no_alternative() {
    let [kql, aql] = said("  s: {F: []}\n  condition: s\n");
    assert_eq!(kql, "SIG068 no row of Sentinel's tables can match");
    assert_eq!(aql, "SIG068 no row of QRadar's tables can match");
}
