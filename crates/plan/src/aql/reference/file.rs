//! Files of reference data: lines, CSV, or JSON as QRadar's own interface gives it.

use serde_json::Value as Json;

use super::element::Element;
use crate::list::{self, Format};

/// What a file holds: a header, which only tables have for one, and rows.
pub(super) struct Rows {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// The type of the elements, where the file says it.
    pub element: Option<Element>,
}

/// Lines, CSV, or JSON: an array of values or of objects, or what QRadar's own interface gives of a set or map.
pub(super) fn read(text: &str) -> Option<Rows> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with(['[', '{']) {
        return objects(&serde_json::from_str(text).ok()?);
    }
    let list::Rows::ByPlace(rows) = list::rows(text, Format::Separated(b','))? else { return None };
    // A line that is one value has no blanks around it.
    let trimmed = |row: Vec<String>| match row.as_slice() {
        [only] => Some(only.trim()).filter(|only| !only.is_empty()).map(|only| vec![only.to_owned()]),
        _ => Some(row),
    };
    let mut rows = rows.into_iter().filter_map(trimmed);
    Some(Rows { header: rows.next().unwrap_or_default(), rows: rows.collect(), element: None })
}

fn objects(json: &Json) -> Option<Rows> {
    match json {
        Json::Array(items) => {
            let first = items.first().and_then(Json::as_object);
            let header: Vec<String> = first.map(|object| object.keys().cloned().collect()).unwrap_or_default();
            let row = |item: &Json| match item {
                // An element of a set has its value beside when it was seen.
                Json::Object(object) if object.contains_key("first_seen") => {
                    object.get("value").map(|value| vec![plain(value)])
                }
                Json::Object(object) => {
                    Some(header.iter().map(|name| object.get(name).map(plain).unwrap_or_default()).collect())
                }
                item => Some(vec![plain(item)]),
            };
            let rows: Vec<Vec<String>> = items.iter().map(row).collect::<Option<_>>()?;
            let is_set = first.is_none_or(|object| object.contains_key("first_seen"));
            Some(Rows { header: if is_set { Vec::new() } else { header }, rows, element: None })
        }
        Json::Object(object) => {
            let element = object.get("element_type").and_then(Json::as_str).and_then(Element::named);
            Some(Rows { element, ..data(object.get("data")?)? })
        }
        _ => None,
    }
}

fn data(data: &Json) -> Option<Rows> {
    match data {
        // A map: each key with an element, or with several.
        Json::Object(pairs) => {
            let element = |value: &Json| plain(value.get("value").unwrap_or(value));
            let row = |(key, value): (&String, &Json)| match value {
                Json::Array(values) => values.iter().map(|value| vec![key.clone(), element(value)]).collect(),
                value => vec![vec![key.clone(), element(value)]],
            };
            Some(Rows { header: Vec::new(), rows: pairs.iter().flat_map(row).collect(), element: None })
        }
        items => objects(items),
    }
}

fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<String> {
        let rows = read(text).unwrap();
        std::iter::once(rows.header).chain(rows.rows).filter(|row| !row.is_empty()).map(|row| row.join("=")).collect()
    }

    #[test]
    fn a_file_is_lines_csv_or_json() {
        assert_eq!(all("a\nb\n"), ["a", "b"]);
        assert_eq!(all(" a \t\n  \nb b \n"), ["a", "b b"]);
        assert_eq!(all("ip,name\n10.0.0.1,\"a,b\"\n"), ["ip=name", "10.0.0.1=a,b"]);
        assert_eq!(all(r#"["a", 5]"#), ["a", "5"]);
        assert_eq!(all(r#"[{"ip":"10.0.0.1","name":"a"}]"#), ["ip=name", "10.0.0.1=a"]);
        assert_eq!(
            all(r#"{"name":"s","data":[{"first_seen":1,"value":"a"},{"first_seen":2,"value":"b"}]}"#),
            ["a", "b"]
        );
        assert_eq!(
            all(r#"{"data":{"k":{"first_seen":1,"value":"v"},"l":[{"value":"x"},{"value":"y"}]}}"#),
            ["k=v", "l=x", "l=y"]
        );
        assert!(read("{").is_none() && read("{}").is_none());
    }
}
