//! Time windows: what bounds the event time, and what is lifted.

use std::sync::atomic::{AtomicBool, Ordering};

use functions::ticks;
use syntax::Source;
use syntax::aql::parse;

use super::{Bound, Events, NOW, bound, bound_with, codes, filter, plan};
use crate::binding::{Mode, Nulls, Options, Window};

const DETECTION: &str = include_str!("detection.aql");

fn lifted(text: &str) -> (Bound, bool) {
    let asked = AtomicBool::new(false);
    let now = || {
        asked.store(true, Ordering::Relaxed);
        ticks::from_unix_millis(NOW).unwrap()
    };
    let source = Source::new("q", text);
    let options = Options {
        now: &now,
        rows: None,
        window: Window::All,
        mode: Mode::Helpful,
        origins: false,
        no_limit: false,
        nulls: Nulls::TwoValued,
        trace: false,
    };
    let bound = super::bind(&source, &parse(&source).tree, &Events, &options);
    (bound, asked.into_inner())
}

#[test]
fn last_is_a_lower_bound_relative_to_now() {
    let text = "SELECT username FROM events WHERE qid = 1 LAST 2 HOURS";
    let found = bound(text).output.unwrap();
    let [only] = found.bounds.as_slice() else { panic!("{:?}", found.bounds) };
    assert_eq!((only.table.as_str(), only.column.as_str(), only.lifted), ("events", "starttime", false));
    assert_eq!(only.keeps.to_string(), "starttime >= Int64(1699992800000)");
    assert!(only.input.display_indent().to_string().contains("qid = Int64(1)"));
    assert!(plan(text).contains("Filter: starttime >= Int64(1699992800000)"));
    assert!(plan(text).contains("starttime <= Int64(1700000000000)"));
    let (found, asked) = lifted(text);
    let found = found.output.unwrap();
    assert!(found.bounds[0].lifted && !asked);
    assert!(!found.plan.display_indent().to_string().contains("starttime >= "));
}

#[test]
fn bounds_in_the_filter_are_found_in_every_direction() {
    let conditions = [
        ("devicetime > (NOW() - 86400000)", "devicetime > Int64(1699913600000)"),
        ("NOW() - 24*60*60*1000 <= starttime", "starttime >= Int64(1699913600000)"),
        ("NOW() - starttime < 3600000", "starttime > Int64(1699996400000)"),
        ("starttime >= PARSEDATETIME('1 hour ago')", "starttime >= Int64(1699996400000)"),
        ("(starttime BETWEEN NOW() - 3600000 AND 1800000000000)", "starttime >= Int64(1699996400000)"),
        ("(qid = 2 AND t > NOW() - 3600000)", "starttime > Int64(1699996400000)"),
    ];
    for (condition, wanted) in conditions {
        let text = format!("SELECT username, starttime AS t FROM events WHERE {condition} AND qid = 1");
        let found = bound(&text).output.unwrap().bounds;
        assert_eq!(found.iter().map(|bound| bound.keeps.to_string()).collect::<Vec<_>>(), [wanted]);
        let (found, asked) = lifted(&text);
        assert!(found.output.unwrap().bounds[0].lifted && !asked, "{condition}");
    }
    assert_eq!(filter("devicetime < NOW()"), "devicetime < Int64(1700000000000)");
}

#[test]
fn what_looks_at_other_rows_keeps_its_bounds() {
    for text in [
        "SELECT COUNT(*) FROM events LAST 1 HOURS",
        "SELECT DISTINCT username FROM events LAST 1 HOURS",
        "SELECT a FROM (SELECT username AS a FROM events LIMIT 5 LAST 1 HOURS)",
    ] {
        let found = lifted(text).0.output.unwrap();
        assert!(!found.may_lift && !found.bounds[0].lifted, "{text}");
    }
}

#[test]
fn start_and_stop_cut_by_the_minute() {
    let of = |range: &str| plan(&format!("SELECT username FROM events {range}"));
    let found = of("START '2023-11-14 22:13:20' STOP '2023-11-14 22:15:20'");
    assert!(found.contains("starttime >= Int64(1699999980000) AND starttime < Int64(1700000160000)"), "{found}");
    let found = of("START '2023-11-14 22:13' STOP '2023-11-14 22:15'");
    assert!(found.contains("starttime >= Int64(1699999980000) AND starttime < Int64(1700000100000)"), "{found}");
    let text = "SELECT username FROM events START PARSEDATETIME('1 day ago')";
    assert_eq!(bound(text).output.unwrap().bounds.len(), 1);
    assert_eq!(codes("SELECT username FROM events START 'soon'"), [("AQL112", "'soon'".into())]);
}

#[test]
fn no_window_at_all_is_warned_of() {
    let found = bound("SELECT username FROM events").diagnostics;
    assert_eq!(found.iter().map(|found| found.code).collect::<Vec<_>>(), ["AQL201"]);
}

#[test]
fn fields_as_events_call_them_have_other_names_and_those_that_content_gave_have_not() {
    assert_eq!(codes(r#"SELECT "Process Path" FROM events"#), []);
}

#[test]
fn a_published_detection_binds_whole() {
    let found = bound(DETECTION);
    assert_eq!(found.diagnostics.iter().map(|found| found.code).collect::<Vec<_>>(), ["AQL201"]);
    let output = found.output.unwrap();
    assert!(output.may_lift);
    let bounds: Vec<String> = output.bounds.iter().map(|bound| bound.keeps.to_string()).collect();
    assert_eq!(bounds, ["devicetime > Int64(1699913600000)"]);
    assert_eq!(output.columns.len(), 4);
    let all = bound_with(DETECTION, |options| options.window = Window::All).output.unwrap();
    assert!(all.bounds[0].lifted);
    let plan = all.plan.display_indent().to_string();
    assert!(plan.contains("devicetype = Int32(12) AND text_ends_with/ci,any,absent(ParentImage"), "{plan}");
}

#[test]
fn windows_that_nothing_can_be_in_are_told() {
    let found = |window: &str| codes(&format!("SELECT qid FROM events {window}"));
    let empty = "START '2024-01-02 00:00' STOP '2024-01-02 00:00'";
    assert_eq!(found(empty), [("AQL227", empty.into())]);
    assert_eq!(found("START '2024-01-02 00:00' STOP '2024-01-02 00:00:00'"), []);
    assert_eq!(found("START PARSEDATETIME('now') STOP PARSEDATETIME('1 day ago')")[0].0, "AQL227");
    assert_eq!(found("START 0x8000000000000000"), []);
    assert_eq!(found("LAST 0 DAYS")[0].0, "AQL227");
}
