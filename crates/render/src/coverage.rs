//! Coverage: which detections can fire on some evidence, and why others cannot; as text, as JSON, and as a layer for ATT&CK Navigator.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

use crate::count::counted;
use crate::escape::one_line;
use crate::style::Style;
use crate::table::cut;

/// A detection on this evidence.
#[derive(Debug, Clone)]
pub struct Covered {
    pub detection: String,
    pub title: String,
    pub techniques: Vec<String>,
    pub state: State,
    pub findings: u64,
    /// Why it cannot fire, or not in every way.
    pub why: Option<String>,
}

/// The worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It could not run.
    Failed,
    /// Its log source, or a field that it cannot do without, is nowhere here.
    Blind,
    /// Some of the logs that it looks at are not here.
    Partly,
    Ready,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            State::Failed => "failed",
            State::Blind => "blind",
            State::Partly => "partly blind",
            State::Ready => "can fire",
        }
    }

    /// As Navigator paints it.
    fn colour(self) -> &'static str {
        match self {
            State::Failed => "#9e9e9e",
            State::Blind => "#e57373",
            State::Partly => "#ffd54f",
            State::Ready => "#81c784",
        }
    }
}

const ALL: [State; 4] = [State::Ready, State::Partly, State::Blind, State::Failed];

pub fn text(all: &[Covered], style: Style) -> String {
    let mut out = String::new();
    for state in ALL {
        let of_state: Vec<&Covered> = all.iter().filter(|one| one.state == state).collect();
        if of_state.is_empty() {
            continue;
        }
        let count = counted(of_state.len() as u64, "detection", "detections");
        let _ = writeln!(out, "  {}   {count}", style.bold(state.name()));
        for one in of_state {
            let found = match one.findings {
                0 => String::new(),
                count => format!("   {}", counted(count, "finding", "findings")),
            };
            let why = one.why.as_deref().map_or_else(String::new, |why| format!("   {}", style.dim(&one_line(why))));
            let techniques = one_line(&one.techniques.join(" ")).into_owned();
            let _ = writeln!(out, "    {:<52} {techniques}{found}{why}", cut(&one.title, 52));
        }
    }
    out
}

pub fn json(all: &[Covered]) -> Value {
    let one = |one: &Covered| {
        json!({
            "detection": one.detection, "title": one.title, "techniques": one.techniques, "state": one.state.name(),
            "findings": one.findings, "reason": one.why,
        })
    };
    all.iter().map(one).collect::<Vec<_>>().into()
}

/// A layer of format 4.5: each technique in the colour of the best that its detections can do, with how many can fire as its score.
pub fn navigator(all: &[Covered], attack: &str) -> Value {
    let mut techniques: BTreeMap<&str, Vec<&Covered>> = BTreeMap::new();
    for one in all {
        one.techniques.iter().for_each(|id| techniques.entry(id).or_default().push(one));
    }
    let technique = |(id, covered): (&str, Vec<&Covered>)| {
        let best = covered.iter().map(|one| one.state).max().unwrap_or(State::Failed);
        let score = covered.iter().filter(|one| one.state >= State::Partly).count();
        let said = covered.iter().map(|one| match &one.why {
            Some(why) => format!("{}: {}, {why}", one.detection, one.state.name()),
            None => format!("{}: {}", one.detection, one.state.name()),
        });
        json!({
            "techniqueID": id, "score": score, "color": best.colour(), "comment": said.collect::<Vec<_>>().join("\n"),
            "enabled": true,
        })
    };
    let legend = |state: &State| json!({"label": state.name(), "color": state.colour()});
    json!({
        "name": "Trapline coverage",
        "versions": {"attack": attack, "navigator": "5.1.0", "layer": "4.5"},
        "domain": "enterprise-attack",
        "description": "Which detections can fire on this evidence",
        "techniques": techniques.into_iter().map(technique).collect::<Vec<_>>(),
        "legendItems": ALL.iter().map(legend).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_technique_has_the_colour_of_the_best_of_its_detections() {
        let covered = |id: &str, state: State| Covered {
            detection: id.to_owned(),
            title: id.to_owned(),
            techniques: vec!["T1204.001".to_owned()],
            state,
            findings: 0,
            why: (state == State::Blind).then(|| "no Sysmon event 1".to_owned()),
        };
        let layer = navigator(&[covered("a", State::Blind), covered("b", State::Ready)], "18");
        assert_eq!(layer["techniques"][0]["score"], 1);
        assert_eq!(layer["techniques"][0]["color"], "#81c784");
        assert_eq!(layer["techniques"][0]["comment"], "a: blind, no Sysmon event 1\nb: can fire");
        assert_eq!(layer["versions"]["layer"], "4.5");
    }
}
