//! The shapes of JSON, and what of an event each of them says.

use arrow::array::AsArray;
use functions::origin::Origins;

use crate::trial::{Folder, cell, one, read};

const NAMES: [&str; 13] = [
    "System_Time",
    "System_Channel",
    "System_Provider",
    "System_EventID",
    "System_Computer",
    "System_Record",
    "System_Level",
    "System_ProcessID",
    "System_ThreadID",
    "System_UserID",
    "System_Keywords",
    "Image",
    "ProcessId",
];

fn row(line: &str) -> Vec<String> {
    let batch = one(line, &NAMES);
    let time = functions::ticks::format_datetime(cell(&batch, "System_Time", 0).parse().unwrap()).unwrap();
    std::iter::once(time).chain(NAMES[1..].iter().map(|name| cell(&batch, name, 0))).collect()
}

const SYSMON: &str = "Microsoft-Windows-Sysmon/Operational";

#[test]
fn the_three_shapes_mean_the_same() {
    let wanted = [
        "2019-05-22T04:02:11.2871234Z",
        SYSMON,
        "Microsoft-Windows-Sysmon",
        "1",
        "IEWIN7",
        "839",
        "4",
        "2032",
        "2092",
        "S-1-5-18",
        "0x8000000000000000",
        "C:\\a.exe",
        "652",
    ];
    let inside = r##"{"Event":{"#attributes":{"xmlns":"x"},"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon","Guid":"g"}},"EventID":{"#attributes":{"Qualifiers":""},"#text":1},"Level":4,"Keywords":"0x8000000000000000","TimeCreated":{"#attributes":{"SystemTime":"2019-05-22T04:02:11.2871234Z"}},"EventRecordID":839,"Correlation":null,"Execution":{"#attributes":{"ProcessID":2032,"ThreadID":2092}},"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"IEWIN7","Security":{"#attributes":{"UserID":"S-1-5-18"}}},"EventData":{"Image":"C:\\a.exe","ProcessId":652}}}"##;
    assert_eq!(row(inside), wanted);
    let beside = r#"{"Event":{"System":{"Provider_attributes":{"Name":"Microsoft-Windows-Sysmon"},"EventID":1,"EventID_attributes":{"Qualifiers":""},"Level":4,"Keywords":"0x8000000000000000","TimeCreated_attributes":{"SystemTime":"2019-05-22T04:02:11.2871234Z"},"EventRecordID":839,"Execution_attributes":{"ProcessID":2032,"ThreadID":2092},"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"IEWIN7","Security_attributes":{"UserID":"S-1-5-18"}},"EventData":{"Image":"C:\\a.exe","ProcessId":652}},"Event_attributes":{"xmlns":"x"}}"#;
    assert_eq!(row(beside), wanted);
    let flat = r#"{"ProcessId":"652","Image":"C:\\a.exe","EventID":1,"Channel":"microsoft-windows-sysmon/operational","SourceName":"Microsoft-Windows-Sysmon","Hostname":"IEWIN7","RecordNumber":839,"Level":"4","ExecutionProcessID":2032,"ThreadID":2092,"UserID":"S-1-5-18","Keywords":-9223372036854775808,"EventTime":"2019-05-21 21:02:11","@timestamp":"2019-05-22T04:02:13Z","TimeCreated":"2019-05-22T04:02:11.2871234Z"}"#;
    assert_eq!(row(flat), wanted);
    let beat = r#"{"@timestamp":"2019-05-22T04:02:11.2871234Z","winlog":{"channel":"Microsoft-Windows-Sysmon/Operational","event_id":"1","provider_name":"Microsoft-Windows-Sysmon","record_id":839,"computer_name":"IEWIN7","process":{"pid":2032,"thread":{"id":2092}},"user":{"identifier":"S-1-5-18"},"keywords":"0x8000000000000000","event_data":{"Image":"C:\\a.exe","ProcessId":"652"}},"message":"Process Create"}"#;
    let mut without_level = wanted;
    without_level[6] = "-";
    assert_eq!(row(beat), without_level);
}

#[test]
fn sysmons_own_time_comes_before_that_of_a_shipper_and_no_other_provider_has_one() {
    let flat = |rest: &str| {
        format!(r#"{{"EventID":1,"UtcTime":"2020-06-10 02:50:54.500","@timestamp":"2020-06-10T02:50:56Z"{rest}}}"#)
    };
    let nested = |channel: &str| {
        format!(
            r#"{{"Event":{{"EventData":{{"UtcTime":"2020-06-10 02:50:54.500"}},"System":{{"EventID":1,"TimeCreated_attributes":{{"SystemTime":"2020-06-10T02:50:56Z"}},"Channel":"{channel}"}}}}}}"#
        )
    };
    let own = "2020-06-10T02:50:54.5Z";
    let logged = "2020-06-10T02:50:56Z";
    for (line, time) in [
        (flat(r#","Channel":"microsoft-windows-sysmon/operational""#), own),
        (flat(r#","SourceName":"Microsoft-Windows-Sysmon","Channel":"ForwardedEvents""#), own),
        (flat(r#","Channel":"Application""#), logged),
        (flat(""), logged),
        (nested(SYSMON), own),
        (nested("Application"), logged),
        (r#"{"EventID":1,"UtcTime":"2020-06-10 02:50:54.500"}"#.to_owned(), own),
    ] {
        let batch = one(&line, &["System_Time", "UtcTime"]);
        assert_eq!(cell(&batch, "System_Time", 0).parse().ok(), functions::ticks::parse(time), "{line}");
        assert_eq!(cell(&batch, "UtcTime", 0), "2020-06-10 02:50:54.500");
    }
}

#[test]
fn an_event_without_a_time_has_none_in_its_origin_either() {
    let batch = one(r#"{"EventID":1,"Channel":"A"}"#, &["System_Time"]);
    assert_eq!(cell(&batch, "System_Time", 0), "-");
    let cells = batch.column_by_name(functions::origin::COLUMN).unwrap().as_binary::<i32>();
    assert_eq!(Origins::from_cell(cells.value(0)).kept[0].time(), None);
}

#[test]
fn names_of_logs_are_cut_where_no_honest_one_is_as_long() {
    let line = format!(r#"{{"EventID":1,"Channel":"{}","Computer":"x{}"}}"#, "c".repeat(5000), "ü".repeat(5000));
    let batch = one(&line, &["System_Channel", "System_Computer"]);
    assert_eq!(cell(&batch, "System_Channel", 0), "c".repeat(1024));
    assert_eq!(cell(&batch, "System_Computer", 0), format!("x{}", "ü".repeat(511)));
}

#[test]
fn bare_control_characters_in_a_text_cost_no_event() {
    let batch = one("{\"EventID\":1,\t\"Image\":\"C:\\\\a\x01\tb\"}", &["Image"]);
    assert_eq!(cell(&batch, "Image", 0), "C:\\a\x01\tb");
}

#[test]
fn odd_characters_cost_no_event_whatever_is_asked_for() {
    let deep = format!("{}1{}", "[".repeat(300), "]".repeat(300));
    for value in [r#""a\ud800b""#, "\"a\x01\"", "1e999", &deep] {
        let line = format!(r#"{{"EventID":1,"Other":{value},"Image":"C:\\a.exe"}}"#);
        for names in [&["Image"][..], &["Image", "Other"], &["Image", "System_EventData"]] {
            assert_eq!(cell(&one(&line, names), "Image", 0), "C:\\a.exe", "{line}");
        }
    }
    let folder = Folder::new().with("a.json", b"{\"EventID\":1,\"Image\":\"a\xffb\"}");
    let (batch, report) = read(&folder.evidence(), &["Image"]);
    assert_eq!((cell(&batch, "Image", 0), report.damaged_records()), ("aÿb".to_owned(), 0));
}

#[test]
fn user_data_unnamed_data_and_names_that_collide_stay_reachable() {
    let cleared = r##"{"Event":{"System":{"EventID":104,"Channel":"System"},"UserData":{"LogFileCleared":{"#attributes":{"xmlns":"x"},"SubjectUserName":"eve","Channel":"Application"}}}}"##;
    let batch = one(cleared, &["System_Channel", "Channel", "SubjectUserName", "System_EventData"]);
    let found = ["System_Channel", "Channel", "SubjectUserName"].map(|name| cell(&batch, name, 0));
    assert_eq!(found, ["System", "Application", "eve"]);
    assert_eq!(cell(&batch, "System_EventData", 0), r#"{"SubjectUserName":"eve","Channel":"Application"}"#);
    let unnamed = r##"{"Event":{"System":{"EventID":400,"Channel":"Windows PowerShell"},"EventData":{"Data":{"#text":["Available","None"]},"Binary":null}}}"##;
    let batch = one(unnamed, &["Data", "Binary", "System_EventData"]);
    assert_eq!((cell(&batch, "Data", 0), cell(&batch, "Binary", 0)), ("Available\nNone".into(), "-".into()));
    assert_eq!(cell(&batch, "System_EventData", 0), r#"{"Data":["Available","None"],"Binary":null}"#);
}

#[test]
fn a_field_is_never_hidden_by_one_of_ours() {
    let line =
        r#"{"EventID":4103,"Channel":"Microsoft-Windows-PowerShell/Operational","Payload":"its own","ProcessID":"7"}"#;
    let batch = one(line, &["Payload", "ProcessID", "System_Payload", "System_ProcessID"]);
    let found = ["Payload", "ProcessID", "System_ProcessID"].map(|name| cell(&batch, name, 0));
    assert_eq!(found, ["its own", "7", "-"]);
    assert!(cell(&batch, "System_Payload", 0).contains("Payload: its own"));
}

#[test]
fn a_field_is_found_whatever_its_case_but_its_own_spelling_wins() {
    let line = r#"{"EventID":1,"ProcessID":"a","ProcessId":"b","processid":"c"}"#;
    let batch = one(line, &["ProcessId", "PROCESSID"]);
    assert_eq!((cell(&batch, "ProcessId", 0), cell(&batch, "PROCESSID", 0)), ("b".into(), "c".into()));
}

#[test]
fn a_number_under_the_name_of_the_writers_process_id_is_no_field_of_the_event() {
    let names = ["ProcessId", "ProcessID", "System_ProcessID"];
    let found = |line: &str| names.map(|name| cell(&one(line, &names), name, 0));
    assert_eq!(found(r#"{"EventID":11,"ProcessID":2832}"#), ["-", "-", "2832"]);
    assert_eq!(found(r#"{"EventID":11,"ProcessID":2832,"ProcessId":"7"}"#), ["7", "7", "2832"]);
    assert_eq!(found(r#"{"EventID":5156,"ProcessID":"716","ExecutionProcessID":4}"#), ["716", "716", "4"]);
}

#[test]
fn a_field_under_the_name_of_a_header_is_the_events_where_it_cannot_be_the_headers() {
    let names = ["System_Version", "System_ProcessID", "System_EventData"];
    let found = |fields: &str| {
        let batch = one(&format!(r#"{{"EventID":1,"Channel":"A",{fields}}}"#), &names);
        names.map(|name| cell(&batch, name, 0))
    };
    assert_eq!(found(r#""Version":5"#), ["5", "-", "{}"]);
    assert_eq!(found(r#""Version":"10.0.1 (x)""#), ["-", "-", r#"{"Version":"10.0.1 (x)"}"#]);
    assert_eq!(found(r#""Event":"Logon""#), ["-", "-", r#"{"Event":"Logon"}"#]);
    assert_eq!(found(r#""ProcessID":716"#), ["-", "716", "{}"]);
    let data = r#"{"ProcessID":"716"}"#;
    assert_eq!(found(r#""ProcessID":716,"ExecutionProcessID":4"#), ["-", "4", data]);
    assert_eq!(found(r#""ExecutionProcessID":4,"ProcessID":716"#), ["-", "4", data]);
    // Whatever else is asked for.
    let line = r#"{"EventID":1,"Channel":"A","ProcessID":716,"ExecutionProcessID":4}"#;
    assert_eq!(cell(&one(line, &["System_EventData"]), "System_EventData", 0), data);
    assert_eq!(cell(&one(line, &["ProcessId"]), "ProcessId", 0), "716");
    let words = r#""Category":"c","Message":"m""#;
    assert_eq!(found(words), ["-", "-", &format!("{{{words}}}")]);
    assert_eq!(found(&format!(r#"{words},"SourceModuleName":"in""#)), ["-", "-", r#"{"Message":"m"}"#]);
    assert_eq!(found(&format!(r#"{words},"Own":"o","SourceModuleName":"in""#)), ["-", "-", r#"{"Own":"o"}"#]);
}

#[test]
fn a_payload_reads_like_a_collectors_line() {
    let line = r#"{"EventID":4688,"Channel":"Security","Hostname":"PC","NewProcessName":"C:\\cmd.exe","@timestamp":"2020-01-02T03:04:05Z"}"#;
    let payload = cell(&one(line, &["System_Payload"]), "System_Payload", 0);
    assert!(payload.starts_with("AgentDevice=WindowsLog\tAgentLogFile=Security\t"), "{payload}");
    assert!(payload.contains("\tComputer=PC\t") && payload.contains("\tEventIDCode=4688\t"), "{payload}");
    assert!(payload.contains("\tMessage=NewProcessName: C:\\cmd.exe"), "{payload}");
}

#[test]
fn an_event_id_beyond_32_bits_does_not_pass_for_another() {
    for id in ["4294971984", "-1", "\"0x100001250\"", "99999999999999999999"] {
        let batch = one(&format!(r#"{{"EventID":{id},"Channel":"Security"}}"#), &["System_EventID"]);
        assert_eq!(cell(&batch, "System_EventID", 0), "-", "{id}");
    }
    let batch = one(r#"{"EventID":[1],"Channel":"Security"}"#, &["System_EventID"]);
    assert_eq!(cell(&batch, "System_EventID", 0), "-");
}

#[test]
fn an_id_or_a_number_that_cannot_be_held_is_told_and_no_line_stands_in_for_it() {
    let lines = [
        r#"{"EventID":1,"Channel":"A","EventRecordID":18446744073709551615}"#,
        r#"{"EventID":-5,"Channel":"A","EventRecordID":7}"#,
        r#"{"EventID":[1],"Channel":"A","EventRecordID":"x"}"#,
        r#"{"Event":{"System":{"EventID":3,"Channel":"A","EventRecordID":9223372036854775808}}}"#,
        r#"{"EventID":"","Channel":"A"}"#,
        r#"{"EventID":"4688.0","Channel":"A"}"#,
    ];
    let folder = Folder::new().with("a.json", lines.join("\n"));
    let (batch, report) = read(&folder.evidence(), &["System_EventID", "System_Record"]);
    let mut found: Vec<_> = (0..batch.num_rows())
        .map(|row| ["System_EventID", "System_Record"].map(|name| cell(&batch, name, row)).join(" "))
        .collect();
    found.sort();
    assert_eq!(found, ["- -", "- 5", "- 7", "1 -", "3 -", "4688 6"]);
    let said = "3 values of EventRecordID are no long and so null, the first \"18446744073709551615\" at line 1; 2 values of EventID are no int and so null, the first \"-5\" at line 2";
    assert_eq!(report.files[0].describe().as_deref(), Some(said));
    let cells = batch.column_by_name(functions::origin::COLUMN).unwrap().as_binary::<i32>();
    let records: std::collections::BTreeSet<_> =
        cells.iter().flatten().map(|cell| Origins::from_cell(cell).kept[0].record).collect();
    assert_eq!(records.into_iter().collect::<Vec<_>>(), [1, 3, 4, 5, 6, 7]);
}

#[test]
fn fields_in_a_list_are_fields() {
    let line =
        |data: &str| format!(r#"{{"Event":{{"System":{{"EventID":1,"Channel":"{SYSMON}"}},"EventData":{data}}}}}"#);
    let image = |name: &str| {
        format!(
            r##"[{{{name}:"Image","#text":"C:\\a.exe"}},{{{name}:"Empty"}},{{{name}:"UtcTime","#text":"2020-06-10 02:50:54"}}]"##
        )
    };
    let at = image("\"@Name\"");
    let inside = r##"[{"#attributes":{"Name":"Image"},"#text":"C:\\a.exe"},{"#attributes":{"Name":"Empty"}},{"#attributes":{"Name":"UtcTime"},"#text":"2020-06-10 02:50:54"}]"##;
    for data in [format!(r#"{{"Data":{at}}}"#), at, format!(r#"{{"Data":{inside}}}"#)] {
        let batch = one(&line(&data), &["System_Time", "System_EventData", "Image", "Empty", "Data"]);
        let found = ["Image", "Empty", "Data"].map(|name| cell(&batch, name, 0));
        assert_eq!(found, ["C:\\a.exe", "", "-"], "{data}");
        assert_eq!(cell(&batch, "System_Time", 0).parse().ok(), functions::ticks::parse("2020-06-10T02:50:54Z"));
        let all = r#"{"Image":"C:\\a.exe","Empty":"","UtcTime":"2020-06-10 02:50:54"}"#;
        assert_eq!(cell(&batch, "System_EventData", 0), all);
    }
    let single = one(&line(r##"{"Data":{"@Name":"Image","#text":7}}"##), &["Image"]);
    assert_eq!(cell(&single, "Image", 0), "7");
    let mixed = one(&line(r##"{"Data":["a",{"@Name":"Image","#text":"i"},{"#text":"b"}]}"##), &["Image", "Data"]);
    assert_eq!((cell(&mixed, "Image", 0), cell(&mixed, "Data", 0)), ("i".to_owned(), "a\nb".to_owned()));
}

#[test]
fn a_field_that_comes_again_is_a_list_and_no_key_is_there_twice() {
    let nested =
        |data: &str| format!(r#"{{"Event":{{"System":{{"EventID":1,"Channel":"{SYSMON}"}},"EventData":{data}}}}}"#);
    let flat = |data: &str| format!(r#"{{"EventID":1,"Channel":"{SYSMON}",{data}}}"#);
    let wanted = r#"{"Image":["a","b"],"User":"u"}"#;
    for line in [
        nested(r#"{"Image":"a","User":"u","Image":"b"}"#),
        nested(r#"{"Image":["a","b"],"User":"u"}"#),
        nested(
            r##"{"Data":[{"@Name":"Image","#text":"a"},{"@Name":"User","#text":"u"},{"@Name":"Image","#text":"b"}]}"##,
        ),
        flat(r#""Image":"a","User":"u","Image":"b""#),
        format!(r#"{{"winlog":{{"channel":"{SYSMON}","event_id":1,"event_data":{{"Image":["a","b"],"User":"u"}}}}}}"#),
    ] {
        let batch = one(&line, &["System_EventData", "System_Payload", "Image", "IMAGE"]);
        assert_eq!(cell(&batch, "System_EventData", 0), wanted, "{line}");
        assert_eq!((cell(&batch, "Image", 0), cell(&batch, "IMAGE", 0)), ("a\nb".into(), "a\nb".into()), "{line}");
        let payload = cell(&batch, "System_Payload", 0);
        assert!(payload.ends_with("\tMessage=Image: a\nb User: u"), "{payload}");
    }
    // A text that begins with the sign between values is one value.
    let hostile = one(&flat("\"Image\":\"\u{fdd0}a\u{fdd0}b\""), &["Image"]);
    assert_eq!(cell(&hostile, "Image", 0), "\u{fffd}a\u{fdd0}b");
}

#[test]
fn endless_fields_of_one_name_are_read_in_one_go() {
    let fields: String = (0..100_000).map(|n| format!(r#","x":"{n}","{n}":1"#)).collect();
    let batch = one(&format!(r#"{{"EventID":1,"Channel":"X"{fields}}}"#), &["System_EventData", "x"]);
    let data = cell(&batch, "System_EventData", 0);
    assert!(data.starts_with(r#"{"x":["0","1","2","#) && data.contains(r#""99999"],"0":"1","1":"1""#));
    assert_eq!(cell(&batch, "x", 0).lines().count(), 100_000);
}

#[test]
fn a_name_of_a_provider_is_the_events_own_field_where_its_source_is_named_too() {
    let source = r#""SourceName":"Microsoft-Windows-Security-Auditing""#;
    let named = r#""ProviderName":"Microsoft Software Key Storage Provider""#;
    let cells = |fields: &str| {
        let batch = one(
            &format!(r#"{{"EventID":5061,"Channel":"Security",{fields}}}"#),
            &["System_Provider", "System_EventData"],
        );
        (cell(&batch, "System_Provider", 0), cell(&batch, "System_EventData", 0))
    };
    let expected = ("Microsoft-Windows-Security-Auditing".to_owned(), format!("{{{named}}}"));
    assert_eq!(cells(&format!("{source},{named}")), expected);
    assert_eq!(cells(&format!("{named},{source}")), expected);
    assert_eq!(cells(named), ("Microsoft Software Key Storage Provider".to_owned(), "{}".to_owned()));
}
