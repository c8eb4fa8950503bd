//! The origins behind each tabular operator, one after the other. What makes no rows of events (`print`, `range`, `datatable`,
//! `getschema`) has none.

use super::{check, check_any};

#[test]
fn rows_that_stay_rows_are_of_their_own_events() {
    let each = |operator: &str, expected: &[&str]| check(&format!("T | project n | {operator}"), expected);
    each("where n != 2", &["1,1", "3,3"]);
    each("filter n == 2", &["2,2"]);
    each("extend m = n * 10", &["1,10,1", "2,20,2", "3,30,3"]);
    each("project m = n + 1", &["2,1", "3,2", "4,3"]);
    each("extend m = 1 | project-away m", &["1,1", "2,2", "3,3"]);
    each("extend m = 1 | project-keep n", &["1,1", "2,2", "3,3"]);
    each("project-rename m = n", &["1,1", "2,2", "3,3"]);
    each("extend m = 0 | project-reorder m, n", &["0,1,1", "0,2,2", "0,3,3"]);
    each("serialize r = row_number()", &["1,1,1", "2,2,2", "3,3,3"]);
    each("as Rows | where n == 3", &["3,3"]);
    each("render table", &["1,1", "2,2", "3,3"]);
}

#[test]
fn rows_that_are_chosen_or_sorted_are_of_their_own_events() {
    let each = |operator: &str, expected: &[&str]| check(&format!("T | project n | {operator}"), expected);
    each("sort by n desc", &["3,3", "2,2", "1,1"]);
    each("order by n asc", &["1,1", "2,2", "3,3"]);
    each("top 2 by n desc", &["3,3", "2,2"]);
    each("sort by n asc | take 2", &["1,1", "2,2"]);
    each("sort by n asc | limit 1", &["1,1"]);
    each("where n == 2 | sample 5", &["2,2"]);
}

#[test]
fn a_group_is_of_all_its_events() {
    check("T | count", &["3,1+2+3"]);
    check("T | count as c", &["3,1+2+3"]);
    check_any("T | summarize c = count() by odd = n % 2", &["0,1,2", "1,2,1+3"]);
    check("T | summarize arg_max(n, *) | project n", &["3,1+2+3"]);
    check_any("T | project odd = n % 2 | distinct odd", &["0,2", "1,1+3"]);
    check_any("T | project odd = n % 2 | sample-distinct 5 of odd", &["0,2", "1,1+3"]);
}

#[test]
fn a_joined_row_is_of_both_its_events() {
    let join = |kind: &str| {
        format!(
            "T | where n < 3 | project n, k = n % 2 | join kind={kind} (T | where n > 1 | project m = n, k = n % 2) on k"
        )
    };
    // On the left 1 (odd) and 2 (even), on the right 2 (even) and 3 (odd).
    check_any(&format!("{} | project n, m", join("inner")), &["1,3,1+3", "2,2,2"]);
    check_any(&format!("{} | project n, m", join("innerunique")), &["1,3,1+3", "2,2,2"]);
    check_any(&format!("{} | where n == 1 | project n, m", join("leftouter")), &["1,3,1+3"]);
    check_any(&format!("{} | where m == 2 | project n, m", join("rightouter")), &["2,2,2"]);
    check_any(&format!("{} | where n == 1 | project n, m", join("fullouter")), &["1,3,1+3"]);
    check_any("T | project n | join kind=leftouter (T | where n == 1 | project n) on n", &["1,1,1", "2,-,2", "3,-,3"]);
    check_any(
        "T | where n == 1 | project n | join kind=rightouter (T | project n) on n | project n1",
        &["1,1", "2,2", "3,3"],
    );
    check_any(
        "T | where n < 3 | project n | join kind=fullouter (T | where n > 1 | project n) on n",
        &["-,3,3", "1,-,1", "2,2,2"],
    );
    check_any("T | project n | join kind=leftanti (T | where n == 1 | project n) on n", &["2,2", "3,3"]);
    check_any("T | where n == 1 | project n | join kind=rightanti (T | project n) on n", &["2,2", "3,3"]);
    check_any("T | project n | lookup (T | where n > 2 | project n, m = n) on n", &["1,-,1", "2,-,2", "3,3,3"]);
}

#[test]
fn a_row_that_another_lets_through_is_of_its_own_event() {
    check_any("T | project n | join kind=leftsemi (T | where n > 1 | project n) on n", &["2,2", "3,3"]);
    check_any("T | where n > 1 | project n | join kind=rightsemi (T | project n) on n", &["2,2", "3,3"]);
    check("T | project n | where n in ((T | where n > 2 | project n))", &["3,3"]);
}

#[test]
fn rows_of_several_tables_are_of_their_own_events() {
    check_any("T | project n | union (T | where n == 1 | project n)", &["1,1", "1,1", "2,2", "3,3"]);
    check_any("union withsource=s (T | where n == 3 | project n)", &["union_arg0,3,3"]);
    check("let M = materialize(T | where n == 2); M | project n", &["2,2"]);
    check("let f = (T: (n: long)) { T | where n == 1 }; f(T) | project n", &["1,1"]);
    check("T | evaluate bag_unpack(w) : (n: long) | project n | take 0", &[]);
}

#[test]
fn what_no_event_made_has_no_events() {
    check("print n = 1", &["1"]);
    check("range n from 1 to 2 step 1", &["1", "2"]);
    check("datatable(n: long) [7]", &["7"]);
    check("T | project n | getschema | project ColumnName", &["n"]);
}
