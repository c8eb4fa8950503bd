//! Conditions: case, missing values, types, and the shapes that patterns take.

use super::{codes, filter};
use crate::binding::Nulls;

#[test]
fn like_counts_case_and_ilike_does_not() {
    assert_eq!(filter("Image LIKE '%\\cmd.exe'"), "text_ends_with/cs,any,absent(Image, Utf8(\"\\cmd.exe\"))");
    assert_eq!(filter("Image ILIKE 'C:\\%'"), "text_starts_with/ci,any,absent(Image, Utf8(\"C:\\\"))");
    assert_eq!(filter("username LIKE 'a_c'"), "text_regex/cs,any,absent(username, Utf8(\"(?s)^a.c$\"))");
    assert_eq!(filter("username = 'Bob'"), "text_equals/cs,any,absent(username, Utf8(\"Bob\"))");
}

#[test]
fn lower_is_undone_where_the_literal_is_lower_too() {
    assert_eq!(filter("LOWER(\"Process Path\") LIKE '%cmd%'"), "text_contains/ci,any,absent(Image, Utf8(\"cmd\"))");
    assert_eq!(filter("UPPER(username) = 'BOB'"), "text_equals/ci,any,absent(username, Utf8(\"BOB\"))");
    assert_eq!(filter("LOWER(username) LIKE '%Cmd%'"), "Boolean(false)");
    let text = "SELECT username FROM events WHERE LOWER(username) LIKE '%Cmd%'";
    assert_eq!(codes(text), [("AQL202", "'%Cmd%'".into())]);
}

#[test]
fn alternatives_on_one_text_are_one_look() {
    let found = filter("LOWER(Image) LIKE '%a.exe' OR qid = 1 OR LOWER(Image) LIKE '%b.exe' OR Image ILIKE '%c.exe'");
    let wanted =
        "text_ends_with/ci,any,absent(Image, Utf8(\"a.exe\"), Utf8(\"b.exe\"), Utf8(\"c.exe\")) OR qid = Int64(1)";
    assert_eq!(found, wanted);
}

#[test]
fn a_comparison_with_what_is_missing_is_false_and_not_makes_it_true() {
    assert_eq!(filter("NOT Image LIKE '%a'"), "NOT text_ends_with/cs,any,absent(Image, Utf8(\"a\"))");
    assert_eq!(filter("Image NOT LIKE '%a'"), "NOT text_ends_with/cs,any,absent(Image, Utf8(\"a\"))");
    let different = "username IS NOT NULL AND NOT text_equals/cs,any,absent(username, Utf8(\"a\"))";
    assert_eq!(filter("username != 'a'"), different);
    assert_eq!(filter("qid > 5"), "qid > Int64(5)");
    assert_eq!(filter("NOT qid > 5"), "NOT qid > Int64(5) IS TRUE");
    assert_eq!(filter("qid NOT IN (1, 2)"), "NOT qid IN ([Int64(1), Int64(2)]) IS TRUE");
    assert_eq!(filter("NOT hasoffense"), "NOT hasoffense IS TRUE");
}

#[test]
fn an_empty_text_is_missing() {
    let missing = "text_equals/cs,any,empty(username, Utf8(\"\"))";
    for condition in ["username IS NULL", "username = NULL", "username = ''", "username IN ('')"] {
        assert_eq!(filter(condition), missing, "{condition}");
    }
    for condition in ["username IS NOT NULL", "username <> null"] {
        assert_eq!(filter(condition), format!("NOT {missing}"), "{condition}");
    }
    assert_eq!(filter("username <> ''"), format!("username IS NOT NULL AND NOT {missing}"));
    assert_eq!(filter("qid IS NULL"), "qid IS NULL");
    assert_eq!(filter("qid = NULL"), "qid IS NULL");
}

#[test]
fn texts_meet_numbers_as_numbers_and_columns_stay_bare() {
    assert_eq!(filter("devicetype = 12"), "devicetype = Int32(12)");
    assert_eq!(filter("LOGSOURCETYPEID = '12'"), "devicetype = Int32(12)");
    assert_eq!(filter("12 < qid"), "qid > Int64(12)");
    assert_eq!(filter("qid > 2.5"), "TRY_CAST(qid AS Float64) > Float64(2.5)");
    assert_eq!(filter("\"EventID\" = 4688"), "aql_long/string(EventID) = Int64(4688)");
    assert_eq!(filter("hasoffense = 'True'"), "hasoffense = Boolean(true)");
    assert_eq!(filter("username = false"), "cast/string,bool(username) = Boolean(false)");
    let text = "SELECT username FROM events WHERE qid = 'x'";
    assert_eq!(codes(text), [("AQL203", "qid = 'x'".into())]);
}

#[test]
fn lists_are_one_test() {
    let found = filter("LOWER(username) IN ('a', 'b')");
    assert_eq!(found, "text_equals/ci,any,absent(username, Utf8(\"a\"), Utf8(\"b\"))");
    assert_eq!(filter("devicetype IN (12, '13')"), "devicetype IN ([Int32(12), Int32(13)])");
}

#[test]
fn addresses_compare_as_addresses() {
    let found = filter("sourceip BETWEEN '10.0.0.0' AND '10.0.0.255'");
    let wanted = "aql_address/string(sourceip) >= Utf8(\"00000000000000000000ffff0a000000\") AND \
                  aql_address/string(sourceip) <= Utf8(\"00000000000000000000ffff0a0000ff\")";
    assert_eq!(found, wanted);
    let found = filter("INCIDR('10.0.0.0/8', sourceip)");
    assert_eq!(found, "text_cidr/ci,any,absent(sourceip, Utf8(\"10.0.0.0/8\"))");
    assert_eq!(codes("SELECT qid FROM events WHERE INCIDR('10.0.0.0/33', sourceip)")[0].0, "AQL118");
}

#[test]
fn regular_expressions_match_the_whole_value() {
    let found = filter("Image IMATCHES '(?s).*a+'");
    assert_eq!(found, r#"text_regex/cs,any,absent(Image, Utf8("\A(?:(?s:.)*[aA]+)\z"))"#);
    let text = |pattern: &str| format!("SELECT qid FROM events WHERE Image MATCHES '{pattern}'");
    let found = filter(r"Image MATCHES '[.]\w'");
    assert_eq!(found, r#"text_regex/cs,any,absent(Image, Utf8("\A(?:[\x{2e}][a-zA-Z0-9_])\z"))"#);
    let found = filter(r"Image MATCHES '(?!x).*'");
    assert!(found.starts_with(r#"text_backtracking/cs,any,absent(Image, Utf8("\A(?:(?!x)"#), "{found}");
    assert_eq!(codes(&text("a+")), [("AQL204", "'a+'".into())]);
    assert_eq!(codes(&text("a(b")), [("AQL108", "'a(b'".into())]);
    assert_eq!(codes(&text("(?<=x{1,3})y.*")), [("AQL108", "'(?<=x{1,3})y.*'".into())]);
    let wide = "_".repeat(200_000);
    assert_eq!(codes(&format!("SELECT qid FROM events WHERE Image LIKE '{wide}'"))[0].0, "AQL108");
    assert_eq!(codes("SELECT qid FROM events WHERE payload LIKE '%a%'"), [("AQL206", "payload".into())]);
}

#[test]
fn with_three_values_a_test_of_what_is_missing_has_no_answer() {
    let filter = |condition: &str| {
        let text = format!("SELECT qid FROM events WHERE {condition}");
        let bound = super::bound_with(&text, |options| options.nulls = Nulls::ThreeValued);
        let plan = bound.output.unwrap().plan.display_indent().to_string();
        plan.lines().find_map(|line| line.trim().strip_prefix("Filter: ").map(str::to_string)).unwrap()
    };
    let wanted = "NOT CASE WHEN text_equals/cs,any,empty(username, Utf8(\"\")) THEN Boolean(NULL) ELSE \
                  text_equals/cs,any,absent(username, Utf8(\"a\")) END";
    assert_eq!(filter("NOT username = 'a'"), wanted);
    assert_eq!(filter("username NOT IN ('a')"), wanted);
    // Nothing is negated: what has no answer keeps no row.
    assert_eq!(filter("username = 'a'"), "text_equals/cs,any,absent(username, Utf8(\"a\"))");
    assert_eq!(filter("NOT username = NULL"), "NOT text_equals/cs,any,empty(username, Utf8(\"\"))");
    assert_eq!(filter("NOT username = ''"), "NOT text_equals/cs,any,empty(username, Utf8(\"\"))");
    let missing = "CASE WHEN text_equals/cs,any,empty(sourceip, Utf8(\"\")) THEN";
    assert!(filter("NOT INCIDR('10.0.0.0/8', sourceip)").contains(missing));
    assert!(filter("NOT qid = 1").contains("CASE WHEN qid IS NULL THEN"));
}

#[test]
fn patterns_that_are_matched_step_by_step_are_told_with_their_texts() {
    let text = r"SELECT qid FROM (SELECT LOWER(username) AS who, qid FROM events) WHERE who MATCHES '(.)\1.*'";
    let output = super::output(text);
    let [only] = output.stepwise.as_slice() else { panic!("{:?}", output.stepwise) };
    assert_eq!(only.text.to_string(), "who");
    assert_eq!(only.input.schema().field_names().len(), 2);
    assert_eq!(super::output("SELECT qid FROM events WHERE username MATCHES 'a.*'").stepwise.len(), 0);
}

#[test]
fn fields_without_which_a_condition_holds_are_told() {
    let of = |condition: &str| super::output(&format!("SELECT qid FROM events WHERE {condition}")).holds_without;
    for condition in
        ["NOT x = 1", "x NOT LIKE 'a%'", "x NOT IN ('a')", "x IS NULL", "NOT (x IS NOT NULL)", "NOT x != 'a'"]
    {
        assert_eq!(of(condition), ["x"], "{condition}");
    }
    for condition in
        ["x = 1", "x != 'a'", "x IS NOT NULL", "NOT (NOT (x = 'a'))", "NOT (CASE WHEN x = 1 THEN 0 ELSE 1 END = 1)"]
    {
        assert!(of(condition).is_empty(), "{condition}");
    }
}

#[test]
fn what_finds_less_than_it_seems_is_warned_of() {
    let of = |condition: &str| codes(&format!("SELECT qid FROM events WHERE {condition}"));
    assert_eq!(of(r"Image LIKE '%\\cmd.exe'"), [("AQL218", r"'%\\cmd.exe'".into())]);
    assert_eq!(of(r"Image LIKE '\\srv\share%' AND Image LIKE '%\cmd.exe'"), []);
    assert_eq!(of("username = \"alice\""), [("AQL221", "\"alice\"".into())]);
    assert_eq!(of("username = \"Image\""), []);
    assert_eq!(of("Image LIKE 'cmd.exe'"), [("AQL204", "'cmd.exe'".into())]);
    assert_eq!(of("LOWER(UTF8(payload)) LIKE 'cmd.exe'"), [("AQL204", "'cmd.exe'".into())]);
    assert_eq!(of("Image ILIKE 'cmd.exe' AND LOWER(Image) LIKE 'cmd.exe'"), []);
    assert_eq!(of(r"Image LIKE '%\\localhost\admin$%'"), []);
    assert_eq!(of(r"Image = 'C:\\cmd.exe'")[0].0, "AQL218");
    assert_eq!(of("Image = '%cmd.exe'"), [("AQL219", "Image = '%cmd.exe'".into())]);
}
