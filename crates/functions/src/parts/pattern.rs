//! Patterns of `parse`: texts that must be there, and what stands between them.

use arrow::array::ArrayRef;
use datafusion_common::{Result, exec_datafusion_err};
use datafusion_expr::{Expr, lit};
use regex::Regex;

use super::{listed, lists, literal};
use crate::kernel::Args;
use crate::types::Type;
use crate::{cast, regular, ticks};

/// How a pattern is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Texts stand for themselves; all columns must hold what their types say.
    Simple,
    /// Texts are regular expressions.
    Regex,
    /// As simple, but a column that does not hold what its type says is null alone.
    Relaxed,
}

/// A part of a pattern.
#[derive(Debug, Clone, Copy)]
pub enum Part<'p> {
    Skip,
    Text(&'p str),
    Column(Type),
}

/// The regular expression that a pattern stands for. `flags` are those of a regular expression.
pub fn regex(parts: &[Part<'_>], mode: Mode, flags: &str) -> String {
    let mut out = String::from("^");
    match mode {
        Mode::Regex if flags.is_empty() => {}
        Mode::Regex => out = format!("(?{flags})^"),
        Mode::Simple | Mode::Relaxed => out = "(?s)^".into(),
    }
    let mut columns = 0;
    for part in parts {
        match part {
            Part::Skip => out.push_str(".*?"),
            Part::Text(text) if mode == Mode::Regex => out.push_str(&format!("(?:{text})")),
            Part::Text(text) => out.push_str(&regex::escape(text)),
            Part::Column(kind) => {
                let any = match (mode, kind) {
                    (Mode::Simple | Mode::Regex, Type::Int | Type::Long) => r"\s*[-+]?\d+",
                    (Mode::Simple | Mode::Regex, Type::Real | Type::Decimal) => {
                        r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
                    }
                    (Mode::Regex, _) => ".*",
                    (Mode::Simple | Mode::Relaxed, _) => ".*?",
                };
                out.push_str(&format!("(?P<{}{columns}>{any})", GROUP));
                columns += 1;
            }
        }
    }
    let is_open = mode == Mode::Regex && !matches!(parts.last(), Some(Part::Column(_)));
    if !is_open {
        out.push('$');
    }
    out
}

/// Beside groups that the pattern's own texts may name.
const GROUP: &str = "trapline_part_";

/// The texts of the columns, null where the pattern does not match.
pub fn parts(text: Expr, pattern: &str, columns: &[Type], mode: Mode) -> Expr {
    let checked = if mode == Mode::Relaxed { Vec::new() } else { columns.to_vec() };
    let checked: Vec<&str> = checked.iter().map(|kind| kind.name()).collect();
    listed("parse", kernel, vec![text, lit(pattern), lit(columns.len() as i64), lit(checked.join(","))])
}

fn kernel(args: &Args<'_>) -> Result<ArrayRef> {
    use arrow::array::AsArray;
    use arrow::datatypes::Int64Type;
    let pattern = regular::compile(literal(args, 1)?, true).map_err(|error| exec_datafusion_err!("{error}"))?;
    let count = usize::try_from(args.array(2).as_primitive::<Int64Type>().value(0)).unwrap_or(0);
    let kinds: Vec<Type> = literal(args, 3)?.split(',').filter_map(Type::from_name).collect();
    let groups: Vec<Option<usize>> = (0..count).map(|number| group(&pattern, number)).collect();
    lists(args, |text| {
        let found = pattern.captures(text)?;
        let part = |group: &Option<usize>| Some(found.get((*group)?)?.as_str().to_owned());
        let parts: Vec<Option<String>> = groups.iter().map(part).collect();
        let holds = |(part, kind): (&Option<String>, &Type)| part.as_deref().is_some_and(|text| reads_as(text, *kind));
        parts.iter().zip(&kinds).all(holds).then_some(parts)
    })
}

fn group(pattern: &Regex, number: usize) -> Option<usize> {
    let wanted = format!("{GROUP}{number}");
    pattern.capture_names().position(|name| name == Some(wanted.as_str()))
}

fn reads_as(text: &str, kind: Type) -> bool {
    match kind {
        Type::String | Type::Dynamic => true,
        Type::Int | Type::Long => cast::long_of(text.trim()).is_some(),
        Type::Real | Type::Decimal => cast::real_of(text.trim()).is_some(),
        Type::Bool => cast::bool_of(text).is_some(),
        Type::Datetime => ticks::parse_spelt(text).is_some(),
        Type::Timespan => ticks::parse_timespan(text).is_some(),
        Type::Guid => cast::guid_of(text).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_regular_expression() {
        let parts =
            [Part::Skip, Part::Text("a.b="), Part::Column(Type::Long), Part::Text("|"), Part::Column(Type::String)];
        let simple = Regex::new(&regex(&parts, Mode::Simple, "")).unwrap();
        let found = simple.captures("x a.b=-5|rest\n|").unwrap();
        assert_eq!((&found[1], &found[2]), ("-5", "rest\n|"));
        assert!(!simple.is_match("x aXb=-5|rest"));
        let greedy = Regex::new(&regex(&[Part::Column(Type::String), Part::Text(r"\d+")], Mode::Regex, "")).unwrap();
        assert_eq!(&greedy.captures("abc123def").unwrap()[1], "abc12");
        let lazy = Regex::new(&regex(&[Part::Column(Type::String), Part::Text(r"X")], Mode::Regex, "Ui")).unwrap();
        assert_eq!(&lazy.captures("abxcx").unwrap()[1], "ab");
    }

    #[test]
    fn kinds_are_told_by_what_converts() {
        assert!(reads_as(" -5", Type::Long) && reads_as("02/17/2016 08:40:01", Type::Datetime));
        assert!(!reads_as("x", Type::Long) && !reads_as("x", Type::Datetime));
    }
}
