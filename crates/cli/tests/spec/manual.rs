//! The manual is whole: each operator, aggregate and plugin of KQL and each clause and operator of AQL has its page, and
//! each function of KQL an example. Functions of AQL stand on the pages of their families.

use std::collections::HashSet;
use std::path::Path;

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

/// One test for each part of the manual.
pub fn trials(root: &Path) -> Vec<Trial> {
    let kql = root.join("spec/kql");
    let titles = |folder: &str| named(&root.join("spec").join(folder), |text| text.lines().take(1).collect());
    let (operators, aggregates) = (titles("kql/operators"), titles("kql/aggregates"));
    let (clauses, of_aql) = (titles("aql/clauses"), titles("aql/operators"));
    let plugins = named(&kql.join("plugins"), str::to_string);
    let whole = pages(&kql).concat();
    let of_families = pages(&root.join("spec/aql/functions")).concat();
    vec![
        Trial::test("manual › operators have pages", move || {
            told(syntax::kql::operators().filter(|name| !operators.contains(*name)).map(str::to_string).collect())
        }),
        Trial::test("manual › aggregates have pages", move || {
            told(lacking("aggregate", |name| aggregates.contains(name)))
        }),
        Trial::test("manual › plugins have pages", move || told(lacking("plugin", |name| plugins.contains(name)))),
        Trial::test("manual › clauses of AQL have pages", move || {
            // `GROUP BY` is the clause GROUP.
            let is_there = |name: &&str| clauses.iter().any(|title| title.split(' ').next() == Some(*name));
            told(syntax::aql::clauses().filter(|name| !is_there(name)).map(str::to_string).collect())
        }),
        Trial::test("manual › operators of AQL have pages", move || {
            told(syntax::aql::operators().filter(|name| !of_aql.contains(*name)).map(str::to_string).collect())
        }),
        Trial::test("manual › functions and aggregates of AQL have examples", move || {
            let listed = crate::examples::list();
            let all = listed.as_array().into_iter().flatten().flat_map(|entry| names(entry, "aql"));
            told(all.filter(|name| !of_families.contains(&format!("{name}("))).collect())
        }),
        Trial::test("manual › functions have examples", move || told(without_example(&whole))),
    ]
}

/// Functions that nothing shows: neither examples of their own, nor a query of a page.
fn without_example(pages: &str) -> Vec<String> {
    let functions = crate::examples::list();
    let shown = functions.as_array().into_iter().flatten().filter(|entry| {
        let is_refused = entry["refused"].as_bool() == Some(true);
        let has_example = entry["examples"].as_array().is_some_and(|examples| !examples.is_empty());
        entry["kind"] == "function" && !is_refused && !has_example
    });
    let names = shown.flat_map(|entry| names(entry, "kql"));
    names.filter(|name| !pages.contains(&format!("{name}("))).collect()
}

/// Names of this kind that are nowhere.
fn lacking(kind: &str, is_there: impl Fn(&str) -> bool) -> Vec<String> {
    let listed = crate::examples::list();
    let entries = listed.as_array().into_iter().flatten().filter(|entry| entry["kind"] == kind);
    entries.flat_map(|entry| names(entry, "kql")).filter(|name| !is_there(name)).collect()
}

/// What an entry is called in a language.
fn names(entry: &Value, language: &str) -> Vec<String> {
    let names = entry[language].as_array().into_iter().flatten();
    names.filter_map(|name| name.as_str().map(str::to_string)).collect()
}

/// What stands in backticks in the part that is looked at of each page.
fn named(folder: &Path, part: impl Fn(&str) -> String) -> HashSet<String> {
    let quoted = |page: String| part(&page).split('`').skip(1).step_by(2).map(str::to_string).collect::<Vec<_>>();
    pages(folder).into_iter().flat_map(quoted).collect()
}

fn pages(folder: &Path) -> Vec<String> {
    let paths = crate::pages(folder).into_iter();
    paths.map(|path| std::fs::read_to_string(path).expect("a page is readable")).collect()
}

fn told(missing: Vec<String>) -> Result<(), Failed> {
    if missing.is_empty() { Ok(()) } else { Err(format!("missing: {}", missing.join(", ")).into()) }
}
