//! Correlations, filters and collections: what pySigma makes of the same texts, and what is said of faults.

use super::super::*;
use crate::Source;

const CORRELATION: &str =
    "title: C\ncorrelation:\n  type: temporal\n  rules: [a, b]\n  group-by: User\n  timespan: 5m\n";

fn read(text: &str) -> (Documents, Vec<String>) {
    let source = Source::new("r.yml", text);
    let parsed = parse(&source);
    let said = parsed.diagnostics.iter().map(|d| format!("{} {:?}", d.code, source.slice(d.span))).collect();
    (parsed.tree, said)
}

fn said(text: &str) -> Vec<String> {
    read(text).1
}

#[test]
fn a_correlation_is_read() {
    let (tree, said) = read(
        "title: Many\nid: X\nname: many\nlevel: high\ncorrelation:\n  type: value_count\n  rules:\n    - failed\n    - 5638f7c0\n  group-by: [Computer, ip]\n  timespan: 90m\n  aliases:\n    ip:\n      failed: IpAddress\n  condition:\n    field: User\n    gt: 100\n    lte: 200.5\n  generate: true\n",
    );
    assert_eq!(said, [""; 0]);
    let found = &tree.correlations[0];
    assert_eq!((found.kind, found.timespan, found.generate), (Kind::ValueCount, 5_400, true));
    assert!(found.about.is_called("x") && found.about.is_called("many") && !found.about.is_called("Many"));
    let names = |list: &[Spanned<String>]| list.iter().map(|name| name.value.clone()).collect::<Vec<_>>();
    assert_eq!(
        (names(&found.rules), names(&found.group_by)),
        (vec!["failed".into(), "5638f7c0".into()], vec!["Computer".into(), "ip".into()])
    );
    assert_eq!(found.aliases[0].fields[0].1.value, "IpAddress");
    let Asked::Number(measure) = &found.condition else { panic!() };
    assert_eq!(measure.bounds, [(Bound::Gt, 100.0), (Bound::Lte, 200.5)]);
    assert_eq!(names(&measure.fields), ["User"]);
}

#[test]
fn a_temporal_correlation_asks_for_all_of_its_rules_by_itself() {
    let (tree, said) = read(CORRELATION);
    assert_eq!(said, [""; 0]);
    let Asked::Number(measure) = &tree.correlations[0].condition else { panic!() };
    assert_eq!(measure.bounds, [(Bound::Gte, 2.0)]);
}

#[test]
fn an_extended_condition_binds_not_before_and_before_or() {
    let text = "title: C\ncorrelation: {type: temporal_ordered, timespan: 5m, condition: a or not b and c}\n";
    let (tree, said) = read(text);
    assert_eq!(said, [""; 0]);
    let found = &tree.correlations[0];
    assert_eq!(found.rules.iter().map(|rule| rule.value.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
    let not = Together::Not(Box::new(Together::Rule(1)));
    let tree = Together::Or(vec![Together::Rule(0), Together::And(vec![not, Together::Rule(2)])]);
    assert_eq!(found.condition, Asked::Rules(tree));
}

#[test]
fn what_is_wrong_in_a_correlation_is_underlined() {
    let with = |line: &str| said(&format!("{CORRELATION}{line}"));
    let of = |body: &str| said(&format!("title: C\ncorrelation: {body}\n"));
    assert_eq!(of("{rules: [a], timespan: 5m}"), ["SIG030 \"correlation\""]);
    assert_eq!(of("{type: event_cout, rules: [a], timespan: 5m}"), ["SIG008 \"event_cout\""]);
    assert_eq!(of("{type: event_count, rules: [a], timespan: 5m}"), ["SIG030 \"correlation\""]);
    assert_eq!(of("{type: event_count, timespan: 5m, condition: {gt: 1}}"), ["SIG030 \"correlation\""]);
    assert_eq!(of("{type: temporal, rules: [a]}"), ["SIG030 \"correlation\""]);
    assert_eq!(of("{type: temporal, rules: [a], timespan: 5 m}"), ["SIG034 \"5 m\""]);
    assert_eq!(of("{type: event_count, rules: [a], timespan: 5m, condition: {field: x}}")[0].get(..6), Some("SIG035"));
    assert_eq!(of("{type: event_count, rules: [a], timespan: 5m, condition: {gt: x}}"), ["SIG023 \"x\""]);
    assert_eq!(of("{type: event_count, rules: [a], timespan: 5m, condition: {more: 1, gt: 2}}"), ["SIG038 \"more\""]);
    assert_eq!(of("{type: event_count, rules: [a], timespan: 5m, condition: a and b}"), ["SIG036 \"a and b\""]);
    assert_eq!(of("{type: value_sum, rules: [a], timespan: 5m, condition: {gt: 1}}")[0].get(..6), Some("SIG030"));
    assert_eq!(
        of("{type: value_percentile, rules: [a], timespan: 5m, condition: {field: x, gt: 1}}")[0].get(..6),
        Some("SIG030")
    );
    assert_eq!(with("  condition: a and c\n"), ["SIG037 \"c\""]);
    assert_eq!(with("  condition: a\n"), ["SIG037 \"b\""]);
    assert_eq!(with("  condition: a and (b\n"), ["SIG015 \"(\""]);
    assert_eq!(with("  group_by: x\n"), ["SIG038 \"group_by\""]);
    assert_eq!(with("  generate: maybe\n"), ["SIG005 \"maybe\""]);
    assert_eq!(of("5"), ["SIG005 \"5\""]);
}

#[test]
fn a_filter_names_its_rules_or_any() {
    let filter = |rules: &str| {
        format!(
            "title: F\nlogsource: {{product: windows}}\nfilter:\n{rules}  s: {{User|startswith: adm_}}\n  condition: not s\n"
        )
    };
    let (tree, said_of) = read(&filter("  rules: [a, b]\n"));
    assert_eq!(
        (said_of, tree.filters[0].rules.as_ref().map(Vec::len), tree.filters[0].selections.len()),
        (vec![], Some(2), 1)
    );
    for any in ["  rules: any\n", "  rules: []\n"] {
        assert_eq!(read(&filter(any)).0.filters[0].rules, None);
    }
    assert_eq!(said(&filter("")), ["SIG031 \"filter\""]);
    assert_eq!(said("title: F\nfilter: {rules: any, s: {x: 1}, condition: s}\n"), ["SIG006 \"\""]);
}

#[test]
fn actions_of_a_collection_are_done() {
    let (tree, said) = read(
        "action: global\ntitle: G\nlogsource: {product: windows}\ndetection: {condition: s}\n---\nid: A\ndetection: {s: {x: 1}}\n---\naction: repeat\nid: B\ndetection: {s: {x: 2}}\n---\naction: reset\n---\ntitle: H\nid: C\nlogsource: {product: linux}\ndetection: {s: {x: 3}, condition: s}\n",
    );
    assert_eq!(said, ["SIG032 \"global\""]);
    let told = |rule: &Rule| {
        let value = |text: &Option<Spanned<String>>| text.as_ref().map(|text| text.value.clone()).unwrap_or_default();
        let Search::All(entries) = &rule.selections[0].search else { panic!() };
        let Search::Field(found) = &entries[0] else { panic!() };
        (
            value(&rule.about.id),
            value(&rule.about.title),
            value(&rule.log_source.product),
            found.values[0].value.clone(),
        )
    };
    let rule = |id: &str, title: &str, product: &str, x: &str| {
        (id.into(), title.into(), product.into(), Value::Number(x.into()))
    };
    let told: Vec<(String, String, String, Value)> = tree.rules.iter().map(told).collect();
    assert_eq!(told, [rule("A", "G", "windows", "1"), rule("B", "G", "windows", "2"), rule("C", "H", "linux", "3")]);
}

const RULE: &str = "logsource: {product: windows}\ndetection: {a: {x: 1}, condition: a}\n";

/// The titles of the rules that are sound, and what was said.
fn sound(text: &str) -> (Vec<String>, Vec<String>) {
    let (tree, said) = read(text);
    let sound = tree.rules.into_iter().filter(|rule| !rule.is_broken);
    (sound.filter_map(|rule| Some(rule.about.title?.value)).collect(), said)
}

#[test]
fn a_document_that_is_no_yaml_leaves_those_behind_it() {
    let text = format!("title: one\n{RULE}---\ntitle: [two\n{RULE}---\ntitle: three\n{RULE}");
    let (titles, said) = sound(&text);
    assert_eq!(titles, ["one", "three"]);
    assert_eq!(said.len(), 1);
    let aliased = format!("title: one\n{RULE}---\ntitle: *nowhere\n{RULE}---\ntitle: three\n{RULE}");
    let (titles, said) = sound(&aliased);
    assert_eq!((titles.len(), said.len()), (2, 1));
    // What the others rest on is not known.
    let action = format!("action: global\nlevel: [high\n---\ntitle: three\n{RULE}");
    assert_eq!(sound(&action).0, [""; 0]);
}

#[test]
fn a_fault_of_what_is_global_is_one_of_its_rules() {
    let text = format!(
        "action: global\nlevel: high\nlevel: low\n---\ntitle: one\n{RULE}---\naction: reset\n---\ntitle: two\n{RULE}"
    );
    let (titles, said) = sound(&text);
    assert_eq!(titles, ["two"]);
    assert_eq!(said.iter().filter(|said| said.ends_with("\"level\"")).count(), 1);
}

#[test]
fn faults_of_many_rules_are_found_in_linear_time() {
    let rule = "title: t\nlogsource: {product: windows}\ndetection: {a: {x|nothing: 1}, condition: a}\n---\n";
    let (titles, said) = sound(&rule.repeat(20_000));
    assert_eq!((titles.len(), said.len()), (0, 20_000));
}

#[test]
fn a_condition_names_so_many_rules_and_no_more() {
    let names = |count: usize| (0..count).map(|number| format!("r{number}")).collect::<Vec<_>>().join(" and ");
    let text = |count| {
        format!("title: C\ncorrelation: {{type: temporal_ordered, timespan: 5m, condition: {}}}\n", names(count))
    };
    assert_eq!(said(&text(50)), [""; 0]);
    assert_eq!(said(&text(51)).len(), 1);
}
