//! Groups: keys, aggregates, and fields that are neither.

use functions::Type;

use super::{codes, columns, output, plan};

#[test]
fn a_field_outside_of_keys_and_aggregates_is_the_first_of_its_group() {
    let text = "SELECT username, sourceip, COUNT(*) AS n, MAX(starttime), UNIQUECOUNT(qid) FROM events \
                GROUP BY USERNAME HAVING n > 5 ORDER BY n DESC LIMIT 3";
    let wanted = [
        ("username", Type::String),
        ("FIRST_sourceip", Type::String),
        ("n", Type::Real),
        ("MAX_starttime", Type::Long),
        ("UNIQUECOUNT_qid", Type::Real),
    ];
    assert_eq!(columns(text), wanted.map(|(name, kind)| (name.to_string(), kind)));
    let plan = plan(text);
    let first = "first_value(sourceip) IGNORE NULLS ORDER BY [starttime ASC NULLS LAST] AS \u{1}aggregate";
    assert!(plan.contains(first), "{plan}");
    assert!(plan.contains("groupBy=[[username AS \u{1}key 0]]"), "{plan}");
    assert!(plan.contains("AS Float64) > Float64(5)") || plan.contains("TRY_CAST(Int64(5) AS Float64)"), "{plan}");
    let found = output(text);
    assert!(!found.may_lift && found.time_column.is_none());
}

#[test]
fn keys_can_be_items_and_expressions_of_keys_stay_expressions() {
    let text = "SELECT QIDNAME(qid) AS 'Event', CONCAT(LOWER(username), 'x') AS who, SUM(eventcount) / 2 AS half \
                FROM events GROUP BY \"Event\", LOWER(username) ORDER BY 'Event'";
    let plan = plan(text);
    assert!(plan.contains("groupBy=[[qidname AS \u{1}key 0, aql_lower/string(username) AS \u{1}key 1]]"), "{plan}");
    assert!(plan.contains("aql_concat/string,string(\u{1}key 1, Utf8(\"x\")) AS who"), "{plan}");
    assert!(plan.contains("Sort: \u{1}key 0 ASC NULLS LAST"), "{plan}");
}

#[test]
fn aggregates_are_refused_where_there_are_no_groups_yet() {
    assert_eq!(codes("SELECT username FROM events WHERE COUNT(*) > 5"), [("AQL110", "COUNT".into())]);
    assert_eq!(codes("SELECT SUM(COUNT(*)) FROM events"), [("AQL111", "COUNT".into())]);
    assert_eq!(codes("SELECT COUNT(DISTINCT qid) FROM events"), [("AQL205", "DISTINCT".into())]);
}

#[test]
fn distinct_rows_are_ordered_by_what_they_hold() {
    assert!(plan("SELECT DISTINCT username AS u FROM events ORDER BY username").contains("Sort: u ASC"));
    assert_eq!(codes("SELECT DISTINCT username FROM events ORDER BY qid"), [("AQL116", "qid".into())]);
}
