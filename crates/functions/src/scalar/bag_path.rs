//! Paths into bags: a plain name, or `$.a.b` and `$['a']['b'][0]`.

use serde_json::{Map, Value};

/// Values deeper than this have no path: what is nested so deep is no data.
const DEPTH: usize = 128;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Name(String),
    Index(i64),
}

/// The steps of a path that starts with `$`; `None` where it is not one.
pub fn parse(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.trim().strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let (name, left) = after.split_at(end);
            if !name.is_empty() {
                steps.push(Step::Name(name.to_string()));
            }
            if name.is_empty() && !left.starts_with('[') {
                return None;
            }
            rest = left;
        } else {
            let after = rest.strip_prefix('[')?;
            let quote = after.chars().next().filter(|c| matches!(c, '\'' | '"'));
            if let Some(quote) = quote {
                let (name, left) = after.get(1..)?.split_once(quote)?;
                steps.push(Step::Name(name.to_string()));
                rest = left.strip_prefix(']')?;
            } else {
                let (index, left) = after.split_once(']')?;
                steps.push(Step::Index(index.trim().parse().ok()?));
                rest = left;
            }
        }
    }
    Some(steps)
}

/// What stands at the end of a path or under a plain name.
pub fn find<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    steps(path).iter().try_fold(value, |at, step| step_into(at, step))
}

pub fn step_into<'v>(value: &'v Value, step: &Step) -> Option<&'v Value> {
    match (value, step) {
        (Value::Object(members), Step::Name(name)) => members.get(name),
        (Value::Array(items), Step::Index(index)) => items.get(place(*index, items.len())?),
        _ => None,
    }
}

pub(super) fn remove(value: &mut Value, path: &str) {
    let steps = steps(path);
    let Some((last, before)) = steps.split_last() else {
        return;
    };
    let mut at = value;
    for step in before {
        let Some(next) = step_into_mut(at, step) else {
            return;
        };
        at = next;
    }
    match (at, last) {
        (Value::Object(members), Step::Name(name)) => {
            members.shift_remove(name);
        }
        (Value::Array(items), Step::Index(index)) => {
            if let Some(place) = place(*index, items.len()).filter(|place| *place < items.len()) {
                items.remove(place);
            }
        }
        _ => {}
    }
}

/// Sets the value at a path; bags on the way that are missing are made. A property that is set again moves to the end.
pub(super) fn set(value: &mut Value, path: &str, new: Value) {
    let steps = steps(path);
    let Some((last, before)) = steps.split_last() else {
        return;
    };
    let mut at = value;
    for step in before {
        let next = match (at, step) {
            (Value::Object(members), Step::Name(name)) => {
                Some(members.entry(name.clone()).or_insert_with(|| Value::Object(Map::new())))
            }
            (other, step) => step_into_mut(other, step),
        };
        let Some(next) = next else {
            return;
        };
        at = next;
    }
    match (at, last) {
        (Value::Object(members), Step::Name(name)) => {
            members.shift_remove(name);
            members.insert(name.clone(), new);
        }
        (other, step) => {
            if let Some(place) = step_into_mut(other, step) {
                *place = new;
            }
        }
    }
}

/// The paths of all values, in the order of the bag; of an array those of its first value stand for all.
pub(super) fn all(value: &Value) -> Vec<String> {
    let mut paths = Vec::new();
    walk(value, "", DEPTH, &mut paths);
    paths
}

fn walk(value: &Value, path: &str, depth: usize, paths: &mut Vec<String>) {
    if !path.is_empty() {
        paths.push(path.to_string());
    }
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                walk(member, &format!("{path}['{name}']"), depth, paths);
            }
        }
        Value::Array(items) => {
            if let Some(first) = items.first() {
                walk(first, &format!("{path}[0]"), depth, paths);
            }
        }
        _ => {}
    }
}

fn steps(path: &str) -> Vec<Step> {
    parse(path).unwrap_or_else(|| vec![Step::Name(path.to_string())])
}

fn step_into_mut<'v>(value: &'v mut Value, step: &Step) -> Option<&'v mut Value> {
    match (value, step) {
        (Value::Object(members), Step::Name(name)) => members.get_mut(name),
        (Value::Array(items), Step::Index(index)) => {
            let place = place(*index, items.len())?;
            items.get_mut(place)
        }
        _ => None,
    }
}

fn place(index: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    usize::try_from(if index < 0 { length + index } else { index }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_with_dots_and_brackets() {
        let name = |text: &str| Step::Name(text.into());
        assert_eq!(parse("$.a.b[0]"), Some(vec![name("a"), name("b"), Step::Index(0)]));
        assert_eq!(parse("$['a b'][\"c\"][-1]"), Some(vec![name("a b"), name("c"), Step::Index(-1)]));
        assert_eq!(parse("$"), Some(vec![]));
        assert_eq!(parse("a.b"), None);
        assert_eq!(parse("$.a[x]"), None);
    }
}
