//! The traps of mapping Windows events to the tables of SIEMs, each with the value that the SIEM would show.

use arrow::array::Array;
use arrow::util::display::array_value_to_string;
use functions::ticks;

use super::evaluate::evaluate;
use super::{Catalog, TableDef};
use crate::trial::one;

/// The columns of the only row that an event makes in a table; `None` where it makes none.
fn row(table: &str, line: &str, columns: &[&str]) -> Option<Vec<String>> {
    let table = Catalog.table(table).unwrap().unwrap();
    let head = one(line, &["System_Channel", "System_EventID"]);
    let text = |name: &str| crate::trial::cell(&head, name, 0);
    let branch = table
        .branches
        .iter()
        .position(|branch| branch.fits(&text("System_Channel"), text("System_EventID").parse().unwrap()))?;
    Some(columns.iter().map(|column| value(&table, branch, line, column)).collect())
}

fn value(table: &TableDef, branch: usize, line: &str, column: &str) -> String {
    let (place, _) = table.column(column).unwrap_or_else(|| panic!("there is no {column}"));
    let Some(value) = table.value(branch, place).unwrap() else { return "-".to_owned() };
    let names: Vec<&str> = value.fields.iter().map(String::as_str).collect();
    let array = evaluate(&value.expr, &one(line, &names));
    if array.is_null(0) { "-".to_owned() } else { array_value_to_string(&array, 0).unwrap() }
}

const PROCESS: &str = r#"{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"Hostname":"PC1","RecordNumber":839,"TimeCreated":"2019-05-22T04:02:11.2871234Z","UtcTime":"2019-05-22 04:02:11.280","Image":"C:\\Windows\\System32\\cmd.exe","CommandLine":"cmd /c x","User":"IEWIN7\\IEUser","LogonId":"0x3b5e64","ProcessId":"3388","ParentProcessId":"2000","ParentImage":"C:\\Program Files\\Internet Explorer\\iexplore.exe","ParentCommandLine":"iexplore","ParentUser":"NT AUTHORITY\\SYSTEM","Hashes":"SHA1=ABCD,MD5=EF01,SHA256=2345,IMPHASH=6789","IntegrityLevel":"High","OriginalFileName":"Cmd.Exe"}"#;

const AUDIT: &str = r#"{"Channel":"security","EventID":"4688","Hostname":"PC1","RecordNumber":5,"TimeCreated":"2020-09-04T18:16:07.123Z","SubjectUserSid":"S-1-5-18","SubjectUserName":"PC1$","SubjectDomainName":"CORP","SubjectLogonId":"0x3e7","NewProcessId":"0x1a2c","NewProcessName":"C:\\Windows\\System32\\mshta.exe","TokenElevationType":"%%1937","ProcessId":"0x5b4","CommandLine":"mshta x","TargetUserSid":"S-1-0-0","TargetUserName":"-","TargetDomainName":"-","TargetLogonId":"0x0","ParentProcessName":"C:\\Edge\\msedge.exe","MandatoryLabel":"S-1-16-12288"}"#;

#[test]
fn a_folder_path_is_whole_and_a_parent_is_the_initiating_process() {
    let columns = ["FileName", "FolderPath", "InitiatingProcessFileName", "InitiatingProcessFolderPath"];
    let sysmon = [
        "cmd.exe",
        "C:\\Windows\\System32\\cmd.exe",
        "iexplore.exe",
        "C:\\Program Files\\Internet Explorer\\iexplore.exe",
    ];
    assert_eq!(row("DeviceProcessEvents", PROCESS, &columns).unwrap(), sysmon);
    let audit = ["mshta.exe", "C:\\Windows\\System32\\mshta.exe", "msedge.exe", "C:\\Edge\\msedge.exe"];
    assert_eq!(row("DeviceProcessEvents", AUDIT, &columns).unwrap(), audit);
    let grandparent = ["InitiatingProcessParentFileName", "InitiatingProcessParentId"];
    assert_eq!(row("DeviceProcessEvents", PROCESS, &grandparent).unwrap(), ["-", "-"]);
}

#[test]
fn accounts_are_split_and_in_lower_case() {
    let columns = ["AccountDomain", "AccountName", "InitiatingProcessAccountDomain", "InitiatingProcessAccountName"];
    assert_eq!(row("DeviceProcessEvents", PROCESS, &columns).unwrap(), ["iewin7", "ieuser", "nt authority", "system"]);
}

#[test]
fn identifiers_are_numbers_whether_hexadecimal_or_decimal() {
    let columns = ["ProcessId", "InitiatingProcessId", "LogonId"];
    assert_eq!(row("DeviceProcessEvents", PROCESS, &columns).unwrap(), ["3388", "2000", "3890788"]);
    // ProcessId of 4688 is the creator.
    assert_eq!(row("DeviceProcessEvents", AUDIT, &columns).unwrap(), ["6700", "1460", "999"]);
}

#[test]
fn the_account_of_4688_is_the_target_where_there_is_one() {
    let columns = ["AccountDomain", "AccountName", "AccountSid", "LogonId", "InitiatingProcessAccountName"];
    assert_eq!(row("DeviceProcessEvents", AUDIT, &columns).unwrap(), ["corp", "pc1$", "S-1-5-18", "999", "pc1$"]);
    let target = AUDIT
        .replace(
            r#""TargetUserName":"-","TargetDomainName":"-","TargetLogonId":"0x0""#,
            r#""TargetUserName":"Eve","TargetDomainName":"LAB","TargetLogonId":"0x10""#,
        )
        .replace("S-1-0-0", "S-1-5-21-1");
    assert_eq!(row("DeviceProcessEvents", &target, &columns).unwrap(), ["lab", "eve", "S-1-5-21-1", "16", "pc1$"]);
}

#[test]
fn what_4688_has_not_is_empty_and_said() {
    let columns = [
        "ProcessCommandLine",
        "InitiatingProcessCommandLine",
        "SHA256",
        "ProcessIntegrityLevel",
        "ProcessTokenElevation",
    ];
    assert_eq!(
        row("DeviceProcessEvents", AUDIT, &columns).unwrap(),
        ["mshta x", "-", "-", "High", "TokenElevationTypeFull"]
    );
    let table = Catalog.table("DeviceProcessEvents").unwrap().unwrap();
    assert!(table.notes.iter().any(|note| note.contains("InitiatingProcessCommandLine")));
    let never: Vec<_> = table.never_filled().map(|column| column.name.as_str()).collect();
    assert!(never.contains(&"InitiatingProcessFileSize") && !never.contains(&"InitiatingProcessParentFileName"));
}

#[test]
fn the_time_is_sysmons_own_else_the_logs() {
    let columns = ["Timestamp", "TimeGenerated", "ProcessCreationTime", "ReportId"];
    let happened = ticks::parse("2019-05-22T04:02:11.28Z").unwrap().to_string();
    assert_eq!(row("DeviceProcessEvents", PROCESS, &columns).unwrap(), [&happened, &happened, &happened, "839"]);
    let written = ticks::parse("2020-09-04T18:16:07.123Z").unwrap().to_string();
    assert_eq!(row("DeviceProcessEvents", AUDIT, &columns).unwrap(), [&written, &written, &written, "5"]);
}

#[test]
fn hashes_are_told_apart_and_in_lower_case() {
    assert_eq!(row("DeviceProcessEvents", PROCESS, &["SHA1", "MD5", "SHA256"]).unwrap(), ["abcd", "ef01", "2345"]);
}

#[test]
fn a_file_row_has_no_account_but_its_writer() {
    let table = Catalog.table("DeviceFileEvents").unwrap().unwrap();
    assert!(table.column("AccountName").is_none());
    let line = r#"{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":11,"Image":"C:\\chrome.exe","TargetFilename":"C:\\Users\\a\\Downloads\\x.js","User":"LAB\\Ann","ProcessId":"7"}"#;
    let columns = [
        "ActionType",
        "FileName",
        "FolderPath",
        "InitiatingProcessFileName",
        "InitiatingProcessAccountName",
        "RequestAccountName",
    ];
    let wanted = ["FileCreated", "x.js", "C:\\Users\\a\\Downloads\\x.js", "chrome.exe", "ann", "-"];
    assert_eq!(row("DeviceFileEvents", line, &columns).unwrap(), wanted);
    assert_eq!(row("DeviceFileEvents", PROCESS, &columns), None);
    let deleted = line.replace("\"EventID\":11", "\"EventID\":26");
    assert_eq!(row("DeviceFileEvents", &deleted, &["ActionType"]).unwrap(), ["FileDeleted"]);
}

#[test]
fn a_mark_of_the_web_is_a_row_of_its_file_with_its_origin() {
    let line = r#"{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":15,"Image":"C:\\chrome.exe","TargetFilename":"C:\\Downloads\\x.hta:Zone.Identifier","Hash":"MD5=AA,SHA256=BB","Contents":"[ZoneTransfer]  ZoneId=3 ReferrerUrl=https://a.test/p?q=1 HostUrl=https://b.test/x.hta "}"#;
    let columns = ["FileName", "FolderPath", "FileOriginUrl", "FileOriginReferrerUrl", "MD5"];
    let wanted = ["x.hta", "C:\\Downloads\\x.hta", "https://b.test/x.hta", "https://a.test/p?q=1", "aa"];
    assert_eq!(row("DeviceFileEvents", line, &columns).unwrap(), wanted);
}

#[test]
fn qradar_knows_a_property_by_all_its_names() {
    for name in ["Image", "Process Path", "IMAGE", "New Process Name"] {
        assert_eq!(row("EVENTS", PROCESS, &[name]).unwrap(), ["C:\\Windows\\System32\\cmd.exe"], "{name}");
        assert_eq!(row("events", AUDIT, &[name]).unwrap(), ["C:\\Windows\\System32\\mshta.exe"], "{name}");
    }
    let columns =
        ["LOGSOURCETYPEID", "qid", "qidname", "logsourcename", "EventID", "username", "devicetime", "ParentImage"];
    let sysmon = ["12", "5001828", "Process Create", "WindowsAuthServer @ PC1", "1", "IEUser", "1558497731280"];
    assert_eq!(row("events", PROCESS, &columns).unwrap()[..7], sysmon);
    let audit =
        ["12", "5000862", "Success Audit: A new process has been created", "WindowsAuthServer @ PC1", "4688", "PC1$"];
    assert_eq!(row("events", AUDIT, &columns).unwrap()[..6], audit);
    assert_eq!(row("events", r#"{"Channel":"Any","EventID":9}"#, &["qid", "devicetype"]).unwrap(), ["-", "12"]);
}

#[test]
fn sigma_sees_4688_under_sysmons_names() {
    let columns = ["Image", "ParentImage", "User", "IntegrityLevel", "ParentCommandLine", "Hashes", "ProcessId"];
    let wanted = ["C:\\Windows\\System32\\mshta.exe", "C:\\Edge\\msedge.exe", "CORP\\PC1$", "High", "-", "-", "6700"];
    assert_eq!(row("sigma:windows/process_creation/", AUDIT, &columns).unwrap(), wanted);
}

#[test]
fn sentinels_tables_show_events_under_their_own_names() {
    let columns = ["EventID", "Account", "Activity", "Process", "NewProcessId", "EventRecordId", "AccountType"];
    let wanted =
        ["4688", "CORP\\PC1$", "4688 - A new process has been created.", "mshta.exe", "0x1a2c", "5", "Machine"];
    assert_eq!(row("SecurityEvent", AUDIT, &columns).unwrap(), wanted);
    assert_eq!(row("SecurityEvent", PROCESS, &columns), None);
    let line = r#"{"Channel":"Any","EventID":9,"Odd":"x"}"#;
    assert_eq!(row("WindowsEvent", line, &["EventData", "Channel"]).unwrap(), [r#"{"Odd":"x"}"#, "Any"]);
}

#[test]
fn registry_paths_are_spelt_out_and_split() {
    let columns = ["ActionType", "RegistryKey", "RegistryValueName", "RegistryValueData", "RegistryValueType"];
    let set = r#"{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":13,"EventType":"SetValue","TargetObject":"HKU\\S-1-5-21-1\\Software\\Run\\Updater","Details":"DWORD (0x0000000a)","Image":"C:\\reg.exe"}"#;
    let key = "HKEY_CURRENT_USER\\S-1-5-21-1\\Software\\Run";
    assert_eq!(
        row("DeviceRegistryEvents", set, &columns).unwrap(),
        ["RegistryValueSet", key, "Updater", "10", "Dword"]
    );
    let create = set.replace(":13,", ":12,").replace("SetValue", "CreateKey");
    let whole = format!("{key}\\Updater");
    assert_eq!(row("DeviceRegistryEvents", &create, &columns).unwrap(), ["RegistryKeyCreated", &whole, "", "-", "-"]);
    let delete = create.replace("CreateKey", "DeleteValue");
    assert_eq!(
        row("DeviceRegistryEvents", &delete, &columns).unwrap(),
        ["RegistryValueDeleted", key, "Updater", "-", "-"]
    );
}

#[test]
fn a_dns_query_is_among_the_events_without_a_table() {
    let line =
        r#"{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":22,"Image":"C:\\a.exe","QueryName":"b.test"}"#;
    let columns = ["ActionType", "RemoteUrl", "InitiatingProcessFileName"];
    assert_eq!(row("DeviceEvents", line, &columns).unwrap(), ["DnsQueryResponse", "b.test", "a.exe"]);
}

#[test]
fn the_source_of_an_inbound_connection_is_remote() {
    let line = r#"{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":3,"Initiated":"true","Protocol":"tcp","SourceIp":"10.0.0.1","SourcePort":"49159","DestinationIp":"8.8.8.8","DestinationPort":"443"}"#;
    let columns = ["ActionType", "LocalIP", "LocalPort", "RemoteIP", "RemotePort", "Protocol"];
    let outbound = ["ConnectionSuccess", "10.0.0.1", "49159", "8.8.8.8", "443", "Tcp"];
    assert_eq!(row("DeviceNetworkEvents", line, &columns).unwrap(), outbound);
    let inbound = ["InboundConnectionAccepted", "8.8.8.8", "443", "10.0.0.1", "49159", "Tcp"];
    assert_eq!(row("DeviceNetworkEvents", &line.replace("\"true\"", "\"false\""), &columns).unwrap(), inbound);
}

#[test]
fn a_logon_has_its_type_in_words_and_no_dashes() {
    let line = r#"{"Channel":"Security","EventID":4625,"TargetUserName":"Ann","LogonType":"10","IpAddress":"-","SubStatus":"0xc000006a","Status":"0xc000006d"}"#;
    let columns = ["ActionType", "AccountName", "LogonType", "RemoteIP", "FailureReason"];
    let wanted = ["LogonFailed", "ann", "RemoteInteractive", "", "InvalidUserNameOrPassword"];
    assert_eq!(row("DeviceLogonEvents", line, &columns).unwrap(), wanted);
}

#[test]
fn a_stream_that_is_no_mark_of_the_web_creates_no_file() {
    let line = r#"{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":15,"Image":"C:\\cmd.exe","TargetFilename":"C:\\a.txt:x","Hash":"Unknown"}"#;
    let columns = ["ActionType", "FileName", "SHA1", "FileOriginUrl"];
    assert_eq!(row("DeviceFileEvents", line, &columns).unwrap(), ["FileModified", "a.txt:x", "", "-"]);
}

#[test]
fn a_connection_is_told_once_to_defender_and_by_both_logs_to_asim() {
    let line = r#"{"Channel":"Security","EventID":5156,"Direction":"%%14592","SourceAddress":"10.0.0.9","SourcePort":"1","DestAddress":"10.0.0.1","DestPort":"2","Protocol":"6"}"#;
    assert_eq!(row("DeviceNetworkEvents", line, &["ActionType"]), None);
    let columns = ["NetworkDirection", "SrcIpAddr", "DstIpAddr", "DvcIpAddr", "NetworkProtocol", "DvcAction"];
    let wanted = ["Inbound", "10.0.0.9", "10.0.0.1", "10.0.0.1", "TCP", "Allow"];
    assert_eq!(row("imNetworkSession", line, &columns).unwrap(), wanted);
}

#[test]
fn additional_fields_have_defenders_keys_and_then_the_events_own() {
    let line = r#"{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":17,"PipeName":"\\x","EventType":"CreatePipe","Image":"C:\\a.exe"}"#;
    let wanted = r#"{"PipeName":"\\Device\\NamedPipe\\x","FileOperation":"File created","NamedPipeEnd":"Server","EventType":"CreatePipe","Image":"C:\\a.exe"}"#;
    assert_eq!(row("DeviceEvents", line, &["AdditionalFields"]).unwrap(), [wanted]);
}

#[test]
fn a_logons_address_is_plain_and_its_kind_is_told() {
    let line = r#"{"Channel":"Security","EventID":4624,"TargetUserName":"Ann","LogonType":"3","IpAddress":"::ffff:10.0.0.7","IpPort":"49159"}"#;
    let columns = ["RemoteIP", "RemoteIPType", "RemotePort", "IsLocalAdmin"];
    assert_eq!(row("DeviceLogonEvents", line, &columns).unwrap(), ["10.0.0.7", "Private", "49159", "-"]);
}

#[test]
fn asim_keeps_the_case_of_accounts_and_every_users_hive_under_users() {
    let columns =
        ["TargetUsername", "ActorUsername", "TargetProcessId", "ActingProcessId", "TargetProcessFilename", "HashType"];
    let sysmon = ["IEWIN7\\IEUser", "NT AUTHORITY\\SYSTEM", "3388", "2000", "Cmd.Exe", "SHA256"];
    assert_eq!(row("_Im_ProcessCreate", PROCESS, &columns).unwrap(), sysmon);
    let audit = ["CORP\\PC1$", "CORP\\PC1$", "6700", "1460", "mshta.exe", "-"];
    assert_eq!(row("imProcessCreate", AUDIT, &columns).unwrap(), audit);
    assert_eq!(row("_Im_ProcessTerminate", PROCESS, &columns), None);
    let set = r#"{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":13,"TargetObject":"HKU\\S-1-5-21-1\\Run\\v","Details":"x"}"#;
    let columns = ["RegistryKey", "RegistryValue"];
    assert_eq!(row("imRegistry", set, &columns).unwrap(), ["HKEY_USERS\\S-1-5-21-1\\Run", "v"]);
}

#[test]
fn security_is_in_no_event_table_of_the_agent() {
    assert_eq!(row("Event", AUDIT, &["EventID"]), None);
    assert_eq!(row("Event", PROCESS, &["EventID", "EventLog"]).unwrap(), ["1", "Microsoft-Windows-Sysmon/Operational"]);
}

#[test]
fn a_field_that_an_event_lacks_is_empty() {
    // Windows 7 names no target in 4688.
    let line = r#"{"Channel":"Security","EventID":4688,"NewProcessName":"C:\\a.exe","SubjectUserSid":"S-1-5-18","SubjectUserName":"Ann","SubjectDomainName":"LAB","SubjectLogonId":"0x3e7"}"#;
    let columns = ["AccountName", "AccountDomain", "AccountSid", "LogonId"];
    assert_eq!(row("DeviceProcessEvents", line, &columns).unwrap(), ["ann", "lab", "S-1-5-18", "999"]);
    let columns = ["TargetUsername", "TargetUserId"];
    assert_eq!(row("_Im_ProcessEvent", line, &columns).unwrap(), ["LAB\\Ann", "S-1-5-18"]);
    // Older Sysmons name no user of the parent.
    let line =
        r#"{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"Image":"C:\\a.exe","User":"LAB\\Ann"}"#;
    let columns = ["TargetUsernameType", "ActorUsernameType"];
    assert_eq!(row("_Im_ProcessEvent", line, &columns).unwrap(), ["Windows", ""]);
}
