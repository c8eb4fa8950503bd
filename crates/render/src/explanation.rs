//! An explanation as it is shown: what a query did with one event, operator by operator, expected against actual.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::escape::one_line;
use crate::style::Style;
use crate::table::cut;

/// What a variant of a detection did with an event.
#[derive(Debug, Clone)]
pub struct Explanation {
    pub detection: String,
    pub variant: &'static str,
    /// `file#record`.
    pub event: String,
    pub found: bool,
    pub steps: Vec<Step>,
}

/// One operator of the query.
#[derive(Debug, Clone)]
pub struct Step {
    pub depth: usize,
    pub line: usize,
    /// As it is written, or the name of its table.
    pub text: String,
    pub kind: &'static str,
    /// Rows of the event that come to it, or behind an operator that is no filter those that it gives.
    pub rows: u64,
    /// Whether the event passes; `None` where no row of it comes here.
    pub passes: Option<bool>,
    pub condition: Option<Condition>,
    pub failure: Option<String>,
}

/// A condition with its answers.
#[derive(Debug, Clone)]
pub enum Condition {
    All(bool, Vec<Condition>),
    Any(bool, Vec<Condition>),
    Not(bool, Box<Condition>),
    /// A time bound that does not count here.
    Lifted(String),
    Operand(Operand),
}

/// A test that is no junction of others.
#[derive(Debug, Clone)]
pub struct Operand {
    pub line: usize,
    pub text: String,
    pub holds: bool,
    /// Were its answer another one, with those of the others that decide, the result would be the other one.
    pub decides: bool,
    /// The values that it looked at.
    pub actual: Vec<Value>,
    /// The literals that it names.
    pub expected: Vec<String>,
    /// That of them which is nearest to what was there.
    pub nearest: Option<String>,
}

/// How much of an operand or a value is shown.
const WIDTH: usize = 72;
/// How many parts of a list that does not hold are shown.
const LIST: usize = 5;

impl Explanation {
    pub fn to_json(&self) -> Value {
        let step = |step: &Step| {
            json!({
                "operator": step.kind, "text": step.text, "line": step.line, "depth": step.depth, "rows": step.rows,
                "passes": step.passes, "condition": step.condition.as_ref().map(Condition::to_json),
                "failure": step.failure,
            })
        };
        json!({
            "detection": self.detection, "variant": self.variant, "event": self.event, "match": self.found,
            "steps": self.steps.iter().map(step).collect::<Vec<_>>(),
            "deciding": self.deciding().into_iter().map(Operand::to_json).collect::<Vec<_>>(),
        })
    }

    /// The operands that decided.
    pub fn deciding(&self) -> Vec<&Operand> {
        let mut found = Vec::new();
        self.steps
            .iter()
            .filter_map(|step| step.condition.as_ref())
            .for_each(|condition| condition.deciding(&mut found));
        found
    }

    pub fn to_text(&self, style: Style) -> String {
        let verdict = if self.found { style.level("high", "match") } else { style.bold("no match") };
        let what = format!("{} ({})", one_line(&self.detection), self.variant);
        let mut out = format!("  {verdict}   {what}   {}\n\n", style.dim(&one_line(&self.event)));
        let before = std::iter::once(None).chain(self.steps.iter().map(Some));
        let shown = self.steps.iter().zip(before).filter(|(step, before)| step.is_shown(*before)).map(|(step, _)| step);
        let mut steps = shown.peekable();
        while let Some(step) = steps.next() {
            let mut names = vec![step.text.as_str()];
            // Operators that the event passes need no lines of their own.
            while step.is_plain()
                && let Some(next) = steps.next_if(|next| next.is_plain() && next.depth == step.depth)
            {
                names.push(&next.text);
            }
            step.write(&names.join(", "), &mut out, style);
        }
        out
    }
}

fn mark(passes: Option<bool>) -> &'static str {
    match passes {
        Some(true) => "✓",
        Some(false) => "✗",
        None => "·",
    }
}

impl Step {
    /// Where no row of the event comes, what stands above it says why.
    fn is_shown(&self, before: Option<&Step>) -> bool {
        let is_first = before.is_none_or(|before| before.passes == Some(true));
        self.rows > 0 || self.failure.is_some() || self.kind == "table" || self.kind == "operator" && is_first
    }

    fn is_plain(&self) -> bool {
        self.kind == "operator" && self.passes == Some(true) && self.rows == 1
    }

    fn write(&self, text: &str, out: &mut String, style: Style) {
        let indent = "  ".repeat(self.depth + 1);
        let note = match (&self.failure, self.kind, self.passes) {
            (Some(failure), ..) => format!("could not be asked: {}", one_line(failure)),
            (None, "table", Some(false)) => "the event is no row of this table".to_owned(),
            (None, "operator", Some(true)) if self.rows > 1 => format!("{} rows of the event", self.rows),
            (None, "operator", Some(false)) => "no row of the event behind it".to_owned(),
            _ => String::new(),
        };
        let head = match self.kind {
            "filter" => format!("{indent}{} line {}", mark(self.passes), self.line),
            _ => format!("{indent}{} {}", mark(self.passes), cut(text, WIDTH)),
        };
        let _ = writeln!(out, "{head:<44} {}", style.dim(&note));
        if let Some(condition) = &self.condition {
            condition.write(out, style, self.depth + 2);
        }
    }
}

impl Condition {
    pub fn holds(&self) -> bool {
        match self {
            Condition::All(holds, _) | Condition::Any(holds, _) | Condition::Not(holds, _) => *holds,
            Condition::Lifted(_) => true,
            Condition::Operand(operand) => operand.holds,
        }
    }

    /// A literal of it is nearly what was there.
    fn is_near(&self) -> bool {
        matches!(self, Condition::Operand(operand) if operand.nearest.is_some())
    }

    fn deciding<'a>(&'a self, into: &mut Vec<&'a Operand>) {
        match self {
            Condition::All(_, parts) | Condition::Any(_, parts) => parts.iter().for_each(|part| part.deciding(into)),
            Condition::Not(_, inner) => inner.deciding(into),
            Condition::Operand(operand) if operand.decides => into.push(operand),
            Condition::Lifted(_) | Condition::Operand(_) => {}
        }
    }

    fn write(&self, out: &mut String, style: Style, depth: usize) {
        let indent = "  ".repeat(depth);
        match self {
            Condition::All(_, parts) if parts.len() == 1 => parts.iter().for_each(|part| part.write(out, style, depth)),
            Condition::Any(_, parts) if parts.len() == 1 => parts.iter().for_each(|part| part.write(out, style, depth)),
            // What all have to hold needs no heading at the top.
            Condition::All(_, parts) if depth <= 2 => parts.iter().for_each(|part| part.write(out, style, depth)),
            Condition::All(holds, parts) => {
                let _ = writeln!(out, "{indent}{} all of", mark(Some(*holds)));
                parts.iter().for_each(|part| part.write(out, style, depth + 1));
            }
            Condition::Any(holds, parts) => {
                let _ = writeln!(out, "{indent}{} any of", mark(Some(*holds)));
                let shown = parts.iter().filter(|part| part.holds() == *holds);
                // Of long lists, those that hold, or some of those that do not.
                let most = if *holds || parts.len() <= LIST { usize::MAX } else { LIST };
                let mut shown: Vec<&Condition> = shown.collect();
                shown.sort_by_key(|part| !part.is_near());
                shown.truncate(most);
                shown.iter().for_each(|part| part.write(out, style, depth + 1));
                if shown.len() < parts.len() {
                    let more = format!("{indent}  ✗ and {} more that do not hold", parts.len() - shown.len());
                    let _ = writeln!(out, "{}", style.dim(&more));
                }
            }
            Condition::Not(holds, inner) => {
                let _ = writeln!(out, "{indent}{} not", mark(Some(*holds)));
                inner.write(out, style, depth + 1);
            }
            Condition::Lifted(text) => {
                let text = format!("{indent}✓ {}", cut(text, WIDTH));
                let _ = writeln!(out, "{text:<44} {}", style.dim("lifted: it does not count here"));
            }
            Condition::Operand(operand) => operand.write(out, style, depth),
        }
    }

    fn to_json(&self) -> Value {
        let each = |parts: &[Condition]| parts.iter().map(Condition::to_json).collect::<Vec<_>>();
        match self {
            Condition::All(holds, parts) => json!({"all": each(parts), "holds": holds}),
            Condition::Any(holds, parts) => json!({"any": each(parts), "holds": holds}),
            Condition::Not(holds, inner) => json!({"not": inner.to_json(), "holds": holds}),
            Condition::Lifted(text) => json!({"lifted": text, "holds": true}),
            Condition::Operand(operand) => operand.to_json(),
        }
    }
}

impl Operand {
    fn write(&self, out: &mut String, style: Style, depth: usize) {
        let text = format!("{}{} {}", "  ".repeat(depth), mark(Some(self.holds)), cut(&self.text, WIDTH));
        let actual: Vec<String> = self.actual.iter().map(|value| cut(&value.to_string(), WIDTH)).collect();
        let actual = actual.join(", ");
        let near = match &self.nearest {
            Some(nearest) if !self.holds => format!("   nearest: {}", cut(&format!("{nearest:?}"), WIDTH)),
            _ => String::new(),
        };
        let decides = if self.decides { "   ← decides" } else { "" };
        let _ = writeln!(out, "{text:<60} {actual}{}{}", style.dim(&near), style.warn(decides));
    }

    fn to_json(&self) -> Value {
        json!({
            "text": self.text, "line": self.line, "holds": self.holds, "decides": self.decides,
            "actual": self.actual, "expected": self.expected, "nearest": self.nearest,
        })
    }
}
