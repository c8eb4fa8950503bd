//! The tests of the Malicious Link package: for each, its events as NDJSON and what must be found in them.

mod benign;
mod breadth;
mod known;
mod procedure;

use crate::clock::{HOUR, MONDAY};
use crate::event::Event;
use crate::host::{BOTH, Host, Log, Process};
use crate::shape;

pub struct Fixture {
    pub name: String,
    pub kind: Kind,
    pub procedure: String,
    pub commands: String,
    pub clean_up: String,
    /// (log source, what it says)
    pub signals: Vec<(&'static str, String)>,
    /// How many events must be found, by each variant.
    pub findings: usize,
    /// The exception that silences a known false positive.
    pub exception: Option<&'static str>,
    pub events: Vec<Event>,
}

#[derive(Clone, Copy)]
pub enum Kind {
    TruePositive,
    TrueNegative,
    KnownFalsePositive,
}

/// The files of the folder, by name.
pub fn files() -> Vec<(String, Vec<u8>)> {
    let fixtures = procedure::all().into_iter().chain(breadth::all()).chain(benign::all()).chain(known::all());
    let both = fixtures.flat_map(|fixture| {
        let events = shape::lines(&fixture.events, shape::nested);
        [
            (format!("{}.ndjson", fixture.name), events.into_bytes()),
            (format!("{}.toml", fixture.name), toml(&fixture).into_bytes()),
        ]
    });
    both.collect()
}

fn toml(fixture: &Fixture) -> String {
    let kind = match fixture.kind {
        Kind::TruePositive => "true-positive",
        Kind::TrueNegative => "true-negative",
        Kind::KnownFalsePositive => "known-false-positive",
    };
    let fires = fixture.findings > 0;
    let mut out = format!("name = \"{}\"\nkind = \"{kind}\"\n", fixture.name);
    for (key, value) in
        [("procedure", &fixture.procedure), ("commands", &fixture.commands), ("clean_up", &fixture.clean_up)]
    {
        out += &format!("{key} = '''\n{}'''\n", value.trim());
    }
    out += &format!("events = \"{}.ndjson\"\nfindings = {}\n", fixture.name, fixture.findings);
    if let Some(exception) = fixture.exception {
        out += &format!("exception = '''\n{exception}'''\n");
    }
    if !fixture.signals.is_empty() {
        out += "\n[expected_signals]\n";
    }
    for (source, signal) in &fixture.signals {
        out += &format!("\"{source}\" = '''{signal}'''\n");
    }
    out + &format!("\n[must]\nkql = {fires}\naql = {fires}\nsigma = {fires}\n")
}

/// A workstation on a Monday morning, with a person at its desktop.
fn workstation(log: Log) -> (Host, Process) {
    let mut host = Host::new("WS-021", "CORP", log, MONDAY + 9 * HOUR);
    let person = host.person("user21", false);
    let desktop = crate::browser::desktop(&mut host, &person);
    (host, desktop)
}

/// A test in which nothing must be found.
fn quiet(name: &str, procedure: &str, commands: &str, play: impl FnOnce(&mut Host, &Process)) -> Fixture {
    let (mut host, desktop) = workstation(BOTH);
    play(&mut host, &desktop);
    Fixture {
        name: name.into(),
        kind: Kind::TrueNegative,
        procedure: procedure.into(),
        commands: commands.into(),
        clean_up: "Close the programs that were started.".into(),
        signals: Vec::new(),
        findings: 0,
        exception: None,
        events: host.events,
    }
}
