//! Gathering origins: the events of a group are the events of all its rows. A group of no rows, which an aggregate without keys
//! makes, has a null cell, unlike one of rows that no event stands behind.

use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::DataType;
use datafusion_common::{Result, ScalarValue, internal_err};
use datafusion_expr::expr::AggregateFunction;
use datafusion_expr::function::AccumulatorArgs;
use datafusion_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Expr, Signature, Volatility};

use super::Origins;
use super::events::Events;

/// The aggregate that gathers the origin cells of a group into one.
pub fn gather(cell: Expr) -> Expr {
    Expr::AggregateFunction(AggregateFunction::new_udf(GATHER.clone(), vec![cell], false, None, vec![], None))
}

static GATHER: LazyLock<Arc<AggregateUDF>> = LazyLock::new(|| {
    let signature = Signature::exact(vec![DataType::Binary], Volatility::Immutable);
    Arc::new(AggregateUDF::new_from_impl(Gather { signature }))
});

#[derive(Debug, PartialEq, Eq, Hash)]
struct Gather {
    signature: Signature,
}

impl AggregateUDFImpl for Gather {
    fn name(&self) -> &str {
        "gather_origins"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Binary)
    }

    fn accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::<Gathered>::default())
    }
}

#[derive(Debug, Default)]
struct Gathered {
    events: Events,
    has_rows: bool,
}

impl Accumulator for Gathered {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let [cells] = values else {
            return internal_err!("origins are gathered from one column");
        };
        let cells = cells.as_binary::<i32>();
        for cell in cells.iter().flatten() {
            self.has_rows = true;
            self.events.add(&Origins::from_cell(cell));
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.update_batch(states)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Binary(self.has_rows.then(|| self.events.origins().to_cell())))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.events.heap_size()
    }
}
