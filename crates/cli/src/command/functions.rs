//! `trapline functions`: the function library, from the table that the binders use.

use std::io::{self, BufWriter, Write};

use anyhow::Result;
use functions::{Function, scalar};
use plan::aql::listing;
use plan::entry::Entry;
use plan::kql::reference;
use serde_json::{Value, json};

use crate::args::{FunctionsArgs, QueryFormat};
use crate::exit::{Misuse, Outcome};
use crate::screen::{self, Screen};

pub fn run(args: &FunctionsArgs, _: &Screen) -> Result<Outcome> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut listed: Vec<&Function> =
        scalar::all().filter(|function| !function.kql.is_empty() || !function.aql.is_empty()).collect();
    listed.sort_by_key(|function| function.name);
    let mut entries: Vec<Further> =
        reference::entries().into_iter().map(|entry| Further { entry, of: "KQL" }).collect();
    entries.extend(listing::entries().into_iter().map(|entry| Further { entry, of: "AQL" }));
    if let Some(name) = &args.name
        && entries.iter().any(|entry| entry.is_called(name))
        && scalar::kql(name).is_none()
    {
        listed.clear();
        entries.retain(|entry| entry.is_called(name));
    } else if let Some(name) = &args.name {
        entries.clear();
        let Some(function) = scalar::kql(name).or_else(|| scalar::aql(name)) else {
            let names = listed.iter().flat_map(|function| function.kql.iter().chain(function.aql));
            let further: Vec<Entry> = reference::entries().into_iter().chain(listing::entries()).collect();
            let names = names.chain(further.iter().flat_map(|entry| &entry.names)).copied();
            let near = syntax::nearest::nearest(name, names);
            let hint = near.map_or(String::new(), |near| format!("; did you mean '{near}'?"));
            return Err(Misuse(format!("there is no function '{name}'{hint}")).into());
        };
        listed = vec![function];
    }
    match args.format {
        QueryFormat::Table if args.name.is_some() => {
            describe(&mut out, &listed)?;
            for Further { entry, of } in &entries {
                writeln!(out, "{}\n\n  {of}  {}", told(entry), entry.names.join(", "))?;
            }
        }
        QueryFormat::Table => {
            let header = ["kql", "aql", ""].map(str::to_string).to_vec();
            let row = |function: &&Function| {
                vec![function.kql.join(", "), function.aql.join(", "), function.summary.to_string()]
            };
            let further = entries.iter().map(|further| {
                let [kql, aql] = further.names().map(|names| names.join(", "));
                vec![kql, aql, told(&further.entry)]
            });
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
            for further in &entries {
                let [kql, aql] = further.names().map(|names| names.join(" "));
                writeln!(out, "{kql},{aql},\"{}\"", told(&further.entry).replace('"', "\"\""))?;
            }
        }
    }
    out.flush()?;
    Ok(Outcome::default())
}

/// What a language has beyond the function table.
struct Further {
    entry: Entry,
    of: &'static str,
}

impl Further {
    /// Case counts in KQL alone.
    fn is_called(&self, name: &str) -> bool {
        let ignores_case = self.of == "AQL";
        self.entry.names.iter().any(|known| *known == name || ignores_case && known.eq_ignore_ascii_case(name))
    }

    /// Its names in KQL, and in AQL.
    fn names(&self) -> [&[&'static str]; 2] {
        if self.of == "KQL" { [&self.entry.names, &[]] } else { [&[], &self.entry.names] }
    }
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

fn objects(functions: &[&Function], entries: &[Further]) -> Vec<Value> {
    let entry = |further: &Further| {
        let (entry, [kql, aql]) = (&further.entry, further.names());
        json!({
            "kql": kql,
            "aql": aql,
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
