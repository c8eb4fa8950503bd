//! Sweeps over logs and over lakes, held to the queries run one by one.

use std::fmt::Write;
use std::sync::Arc;

use crate::source::Source;
use crate::trial::{Folder, ingested, rows, swept, swept_together, sysmon};

/// Words that look like others: longer ones, ones of other cases, ones beyond ASCII, several values, signs of ours.
const WORDS: [&str; 14] = [
    "cmd.exe",
    "CMD.EXE",
    "\u{212a}md.exe",
    "mimi",
    "",
    "a b",
    "-enc",
    "x -e",
    "powershell.exe -Enc",
    "Ünter -E",
    "\\uFDD0evil",
    "a\\nb",
    "\\uFFFDz",
    "whoami\\u0007x",
];

fn log(events: u32) -> String {
    let mut log = String::new();
    for number in 0..events {
        let word = |by: usize| WORDS[number as usize / by % WORDS.len()];
        let image = format!(r"C:\\{}", word(1));
        let mut more = format!(r#","CommandLine":"{}""#, word(5));
        if number % 3 > 0 {
            let _ = write!(more, r#","ParentCommandLine":"{} {}""#, word(7), word(2));
        }
        log.push_str(&sysmon("pc", number + 1, 0, &image, &more));
    }
    log
}

/// What a sweep over logs and over a lake finds, and the engine without one.
#[test]
fn a_sweep_finds_what_each_query_finds() {
    let folder = Folder::new().with("a.json", &log(500));
    let lake = ingested(&folder);
    let sources = [&folder, &lake].map(|folder| Arc::new(folder.source()));
    for condition in [
        "FileName =~ 'CMD.exe'",
        "ProcessCommandLine contains '-enc' or ProcessCommandLine contains '-e'",
        "ProcessCommandLine has_any ('enc', 'e') and not(FileName contains 'm')",
        "not(ProcessCommandLine contains 'cmd' or ProcessCommandLine contains 'MIMI')",
        "not(InitiatingProcessCommandLine contains 'a' or FileName contains 'k')",
        "not(ProcessCommandLine contains 'Ü')",
        "not(ProcessCommandLine contains 'ü' or ProcessCommandLine contains 'enc') and FileName != 'mimi'",
        "InitiatingProcessCommandLine contains 'a\\nb'",
        "InitiatingProcessCommandLine contains 'evil' or ProcessCommandLine == 'a\\nb'",
        "ProcessCommandLine contains '\u{fffd}'",
        "ProcessCommandLine contains 'whoami\\u0007'",
        "FileName == 'cmd.exe' and ProcessCommandLine in ('mimi', '', 'a b')",
        "FileName !in ('cmd.exe', 'mimi') and ProcessCommandLine != 'x -e'",
        "isempty(ProcessCommandLine) or InitiatingProcessCommandLine endswith 'ENC'",
        "ProcessId in (3, 5, 400) and FileName startswith ''",
    ] {
        let query =
            format!("DeviceProcessEvents | where {condition} | project ProcessId, FolderPath, ProcessCommandLine");
        let mut expected = rows(&sources[0], &query).unwrap();
        expected.sort();
        for source in &sources {
            let found = swept(source, &query).unwrap();
            let found: Vec<&str> = found.iter().map(|row| row.rsplit_once(',').unwrap().0).collect();
            let differs = found.iter().zip(&expected).find(|(found, expected)| found != expected);
            assert_eq!((differs, found.len()), (None, expected.len()), "{condition}");
        }
    }
}

/// Beyond so many values that hardly repeat each is looked at by itself.
#[test]
fn values_that_do_not_repeat_are_looked_at_all_the_same() {
    let mut log = String::new();
    for number in 0..40_000_u32 {
        let more =
            format!(r#","CommandLine":"tool --number {number} {}""#, if number % 1000 == 7 { "-k Mimi" } else { "" });
        log.push_str(&sysmon("pc", number + 1, 0, r"C:\\tool.exe", &more));
    }
    let folder = Folder::new().with("a.json", &log);
    let source = Arc::new(folder.source());
    let queries = ["mimi", "-K MIMI", "number 39007"]
        .map(|text| format!("DeviceProcessEvents | where ProcessCommandLine contains '{text}' | project ProcessId"));
    let found = swept_together(&source, &queries.each_ref().map(String::as_str)).unwrap();
    assert_eq!(found.rows.iter().map(Vec::len).collect::<Vec<usize>>(), [40, 40, 1]);
}

#[test]
fn a_query_that_fails_over_some_row_fails_alone() {
    let log = sysmon("pc", 1, 0, r"C:\\a.exe", r#","CommandLine":"é""#)
        + &sysmon("pc", 2, 0, r"C:\\b.exe", r#","CommandLine":"b""#);
    let folder = Folder::new().with("a.json", &log);
    let failing = r#"DeviceProcessEvents | where ProcessCommandLine matches regex @"^\b" | project ProcessId"#;
    let sparing = r#"DeviceProcessEvents | where FileName == "b.exe" | where ProcessId == 2 or ProcessCommandLine matches regex @"^\b" | project ProcessId"#;
    let good = "DeviceProcessEvents | where FileName endswith 'exe' | project ProcessId";
    for source in [Arc::new(folder.source()), Arc::new(ingested(&folder).source())] as [Arc<Source>; 2] {
        let found = swept_together(&source, &[failing, good, sparing]).unwrap();
        assert_eq!((found.rows[1].len(), found.rows[2].len(), found.failed), (2, 1, vec![0]));
    }
}
