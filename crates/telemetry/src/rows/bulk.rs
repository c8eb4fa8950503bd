//! Bulk: files as Elasticsearch takes them, in which a line says what is to be done with the document of the next one.

use super::cells::Cells;
use crate::text::Kind;

const ACTIONS: [&str; 4] = ["index", "create", "update", "delete"];
/// What an action says beside names that begin with an underscore.
const SETTINGS: [&str; 9] = [
    "dynamic_templates",
    "if_primary_term",
    "if_seq_no",
    "list_executed_pipelines",
    "pipeline",
    "require_alias",
    "retry_on_conflict",
    "routing",
    "version",
];
/// What stands beside a document that is a part of one.
const BESIDE: [&str; 6] = ["_source", "detect_noop", "doc_as_upsert", "script", "scripted_upsert", "upsert"];
/// How long an action may be.
const LONGEST: usize = 4 << 10;

/// Whether a record is an action, which is no event.
pub fn is_action(json: &[u8]) -> bool {
    let begins = || {
        let key = json.strip_prefix(b"{")?.trim_ascii_start().strip_prefix(b"\"")?;
        ACTIONS.iter().find_map(|action| key.strip_prefix(action.as_bytes())?.strip_prefix(b"\""))
    };
    if json.len() > LONGEST || begins().is_none() {
        return false;
    }
    let (mut cells, mut inner) = (Cells::default(), Cells::default());
    let mut objects = match cells.read_object(json) {
        Ok(()) => cells.iter().collect::<Vec<_>>().into_iter(),
        Err(_) => return false,
    };
    let (Some((_, target, Kind::Nested)), None) = (objects.next(), objects.next()) else { return false };
    let is_of_target = |name: &str| name.starts_with('_') || SETTINGS.contains(&name);
    inner.read_object(target.as_bytes()).is_ok() && inner.iter().all(|(name, _, _)| is_of_target(name))
}

/// The document of an update.
pub fn document(cells: &Cells) -> Option<&str> {
    let document = cells.get("doc").filter(|document| document.starts_with('{'))?;
    cells.iter().all(|(name, _, _)| name == "doc" || BESIDE.contains(&name)).then_some(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_told_from_a_document() {
        for action in [
            r#"{"index":{}}"#,
            r#"{ "create" : {"_index":"w","_id":"1","pipeline":"p"}}"#,
            r#"{"update":{"_id":"1","retry_on_conflict":3}}"#,
            r#"{"delete":{"_index":"w","_id":"2"}}"#,
        ] {
            assert!(is_action(action.as_bytes()), "{action}");
        }
        for document in [
            r#"{"index":{"EventID":1}}"#,
            r#"{"index":1}"#,
            r#"{"index":{},"EventID":1}"#,
            r#"{"indexed":{}}"#,
            r#"{"EventID":1}"#,
            r#"{"index":{"#,
        ] {
            assert!(!is_action(document.as_bytes()), "{document}");
        }
    }
}
