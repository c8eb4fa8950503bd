//! Agreement of detections as it is shown: how many events each two share, and each difference by one event.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::count::counted;
use crate::escape::one_line;
use crate::explanation::Explanation;
use crate::style::Style;

/// Events that some find and others miss.
#[derive(Debug, Clone)]
pub struct Difference {
    pub found_by: Vec<String>,
    pub missed_by: Vec<String>,
    pub count: u64,
    /// One of them, as `file#record`.
    pub event: String,
    pub why: Vec<Explanation>,
}

/// `both` holds for each two sides how many events both find.
pub fn text(sides: &[String], both: &[Vec<u64>], failed: &[usize], differences: &[Difference], style: Style) -> String {
    let width = sides.iter().map(|side| one_line(side).chars().count()).max().unwrap_or(0).max(8);
    let mut out = format!("  {:<width$}", "events");
    sides.iter().for_each(|side| out.push_str(&format!("  {:>width$}", one_line(side))));
    out.push('\n');
    for (number, (side, row)) in sides.iter().zip(both).enumerate() {
        let _ = write!(out, "  {:<width$}", one_line(side));
        if failed.contains(&number) {
            let _ = writeln!(out, "  {}", style.warn("could not run"));
            continue;
        }
        row.iter().for_each(|count| out.push_str(&format!("  {count:>width$}")));
        out.push('\n');
    }
    if differences.is_empty() {
        let all = match (sides.len() - failed.len(), failed.is_empty()) {
            (..2, _) => "there is nothing to compare",
            (_, true) => "all find the same",
            (_, false) => "all that ran find the same",
        };
        let _ = writeln!(out, "\n  {all}");
    }
    for (number, difference) in differences.iter().enumerate() {
        let events = counted(difference.count, "event", "events");
        let (found, missed) = (difference.found_by.join(" "), difference.missed_by.join(" "));
        let head = format!("{}  {events} found by {}, missed by {}", number + 1, one_line(&found), one_line(&missed));
        let _ = writeln!(out, "\n  {}   {}\n", style.bold(&head), style.dim(&one_line(&difference.event)));
        difference.why.iter().for_each(|why| out.push_str(&why.to_text(style)));
    }
    out
}

pub fn json(sides: &[String], both: &[Vec<u64>], failed: &[usize], differences: &[Difference]) -> Value {
    let difference = |one: &Difference| {
        json!({
            "found_by": one.found_by, "missed_by": one.missed_by, "count": one.count, "event": one.event,
            "why": one.why.iter().map(Explanation::to_json).collect::<Vec<_>>(),
        })
    };
    json!({
        "sides": sides, "both": both, "agree": differences.is_empty() && failed.is_empty(),
        "failed": failed.iter().filter_map(|number| sides.get(*number)).collect::<Vec<_>>(),
        "differences": differences.iter().map(difference).collect::<Vec<_>>(),
    })
}
