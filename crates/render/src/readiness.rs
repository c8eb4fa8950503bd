//! Readiness as it is shown: what a detection needs, and how much of it the evidence has.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::count::counted;
use crate::coverage::State;
use crate::escape::one_line;
use crate::style::Style;
use crate::summary::number;
use crate::table::cut;

/// What a variant of a detection needs. Without evidence there are no counts and no verdict.
#[derive(Debug, Clone)]
pub struct Readiness {
    pub detection: String,
    pub variant: &'static str,
    pub state: Option<State>,
    pub why: Option<String>,
    /// Rows that come out.
    pub findings: Option<u64>,
    pub needed: Vec<Needed>,
}

#[derive(Debug, Clone)]
pub enum Needed {
    Table {
        depth: usize,
        name: String,
        /// The events that make its rows.
        needs: String,
        rows: Option<u64>,
    },
    Filter {
        depth: usize,
        line: usize,
        /// Rows that its operands were asked of: those of the tables, filters left aside.
        of: Option<u64>,
        /// Rows that pass this filter and those before it.
        passed: Option<u64>,
        operands: Vec<(String, Option<Share>)>,
    },
}

/// In how many rows an operand finds something to look at, and in how many it holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    pub with_value: u64,
    pub holds: u64,
    /// A test with a query in it is not counted by itself.
    pub is_known: bool,
}

/// How much of an operand is shown.
const WIDTH: usize = 60;
/// Of more operands than this, some are counted.
const MOST: usize = 8;

impl Readiness {
    pub fn to_json(&self) -> Value {
        let needed = |one: &Needed| match one {
            Needed::Table { depth, name, needs, rows } => {
                json!({"table": name, "depth": depth, "needs": needs, "rows": rows})
            }
            Needed::Filter { depth, line, of, passed, operands } => {
                let operand = |(text, share): &(String, Option<Share>)| {
                    let share = share.filter(|share| share.is_known);
                    json!({
                        "text": text, "with_value": share.map(|share| share.with_value),
                        "holds": share.map(|share| share.holds),
                    })
                };
                let operands = operands.iter().map(operand).collect::<Vec<_>>();
                json!({"line": line, "depth": depth, "of": of, "passed": passed, "operands": operands})
            }
        };
        json!({
            "detection": self.detection, "variant": self.variant, "state": self.state.map(State::name),
            "reason": self.why, "rows": self.findings, "needed": self.needed.iter().map(needed).collect::<Vec<_>>(),
        })
    }

    pub fn to_text(&self, style: Style) -> String {
        let what = format!("{} ({})", one_line(&self.detection), self.variant);
        let mut out = match self.state {
            Some(state) => {
                let found =
                    self.findings.map_or_else(String::new, |rows| format!("   {}", counted(rows, "row", "rows")));
                let why =
                    self.why.as_deref().map_or_else(String::new, |why| format!("   {}", style.dim(&one_line(why))));
                format!("  {}   {what}{found}{why}\n\n", style.bold(state.name()))
            }
            None => format!("  {}   {what}\n\n", style.bold("needs")),
        };
        self.needed.iter().for_each(|one| one.write(&mut out, style));
        out
    }
}

impl Needed {
    fn write(&self, out: &mut String, style: Style) {
        match self {
            Needed::Table { depth, name, needs, rows } => {
                let indent = "  ".repeat(depth + 1);
                let mark = rows.map_or("·", |rows| if rows > 0 { "✓" } else { "✗" });
                let rows = rows.map_or_else(String::new, |rows| counted(rows, "row", "rows"));
                let head = format!("{indent}{mark} {}", cut(name, WIDTH));
                let _ = writeln!(out, "{head:<44} {rows:>14}   {}", style.dim(&one_line(needs)));
            }
            Needed::Filter { depth, line, of, passed, operands } => {
                let indent = "  ".repeat(depth + 1);
                let mark = passed.map_or("·", |passed| if passed > 0 { "✓" } else { "✗" });
                let head = format!("{indent}{mark} line {line}");
                let passed = passed.map_or_else(String::new, |passed| format!("{} pass", number(passed)));
                let _ = writeln!(out, "{}", format!("{head:<44} {passed:>14}").trim_end());
                // Of many, those that hold anywhere say most.
                let holds = |(_, share): &&(String, Option<Share>)| share.is_none_or(|share| share.holds > 0);
                let is_many = operands.len() > MOST;
                let shown = operands.iter().filter(|one| !is_many || holds(one)).take(MOST);
                let mut left = operands.len();
                for (text, share) in shown {
                    left -= 1;
                    let told = match (share.filter(|share| share.is_known), of) {
                        (Some(share), Some(of)) => told(share, *of, style),
                        _ => String::new(),
                    };
                    let line = format!("{indent}    {:<WIDTH$}   {told}", cut(text, WIDTH));
                    let _ = writeln!(out, "{}", line.trim_end());
                }
                if left > 0 {
                    let _ = writeln!(out, "{indent}    {}", style.dim(&format!("… and {left} more")));
                }
            }
        }
    }
}

fn told(share: Share, of: u64, style: Style) -> String {
    let holds = format!("holds in {} of {}", number(share.holds), number(of));
    if share.with_value < of {
        let with_value = match share.with_value {
            0 => "nowhere a value".to_owned(),
            some => format!("a value in {}", number(some)),
        };
        return format!("{holds}   {}", style.warn(&with_value));
    }
    holds
}
