//! Series: the values of a group's steps as one dynamic array, with a default where a step has none.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Int64Type};
use datafusion_common::{Result, ScalarValue, exec_err};
use datafusion_expr::function::AccumulatorArgs;
use datafusion_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Expr, Signature, Volatility};
use serde_json::Value;

use super::call;
use crate::text::Text;
use crate::ticks;

/// How many steps a series may have, as in Kusto.
pub const MOST: i64 = 1_048_576;

/// What stands in a step.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// The value that rows gave it, as JSON; else this.
    Value { default: String },
    /// Its own place on the axis: a start and a size, in ticks where it is a time.
    Place { start: i64, size: i64, is: Axis },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Axis {
    Long,
    Datetime,
    Timespan,
    /// Start and size are the bits of reals.
    Real,
}

/// The steps of a group: `index` counts them. Without a fixed count they go from the group's first to its last.
pub fn series(index: Expr, value: Expr, step: Step, count: Option<i64>) -> Expr {
    let name = format!("series/{step:?},{count:?}").to_lowercase();
    let signature = Signature::exact(vec![DataType::Int64, DataType::Utf8], Volatility::Immutable);
    let udf = SeriesUdf { step, count, name, signature };
    call(Arc::new(AggregateUDF::new_from_impl(udf)), vec![index, value])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct SeriesUdf {
    step: Step,
    count: Option<i64>,
    name: String,
    signature: Signature,
}

impl AggregateUDFImpl for SeriesUdf {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Steps { step: self.step.clone(), count: self.count, values: BTreeMap::new(), bytes: 0 }))
    }
}

#[derive(Debug)]
struct Steps {
    step: Step,
    count: Option<i64>,
    values: BTreeMap<i64, String>,
    bytes: usize,
}

impl Steps {
    fn add(&mut self, index: i64, json: Option<&str>) {
        let json = if matches!(self.step, Step::Value { .. }) { json.unwrap_or("null") } else { "" };
        self.bytes += json.len() + 64;
        self.values.insert(index, json.to_owned());
    }

    fn json(&self) -> Result<String> {
        let (first, last) = match self.count {
            Some(count) => (0, count - 1),
            None => match (self.values.first_key_value(), self.values.last_key_value()) {
                (Some((first, _)), Some((last, _))) => (*first, *last),
                _ => return Ok("[]".into()),
            },
        };
        if last.saturating_sub(first) >= MOST {
            return exec_err!("a series has at most {MOST} steps");
        }
        let step = |index: i64| match &self.step {
            Step::Value { default } => self.values.get(&index).unwrap_or(default).clone(),
            Step::Place { start, size, is } => place(*start, *size, index, *is),
        };
        let steps: Vec<String> = (first..=last).map(step).collect();
        Ok(format!("[{}]", steps.join(",")))
    }
}

fn place(start: i64, size: i64, index: i64, is: Axis) -> String {
    let at = start.saturating_add(size.saturating_mul(index));
    match is {
        Axis::Long => at.to_string(),
        Axis::Datetime => Value::from(ticks::format_datetime(at)).to_string(),
        Axis::Timespan => Value::from(ticks::format_timespan(at)).to_string(),
        Axis::Real => {
            let (start, size) = (f64::from_bits(start as u64), f64::from_bits(size as u64));
            Value::from(start + size * index as f64).to_string()
        }
    }
}

impl Accumulator for Steps {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let [index, value] = values else { return exec_err!("a series needs its steps and their values") };
        let (index, value) = (index.as_primitive::<Int64Type>(), Text::of(value)?);
        for row in 0..index.len() {
            if index.is_valid(row) {
                self.add(index.value(row), value.get(row));
            }
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [column] = states else { return exec_err!("a series has one state") };
        let text = Text::of(column)?;
        for json in (0..column.len()).filter_map(|row| text.get(row)) {
            let held: Vec<(i64, String)> = serde_json::from_str(json).unwrap_or_default();
            held.into_iter().for_each(|(index, value)| self.add(index, Some(&value)));
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let held: Vec<(&i64, &String)> = self.values.iter().collect();
        Ok(vec![ScalarValue::Utf8(Some(serde_json::to_string(&held).unwrap_or_default()))])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Utf8(Some(self.json()?)))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_without_rows_hold_the_default() {
        let mut steps =
            Steps { step: Step::Value { default: "0".into() }, count: None, values: BTreeMap::new(), bytes: 0 };
        steps.add(4, Some("1.5"));
        steps.add(2, None);
        assert_eq!(steps.json().unwrap(), "[null,0,1.5]");
        steps.count = Some(6);
        assert_eq!(steps.json().unwrap(), "[0,0,null,0,1.5,0]");
        let day = 864_000_000_000;
        assert_eq!(place(0, day, 1, Axis::Datetime), "\"0001-01-02T00:00:00.0000000Z\"");
        assert_eq!(place(1, 2, 3, Axis::Long), "7");
    }
}
