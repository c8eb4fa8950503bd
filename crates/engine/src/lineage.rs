//! Lineage: whatever an operator does with rows, the origins of each are the events that it was made of.

use std::sync::Arc;

use crate::Source;
use crate::trial::{Folder, sysmon, traced};

/// Three process creations, told apart by their numbers: 0, 1 and 2.
fn three() -> (Folder, Arc<Source>) {
    let events = [("a b", 1), ("c", 2), ("d e f", 3)];
    let events = events.map(|(line, pid)| {
        sysmon("h", pid, pid * 1000, "C:\\\\x.exe", &format!(r#","ProcessGuid":"{{{pid}}}","CommandLine":"{line}""#))
    });
    let folder = Folder::new().with("events.ndjson", &events.concat());
    let source = Arc::new(folder.source());
    (folder, source)
}

/// Over `T`: the words of the command line and the number of the process.
fn check(query: &str, expected: &[&str]) {
    let (_folder, source) = three();
    let rows = "let T = DeviceProcessEvents | project n = ProcessId, w = split(ProcessCommandLine, ' ');";
    assert_eq!(traced(&source, &format!("{rows} {query}")).unwrap(), expected, "{query}");
}

#[test]
fn a_value_of_an_array_is_of_the_event_that_held_it() {
    check(
        "T | mv-expand with_itemindex=i w to typeof(string)",
        &["1,a,0,0", "1,b,1,0", "2,c,0,1", "3,d,0,2", "3,e,1,2", "3,f,2,2"],
    );
}
