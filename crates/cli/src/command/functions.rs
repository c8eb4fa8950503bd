//! `trapline functions`: the function library, from the table that the binders use.

use std::io::{self, BufWriter, Write};

use anyhow::Result;
use functions::{Function, scalar};
use plan::kql::reference::{self, Entry};
use serde_json::{Value, json};

use crate::args::{FunctionsArgs, QueryFormat};
use crate::exit::{Misuse, Outcome};
use crate::screen::{self, Screen};

pub fn run(args: &FunctionsArgs, _: &Screen) -> Result<Outcome> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut listed: Vec<&Function> =
        scalar::all().filter(|function| !function.kql.is_empty() || !function.aql.is_empty()).collect();
    listed.sort_by_key(|function| function.name);
    let mut entries = reference::entries();
    if let Some(name) = &args.name
        && entries.iter().any(|entry| entry.names.contains(&name.as_str()))
        && scalar::kql(name).is_none()
    {
        listed.clear();
        entries.retain(|entry| entry.names.contains(&name.as_str()));
    } else if let Some(name) = &args.name {
        entries.clear();
        let Some(function) = scalar::kql(name).or_else(|| scalar::aql(name)) else {
            let names = listed.iter().flat_map(|function| function.kql.iter().chain(function.aql)).copied();
            let near = syntax::nearest::nearest(name, names);
            let hint = near.map_or(String::new(), |near| format!("; did you mean '{near}'?"));
            return Err(Misuse(format!("there is no function '{name}'{hint}")).into());
        };
        listed = vec![function];
    }
    match args.format {
        QueryFormat::Table if args.name.is_some() => {
            describe(&mut out, &listed)?;
            for entry in &entries {
                writeln!(out, "{}\n\n  KQL  {}", told(entry), entry.names.join(", "))?;
            }
        }
        QueryFormat::Table => {
            let header = ["kql", "aql", ""].map(str::to_string).to_vec();
            let row = |function: &&Function| {
                vec![function.kql.join(", "), function.aql.join(", "), function.summary.to_string()]
            };
            let further = entries.iter().map(|entry| vec![entry.names.join(", "), String::new(), told(entry)]);
            let rows = listed.iter().map(row).chain(further).collect();
            writeln!(out, "{}", render::table::layout(header, rows, screen::output_width()))?;
        }
        QueryFormat::Json => writeln!(out, "{}", Value::from(objects(&listed, &entries)))?,
        QueryFormat::Ndjson => objects(&listed, &entries).iter().try_for_each(|object| writeln!(out, "{object}"))?,
        QueryFormat::Csv => {
            writeln!(out, "kql,aql,summary")?;
            for function in listed {
                let summary = function.summary.replace('"', "\"\"");
                writeln!(out, "{},{},\"{summary}\"", function.kql.join(" "), function.aql.join(" "))?;
            }
            for entry in &entries {
                writeln!(out, "{},,\"{}\"", entry.names.join(" "), told(entry).replace('"', "\"\""))?;
            }
        }
    }
    out.flush()?;
    Ok(Outcome::default())
}

fn describe(out: &mut impl Write, functions: &[&Function]) -> io::Result<()> {
    for function in functions {
        writeln!(out, "{}\n", function.summary)?;
        for (language, names) in [("KQL", function.kql), ("AQL", function.aql)] {
            if !names.is_empty() {
                writeln!(out, "  {language}  {}", names.join(", "))?;
            }
        }
        for (call, value) in function.examples {
            writeln!(out, "  {call}  →  {value}")?;
        }
    }
    Ok(())
}

/// What an entry is and does, or why it is refused.
fn told(entry: &Entry) -> String {
    let refused = if entry.is_refused { "refused " } else { "" };
    format!("{refused}{}: {}", entry.kind.name(), entry.summary)
}

fn objects(functions: &[&Function], entries: &[Entry]) -> Vec<Value> {
    let entry = |entry: &Entry| {
        json!({
            "kql": entry.names,
            "aql": [],
            "kind": entry.kind.name(),
            "summary": entry.summary,
            "refused": entry.is_refused,
        })
    };
    functions.iter().map(|function| object(function)).chain(entries.iter().map(entry)).collect()
}

fn object(function: &Function) -> Value {
    let examples = function.examples.iter().map(|(call, value)| json!({"call": call, "value": value}));
    json!({
        "kql": function.kql,
        "aql": function.aql,
        "kind": "function",
        "summary": function.summary,
        "examples": examples.collect::<Vec<_>>(),
    })
}
