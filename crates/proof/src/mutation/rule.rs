//! Mutants of Sigma rules: changes of the tree, since a rule runs from it.

use catalogue::Variant;
use syntax::sigma::{Condition, Modifier, Rule, Search, Value};

use super::{Change, Mutant, NOTHING};

pub(super) fn mutants(variant: &Variant) -> Vec<Mutant> {
    let mut all = Vec::new();
    // Correlations rest on their rules.
    let rules: Vec<Rule> = variant.clone().rules_mut().into_iter().map(|rule| rule.clone()).collect();
    for (number, rule) in rules.iter().enumerate() {
        for selection in 0..rule.selections.len() {
            let neutral = rule.conditions.first().and_then(|condition| neutral(condition, selection, true));
            let mut path = Vec::new();
            let Some(search) = rule.selections.get(selection).map(|selection| &selection.search) else {
                continue;
            };
            walk(search, &mut path, neutral.unwrap_or(true), &mut |path, search, is_of_all| {
                changes(variant, (number, selection), path, search, is_of_all, &mut all);
            });
        }
    }
    all
}

/// What a selection would have to come to for its condition to do without it: true among what all has to hold, false among
/// alternatives, and the other way round beneath a negation. `None` where the condition does not name it.
fn neutral(condition: &Condition, selection: usize, here: bool) -> Option<bool> {
    let of_parts = |parts: &[Condition], junction: bool| {
        let here = if parts.len() > 1 { junction } else { here };
        parts.iter().find_map(|part| neutral(part, selection, here))
    };
    let of_all = |named: &[usize], junction: bool| {
        named.contains(&selection).then_some(if named.len() > 1 { junction } else { here })
    };
    match condition {
        Condition::Selection(named, _) => (*named == selection).then_some(here),
        Condition::AllOf(named, _) => of_all(named, true),
        Condition::OneOf(named, _) => of_all(named, false),
        Condition::Not(inner) => neutral(inner, selection, !here),
        Condition::And(parts) => of_parts(parts, true),
        Condition::Or(parts) => of_parts(parts, false),
    }
}

/// Visits every field, with the way to it and whether to do without it means that it holds.
fn walk(search: &Search, path: &mut Vec<usize>, is_of_all: bool, visit: &mut dyn FnMut(&[usize], &Search, bool)) {
    match search {
        Search::All(parts) | Search::Any(parts) => {
            let is_of_all = if parts.len() > 1 { matches!(search, Search::All(_)) } else { is_of_all };
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
        if let Some(place) = variant.rules_mut().into_iter().nth(number).and_then(|rule| at(rule, selection, path)) {
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
        let is_all = found.modifiers.iter().any(|modifier| modifier.value == Modifier::All);
        if found.values.len() == 1 || is_all {
            found.values.iter_mut().skip(place).take(1).for_each(|value| value.value = other(&value.value));
        } else {
            // Among alternatives one that nothing has is as good as none, and none suits every modifier.
            found.values.remove(place);
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

#[cfg(test)]
mod tests {
    use syntax::Source;

    use super::*;

    /// What each selection of a rule is without effect as.
    fn neutrals(condition: &str) -> Vec<Option<bool>> {
        let text = format!(
            "title: t\nlogsource: {{product: windows}}\ndetection:\n  a: {{x: 1}}\n  b: {{x: 2}}\n  c: {{x: 3}}\n  condition: {condition}\n"
        );
        let rule = syntax::sigma::parse(&Source::new("r.yml", text)).tree.rules.remove(0);
        (0..3).map(|selection| neutral(&rule.conditions[0], selection, true)).collect()
    }

    #[test]
    fn a_condition_does_without_a_selection_as_its_place_asks() {
        assert_eq!(neutrals("a and not b"), [Some(true), Some(false), None]);
        assert_eq!(neutrals("a or b"), [Some(false), Some(false), None]);
        assert_eq!(neutrals("a and not (b or c)"), [Some(true), Some(false), Some(false)]);
        assert_eq!(neutrals("a and not (b and c)"), [Some(true), Some(true), Some(true)]);
        assert_eq!(neutrals("a and 1 of b*"), [Some(true), Some(true), None]);
        assert_eq!(neutrals("not a"), [Some(false), None, None]);
    }
}
