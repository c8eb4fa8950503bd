//! A list: the rows of a file that the user names for a watchlist or for `externaldata`, as text.

use serde_json::{Map, Value};

/// How the rows stand in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Values between this character, in quotes where they hold it.
    Separated(u8),
    /// A line is one value.
    Lines,
    /// The whole file is one value.
    Whole,
    /// An array of objects, or an object after the other.
    Json,
}

impl Format {
    /// By the name that `format=` has for it; `None` for what is read from nowhere here.
    pub fn named(name: &str) -> Option<Format> {
        Some(match name.to_ascii_lowercase().as_str() {
            "csv" => Format::Separated(b','),
            "tsv" | "tsve" => Format::Separated(b'\t'),
            "psv" => Format::Separated(b'|'),
            "scsv" => Format::Separated(b';'),
            "sohsv" => Format::Separated(1),
            "txt" => Format::Lines,
            "raw" => Format::Whole,
            "json" | "multijson" => Format::Json,
            _ => return None,
        })
    }

    /// By the ending of a file's name; where it says nothing, values between commas, as in the service.
    pub fn of_file(name: &str) -> Format {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        Format::named(ending).unwrap_or(if ending == "jsonl" { Format::Json } else { Format::Separated(b',') })
    }
}

/// The rows of a file: by place, or by name where they are objects.
pub enum Rows {
    ByPlace(Vec<Vec<String>>),
    ByName(Vec<Map<String, Value>>),
}

/// `None` where the text is not what its format says.
pub fn rows(text: &str, format: Format) -> Option<Rows> {
    let text = text.trim_start_matches('\u{feff}');
    Some(match format {
        Format::Separated(by) => Rows::ByPlace(separated(text, by)),
        Format::Lines => Rows::ByPlace(text.lines().map(|line| vec![line.to_owned()]).collect()),
        Format::Whole => Rows::ByPlace(vec![vec![text.to_owned()]]),
        Format::Json => {
            let mut found = Vec::new();
            for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
                match value.ok()? {
                    Value::Array(items) => found.extend(items),
                    value => found.push(value),
                }
            }
            let objects = found.into_iter().map(|value| match value {
                Value::Object(object) => Some(object),
                _ => None,
            });
            Rows::ByName(objects.collect::<Option<_>>()?)
        }
    })
}

/// Values between separators; in quotes they may hold separators, ends of lines, and quotes as two. Empty lines are no rows.
fn separated(text: &str, by: u8) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.has_headers(false).flexible(true).delimiter(by).from_reader(text.as_bytes());
    // What is text already is read without an error.
    let rows = reader.into_records().flatten().map(|row| row.iter().map(str::to_owned).collect::<Vec<String>>());
    rows.filter(|row| row.iter().any(|value| !value.is_empty())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_between_separators() {
        let expected = [vec!["a", "b,c"], vec!["d \"e\"", ""], vec!["f\ng"]];
        assert_eq!(separated("a,\"b,c\"\r\n\n\"d \"\"e\"\"\",\n\"f\ng\"", b','), expected);
        assert_eq!(Format::of_file("bad-ips.txt"), Format::Lines);
        assert_eq!(Format::of_file("list"), Format::Separated(b','));
    }

    #[test]
    fn objects_stand_in_an_array_or_in_lines() {
        for text in ["[{\"a\":1},{\"a\":2}]", "{\"a\":1}\n{\"a\":2}\n"] {
            assert!(matches!(rows(text, Format::Json), Some(Rows::ByName(found)) if found.len() == 2), "{text}");
        }
        assert!(rows("[1]", Format::Json).is_none() && rows("{", Format::Json).is_none());
    }
}
