//! Sigma rules, good and broken, parsed to trees and diagnostics.

use super::*;
use crate::Source;

mod documents;

const HEAD: &str = "title: T\nlogsource:\n  product: windows\n  category: process_creation\n";

fn rule(detection: &str) -> (Vec<Rule>, Vec<String>) {
    let text = format!("{HEAD}detection:\n{detection}");
    let source = Source::new("r.yml", text);
    let parsed = parse(&source);
    let said = parsed.diagnostics.iter().map(|d| format!("{} {:?}", d.code, source.slice(d.span))).collect();
    (parsed.tree.rules, said)
}

fn said(detection: &str) -> Vec<String> {
    rule(detection).1
}

#[test]
fn a_rule_is_read_with_its_places() {
    let text = "title: Čaj # ü\nid: 1-2\nstatus: test\nlevel: high\ntags:\n  - attack.t1204.001\nlogsource:\n  product: windows\n  service: security\ndetection:\n  sel:\n    EventID: 4688\n    Image|endswith:\n      - '\\a.exe'\n      - \"\\\\b\\\"\"\n  condition: sel\n";
    let source = Source::new("r.yml", text);
    let parsed = parse(&source);
    assert_eq!(parsed.diagnostics, []);
    let rule = &parsed.tree.rules[0];
    assert_eq!(rule.about.title.as_ref().unwrap().value, "Čaj");
    assert_eq!(rule.about.level.as_ref().unwrap().value, Level::High);
    assert_eq!(rule.about.status.as_ref().unwrap().value, Status::Test);
    assert_eq!(rule.about.tags[0].value, "attack.t1204.001");
    assert_eq!(source.slice(rule.about.tags[0].span), "attack.t1204.001");
    assert_eq!(rule.log_source.service.as_ref().unwrap().value, "security");
    assert!(rule.log_source.category.is_none());
    let Search::All(entries) = &rule.selections[0].search else { panic!() };
    let (Search::Field(id), Search::Field(image)) = (&entries[0], &entries[1]) else { panic!() };
    assert_eq!(id.values[0].value, Value::Number("4688".into()));
    assert_eq!(image.modifiers[0].value, Modifier::EndsWith);
    assert_eq!(source.slice(image.modifiers[0].span), "endswith");
    assert_eq!(source.slice(image.field.as_ref().unwrap().span), "Image");
    assert_eq!(image.values[0].value, Value::Text("\\a.exe".into()));
    assert_eq!(image.values[1].value, Value::Text("\\b\"".into()));
    assert_eq!(rule.conditions.len(), 1);
}

#[test]
fn conditions_bind_not_before_and_before_or() {
    let (rules, said) =
        rule("  a1: {x: 1}\n  a2: {x: 2}\n  b: {x: 3}\n  condition: a1 or not b and (1 of a* or all of them)\n");
    assert_eq!(said, [""; 0]);
    let Condition::Or(parts) = &rules[0].conditions[0] else { panic!() };
    assert!(matches!(parts[0], Condition::Selection(0, _)));
    let Condition::And(parts) = &parts[1] else { panic!() };
    assert!(matches!(&parts[0], Condition::Not(inner) if matches!(**inner, Condition::Selection(2, _))));
    let Condition::Or(parts) = &parts[1] else { panic!() };
    assert!(matches!(&parts[0], Condition::OneOf(found, _) if *found == [0, 1]));
    assert!(matches!(&parts[1], Condition::AllOf(found, _) if *found == [0, 1, 2]));
}

#[test]
fn them_leaves_out_what_starts_with_an_underscore() {
    let (rules, said) = rule("  a: {x: 1}\n  _b: {x: 2}\n  condition: 1 of them\n");
    assert_eq!(said, ["SIG014 \"_b\""]);
    assert!(matches!(&rules[0].conditions[0], Condition::OneOf(found, _) if *found == [0]));
}

#[test]
fn what_is_wrong_in_a_detection_is_underlined() {
    assert_eq!(said("  a:\n    Image|endwith: x\n  condition: a\n"), ["SIG020 \"endwith\""]);
    assert_eq!(said("  a: {x: 1}\n  filter: {x: 2}\n  condition: a and not fliter\n"), ["SIG013 \"fliter\""]);
    assert_eq!(said("  a: {x: 1}\n  b: {x: 2}\n  condition: a\n"), ["SIG014 \"b\""]);
    assert_eq!(said("  a: {x: 1}\n"), ["SIG010 \"detection\""]);
    assert_eq!(said("  a: {x: 1}\n  condition: a | count() > 3\n"), ["SIG016 \"|\""]);
    assert_eq!(said("  a: {x: 1}\n  condition: (a and a\n"), ["SIG015 \"(\""]);
    assert_eq!(said("  a: {x: 1}\n  condition: a and\n"), ["SIG015 \"a and\""]);
    assert_eq!(said("  a: {x: 1}\n  condition: a a\n"), ["SIG015 \"a\""]);
    assert_eq!(said("  a: {x: 1}\n  condition: 2 of a\n"), ["SIG015 \"2\""]);
    assert_eq!(said("  a: {x: 1, x: 2}\n  condition: a\n"), ["SIG004 \"x\""]);
    assert_eq!(said("  a: {x: {y: 1}}\n  condition: a\n")[0].get(..6), Some("SIG005"));
    assert_eq!(said("  a:\n  condition: a\n"), ["SIG012 \"a\""]);
    assert_eq!(said("  a: {x|contains|all: y}\n  condition: a\n"), ["SIG049 \"all\""]);
    assert_eq!(said("  a: {x: 2024-01-01}\n  condition: a\n"), ["SIG048 \"2024-01-01\""]);
    assert_eq!(said("  a: {x: 1}\n  timeframe: 5m\n  condition: a\n"), ["SIG033 \"timeframe\""]);
}

#[test]
fn the_nearest_name_is_in_the_help() {
    let help = |detection: &str| {
        let source = Source::new("r.yml", format!("{HEAD}detection:\n{detection}"));
        parse(&source).diagnostics[0].help.clone().unwrap()
    };
    assert_eq!(help("  a:\n    I|endwith: x\n  condition: a\n"), "did you mean 'endswith'?");
    assert_eq!(help("  a: {x: 1}\n  filter: {x: 2}\n  condition: a and not fliter\n"), "did you mean 'filter'?");
}

#[test]
fn lists_and_keywords_have_their_shapes() {
    let (rules, said) = rule(
        "  k:\n    - one\n    - 2\n  m:\n    - a: 1\n      b:\n    - c|contains|all: [x, y]\n  condition: k or m\n",
    );
    assert_eq!(said, [""; 0]);
    let Search::Field(keywords) = &rules[0].selections[0].search else { panic!() };
    assert_eq!(keywords.field, None);
    assert_eq!(keywords.values[1].value, Value::Number("2".into()));
    let Search::Any(items) = &rules[0].selections[1].search else { panic!() };
    let Search::All(first) = &items[0] else { panic!() };
    assert!(matches!(&first[1], Search::Field(field) if field.values[0].value == Value::Null));
    let Search::All(second) = &items[1] else { panic!() };
    assert!(matches!(&second[0], Search::Field(field) if field.values.len() == 2 && field.modifiers.len() == 2));
}

#[test]
fn documents_of_other_kinds_are_refused_by_name() {
    let codes = |text: &str| {
        let parsed = parse(&Source::new("r.yml", text));
        parsed.diagnostics.iter().map(|d| d.code).collect::<Vec<_>>()
    };
    assert_eq!(codes("- a\n"), ["SIG005"]);
    assert_eq!(codes(""), ["SIG002"]);
    assert_eq!(codes("id: x\nrule_metadata:\n  - id: y\n"), ["SIG009"]);
    assert_eq!(codes("title: t\nlogsorce: {}\n"), ["SIG006", "SIG006"]);
    assert_eq!(codes("title: [a\n"), ["SIG001"]);
    assert_eq!(codes(&format!("{HEAD}level: hihg\ndetection: {{a: {{x: 1}}, condition: a}}\n")), ["SIG008"]);
}

#[test]
fn broken_yaml_says_line_and_column() {
    let parsed = parse(&Source::new("r.yml", "title: a\nid: 'x\n"));
    assert_eq!(parsed.diagnostics[0].code, "SIG001");
    assert!(parsed.diagnostics[0].message.contains("line "), "{}", parsed.diagnostics[0].message);
}

#[test]
fn a_comment_is_no_part_of_the_value_before_it() {
    let text = "title: Tea # 'x'\nauthor: 'It''s' # 'x'\ndate: \"a\\\"b\" # \"x\"\nlogsource: {product: windows}\ndetection: {a: {x: 1}, condition: a}\n";
    let source = Source::new("r.yml", text);
    let rule = parse(&source).tree.rules.remove(0);
    assert_eq!(source.slice(rule.about.title.unwrap().span), "Tea");
    assert_eq!(source.slice(rule.about.author.unwrap().span), "'It''s'");
    assert_eq!(source.slice(rule.about.date.unwrap().span), "\"a\\\"b\"");
}

#[test]
fn several_documents_are_several_rules() {
    let one = format!("{HEAD}detection: {{a: {{x: 1}}, condition: a}}\n");
    let parsed = parse(&Source::new("r.yml", format!("\u{feff}{one}---\n{one}")));
    assert_eq!(parsed.diagnostics, []);
    assert_eq!(parsed.tree.rules.len(), 2);
}

#[test]
fn hostile_files_are_refused_in_bounded_time() {
    let codes = |text: String| parse(&Source::new("r.yml", text)).diagnostics.first().map(|d| d.code);
    let mut laughs = String::from("a0: &a0 [x, x]\n");
    for level in 1..60 {
        laughs.push_str(&format!("a{level}: &a{level} [*a{0}, *a{0}, *a{0}]\n", level - 1));
    }
    assert_eq!(codes(laughs), Some("SIG003"));
    assert_eq!(codes(format!("a: {}{}", "[".repeat(100), "]".repeat(100))), Some("SIG003"));
    let condition = |text: &str| codes(format!("{HEAD}detection:\n  a: {{x: 1}}\n  condition: {text}\n"));
    assert_eq!(condition(&format!("{}a{}", "(".repeat(5000), ")".repeat(5000))), Some("SIG003"));
    assert_eq!(condition(&format!("{} a", "not ".repeat(20_001))), None);
    assert_eq!(condition(&format!("a{}", " and a".repeat(20_000))), None);
    let many: String = (0..2_000).map(|n| format!("  s{n}: {{x: 1}}\n")).collect();
    let text = format!("{HEAD}detection:\n{many}  condition: 1 of s*{}\n", " or 1 of s*".repeat(3_000));
    assert_eq!(codes(text), Some("SIG003"));
    let modifiers = "|nosuch".repeat(50_000);
    let parsed =
        parse(&Source::new("r.yml", format!("{HEAD}detection:\n  a:\n    ? x{modifiers}\n    : 1\n  condition: a\n")));
    assert_eq!((parsed.diagnostics.len(), parsed.diagnostics[100].code), (101, "SIG003"));
    assert_eq!(codes("a: &a [*a]\n".into()), Some("SIG001"));
}

#[test]
fn merge_keys_add_what_is_not_there() {
    let (rules, said) = rule("  a: &a {x: 1, y: 2}\n  b:\n    <<: *a\n    x: 3\n  condition: a or b\n");
    assert_eq!(said, [""; 0]);
    let Search::All(entries) = &rules[0].selections[1].search else { panic!() };
    let shown: Vec<_> = entries
        .iter()
        .map(|entry| match entry {
            Search::Field(field) => (field.field.clone().unwrap().value, field.values[0].value.clone()),
            _ => panic!(),
        })
        .collect();
    assert_eq!(shown, [("x".into(), Value::Number("3".into())), ("y".into(), Value::Number("2".into()))]);
}

#[test]
fn a_rule_of_too_many_faults_is_refused_and_the_next_one_read() {
    let fields: String = (0..1_100).map(|number| format!("    F{number}|contains|all: x\n")).collect();
    let text = format!(
        "{HEAD}detection:\n  s:\n{fields}  condition: s\n---\n{HEAD}detection:\n  s:\n    Image: a\n  condition: s\n"
    );
    let parsed = parse(&Source::new("r.yml", text));
    let errors: Vec<&str> = parsed.diagnostics.iter().filter(|d| d.is_error()).map(|d| d.message.as_str()).collect();
    assert_eq!(errors, ["there is more to say of this rule than 1000 messages"]);
    let [_, second] = parsed.tree.rules.as_slice() else { panic!("two rules") };
    let Search::All(entries) = &second.selections[0].search else { panic!("a map") };
    assert!(matches!(entries.as_slice(), [Search::Field(_)]));
}

fn said_of(text: String) -> Vec<String> {
    parse(&Source::new("r.yml", text)).diagnostics.into_iter().map(|d| format!("{} {}", d.code, d.message)).collect()
}

#[test]
fn a_long_text_that_is_aliased_often_is_refused() {
    let bomb = format!("title: x\na: &a {}\nb: [{}]\n", "x".repeat(200_000), vec!["*a"; 100].join(", "));
    assert_eq!(said_of(bomb), ["SIG003 aliases expand to more than 100000 values"]);
}

#[test]
fn rules_of_a_collection_share_within_bounds_and_their_faults_are_said_once() {
    let global = |values: usize, rules: usize| {
        let head = format!("action: global\n{}x: [{}]\ndetection:\n", HEAD, vec!["y"; values].join(", "));
        format!("{head}  s:\n    A|nothing: a\n  condition: s\n{}", "---\ntitle: t\n".repeat(rules))
    };
    let of_modifier = |said: &[String]| said.iter().filter(|one| one.contains("nothing")).count();
    let few = said_of(global(10, 50));
    assert_eq!((of_modifier(&few), few.iter().any(|one| one.starts_with("SIG003"))), (1, false));
    let many = said_of(global(2_000, 600));
    assert!(many.contains(&"SIG003 the rules of this collection share too much".to_string()), "{many:?}");
}
