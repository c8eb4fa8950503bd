//! `--batch`: many queries, each on its own, answered in order.

use std::io::{self, BufRead, BufReader, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use anyhow::{Context, Result};
use engine::{EvidenceTables, Session};
use hunt::language;
use plan::binding::Rows;
use serde_json::{Value, json};
use syntax::{Diagnostic, Source as Text, Span};

use super::account::{Answer, Question};
use super::{Clock, account, columns, of_arg, options};
use crate::args::{LanguageArg, QueryArgs};
use crate::exit::{Misuse, Outcome};
use crate::screen;

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
    let mut out = screen::data_output();
    let mut outcome = Outcome::default();
    let mut line = Vec::new();
    while let Some(length) = next(&mut lines, &mut line)? {
        let answer = match length {
            Length::Short if line.trim_ascii().is_empty() => continue,
            Length::Short => answer(args, &line, tables, clock, session),
            Length::TooLong => failure(Value::Null, "BATCH", "the line is longer than 16 MiB", (1, 1)),
        };
        outcome.failed |= answer.get("error").is_some();
        writeln!(out, "{answer}")?;
    }
    out.flush()?;
    Ok(outcome)
}

enum Length {
    Short,
    TooLong,
}

/// The next line; of one that is too long only the beginning, and the rest is passed over.
fn next(lines: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<Length>> {
    line.clear();
    if io::Read::take(&mut *lines, LINE).read_until(b'\n', line)? == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') || lines.fill_buf()?.is_empty() {
        return Ok(Some(Length::Short));
    }
    lines.skip_until(b'\n')?;
    Ok(Some(Length::TooLong))
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
        Ok(Ok(Answered { columns, rows, warnings })) if warnings.is_empty() => {
            json!({"id": id, "columns": columns, "rows": rows})
        }
        Ok(Ok(Answered { columns, rows, warnings })) => {
            json!({"id": id, "columns": columns, "rows": rows, "warnings": warnings})
        }
        Ok(Err(Failure::Text(diagnostic))) => {
            failure(id, diagnostic.code, &diagnostic.message, text.position(diagnostic.span.start))
        }
        Ok(Err(Failure::Shape(message))) => failure(id, "BATCH", &message, (1, 1)),
        Ok(Err(Failure::Engine(message))) => failure(id, "ENGINE", &message, (1, 1)),
        Err(_) => failure(id, "INTERNAL", "the engine failed on this query", (1, 1)),
    }
}

enum Failure {
    Text(Box<Diagnostic>),
    /// The text is not one query.
    Shape(String),
    Engine(String),
}

struct Answered {
    columns: Vec<Value>,
    rows: Value,
    warnings: Vec<Value>,
}

fn one(
    args: &QueryArgs,
    text: &Text,
    tables: &EvidenceTables,
    clock: &Clock<'_>,
    session: &Session,
) -> Result<Answered, Failure> {
    let language = of_arg(args.language.unwrap_or(LanguageArg::Kql));
    let now = || clock.now();
    let rows: Rows<'_> = &|plan| session.collect(plan);
    let options = options(&now, rows, args.window, &args.names);
    let bound = super::one(language::bind(language, text, tables, &options)).map_err(Failure::Shape)?;
    let Some(output) = bound.output else {
        let error = bound.diagnostics.into_iter().find(Diagnostic::is_error);
        return Err(error
            .map_or(Failure::Engine("the query could not be bound".into()), |error| Failure::Text(Box::new(error))));
    };
    let batches = session.collect(&output.plan).map_err(|error| {
        let why = super::overrun(session, tables, language, text, &options, &error);
        why.map_or_else(|| Failure::Engine(error.to_string()), |why| Failure::Text(Box::new(why)))
    })?;
    let rows: usize = batches.iter().map(|batch| batch.num_rows()).sum();
    let question = Question { language, text, is_bounded: args.reading.is_bounded() };
    let only = batches.iter().find(|batch| batch.num_rows() > 0).filter(|_| rows == 1);
    let answer = Answer { rows: rows as u64, only };
    let account = account::account(session, tables, &question, &output, &answer)
        .map_err(|error| Failure::Engine(format!("{error:#}")))?;
    let of_text = bound.diagnostics.iter().chain(&account.unseen);
    let warnings = of_text.map(|found| warning(text, found.code, &found.message, found.span));
    let remarks = account.remarks.iter().map(|remark| warning(text, remark.code, &remark.message, remark.span));
    let columns = columns(&output);
    let described = columns.iter().map(|column| json!({"name": column.name, "type": column.kind.name()}));
    Ok(Answered {
        columns: described.collect(),
        rows: render::rows(&columns, &batches),
        warnings: warnings.chain(remarks).collect(),
    })
}

fn warning(text: &Text, code: &str, message: &str, span: Span) -> Value {
    let (line, column) = text.position(span.start);
    json!({"code": code, "message": message, "line": line, "column": column})
}

fn failure(id: Value, code: &str, message: &str, (line, column): (usize, usize)) -> Value {
    json!({"id": id, "error": {"code": code, "message": message, "line": line, "column": column}})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_is_one_line() {
        let mut text = vec![b'a'; (LINE * 2 + 7) as usize];
        text.extend_from_slice(b"\nb\n\nlast");
        let mut lines = text.as_slice();
        let mut line = Vec::new();
        assert!(matches!(next(&mut lines, &mut line), Ok(Some(Length::TooLong))));
        for expected in ["b\n", "\n", "last"] {
            assert!(matches!(next(&mut lines, &mut line), Ok(Some(Length::Short))));
            assert_eq!(line, expected.as_bytes());
        }
        assert!(matches!(next(&mut lines, &mut line), Ok(None)));
    }
}
