//! Fields that an event has several times: one member of EventData, a list of all that they say.

use std::collections::HashMap;

use functions::several;
use serde_json::value::RawValue;

use crate::members::Members;
use crate::text::push_json_text;

const NULL: &str = "null";

/// Appends several values as a list of JSON.
pub fn push_list(out: &mut String, text: &str) {
    for (place, value) in several::values(text).enumerate() {
        out.push(if place == 0 { '[' } else { ',' });
        push_json_text(out, value);
    }
    out.push(']');
}

/// The members as one object of JSON, each name where it is first; of a name that comes again a list, or the last value where
/// that alone counts. Null is no value where there is another.
pub fn merged<'p>(parts: impl Iterator<Item = &'p str>, is_last_alone: bool) -> String {
    let object = format!("{{{}}}", parts.collect::<Vec<_>>().join(","));
    let Ok(Members(members)) = serde_json::from_str(&object) else { return object };
    let mut names: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (name, value) in &members {
        let place = *places.entry(&name.0).or_insert(names.len());
        match names.get_mut(place) {
            Some(_) if value.get() == NULL => {}
            Some((_, values)) if is_last_alone || *values == [NULL] => *values = vec![value.get()],
            Some((_, values)) => values.push(value.get()),
            None => names.push((&name.0, vec![value.get()])),
        }
    }
    let mut out = String::with_capacity(object.len() + 16);
    for (place, (name, values)) in names.iter().enumerate() {
        out.push(if place == 0 { '{' } else { ',' });
        push_json_text(&mut out, name);
        out.push(':');
        match values.as_slice() {
            [value] => out.push_str(value),
            values => push_all(&mut out, values),
        }
    }
    out.push_str(if names.is_empty() { "{}" } else { "}" });
    out
}

/// A list of all values, and of the items of those that are lists.
fn push_all(out: &mut String, values: &[&str]) {
    out.push('[');
    let mut push = |value: &str| {
        if !out.ends_with('[') {
            out.push(',');
        }
        out.push_str(value);
    };
    for value in values {
        match serde_json::from_str::<Vec<&RawValue>>(value) {
            Ok(items) => items.iter().for_each(|item| push(item.get())),
            Err(_) => push(value),
        }
    }
    out.push(']');
}
