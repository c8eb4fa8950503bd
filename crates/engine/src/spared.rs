//! Spared: rows that a chain need not be run over, for its filters plainly do not hold.
//!
//! Making a batch of a few rows ready for the engine's expressions costs more than looking at them, and of the rows that have a text which a
//! rule needs few have all. So its filters are asked here first, row by row, as far as they speak of the table's own texts and
//! numbers. What they say of anything else is unknown, and a row of which that decides is the chain's.

use std::collections::HashSet;
use std::sync::OnceLock;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int32Type, Int64Type, Schema};
use datafusion_common::ScalarValue;
use datafusion_expr::expr::InList;
use datafusion_expr::{BinaryExpr, Expr, Operator};
use functions::predicate::{Judge, Match, Shape};
use functions::text::Text;

use crate::necessary::{Columns, literal, operands, passed_on};
use crate::rowwise::{Leg, Step};

/// Deeper conditions are the chain's.
const DEPTH: usize = 32;

/// The filters of a chain, as far as they can be told of a row by itself.
#[derive(Debug)]
pub(crate) struct Spared<'p> {
    filters: Condition<'p>,
}

/// True, false, or (`None`) unknown, with the logic of three values: what is null is unknown too.
#[derive(Debug)]
enum Condition<'p> {
    All(Vec<Condition<'p>>),
    Any(Vec<Condition<'p>>),
    Not(Box<Condition<'p>>),
    /// A predicate of a text column.
    Text {
        column: usize,
        shape: Shape,
        expr: &'p Expr,
        /// Made when it is asked: most rules are decided before.
        judge: OnceLock<Option<Judge>>,
    },
    IsNull(usize),
    /// A column is one of these to the letter.
    Is {
        column: usize,
        texts: HashSet<&'p str>,
    },
    /// A column is one of these.
    Number {
        column: usize,
        numbers: Vec<i64>,
    },
    Unknown,
}

impl<'p> Spared<'p> {
    /// Of a chain over rows of this schema; `None` where its filters tell nothing of a row.
    pub(crate) fn new(leg: &'p Leg<'p>, schema: &Schema) -> Option<Self> {
        let mut columns = Columns::Table;
        let mut filters = Vec::new();
        for step in &leg.steps {
            if let Step::Filter { predicate, .. } = step {
                filters.push(Condition::of(predicate, &columns, schema, 0));
            }
            columns = columns.after(step);
        }
        let filters = Condition::All(filters).ordered();
        (filters.cost() > 0).then_some(Spared { filters })
    }

    /// Whether the chain surely lets this row not pass.
    pub(crate) fn spares(&self, values: &Values<'_>, row: usize) -> bool {
        self.filters.told(values, row) == Some(false)
    }
}

/// The columns of a batch.
pub(crate) struct Values<'b> {
    columns: Vec<Value<'b>>,
}

enum Value<'b> {
    Text(Text<'b>),
    Long(&'b arrow::array::Int64Array),
    Int(&'b arrow::array::Int32Array),
    Other,
}

impl<'b> Values<'b> {
    pub(crate) fn new(batch: &'b RecordBatch) -> Self {
        let value = |column: &'b arrow::array::ArrayRef| match column.data_type() {
            DataType::Int64 => Value::Long(column.as_primitive::<Int64Type>()),
            DataType::Int32 => Value::Int(column.as_primitive::<Int32Type>()),
            _ => Text::of(column).map_or(Value::Other, Value::Text),
        };
        Values { columns: batch.columns().iter().map(value).collect() }
    }

    /// `None` where the column is none of texts.
    fn text(&self, column: usize, row: usize) -> Option<Option<&'b str>> {
        match self.columns.get(column)? {
            Value::Text(text) => Some(text.get(row)),
            _ => None,
        }
    }

    fn number(&self, column: usize, row: usize) -> Option<i64> {
        match self.columns.get(column)? {
            Value::Long(numbers) => numbers.is_valid(row).then(|| numbers.value(row)),
            Value::Int(numbers) => numbers.is_valid(row).then(|| numbers.value(row).into()),
            _ => None,
        }
    }

    fn is_null(&self, column: usize, row: usize) -> Option<bool> {
        match self.columns.get(column)? {
            Value::Text(text) => Some(text.get(row).is_none()),
            Value::Long(numbers) => Some(numbers.is_null(row)),
            Value::Int(numbers) => Some(numbers.is_null(row)),
            Value::Other => None,
        }
    }
}

impl<'p> Condition<'p> {
    fn of(expr: &'p Expr, columns: &Columns<'p>, schema: &Schema, depth: usize) -> Self {
        Condition::known(expr, columns, schema, depth).unwrap_or(Condition::Unknown)
    }

    fn known(expr: &'p Expr, columns: &Columns<'p>, schema: &Schema, depth: usize) -> Option<Self> {
        if depth > DEPTH {
            return None;
        }
        let of = |expr| Condition::of(expr, columns, schema, depth + 1);
        let place = |expr| schema.index_of(columns.of(passed_on(expr)?)?).ok();
        Some(match expr {
            Expr::Alias(alias) => of(&alias.expr),
            // Of what is null a filter lets nothing pass either, but a negation would.
            Expr::BinaryExpr(BinaryExpr { op: Operator::And, .. }) => {
                Condition::All(operands(expr, Operator::And).into_iter().map(of).collect())
            }
            Expr::BinaryExpr(BinaryExpr { op: Operator::Or, .. }) => {
                Condition::Any(operands(expr, Operator::Or).into_iter().map(of).collect())
            }
            Expr::Not(inner) => Condition::Not(Box::new(of(inner))),
            Expr::IsNull(inner) => Condition::IsNull(place(inner)?),
            Expr::IsNotNull(inner) => Condition::Not(Box::new(Condition::IsNull(place(inner)?))),
            Expr::BinaryExpr(BinaryExpr { left, op: op @ (Operator::Eq | Operator::NotEq), right }) => {
                let (column, value) =
                    place(left).map(|column| (column, right)).or_else(|| Some((place(right)?, left)))?;
                let is = Condition::one_of(column, std::slice::from_ref(value))?;
                if *op == Operator::Eq { is } else { Condition::Not(Box::new(is)) }
            }
            Expr::InList(InList { expr, list, negated }) => {
                let is = Condition::one_of(place(expr)?, list)?;
                if *negated { Condition::Not(Box::new(is)) } else { is }
            }
            expr => {
                let (predicate, text, _) = Match::of(expr)?;
                // One that counts its steps has to be asked once.
                if predicate.shape == Shape::Backtracking {
                    return None;
                }
                Condition::Text { column: place(text)?, shape: predicate.shape, expr, judge: OnceLock::new() }
            }
        })
    }

    /// A column is one of some literals, which are all texts or all numbers.
    fn one_of(column: usize, literals: &'p [Expr]) -> Option<Self> {
        let numbers: Option<Vec<i64>> = literals.iter().map(number).collect();
        if let Some(numbers) = numbers {
            return Some(Condition::Number { column, numbers });
        }
        Some(Condition::Is { column, texts: literals.iter().map(literal).collect::<Option<_>>()? })
    }

    /// The same, what is quickly told first.
    fn ordered(self) -> Self {
        let sorted = |parts: Vec<Self>| {
            let mut parts: Vec<Self> = parts.into_iter().map(Condition::ordered).collect();
            parts.sort_by_key(Condition::cost);
            parts
        };
        match self {
            Condition::All(parts) => Condition::All(sorted(parts)),
            Condition::Any(parts) => Condition::Any(sorted(parts)),
            Condition::Not(inner) => Condition::Not(Box::new(inner.ordered())),
            other => other,
        }
    }

    /// Roughly what it takes to tell, 0 for what never is.
    fn cost(&self) -> usize {
        match self {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().map(Condition::cost).sum(),
            Condition::Not(inner) => inner.cost(),
            Condition::Text { shape, expr, .. } => {
                let needles = Match::of(expr).map_or(0, |(_, _, needles)| needles.len());
                match shape {
                    Shape::Equals | Shape::StartsWith | Shape::EndsWith => 2 + needles / 4,
                    Shape::Regex | Shape::Backtracking | Shape::Cidr => 100 * (1 + needles),
                    _ => 4 + 4 * needles,
                }
            }
            Condition::IsNull(_) | Condition::Number { .. } | Condition::Is { .. } => 1,
            Condition::Unknown => 0,
        }
    }

    fn told(&self, values: &Values<'_>, row: usize) -> Option<bool> {
        match self {
            Condition::All(parts) => every(parts, values, row, false),
            Condition::Any(parts) => every(parts, values, row, true),
            Condition::Not(inner) => inner.told(values, row).map(|told| !told),
            Condition::Text { column, expr, judge, .. } => {
                let text = values.text(*column, row)?;
                judge.get_or_init(|| Judge::of(expr)).as_ref().map(|judge| judge.holds(text))
            }
            Condition::IsNull(column) => values.is_null(*column, row),
            Condition::Number { column, numbers } => {
                values.number(*column, row).map(|number| numbers.contains(&number))
            }
            Condition::Is { column, texts } => values.text(*column, row)?.map(|text| texts.contains(text)),
            Condition::Unknown => None,
        }
    }
}

/// Whether all parts are what does not decide, where a single one that is `deciding` does.
fn every(parts: &[Condition<'_>], values: &Values<'_>, row: usize, deciding: bool) -> Option<bool> {
    let mut told = Some(!deciding);
    for part in parts {
        match part.told(values, row) {
            Some(one) if one == deciding => return Some(deciding),
            Some(_) => {}
            None => told = None,
        }
    }
    told
}

fn number(value: &Expr) -> Option<i64> {
    match value {
        Expr::Literal(ScalarValue::Int64(Some(number)), _) => Some(*number),
        Expr::Literal(ScalarValue::Int32(Some(number)), _) => Some((*number).into()),
        _ => None,
    }
}
