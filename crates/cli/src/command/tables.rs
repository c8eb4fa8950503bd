//! `trapline tables`: what can be queried, from the tables that the engine itself uses.

use std::io::{self, BufWriter, Write};

use anyhow::Result;
use engine::census;
use serde_json::{Value, json};
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
                let near = syntax::nearest::nearest(name, names.iter().map(|(_, name)| name.as_str()));
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
            rows.push([name, platform.to_string(), census::needs(&table)]);
        }
    }
    Ok(print(out, ["table", "platform", "rows from"], rows, format)?)
}

fn columns(out: &mut impl Write, table: &TableDef, format: QueryFormat) -> io::Result<()> {
    let rows = table.columns.iter().enumerate().map(|(index, column)| {
        let filled =
            if table.branches.iter().any(|branch| branch.exports().is_none() && branch.mapping(index).is_some()) {
                column.aliases.join(", ")
            } else {
                "never filled".into()
            };
        [column.name.clone(), column.kind.name().to_string(), filled]
    });
    print(out, ["column", "type", "other names"], rows.collect(), format)?;
    if format == QueryFormat::Table {
        writeln!(out, "\nrows from {}", census::needs(table))?;
        if table.is_open {
            writeln!(out, "any other field of an event can be named too")?;
        }
        table.notes.iter().try_for_each(|note| writeln!(out, "{note}"))?;
    }
    Ok(())
}

fn print(out: &mut impl Write, header: [&str; 3], rows: Vec<[String; 3]>, format: QueryFormat) -> io::Result<()> {
    let object = |row: &[String; 3]| json!({header[0]: row[0], header[1]: row[1], header[2]: row[2]});
    match format {
        QueryFormat::Table => {
            let rows = rows.into_iter().map(|row| row.to_vec()).collect();
            writeln!(
                out,
                "{}",
                render::table::layout(header.map(str::to_string).to_vec(), rows, screen::output_width())
            )
        }
        QueryFormat::Json => writeln!(out, "{}", Value::from(rows.iter().map(object).collect::<Vec<_>>())),
        QueryFormat::Ndjson => rows.iter().try_for_each(|row| writeln!(out, "{}", object(row))),
        QueryFormat::Csv => {
            writeln!(out, "{}", header.join(","))?;
            rows.iter().try_for_each(|row| writeln!(out, "{},{},\"{}\"", row[0], row[1], row[2].replace('"', "\"\"")))
        }
    }
}
