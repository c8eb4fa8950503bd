//! Correlations and filters with the rules of other files.

use super::*;
use crate::{Detection, Member, Selection};

const CORRELATION: &str = "title: c\nid: C\nname: many\ncorrelation: {type: event_count, rules: [one, ID], timespan: 1m, condition: {gte: 2}}\n";
const NAMED: &str =
    "title: n\nname: one\nlogsource: {product: windows, category: x}\ndetection: {a: {x: 1}, condition: a}\n";

fn loaded(name: &str, files: &[(&str, &str)]) -> (Vec<Detection>, Vec<String>) {
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    let tree = Tree::new(name, &files);
    let loaded = load(std::slice::from_ref(&tree.0));
    let slice =
        |problem: &Problem| format!("{} {}", problem.diagnostic.code, problem.source.slice(problem.diagnostic.span));
    (loaded.detections, loaded.problems.iter().map(slice).collect())
}

#[test]
fn a_correlation_finds_rules_of_other_files_by_name_and_id_and_silences_them() {
    let outer = "title: o\nid: O\ncorrelation: {type: temporal, rules: [many, one], timespan: 1m, generate: true}\n";
    let (detections, said) =
        loaded("correlated", &[("a.yml", CORRELATION), ("b.yml", RULE), ("n.yml", NAMED), ("d.yml", outer)]);
    assert_eq!(said, [""; 0]);
    let parts: Vec<(&str, bool)> =
        detections.iter().map(|found| (found.id.as_str(), !found.part_of.is_empty())).collect();
    assert_eq!(parts, [("C", false), ("ID", true), ("O", false), ("n", true)]);
    let outer = detections[2].variants[0].correlations.first().unwrap();
    let Member::Correlation(inner) = &outer.members[0] else { panic!() };
    assert_eq!((inner.members.len(), outer.members.len()), (2, 2));
    let ids = |selection: Selection| -> Vec<String> {
        let chosen = selection.apply(detections.clone()).detections.into_iter();
        chosen.filter(|found| found.part_of.is_empty()).map(|found| found.id).collect()
    };
    assert_eq!(ids(Selection::default()), ["C", "O"]);
    assert_eq!(ids(Selection { only: vec!["ID".into()], ..Selection::default() }), ["ID"]);
    // Where the correlation does not run, its rules are not silenced.
    assert_eq!(ids(Selection { exclude: vec!["C".into()], ..Selection::default() }), ["ID", "O", "n"]);
}

#[test]
fn a_correlation_whose_rules_are_not_there_is_left_out() {
    let ring = |id: &str, other: &str| CORRELATION.replace("id: C\nname: many", id).replace("one, ID", other);
    assert_eq!(loaded("unknown", &[("a.yml", CORRELATION), ("b.yml", RULE)]).1, ["CAT011 one"]);
    assert_eq!(
        loaded("twice", &[("a.yml", CORRELATION), ("b.yml", RULE), ("c.yml", NAMED), ("d.yml", NAMED)]).1,
        ["CAT012 one"]
    );
    let (detections, said) = loaded("ring", &[("a.yml", &ring("id: C", "D")), ("b.yml", &ring("id: D", "C"))]);
    assert_eq!((detections.len(), said), (0, vec!["CAT013 C".to_string(), "CAT013 D".to_string()]));
}

#[test]
fn an_alias_speaks_of_rules_of_its_correlation() {
    let aliased = CORRELATION.replace("timespan", "aliases: {who: {one: User, ide: Account}}, timespan");
    assert_eq!(loaded("alias", &[("a.yml", &aliased), ("b.yml", RULE), ("n.yml", NAMED)]).1, ["CAT042 ide"]);
    let right = aliased.replace("ide:", "id:");
    assert_eq!(loaded("aliased", &[("a.yml", &right), ("b.yml", RULE), ("n.yml", NAMED)]).1, [""; 0]);
}

#[test]
fn a_filter_is_added_to_the_rules_that_it_is_for() {
    let filter = |rules: &str, source: &str| {
        format!(
            "title: f\nlogsource: {{{source}}}\nfilter:\n  rules: {rules}\n  s: {{User|startswith: adm_}}\n  condition: not 1 of s*\n"
        )
    };
    let conditions = |filter: &str| {
        let (detections, said) = loaded("filter", &[("a.yml", RULE), ("b.yml", NAMED), ("f.yml", filter)]);
        let is_filtered = |found: &Detection| {
            let rule = &found.variants[0].rules[0];
            assert_eq!(rule.selections.len(), if rule.selections.len() == 2 { 2 } else { 1 });
            matches!(&rule.conditions[0], syntax::sigma::Condition::And(parts)
                if matches!(&parts[1], syntax::sigma::Condition::Not(inner)
                    if matches!(&**inner, syntax::sigma::Condition::OneOf(found, _) if *found == [1])))
        };
        (detections.iter().map(is_filtered).collect::<Vec<_>>(), said)
    };
    assert_eq!(conditions(&filter("[one]", "product: windows")), (vec![false, true], vec![]));
    assert_eq!(conditions(&filter("any", "product: windows")), (vec![true, true], vec![]));
    assert_eq!(conditions(&filter("any", "category: x")), (vec![false, true], vec![]));
    assert_eq!(
        conditions(&filter("any", "product: linux")),
        (vec![false, false], vec!["CAT016 {product: linux}".into()])
    );
    assert_eq!(conditions(&filter("[two, one]", "product: windows")), (vec![false, true], vec!["CAT015 two".into()]));
}

#[test]
fn filters_and_placeholders_reach_the_rules_of_a_correlation_in_a_package() {
    let manifest = "id = \"p\"\ntitle = \"T\"\nseverity = \"low\"\n[variant.sigma]\nplatform = \"x\"\n";
    let rules =
        format!("{}---\n{}", NAMED.replace("x: 1", "x|expand: '%user%'"), CORRELATION.replace("one, ID", "one"));
    let filter =
        "title: f\nlogsource: {product: windows}\nfilter:\n  rules: any\n  s: {User: adm}\n  condition: not s\n";
    let files = [("p/detection.toml", manifest), ("p/rule.yml", rules.as_str()), ("f.yml", filter)];
    let files = files.map(|(name, text)| (name, text.as_bytes()));
    let tree = Tree::new("within", &files);
    let placeholders = Placeholders::parse(&Source::new("v.yml", "user: ['%temp%', b]\n")).tree;
    let loaded = load_with(std::slice::from_ref(&tree.0), &placeholders);
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    let Member::Rule(_, rule) = &loaded.detections[0].variants[0].correlations[0].members[0] else { panic!() };
    assert_eq!(rule.selections.len(), 2);
    let syntax::sigma::Search::All(fields) = &rule.selections[0].search else { panic!() };
    let syntax::sigma::Search::Field(found) = &fields[0] else { panic!() };
    assert_eq!((found.values.len(), found.modifiers.len()), (2, 0));
    let many = Placeholders::parse(&Source::new("v.yml", format!("user: [{}]\n", "a,".repeat(10_001)))).tree;
    let loaded = load_with(std::slice::from_ref(&tree.0), &many);
    assert!(loaded.detections.is_empty());
    assert_eq!(loaded.problems[0].diagnostic.code, "SIG069");
}
