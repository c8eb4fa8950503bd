//! Detections compared without evidence, by events that are made of what they name.

use std::io::Write;

use anyhow::Result;
use engine::Session;
use functions::ticks;
use hunt::Settings;
use plan::Window;
use proof::agreement::Side;
use proof::contrast::{ColumnDifference, Contrast, Difference, contrast};
use render::count::counted;
use render::escape::one_line;
use render::table::cut;
use serde_json::{Value, json};

use super::super::query::{mode, nulls};
use crate::args::{CompareArgs, SummaryFormat};
use crate::evidence;
use crate::exit::{Misuse, Outcome};
use crate::screen::{self, Screen};

pub(super) fn contrasted(args: &CompareArgs, sides: &[Side], screen: &Screen, outcome: &mut Outcome) -> Result<()> {
    let session = Session::new(evidence::limits(&args.reading))?;
    // All that is made is of one day.
    let now = || ticks::parse("2026-01-16T00:00:00Z").unwrap_or_default();
    let settings = Settings {
        now: &now,
        window: Window::All,
        replays: false,
        lone_twins: false,
        mode: mode(&args.names),
        no_limit: true,
        nulls: nulls(&args.names),
        languages: Vec::new(),
    };
    let contrast = contrast(sides, &session, &settings)?;
    for failure in &contrast.failures {
        screen.diagnostics(&failure.source, &failure.diagnostics);
    }
    outcome.failed |= !contrast.failures.is_empty();
    if contrast.made == 0 {
        let why =
            "there is nothing to compare over: give --data, a package with tests, or detections of processes and files";
        return Err(Misuse(why.to_owned()).into());
    }
    if contrast.found == 0 && !outcome.failed {
        let why =
            "no side finds any of the events that were made of what they name: nothing is known of them; give --data";
        return Err(Misuse(why.to_owned()).into());
    }
    outcome.found |= !(contrast.differences.is_empty() && contrast.columns.is_empty() && contrast.limits.is_empty());
    let mut out = screen::data_output();
    match args.format {
        SummaryFormat::Json => writeln!(out, "{:#}", as_json(&contrast, sides))?,
        SummaryFormat::Table => text(&mut out, &contrast, sides)?,
    }
    Ok(out.flush()?)
}

/// How much of an operand is shown.
const WIDTH: usize = 80;

fn names(numbers: &[usize], sides: &[Side]) -> Vec<String> {
    numbers.iter().filter_map(|number| sides.get(*number)).map(|side| side.name.clone()).collect()
}

fn text(out: &mut dyn Write, contrast: &Contrast, sides: &[Side]) -> Result<()> {
    let made = counted(contrast.made as u64, "event was made", "events were made");
    writeln!(out, "  {made} of the literals of all sides, and run through each")?;
    if contrast.differences.is_empty() && contrast.columns.is_empty() && contrast.limits.is_empty() {
        let ran = sides.len() - contrast.failed.len();
        match (ran, contrast.failed.is_empty()) {
            (..2, _) => writeln!(out, "\n  there is nothing to compare: {ran} of {} could run", sides.len())?,
            (_, true) => writeln!(out, "\n  all find the same {} of these", contrast.found)?,
            (_, false) => writeln!(out, "\n  all that ran find the same {} of these", contrast.found)?,
        }
        writeln!(
            out,
            "  what none of these events asks was not compared: tests, or evidence by --data, may tell more"
        )?;
    }
    for Difference { varied, found_by, missed_by, deciding } in &contrast.differences {
        let (found, missed) = (names(found_by, sides).join(" "), names(missed_by, sides).join(" "));
        writeln!(
            out,
            "\n  {} {}   found by {found}, missed by {missed}",
            varied.part.name(),
            one_line(&varied.literal)
        )?;
        writeln!(out, "      {}", one_line(&varied.event["Event"]["EventData"].to_string()))?;
        for (side, operands) in deciding.iter().filter(|(_, operands)| !operands.is_empty()) {
            let operands = operands.iter().map(|text| cut(text, WIDTH)).collect::<Vec<_>>().join("  and  ");
            writeln!(out, "      {} decides by  {operands}", names(&[*side], sides).join(""))?;
        }
    }
    for ColumnDifference { varied, values } in &contrast.columns {
        let told = values
            .iter()
            .map(|(side, name, value)| format!("{} {} = {value}", names(&[*side], sides).join(""), one_line(name)));
        let told = told.collect::<Vec<_>>().join(", ");
        writeln!(out, "\n  {} {}   {told}", varied.part.name(), one_line(&varied.literal))?;
        writeln!(out, "      {}", one_line(&varied.event["Event"]["EventData"].to_string()))?;
    }
    for (side, rows) in &contrast.limits {
        writeln!(out, "\n  {} gives {rows} rows at most", names(&[*side], sides).join(""))?;
    }
    Ok(())
}

fn as_json(contrast: &Contrast, sides: &[Side]) -> Value {
    let differences = contrast.differences.iter().map(|one| {
        json!({
            "field": one.varied.part.name(), "literal": one.varied.literal, "event": one.varied.event,
            "found_by": names(&one.found_by, sides), "missed_by": names(&one.missed_by, sides),
            "deciding": one.deciding.iter().map(|(side, operands)| {
                json!({"side": names(&[*side], sides).join(""), "operands": operands})
            }).collect::<Vec<_>>(),
        })
    });
    let columns = contrast.columns.iter().map(|one| {
        let values = one.values.iter().map(
            |(side, name, value)| json!({"side": names(&[*side], sides).join(""), "column": name, "value": value}),
        );
        json!({
            "field": one.varied.part.name(), "literal": one.varied.literal, "event": one.varied.event,
            "values": values.collect::<Vec<_>>(),
        })
    });
    let limits =
        contrast.limits.iter().map(|(side, rows)| json!({"side": names(&[*side], sides).join(""), "rows": rows}));
    json!({
        "made": contrast.made,
        "found": contrast.found,
        "failed": names(&contrast.failed, sides),
        "agree": contrast.failed.is_empty() && contrast.differences.is_empty() && contrast.columns.is_empty() && contrast.limits.is_empty(),
        "differences": differences.collect::<Vec<_>>(),
        "columns": columns.collect::<Vec<_>>(),
        "limits": limits.collect::<Vec<_>>(),
    })
}
