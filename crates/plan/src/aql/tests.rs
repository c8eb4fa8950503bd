//! What queries are bound to, over a table like the one of Windows events.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field as ArrowField, Schema};
use datafusion_expr::logical_plan::builder::LogicalTableSource;
use functions::{Type, origin, ticks};
use syntax::aql::parse;

use super::*;
use crate::binding::{Mode, Nulls};
use crate::tables::{Ariel, Table, TableColumn};

mod conditions;
mod groups;
mod java;
mod windows;

/// 2023-11-14T22:13:20Z.
const NOW: i64 = 1_700_000_000_000;

struct Events;

impl Tables for Events {
    fn table(&self, name: &str, wanted: &[String]) -> Option<Table> {
        if name != "events" {
            return None;
        }
        let column = |name: &str, kind: Type, aliases: &[&str]| TableColumn {
            name: name.into(),
            kind,
            aliases: aliases.iter().map(|alias| alias.to_string()).collect(),
            is_raw: false,
            ariel: None,
        };
        let special = |name: &str, kind: &str| {
            let (kind, ariel) = Ariel::from_name(kind).unwrap();
            TableColumn { ariel: Some(ariel), ..column(name, kind, &[]) }
        };
        let mut table = Table {
            name: "events".into(),
            columns: vec![
                column("starttime", Type::Long, &[]),
                column("devicetime", Type::Long, &[]),
                column("devicetype", Type::Int, &["logsourcetypeid"]),
                column("qid", Type::Long, &[]),
                column("qidname", Type::String, &[]),
                column("logsourceid", Type::Long, &[]),
                column("logsourcename", Type::String, &[]),
                column("username", Type::String, &[]),
                special("sourceip", "host"),
                special("sourceport", "port"),
                special("payload", "bytes"),
                column("Image", Type::String, &["Process Path"]),
                column("hasoffense", Type::Bool, &[]),
                column("eventcount", Type::Long, &[]),
            ],
            time: Some("starttime".into()),
            is_open: true,
            ignores_case: true,
            source: Arc::new(LogicalTableSource::new(Arc::new(Schema::empty()))),
        };
        for name in wanted {
            if table.column(name).is_none() {
                table.columns.push(TableColumn { is_raw: true, ..column(name, Type::String, &[]) });
            }
        }
        let fields = table.columns.iter().map(|column| ArrowField::new(&column.name, column.kind.arrow(), true));
        let origins = ArrowField::new(origin::COLUMN, DataType::Binary, true);
        let schema = Schema::new(fields.chain([origins]).collect::<Vec<_>>());
        table.source = Arc::new(LogicalTableSource::new(Arc::new(schema)));
        Some(table)
    }

    fn names(&self) -> Vec<String> {
        vec!["events".into()]
    }

    fn column_elsewhere(&self, _: &str) -> Option<Type> {
        None
    }
}

fn bound_with(text: &str, change: impl FnOnce(&mut Options<'_>)) -> Bound {
    let source = Source::new("q", text);
    let parsed = parse(&source);
    assert!(parsed.diagnostics.iter().all(|found| !found.is_error()), "{:?}", parsed.diagnostics);
    let now = || ticks::from_unix_millis(NOW).unwrap();
    let mut options = Options {
        now: &now,
        rows: None,
        window: Window::AsWritten,
        mode: Mode::Helpful,
        origins: false,
        no_limit: false,
        nulls: Nulls::TwoValued,
        trace: false,
    };
    change(&mut options);
    bind(&source, &parsed.tree, &Events, &options)
}

fn bound(text: &str) -> Bound {
    bound_with(text, |_| {})
}

fn output(text: &str) -> Output {
    let bound = bound(text);
    bound.output.unwrap_or_else(|| panic!("{:?}", bound.diagnostics))
}

/// The codes, with the text that each one underlines.
fn codes(text: &str) -> Vec<(&'static str, String)> {
    let source = Source::new("q", text);
    let found = bound(text).diagnostics.into_iter();
    let found = found.map(|found| (found.code, source.slice(found.span).to_string()));
    found.filter(|(code, _)| *code != "AQL201").collect()
}

/// The plan without its projections onto the table.
fn plan(text: &str) -> String {
    let text = output(text).plan.display_indent().to_string();
    text.lines()
        .filter(|line| !line.contains("TableScan") && !line.contains("events.starttime AS"))
        .fold(String::new(), |all, line| all + line.trim() + "\n")
}

/// The condition of `SELECT username FROM events WHERE …`.
fn filter(condition: &str) -> String {
    filter_of(&format!("SELECT username FROM events WHERE {condition}"))
}

fn filter_of(text: &str) -> String {
    plan(text).lines().find_map(|line| line.strip_prefix("Filter: ")).unwrap_or("none").to_string()
}

fn columns(text: &str) -> Vec<(String, Type)> {
    output(text).columns.iter().map(|column| (column.name.clone(), column.kind)).collect()
}

#[test]
fn output_columns_have_the_names_that_the_query_gives() {
    let found = columns(
        "SELECT \"process path\", USERNAME, LOGSOURCENAME(logsourceid) AS 'Log Source', QIDNAME(qid), starttime, \
         starttime / 1000, devicetype + 1 AS next, username FROM events LAST 1 HOURS",
    );
    let wanted = [
        ("process path", Type::String),
        ("USERNAME", Type::String),
        ("Log Source", Type::String),
        ("QIDNAME_qid", Type::String),
        ("starttime", Type::Long),
        ("starttime / 1000", Type::Real),
        ("next", Type::Long),
        ("username", Type::String),
    ];
    assert_eq!(found, wanted.map(|(name, kind)| (name.to_string(), kind)));
    assert_eq!(columns("SELECT username, username FROM events")[1].0, "username_2");
}

#[test]
fn all_columns_are_those_of_the_table_but_no_raw_ones() {
    let found = output("SELECT *, username FROM events WHERE \"Strange\" = 'x'");
    assert_eq!(found.columns.len(), 14);
    assert_eq!(found.raw_fields.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["Strange"]);
    assert_eq!(found.time_column.as_deref(), Some("starttime"));
}

#[test]
fn an_alias_is_bound_where_it_is_used() {
    let text = "SELECT UTF8(payload) AS text, text AS again FROM events WHERE again ILIKE '%x%' ORDER BY text";
    let found = output(text);
    assert!(found.raw_fields.is_empty());
    assert!(plan(text).contains("Filter: text_contains/ci,any,absent(payload, Utf8(\"x\"))"), "{}", plan(text));
    assert!(plan(text).contains("Sort: payload ASC NULLS LAST"));
    assert_eq!(codes("SELECT RULENAME(qid) AS r FROM events WHERE r = 'x'")[0], ("AQL208", "RULENAME".into()));
}

#[test]
fn the_limit_is_noted_and_can_be_lifted() {
    let text = "SELECT username FROM events ORDER BY starttime DESC LIMIT 500";
    let found = output(text);
    assert!(found.may_lift);
    assert_eq!(found.limits.iter().map(|(rows, _)| *rows).collect::<Vec<_>>(), [500]);
    assert_eq!(plan(text), "Projection: username\nLimit: skip=0, fetch=500\nSort: starttime DESC NULLS LAST\n");
    let lifted = bound_with(text, |options| options.no_limit = true).output.unwrap();
    assert!(lifted.limits.is_empty() && !lifted.plan.display_indent().to_string().contains("Limit"));
}

#[test]
fn inner_queries_give_their_columns() {
    let text = "SELECT name, n FROM (SELECT username AS name, COUNT(*) AS n FROM events GROUP BY username) WHERE n > 5";
    assert_eq!(columns(text), [("name".into(), Type::String), ("n".into(), Type::Real)]);
    assert_eq!(codes(&text.replace("n > 5", "m > 5")), [("AQL102", "m".into())]);
    let text = "SELECT username FROM events WHERE sourceip NOT IN (SELECT sourceip FROM events WHERE qid = 1)";
    assert!(output(text).plan.display_indent().to_string().contains("LeftAnti Join"));
    let text = "SELECT username FROM events WHERE NOT (sourceip IN (SELECT sourceip FROM events WHERE qid = 1))";
    assert!(output(text).plan.display_indent().to_string().contains("LeftAnti Join"));
    let text =
        "SELECT username FROM events WHERE qid = 1 OR NOT (sourceip IN (SELECT sourceip FROM events WHERE qid = 1))";
    assert!(filter_of(text).contains("NOT sourceip IS NOT NULL AND sourceip IN (<subquery>)"), "{}", filter_of(text));
    assert_eq!(codes("SELECT qid IN (SELECT qid FROM events) AS a FROM events")[0].0, "AQL114");
}

#[test]
fn what_is_wrong_is_named_with_its_place_and_its_remedy() {
    assert_eq!(codes("SELECT LOWR(username) FROM events"), [("AQL103", "LOWR".into())]);
    assert_eq!(codes("SELECT a FROM evnts"), [("AQL101", "evnts".into())]);
    assert_eq!(codes("SELECT SUBSTRING(username) FROM events"), [("AQL104", "SUBSTRING(username)".into())]);
    assert_eq!(codes("SELECT LOGSOURCETYPENAME(logsourceid) FROM events"), [("AQL207", "logsourceid".into())]);
    assert_eq!(codes("SELECT DATEFORMAT(starttime, 'YYYY-MM-dd hh:mm') FROM events").len(), 2);
    assert_eq!(codes("SELECT DATEFORMAT(starttime, 'QQQ') FROM events"), [("AQL117", "'QQQ'".into())]);
    assert_eq!(codes("SELECT DOMAINNAME(domainid) FROM events"), [("AQL208", "DOMAINNAME".into())]);
    assert_eq!(codes("SELECT username FROM events ORDER BY 1"), [("AQL216", "1".into())]);
    let of_type = |condition: &str| codes(&format!("SELECT qid FROM events WHERE {condition}"));
    assert_eq!(of_type(&format!("LOGSOURCETYPENAME(devicetype) LIKE '{}x'", "%_".repeat(30)))[0].0, "AQL217");
    let found = of_type("LOGSOURCETYPENAME(devicetype) ILIKE '%sysmon%'");
    assert_eq!(found, [("AQL217", "LOGSOURCETYPENAME(devicetype)".into())]);
    assert_eq!(of_type("LOWER(LOGSOURCETYPENAME(devicetype)) LIKE '%windows%event_log'"), []);
    assert_eq!(of_type("LOGSOURCETYPENAME(devicetype) IN ('Linux OS', 'Microsoft Windows Security Event Log')"), []);
    let swapped = |item: &str| codes(&format!("SELECT {item} FROM events"));
    for item in [
        "PARSETIMESTAMP(username, 'yyyy-MM-dd')",
        "PARSETIMESTAMP('2024-01-01', 'yyyy-MM-dd')",
        "DATEFORMAT('HH:mm', starttime)",
        "INCIDR(sourceip, '10.0.0.0/8')",
        r"REPLACEALL(username, '\d', 'x')",
    ] {
        assert_eq!(swapped(item)[0].0, "AQL126", "{item}");
    }
    assert_eq!(swapped("PARSETIMESTAMP(username, Image)")[0].0, "AQL107");
    assert_eq!(swapped("PARSETIMESTAMP('yyyy-MM-dd', '2024-01-01')"), []);
    let help = bound("SELECT LOWR(username) FROM events").diagnostics.pop().unwrap().help;
    assert_eq!(help.as_deref(), Some("did you mean 'LOWER'?"));
}

#[test]
fn the_engine_s_own_names_cannot_be_written() {
    for item in ["qid AS '\u{1}origin'", "qid \"\u{1}origin\"", "\"\u{1}origin\""] {
        let source = Source::new("query", format!("SELECT {item} FROM events"));
        let found: Vec<&str> = syntax::aql::parse(&source).diagnostics.iter().map(|found| found.code).collect();
        assert_eq!(found, ["AQL016"], "{item}");
    }
}

#[test]
fn long_chains_stay_shallow_and_aliases_cannot_explode() {
    let any = vec!["qid = 1"; 5_000].join(" OR ");
    assert!(filter(&any).contains("qid = Int64(1)"));
    let sum = format!("SELECT 1{} FROM events", " + qid".repeat(499));
    assert_eq!(columns(&sum).len(), 1);
    let deep = format!("SELECT {}qid{} FROM events", "CASE WHEN qid = 1 THEN 1 ELSE ".repeat(190), " END".repeat(190));
    assert_eq!(columns(&deep).len(), 1);
    let inner = format!("{}SELECT qid FROM events{}", "SELECT qid FROM (".repeat(190), ")".repeat(190));
    assert_eq!(columns(&inner).len(), 1);
    let called = format!("SELECT {}username{} FROM events", "LOWER(CONCAT(".repeat(90), "))".repeat(90));
    assert_eq!(columns(&called).len(), 1);
    let negated = format!("{}qid = 1{}", "NOT (".repeat(190), ")".repeat(190));
    assert!(filter(&negated).contains("qid = Int64(1)"));
    let wide = format!("SELECT {} FROM events", vec!["qid"; 1_001].join(", "));
    assert!(codes(&wide).iter().any(|(code, _)| *code == "AQL119"));
    let many: Vec<String> = (0..100_000).map(|n| format!("COUNT(\"f{n}\")")).collect();
    assert!(
        codes(&format!("SELECT CONCAT({}) FROM events", many.join(", "))).iter().any(|(code, _)| *code == "AQL119")
    );
    let many: Vec<String> = (0..50_000).map(|n| format!("COUNT(CONCAT(username, {n}))")).collect();
    let many = format!("SELECT CONCAT({}) FROM events", many.join(", "));
    let found = bound(&many).diagnostics;
    assert!(found.len() <= 200 && found.iter().any(|found| found.code == "AQL119"));
    let doubled: Vec<String> = (1..40).map(|n| format!("x{} + x{} AS x{n}", n - 1, n - 1)).collect();
    let doubled = format!("SELECT qid AS x0, {} FROM events", doubled.join(", "));
    assert!(codes(&doubled).iter().any(|(code, _)| *code == "AQL119"));
    // What the text itself spells is no explosion.
    let listed: Vec<String> = (0..30_000).map(|n| format!("'{n}'")).collect();
    assert_eq!(codes(&format!("SELECT username IN ({}) AS a FROM events", listed.join(", "))), []);
}

#[test]
fn what_explodes_is_refused_before_it_is_built() {
    let nested =
        |depth: usize| format!("SELECT {}qid{} AS a FROM events", "(".repeat(depth), " BETWEEN 0 AND 1)".repeat(depth));
    let doubled: Vec<String> = (1..40).map(|n| format!("x{} + x{} AS x{n}", n - 1, n - 1)).collect();
    for text in [nested(20), nested(190), format!("SELECT qid AS x0, {} FROM events", doubled.join(", "))] {
        assert!(codes(&text).iter().any(|(code, _)| *code == "AQL119"));
    }
}

#[test]
fn operators_that_look_twice_cannot_explode() {
    let nested = |before: &str, after: &str| {
        let text = format!("SELECT {}qid{} FROM events", before.repeat(60), after.repeat(60));
        let bound = bound_with(&text, |options| options.nulls = Nulls::ThreeValued);
        bound.diagnostics.iter().any(|found| found.code == "AQL119")
    };
    assert!(nested("(", " BETWEEN 0 AND 1)"));
    assert!(nested("(1 % ", ")"));
    assert!(nested("(", " = username)"));
    assert!(nested("CASE ", " WHEN 1 THEN 2 WHEN 3 THEN 4 END"));
    assert!(nested("(CASE WHEN ", " != 'a' THEN 'b' ELSE 'c' END)"));
}

#[test]
fn origins_are_carried_when_they_are_asked_for() {
    let found = bound_with("SELECT COUNT(*) FROM events", |options| options.origins = true).output.unwrap();
    let schema = found.plan.schema();
    assert_eq!(schema.fields().last().map(|field| field.name().as_str()), Some(origin::COLUMN));
    assert_eq!(*found.columns, [crate::Column::new("COUNT", Type::Real)]);
}
