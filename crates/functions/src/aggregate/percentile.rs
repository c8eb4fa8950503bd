//! Percentiles by nearest rank: exact, where Kusto estimates.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Float64Type};
use datafusion_common::{Result, ScalarValue};
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Expr, Signature, Volatility};

use super::call;

/// The aggregate over reals.
pub fn percentile(value: Expr, percent: f64) -> Expr {
    let signature = Signature::exact(vec![DataType::Float64], Volatility::Immutable);
    let udf = Percentile { name: format!("percentile/{percent}"), signature };
    call(Arc::new(AggregateUDF::new_from_impl(udf)), vec![value])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Percentile {
    /// Says the percentage too.
    name: String,
    signature: Signature,
}

impl AggregateUDFImpl for Percentile {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        let percent = self.name.rsplit('/').next().and_then(|text| text.parse().ok()).unwrap_or(50.0);
        Ok(Box::new(Ranked { percent, values: Vec::new() }))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<Arc<arrow::datatypes::Field>>> {
        let item = arrow::datatypes::Field::new_list_field(DataType::Float64, true);
        let list = DataType::List(Arc::new(item));
        Ok(vec![Arc::new(arrow::datatypes::Field::new(format!("{}[values]", args.name), list, true))])
    }
}

#[derive(Debug)]
struct Ranked {
    percent: f64,
    values: Vec<f64>,
}

impl Ranked {
    fn add(&mut self, column: &dyn Array) {
        self.values.extend(column.as_primitive::<Float64Type>().iter().flatten());
    }
}

impl Accumulator for Ranked {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        values.iter().for_each(|column| self.add(column));
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for column in states {
            column.as_list::<i32>().iter().flatten().for_each(|values| self.add(&values));
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let values: Vec<ScalarValue> = self.values.iter().map(|value| ScalarValue::Float64(Some(*value))).collect();
        Ok(vec![ScalarValue::List(ScalarValue::new_list_nullable(&values, &DataType::Float64))])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.values.sort_by(f64::total_cmp);
        let rank = (self.percent / 100.0 * self.values.len() as f64).ceil().max(1.0);
        Ok(ScalarValue::Float64(self.values.get(rank as usize - 1).copied()))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.values.capacity() * size_of::<f64>()
    }
}
