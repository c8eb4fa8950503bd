//! `--schema`: further tables, declared by a file.

use std::path::Path;

use anyhow::{Context, Result};
use engine::EvidenceTables;
use functions::Type;
use serde_json::{Map, Value};

use crate::exit::Misuse;
use crate::screen::Screen;

/// Declares the tables of `{"Table":{"Column":"type"}}`.
pub fn declare(tables: &mut EvidenceTables, path: &Path, screen: &Screen) -> Result<()> {
    let wrong = |why: String| Misuse(format!("{}: {why}", path.display()));
    let text = std::fs::read_to_string(path).with_context(|| wrong("cannot be read".into()))?;
    let declared: Map<String, Value> =
        serde_json::from_str(&text).with_context(|| wrong("is not a JSON object of tables".into()))?;
    for (table, columns) in declared {
        let columns = columns.as_object().with_context(|| wrong(format!("'{table}' is not an object of columns")))?;
        let typed = columns.iter().map(|(column, kind)| {
            let named = kind.as_str().unwrap_or_default();
            let kind = Type::from_name(&named.to_ascii_lowercase()).unwrap_or_else(|| {
                screen.warn(&format!(
                    "{}: {table}.{column} has the unknown type '{named}'; taken as string",
                    path.display()
                ));
                Type::String
            });
            (column.clone(), kind)
        });
        let typed: Vec<(String, Type)> = typed.collect();
        tables.declare(table, typed);
    }
    Ok(())
}
