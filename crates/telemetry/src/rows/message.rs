//! Messages: the text that Windows renders of an event, which names its fields with labels, in sections.

use crate::row::Row;
use crate::row::shipped::Whose;
use crate::text::Kind;

/// What the labels of an account mean, behind the prefix that its section has.
const ACCOUNT: [(&str, &str); 4] = [
    ("Security ID", "UserSid"),
    ("Account Name", "UserName"),
    ("Account Domain", "DomainName"),
    ("Logon ID", "LogonId"),
];
/// Sections that are of an account.
const SECTIONS: [(&str, &str); 9] = [
    ("Subject", "Subject"),
    ("Creator Subject", "Subject"),
    ("New Logon", "Target"),
    ("Target Account", "Target"),
    ("Target Subject", "Target"),
    ("New Account", "Target"),
    ("Account For Which Logon Failed", "Target"),
    ("Account Whose Credentials Were Used", "Target"),
    ("Account That Was Locked Out", "Target"),
];
/// Labels whose field is called otherwise.
const LABELS: [(&str, &str); 25] = [
    ("Application Name", "Application"),
    ("Authentication Package", "AuthenticationPackageName"),
    ("Caller Process ID", "ProcessId"),
    ("Caller Process Name", "ProcessName"),
    ("Client Address", "IpAddress"),
    ("Client Port", "IpPort"),
    ("Creator Process ID", "ProcessId"),
    ("Creator Process Name", "ParentProcessName"),
    ("Destination Address", "DestAddress"),
    ("Destination Port", "DestPort"),
    ("Elevated Token", "ElevatedToken"),
    ("Failure Reason", "FailureReason"),
    ("Logon GUID", "LogonGuid"),
    ("Logon Process", "LogonProcessName"),
    ("Logon Type", "LogonType"),
    ("Network Address", "IpAddress"),
    ("New Process ID", "NewProcessId"),
    ("New Process Name", "NewProcessName"),
    ("Object Name", "ObjectName"),
    ("Port", "IpPort"),
    ("Process Command Line", "CommandLine"),
    ("Service Name", "ServiceName"),
    ("Source Network Address", "IpAddress"),
    ("Task Name", "TaskName"),
    ("Workstation Name", "WorkstationName"),
];
/// Labels outside of a section, as the messages of services have them.
const OUTER: [(&str, &str); 3] =
    [("Service Account", "AccountName"), ("Service File Name", "ImagePath"), ("Service Start Type", "StartType")];
/// How many fields are taken, and how long a label may be.
const FIELDS: usize = 64;
const LABEL: usize = 48;
/// What stands before the text of a script block, and behind it.
const SCRIPT: (&str, &str) = ("Creating Scriptblock text (", "\nScriptBlock ID:");

/// Takes the fields of a message. Gives whether any of its labels is known: those of another language are not.
pub fn read(message: &str, row: &mut Row) -> bool {
    let mut taken: Vec<String> = Vec::new();
    let (mut section, mut is_known) = ("", false);
    let (script, message) = split_script(message);
    let mut take = |name: String, value: &str| {
        if taken.len() < FIELDS && !taken.contains(&name) {
            row.set_data(&name, value, Kind::Scalar, Whose::Event);
            taken.push(name);
        }
    };
    if let Some(script) = script {
        take("ScriptBlockText".to_owned(), script);
        is_known = true;
    }
    for line in message.lines() {
        let Some((label, value)) = line.split_once(':') else { continue };
        let (label, value) = (label.trim(), value.trim());
        let is_label = !label.is_empty()
            && label.len() <= LABEL
            && label.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '/' | '(' | ')'));
        if !is_label {
            continue;
        }
        let is_outer = !line.starts_with(char::is_whitespace);
        if is_outer && value.is_empty() {
            section = label;
        } else if is_outer {
            section = "";
        }
        // A hyphen stands where there is nothing.
        if value.is_empty() || value == "-" && !is_outer {
            continue;
        }
        // Who logs on has an address of the network, who connects has one of the connection.
        let label = if label == "Source Port" && message.contains("Source Network Address:") { "Port" } else { label };
        let (name, is_of_table) = field(section, label);
        is_known |= is_of_table;
        take(name, value);
    }
    is_known
}

/// The name of a field, and whether it is one that is known.
fn field(section: &str, label: &str) -> (String, bool) {
    let find = |table: &[(&'static str, &'static str)], wanted: &str| {
        table.iter().find(|(known, _)| known.eq_ignore_ascii_case(wanted)).map(|(_, name)| *name)
    };
    if let Some((prefix, name)) = find(&SECTIONS, section).zip(find(&ACCOUNT, label)) {
        return (format!("{prefix}{name}"), true);
    }
    let outer = if section.is_empty() { find(&OUTER, label) } else { None };
    match outer.or_else(|| find(&LABELS, label)) {
        Some(name) => (name.to_owned(), true),
        None => (label.split([' ', '-', '/', '(', ')']).collect(), false),
    }
}

/// The text of a script block, and the rest of the message.
fn split_script(message: &str) -> (Option<&str>, &str) {
    let found = || {
        let text = message.strip_prefix(SCRIPT.0)?.split_once('\n')?.1;
        let end = text.rfind(SCRIPT.1)?;
        Some((text.get(..end)?.trim_end_matches(['\r', '\n']), text.get(end + 1..)?))
    };
    found().map_or((None, message), |(script, rest)| (Some(script), rest))
}

#[cfg(test)]
mod tests {
    use crate::trial::{Folder, cell, read};

    fn data(id: u32, message: &str) -> (String, Option<String>) {
        let record = serde_json::json!([{
            "Id": id, "ProviderName": "P", "LogName": "Security", "MachineName": "pc", "Message": message,
            "TimeCreated": "2024-03-01T10:00:00Z",
        }]);
        let folder = Folder::new().with("a.json", record.to_string());
        let (batch, report) = read(&folder.evidence(), &["System_EventData"]);
        let data = cell(&batch, "System_EventData", 0);
        let fields = data.split_once(",\"Message\":").map_or("{}".to_owned(), |(fields, _)| format!("{fields}}}"));
        (fields, report.files[0].describe())
    }

    #[test]
    fn labels_stand_for_the_fields_of_their_section() {
        let logon = "An account was successfully logged on.\r\n\r\nSubject:\r\n\tSecurity ID:\t\tS-1-5-18\r\n\tAccount Name:\t\tPC$\r\n\r\nLogon Information:\r\n\tLogon Type:\t\t3\r\n\tRestricted Admin Mode:\t-\r\n\r\nNew Logon:\r\n\tAccount Name:\t\tbob\r\n\tLogon ID:\t\t0x3E7\r\n\r\nNetwork Information:\r\n\tSource Network Address:\t10.0.0.7\r\n\tSource Port:\t\t49152\r\n\r\nThis event is generated when a logon session is created.";
        let expected = r#"{"SubjectUserSid":"S-1-5-18","SubjectUserName":"PC$","LogonType":"3","TargetUserName":"bob","TargetLogonId":"0x3E7","IpAddress":"10.0.0.7","IpPort":"49152"}"#;
        assert_eq!(data(4624, logon), (expected.to_owned(), None));
        let script = "Creating Scriptblock text (1 of 1):\r\n$a = @{ x: 1 }\r\nwrite $a\r\n\r\nScriptBlock ID: 74be27de\r\nPath: C:\\a.ps1";
        let expected =
            r#"{"ScriptBlockText":"$a = @{ x: 1 }\r\nwrite $a","ScriptBlockID":"74be27de","Path":"C:\\a.ps1"}"#;
        assert_eq!(data(4104, script), (expected.to_owned(), None));
        let (_, said) = data(4624, "Ein Konto wurde angemeldet.\r\n\r\nAntragsteller:\r\n\tKontoname:\t\tPC$");
        let why = "1 event has fields without names, as Get-WinEvent gives them: export the log with wevtutil instead";
        assert_eq!(said.as_deref(), Some(why));
    }
}
