//! Tests of the KQL binder: what a query becomes, and what is said of it.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use datafusion_expr::logical_plan::builder::LogicalTableSource;
use functions::{Type, origin, ticks};
use syntax::Source;

use super::*;
use crate::binding::{Mode, Nulls, Options, Window};
use crate::tables::{Table, TableColumn};

mod depth;

/// Two tables of schema alone.
struct Fake;

const PROCESS: &[(&str, Type)] = &[
    ("Timestamp", Type::Datetime),
    ("DeviceName", Type::String),
    ("AccountName", Type::String),
    ("AccountDomain", Type::String),
    ("FileName", Type::String),
    ("FolderPath", Type::String),
    ("ProcessId", Type::Long),
    ("ProcessCommandLine", Type::String),
    ("InitiatingProcessFileName", Type::String),
    ("InitiatingProcessCommandLine", Type::String),
    ("InitiatingProcessFolderPath", Type::String),
    ("AdditionalFields", Type::Dynamic),
];

const FILE: &[(&str, Type)] = &[
    ("Timestamp", Type::Datetime),
    ("DeviceName", Type::String),
    ("FileName", Type::String),
    ("FolderPath", Type::String),
    ("InitiatingProcessFileName", Type::String),
    ("InitiatingProcessCommandLine", Type::String),
    ("InitiatingProcessAccountName", Type::String),
    ("InitiatingProcessAccountDomain", Type::String),
    ("FileSize", Type::Int),
];

impl Tables for Fake {
    fn table(&self, name: &str, _: &[String]) -> Option<Table> {
        let columns = match name {
            "DeviceProcessEvents" => PROCESS,
            "DeviceFileEvents" => FILE,
            _ => return None,
        };
        let mut fields: Vec<Field> = columns.iter().map(|(name, kind)| Field::new(*name, kind.arrow(), true)).collect();
        fields.push(Field::new(origin::COLUMN, DataType::Binary, false));
        let columns = columns.iter().map(|(name, kind)| TableColumn {
            name: (*name).to_string(),
            kind: *kind,
            aliases: Vec::new(),
            is_raw: false,
            ariel: None,
        });
        Some(Table {
            name: name.to_string(),
            columns: columns.collect(),
            time: Some("Timestamp".into()),
            is_open: false,
            ignores_case: false,
            source: Arc::new(LogicalTableSource::new(Arc::new(Schema::new(fields)))),
        })
    }

    fn names(&self) -> Vec<String> {
        vec!["DeviceProcessEvents".into(), "DeviceFileEvents".into()]
    }

    fn column_elsewhere(&self, name: &str) -> Option<Type> {
        PROCESS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }
}

fn bound_as(text: &str, mode: Mode, window: Window, now: &(dyn Fn() -> i64 + Sync)) -> Bound {
    let source = Source::new("query", text);
    let parsed = syntax::kql::parse(&source);
    if parsed.has_errors() {
        return Bound { output: None, diagnostics: parsed.diagnostics };
    }
    let options = Options {
        now,
        rows: None,
        window,
        mode,
        origins: true,
        no_limit: false,
        nulls: Nulls::TwoValued,
        trace: false,
    };
    bind(&source, &parsed.tree, &Fake, &options)
}

fn bound(text: &str) -> Bound {
    bound_as(text, Mode::Helpful, Window::AsWritten, &|| ticks::UNIX_EPOCH)
}

/// The columns as `name:type`, or the codes of what was wrong.
fn columns(text: &str) -> String {
    let bound = bound(text);
    match bound.output {
        Some(output) => {
            let each = output.columns.iter().map(|column| format!("{}:{}", column.name, column.kind.name()));
            each.collect::<Vec<_>>().join(" ")
        }
        None => bound.diagnostics.iter().map(|found| found.code).collect::<Vec<_>>().join(" "),
    }
}

/// As the service's own language service has it.
#[test]
fn parts_and_arguments_of_series_are_checked_where_that_is_asked_for() {
    for (text, code) in [
        ("DeviceProcessEvents | partition by AdditionalFields (count)", "KS116"),
        ("DeviceProcessEvents | top-hitters 2 of FileName by Timestamp", "KS137"),
        ("DeviceProcessEvents | project series_stats(dynamic([1, 2]), parse_json('[1]'))", "KS107"),
        ("DeviceProcessEvents | project format_timespan(1d, FileName)", "KS131"),
        ("let f = 'yyyy'; DeviceProcessEvents | project format_datetime(Timestamp, f)", "KS131"),
        ("DeviceProcessEvents | project format_timespan(1d, '')", "KS133"),
    ] {
        let told = bound_as(text, Mode::Strict, Window::AsWritten, &|| ticks::UNIX_EPOCH).diagnostics;
        assert_eq!(told.iter().map(|found| found.code).collect::<Vec<_>>(), [code], "{text}");
        assert!(bound(text).output.is_some(), "{text}");
    }
}

#[test]
fn rows_that_are_serialized_have_an_order() {
    let told = |text: &str| bound(text).diagnostics.iter().map(|found| found.code).collect::<Vec<_>>();
    assert_eq!(told("DeviceProcessEvents | extend n = row_number()"), ["KQL035"]);
    // A default that no long could be is null, as the engine has it.
    assert_eq!(told("DeviceProcessEvents | serialize | extend n = prev(ProcessId, 1, 'none')"), ["KQL037"]);
    for operator in [
        "serialize n = row_number()",
        "serialize n = prev(ProcessId, 1, '-1')",
        "serialize | extend n = row_number()",
        "sort by FileName | extend n = row_number()",
    ] {
        assert!(told(&format!("DeviceProcessEvents | {operator}")).is_empty(), "{operator}");
    }
}

#[test]
fn a_hunt_over_two_tables_binds_and_its_unknown_columns_read_as_empty() {
    let page = include_str!("tests/defender.kql");
    let unasked = || -> i64 { panic!("now was asked for") };
    let bound = bound_as(page, Mode::Helpful, Window::All, &unasked);
    let unknown: Vec<_> = bound.diagnostics.iter().map(|found| (found.code, found.is_error())).collect();
    assert_eq!(unknown, vec![("KS142", false), ("KS142", false)]);
    assert_eq!(bound.diagnostics[0].help.as_deref(), Some("did you mean 'InitiatingProcessAccountName'?"));
    let output = bound.output.unwrap();
    assert!(output.may_lift);
    assert_eq!(output.tables, vec!["DeviceProcessEvents", "DeviceFileEvents"]);
    assert_eq!(output.bounds.iter().map(|bound| bound.lifted).collect::<Vec<_>>(), vec![true, true]);
    let names: Vec<&str> = output.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names.len(), 7);
    assert_eq!(names[2], "AccountName");
    let strict = bound_as(page, Mode::Strict, Window::AsWritten, &|| ticks::UNIX_EPOCH);
    assert!(strict.output.is_none());
    assert_eq!(strict.diagnostics.iter().filter(|found| found.is_error() && found.code == "KS142").count(), 2);
}

#[test]
fn columns_get_the_names_and_types_that_kusto_gives() {
    for (query, wanted) in [
        ("print 1, x='a', 1.5", "print_0:long x:string print_2:real"),
        ("DeviceFileEvents | count", "Count:long"),
        (
            "DeviceFileEvents | project FileName, strcat(FileName, 'x'), Size=tolong(FileSize)",
            "FileName:string Column1:string Size:long",
        ),
        (
            "DeviceFileEvents | summarize count() by bin(Timestamp, 1h), FileName",
            "Timestamp:datetime FileName:string count_:long",
        ),
        ("DeviceFileEvents | summarize count(FileName), countif(true)", "count_FileName:long countif_:long"),
        (
            "DeviceFileEvents | summarize dcount(FileName), make_set(FolderPath), countif(FileSize > 5)",
            "dcount_FileName:long set_FolderPath:dynamic countif_:long",
        ),
        (
            "DeviceFileEvents | summarize arg_max(Timestamp, FileName) by DeviceName",
            "DeviceName:string Timestamp:datetime FileName:string",
        ),
        ("DeviceFileEvents | summarize x=sum(FileSize) + count() by DeviceName", "DeviceName:string x:long"),
        ("DeviceFileEvents | distinct FileName, DeviceName", "FileName:string DeviceName:string"),
        ("DeviceFileEvents | project-keep *Name | project-away Initiating*", "DeviceName:string FileName:string"),
        ("DeviceFileEvents | project A=FileName | project-rename B=A", "B:string"),
        (
            "DeviceProcessEvents | project d=AdditionalFields.a.b, AdditionalFields.c",
            "d:dynamic AdditionalFields_c:dynamic",
        ),
        ("datatable(a:int, b:string)[1, 'x', 2, 'y'] | join (datatable(a:int)[1]) on a", "a:int b:string a1:int"),
        (
            "datatable(a:int, b:string)[1, 'x'] | lookup (datatable(a:int, c:real)[1, 2.5]) on a",
            "a:int b:string c:real",
        ),
        ("union (print x=1, y=1), (print x='a', z=1)", "x_long:long x_string:string y:long z:long"),
        (
            "DeviceFileEvents | where FileSize == '5' and FileName != 5 and FileName in (1, 'a') and (FileSize > 1) == 'true' | count",
            "Count:long",
        ),
        (
            "print i = iff(true, dynamic(1), 'a'), c = case(true, 'a', dynamic(1)), l = iff(true, dynamic(1), 2)",
            "i:string c:string l:long",
        ),
        ("print g = geo_info_from_ip_address('1.1.1.1').country", "g:dynamic"),
        (
            "DeviceFileEvents | summarize any(FileName) by startofweek(Timestamp), startofday(Timestamp)",
            "Column1:datetime Timestamp:datetime any_FileName:string",
        ),
        (
            "DeviceFileEvents | summarize toint(Total = count()), tolong(Most = max(FileSize)) by bin(Hour = Timestamp, 1h)",
            "Hour:datetime Total:int Most:long",
        ),
        ("DeviceFileEvents | where FileName matches regex strcat('a', 'b') | count", "Count:long"),
        ("print s = 'x' | project strlen(s), toupper(s)", "strlen_s:long Column1:string"),
        ("DeviceFileEvents | where FileName has_all (0, 'a', 1h) | count", "Count:long"),
        ("range n from 1 to 3 step 1 | extend m = n / 2, r = n * 1.5", "n:long m:long r:real"),
        (
            "DeviceFileEvents | where FileName in ((DeviceProcessEvents | project FileName)) | take 5 | project FileName",
            "FileName:string",
        ),
        ("let f = (x:long, y:long=2) { x * y }; print a=f(3), b=f(3, y=4)", "a:long b:long"),
        ("let t = (T:(*)) { T | where FileName == 'a' | project FileName }; t(DeviceFileEvents)", "FileName:string"),
        (
            "print d = datetime(2024-01-02) - datetime(2024-01-01), t = ago(1d), r = 1h / 1m",
            "d:timespan t:datetime r:real",
        ),
        (
            "DeviceProcessEvents | project d = AdditionalFields, p = ProcessId | mv-expand with_itemindex=i d.a, x = d to typeof(long)",
            "d:dynamic p:long d_a:dynamic x:long i:long",
        ),
        ("print d = dynamic([1]), s = 'x', n = 1 | mv-apply d on (summarize s = make_list(d))", "s:dynamic n:long"),
        (
            "print s = 'x', n = 1 | parse s with s 'a' b: datetime | parse-kv n as (k: int)",
            "s:string n:long b:datetime k:int",
        ),
        (
            "print s = 'x', n = 1 | make-series count(), m = max(n) on n from 1 to 2 step 1 by s",
            "s:string count_:dynamic m:dynamic n:dynamic",
        ),
        ("print s = 'x' | top-hitters 3 of s", "s:string approximate_count_s:long"),
        ("print s = 'x', n = 1 | top-nested 1 of s by sum(n)", "s:string aggregated_s:long"),
        ("print d = dynamic({}), n = 1 | evaluate bag_unpack(d) | project n, late", "n:long late:dynamic"),
        (
            "externaldata(a: string, b: long) ['x'] | join (_GetWatchlist('w') | project SearchKey, c) on $left.a == $right.SearchKey",
            "a:string b:long SearchKey:string c:string",
        ),
        (
            "find in (DeviceFileEvents, DeviceProcessEvents) where FileName == 'x' project FileName, FileSize",
            "source_:string FileName:string FileSize:int",
        ),
        (
            "print n = 1 | scan with_match_id=m declare (a: real) with (step s: n > s.n => a = 1.0;)",
            "n:long a:real m:long",
        ),
    ] {
        assert_eq!(columns(query), wanted, "{query}");
    }
}

#[test]
fn faults_have_kustos_codes() {
    for (query, wanted) in [
        ("DeviceFileEvent | take 1", "KS204"),
        ("DeviceFileEvents | where FielName == 'a'", "KS142"),
        ("DeviceFileEvents | extend x = strlne(FileName)", "KS211"),
        ("DeviceFileEvents | where Timestamp > 1h", "KS106"),
        ("DeviceFileEvents | where FileSize has 5.5", "KS107"),
        ("DeviceFileEvents | join DeviceProcessEvents on FileSize", "KS145"),
        ("DeviceFileEvents | project AccountName | where AccountName == 'x'", "KS142 KS142"),
        ("DeviceFileEvents | summarize x = FileName by DeviceName", "KS236"),
        ("DeviceFileEvents | extend ['\\u0001origin'] = 1", "KQL004"),
        ("DeviceFileEvents | where ['\\u0001origin'] == 1", "KQL004"),
        ("union withsource='\u{1}origin' DeviceFileEvents", "KQL004"),
        ("DeviceFileEvents | where FileName matches regex '('", "KQL011"),
        ("DeviceFileEvents | where extract('(', 1, FileName) == 'a'", "KQL011"),
        ("DeviceFileEvents | extend X = replace_regex(FileName, '(a{1000}){1000}', '')", "KQL011"),
        ("DeviceFileEvents | wher FileName == 'a'", "KS176"),
        ("DeviceFileEvents | reduce by FileName", "KQL020"),
        ("DeviceFileEvents | mv-expand FileName", "KS141"),
        ("DeviceFileEvents | extend x = FileName.a", "KS142"),
        ("DeviceFileEvents | extend x = FileName['a']", "KS147"),
        ("DeviceFileEvents | where FileName < 'a'", "KS106"),
        ("DeviceFileEvents | where FileSize =~ 'a'", "KS106"),
        ("DeviceFileEvents | where Timestamp > 'a'", "KS106"),
        ("DeviceFileEvents | parse kind=regex FileName with '(' x", "KQL011"),
        ("DeviceFileEvents | summarize x = prev(FileName) by DeviceName", "KQL026"),
        ("DeviceFileEvents | make-series count() on Timestamp step 0h", "KS140"),
        ("DeviceFileEvents | evaluate pivot(FileName)", "KQL028"),
        ("DeviceFileEvents | scan declare (a: long) with (step s: true => b = 1;)", "KS142"),
        ("DeviceFileEvents | partition by FileName (join DeviceFileEvents on FileName)", "KQL020"),
        ("DeviceFileEvents | where FileName = 'a'", "KS006"),
        ("DeviceFileEvents | where countof(FileName, 'a', 'Regex') > 0", "KS140"),
        ("DeviceFileEvents | serialize | extend x = prev(FileSize, 1.5)", "KS107"),
        ("DeviceFileEvents | serialize | extend x = next(FileSize, 2h)", "KS107"),
        ("DeviceFileEvents | serialize | extend x = next(FileSize, true)", "KS107"),
    ] {
        assert_eq!(columns(query), wanted, "{query}");
    }
}

#[test]
fn only_queries_of_single_rows_lose_their_lower_bounds() {
    let query = "DeviceFileEvents | where Timestamp between (ago(7d) .. datetime(2030-01-01)) | summarize count()";
    let kept = bound_as(query, Mode::Helpful, Window::All, &|| ticks::UNIX_EPOCH).output.unwrap();
    assert_eq!((kept.may_lift, kept.bounds.len(), kept.bounds[0].lifted), (false, 1, false));
    let query = "let start = ago(1d); DeviceFileEvents | where FileSize > 1 and Timestamp >= start | extend x = 1";
    let lifted = bound_as(query, Mode::Helpful, Window::All, &|| panic!("now was asked for")).output.unwrap();
    assert_eq!((lifted.may_lift, lifted.bounds.len(), lifted.bounds[0].lifted), (true, 1, true));
    let absolute = bound("DeviceFileEvents | where Timestamp > datetime(2024-01-01)").output.unwrap();
    assert!(absolute.bounds.is_empty());
}

#[test]
fn hostile_sizes_run_or_are_refused() {
    let operands = vec!["FileName == 'a'"; 5_000].join(" or ");
    assert!(bound(&format!("DeviceFileEvents | where {operands}")).output.is_some());
    let legs = vec!["DeviceFileEvents"; 1_000].join(", ");
    assert!(bound(&format!("union {legs} | take 1")).output.is_some());
    let parentheses = format!("print {}1{}", "(".repeat(10_000), ")".repeat(10_000));
    assert_eq!(columns(&parentheses), "KQL001");
    let lets: String = (1..3_000).map(|n| format!("let a{n} = a{} + 1; ", n - 1)).collect();
    assert_eq!(columns(&format!("let a0 = 1; {lets} print a2999")), "KQL001");
    let doubling: String = (1..40).map(|n| format!("let a{n} = a{0} + a{0}; ", n - 1)).collect();
    assert_eq!(columns(&format!("let a0 = 1; {doubling} print a39")), "KQL003");
}
