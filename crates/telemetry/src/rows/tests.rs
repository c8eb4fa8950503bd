//! What other tools make of one event, read back as that event.

use crate::trial::{Folder, cell, read};

const NAMES: [&str; 8] = [
    "System_Time",
    "System_Channel",
    "System_EventID",
    "System_Computer",
    "System_Record",
    "System_Provider",
    "NewProcessName",
    "SubjectUserName",
];

/// The only row that a file gives.
fn row(name: &str, text: &str) -> Vec<String> {
    let evidence = Folder::new().with(name, text);
    let evidence = evidence.evidence();
    let (batch, report) = read(&evidence, &NAMES);
    assert_eq!(
        (batch.num_rows(), report.damaged_records()),
        (1, 0),
        "{:?} {:?} {text}",
        evidence.ignored,
        report.files
    );
    let time = cell(&batch, NAMES[0], 0).parse().ok().and_then(functions::ticks::format_datetime);
    std::iter::once(time.unwrap_or_default()).chain(NAMES[1..].iter().map(|name| cell(&batch, name, 0))).collect()
}

const PROVIDER: &str = "Microsoft-Windows-Security-Auditing";
const WANTED: [&str; 8] =
    ["2024-03-01T10:00:00.1234567Z", "Security", "4688", "PC.lab", "7", PROVIDER, "C:\\a \"b\".exe", "ann"];
const XML: &str = r#"<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="Microsoft-Windows-Security-Auditing"/><EventID>4688</EventID><TimeCreated SystemTime="2024-03-01T10:00:00.1234567Z"/><EventRecordID>7</EventRecordID><Channel>Security</Channel><Computer>PC.lab</Computer></System><EventData><Data Name="NewProcessName">C:\a &quot;b&quot;.exe</Data><Data Name="SubjectUserName">ann</Data></EventData></Event>"#;
const BEAT: &str = r#"{"@timestamp":"2024-03-01T10:00:00.1234567Z","event":{"code":"4688"},"winlog":{"channel":"Security","event_id":4688,"provider_name":"Microsoft-Windows-Security-Auditing","record_id":7,"computer_name":"PC.lab","event_data":{"NewProcessName":"C:\\a \"b\".exe","SubjectUserName":"ann"}}}"#;

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

#[test]
fn events_as_xml_are_events() {
    let utf16: Vec<u8> = format!("\u{feff}{XML}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (batch, _) = read(&Folder::new().with("a.xml", utf16).evidence(), &NAMES);
    assert_eq!(cell(&batch, "NewProcessName", 0), WANTED[6]);
    assert_eq!(row("a.xml", &format!("<?xml version=\"1.0\" encoding=\"utf-8\"?><Events>{XML}</Events>")), WANTED);
    assert_eq!(row("a.txt", &format!("{XML}\r\n")), WANTED);
}

#[test]
fn documents_of_elasticsearch_are_their_source() {
    assert_eq!(row("a.json", &format!(r#"{{"_index":"x","fields":{{"a":[1]}},"_source":{BEAT}}}"#)), WANTED);
    let answer = format!(r#"{{"took":1,"hits":{{"total":{{"value":1}},"hits":[{{"_index":"x","_source":{BEAT}}}]}}}}"#);
    assert_eq!(row("a.json", &answer), WANTED);
    let dotted = r#"{"@timestamp":"2024-03-01T10:00:00.1234567Z","winlog.channel":"Security","winlog.event_id":4688,"winlog.provider_name":"Microsoft-Windows-Security-Auditing","winlog.record_id":7,"winlog.computer_name":"PC.lab","winlog.event_data.NewProcessName":"C:\\a \"b\".exe","winlog.event_data.SubjectUserName":"ann"}"#;
    assert_eq!(row("a.json", dotted), WANTED);
    let bare = r#"{"@timestamp":"2024-03-01T10:00:00.1234567Z","event":{"code":"4688","provider":"Microsoft-Windows-Security-Auditing"},"host":{"name":"PC.lab"},"winlog":{"channel":"Security","record_id":7},"process":{"executable":"C:\\x.exe"}}"#;
    assert_eq!(row("a.json", &format!("[{bare}]"))[..3], WANTED[..3]);
}

#[test]
fn hits_of_elasticsearch_may_be_lists_of_values() {
    let hit = r#"{"_index":"x","fields":{"@timestamp":["2024-03-01T10:00:00.1234567Z"],"winlog.channel":["Security"],"winlog.channel.keyword":["Security"],"winlog.event_id":[4688],"winlog.provider_name":["Microsoft-Windows-Security-Auditing"],"winlog.record_id":[7],"winlog.computer_name":["PC.lab"],"winlog.event_data.NewProcessName":["C:\\a \"b\".exe"],"winlog.event_data.SubjectUserName":["ann"],"tags":["a","b"],"x":[]}}"#;
    assert_eq!(row("a.json", &format!(r#"{{"took":1,"hits":{{"hits":[{hit}]}}}}"#)), WANTED);
    assert_eq!(row("a.json", hit), WANTED);
    let empty = hit.replace(r#""_index":"x","#, r#""_index":"x","_source":{},"#);
    assert_eq!(row("a.json", &empty), WANTED);
    assert_eq!(row("a.json", &empty.replace("{},", r#"{"@timestamp":"2024"},"#)), WANTED);
    assert_eq!(row("a.json", &format!(r#"{{"took":1,"hits":{{"hits":[{empty}]}}}}"#)), WANTED);
    let coded = hit.replace(r#""winlog.event_id":[4688]"#, r#""event.code":["4688"]"#);
    assert_eq!(row("a.json", &coded), WANTED);
}

#[test]
fn splunks_raw_event_is_the_event() {
    let xml = format!(r#"{{"preview":false,"offset":0,"result":{{"_time":"2024","_raw":{}}}}}"#, quoted(XML));
    assert_eq!(row("a.json", &xml), WANTED);
    assert_eq!(row("a.json", &format!(r#"{{"preview":false,"results":[{{"_raw":{}}}]}}"#, quoted(BEAT))), WANTED);
    let pairs = "03/01/2024 10:00:00 AM\nLogName=Security\nEventCode=4688\nEventType=0\nComputerName=PC.lab\nSourceName=Microsoft-Windows-Security-Auditing\nRecordNumber=7\nMessage=A new process\nhas = been";
    let text = format!(
        r#"[{{"_raw":{},"_time":"2024-03-01T10:00:00.1234567Z","host":"other","NewProcessName":"C:\\a \"b\".exe","SubjectUserName":"ann"}}]"#,
        quoted(pairs)
    );
    assert_eq!(row("a.json", &text), WANTED);
    let csv = format!("_time,_raw\n2024,\"{}\"\n", XML.replace('"', "\"\""));
    assert_eq!(row("a.csv", &csv), WANTED);
}

#[test]
fn sysmons_own_time_is_the_events_whoever_wrapped_it() {
    let splunk = format!(
        r#"[{{"_raw":{},"_time":"2024-03-01T10:00:05Z","host":"PC.lab"}}]"#,
        quoted("LogName=Microsoft-Windows-Sysmon/Operational\nEventCode=1\nUtcTime=2024-03-01 10:00:00.123")
    );
    let ecs = r#"[{"@timestamp":"2024-03-01T10:00:05Z","event":{"code":"1"},"host":{"name":"PC.lab"},"winlog":{"channel":"Microsoft-Windows-Sysmon/Operational","event_data":{"UtcTime":"2024-03-01 10:00:00.123"}},"UtcTime.x":"y"}]"#;
    for text in [splunk.as_str(), ecs] {
        assert_eq!(row("a.json", text)[0], "2024-03-01T10:00:00.1230000Z", "{text}");
    }
}

#[test]
fn a_table_of_an_endless_name_is_not_looked_for() {
    let mut exports = super::tables::Exports::default();
    assert!(exports.knows("DeviceProcessEvents"));
    assert!(!exports.knows(&"DeviceProcessEvents".repeat(100)));
}

#[test]
fn evtxecmds_fields_are_in_its_payload() {
    let payload = r##"{"EventData":{"Data":[{"@Name":"NewProcessName","#text":"C:\\a \"b\".exe"},{"@Name":"SubjectUserName","#text":"ann"}]}}"##;
    let header = "RecordNumber,EventRecordId,TimeCreated,EventId,Level,Provider,Channel,ProcessId,ThreadId,Computer,ChunkNumber,UserId,MapDescription,UserName,RemoteHost,PayloadData1,PayloadData2,ExecutableInfo,HiddenRecord,SourceFile,Keywords,ExtraDataOffset,Payload";
    let line = format!(
        "1,7,2024-03-01 10:00:00.1234567,4688,LogAlways,{PROVIDER},Security,4,8,PC.lab,0,,Process created,LAB\\ann,,x,,,False,a.evtx,Audit success,0,\"{}\"",
        payload.replace('"', "\"\"")
    );
    assert_eq!(row("a.csv", &format!("{header}\r\n{line}\r\n")), WANTED);
    let json = format!(
        r#"{{"PayloadData1":"x","MapDescription":"p","ChunkNumber":0,"Computer":"PC.lab","Payload":{},"Channel":"Security","Provider":"{PROVIDER}","EventId":4688,"EventRecordId":"7","TimeCreated":"2024-03-01T10:00:00.1234567+00:00","RecordNumber":1,"Level":"Info"}}"#,
        quoted(payload)
    );
    assert_eq!(row("a.json", &json), WANTED);
}

#[test]
fn powershell_keeps_what_it_keeps() {
    let json = r#"[{"Message":"A new process","Id":4688,"ProviderName":"Microsoft-Windows-Security-Auditing","LogName":"Security","RecordId":7,"MachineName":"PC.lab","TimeCreated":"\/Date(1709287200123)\/","Properties":[{"Value":"S-1"},{"Value":4}],"UserId":null}]"#;
    let mut wanted = WANTED.map(str::to_owned);
    wanted[0] = "2024-03-01T10:00:00.1230000Z".to_owned();
    assert_eq!(row("a.json", json)[..6], wanted[..6]);
    let sysmon = "Message,Id,ProviderName,LogName,RecordId,MachineName,TimeCreated\n\"Process Create:\nUtcTime: 2024-03-01 10:00:00.123\nNewProcessName: C:\\a \"\"b\"\".exe\nSubjectUserName: ann\",1,Microsoft-Windows-Sysmon,Microsoft-Windows-Sysmon/Operational,7,PC.lab,3/1/2024 10:00:01 AM\n";
    let found = row("a.csv", sysmon);
    assert_eq!((&found[0], &found[6], &found[7]), (&wanted[0], &wanted[6], &wanted[7]));
}

#[test]
fn values_without_names_are_told() {
    let event = |id: u64, more: &str| {
        format!(
            r#"{{"Id":{id},"ProviderName":"P","LogName":"Security","RecordId":{id},"MachineName":"PC","TimeCreated":"/Date(1709287200123)/"{more}}}"#
        )
    };
    let sysmon =
        event(1, r#","Message":"Process Create:\r\nImage: a.exe""#).replace("\"P\"", "\"Microsoft-Windows-Sysmon\"");
    let nameless = event(2, r#","Properties":[{"Value":"v"}],"Message":"New Process""#);
    let silent = event(3, r#","Properties":"System.Collections.Generic.List`1[x]""#);
    let folder = Folder::new().with("a.json", format!("[{sysmon},{nameless},{silent}]"));
    let (batch, report) = read(&folder.evidence(), &["System_EventID", "Message", "Image", "Data"]);
    let said = "2 events have fields without names, as Get-WinEvent gives them: export the log with wevtutil instead";
    assert_eq!((batch.num_rows(), report.files[0].describe().as_deref()), (3, Some(said)));
    let row = (0..3).find(|row| cell(&batch, "System_EventID", *row) == "2").unwrap();
    assert_eq!((cell(&batch, "Message", row).as_str(), cell(&batch, "Data", row).as_str()), ("New Process", "v"));
}

#[test]
fn rows_of_sentinels_windows_tables_are_events_again() {
    let line = r#"{"TenantId":"t","TimeGenerated":"2024-03-01T10:00:00.1234567Z","Computer":"PC.lab","EventID":4688,"Activity":"4688 - x","EventSourceName":"Microsoft-Windows-Security-Auditing","EventRecordId":"7","Channel":"Security","NewProcessName":"C:\\a \"b\".exe","SubjectUserName":"ann","TargetUserName":"","Type":"SecurityEvent"}"#;
    assert_eq!(row("a.json", line), WANTED);
    assert_eq!(row("a.json", &line.replace(r#""Channel":"Security","#, "")), WANTED);
    let windows = r#"{"TimeGenerated":"2024-03-01T10:00:00.1234567Z","Computer":"PC.lab","EventID":4688,"Provider":"Microsoft-Windows-Security-Auditing","EventRecordId":"7","Channel":"Security","EventData":{"NewProcessName":"C:\\a \"b\".exe","SubjectUserName":"ann"},"Type":"WindowsEvent"}"#;
    assert_eq!(row("a.json", windows), WANTED);
    let event = r#"{"TimeGenerated":"2024-03-01T10:00:00.1234567Z","Computer":"PC.lab","EventID":4688,"Source":"Microsoft-Windows-Security-Auditing","EventRecordId":"7","EventLog":"Security","EventLevelName":"Information","EventData":"<DataItem type=\"System.XmlData\" time=\"x\"><EventData xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><Data Name=\"NewProcessName\">C:\\a &quot;b&quot;.exe</Data><Data Name=\"SubjectUserName\">ann</Data></EventData></DataItem>","Type":"Event"}"#;
    assert_eq!(row("a.json", event), WANTED);
    let answer = format!(
        r#"{{"tables":[{{"name":"PrimaryResult","columns":[{{"name":"TimeGenerated","type":"datetime"}},{{"name":"Type","type":"string"}},{{"name":"EventID","type":"int"}},{{"name":"Computer","type":"string"}},{{"name":"EventSourceName","type":"string"}},{{"name":"EventRecordId","type":"string"}},{{"name":"NewProcessName","type":"string"}},{{"name":"SubjectUserName","type":"string"}}],"rows":[["2024-03-01T10:00:00.1234567Z","SecurityEvent",4688,"PC.lab","{PROVIDER}","7","C:\\a \"b\".exe","ann"]]}}]}}"#
    );
    assert_eq!(row("a.json", &answer), WANTED);
    let csv = "\"TimeGenerated [UTC]\",Type,EventID,Computer,EventSourceName,EventRecordId,NewProcessName,SubjectUserName\n\"3/1/2024, 10:00:00.123 AM\",SecurityEvent,4688,PC.lab,Microsoft-Windows-Security-Auditing,7,\"C:\\a \"\"b\"\".exe\",ann\n";
    assert_eq!(row("a.csv", csv)[1..], WANTED[1..]);
}

#[test]
fn rows_of_other_tables_are_events_of_a_channel_of_their_own() {
    let line = r#"{"time":"2024-03-01T10:00:05Z","tenantId":"t","category":"AdvancedHunting-DeviceProcessEvents","properties":{"Timestamp":"2024-03-01T10:00:00.1234567Z","DeviceName":"PC.lab","FileName":"a.exe"}}"#;
    let wanted = [WANTED[0], "table:DeviceProcessEvents", "-", "PC.lab"];
    assert_eq!(row("a.json", line)[..4], wanted);
    assert_eq!(row("a.json", &format!("{{\"records\":[{line}]}}"))[..4], wanted);
    let results = r#"{"Stats":{},"Schema":[{"Name":"Timestamp","Type":"DateTime"}],"Results":[{"Timestamp":"2024-03-01T10:00:00.1234567Z","DeviceName":"PC.lab","ActionType":"ProcessCreated","FileName":"a.exe","ProcessCommandLine":"a","ProcessVersionInfoCompanyName":"x"}]}"#;
    assert_eq!(row("a.json", results)[..4], wanted);
    let ariel =
        r#"{"events":[{"starttime":1709287200123,"sourceip":"1.2.3.4","username":"ann","qid":5,"Hostname":"PC.lab"}]}"#;
    assert_eq!(row("a.json", ariel)[..4], ["2024-03-01T10:00:00.1230000Z", "table:events", "-", "PC.lab"]);
}

#[test]
fn a_row_of_securityevent_without_an_id_is_an_event_of_its_log() {
    let line = r#"{"TimeGenerated":"2024-03-01T10:00:00.1234567Z","Computer":"PC.lab","EventID":"","EventSourceName":"Microsoft-Windows-Security-Auditing","EventRecordId":"7","NewProcessName":"C:\\a \"b\".exe","SubjectUserName":"ann","Type":"SecurityEvent"}"#;
    let mut wanted = WANTED;
    wanted[2] = "-";
    assert_eq!(row("a.json", line), wanted);
    let unsaid = line.replace("SecurityEvent", "Event");
    assert_eq!(row("a.json", &unsaid)[1], "table:Event");
    assert_eq!(
        row("a.json", &unsaid.replace("\"EventID\":\"\"", "\"EventID\":null,\"EventLog\":\"System\""))[1],
        "System"
    );
}

#[test]
fn an_action_that_nobody_knows_is_not_of_the_table_of_its_neighbours() {
    let header = "Timestamp,DeviceName,ActionType,FileName,FolderPath,ReportId,PreviousFileName";
    let rows = "2024-03-01T10:00:00Z,pc,FileCreated,a,c,1,\n2024-03-01T10:00:00Z,pc,AsrOfficeChildProcessBlocked,b,c,2,\n2024-03-01T10:00:00Z,pc,Unheard,c,c,3,old\n2024-03-01T10:00:00Z,pc,ProcessCreatedAggregatedReport,d,c,4,\n";
    let tables = |name: &str| {
        let (batch, _) =
            read(&Folder::new().with(name, format!("{header}\n{rows}")).evidence(), &["System_Channel", "FileName"]);
        let mut found: Vec<_> =
            (0..4).map(|row| cell(&batch, "FileName", row) + " " + &cell(&batch, "System_Channel", row)).collect();
        found.sort();
        found
    };
    let file = "table:DeviceFileEvents";
    let process = "d table:DeviceProcessEvents";
    let wanted = [format!("a {file}"), "b table:DeviceEvents".to_owned(), format!("c {file}"), process.to_owned()];
    assert_eq!(tables("x.csv"), wanted);
    assert_eq!(
        tables("DeviceFileEvents.csv"),
        [format!("a {file}"), format!("b {file}"), format!("c {file}"), process.to_owned()]
    );
}

#[test]
fn no_event_passes_for_a_row_of_a_table() {
    let text = "{\"EventID\":1,\"Channel\":\"table:DeviceProcessEvents\"}\n{\"EventID\":1,\"Channel\":\"System\"}\n";
    let (batch, report) = read(&Folder::new().with("a.json", text).evidence(), &[]);
    assert_eq!((batch.num_rows(), report.damaged_records()), (1, 1));
    let unknown = r#"{"Type":"Unheard_CL","TimeGenerated":"2024-03-01T10:00:00Z"}"#;
    let (_, report) = read(&Folder::new().with("a.json", unknown).evidence(), &[]);
    let said = "1 record skipped; line 1: it is a row of Unheard_CL, which is not known: bind the file with --data Unheard_CL=PATH";
    assert_eq!(report.files[0].describe().as_deref(), Some(said));
}

#[test]
fn what_does_not_fit_its_column_is_told_once_for_each_column() {
    let csv = "Timestamp,DeviceName,ActionType,FileName,ProcessId,ProcessCreationTime,IsProcessRemoteSession\n\
        2024-03-01T10:00:00Z,PC,ProcessCreated,a.exe,7,\"11/22/2026, 4:45:03.123 AM\",True\n\
        2024-03-01T10:00:01Z,PC,ProcessCreated,b.exe,n/a,22/11/2026 04:45:03,yes\n\
        22/11/2026 04:45:03,PC,ProcessCreated,c.exe,-,01/02/2026 04:45:03,0\n\
        2024-03-01T10:00:03Z,PC,ProcessCreated,d.exe,1234.0,,\n";
    let folder = Folder::new().with("DeviceProcessEvents.csv", csv);
    let names = ["System_Time", "ProcessId", "ProcessCreationTime", "FileName"];
    let (batch, report) = read(&folder.evidence(), &names);
    assert_eq!((batch.num_rows(), report.damaged_records(), report.untimed), (4, 0, 1));
    let said = "2 values of DeviceProcessEvents.ProcessCreationTime are no datetime and so null, the first \"22/11/2026 04:45:03\" at line 3; \
        2 values of DeviceProcessEvents.ProcessId are no long and so null, the first \"n/a\" at line 3; \
        1 value of DeviceProcessEvents.Timestamp is no datetime and so null: \"22/11/2026 04:45:03\" at line 4";
    assert_eq!(report.files[0].describe().as_deref(), Some(said));
    let row = |name: &str| (0..4).find(|row| cell(&batch, "FileName", *row) == name).unwrap();
    assert_eq!(cell(&batch, "ProcessCreationTime", row("a.exe")), "2026-11-22T04:45:03.1230000Z");
    assert_eq!(cell(&batch, "ProcessCreationTime", row("c.exe")), "-");
    assert_eq!(cell(&batch, "ProcessId", row("d.exe")), "1234");
    let (_, report) = read(&folder.evidence(), &["FileName"]);
    let said = report.files[0].describe().unwrap();
    assert!(!said.contains("ProcessId") && said.contains("Timestamp"), "{said}");
}

#[test]
fn events_exported_from_sentinel_and_tables_of_ones_own_tell_it_too() {
    let line = r#"{"TimeGenerated":"soon","Computer":"PC","EventID":4624,"EventRecordId":"7","LogonType":"three","TargetUserName":"ann","Channel":"Security","Type":"SecurityEvent"}"#;
    let (_, report) = read(&Folder::new().with("a.json", line).evidence(), &["LogonType"]);
    let said = "1 value of SecurityEvent.LogonType is no int and so null: \"three\" at line 1; \
        1 value of SecurityEvent.TimeGenerated is no datetime and so null: \"soon\" at line 1";
    assert_eq!(report.files[0].describe().as_deref(), Some(said));
    let rows: String = (0..2_000).map(|number| format!("2024-03-01T10:00:00Z,{number}\n")).collect();
    let folder = Folder::new().with("own.csv", format!("When,Number\n{rows}never,x\n"));
    let input = crate::Input { path: folder.0.join("own.csv"), table: Some("Mine".to_owned()) };
    let (_, report) = read(&crate::Evidence::of_inputs(&[input]).unwrap(), &["When", "Number"]);
    let said = "1 value of Mine.Number is no long and so null: \"x\" at line 2002; \
        1 value of Mine.When is no datetime and so null: \"never\" at line 2002";
    assert_eq!(report.files[0].describe().as_deref(), Some(said));
}

#[test]
fn a_row_that_leaves_out_its_table_is_of_that_of_the_others() {
    let row = |id: u64, of: &str| {
        format!(
            r#"{{"TimeGenerated":"2024-03-01T10:00:00.1234567Z","Computer":"PC.lab","EventID":4688,"EventRecordId":"{id}","NewProcessName":"a.exe"{of}}}"#
        )
    };
    let lines = [row(1, r#","Type":"""#), row(2, r#","Type":"SecurityEvent""#), row(3, ""), row(4, r#","Type":null"#)];
    let folder = Folder::new().with("a.json", lines.join("\n"));
    let (batch, report) = read(&folder.evidence(), &NAMES);
    assert_eq!((batch.num_rows(), report.damaged_records(), report.untimed), (4, 0, 0), "{:?}", report.files);
    assert!((0..4).all(|row| cell(&batch, "System_Channel", row) == "Security"));
}

#[test]
fn rows_of_several_of_defenders_tables_are_each_of_its_own() {
    let csv = "Timestamp,DeviceName,ActionType,FileName\n\
        2024-03-01T10:00:00Z,PC,ProcessCreated,a.exe\n\
        2024-03-01T10:00:01Z,PC,FileCreated,b.exe\n\
        2024-03-01T10:00:02Z,PC,Unheard,c.exe\n";
    let (batch, report) = read(&Folder::new().with("DeviceProcessEvents.csv", csv).evidence(), &NAMES);
    assert_eq!((batch.num_rows(), report.damaged_records()), (3, 0));
    let mut channels: Vec<String> = (0..3).map(|row| cell(&batch, "System_Channel", row)).collect();
    channels.sort();
    assert_eq!(channels, ["table:DeviceFileEvents", "table:DeviceProcessEvents", "table:DeviceProcessEvents"]);
}
