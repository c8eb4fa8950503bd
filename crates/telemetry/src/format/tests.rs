//! Heads, and what they are taken for.

use super::*;
use crate::cut::wrapping;

fn head<'a>(bytes: &'a [u8], name: &'a str) -> Head<'a> {
    Head { bytes, goes_on: bytes.len() >= HEAD, records: RECORDS, name, table: None }
}

fn found(bytes: &[u8]) -> Found {
    detect(&head(bytes, "x"))
}

fn format(bytes: &[u8]) -> Format {
    match found(bytes) {
        Found::Log(format, _) => format,
        other => panic!("{other:?}: {}", String::from_utf8_lossy(bytes)),
    }
}

#[test]
fn a_format_is_known_by_content() {
    assert_eq!(format(b"ElfFile\0rest"), Format::Evtx);
    for offset in [4096, 7, 9000] {
        let mut broken = vec![7; offset];
        broken.extend_from_slice(b"ElfChnk\0");
        assert_eq!(format(&broken), Format::Evtx);
    }
    assert_eq!(found(b"PK\x03\x04"), Found::Zip);
    assert_eq!(format(b"\n{\"EventID\":1}\n"), Format::Ndjson);
    assert_eq!(format(b"{broken\n{\"Channel\":\"Security\"}"), Format::Ndjson);
    assert_eq!(format(b"<?xml version=\"1.0\"?>\n<Events><Event xmlns='x'>"), Format::Xml);
    assert_eq!(format(b"PAR1\x15"), Format::Parquet);
    assert_eq!(format(b"EventID,Channel\n1,Security\n"), Format::Csv);
    for other in [&b""[..], b"# Samples", b"{\n \"a\": 1\n}", b"{\"a\":1}", b"[{}]", b"[section]\nx=1", b"one, two\n"] {
        assert!(matches!(found(other), Found::Other(_)), "{other:?}");
    }
    for refused in [&b"7z\xbc\xaf\x27\x1c"[..], b"BZh91AY"] {
        assert!(matches!(found(refused), Found::Refused(_)), "{refused:?}");
    }
}

#[test]
fn json_is_read_by_lines_only_where_it_is_one_a_line() {
    let structured = Format::Json(wrapping::NONE);
    for (text, wanted) in [
        ("{\"EventID\":1}\r\n{\"EventID\":2}", Format::Ndjson),
        ("{\"EventID\":1}", Format::Ndjson),
        ("{\"EventID\":1}{\"EventID\":2}", structured),
        ("{\n \"EventID\": 1\n}\n{\n \"EventID\": 2\n}", structured),
        ("[{\"EventID\":1}]", structured),
        ("[\n {\"EventID\": 1}\n]", structured),
        ("{\"value\":[{\"EventID\":1}]}", Format::Json(&["value"])),
        ("{\"EventID\":1,\"value\":[{\"a\":1}]}", Format::Ndjson),
    ] {
        assert_eq!(format(text.as_bytes()), wanted, "{text}");
    }
    let mut line = b"{\"EventID\":4104,\"ScriptBlockText\":\"".to_vec();
    line.resize(HEAD, b'x');
    assert_eq!(format(&line), Format::Ndjson);
    let mut list = b"[{\"EventID\":4104,\"ScriptBlockText\":\"".to_vec();
    list.resize(HEAD, b'x');
    assert_eq!(format(&list), structured);
}

#[test]
fn the_table_of_rows_is_known_by_what_they_say_or_by_their_names_and_never_guessed() {
    let rows = |text: &str, name: &str| match detect(&head(text.as_bytes(), name)) {
        Found::Log(_, Rows::Table { name, .. }) => name.to_string(),
        Found::Log(_, rows) => format!("{rows:?}"),
        Found::Refused(reason) | Found::Other(reason) => reason,
        Found::Zip => unreachable!(),
    };
    let logon = "Timestamp,DeviceName,ActionType,LogonType,AccountName,RemoteIPType";
    assert_eq!(rows(logon, "x.csv"), "DeviceLogonEvents");
    let common = "Timestamp,DeviceName,ActionType,ReportId";
    assert!(rows(common, "x.csv").ends_with("alike: bind it with --data TABLE=PATH"), "{}", rows(common, "x.csv"));
    assert_eq!(rows(common, "deep/DeviceFileEvents.csv"), "DeviceFileEvents");
    let done = |actions: &[&str]| {
        let lines: String = actions.iter().map(|action| format!("2024-03-01T10:00:00Z,pc,{action},7\n")).collect();
        rows(&format!("{common}\n{lines}"), "x.csv")
    };
    assert_eq!(done(&["", "FileCreated", "FileRenamed"]), "DeviceFileEvents");
    assert_eq!(done(&["ConnectionFailed", "Unheard"]), "DeviceNetworkEvents");
    for undecided in [&["LogonSuccess"][..], &["FileCreated", "ProcessCreated"], &["Unheard"]] {
        let said = done(undecided);
        assert!(said.contains("DeviceFileEvents") && said.ends_with("alike: bind it with --data TABLE=PATH"), "{said}");
    }
    let json =
        r#"[{"Timestamp":"2024-03-01T10:00:00Z","DeviceName":"pc","ActionType":"ImageLoaded","FileName":"a.dll"}]"#;
    assert_eq!(rows(json, "x.json"), "DeviceImageLoadEvents");
    assert_eq!(rows("{\"Type\":\"X\",\"TimeGenerated\":\"2024-01-01\"}", "x"), "Named(None)");
    let untold =
        "TimeGenerated,Computer,EventID,NewProcessName,Account,Activity,Type\n2024-03-01T10:00:00Z,pc,4688,a,b,c,\n";
    assert_eq!(rows(untold, "x.csv"), "Named(Some(\"SecurityEvent\"))");
    let told = format!("{untold}2024-03-01T10:00:00Z,pc,4688,a,b,c,Event\n");
    assert_eq!(rows(&told, "x.csv"), "Named(Some(\"Event\"))");
    assert_eq!(rows("{\"events\":[{\"username\":\"a\",\"qid\":1}]}", "x"), "events");
    assert_eq!(rows("{\"events\":[{\"EventID\":1,\"Channel\":\"System\"}]}", "x"), "Plain");
    assert_eq!(rows("{\"EventID\":1,\"Channel\":\"System\"}", "events.json"), "Plain");
    assert!(rows("a,b\n1,2\n", "x.csv").contains("bind it with --data TABLE=PATH"));
}

#[test]
fn a_first_line_that_is_no_event_hides_none_of_those_after_it() {
    let events = "{\"EventID\":1,\"Channel\":\"Security\"}\n".repeat(3);
    for first in ["garbage", "null", "# c", "", "{\"Provider\":{\"a\":1}}},\"EventID\":2}}", "{\"a\":", "[1,2", "x,y"] {
        assert_eq!(format(format!("{first}\n{events}").as_bytes()), Format::Ndjson, "{first}");
    }
    let list = "[\n{\"EventID\":1},\n{\"EventID\":2}\n]\n";
    assert!(matches!(format(list.as_bytes()), Format::Json(_)));
}

#[test]
fn what_a_lake_is_made_of_is_no_table() {
    let names = ["time", "time_100ns", "channel", "event_id", "source_ordinal", "shape", "rest"];
    let head = head(b"PAR1", "x");
    assert!(
        matches!(rows_of(&names, &Said::default(), &head), Err(Found::Refused(reason)) if reason.starts_with("it is a part of a lake"))
    );
}

#[test]
fn records_may_be_counted_and_answers_are_no_records() {
    let pretty = "Record 1\n{\n \"Event\": {\"System\": {\"EventID\": 1}}\n}\nRecord 2\n{\n \"Event\": {\"System\": {\"EventID\": 2}}\n}\n";
    assert_eq!(format(pretty.as_bytes()), Format::Json(wrapping::NONE));
    assert_eq!(format(b"Record 7\r\n<?xml version=\"1.0\"?>\n<Event></Event>\n"), Format::Xml);
    let head = |text| head(text, "x");
    let answer: &[u8] = b"{\"columns\":[{\"name\":\"EventID\",\"type\":\"int\"}],\"rows\":[[1]]}\n";
    assert!(
        matches!(detect(&head(answer)), Found::Refused(reason) if reason.starts_with("it is the answer of a query"))
    );
    assert!(!matches!(detect(&head(b"Record of a meeting\n{\"a\":1}\n")), Found::Log(..)));
}
