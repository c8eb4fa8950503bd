//! Elasticsearch: hits that give their fields as lists of values under names with dots, in place of the document.

use serde_json::Value;

use super::cells::{Cells, Sort, sort};
use crate::text::Kind;

/// The fields that a hit may give in place of its document, or beside one of which they were taken out.
pub fn fields(cells: &Cells) -> Option<&str> {
    cells.get("fields").filter(|fields| cells.has("_index") && fields.starts_with('{'))
}

/// Takes the fields; a list of one value is that value.
pub fn read_fields(json: &str, out: &mut Cells) -> Result<(), String> {
    let mut lists = Cells::default();
    lists.read_object(json.as_bytes())?;
    out.clear();
    for (name, value, kind) in lists.iter() {
        // The same text again, as it is indexed.
        if name.strip_suffix(".keyword").is_some_and(|name| lists.has(name)) {
            continue;
        }
        match serde_json::from_str(value) {
            Ok(Value::Array(items)) if kind == Kind::Nested => match items.as_slice() {
                [] => {}
                [Value::String(text)] => out.push(name, text, Kind::Scalar),
                [item] => {
                    let text = item.to_string();
                    let kind = match sort(&text) {
                        Sort::Null => Kind::Null,
                        Sort::Nested => Kind::Nested,
                        Sort::Text | Sort::Number | Sort::Truth => Kind::Scalar,
                    };
                    out.push(name, &text, kind);
                }
                _ => out.push(name, value, Kind::Nested),
            },
            _ => out.push(name, value, kind),
        }
    }
    Ok(())
}
