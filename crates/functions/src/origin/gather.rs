//! Gathering origins: the events of a group are the events of all its rows.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::DataType;
use datafusion_common::{Result, ScalarValue};
use datafusion_expr::expr::AggregateFunction;
use datafusion_expr::function::AccumulatorArgs;
use datafusion_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Expr, Signature, Volatility};

use super::{KEPT, Origin, Origins};

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
    origins: Origins,
    seen: HashSet<Origin>,
}

impl Gathered {
    /// As [`Origins::add`], with a set instead of a search: groups may be large.
    fn add(&mut self, other: &Origins) {
        let mut known = 0;
        for origin in &other.kept {
            if self.seen.contains(origin) {
                known += 1;
            } else if self.seen.len() < KEPT {
                self.seen.insert(*origin);
                self.origins.kept.push(*origin);
            }
        }
        self.origins.count = self.origins.count.saturating_add(other.count.saturating_sub(known));
    }

    fn add_column(&mut self, column: &ArrayRef) {
        let cells = column.as_binary::<i32>();
        for row in (0..cells.len()).filter(|row| cells.is_valid(*row)) {
            self.add(&Origins::from_cell(cells.value(row)));
        }
    }
}

impl Accumulator for Gathered {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        values.iter().for_each(|column| self.add_column(column));
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.update_batch(states)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Binary(Some(self.origins.to_cell())))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.seen.capacity() * 2 * size_of::<Origin>()
    }
}
