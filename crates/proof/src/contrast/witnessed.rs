//! Witnessed events: those that are made so that one side in KQL finds them, or misses them for one condition alone, as the logs
//! that every side reads.

use catalogue::Language;
use datafusion_common::Result;
use engine::Session;
use serde_json::{Map, Value, json};

use super::literals::Part;
use super::made::{self, Varied};
use crate::agreement::Side;
use crate::witness::form::{Asked, Form, Leaf, Test};
use crate::witness::{asked, given, made as witness};

/// Texts of one query that are glued to other letters.
const MOST: usize = 20;

/// The events, numbered on from those that there are.
pub(super) fn witnessed(sides: &[Side], session: &Session, there: usize) -> Result<Vec<Varied>> {
    let mut all: Vec<Varied> = Vec::new();
    for variant in sides.iter().flat_map(|side| &side.detection.variants) {
        if variant.language != Language::Kql {
            continue;
        }
        let source = given(&variant.source);
        let parsed = syntax::kql::parse(&source);
        let asked = if parsed.has_errors() { None } else { asked(&parsed.tree) };
        let Some(asked) = asked else {
            continue;
        };
        let Some(made) = witness(&source, &asked, session)? else {
            continue;
        };
        let mut put = |what: &str, row: &Map<String, Value>| {
            let number = there + all.len() + 1;
            let event = match made.table.as_str() {
                "DeviceProcessEvents" => made::event(number, 1, process(number, row)),
                "DeviceFileEvents" => made::event(number, 11, file(number, row)),
                _ => return,
            };
            let literal = what.split_whitespace().collect::<Vec<_>>().join(" ");
            all.push(Varied { event, part: Part::Event, literal, is_base: false, program: None });
        };
        put("that it asks for", &made.event);
        for broken in &made.broken {
            if let Some(row) = broken.event.as_ref().filter(|_| broken.is_removed) {
                put(&format!("without {}", source.slice(broken.condition)), row);
            }
        }
        for (what, row) in spelt_otherwise(&asked, &made.event) {
            put(&what, &row);
        }
    }
    Ok(all)
}

/// The same event in other letters, and with texts that are a part of longer words.
fn spelt_otherwise(asked: &Asked, event: &Map<String, Value>) -> Vec<(String, Map<String, Value>)> {
    let mut all = Vec::new();
    let mut leaves = Vec::new();
    asked.conditions.iter().for_each(|(_, form)| texts(form, &mut leaves));
    for (leaf, texts) in leaves {
        let Some(value) = event.get(&leaf.column).and_then(Value::as_str) else {
            continue;
        };
        let with = |text: String| {
            let mut row = event.clone();
            row.insert(leaf.column.clone(), Value::String(text));
            row
        };
        for text in texts.iter().filter(|text| !text.is_empty()) {
            let (lower, wanted) = (value.to_lowercase(), text.to_lowercase());
            let Some(at) = lower.find(&wanted).filter(|_| lower.len() == value.len() && all.len() < MOST) else {
                continue;
            };
            let (before, found, behind) = (
                value.get(..at).unwrap_or_default(),
                value.get(at..at + wanted.len()).unwrap_or_default(),
                value.get(at + wanted.len()..).unwrap_or_default(),
            );
            all.push((format!("with zz{found}"), with(format!("{before}zz{found}{behind}"))));
            all.push((format!("with {found}zz"), with(format!("{before}{found}zz{behind}"))));
            let upper = found.to_uppercase();
            all.push((format!("with {upper}"), with(format!("{before}{upper}{behind}"))));
        }
    }
    all
}

fn texts<'f>(form: &'f Form, into: &mut Vec<(&'f Leaf, &'f [String])>) {
    match form {
        Form::All(parts) | Form::Any(parts) => parts.iter().for_each(|part| texts(part, into)),
        Form::Leaf(leaf) => {
            if let Test::Text { texts, .. } = &leaf.test {
                into.push((leaf, texts));
            }
        }
        Form::Not(_) | Form::Unread => {}
    }
}

fn text<'r>(row: &'r Map<String, Value>, column: &str) -> Option<&'r str> {
    row.get(column).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// A whole path of the folder and the name that a row has.
fn path(row: &Map<String, Value>, folder: &str, name: &str, usual: &str) -> String {
    match (text(row, folder), text(row, name)) {
        (Some(folder), Some(name)) if !folder.to_lowercase().ends_with(&name.to_lowercase()) => {
            format!("{}\\{name}", folder.trim_end_matches('\\'))
        }
        (Some(folder), _) => folder.to_owned(),
        (None, Some(name)) => made::path(name),
        (None, None) => made::path(usual),
    }
}

fn user(row: &Map<String, Value>, prefix: &str) -> String {
    let of = |name: &str| text(row, &format!("{prefix}{name}"));
    format!("{}\\{}", of("AccountDomain").unwrap_or("MADE"), of("AccountName").unwrap_or("user"))
}

fn process(number: usize, row: &Map<String, Value>) -> Value {
    let image = path(row, "FolderPath", "FileName", "program.exe");
    let parent = path(row, "InitiatingProcessFolderPath", "InitiatingProcessFileName", "explorer.exe");
    let mut data = json!({
        "ProcessGuid": made::guid(2 * number), "ProcessId": 4 * number,
        "CommandLine": text(row, "ProcessCommandLine").unwrap_or(&image), "User": user(row, ""),
        "ParentProcessGuid": made::guid(2 * number + 1), "ParentProcessId": 4 * number + 2,
        "ParentCommandLine": text(row, "InitiatingProcessCommandLine").unwrap_or(&parent),
    });
    data["Image"] = image.into();
    data["ParentImage"] = parent.into();
    for (column, field) in
        [("ProcessVersionInfoOriginalFileName", "OriginalFileName"), ("ProcessIntegrityLevel", "IntegrityLevel")]
    {
        if let Some(value) = text(row, column) {
            data[field] = value.into();
        }
    }
    data
}

fn file(number: usize, row: &Map<String, Value>) -> Value {
    json!({
        "ProcessGuid": made::guid(2 * number), "ProcessId": 4 * number,
        "Image": path(row, "InitiatingProcessFolderPath", "InitiatingProcessFileName", "explorer.exe"),
        "TargetFilename": path(row, "FolderPath", "FileName", "file.txt"), "User": user(row, "InitiatingProcess"),
    })
}
