//! Origins: the columns that values of a query are made from, and what is known without a row.

use functions::ticks;
use syntax::kql::texts::texts;
use syntax::kql::tree::{Arithmetic, Expr, ExprKind, LetValue, Literal, Pipeline, Source, Step};

use super::{From, MAX_DEPTH, Reader};
use crate::witness::form::WITHIN;

/// What a group of a pattern takes out of a column.
pub(super) struct Extracted {
    pub column: String,
    pub pattern: String,
    pub group: usize,
    /// It is read as base64.
    pub is_encoded: bool,
}

/// A condition, and the value where it is the first that holds.
pub(super) type Branch<'q> = (Option<&'q Expr>, &'q Expr);

/// Ticks beyond this are a time, not a span: about the year 300.
const OF_TIMES: f64 = 1e17;

impl<'q> Reader<'q> {
    /// A number, or a time or a span in ticks, that no row and no clock decides: also by the name of a let.
    pub(super) fn constant(&self, value: &'q Expr, depth: usize) -> Option<f64> {
        if depth > MAX_DEPTH {
            return None;
        }
        let of = |value: &'q Expr| self.constant(value, depth + 1);
        match &value.kind {
            ExprKind::Name(name) => of(self.let_value(name)?),
            ExprKind::Literal(Literal::Long(number)) => Some(*number as f64),
            ExprKind::Literal(Literal::Real(number)) => Some(*number),
            ExprKind::Literal(Literal::Timespan(ticks)) => Some(*ticks as f64),
            ExprKind::Literal(Literal::Typed { word, raw }) => match word.as_str() {
                "datetime" | "date" => ticks::parse(raw).map(|ticks| ticks as f64),
                _ => raw.parse().ok(),
            },
            ExprKind::Negate(inner) => of(inner).map(|number| -number),
            ExprKind::Arithmetic { first, rest } => rest.iter().try_fold(of(first)?, |sum, (operator, next)| {
                let next = of(next)?;
                match operator {
                    Arithmetic::Add => Some(sum + next),
                    Arithmetic::Subtract => Some(sum - next),
                    _ => None,
                }
            }),
            _ => None,
        }
    }

    /// The ends of a range; from a time on, the end may be a span.
    pub(super) fn range(&self, low: &'q Expr, high: &'q Expr) -> Option<(f64, f64)> {
        let (low, high) = (self.constant(low, 0)?, self.constant(high, 0)?);
        Some(if low > OF_TIMES && high < OF_TIMES { (low, low + high) } else { (low, high) })
    }

    /// The value that a let gives a name.
    fn let_value(&self, name: &str) -> Option<&'q Expr> {
        match self.query.lets.iter().rfind(|one| one.name.text == name).map(|one| &one.value) {
            Some(LetValue::Value(Pipeline { source: Source::Expr(value), operators, .. })) if operators.is_empty() => {
                Some(value)
            }
            _ => None,
        }
    }

    /// The texts of a list, also of one that stands in a table of the query's own.
    pub(super) fn listed(&self, list: &'q [Expr]) -> Vec<&'q str> {
        let texts = texts(list, self.query);
        if !texts.is_empty() {
            return texts;
        }
        list.iter().flat_map(|one| self.of_rows(one, 0)).collect()
    }

    fn of_rows(&self, expr: &'q Expr, depth: usize) -> Vec<&'q str> {
        if depth > MAX_DEPTH {
            return Vec::new();
        }
        let of_pipeline = |pipeline: &'q Pipeline| match &pipeline.source {
            Source::Datatable { values, .. } => texts(values, self.query),
            Source::Expr(expr) => self.of_rows(expr, depth + 1),
            _ => Vec::new(),
        };
        match &expr.kind {
            ExprKind::Pipeline(pipeline) => of_pipeline(pipeline),
            ExprKind::Call { name, args } if matches!(name.text.as_str(), "materialize" | "toscalar") => {
                args.first().map(|arg| self.of_rows(&arg.value, depth + 1)).unwrap_or_default()
            }
            ExprKind::Name(name) => {
                match self.query.lets.iter().rfind(|one| one.name.text == *name).map(|one| &one.value) {
                    Some(LetValue::Value(pipeline)) => of_pipeline(pipeline),
                    _ => Vec::new(),
                }
            }
            _ => Vec::new(),
        }
    }

    /// The conditions and values of a `case` or an `iff`; the last has none.
    pub(super) fn branches(&self, value: &'q Expr, depth: usize) -> Option<Vec<Branch<'q>>> {
        if depth > MAX_DEPTH {
            return None;
        }
        match &value.kind {
            ExprKind::Name(name) => match self.made.get(name.as_str()) {
                Some(From::Value(value)) => self.branches(value, depth + 1),
                _ => None,
            },
            ExprKind::Call { name, args } if matches!(name.text.as_str(), "case" | "iff" | "iif") => {
                let (last, pairs) = args.split_last()?;
                let pairs = pairs.chunks_exact(2).filter_map(|pair| match pair {
                    [condition, value] => Some((Some(&condition.value), &value.value)),
                    _ => None,
                });
                Some(pairs.chain([(None, &last.value)]).collect())
            }
            _ => None,
        }
    }

    /// What is taken out of a column by a pattern.
    pub(super) fn extracted(&self, value: &'q Expr, depth: usize) -> Option<Extracted> {
        if depth > MAX_DEPTH {
            return None;
        }
        match &value.kind {
            ExprKind::Name(name) => match self.made.get(name.as_str()) {
                Some(From::Value(value)) => self.extracted(value, depth + 1),
                Some(From::Parsed { text, pattern, group }) => {
                    let column = self.column(text, depth + 1)?;
                    Some(Extracted { column, pattern: pattern.clone(), group: *group, is_encoded: false })
                }
                _ => None,
            },
            ExprKind::Call { name, args } => {
                let arg = |place: usize| args.get(place).map(|arg| &arg.value);
                match name.text.as_str() {
                    "extract" => {
                        let pattern = texts(std::slice::from_ref(arg(0)?), self.query);
                        let group = self.constant(arg(1)?, depth + 1)? as usize;
                        let column = self.column(arg(2)?, depth + 1)?;
                        Some(Extracted { column, pattern: (*pattern.first()?).to_owned(), group, is_encoded: false })
                    }
                    "base64_decode_tostring" | "base64_decodestring" => {
                        let encoded = self.extracted(arg(0)?, depth + 1).filter(|one| !one.is_encoded)?;
                        Some(Extracted { is_encoded: true, ..encoded })
                    }
                    "tolower" | "toupper" | "tostring" | "toint" | "tolong" | "replace_string" => {
                        self.extracted(arg(0)?, depth + 1)
                    }
                    _ => None,
                }
            }
            ExprKind::Access { base, steps } => {
                let (function, of) = self.parsed(base, depth + 1)?;
                let part = match steps.as_slice() {
                    [Step::Member(name)] => name.text.clone(),
                    [Step::Index(Expr { kind: ExprKind::Literal(Literal::Text(text)), .. })] => text.clone(),
                    [Step::Index(Expr { kind: ExprKind::Literal(Literal::Long(index)), .. })] => index.to_string(),
                    _ => return None,
                };
                let known = PARTS.iter().find(|(name, known, _)| *name == function && *known == part);
                known.map(|(_, _, pattern)| Extracted {
                    column: of,
                    pattern: (*pattern).to_owned(),
                    group: 1,
                    is_encoded: false,
                })
            }
            _ => None,
        }
    }

    /// A call that takes a column apart, and the column.
    fn parsed(&self, value: &'q Expr, depth: usize) -> Option<(&'q str, String)> {
        if depth > MAX_DEPTH {
            return None;
        }
        match &value.kind {
            ExprKind::Name(name) => match self.made.get(name.as_str()) {
                Some(From::Value(value)) => self.parsed(value, depth + 1),
                _ => None,
            },
            ExprKind::Call { name, args } if PARTS.iter().any(|(known, ..)| *known == name.text) => {
                Some((&name.text, self.column(&args.first()?.value, depth + 1)?))
            }
            _ => None,
        }
    }

    /// The column of the table that a value is, but for its case and its spaces.
    pub(super) fn column(&self, value: &'q Expr, depth: usize) -> Option<String> {
        if depth > MAX_DEPTH {
            return None;
        }
        match &value.kind {
            ExprKind::Name(name) => match self.made.get(name.as_str()) {
                Some(From::Value(value)) => self.column(value, depth + 1),
                Some(_) => None,
                None => Some(name.clone()),
            },
            ExprKind::Call { name, args } => {
                let arg = |place: usize| args.get(place).and_then(|arg| self.column(&arg.value, depth + 1));
                match name.text.as_str() {
                    "tolower" | "toupper" | "tostring" | "parse_json" | "todynamic" | "toint" | "tolong"
                    | "todouble" | "toreal" | "coalesce" | "url_decode" | "parse_command_line" => arg(0),
                    "trim" | "trim_start" | "trim_end" => arg(1),
                    _ => None,
                }
            }
            ExprKind::Access { base, steps } => {
                let mut path = self.column(base, depth + 1)?;
                for step in steps {
                    let member = match step {
                        Step::Member(name) => name.text.as_str(),
                        Step::Index(Expr { kind: ExprKind::Literal(Literal::Text(text)), .. }) => text.as_str(),
                        Step::Index(Expr { kind: ExprKind::Literal(Literal::Long(index)), .. }) => {
                            path.push_str(&format!("{WITHIN}[{index}]"));
                            continue;
                        }
                        _ => return None,
                    };
                    path.push_str(WITHIN);
                    path.push_str(member);
                }
                Some(path)
            }
            _ => None,
        }
    }
}

/// Parts that functions take out of a text, as patterns that hold them in their first group.
const PARTS: [(&str, &str, &str); 6] = [
    ("parse_url", "Host", r"^[a-z]+://([^/:?#]*)"),
    ("parse_url", "Scheme", r"^([a-z]+)://"),
    ("parse_url", "Path", r"^[a-z]+://host(/[^?#]*)"),
    ("parse_path", "Extension", r"^C:\\name\.([^.\\]*)$"),
    ("parse_path", "Filename", r"^C:\\([^\\]*)$"),
    ("parse_path", "DirectoryPath", r"^(.*)\\name\.exe$"),
];
