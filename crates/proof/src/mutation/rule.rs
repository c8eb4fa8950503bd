//! Mutants of Sigma rules: changes of the tree, since a rule runs from it.

use catalogue::Variant;
use syntax::sigma::{Rule, Search, Value};

use super::{Change, Mutant, NOTHING};

pub(super) fn mutants(variant: &Variant) -> Vec<Mutant> {
    let mut all = Vec::new();
    for (number, rule) in variant.rules.iter().enumerate() {
        for selection in 0..rule.selections.len() {
            let mut path = Vec::new();
            let Some(search) = rule.selections.get(selection).map(|selection| &selection.search) else {
                continue;
            };
            walk(search, &mut path, true, &mut |path, search, is_of_all| {
                changes(variant, (number, selection), path, search, is_of_all, &mut all);
            });
        }
    }
    all
}

/// Visits every field, with the way to it and whether it stands among what all has to hold.
fn walk(search: &Search, path: &mut Vec<usize>, is_of_all: bool, visit: &mut dyn FnMut(&[usize], &Search, bool)) {
    match search {
        Search::All(parts) | Search::Any(parts) => {
            let is_of_all = matches!(search, Search::All(_));
            for (place, part) in parts.iter().enumerate() {
                path.push(place);
                walk(part, path, is_of_all, visit);
                path.pop();
            }
        }
        Search::Field(_) => visit(path, search, is_of_all),
    }
}

fn changes(
    variant: &Variant,
    (number, selection): (usize, usize),
    path: &[usize],
    search: &Search,
    is_of_all: bool,
    into: &mut Vec<Mutant>,
) {
    let Search::Field(found) = search else {
        return;
    };
    let with = |new: Search| {
        let mut variant = variant.clone();
        if let Some(place) = variant.rules.get_mut(number).and_then(|rule| at(rule, selection, path)) {
            *place = new;
        }
        variant
    };
    let field = found.field.as_ref().map_or("keywords", |field| field.value.as_str());
    let without = if is_of_all { Search::All(Vec::new()) } else { Search::Any(Vec::new()) };
    let span = found.field.as_ref().map_or(found.span, |field| field.span);
    into.push(Mutant { variant: with(without), change: Change::Dropped, span, what: field.to_owned() });
    for (place, value) in found.values.iter().enumerate() {
        let what = match &value.value {
            Value::Text(text) | Value::Number(text) => text.clone(),
            Value::Bool(_) | Value::Null => continue,
        };
        let mut found = found.clone();
        match found.values.len() {
            1 => found.values.iter_mut().for_each(|value| value.value = other(&value.value)),
            _ => drop(found.values.remove(place)),
        }
        let variant = with(Search::Field(found));
        into.push(Mutant { variant, change: Change::Literal, span: value.span, what: format!("{field}: {what}") });
    }
}

/// A value of the same kind that nothing has.
fn other(value: &Value) -> Value {
    match value {
        Value::Number(_) => Value::Number("987654321".to_owned()),
        _ => Value::Text(NOTHING.to_owned()),
    }
}

fn at<'a>(rule: &'a mut Rule, selection: usize, path: &[usize]) -> Option<&'a mut Search> {
    let mut search = &mut rule.selections.get_mut(selection)?.search;
    for place in path {
        search = match search {
            Search::All(parts) | Search::Any(parts) => parts.get_mut(*place)?,
            Search::Field(_) => return None,
        };
    }
    Some(search)
}
