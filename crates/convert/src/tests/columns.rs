//! What fields are in the tables of a SIEM, and what is said where they are none.

use super::query;
use crate::Target::{self, Defender, QRadar, Sentinel};

/// The query for events of a category of Windows that one selection describes.
fn of(category: &str, selection: &str, target: Target) -> String {
    let source = format!("{{product: windows, category: {category}}}");
    query(&source, &format!("  s: {selection}\n  condition: s\n"), target)
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or_default()
}

#[test]
fn a_hive_is_written_as_defender_does() {
    let found = |selection| of("registry_set", selection, Defender);
    let column = r#"strcat(RegistryKey, @"\", RegistryValueName)"#;
    let set = "DeviceRegistryEvents\n| where ActionType == \"RegistryValueSet\"\n| where ";
    assert_eq!(found(r"{TargetObject: 'HKLM\A'}"), format!("{set}{column} =~ @\"HKEY_LOCAL_MACHINE\\A\"\n"));
    // A user's hive stands beneath either.
    let both = format!(r#"{set}{column} startswith @"HKEY_USERS\A" or {column} startswith @"HKEY_CURRENT_USER\A""#);
    assert_eq!(found(r"{TargetObject|startswith: 'HKU\A'}"), format!("{both}\n"));
    let said = "SIG064 Defender writes this value in another way into ";
    assert_eq!(found(r"{TargetObject|contains: 'A HKLM\A'}"), format!("{said}{column}"));
}

#[test]
fn numbers_of_the_registry_are_decimal_in_defender() {
    let found = |selection| of("registry_set", selection, Defender);
    assert_eq!(last_line(&found("{Details: 'DWORD (0x00000010)'}")), r#"| where RegistryValueData =~ "16""#);
    let qword = "{Details: 'QWORD (0x00000001-0x00000000)'}";
    assert_eq!(last_line(&found(qword)), r#"| where RegistryValueData =~ "4294967296""#);
    let said = "SIG064 Defender writes this value in another way into RegistryValueData";
    assert_eq!(found("{Details|contains: 'DWORD (0x'}"), said);
}

#[test]
fn a_hash_is_in_the_column_of_its_algorithm() {
    let found = |value: &str| of("process_creation", &format!("{{Hashes|contains: '{value}'}}"), Defender);
    let sha1 = "AB12".repeat(10);
    assert_eq!(last_line(&found(&format!("SHA1={sha1}"))), format!(r#"| where SHA1 =~ "{sha1}""#));
    let refused = |value: &str| format!("SIG063 DeviceProcessEvents of Defender has no column for '{value}'");
    let imphash = format!("IMPHASH={}", "AB12".repeat(8));
    // Of another algorithm, a part of a hash, and none at all: the column of the algorithm would be asked for something else.
    for value in [imphash.as_str(), "SHA1=AB12", "SHA1=", "AB12"] {
        assert_eq!(found(value), refused(value));
    }
    assert_eq!(found("SHA1=*,MD5=AB12"), refused(""));
}

#[test]
fn keys_that_come_and_go_have_actions_of_their_own() {
    let guard = r#"ActionType in ("RegistryKeyCreated", "RegistryKeyDeleted", "RegistryValueDeleted")"#;
    let column =
        r#"iff(ActionType == "RegistryValueDeleted", strcat(RegistryKey, @"\", RegistryValueName), RegistryKey)"#;
    assert_eq!(
        of("registry_delete", r"{TargetObject|endswith: '\Run'}", Defender),
        format!("DeviceRegistryEvents\n| where {guard}\n| where {column} endswith @\"\\Run\"\n"),
    );
    let renamed = of("registry_rename", r"{NewName: 'HKLM\A', TargetObject|contains: b}", Defender);
    let expected = r#"DeviceRegistryEvents
| where ActionType == "RegistryKeyRenamed"
| where RegistryKey =~ @"HKEY_LOCAL_MACHINE\A"
| where PreviousRegistryKey contains "b"
"#;
    assert_eq!(renamed, expected);
}

#[test]
fn an_access_is_written_in_hexadecimal() {
    let access = "tolong(parse_json(AdditionalFields).DesiredAccess)";
    let column =
        format!(r#"iff(isempty(parse_json(AdditionalFields).DesiredAccess), "", strcat("0x", tohex({access})))"#);
    let found = of("process_access", "{GrantedAccess: '0x1410'}", Defender);
    assert_eq!(last_line(&found), format!(r#"| where {column} =~ "0x1410""#));
}

#[test]
fn a_part_of_a_time_is_a_number() {
    let found = |selection, target| of("file_change", selection, target);
    let time = "datetime_part(\"hour\", todatetime(tostring(EventData.UtcTime)))";
    assert_eq!(last_line(&found("{UtcTime|hour: [2, 3]}", Sentinel)), format!("| where {time} in (2, 3)"));
    let late = found("{UtcTime|hour|gte: 22}", Sentinel);
    assert_eq!(last_line(&late), format!("| where coalesce({time} >= 22, false)"));
    let time = r#"PARSETIMESTAMP('yyyy-MM-dd HH:mm:ss.SSS', "UtcTime")"#;
    let aql = found("{UtcTime|hour: 2}", QRadar);
    assert!(aql.contains(&format!("AND LONG(DATEFORMAT({time}, 'H')) = 2\n")), "{aql}");
    assert_eq!(found("{UtcTime|week: 2}", QRadar), "SIG065 AQL has no word for the week of a time");
    assert_eq!(found("{Other|hour: 2}", QRadar), "SIG065 AQL has no word for the time in the text of this field");
}

#[test]
fn what_events_never_have_leaves_nothing_to_find() {
    let never = "{product: windows, service: security, category: process_creation}";
    let detection = "  s: {OriginalFileName: x}\n  condition: s\n";
    assert_eq!(query(never, detection, Sentinel), "SIG068 no row of Sentinel's tables can match");
}

#[test]
fn a_log_that_no_table_holds_is_said() {
    let system = query("{product: windows, service: system}", "  s: {EventID: 6}\n  condition: s\n", Defender);
    assert_eq!(system, "SIG062 Defender has no table for System");
    let linux = query("{product: linux, category: process_creation}", "  s: {Image: x}\n  condition: s\n", QRadar);
    assert_eq!(linux, "SIG060 no table of a SIEM is known for the log source 'linux'");
    assert_eq!(of("file_access", "{FileName: x}", QRadar), "SIG061 no log of Windows holds events of 'file_access'");
}

#[test]
fn a_script_is_ibms_message_in_one_of_two_logs() {
    let aql = of("ps_script", "{ScriptBlockText|contains: x}", QRadar);
    assert!(
        aql.contains(
            "ILIKE 'Microsoft-Windows-PowerShell/Operational' AND \"Event ID\" = 4104 AND \"Message\" ILIKE '%x%'"
        ),
        "{aql}"
    );
    assert!(
        aql.contains("ILIKE 'PowerShellCore/Operational' AND \"Event ID\" = 4104 AND \"ScriptBlockText\" ILIKE '%x%'"),
        "{aql}"
    );
}
