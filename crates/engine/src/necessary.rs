//! What is necessary for a chain to let a row pass: values of which one has to stand in a column of its table. A sweep looks for
//! those of all its chains at once, and asks a chain about the rows alone that have one of its own.

use std::collections::HashMap;

use datafusion_common::ScalarValue;
use datafusion_expr::expr::InList;
use datafusion_expr::{BinaryExpr, Expr, Operator};
use functions::predicate::{Match, Shape, commonness};

use crate::rowwise::{Leg, Step};

/// How tables of logs name the ids and the providers of their events.
const ID: &str = "EventID";
const PROVIDER: &str = "Provider_Name";

/// One of the values of which a row must have one.
#[derive(Debug, Clone, PartialEq)]
pub enum Necessary {
    /// A text that stands in the column, as [`functions::predicate::push_looked`] makes it.
    Text {
        column: String,
        text: String,
    },
    Number {
        column: String,
        number: i64,
    },
}

/// Values of which a row must have one, and roughly how much of all rows has.
#[derive(Debug)]
pub struct Sure {
    pub values: Vec<Necessary>,
    share: f64,
}

/// The values of which a row must have one to pass the chain, the rarest that are known; `None` where any row may pass.
pub fn of_leg<'p>(leg: &'p Leg<'p>) -> Option<Sure> {
    let mut columns = Columns::Table;
    let mut best: Option<Sure> = None;
    for step in &leg.steps {
        if let Step::Filter { predicate, .. } = step {
            best = rarer(best, of(predicate, &columns));
        }
        columns = columns.after(step);
    }
    best
}

/// The table's columns that names stand for.
pub(crate) enum Columns<'p> {
    /// As the table names them.
    Table,
    Named(HashMap<&'p str, &'p str>),
}

impl<'p> Columns<'p> {
    pub(crate) fn of(&self, name: &'p str) -> Option<&'p str> {
        match self {
            Columns::Table => Some(name),
            Columns::Named(names) => names.get(name).copied(),
        }
    }

    /// What the names stand for behind a step.
    pub(crate) fn after(self, step: &Step<'p>) -> Self {
        match step {
            Step::Filter { .. } => self,
            Step::Project { exprs, .. } => {
                let passed = exprs.iter().filter_map(|(name, expr)| Some((*name, self.of(passed_on(expr)?)?)));
                Columns::Named(passed.collect())
            }
            Step::Rename { names, input } => {
                let pairs = input.fields().iter().zip(names);
                let passed = pairs.filter_map(|(old, new)| Some((*new, self.of(old.name())?)));
                Columns::Named(passed.collect())
            }
        }
    }
}

/// The column that an expression is nothing but.
pub(crate) fn passed_on(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Alias(alias) => passed_on(&alias.expr),
        Expr::Column(column) => Some(&column.name),
        _ => None,
    }
}

fn of<'p>(expr: &'p Expr, columns: &Columns<'p>) -> Option<Sure> {
    match expr {
        Expr::BinaryExpr(BinaryExpr { op: Operator::And, .. }) => {
            // Reading a regular expression costs more than all else here.
            let (patterns, plain): (Vec<&Expr>, Vec<&Expr>) =
                operands(expr, Operator::And).into_iter().partition(|part| is_pattern(part));
            let best = plain.into_iter().fold(None, |best, part| rarer(best, of(part, columns)));
            match best {
                Some(best) if best.share < RARE => Some(best),
                best => patterns.into_iter().fold(best, |best, part| rarer(best, of(part, columns))),
            }
        }
        Expr::BinaryExpr(BinaryExpr { op: Operator::Or, .. }) => {
            let mut all = Sure { values: Vec::new(), share: 0.0 };
            for part in operands(expr, Operator::Or) {
                let mut one = of(part, columns)?;
                all.values.append(&mut one.values);
                all.share += one.share;
            }
            Some(all)
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => match (passed_on(left), passed_on(right)) {
            (Some(column), None) => equal(columns.of(column)?, right).map(|one| Sure::of(vec![one])),
            (None, Some(column)) => equal(columns.of(column)?, left).map(|one| Sure::of(vec![one])),
            _ => None,
        },
        Expr::InList(InList { expr, list, negated: false }) => {
            let column = columns.of(passed_on(expr)?)?;
            list.iter().map(|value| equal(column, value)).collect::<Option<_>>().map(Sure::of)
        }
        Expr::Alias(alias) => of(&alias.expr, columns),
        Expr::IsTrue(inner) => of(inner, columns),
        expr => {
            let (predicate, text, needles) = Match::of(expr)?;
            let column = columns.of(passed_on(text)?)?;
            let needles: Vec<&str> = needles.iter().map(literal).collect::<Option<_>>()?;
            let texts = predicate.required(&needles)?;
            let text = |text| Necessary::Text { column: column.to_owned(), text };
            Some(Sure::of(texts.into_iter().map(text).collect()))
        }
    }
}

/// What leaves out nearly all rows is good enough.
const RARE: f64 = 0.02;

fn is_pattern(expr: &Expr) -> bool {
    Match::of(expr).is_some_and(|(predicate, ..)| predicate.shape == Shape::Regex)
}

/// The operands of a chain of one operator: it may be thousands long.
pub(crate) fn operands(expr: &Expr, wanted: Operator) -> Vec<&Expr> {
    let (mut found, mut open) = (Vec::new(), vec![expr]);
    while let Some(expr) = open.pop() {
        match expr {
            Expr::BinaryExpr(BinaryExpr { left, op, right }) if *op == wanted => open.extend([&**right, &**left]),
            other => found.push(other),
        }
    }
    found
}

pub(crate) fn literal(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Literal(ScalarValue::Utf8(Some(text)), _) => Some(text),
        _ => None,
    }
}

fn equal(column: &str, value: &Expr) -> Option<Necessary> {
    let column = column.to_owned();
    match value {
        Expr::Literal(ScalarValue::Int64(Some(number)), _) => Some(Necessary::Number { column, number: *number }),
        Expr::Literal(ScalarValue::Int32(Some(number)), _) => {
            Some(Necessary::Number { column, number: (*number).into() })
        }
        value => {
            let equals = Match::kql(Shape::Equals).case_sensitive(true);
            let text = equals.required(&[literal(value)?])?.pop()?;
            Some(Necessary::Text { column, text })
        }
    }
}

/// The one of two ways of being sure that leaves more rows out.
fn rarer(one: Option<Sure>, other: Option<Sure>) -> Option<Sure> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if other.share < one.share { other } else { one }),
        (one, other) => one.or(other),
    }
}

impl Sure {
    fn of(values: Vec<Necessary>) -> Self {
        /// Most numbers are codes of results.
        const OF_NUMBER: f64 = 0.05;
        /// A kind of events may be most of a log.
        const OF_ID: f64 = 0.3;
        /// One provider writes most of a log.
        const OF_PROVIDER: f64 = 0.5;
        let each = |one: &Necessary| match one {
            Necessary::Text { column, .. } if column == PROVIDER => OF_PROVIDER,
            Necessary::Text { text, .. } => commonness(std::slice::from_ref(text)),
            Necessary::Number { column, .. } if column == ID => OF_ID,
            Necessary::Number { .. } => OF_NUMBER,
        };
        Sure { share: values.iter().map(each).sum(), values }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::rowwise;
    use crate::trial::{Folder, planned, rows, swept, sysmon};

    fn necessary(kql: &str) -> Option<Vec<String>> {
        let folder = Folder::new().with("a.json", &sysmon("pc", 1, 0, r"C:\\b.exe", ""));
        let plan = planned(&Arc::new(folder.source()), kql);
        let legs = rowwise::legs(&plan).unwrap();
        let told = |one: Necessary| match one {
            Necessary::Text { column, text } => format!("{column} {text}"),
            Necessary::Number { column, number } => format!("{column} {number}"),
        };
        Some(of_leg(&legs[0])?.values.into_iter().map(told).collect())
    }

    #[test]
    fn the_rarest_of_what_all_rows_must_have_is_looked_for() {
        let of = |condition: &str| necessary(&format!("DeviceProcessEvents | where {condition}"));
        assert_eq!(
            of("FileName =~ 'CMD.exe' and ProcessCommandLine has 'mimikatz'").unwrap(),
            ["ProcessCommandLine mimikatz"]
        );
        assert_eq!(of("FileName in~ ('a.EXE', 'b.exe')").unwrap(), ["FileName a.exe", "FileName b.exe"]);
        assert_eq!(of("FileName == 'x1' or ProcessId == 7").unwrap(), ["FileName x1", "ProcessId 7"]);
        assert_eq!(of("FileName != 'x1'"), None);
        assert_eq!(of("FileName == 'x1' or isempty(SHA1)"), None);
        assert_eq!(of("strcat(FileName, SHA1) == 'x1'"), None);
        assert_eq!(
            of("ProcessCommandLine matches regex 'a[0-9]+mimikatz' and FileName != 'a'").unwrap(),
            ["ProcessCommandLine mimikatz"]
        );
    }

    #[test]
    fn computed_columns_are_no_columns_of_the_table() {
        let of = |steps: &str| necessary(&format!("DeviceProcessEvents | {steps}"));
        assert_eq!(of("extend FileName = strcat(FileName, 'x') | where FileName == 'x1'"), None);
        assert_eq!(of("project Name = FileName | where Name == 'x1'").unwrap(), ["FileName x1"]);
        assert_eq!(of("project FileName = SHA1, SHA1 = FileName | where FileName == 'x1'").unwrap(), ["SHA1 x1"]);
    }

    /// What a sweep finds by candidates, and the engine without them.
    #[test]
    fn nothing_is_missed_for_want_of_a_candidate() {
        let names = ["cmd.exe", "CMD.EXE", "\u{212a}md.exe", "ſvc.exe", "mimi", "x", "", "Ünter.exe", "a b"];
        let log: String = (0..400)
            .map(|n| {
                sysmon(
                    "pc",
                    n + 1,
                    0,
                    &format!(r"C:\\{}", names[n as usize % names.len()]),
                    &format!(r#","CommandLine":"{}""#, names[n as usize / 9 % names.len()]),
                )
            })
            .collect();
        let folder = Folder::new().with("a.json", &log);
        for condition in [
            "FileName =~ 'CMD.exe'",
            "FileName == 'cmd.exe' and ProcessCommandLine has 'b'",
            "FileName in~ ('MIMI', 'ünter.exe')",
            "ProcessCommandLine matches regex '(?i)[k]md[.]exe$'",
            "ProcessCommandLine matches regex '(?i)svc'",
            "ProcessCommandLine has_any ('a', 'mimi') or FileName startswith 'X'",
            "ProcessCommandLine contains 'MD.E' and not(FileName =~ 'x')",
            "ProcessCommandLine == ''",
            "FolderPath endswith 'X' or ProcessId > 3",
            "not(FileName endswith '.EXE') and ProcessId != 5",
            "not(FileName =~ 'cmd.exe' or ProcessCommandLine has 'b')",
            "isempty(ProcessCommandLine) and not(FileName in~ ('x', 'mimi'))",
            "isnotempty(SHA1) or not(ProcessCommandLine matches regex '(?i)^m.*[a-z]$')",
            "ProcessCommandLine !contains 'm' and (FileName =~ 'X' or ProcessId == 7 or SHA1 == '')",
            "FileName has_all ('a', 'b') or not(ProcessId in (1, 2, 3) or FileName startswith 'ü')",
            "extend FileName = tolower(FolderPath) | where FileName endswith 'cmd.exe' and not(FolderPath contains 'K')",
        ] {
            let source = Arc::new(folder.source());
            let query = format!(
                "DeviceProcessEvents | {}{condition} | project FolderPath, ProcessCommandLine, ProcessId",
                if condition.starts_with("extend") { "" } else { "where " }
            );
            let mut expected = rows(&source, &query).unwrap();
            expected.sort();
            let found: Vec<String> =
                swept(&source, &query).unwrap().iter().map(|row| row.rsplit_once(',').unwrap().0.to_owned()).collect();
            assert_eq!(found, expected, "{condition}");
        }
    }
}
