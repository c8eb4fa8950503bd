//! What the parser makes of queries, and how it goes on after errors.

use super::*;
use crate::aql::tree::{ArithmeticOp, CompareOp, ExprKind, From, Item, LikeOp, MomentKind, Select, TimeRange};

fn read(text: &str) -> (Query, Vec<(&'static str, String)>) {
    let source = Source::new("q", text);
    let parsed = parse(&source);
    let found = parsed.diagnostics.iter().map(|d| (d.code, source.slice(d.span).to_string())).collect();
    (parsed.tree, found)
}

/// The only statement.
fn select(query: Query) -> Select {
    let [select] = query.selects.try_into().unwrap();
    select
}

fn filter(text: &str) -> ExprKind {
    let (query, found) = read(&format!("SELECT * FROM events WHERE {text}"));
    assert_eq!(found, [], "{text}");
    select(query).filter.unwrap().kind
}

fn codes(text: &str) -> Vec<&'static str> {
    read(text).1.into_iter().map(|(code, _)| code).collect()
}

#[test]
fn every_clause_has_its_place() {
    let (query, found) = read(
        "select distinct QIDNAME(qid) as 'Event', \"Image\" path, COUNT(*) from EVENTS where a = 1 \
         group by \"Event\" having n > 2 order by a desc, b limit 10 last 2 hours PARAMETERS PROGRESSDETAILSRESOLUTION=60;",
    );
    assert_eq!(found, []);
    let select = select(query);
    let aliases: Vec<Option<String>> = select
        .items
        .iter()
        .map(|item| match item {
            Item::Value { alias, .. } => alias.as_ref().map(|name| name.text.clone()),
            Item::All(_) => None,
        })
        .collect();
    assert_eq!(aliases, [Some("Event".into()), Some("path".into()), None]);
    assert!(matches!(&select.from, Some(From::Table(name)) if name.text == "EVENTS"));
    assert!(select.distinct.is_some() && select.having.is_some() && select.group.len() == 1);
    assert_eq!(select.order.iter().map(|order| order.descending).collect::<Vec<_>>(), [true, false]);
    assert_eq!(select.limit.map(|limit| limit.rows), Some(10));
    assert!(matches!(select.range, Some(TimeRange::Last { millis: 7_200_000, .. })));
}

#[test]
fn and_binds_tighter_than_or_and_not_between_them() {
    let ExprKind::Or(operands) = filter("NOT a = 1 AND b = 2 OR c = 3 OR d = 4") else { panic!() };
    assert_eq!(operands.len(), 3);
    let ExprKind::And(both) = &operands[0].kind else { panic!() };
    assert!(matches!(both[0].kind, ExprKind::Not(_)));
    assert!(matches!(filter("NOT NOT a = 1"), ExprKind::Compare { op: CompareOp::Equal, .. }));
}

#[test]
fn products_bind_tighter_than_sums_and_power_is_no_xor() {
    let ExprKind::Compare { left, .. } = filter("a + b * c ^ 2 - 1 > 0") else { panic!() };
    let ExprKind::Arithmetic { op: ArithmeticOp::Subtract, left, .. } = left.kind else { panic!() };
    let ExprKind::Arithmetic { op: ArithmeticOp::Add, right, .. } = left.kind else { panic!() };
    let ExprKind::Arithmetic { op: ArithmeticOp::Multiply, right, .. } = right.kind else { panic!() };
    assert!(matches!(right.kind, ExprKind::Arithmetic { op: ArithmeticOp::Power, .. }));
}

#[test]
fn predicates_take_infix_not() {
    let ExprKind::Like { op: LikeOp::Ilike, negated: true, patterns, .. } =
        filter("a NOT ILIKE ENUMERATION('x%', 'y')")
    else {
        panic!()
    };
    assert_eq!(patterns.len(), 2);
    assert!(matches!(filter("a NOT IN ('x', 'y')"), ExprKind::In { negated: true, .. }));
    assert!(matches!(filter("a BETWEEN 1 AND 2 AND b = 1"), ExprKind::And(all) if all.len() == 2));
    assert!(matches!(filter("a IS NOT NULL"), ExprKind::IsNull { negated: true, .. }));
    assert!(matches!(filter("a IN (SELECT b FROM events LAST 5 MINUTES)"), ExprKind::InSelect { .. }));
    assert!(matches!(filter("TEXT SEARCH 'x AND y'"), ExprKind::TextSearch(_)));
}

#[test]
fn conditionals_come_in_three_forms() {
    let cases = [
        "CASE a WHEN 1 THEN 'x' ELSE 'y' END = 'x'",
        "CASE WHEN a = 1 THEN 'x' END = 'x'",
        "(IF (a = 1) THEN 2 ELSE 3) = 2",
    ];
    let subjects = cases.map(|text| {
        let ExprKind::Compare { left, .. } = filter(text) else { panic!() };
        let ExprKind::Case { subject, branches, otherwise } = left.kind else { panic!() };
        (subject.is_some(), branches.len(), otherwise.is_some())
    });
    assert_eq!(subjects, [(true, 1, true), (false, 1, false), (false, 1, true)]);
}

#[test]
fn windows_take_texts_numbers_and_relative_times() {
    let (query, found) = read("SELECT * FROM events START PARSEDATETIME('1 day ago') STOP 1700000000000");
    assert_eq!(found, []);
    let Some(TimeRange::Between { start, stop, .. }) = select(query).range else { panic!() };
    assert_eq!(start.unwrap().kind, MomentKind::ParseDateTime("1 day ago".into()));
    assert_eq!(stop.unwrap().kind, MomentKind::Millis(1_700_000_000_000));
    assert_eq!(codes("SELECT * FROM events LAST 5 HOUSR"), ["AQL013"]);
}

#[test]
fn misspelt_words_are_named_and_read_as_meant() {
    let (query, found) = read("SELCT a FORM events WEHRE a LIEK 'x%' ODER BY a");
    let wanted = [("AQL006", "SELCT"), ("AQL006", "FORM"), ("AQL006", "WEHRE"), ("AQL006", "LIEK"), ("AQL006", "ODER")];
    let mut found: Vec<(&str, &str)> = found.iter().map(|(code, text)| (*code, text.as_str())).collect();
    found.sort_by_key(|(_, text)| wanted.iter().position(|(_, known)| known == text));
    assert_eq!(found, wanted);
    let select = select(query);
    assert!(matches!(select.filter.unwrap().kind, ExprKind::Like { .. }));
    assert_eq!(select.order.len(), 1);
}

#[test]
fn what_is_not_aql_is_refused_by_name() {
    assert_eq!(codes("SELECT a FROM events JOIN flows ON x = y WHERE a = 1"), ["AQL011"]);
    assert_eq!(codes("SELECT a FROM events e LEFT JOIN flows f ON a = a"), ["AQL007", "AQL011"]);
    assert_eq!(codes("SELECT a FROM events UNION SELECT b FROM flows"), ["AQL011"]);
    assert_eq!(codes("WITH x AS (SELECT 1) SELECT a FROM x"), ["AQL011"]);
    assert_eq!(codes("SELECT COUNT(*) OVER (PARTITION BY a) FROM events"), ["AQL011"]);
    assert_eq!(codes("SELECT a FROM events WHERE a NOT CONTAINS 'x' AND b STARTSWITH 'y'"), ["AQL011", "AQL011"]);
    assert_eq!(codes("SELECT a FROM events e WHERE a = 1"), ["AQL007"]);
    assert_eq!(codes("SELECT a FROM events SESSION BY starttime username BEGIN qid = 1"), ["AQL012"]);
}

#[test]
fn clauses_in_a_wrong_order_are_warned_of_and_missing_ones_reported() {
    assert_eq!(codes("SELECT a FROM events LAST 1 HOURS WHERE a = 1 GROUP BY a"), ["AQL010", "AQL010"]);
    assert_eq!(codes("SELECT a WHERE b = 1"), ["AQL008"]);
    assert_eq!(codes("SELECT a FROM events WHERE a = 1 WHERE b = 2"), ["AQL009"]);
    assert_eq!(codes("SELECT a FROM events WHERE a ="), ["AQL005"]);
    assert_eq!(codes("SELECT a FROM events WHERE (a = 1 ORDER BY a"), ["AQL005"]);
    assert_eq!(codes(""), ["AQL005"]);
}

#[test]
fn depth_is_bounded_and_length_is_not() {
    let nested = format!("SELECT a FROM events WHERE {}a = 1{}", "(".repeat(10_000), ")".repeat(10_000));
    assert_eq!(codes(&nested), ["AQL004"]);
    let signs = format!("SELECT {}1 FROM events", "- ".repeat(10_000));
    assert_eq!(codes(&signs), ["AQL004"]);
    let sums = format!("SELECT 1{} FROM events", " + 1".repeat(10_000));
    assert_eq!(codes(&sums), ["AQL004"]);
    let ors = vec!["a = 1"; 5_000].join(" OR ");
    assert!(matches!(filter(&ors), ExprKind::Or(all) if all.len() == 5_000));
    let nots = format!("{}a = 1", "NOT ".repeat(10_000));
    assert!(matches!(filter(&nots), ExprKind::Compare { .. }));
}

#[test]
fn no_beginning_of_a_query_makes_it_panic() {
    let text = "SELECT CASE WHEN a LIKE 'x''%' THEN -1.5 ELSE F(*) END AS \"n\" FROM (SELECT * FROM events) \
                WHERE a IN (1, 0x2) AND b NOT BETWEEN 1 AND 2 START '2026-01-01 00:00' STOP 5 -- end";
    for end in 0..text.len() {
        parse(&Source::new("q", &text[..end]));
        parse(&Source::new("q", &text[end..]));
    }
}

#[test]
fn statements_follow_each_other() {
    let (query, found) = read("SELECT a FROM events INTO kept LAST 1 DAYS; SELECT * FROM kept LIMIT 1;");
    assert_eq!(found, []);
    let into: Vec<Option<&str>> =
        query.selects.iter().map(|select| select.into.as_ref().map(|name| name.text.as_str())).collect();
    assert_eq!(into, [Some("kept"), None]);
    assert_eq!(codes("SELECT a FROM events; DROP TABLE x"), ["AQL011"]);
    assert_eq!(codes(&"SELECT a FROM events INTO c;".repeat(101)), ["AQL017"]);
}

#[test]
fn a_misspelt_clause_after_too_many_errors_is_the_end() {
    for count in 40..60 {
        let found = codes(&format!("SELECT a FROM events\nWHERE {} \"x\" ORDR BY a LIMI 1", "a.b[".repeat(count)));
        assert!(!found.is_empty(), "{count}");
    }
    for count in 40..60 {
        let found = codes(&format!("SELECT a FROM events {}", "LIMITT 1 ".repeat(count)));
        assert!(!found.is_empty(), "{count}");
    }
}

#[test]
fn clauses_before_from_and_windows_turned_round_are_read_with_a_warning() {
    let (query, found) =
        read("SELECT a INTO kept WHERE a = 1 FROM events STOP '2024-01-02 00:00' START '2024-01-01 00:00'");
    let found: Vec<(&str, &str)> = found.iter().map(|(code, text)| (*code, text.as_str())).collect();
    assert_eq!(found, [("AQL010", "INTO"), ("AQL010", "WHERE"), ("AQL010", "START")]);
    let select = select(query);
    assert_eq!(select.into.map(|name| name.text).as_deref(), Some("kept"));
    assert!(select.filter.is_some() && select.from.is_some());
    let Some(TimeRange::Between { start, stop, .. }) = select.range else { panic!() };
    assert_eq!(start.unwrap().kind, MomentKind::Text("2024-01-01 00:00".into()));
    assert_eq!(stop.unwrap().kind, MomentKind::Text("2024-01-02 00:00".into()));
    assert_eq!(codes("SELECT a FROM events STOP '2024-01-02 00:00'"), ["AQL018"]);
    assert_eq!(codes("SELECT a FROM events ORDER BY a GROUP BY a"), ["AQL010"]);
    // A clause of an inner query is not the outer one's.
    assert_eq!(codes("SELECT a WHERE a IN (SELECT b FROM events)"), ["AQL008"]);
}

#[test]
fn parameters_are_read_and_those_that_change_answers_are_told() {
    let with = |parameters: &str| codes(&format!("SELECT a FROM events LAST 1 DAYS PARAMETERS {parameters}"));
    assert_eq!(with("PROGRESSDETAILSRESOLUTION=60, SNAPSHOTSIZE = 2"), Vec::<&str>::new());
    assert_eq!(with("REMOTESERVERS=ARIELSERVERS4EPNAME('x', 'y'), EXECUTIONTIMELIMIT=5"), ["AQL020", "AQL020"]);
    assert_eq!(with("SNAPSHOTSIZ=2"), ["AQL019"]);
    assert_eq!(with("SNAPSHOTSIZE 2"), ["AQL005"]);
    assert_eq!(with("SNAPSHOTSIZE="), ["AQL005"]);
}

#[test]
fn sessions_are_read_whole_and_refused() {
    let with = |session: &str| read(&format!("SELECT a FROM events SESSION BY {session} LAST 1 DAYS")).1;
    let whole = with("starttime username, sourceip BEGIN qid = 16 END qid = 17 EXPIRE 500");
    assert_eq!(
        whole,
        [("AQL012", "SESSION BY starttime username, sourceip BEGIN qid = 16 END qid = 17 EXPIRE 500".to_string())]
    );
    assert_eq!(with("starttime BEGIN qid = 16")[0].0, "AQL005");
    assert_eq!(with("starttime username END qid = 16")[0].0, "AQL005");
}

#[test]
fn orders_take_a_language() {
    let (query, found) = read("SELECT a FROM events ORDER BY a COLLATE 'de-CH' DESC, b ASC");
    assert_eq!(found, []);
    let order = select(query).order;
    assert_eq!(order[0].collate.as_ref().map(|name| name.text.as_str()), Some("de-CH"));
    assert!(order[0].descending && order[1].collate.is_none());
    assert_eq!(codes("SELECT a FROM events ORDER BY a COLLATE de"), ["AQL005"]);
}

#[test]
fn what_other_languages_have_is_named() {
    assert_eq!(codes("SELECT TOP 10 a FROM events"), ["AQL011"]);
    assert_eq!(codes("SELECT a FROM events ORDER BY a NULLS LAST LIMIT 5"), ["AQL011"]);
    assert_eq!(codes("SELECT a FROM events WHERE b NOT NULL AND c = 1"), ["AQL011"]);
    assert_eq!(codes("DELETE FROM events"), ["AQL011"]);
    assert_eq!(codes("SELECT a FROM events; DROP TABLE x"), ["AQL011"]);
    assert_eq!(codes("SELECT a FROM events START 2024-01-01 STOP 2024/01/02"), ["AQL005", "AQL005"]);
    let note = |text: &str| parse(&Source::new("q", text)).diagnostics[0].notes.len();
    assert_eq!(note(r"SELECT a FROM events WHERE b = 'it\'s' LAST 1 DAYS"), 1);
    assert_eq!(note("SELECT a FROM events WHERE b = 'it LAST 1 DAYS"), 0);
}
