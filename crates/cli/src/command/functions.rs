//! `trapline functions`: the function library, from the table that the binders use.

use std::io::{self, BufWriter, Write};

use anyhow::Result;
use functions::{Function, scalar};
use serde_json::{Value, json};

use crate::args::{FunctionsArgs, QueryFormat};
use crate::exit::{Misuse, Outcome};
use crate::screen::{self, Screen};

pub fn run(args: &FunctionsArgs, _: &Screen) -> Result<Outcome> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut listed: Vec<&Function> =
        scalar::all().filter(|function| !function.kql.is_empty() || !function.aql.is_empty()).collect();
    listed.sort_by_key(|function| function.name);
    if let Some(name) = &args.name {
        let Some(function) = scalar::kql(name).or_else(|| scalar::aql(name)) else {
            let names = listed.iter().flat_map(|function| function.kql.iter().chain(function.aql)).copied();
            let near = syntax::nearest::nearest(name, names);
            let hint = near.map_or(String::new(), |near| format!("; did you mean '{near}'?"));
            return Err(Misuse(format!("there is no function '{name}'{hint}")).into());
        };
        listed = vec![function];
    }
    match args.format {
        QueryFormat::Table if args.name.is_some() => describe(&mut out, &listed)?,
        QueryFormat::Table => {
            let header = ["kql", "aql", ""].map(str::to_string).to_vec();
            let row = |function: &&Function| {
                vec![function.kql.join(", "), function.aql.join(", "), function.summary.to_string()]
            };
            writeln!(
                out,
                "{}",
                render::table::layout(header, listed.iter().map(row).collect(), screen::output_width())
            )?;
        }
        QueryFormat::Json => writeln!(out, "{}", Value::from(listed.iter().map(|f| object(f)).collect::<Vec<_>>()))?,
        QueryFormat::Ndjson => listed.iter().try_for_each(|function| writeln!(out, "{}", object(function)))?,
        QueryFormat::Csv => {
            writeln!(out, "kql,aql,summary")?;
            for function in listed {
                let summary = function.summary.replace('"', "\"\"");
                writeln!(out, "{},{},\"{summary}\"", function.kql.join(" "), function.aql.join(" "))?;
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

fn object(function: &Function) -> Value {
    let examples = function.examples.iter().map(|(call, value)| json!({"call": call, "value": value}));
    json!({
        "kql": function.kql,
        "aql": function.aql,
        "summary": function.summary,
        "examples": examples.collect::<Vec<_>>(),
    })
}
