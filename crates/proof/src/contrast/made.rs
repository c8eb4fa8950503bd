//! Made events: one process creation and one written file, and for each literal the same with that in its place.

use serde_json::{Value, json};

use super::literals::{Part, Pool};

/// An event, and in what it differs from the first of its kind.
#[derive(Debug, Clone)]
pub struct Varied {
    pub event: Value,
    pub part: Part,
    pub literal: String,
    /// It is the first of its kind.
    pub is_base: bool,
    /// Of a command line, the program's name: what differs for that is no matter of the command line.
    pub(super) program: Option<String>,
}

/// What a process event holds.
#[derive(Clone)]
struct Process {
    parent: String,
    child: String,
    command: String,
    parent_command: String,
}

/// All events that the literals give, numbered by their lines.
pub(super) fn varied(pool: &Pool) -> Vec<Varied> {
    let mut all = Vec::new();
    if pool.literals.is_empty() {
        return all;
    }
    processes(pool, &mut all);
    files(pool, &mut all);
    all
}

fn processes(pool: &Pool, all: &mut Vec<Varied>) {
    let first = |part: Part, usual: &str| pool.of(part).next().unwrap_or(usual).to_owned();
    let (parent, child) = (first(Part::Parent, "explorer.exe"), first(Part::Child, "cmd.exe"));
    let base =
        Process { parent: path(&parent), child: path(&child), command: path(&child), parent_command: path(&parent) };
    let mut put = |part: Part, literal: &str, process: &Process, is_base: bool| {
        let event = process_event(all.len() + 1, process);
        let is_name = matches!(part, Part::Parent | Part::Child);
        let shown = if is_name { literal.trim_start_matches('\\') } else { literal };
        let program = (part == Part::Command).then(|| name(&process.child).to_owned());
        all.push(Varied { event, part, literal: shown.to_owned(), is_base, program });
    };
    put(Part::Parent, &parent, &base, true);
    for (at, literal) in pool.of(Part::Parent).enumerate() {
        put(Part::Parent, literal, &Process { parent: path(literal), ..base.clone() }, false);
        // Is the end of a name enough? One name tells it for all of its list.
        if at == 0 {
            let near = format!("evil{}", name(literal));
            put(Part::Parent, &near, &Process { parent: path(&near), ..base.clone() }, false);
        }
    }
    for (at, literal) in pool.of(Part::Child).enumerate() {
        put(Part::Child, literal, &Process { child: path(literal), ..base.clone() }, false);
        if at == 0 {
            let near = format!("evil{}", name(literal));
            put(Part::Child, &near, &Process { child: path(&near), ..base.clone() }, false);
        }
    }
    let children: Vec<&str> = pool.of(Part::Child).collect();
    for literal in pool.of(Part::Command) {
        // Flags may ask for the program too.
        for child in [children.first(), children.get(1), children.get(2)].into_iter().flatten() {
            for behind in [format!("{literal} (x)"), format!("{literal}(x)")] {
                let image = path(child);
                let process = Process { command: format!("{image} {behind}"), child: image, ..base.clone() };
                put(Part::Command, &format!("{} {behind}", name(child)), &process, false);
            }
        }
    }
    for literal in pool.of(Part::ParentCommand) {
        let parent_command = format!("{} {literal} x", base.parent);
        put(Part::ParentCommand, literal, &Process { parent_command, ..base.clone() }, false);
    }
}

fn files(pool: &Pool, all: &mut Vec<Varied>) {
    let folders: Vec<&str> = pool.of(Part::File).filter(|text| text.contains('\\')).collect();
    let endings: Vec<&str> = pool.of(Part::File).filter(|text| text.starts_with('.')).collect();
    let names = pool.of(Part::File).filter(|text| !text.contains('\\') && !text.starts_with('.'));
    let writer = path(pool.of(Part::Parent).next().unwrap_or("explorer.exe"));
    let folder = folders.first().copied().unwrap_or("\\Downloads\\");
    let ending = endings.first().copied().unwrap_or(".exe");
    let mut put = |literal: &str, target: String, is_base: bool| {
        let event = file_event(all.len() + 1, &writer, &target);
        all.push(Varied { event, part: Part::File, literal: literal.to_owned(), is_base, program: None });
    };
    if folders.is_empty() && endings.is_empty() {
        return;
    }
    let within = |folder: &str, name: &str| format!("C:\\Users\\user\\{}\\{name}", folder.trim_matches('\\'));
    put(&format!("{folder} {ending}"), within(folder, &format!("name{ending}")), true);
    endings.iter().for_each(|ending| put(ending, within(folder, &format!("name{ending}")), false));
    put(&format!("name{ending}.map"), within(folder, &format!("name{ending}.map")), false);
    folders.iter().for_each(|folder| put(folder, within(folder, &format!("name{ending}")), false));
    names.for_each(|name| put(name, within(folder, name), false));
}

fn name(literal: &str) -> &str {
    literal.rsplit('\\').next().unwrap_or(literal)
}

/// A whole path that ends with the literal.
pub(super) fn path(literal: &str) -> String {
    if literal.contains(':') {
        return literal.to_owned();
    }
    format!("C:\\Program Files\\{}", literal.trim_start_matches('\\'))
}

pub(super) fn event(number: usize, id: u16, data: Value) -> Value {
    let (hour, minute, second) = (number / 3600 % 24, number / 60 % 60, number % 60);
    let time = format!("2026-01-15T{hour:02}:{minute:02}:{second:02}.000Z");
    json!({"Event": {
        "System": {
            "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}},
            "EventID": id, "EventRecordID": number, "Channel": "Microsoft-Windows-Sysmon/Operational",
            "TimeCreated": {"#attributes": {"SystemTime": time}}, "Computer": "made.example",
        },
        "EventData": data,
    }})
}

/// Each with processes of its own, so that none is the parent of another.
pub(super) fn guid(number: usize) -> String {
    format!("{{00000000-0000-0000-0000-{number:012}}}")
}

fn process_event(number: usize, process: &Process) -> Value {
    event(
        number,
        1,
        json!({
            "ProcessGuid": guid(2 * number), "ProcessId": 4 * number, "Image": process.child, "CommandLine": process.command,
            "User": "MADE\\user", "ParentProcessGuid": guid(2 * number + 1), "ParentProcessId": 4 * number + 2,
            "ParentImage": process.parent, "ParentCommandLine": process.parent_command,
        }),
    )
}

fn file_event(number: usize, writer: &str, target: &str) -> Value {
    event(
        number,
        11,
        json!({
            "ProcessGuid": guid(2 * number), "ProcessId": 4 * number, "Image": writer, "TargetFilename": target,
            "User": "MADE\\user",
        }),
    )
}
