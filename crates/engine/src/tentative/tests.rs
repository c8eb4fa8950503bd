//! Evidence whose second log begins where nobody looks ahead.

use std::sync::Arc;

use functions::ticks;
use telemetry::Bounds;

use crate::trial::{Folder, rows, security, swept, sysmon, time};

/// Creations whose log fills more than the head of a file.
const MANY: u32 = 9_000;

fn many(event: fn(&str, u32, u32, &str, &str) -> String, millis: u32) -> String {
    (0..MANY).map(|pid| event("PC1", 4 * pid, 4_000 * pid + millis, "C:\\\\Windows\\\\cmd.exe", "")).collect()
}

fn counts(folder: &Folder) -> (Vec<String>, usize, bool) {
    let source = Arc::new(folder.source());
    let count = rows(&source, "DeviceProcessEvents | count").unwrap();
    let is_gathered = source.processes().is_some();
    let found = swept(&Arc::new(folder.source()), "DeviceProcessEvents | project ProcessId").unwrap();
    let twice = found.iter().filter(|row| row.ends_with(",2")).count();
    assert_eq!(count, [found.len().to_string()]);
    (count, twice, is_gathered)
}

#[test]
fn a_second_log_that_begins_late_in_the_second_file_is_heeded() {
    let twin = security("PC1", 400, 400_500, "C:\\\\Windows\\\\cmd.exe", "");
    let other = security("PC1", 400, 900_000, "C:\\\\Windows\\\\other.exe", "");
    let late = many(sysmon, 1_000) + &twin + &other;
    let folder = Folder::new().with("a.json", &many(sysmon, 0)).with("b.json", &late);
    assert_eq!(counts(&folder), (vec!["18001".to_owned()], 1, true));
}

#[test]
fn what_was_found_before_the_log_that_stays_began_is_void() {
    let late = many(security, 1_000) + &sysmon("PC1", 400, 400_500, "C:\\\\Windows\\\\cmd.exe", "");
    let folder = Folder::new().with("a.json", &many(security, 0)).with("b.json", &late);
    assert_eq!(counts(&folder), (vec!["18000".to_owned()], 1, true));
}

#[test]
fn bounds_are_accounted_for_by_the_reading_that_counts() {
    // Sysmon's record lies outside, and is what the other one gives way to.
    let twin = security("PC1", 400, 400_500, "C:\\\\Windows\\\\cmd.exe", "");
    let late = many(sysmon, 20_000_000) + &twin + &security("PC1", 404, 500_000, "C:\\\\b.exe", "");
    let folder = Folder::new().with("a.json", &many(sysmon, 0)).with("b.json", &late);
    for swept_too in [false, true] {
        let bounds =
            Bounds { from: ticks::parse(&time(400_400)), to: ticks::parse(&time(20_000_000)), ..Bounds::default() };
        let source = Arc::new(folder.bounded(bounds));
        let query = "DeviceProcessEvents | where FileName != 'cmd.exe' or ProcessId == 400 | project FileName";
        match swept_too {
            false => assert_eq!(rows(&source, query).unwrap(), ["b.exe"]),
            true => assert_eq!(swept(&source, query).unwrap(), ["b.exe,1"]),
        }
        assert_eq!(source.outside(), (101 + 9_000 + 4_000, 0));
    }
}

#[test]
fn one_log_is_read_once() {
    let folder = Folder::new().with("a.json", &many(sysmon, 0)).with("b.json", &many(sysmon, 1_000));
    assert_eq!(counts(&folder), (vec!["18000".to_owned()], 0, false));
}

#[test]
fn a_limit_that_ends_the_reading_early_lets_no_twin_through() {
    let late = many(sysmon, 500).replace("cmd.exe", "CMD.exe");
    let folder = Folder::new().with("a.json", &many(security, 0)).with("b.json", &late);
    let source = Arc::new(folder.source());
    let took = rows(&source, "DeviceProcessEvents | take 2 | project FileName, ProcessId").unwrap();
    assert_eq!((took, source.processes().is_some()), (vec!["CMD.exe,0".to_owned(), "CMD.exe,4".to_owned()], true));
    let both = Arc::new(folder.source().keep_twins());
    assert_eq!(rows(&both, "DeviceProcessEvents | take 1 | project FileName").unwrap(), ["cmd.exe"]);
    assert_eq!(rows(&both, "DeviceProcessEvents | count").unwrap(), ["18000"]);
    assert!(both.processes().is_none());
}

#[test]
fn an_answer_that_is_too_long_to_wait_is_settled_by_a_look() {
    let line = format!(r#","CommandLine":"{}""#, "x".repeat(4_000));
    let log = |from: u32| -> String {
        (from..from + 5_000).map(|pid| sysmon("PC1", 4 * pid, 4_000 * pid, "C:\\\\a.exe", &line)).collect()
    };
    let twin = security("PC1", 8, 8_100, "C:\\\\a.exe", "");
    let query = "DeviceProcessEvents | project ProcessCommandLine";
    for (last, is_gathered) in [("", false), (twin.as_str(), true)] {
        let folder = Folder::new().with("a.json", &log(0)).with("b.json", &(log(5_000) + last));
        let source = Arc::new(folder.source());
        assert_eq!((rows(&source, query).unwrap().len(), source.processes().is_some()), (10_000, is_gathered));
    }
}
