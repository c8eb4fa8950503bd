//! `trapline tables`: what can be queried, from the tables that the engine itself uses.

use std::io::{self, BufWriter, Write};

use anyhow::Result;
use engine::census;
use serde_json::Value;
use telemetry::{Catalog, TableDef};

use crate::args::{QueryFormat, TablesArgs};
use crate::exit::{Misuse, Outcome};
use crate::screen::{self, Screen};

pub fn run(args: &TablesArgs, _: &Screen) -> Result<Outcome> {
    let catalog = Catalog;
    let mut out = BufWriter::new(io::stdout().lock());
    match &args.name {
        None => list(&mut out, catalog, args.format)?,
        Some(name) => match catalog.table(name)? {
            Some(table) => columns(&mut out, &table, args.format)?,
            None => {
                let names = catalog.names()?;
                let mut known: Vec<&str> = names.iter().map(|(_, name)| name.as_str()).collect();
                for name in catalog.spellings().chain(catalog.known_by_schema()) {
                    known.push(name);
                }
                let near = syntax::nearest::nearest(name, known);
                let hint = near.map_or(String::new(), |near| format!("; did you mean '{near}'?"));
                return Err(Misuse(format!("there is no table '{name}'{hint}")).into());
            }
        },
    }
    out.flush()?;
    Ok(Outcome::default())
}

fn list(out: &mut impl Write, catalog: Catalog, format: QueryFormat) -> Result<()> {
    let mut rows = Vec::new();
    for (platform, name) in catalog.names()? {
        if let Some(table) = catalog.table(&name)? {
            rows.push(vec![name, platform.to_string(), census::needs(&table)]);
        }
    }
    print(out, &["table", "platform", "rows from"], rows, format)?;
    if format == QueryFormat::Table {
        let more = catalog.known_by_schema().count();
        writeln!(
            out,
            "\n{more} more tables of Microsoft's SIEMs are known by their schema: rows come from an export of them"
        )?;
    }
    Ok(())
}

fn columns(out: &mut impl Write, table: &TableDef, format: QueryFormat) -> io::Result<()> {
    let rows = table.columns.iter().enumerate().map(|(index, column)| {
        let filled = match census::fills(table, index) {
            nothing if nothing.is_empty() && table.is_filled => "never filled".to_owned(),
            filled => filled,
        };
        vec![column.name.clone(), column.kind.name().to_string(), filled, column.aliases.join(", ")]
    });
    print(out, &["column", "type", "filled by", "other names"], rows.collect(), format)?;
    if format != QueryFormat::Table {
        return Ok(());
    }
    if let Some(parameters) = &table.parameters {
        let parameters = parameters.iter().map(|parameter| format!("{}:{}", parameter.name, parameter.kind.name()));
        writeln!(out, "\ncalled as {}({})", table.name, parameters.collect::<Vec<_>>().join(", "))?;
    }
    match table.is_filled {
        true => writeln!(out, "\nrows from {}", census::needs(table))?,
        false => writeln!(out, "\nknown by its schema: no event fills it, rows come from an export of it")?,
    }
    if table.is_open {
        writeln!(out, "any other field of an event can be named too")?;
    }
    table.notes.iter().try_for_each(|note| writeln!(out, "{note}"))
}

fn print(out: &mut impl Write, header: &[&str], rows: Vec<Vec<String>>, format: QueryFormat) -> io::Result<()> {
    let object = |row: &Vec<String>| -> Value {
        header.iter().zip(row).map(|(name, cell)| ((*name).to_owned(), Value::from(cell.as_str()))).collect()
    };
    match format {
        QueryFormat::Table => {
            let header = header.iter().map(|name| (*name).to_owned()).collect();
            writeln!(out, "{}", render::table::layout(header, rows, screen::output_width()))
        }
        QueryFormat::Json => writeln!(out, "{}", rows.iter().map(object).collect::<Value>()),
        QueryFormat::Ndjson => rows.iter().try_for_each(|row| writeln!(out, "{}", object(row))),
        QueryFormat::Csv => {
            writeln!(out, "{}", header.join(","))?;
            let quoted = |cell: &String| match cell.contains([',', '"']) {
                true => format!("\"{}\"", cell.replace('"', "\"\"")),
                false => cell.clone(),
            };
            rows.iter().try_for_each(|row| writeln!(out, "{}", row.iter().map(quoted).collect::<Vec<_>>().join(",")))
        }
    }
}
