//! Findings as the formats of `hunt` print them.

use std::io::{self, Write};

use serde_json::Value;

use crate::escape::one_line;
use crate::finding::Finding;
use crate::style::Style;
use crate::table::cut;

/// One finding a line.
pub fn ndjson(out: &mut impl Write, mut findings: impl Iterator<Item = Finding>) -> io::Result<()> {
    findings.try_for_each(|finding| writeln!(out, "{}", finding.to_json()))
}

/// All findings as one array.
pub fn json(out: &mut impl Write, findings: impl Iterator<Item = Finding>) -> io::Result<()> {
    write!(out, "[")?;
    for (index, finding) in findings.enumerate() {
        write!(out, "{}{}", if index == 0 { "" } else { ",\n" }, finding.to_json())?;
    }
    writeln!(out, "]")
}

/// One finding a line; events and row as JSON in their cells.
pub fn csv(out: &mut impl Write, findings: impl Iterator<Item = Finding>) -> io::Result<()> {
    const COLUMNS: [&str; 14] = [
        "id",
        "detection",
        "title",
        "level",
        "confidence",
        "variants",
        "missed_by",
        "techniques",
        "time",
        "host",
        "user",
        "events",
        "event_count",
        "row",
    ];
    crate::csv::line(out, COLUMNS.iter().map(|name| (*name).into()))?;
    for finding in findings {
        let object = finding.to_json();
        let cell = |name: &&str| match &object[*name] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            Value::Array(items) if items.iter().all(Value::is_string) => {
                items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
            }
            other => other.to_string(),
        };
        crate::csv::line(out, COLUMNS.iter().map(cell).map(Into::into))?;
    }
    Ok(())
}

/// How a person asks why: the command for a finding of a detection, but for its event.
pub type Asked<'a> = &'a dyn Fn(&str) -> String;

/// A few lines a finding: how grave, when, where, what; what happened; how to ask why.
pub fn text(
    out: &mut impl Write,
    findings: impl Iterator<Item = Finding>,
    asked: Asked<'_>,
    style: Style,
) -> io::Result<()> {
    for finding in findings {
        let time: String = finding.time.as_deref().unwrap_or("").chars().take(19).collect();
        let techniques = finding.techniques.join(" ");
        let techniques = if techniques.is_empty() { String::new() } else { format!(" ({techniques})") };
        let level = style.level(&finding.level, &format!("{:<13}", one_line(&finding.level)));
        let host = cut(finding.host.as_deref().unwrap_or(""), 40);
        let title = style.bold(&format!("{}{}", cut(&finding.title, 100), one_line(&techniques)));
        let missed = match finding.missed_by.as_slice() {
            [] => String::new(),
            missed => style.warn(&format!("   not by {}", missed.join(" "))),
        };
        writeln!(
            out,
            "  {level} {}  {host:<12} {title}   {}{missed}",
            time.replace('T', " "),
            finding.variants.join(" ")
        )?;
        let user = finding.user.as_deref().map_or(String::new(), |user| format!("   user {}", cut(user, 60)));
        writeln!(out, "                {}{}", gist(&finding), style.dim(&user))?;
        if let Some(event) = finding.events.first() {
            let more = match finding.event_count {
                0 | 1 => String::new(),
                count => format!("  and {} more", count - 1),
            };
            let at = event.at.as_ref().map_or_else(String::new, |at| format!("@{at}"));
            let place = format!("{}#{}{at}", event.file, event.record);
            let command = format!("{} --event {}{more}", asked(&finding.detection), shell(&one_line(&place)));
            writeln!(out, "                {}", style.dim(&command))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// A word as a shell takes it.
pub fn shell(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-=+:@%#".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) && !word.starts_with('#') {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// Columns that tell who did what, in the names of the three languages.
const ACTORS: &[&str] = &[
    "InitiatingProcessFileName",
    "ParentImage",
    "Parent Process Path",
    "ParentProcessName",
    "parent",
    "ParentFileName",
];
const ACTS: &[&str] = &["FileName", "TargetFilename", "Image", "Process Path", "NewProcessName", "Filename", "process"];
const COMMANDS: &[&str] = &["ProcessCommandLine", "CommandLine", "Command", "command_line", "FolderPath"];

/// `iexplore.exe → cmd.exe  "C:\…"`, else the first columns that say something.
fn gist(finding: &Finding) -> String {
    let find = |names: &[&str]| {
        let value = names.iter().find_map(|name| finding.row.get(*name)?.as_str().filter(|text| !text.is_empty()));
        value.map(str::to_string)
    };
    let base = |path: String| path.rsplit(['\\', '/']).next().map(str::to_string).unwrap_or(path);
    let command = find(COMMANDS).map(|command| format!("  {}", cut(&command, 110))).unwrap_or_default();
    match (find(ACTORS).map(base), find(ACTS).map(base)) {
        (Some(actor), Some(act)) => format!("{} → {}{command}", cut(&actor, 60), cut(&act, 60)),
        (None, Some(act)) => format!("{}{command}", cut(&act, 60)),
        _ => {
            let said = finding.row.iter().filter_map(|(name, value)| {
                let value =
                    value.as_str().map(str::to_string).or_else(|| (!value.is_null()).then(|| value.to_string()))?;
                (!value.is_empty()).then(|| format!("{}={}", one_line(name), cut(&value, 60)))
            });
            said.take(4).collect::<Vec<_>>().join("  ")
        }
    }
}
