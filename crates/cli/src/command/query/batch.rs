//! `--batch`: many queries, each on its own, answered in order.

use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use anyhow::{Context, Result};
use engine::{EvidenceTables, Session};
use hunt::language;
use serde_json::{Value, json};
use syntax::{Diagnostic, Source as Text};

use super::{Clock, columns, of_arg, options};
use crate::args::{LanguageArg, QueryArgs};
use crate::exit::{Misuse, Outcome};

/// A longer line is no query.
const LINE: u64 = 16 << 20;

pub fn run(
    args: &QueryArgs,
    path: &Path,
    tables: &EvidenceTables,
    clock: &Clock<'_>,
    session: &Session,
) -> Result<Outcome> {
    let file = std::fs::File::open(path).with_context(|| Misuse(format!("{} cannot be read", path.display())))?;
    let mut lines = BufReader::new(file);
    let mut out = BufWriter::new(io::stdout().lock());
    let mut outcome = Outcome::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = io::Read::take(&mut lines, LINE).read_until(b'\n', &mut line)?;
        if read == 0 {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let answer = answer(args, &line, tables, clock, session);
        outcome.failed |= answer.get("error").is_some();
        writeln!(out, "{answer}")?;
    }
    out.flush()?;
    Ok(outcome)
}

fn answer(args: &QueryArgs, line: &[u8], tables: &EvidenceTables, clock: &Clock<'_>, session: &Session) -> Value {
    let asked: Value = match serde_json::from_slice(line) {
        Ok(asked) => asked,
        Err(error) => return failure(Value::Null, "BATCH", &format!("the line is not JSON: {error}"), (1, 1)),
    };
    let id = asked.get("id").cloned().unwrap_or(Value::Null);
    let Some(query) = asked.get("query").and_then(Value::as_str) else {
        return failure(id, "BATCH", "the line has no \"query\"", (1, 1));
    };
    let text = Text::new("query", query);
    // One query must not take the others down with it, whatever it makes the engine do.
    let ran = catch_unwind(AssertUnwindSafe(|| one(args, &text, tables, clock, session)));
    match ran {
        Ok(Ok((columns, rows))) => json!({"id": id, "columns": columns, "rows": rows}),
        Ok(Err(Failure::Text(diagnostic))) => {
            failure(id, diagnostic.code, &diagnostic.message, text.position(diagnostic.span.start))
        }
        Ok(Err(Failure::Engine(message))) => failure(id, "ENGINE", &message, (1, 1)),
        Err(_) => failure(id, "INTERNAL", "the engine failed on this query", (1, 1)),
    }
}

enum Failure {
    Text(Diagnostic),
    Engine(String),
}

type Answered = (Vec<Value>, Value);

fn one(
    args: &QueryArgs,
    text: &Text,
    tables: &EvidenceTables,
    clock: &Clock<'_>,
    session: &Session,
) -> Result<Answered, Failure> {
    let language = of_arg(args.language.unwrap_or(LanguageArg::Kql));
    let now = || clock.now();
    let options = options(&now, args.window, &args.names);
    let Some(bound) = language::bind(language, text, tables, &options).into_iter().next() else {
        return Err(Failure::Engine("the text holds no query".into()));
    };
    let Some(output) = bound.output else {
        let error = bound.diagnostics.into_iter().find(Diagnostic::is_error);
        return Err(error.map_or(Failure::Engine("the query could not be bound".into()), Failure::Text));
    };
    let batches = session.collect(&output.plan).map_err(|error| Failure::Engine(error.to_string()))?;
    let columns = columns(&output);
    let described = columns.iter().map(|column| json!({"name": column.name, "type": column.kind.name()}));
    Ok((described.collect(), render::rows(&columns, &batches)))
}

fn failure(id: Value, code: &str, message: &str, (line, column): (usize, usize)) -> Value {
    json!({"id": id, "error": {"code": code, "message": message, "line": line, "column": column}})
}
