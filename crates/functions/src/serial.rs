//! Serial functions: values over rows in their order, as `row_number` and `prev` are. Each looks back alone, so that rows need
//! not be held; only `next` holds them, and `prev` where each row says for itself how far it looks.
//!
//! The first argument of every one tells runs of rows apart: where it changes, the function begins anew.

use std::collections::VecDeque;
use std::hash::Hash;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion_common::{Result, ScalarValue, exec_datafusion_err};
use datafusion_expr::expr::WindowFunction;
use datafusion_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion_expr::{Expr, PartitionEvaluator, Signature, SortExpr, Volatility, WindowUDF, WindowUDFImpl};

/// A serial function, with what it takes behind the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Serial {
    /// What the first row has, and where to begin anew.
    Number,
    /// A condition: how many rows of the run it holds for so far.
    Count,
    /// A value, how many rows back, and what stands where there is no such row.
    Previous,
    /// The same, forward.
    Next,
    /// A number, and where to begin anew.
    Sum,
    /// A value, and where to begin anew: equal values have one rank, and the next has the next.
    DenseRank,
    /// As dense, but the next has the number of its row.
    Rank,
    /// A time, how long a session and a gap in it may be, and where to begin anew: when the session began.
    Session,
}

impl Serial {
    pub fn call(self, run: Expr, args: Vec<Expr>, gives: DataType) -> Expr {
        let name = format!("serial_{self:?}").to_lowercase();
        let signature = Signature::variadic_any(Volatility::Immutable);
        let has_constant_offset = args.get(1).is_none_or(|offset| matches!(offset, Expr::Literal(..)));
        let holds_rows = self == Serial::Next || (self == Serial::Previous && !has_constant_offset);
        let udf = SerialUdf { serial: self, name, gives, holds_rows, signature };
        let args = std::iter::once(run).chain(args).collect();
        Expr::WindowFunction(Box::new(WindowFunction::new(Arc::new(WindowUDF::new_from_impl(udf)), args)))
    }
}

/// A call over rows that a sort put into this order.
pub fn in_order(call: Expr, order: &[SortExpr]) -> Expr {
    match call {
        Expr::WindowFunction(mut function) => {
            function.params.order_by = order.to_vec();
            Expr::WindowFunction(function)
        }
        other => other,
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct SerialUdf {
    serial: Serial,
    name: String,
    gives: DataType,
    /// Any row may be asked for from any other.
    holds_rows: bool,
    signature: Signature,
}

impl WindowUDFImpl for SerialUdf {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn partition_evaluator(&self, _: PartitionEvaluatorArgs<'_>) -> Result<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(State::new(self.serial, ScalarValue::try_from(&self.gives)?, self.holds_rows)))
    }

    fn field(&self, args: WindowUDFFieldArgs<'_>) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(args.name(), self.gives.clone(), true)))
    }
}

#[derive(Debug)]
struct State {
    serial: Serial,
    nothing: ScalarValue,
    holds_rows: bool,
    run: Option<ScalarValue>,
    /// Rows of the run so far, or the count, sum or rank.
    count: i64,
    sum: Option<ScalarValue>,
    rank: i64,
    last: Option<ScalarValue>,
    before: VecDeque<ScalarValue>,
    began: Option<i64>,
}

impl State {
    fn new(serial: Serial, nothing: ScalarValue, holds_rows: bool) -> Self {
        let before = VecDeque::new();
        State { serial, nothing, holds_rows, run: None, count: 0, sum: None, rank: 0, last: None, before, began: None }
    }

    fn begin(&mut self) {
        (self.count, self.rank) = (0, 0);
        (self.sum, self.last, self.began) = (None, None, None);
        self.before.clear();
    }

    /// The value of the row whose arguments these are.
    fn next(&mut self, mut args: Vec<ScalarValue>) -> Result<ScalarValue> {
        let run = args.first().cloned().ok_or_else(|| exec_datafusion_err!("a serial function needs its run"))?;
        let is_new_run = self.run.as_ref() != Some(&run);
        if is_new_run {
            self.begin();
            self.run = Some(run);
        }
        args.remove(0);
        let restarts = matches!(self.serial, Serial::Number | Serial::Sum | Serial::DenseRank | Serial::Rank);
        let restart = if restarts { args.get(1) } else { args.get(3).filter(|_| self.serial == Serial::Session) };
        if restart.is_some_and(is_true) {
            self.begin();
        }
        let value = args.first().cloned().unwrap_or(ScalarValue::Null);
        Ok(match self.serial {
            Serial::Number => {
                let first = long(&value).unwrap_or(1);
                self.count += 1;
                ScalarValue::Int64(Some(first.saturating_add(self.count - 1)))
            }
            Serial::Count => {
                self.count += i64::from(is_true(&value));
                ScalarValue::Int64(Some(self.count))
            }
            Serial::Previous => {
                let back = args.get(1).and_then(long).map_or(Ok(1), usize::try_from);
                self.before.push_back(value);
                // The offset is that of every row, so that one comes and one goes.
                let is_known = back.is_ok_and(|back| self.before.len() > back);
                let found = if is_known { self.before.pop_front() } else { None };
                found.or_else(|| args.get(2).cloned()).unwrap_or_else(|| self.nothing.clone())
            }
            Serial::Sum => {
                if !value.is_null() {
                    self.sum = Some(match self.sum.take() {
                        Some(sum) => sum.add(&value)?,
                        None => value,
                    });
                }
                match &self.sum {
                    Some(sum) => sum.clone(),
                    None => ScalarValue::new_zero(&self.nothing.data_type())?,
                }
            }
            Serial::DenseRank | Serial::Rank => {
                self.count += 1;
                if self.last.as_ref() != Some(&value) {
                    self.rank = if self.serial == Serial::Rank { self.count } else { self.rank + 1 };
                    self.last = Some(value);
                }
                ScalarValue::Int64(Some(self.rank))
            }
            Serial::Session => self.session(&value, &args),
            Serial::Next => return Err(exec_datafusion_err!("next is known with all rows alone")),
        })
    }

    fn session(&mut self, time: &ScalarValue, args: &[ScalarValue]) -> ScalarValue {
        let Some(time) = long(time) else { return self.nothing.clone() };
        let within = |from: Option<i64>, limit: Option<i64>| match (from, limit) {
            (Some(from), Some(limit)) => time.saturating_sub(from) <= limit,
            (from, None) => from.is_some(),
            (None, _) => false,
        };
        let goes_on = within(self.began, args.get(1).and_then(long))
            && within(self.last.as_ref().and_then(long), args.get(2).and_then(long));
        if !goes_on {
            self.began = Some(time);
        }
        self.last = Some(ScalarValue::Int64(Some(time)));
        ScalarValue::Int64(self.began)
    }

    /// The values of `prev` and `next` over all rows.
    fn at_offsets(&self, values: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
        let [run, value, further @ ..] = values else {
            return Err(exec_datafusion_err!("prev and next need a value"));
        };
        let mut out = Vec::with_capacity(rows);
        for row in 0..rows {
            let offset = match further.first() {
                Some(offset) => long(&ScalarValue::try_from_array(offset, row)?).unwrap_or(1),
                None => 1,
            };
            // One that is negative is that of no row.
            let wanted = usize::try_from(offset).ok().and_then(|offset| match self.serial {
                Serial::Previous => row.checked_sub(offset),
                _ => row.checked_add(offset).filter(|to| *to < rows),
            });
            let same_run = |to: &usize| -> Result<bool> {
                Ok(ScalarValue::try_from_array(run, row)? == ScalarValue::try_from_array(run, *to)?)
            };
            let found = match wanted {
                Some(to) if same_run(&to)? => Some(ScalarValue::try_from_array(value, to)?),
                _ => None,
            };
            let default = || match further.get(1) {
                Some(default) => ScalarValue::try_from_array(default, row),
                None => Ok(self.nothing.clone()),
            };
            out.push(match found {
                Some(found) => found,
                None => default()?,
            });
        }
        if out.is_empty() {
            return Ok(arrow::array::new_empty_array(&self.nothing.data_type()));
        }
        ScalarValue::iter_to_array(out)
    }
}

impl PartitionEvaluator for State {
    fn is_causal(&self) -> bool {
        true
    }

    fn supports_bounded_execution(&self) -> bool {
        !self.holds_rows
    }

    fn evaluate(&mut self, values: &[ArrayRef], range: &Range<usize>) -> Result<ScalarValue> {
        let args = values.iter().map(|column| ScalarValue::try_from_array(column, range.start));
        let args = args.collect::<Result<Vec<_>>>()?;
        self.next(args)
    }

    fn evaluate_all(&mut self, values: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
        if self.holds_rows {
            return self.at_offsets(values, rows);
        }
        let each = (0..rows).map(|row| self.evaluate(values, &(row..row + 1)));
        let out = each.collect::<Result<Vec<_>>>()?;
        if out.is_empty() {
            return Ok(arrow::array::new_empty_array(&self.nothing.data_type()));
        }
        ScalarValue::iter_to_array(out)
    }
}

fn long(value: &ScalarValue) -> Option<i64> {
    match value {
        ScalarValue::Int64(value) => *value,
        ScalarValue::Int32(value) => value.map(i64::from),
        _ => None,
    }
}

fn is_true(value: &ScalarValue) -> bool {
    matches!(value, ScalarValue::Boolean(Some(true)))
}

#[cfg(test)]
mod tests {
    use arrow::array::Int64Array;

    use super::*;

    fn longs(serial: Serial, rows: &[&[i64]]) -> Vec<i64> {
        let mut state = State::new(serial, ScalarValue::Int64(None), false);
        let value = |row: &&[i64]| {
            let args = row.iter().map(|value| ScalarValue::Int64(Some(*value))).collect();
            long(&state.next(args).unwrap()).unwrap_or(-1)
        };
        rows.iter().map(value).collect()
    }

    #[test]
    fn each_begins_anew_with_its_run() {
        assert_eq!(longs(Serial::Number, &[&[7, 1], &[7, 1], &[8, 1]]), [1, 2, 1]);
        assert_eq!(longs(Serial::Sum, &[&[7, 5], &[7, 6], &[8, 1]]), [5, 11, 1]);
        assert_eq!(longs(Serial::Previous, &[&[7, 5, 1], &[7, 6, 1], &[8, 1, 1]]), [-1, 5, -1]);
        assert_eq!(longs(Serial::Previous, &[&[7, 5, 2], &[7, 6, 2], &[7, 1, 2]]), [-1, -1, 5]);
        assert_eq!(longs(Serial::DenseRank, &[&[7, 5], &[7, 5], &[7, 9]]), [1, 1, 2]);
        assert_eq!(longs(Serial::Rank, &[&[7, 5], &[7, 5], &[7, 9]]), [1, 1, 3]);
    }

    #[test]
    fn each_row_may_say_how_far_it_looks_within_its_run() {
        let column = |values: Vec<i64>| Arc::new(Int64Array::from(values)) as ArrayRef;
        let (run, value) = (column(vec![7, 7, 7, 7, 8, 8]), column(vec![1, 2, 3, 4, 5, 6]));
        let args = [run, value, column(vec![0, 1, 2, -1, 1, 1]), column(vec![-9; 6])];
        let all = |serial| State::new(serial, ScalarValue::Int64(None), true).evaluate_all(&args, 6).unwrap();
        assert_eq!(&all(Serial::Previous), &column(vec![1, 1, 1, -9, -9, 5]));
        assert_eq!(&all(Serial::Next), &column(vec![1, 3, -9, -9, 6, -9]));
    }

    #[test]
    fn a_session_ends_with_a_gap_or_its_length() {
        let at = |time| [0, time, 10, 4];
        let rows = [at(1), at(4), at(8), at(12), at(20)];
        assert_eq!(longs(Serial::Session, &rows.each_ref().map(|row| row.as_slice())), [1, 1, 1, 12, 20]);
    }
}
