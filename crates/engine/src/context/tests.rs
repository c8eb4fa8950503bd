use std::sync::Arc;

use crate::trial::{Folder, rows, security, swept, sysmon};

const QUERY: &str = "DeviceProcessEvents | where InitiatingProcessFileName =~ 'explorer.exe' | project ProcessId";

/// The rows by both ways, and whether either gathered.
fn both_ways(folder: &Folder, query: &str) -> (Vec<String>, bool) {
    let (first, second) = (Arc::new(folder.source()), Arc::new(folder.source()));
    let mut found = rows(&first, query).unwrap();
    found.sort();
    let swept = swept(&second, query).unwrap();
    assert_eq!(swept, found.iter().map(|row| format!("{row},1")).collect::<Vec<_>>());
    assert_eq!(first.processes().is_some(), second.processes().is_some());
    (found, first.processes().is_some())
}

#[test]
fn events_that_name_their_initiator_need_no_gathering() {
    let parent = r#","ParentProcessId":"8","ParentImage":"C:\\Windows\\explorer.exe""#;
    let folder = Folder::new().with("a.json", &sysmon("PC1", 12, 5_000, "C:\\\\a.exe", parent));
    assert_eq!(both_ways(&folder, QUERY), (vec!["12".to_owned()], false));
    let parent = r#","ProcessId":"0x8","ParentProcessName":"C:\\Windows\\explorer.exe""#;
    let folder = Folder::new().with("a.json", &security("PC1", 12, 5_000, "C:\\\\a.exe", parent));
    assert_eq!(both_ways(&folder, QUERY), (vec!["12".to_owned()], false));
}

#[test]
fn one_event_that_does_not_name_it_has_the_creations_gathered() {
    let named = r#","ProcessId":"0x8","ParentProcessName":"C:\\Windows\\explorer.exe""#;
    let mut log: String = (0..9_000)
        .map(|n| security("PC1", 10_000 + n, 5_000, "C:\\\\a.exe", named).replace("explorer", "other"))
        .collect();
    // As Windows wrote them before it named the creator; whose own creation is told at the end.
    log += &security("PC1", 12, 5_000, "C:\\\\a.exe", r#","ProcessId":"0x8""#);
    log += &security("PC1", 8, 4_000, "C:\\\\Windows\\\\explorer.exe", named);
    let folder = Folder::new().with("a.json", &log);
    assert_eq!(both_ways(&folder, QUERY), (vec!["12".to_owned(), "8".to_owned()], true));
}

#[test]
fn what_only_the_creation_of_the_initiator_tells_is_gathered_at_once() {
    let created = sysmon("PC1", 8, 4_000, "C:\\\\a.exe", r#","Hashes":"SHA1=AB""#);
    let later = sysmon("PC1", 12, 5_000, "C:\\\\b.exe", r#","ParentProcessId":"8","ParentImage":"C:\\a.exe""#);
    let folder = Folder::new().with("a.json", &(later + &created));
    let query = "DeviceProcessEvents | where InitiatingProcessSHA1 == 'ab' | project ProcessId";
    assert_eq!(both_ways(&folder, query), (vec!["12".to_owned()], true));
}
