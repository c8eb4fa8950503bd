//! The samples: three machines over three days, each in the shape of another collector, with the five procedures among ordinary work.

use std::fmt::Write as _;

use anyhow::Result;
use serde_json::Value as Json;

use crate::background::{administers, arrives, boots, browser_of, leaves, looks_after, serves, works};
use crate::browser::{EDGE, FIREFOX};
use crate::clock::{self, DAY, HOUR, MINUTE, MONDAY};
use crate::event::Event;
use crate::host::{BOTH, Host, Log};
use crate::link;
use crate::shape;

const DAYS: i64 = 3;

struct Sample {
    file: &'static str,
    about: &'static str,
    shape: Shape,
    host: Host,
}

/// How the file is written: a line of JSON an event, or the binary log of Windows.
enum Shape {
    Lines(fn(&Event) -> Json),
    Evtx,
}

/// The files of the folder, by name.
pub fn files() -> Result<Vec<(String, Vec<u8>)>> {
    let samples = [
        Sample {
            file: "workstation-1/sysmon.evtx",
            about: "Sysmon, the binary log as Windows keeps it",
            shape: Shape::Evtx,
            host: first(),
        },
        Sample {
            file: "workstation-2/winlogbeat.ndjson",
            about: "Sysmon and Security, as winlogbeat writes it",
            shape: Shape::Lines(shape::winlogbeat),
            host: second(),
        },
        Sample {
            file: "server/nxlog.ndjson",
            about: "Sysmon and Security, flat as nxlog writes it",
            shape: Shape::Lines(shape::nxlog),
            host: server(),
        },
    ];
    let mut files = vec![("README.md".to_owned(), readme(&samples)?.into_bytes())];
    for sample in &samples {
        let events = &sample.host.events;
        files.push((
            sample.file.to_owned(),
            match sample.shape {
                Shape::Lines(shape) => shape::lines(events, shape).into_bytes(),
                Shape::Evtx => shape::evtx(events)?,
            },
        ));
    }
    Ok(files)
}

/// Sysmon alone. A protocol link in Chrome, a program in Edge, a disk image in Chrome.
fn first() -> Host {
    let log = Log { sysmon: true, security: false, command_lines: false };
    let mut host = Host::new("WS-014", "CORP", log, MONDAY + 7 * HOUR + 40 * MINUTE);
    let person = host.person("user14", false);
    for day in 0..DAYS {
        host.time = MONDAY + day * DAY + 7 * HOUR + 40 * MINUTE;
        let running = boots(&mut host);
        let shell = arrives(&mut host, &running, &person);
        let browser = browser_of(day);
        let window = works(&mut host, &running, &shell, browser, MONDAY + day * DAY + 10 * HOUR);
        match day {
            0 => link::protocol_to_powershell(&mut host, &window),
            1 => link::program(&mut host, &window, browser),
            _ => link::disk_image(&mut host, &window, browser, &shell),
        }
        let window = works(&mut host, &running, &shell, browser, MONDAY + day * DAY + 15 * HOUR);
        leaves(&mut host, &shell, &window);
    }
    host
}

/// Sysmon and Security. A script in Firefox, an HTML application in Edge.
fn second() -> Host {
    let mut host = Host::new("WS-037", "CORP", BOTH, MONDAY + 8 * HOUR);
    let person = host.person("user37", false);
    for day in 0..DAYS {
        host.time = MONDAY + day * DAY + 8 * HOUR;
        let running = boots(&mut host);
        let shell = arrives(&mut host, &running, &person);
        let browser = if day == 1 { &FIREFOX } else { &EDGE };
        let window = works(&mut host, &running, &shell, browser, MONDAY + day * DAY + 11 * HOUR);
        match day {
            1 => link::script(&mut host, &window, browser),
            2 => link::html_application(&mut host, &window, browser),
            _ => looks_after(&mut host, &running),
        }
        let window = works(&mut host, &running, &shell, browser, MONDAY + day * DAY + 14 * HOUR);
        leaves(&mut host, &shell, &window);
    }
    host
}

/// A server on which an administrator follows a link in Edge.
fn server() -> Host {
    let mut host = Host::new("SRV-02", "CORP", BOTH, MONDAY);
    let admin = host.person("admin02", true);
    let running = boots(&mut host);
    for day in 0..DAYS {
        serves(&mut host, &running, MONDAY + day * DAY + 16 * HOUR);
        let shell = administers(&mut host, &admin);
        if day == 1 {
            let window = EDGE.open(&mut host, &shell);
            link::protocol_to_powershell(&mut host, &window);
            host.ends(&window);
        }
        host.logs_off(&admin, 10);
        serves(&mut host, &running, MONDAY + (day + 1) * DAY);
    }
    host
}

fn readme(samples: &[Sample; 3]) -> Result<String> {
    let mut out = String::from(
        "# Samples

Events of the project's own making: three machines over three days of ordinary work (boots, services, Office, browsing, updates, administration, logons),
and among them the five procedures of the Malicious Link package. Nothing was recorded on a real machine; names, addresses and hashes are invented.
`cargo run -p xtask -- samples` writes this folder anew, byte for byte the same.

| file | host | events | what |
|---|---|---:|---|
",
    );
    for Sample { file, about, host, .. } in samples {
        writeln!(out, "| `{file}` | {} | {} | {about} |", host.computer, host.events.len())?;
    }
    out += "
## What must be found

`trapline hunt samples` finds these events, each by all three variants of `malicious-link`, and no other:

| file | record | event | time | why |
|---|---:|---|---|---|
";
    for Sample { file, host, .. } in samples {
        for (at, why) in &host.expected {
            let Some(event) = host.events.get(*at) else { continue };
            let log = if event.source.channel == "Security" { "Security" } else { "Sysmon" };
            writeln!(out, "| `{file}` | {} | {log} {} | {} | {why} |", event.record, event.id, clock::iso(event.time))?;
        }
    }
    Ok(out)
}
