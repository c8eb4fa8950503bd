//! Queries made from KQL's grammar, in any number, the same for the same seed: what the language service and the binder are
//! compared with, and what the fuzzer begins with.

mod call;
mod column;
mod group;
mod join;
mod operator;
mod pair;
mod rows;
mod statement;
mod value;
mod writer;

use std::io::{BufWriter, Write, stdout};

use anyhow::{Result, bail};
use serde_json::json;

pub use rows::TABLES;
use writer::Writer;

const USAGE: &str = "usage: cargo run -p xtask -- generate kql [--seed N] [--count M] [--first K]";

pub fn write(arguments: &[String]) -> Result<()> {
    let (seed, first, count) = request(arguments)?;
    let mut out = BufWriter::with_capacity(1 << 20, stdout().lock());
    for number in first..first + count {
        let Made { kind, text } = query(seed, number);
        writeln!(out, "{}", json!({"id": format!("{kind}#{number}"), "query": text}))?;
    }
    Ok(out.flush()?)
}

fn request(arguments: &[String]) -> Result<(u64, u64, u64)> {
    let (mut seed, mut first, mut count) = (1, 0, 1000);
    let mut words = arguments.iter();
    if words.next().map(String::as_str) != Some("kql") {
        bail!(USAGE);
    }
    while let Some(word) = words.next() {
        let place = match word.as_str() {
            "--seed" => &mut seed,
            "--first" => &mut first,
            "--count" => &mut count,
            _ => bail!(USAGE),
        };
        *place = words.next().and_then(|number| number.parse().ok()).ok_or_else(|| anyhow::anyhow!(USAGE))?;
    }
    Ok((seed, first, count))
}

/// A query, and what it was made to try.
pub struct Made {
    pub kind: String,
    pub text: String,
}

/// A query depends on nothing but its number.
pub fn query(seed: u64, number: u64) -> Made {
    let mut writer = Writer::new(seed, number);
    match writer.dice.between(0, 100) {
        0..25 => writer.function_query(),
        25..40 => writer.pair_query(),
        40..55 => writer.aggregate_query(),
        55..80 => writer.pipeline_query(),
        80..90 => writer.combined_query(),
        _ => writer.let_query(),
    }
}

#[cfg(test)]
mod tests {
    use super::query;

    #[test]
    fn the_same_number_is_the_same_query() {
        for number in 0..200 {
            assert_eq!(query(3, number).text, query(3, number).text);
            assert!(!query(3, number).kind.is_empty());
        }
    }

    #[test]
    fn every_query_is_read_without_an_error() {
        for number in 0..2000 {
            let made = query(5, number);
            let parsed = syntax::kql::parse(&syntax::Source::new("query", made.text.as_str()));
            let errors: Vec<_> = parsed.diagnostics.iter().filter(|found| found.is_error()).collect();
            assert!(errors.is_empty(), "{}: {}\n{errors:?}", made.kind, made.text);
        }
    }
}
