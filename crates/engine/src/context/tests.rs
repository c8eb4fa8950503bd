//! Context by both ways that a plan can run: when the creations of processes are gathered, and what bounds and names of hosts do.

use std::sync::Arc;

use functions::ticks;
use telemetry::Bounds;

use crate::trial::{Folder, rows, security, swept, sysmon, time};
use crate::{EvidenceTables, census};

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

const CREATED: &str = "DeviceProcessEvents | project DeviceName";

/// The rows within bounds by both ways, and how many the census counts.
fn within(folder: &Folder, bounds: &Bounds) -> (Vec<String>, u64) {
    let source = Arc::new(folder.bounded(bounds.clone()));
    let found = rows(&source, CREATED).unwrap();
    assert_eq!(swept(&Arc::new(folder.bounded(bounds.clone())), CREATED).unwrap().len(), found.len());
    let table = EvidenceTables::new(source.clone()).definition("DeviceProcessEvents").unwrap();
    let counted = census::rows(&table, &source.report().unwrap(), &source);
    (found, counted)
}

fn at(millis: u32) -> Option<i64> {
    ticks::parse(&time(millis))
}

#[test]
fn bounds_between_two_records_of_a_creation_leave_it_where_the_row_is() {
    let (row, none) = ((vec!["PC1".to_owned()], 1), (Vec::new(), 0));
    for (stays, yields) in [(1_000, 2_000), (2_000, 1_000)] {
        let log = security("PC1", 8, yields, "C:\\\\a.exe", "") + &sysmon("PC1", 8, stays, "C:\\\\a.exe", "");
        let folder = Folder::new().with("a.json", &log);
        for edge in [1_000, 1_001, 1_999, 2_000, 2_001] {
            let before = within(&folder, &Bounds { to: at(edge), ..Bounds::default() });
            let after = within(&folder, &Bounds { from: at(edge), ..Bounds::default() });
            let expected = if stays < edge { (&row, &none) } else { (&none, &row) };
            assert_eq!((&before, &after), expected, "{stays} {yields} {edge}");
        }
    }
}

#[test]
fn records_that_name_a_host_with_and_without_its_domain_are_of_one() {
    let log = sysmon("PC1.corp.example", 8, 1_000, "C:\\\\a.exe", r#","CommandLine":"a""#)
        + &security("pc1", 8, 1_500, "C:\\\\a.exe", "")
        + &security("PC1", 12, 3_000, "C:\\\\b.exe", r#","ProcessId":"0x8""#);
    let folder = Folder::new().with("a.json", &log);
    let query = "DeviceProcessEvents | project FileName, DeviceName, InitiatingProcessCommandLine";
    let mut found = rows(&Arc::new(folder.source()), query).unwrap();
    found.sort();
    assert_eq!(found, ["a.exe,PC1.corp.example,", "b.exe,PC1,a"]);
    let host = |name: &str| Bounds { hosts: vec![name.to_owned()], ..Bounds::default() };
    let both = vec!["PC1.corp.example".to_owned(), "PC1".to_owned()];
    assert_eq!(within(&folder, &host("pc1")), (both.clone(), 2));
    assert_eq!(within(&folder, &host("PC1.corp.example")), (both[..1].to_vec(), 1));
    let other = folder.with("b.json", &sysmon("PC1.other.example", 8, 1_000, "C:\\\\a.exe", ""));
    let query = "DeviceProcessEvents | where FileName == 'a.exe' | count";
    assert_eq!(rows(&Arc::new(other.source()), query).unwrap(), ["3"]);
}

#[test]
fn creations_beyond_the_room_are_counted_and_the_others_known() {
    let parents = (0..1_000).map(|n| sysmon("PC1", 10_000 + n, 1_000, "C:\\\\a.exe", r#","Hashes":"SHA1=AB""#));
    let child = |n: u32| {
        let parent = format!(r#","ParentProcessId":"{}","ParentImage":"C:\\a.exe""#, 10_000 + n);
        sysmon("PC1", 20_000 + n, 2_000, "C:\\\\b.exe", &parent)
    };
    let log: String = parents.chain((0..1_000).map(child)).collect();
    let folder = Folder::new().with("a.json", &log);
    let query = "DeviceProcessEvents | summarize count(), countif(InitiatingProcessSHA1 == 'ab')";
    let roomy = Arc::new(folder.source());
    assert_eq!(rows(&roomy, query).unwrap(), ["2000,1000"]);
    assert_eq!(roomy.processes().unwrap().beyond, 0);
    let narrow = Arc::new(folder.source().with_room(200_000));
    let counts = rows(&narrow, query).unwrap();
    let beyond = narrow.processes().unwrap().beyond;
    assert!((1_001..1_900).contains(&beyond), "{beyond}");
    assert_eq!(counts, [format!("2000,{}", 2_000 - beyond)]);
    let said = format!("{beyond} process creations did not fit into memory");
    assert!(narrow.processes().unwrap().account().contains(&said));
}

#[test]
fn which_of_two_creations_at_one_instant_is_meant_does_not_depend_on_the_order_of_files() {
    let created = |line: &str, record: u32| {
        let more = format!(r#","CommandLine":"{line}","RecordNumber":{record}"#);
        sysmon("PC1", 8, 1_000, "C:\\\\a.exe", &more)
    };
    let child = security("PC1", 12, 2_000, "C:\\\\b.exe", r#","ProcessId":"0x8""#);
    let query = "DeviceProcessEvents | where FileName == 'b.exe' | project InitiatingProcessCommandLine";
    let meant = |first: String, second: String| {
        let folder = Folder::new().with("a.json", &first).with("b.json", &second).with("c.json", &child);
        rows(&Arc::new(folder.source()), query).unwrap()
    };
    for (one, other, later) in [(("x", 7), ("y", 9), "y"), (("y", 7), ("x", 9), "x"), (("x", 7), ("y", 7), "y")] {
        let (one, other) = (created(one.0, one.1), created(other.0, other.1));
        assert_eq!(meant(one.clone(), other.clone()), [later]);
        assert_eq!(meant(other, one), [later]);
    }
}
