//! A list: the rows of a file that the user names for a watchlist or for `externaldata`, as text.

use serde_json::{Map, Value};

/// How the rows stand in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Values between this character, in quotes where they hold it.
    Separated(char),
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
            "csv" => Format::Separated(','),
            "tsv" | "tsve" => Format::Separated('\t'),
            "psv" => Format::Separated('|'),
            "scsv" => Format::Separated(';'),
            "sohsv" => Format::Separated('\u{1}'),
            "txt" => Format::Lines,
            "raw" => Format::Whole,
            "json" | "multijson" => Format::Json,
            _ => return None,
        })
    }

    /// By the ending of a file's name; where it says nothing, values between commas, as in the service.
    pub fn of_file(name: &str) -> Format {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        Format::named(ending).unwrap_or(if ending == "jsonl" { Format::Json } else { Format::Separated(',') })
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
fn separated(text: &str, by: char) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut row: Vec<String> = Vec::new();
    let mut value = String::new();
    let mut is_quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => {
                value.push('"');
                letters.next();
            }
            '"' if is_quoted => is_quoted = false,
            '"' if value.is_empty() => is_quoted = true,
            _ if is_quoted => value.push(letter),
            '\r' if letters.peek() == Some(&'\n') => {}
            '\n' => {
                row.push(std::mem::take(&mut value));
                if row.iter().any(|value| !value.is_empty()) {
                    rows.push(std::mem::take(&mut row));
                }
                row.clear();
            }
            _ if letter == by => row.push(std::mem::take(&mut value)),
            _ => value.push(letter),
        }
    }
    row.push(value);
    if row.iter().any(|value| !value.is_empty()) {
        rows.push(row);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_between_separators() {
        let expected = [vec!["a", "b,c"], vec!["d \"e\"", ""], vec!["f\ng"]];
        assert_eq!(separated("a,\"b,c\"\r\n\n\"d \"\"e\"\"\",\n\"f\ng\"", ','), expected);
        assert_eq!(Format::of_file("bad-ips.txt"), Format::Lines);
        assert_eq!(Format::of_file("list"), Format::Separated(','));
    }

    #[test]
    fn objects_stand_in_an_array_or_in_lines() {
        for text in ["[{\"a\":1},{\"a\":2}]", "{\"a\":1}\n{\"a\":2}\n"] {
            assert!(matches!(rows(text, Format::Json), Some(Rows::ByName(found)) if found.len() == 2), "{text}");
        }
        assert!(rows("[1]", Format::Json).is_none() && rows("{", Format::Json).is_none());
    }
}
