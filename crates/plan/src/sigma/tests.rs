//! Sigma rules bound against tables made for the purpose.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field as ArrowField, Schema, SchemaRef};
use datafusion_common::ScalarValue;
use datafusion_expr::{BinaryExpr, ColumnarValue, LogicalPlan, Operator, ScalarFunctionArgs, TableSource};
use functions::Type;

use super::*;
use crate::binding::{Nulls, Window};
use crate::tables::TableColumn;

struct Shape(SchemaRef);

impl TableSource for Shape {
    fn schema(&self) -> SchemaRef {
        self.0.clone()
    }
}

/// Process creation, with fields of any name, and a table without the events' text.
struct Events;

impl Tables for Events {
    fn table(&self, name: &str, wanted: &[String]) -> Option<Table> {
        let has_text = match name {
            "sigma:windows/process_creation/" => true,
            "sigma:windows//system" => false,
            _ => return None,
        };
        let column = |name: &str, kind, is_raw| TableColumn {
            name: name.into(),
            kind,
            aliases: Vec::new(),
            is_raw,
            ariel: None,
        };
        let mut columns = vec![
            column("Timestamp", Type::Datetime, false),
            column("EventID", Type::Long, false),
            column("Image", Type::String, false),
        ];
        if has_text {
            columns.push(column(EVENT_TEXT, Type::String, false));
        }
        for name in wanted {
            if !columns.iter().any(|known| known.name.eq_ignore_ascii_case(name)) {
                columns.push(column(name, Type::String, true));
            }
        }
        let field = |column: &TableColumn| ArrowField::new(&column.name, column.kind.arrow(), true);
        let mut fields: Vec<ArrowField> = columns.iter().map(field).collect();
        fields.push(ArrowField::new(functions::origin::COLUMN, DataType::Binary, false));
        let source = Arc::new(Shape(Arc::new(Schema::new(fields))));
        let time = Some("Timestamp".to_string());
        Some(Table { name: name.into(), columns, time, is_open: true, ignores_case: true, source })
    }

    fn names(&self) -> Vec<String> {
        vec!["sigma:windows/process_creation/".into(), "sigma:windows//system".into()]
    }

    fn column_elsewhere(&self, _: &str) -> Option<Type> {
        None
    }
}

fn bound_to(log_source: &str, detection: &str) -> (String, Bound) {
    let text = format!("title: T\nlogsource: {log_source}\ndetection:\n{detection}");
    let source = Source::new("r.yml", text);
    let parsed = syntax::sigma::parse(&source);
    assert_eq!(parsed.diagnostics, []);
    let options = Options {
        now: &|| 0,
        rows: None,
        window: Window::AsWritten,
        mode: Mode::Helpful,
        origins: true,
        no_limit: false,
        nulls: Nulls::TwoValued,
        trace: false,
    };
    let bound = bind(&source, &parsed.tree.rules[0], &Events, &options);
    let said = bound.diagnostics.iter().map(|d| format!("{} {}", d.code, source.slice(d.span))).collect::<Vec<_>>();
    (said.join("; "), bound)
}

fn bound(detection: &str) -> (String, Bound) {
    bound_to("{product: windows, category: process_creation}", detection)
}

fn said(detection: &str) -> String {
    bound(&format!("  s: {detection}\n  condition: s\n")).0
}

/// Whether a rule with this detection finds an event with these fields.
fn finds(detection: &str, event: &[(&str, &str)]) -> bool {
    let (said, bound) = bound(detection);
    assert_eq!(said, "");
    let plan = bound.output.unwrap().plan;
    // What looks at the event's text leaves that out of what it shows.
    let below: &LogicalPlan = if let LogicalPlan::Projection(projection) = &plan { &projection.input } else { &plan };
    let LogicalPlan::Filter(filter) = below else { panic!() };
    let event = event.iter().map(|(name, value)| (name.to_lowercase(), value.to_string())).collect();
    value(&filter.predicate, &event) == ScalarValue::from(true)
}

/// Whether `selection: {field: value}` finds an event whose `Image` is this.
fn image(selection: &str, image: &str) -> bool {
    finds(&format!("  s:\n    {selection}\n  condition: s\n"), &[("Image", image)])
}

fn value(expr: &Expr, event: &HashMap<String, String>) -> ScalarValue {
    let of = |expr: &Expr| value(expr, event);
    let is = |expr: &Expr| match of(expr) {
        ScalarValue::Boolean(is) => is,
        other => panic!("{other}"),
    };
    match expr {
        Expr::Literal(value, _) => value.clone(),
        Expr::Column(column) => {
            let text = event.get(&column.name.to_lowercase()).cloned();
            match column.name.as_str() {
                "EventID" => ScalarValue::Int64(text.map(|text| text.parse().unwrap())),
                _ => ScalarValue::Utf8(text),
            }
        }
        Expr::Not(inner) => ScalarValue::Boolean(is(inner).map(|is| !is)),
        Expr::IsTrue(inner) => ScalarValue::from(is(inner) == Some(true)),
        Expr::IsNull(inner) => ScalarValue::from(of(inner).is_null()),
        Expr::IsNotNull(inner) => ScalarValue::from(!of(inner).is_null()),
        Expr::TryCast(cast) => of(&cast.expr).cast_to(cast.field.data_type()).unwrap_or(ScalarValue::Float64(None)),
        Expr::InList(list) => match of(&list.expr) {
            held if held.is_null() => ScalarValue::Boolean(None),
            held => ScalarValue::from(list.list.iter().any(|item| of(item) == held)),
        },
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => match (is(left), is(right)) {
            (Some(false), _) | (_, Some(false)) => ScalarValue::from(false),
            (left, right) => ScalarValue::Boolean(left.and(right)),
        },
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => match (is(left), is(right)) {
            (Some(true), _) | (_, Some(true)) => ScalarValue::from(true),
            (left, right) => ScalarValue::Boolean(left.and(right)),
        },
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            let (left, right) = (of(left), of(right));
            assert_eq!(left.data_type(), right.data_type());
            if left.is_null() {
                return ScalarValue::Boolean(None);
            }
            let order = left.partial_cmp(&right).unwrap();
            ScalarValue::from(match op {
                Operator::Eq => order.is_eq(),
                Operator::Gt => order.is_gt(),
                Operator::GtEq => order.is_ge(),
                Operator::Lt => order.is_lt(),
                Operator::LtEq => order.is_le(),
                other => panic!("{other}"),
            })
        }
        Expr::ScalarFunction(call) => {
            let args: Vec<ScalarValue> = call.args.iter().map(of).collect();
            let kinds: Vec<DataType> = args.iter().map(ScalarValue::data_type).collect();
            let gives = call.func.return_type(&kinds).unwrap();
            let fields = kinds.into_iter().map(|kind| Arc::new(ArrowField::new("a", kind, true))).collect();
            let given = call.func.invoke_with_args(ScalarFunctionArgs {
                args: args.into_iter().map(ColumnarValue::Scalar).collect(),
                arg_fields: fields,
                number_rows: 1,
                return_field: Arc::new(ArrowField::new("b", gives, true)),
                config_options: Arc::default(),
            });
            match given.unwrap() {
                ColumnarValue::Scalar(value) => value,
                ColumnarValue::Array(array) => ScalarValue::try_from_array(&array, 0).unwrap(),
            }
        }
        other => panic!("{other}"),
    }
}

#[test]
fn values_match_whole_without_case() {
    assert!(image("Image: 'C:\\A.EXE'", "c:\\a.exe"));
    assert!(!image("Image: 'C:\\A.EXE'", "c:\\a.exe2"));
    assert!(image("image: [x, 'c:\\a.exe']", "C:\\a.exe"));
    assert!(!image("Image|cased: 'A'", "a"));
    assert!(image("Image: 'a?c*'", "ABCDE"));
    assert!(image("Image: 'a\\*'", "a*"));
    assert!(!image("Image: 'a\\*'", "ab"));
    assert!(image("Image: '\\\\server'", "\\server"));
}

#[test]
fn modifiers_open_the_sides() {
    assert!(image("Image|endswith: '\\cmd.exe'", "C:\\CMD.exe"));
    assert!(!image("Image|endswith: '\\cmd.exe'", "C:\\evilcmd.exe"));
    assert!(image("Image|startswith: 'c:'", "C:\\x"));
    assert!(image("Image|contains: ['x', 'b*d']", "aBcDe"));
    assert!(image("Image|contains|all: ['a', 'c', 'b?d']", "abcde"));
    assert!(!image("Image|contains|all: ['a', 'z']", "abcde"));
    assert!(!image("Image|contains|cased: B", "abc"));
}

#[test]
fn a_missing_field_matches_nothing_and_not_turns_that() {
    let event = [("EventID", "1")];
    assert!(!finds("  s: {Image: a}\n  condition: s\n", &event));
    assert!(finds("  s: {Image: a}\n  condition: not s\n", &event));
    assert!(finds("  s: {Image: null}\n  condition: s\n", &event));
    assert!(finds("  s: {Image: null}\n  condition: s\n", &[("Image", "")]));
    assert!(!finds("  s: {Image: null}\n  condition: s\n", &[("Image", "a")]));
    assert!(finds("  s: {Image: ''}\n  condition: s\n", &[("Image", "")]));
    assert!(!finds("  s: {Image: ''}\n  condition: s\n", &event));
    assert!(finds("  s: {Image: [null, b]}\n  condition: s\n", &event));
    assert!(!finds("  s: {EventID: 7}\n  condition: s\n", &[]));
    assert!(finds("  s: {EventID: 7}\n  condition: not s\n", &[]));
    assert!(finds("  s: {EventID|gt: 7}\n  condition: not s\n", &[]));
    assert!(finds("  s: {Image|exists: false}\n  condition: s\n", &event));
    assert!(!finds("  s: {Image|exists: true}\n  condition: s\n", &event));
    assert!(finds("  s: {Image|neq: a}\n  condition: s\n", &[("Image", "b")]));
}

#[test]
fn numbers_compare_as_numbers_where_the_column_holds_them() {
    let id = |selection: &str| finds(&format!("  s: {{{selection}}}\n  condition: s\n"), &[("EventID", "4688")]);
    assert!(id("EventID: 4688"));
    assert!(id("EventID: '4688'"));
    assert!(id("EventID: [1, 4688]"));
    assert!(!id("EventID: [1, 2]"));
    assert!(id("EventID: '46*'"));
    assert!(id("EventID|gte: 4688"));
    assert!(!id("EventID|gt: 4688"));
    assert!(id("EventID|lt: 5000"));
    let raw = |selection: &str| finds(&format!("  s: {{{selection}}}\n  condition: s\n"), &[("Port", "443")]);
    assert!(raw("Port: 443"));
    assert!(raw("Port|lte: 443"));
    assert!(!raw("Port|lt: 443"));
    let ports = |selection: &str| {
        finds(&format!("  s: {{{selection}}}\n  condition: s\n"), &[("Port", "\u{fdd0}80\u{fdd0}443")])
    };
    assert!(ports("Port: 80") && ports("Port|gt: 400") && ports("Port|lt: 100") && ports("Port|lte: 80"));
    assert!(!ports("Port: 8044") && !ports("Port|gt: 443") && !ports("Port|lt: 80"));
}

#[test]
fn the_rarer_modifiers() {
    assert!(image("Image|re: 'ab+c$'", "xabbc"));
    assert!(!image("Image|re: 'ab+c$'", "xABBC"));
    assert!(image("Image|re|i: 'ab+c$'", "xABBC"));
    assert!(image("Image|re|s: 'a.c'", "a\nc"));
    assert!(image("Image|re: '-k\\s\\w{1,64}(?:\\s?-p)?'", "svchost -k netsvcs -p"));
    assert!(image("Image|cidr: [10.0.0.0/8, 'fe80::/10']", "10.1.2.3"));
    assert!(!image("Image|cidr: 10.0.0.0/8", "11.1.2.3"));
    assert!(image("Image|contains|windash: ' -enc '", "powershell –enc x"));
    assert!(image("Image|contains|all|windash: [' -a', ' -b']", "x /a —b"));
    assert!(!image("Image|contains|all|windash: [' -a', ' -b']", "x /a"));
    assert!(image("Image|base64offset|contains: 'http://'", "xxaHR0cDovLxx"));
    assert!(image("Image|wide|base64offset|contains: 'IEX'", "aSQBFAFgAb"));
    assert!(finds("  s: {Image|fieldref: Parent}\n  condition: s\n", &[("Image", "A"), ("Parent", "a")]));
    assert!(!finds("  s: {Image|fieldref: Parent}\n  condition: s\n", &[("Image", "A")]));
    assert!(image("Image|contains|expand: '100%'", "at 100% now"));
}

#[test]
fn keywords_search_the_whole_event() {
    let text = |selection: &str| finds(&format!("  s: {selection}\n  condition: s\n"), &[("$text", "one Two three")]);
    assert!(text("[two, x]"));
    assert!(text("['o*e']"));
    assert!(text("{'|all': [one, three]}"));
    assert!(!text("{'|all': [one, four]}"));
    let (said, _) = bound_to("{product: windows, service: system}", "  s: [two]\n  condition: s\n");
    assert_eq!(said, "SIG041 [two]");
}

#[test]
fn conditions_join_selections() {
    let detection = "  sel_a: {Image: a*}\n  sel_b: {Image: '*b'}\n  filter: {Image: axb}\n  condition: all of sel_* and not filter\n";
    assert!(finds(detection, &[("Image", "ab")]));
    assert!(!finds(detection, &[("Image", "axb")]));
    assert!(!finds(detection, &[("Image", "a")]));
    let list = "  s:\n    - Image: a\n      EventID: 1\n    - Image: b\n  condition: 1 of s*\n";
    assert!(finds(list, &[("Image", "b"), ("EventID", "2")]));
    assert!(!finds(list, &[("Image", "a"), ("EventID", "2")]));
    assert!(finds("  s: {Image: a}\n  t: {Image: b}\n  condition:\n    - s\n    - t\n", &[("Image", "b")]));
}

#[test]
fn what_cannot_be_bound_is_underlined() {
    assert_eq!(said("{Image|re: 'a(?=b)'}"), "SIG028 'a(?=b)'");
    assert_eq!(said("{Image|re: '(a)\\1'}"), "SIG029 '(a)\\1'");
    assert_eq!(said("{\"\\x01origin\": a}"), "SIG047 \"\\x01origin\"");
    assert_eq!(said("{Image|re: 'a('}"), "SIG027 'a('");
    assert_eq!(said("{Image|re|i: '[a-z]{1,20000}'}"), "SIG027 '[a-z]{1,20000}'");
    let many: Vec<String> = (0..60).map(|index| format!("'\\w{{1,64}}x{index}'")).collect();
    assert!(said(&format!("{{Image|re: [{}]}}", many.join(", "))).starts_with("SIG027 '\\w{1,64}x"));
    assert_eq!(said("{Image|cidr: 10.0.0.0/40}"), "SIG023 10.0.0.0/40");
    assert_eq!(said("{Image|contains|startswith: a}"), "SIG021 startswith");
    assert_eq!(said("{Image|re|windash: a}"), "SIG021 windash");
    assert_eq!(said("{Image|i: a}"), "SIG022 i");
    assert_eq!(said("{Image|contains|expand: '%admins%'}"), "SIG026 '%admins%'");
    assert_eq!(said("{Image|base64: 'a*'}"), "SIG024 'a*'");
    assert_eq!(said("{Image|utf16: a}"), "SIG024 a");
    assert_eq!(said("{Image|base64offset|contains: [ab, a]}"), "SIG024 a");
    assert_eq!(said("{Image|hour|contains: 3}"), "SIG021 contains");
    assert_eq!(said("{Image|hour|minute: 3}"), "SIG021 minute");
    assert_eq!(said("{Image|hour: noon}"), "SIG023 noon");
    assert_eq!(said("{'|hour': 3}"), "SIG045 hour");
    assert_eq!(said("{Image|gt: a}"), "SIG023 a");
    assert_eq!(said("{Image|contains: null}"), "SIG023 null");
    assert_eq!(said("{'|cidr': 10.0.0.0/8}"), "SIG045 cidr");
    assert_eq!(said("{Image|re: 'a(', Parent|cidr: x}"), "SIG027 'a('; SIG023 x");
}

#[test]
fn a_log_source_without_events_is_refused() {
    let (said, bound) = bound_to("{product: windows, category: process_creatoin}", "  s: {x: 1}\n  condition: s\n");
    assert_eq!(said, "SIG040 {product: windows, category: process_creatoin}");
    assert_eq!(bound.diagnostics[0].help.as_deref(), Some("did you mean 'windows/process_creation/'?"));
    assert!(bound.output.is_none());
}

#[test]
fn a_small_file_cannot_make_a_huge_plan() {
    let values = vec!["abcdefgh"; 10_000].join(", ");
    let twice =
        |times: usize| bound(&format!("  s: {{Image: [{values}]}}\n  condition: s{}\n", " or s".repeat(times))).0;
    assert_eq!(twice(1), "");
    assert!(twice(1_000).starts_with("SIG003 Image: ["));
}

#[test]
fn the_output_names_what_the_rule_names() {
    let (said, bound) = bound("  s: {CommandLine: a, image: b}\n  k: [x]\n  condition: s or k\n");
    assert_eq!(said, "");
    let output = bound.output.unwrap();
    let names: Vec<&str> = output.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["Timestamp", "EventID", "Image", "CommandLine"]);
    assert_eq!(output.raw_fields.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["CommandLine"]);
    assert_eq!((output.time_column.as_deref(), output.may_lift), (Some("Timestamp"), true));
    assert_eq!(output.plan.schema().fields().last().unwrap().name(), functions::origin::COLUMN);
}
