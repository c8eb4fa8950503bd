//! The names that columns get when a query gives none.

use std::collections::HashSet;

use syntax::kql::tree::{Expr, ExprKind, Literal, Step};

use crate::relation::Column;

/// The name that an expression carries: a column's own, a path's members, or what a conversion passes through.
pub(super) fn carried(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name.clone()),
        ExprKind::Access { base, steps } => {
            // What carries none leaves the name to the members.
            let mut name = carried(base).unwrap_or_default();
            for step in steps {
                if !name.is_empty() {
                    name.push('_');
                }
                match step {
                    Step::Member(member) => name.push_str(&member.text),
                    Step::Index(Expr { kind: ExprKind::Literal(Literal::Text(text)), .. }) => name.push_str(text),
                    Step::Index(Expr { kind: ExprKind::Literal(Literal::Long(index)), .. }) => {
                        name.push_str(&index.to_string());
                    }
                    Step::Index(_) => {}
                    Step::Call { .. } | Step::Wildcard(_) => return None,
                }
            }
            (!name.is_empty()).then_some(name)
        }
        ExprKind::Call { name, args }
            if passes(&name.text) || (args.len() == 1 && CONVERTING.contains(&name.text.as_str())) =>
        {
            let arg = args.first()?;
            // `toint(Total = …)` says the name within.
            arg.name.as_ref().map(|name| name.text.clone()).or_else(|| carried(&arg.value))
        }
        ExprKind::Call { name, args } => {
            if let Some((_, fixed)) = FIXED.iter().find(|(known, _)| *known == name.text) {
                return Some((*fixed).to_owned());
            }
            let (_, prefix) = PREFIXING.iter().find(|(known, _)| *known == name.text)?;
            Some(format!("{prefix}_{}", args.first().and_then(|arg| carried(&arg.value)).unwrap_or_default()))
        }
        _ => None,
    }
}

/// The column that `column_ifexists` finds: its value has that name.
pub(super) fn found(expr: &Expr, columns: &[Column]) -> Option<String> {
    let ExprKind::Call { name, args } = &expr.kind else { return None };
    if !matches!(name.text.as_str(), "column_ifexists" | "columnifexists") {
        return None;
    }
    match &args.first()?.value.kind {
        ExprKind::Literal(Literal::Text(wanted)) => {
            columns.iter().find(|column| column.name == *wanted).map(|column| column.name.clone())
        }
        _ => None,
    }
}

/// Whether a function's result keeps the name of its first argument.
pub(super) fn passes(function: &str) -> bool {
    PASSING.contains(&function)
}

/// Functions that convert, where they have one argument alone.
const CONVERTING: &[&str] = &["make_datetime", "make_timespan"];

/// Functions whose result has a name of its own.
const FIXED: &[(&str, &str)] = &[
    ("ingestion_time", "$IngestionTime"),
    ("hll_merge", "hll_merged_result"),
    ("merge_tdigest", "tdigests_merge_result"),
    ("tdigest_merge", "tdigests_merge_result"),
];

/// Functions whose result has a name of their own before that of their first argument.
const PREFIXING: &[(&str, &str)] = &[
    ("dcount_hll", "dcount_hll"),
    ("percentile_tdigest", "percentile_tdigest"),
    ("percentiles_array_tdigest", "percentile_tdigest"),
    ("strlen", "strlen"),
    ("string_size", "string_size"),
    ("repeat", "repeat"),
    ("gettype", "type"),
    ("treepath", "tree"),
];

/// Functions whose result keeps the name of their first argument.
const PASSING: &[&str] = &[
    "tostring",
    "toint",
    "tolong",
    "toreal",
    "todouble",
    "tobool",
    "toboolean",
    "todatetime",
    "totimespan",
    "todecimal",
    "toguid",
    "todynamic",
    "parse_json",
    "parsejson",
    "toobject",
    "bin",
    "floor",
    "bin_at",
    "round",
    "startofday",
    "split",
    "tohex",
    "totime",
    "parse_csv",
    "parse_xml",
    "format_datetime",
    "format_timespan",
    "format_bytes",
    "binary_and",
    "binary_or",
    "binary_xor",
    "binary_not",
    "binary_shift_left",
    "binary_shift_right",
    "bitset_count_ones",
    "ceiling",
    "pow",
    "sqrt",
    "log",
    "log2",
    "log10",
    "exp",
    "exp2",
    "exp10",
    "cos",
    "sin",
    "tan",
    "acos",
    "asin",
    "atan",
    "atan2",
    "abs",
    "rand",
    "gamma",
    "loggamma",
    "erf",
    "erfc",
    "series_fill_backward",
    "series_fill_forward",
    "series_fill_const",
    "series_fill_linear",
    "series_fir",
    "series_iir",
    "series_outliers",
];

/// Names given out so far; each comes once.
#[derive(Debug, Default)]
pub(super) struct Names {
    taken: HashSet<String>,
    unnamed: usize,
}

impl Names {
    pub(super) fn of(taken: impl IntoIterator<Item = String>) -> Self {
        Names { taken: taken.into_iter().collect(), unnamed: 0 }
    }

    /// `false` where the name is taken.
    pub(super) fn claim(&mut self, name: &str) -> bool {
        self.taken.insert(name.to_string())
    }

    /// The name, with a number behind it where it is taken.
    pub(super) fn free(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_string();
        let mut count = 0;
        while !self.taken.insert(name.clone()) {
            count += 1;
            name = format!("{wanted}{count}");
        }
        name
    }

    /// `Column1`, `Column2`, …
    pub(super) fn next_unnamed(&mut self) -> String {
        loop {
            self.unnamed += 1;
            let name = format!("Column{}", self.unnamed);
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
    }
}
