//! Twin facts: what only the record that gave way tells of a process creation, filled into the row that stays.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, RecordBatch, StringArray, new_null_array};
use arrow::compute::interleave;
use arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion_common::{DFSchema, Result};
use datafusion_expr::Expr;
use datafusion_physical_expr::PhysicalExpr;
use functions::Type;
use telemetry::{Initiator, System};

use crate::chain::physical;
use crate::processes::Told;
use crate::program::is_empty;

/// What fills a table's columns in the branch whose events give way, as far as it is known of them.
#[derive(Debug)]
pub struct TwinFacts {
    schema: SchemaRef,
    /// With the places of their columns.
    values: Vec<(usize, Arc<dyn PhysicalExpr>)>,
}

impl TwinFacts {
    /// `values`: of the branch that gives way, a value for each column.
    pub fn new(values: &[Option<Expr>]) -> Result<Self> {
        let reads =
            |expr: &Expr| -> Vec<String> { expr.column_refs().into_iter().map(|column| column.name.clone()).collect() };
        let values = values.iter().enumerate().filter_map(|(place, value)| Some((place, value.as_ref()?)));
        let known = values.filter(|(_, expr)| reads(expr).iter().all(|name| kind(name).is_some()));
        let known: Vec<(usize, &Expr)> = known.collect();
        let names: BTreeSet<String> = known.iter().flat_map(|(_, expr)| reads(expr)).collect();
        let fields = names.iter().filter_map(|name| Some(Field::new(name, kind(name)?.arrow(), true)));
        let schema: SchemaRef = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let input = DFSchema::try_from(schema.clone())?;
        let values = known.into_iter().map(|(place, expr)| Ok((place, physical(expr, &input)?)));
        Ok(TwinFacts { values: values.collect::<Result<_>>()?, schema })
    }

    /// Fills what the rows leave empty. `told`: for each row what its twin tells, if it has one.
    pub fn fill(&self, columns: &mut [ArrayRef], told: &[Option<Told<'_>>]) -> Result<()> {
        let twins: Vec<(usize, Told<'_>)> =
            told.iter().enumerate().filter_map(|(row, told)| Some((row, (*told)?))).collect();
        let mut input = None;
        for (place, value) in &self.values {
            let Some(column) = columns.get_mut(*place) else { continue };
            if !twins.iter().any(|(row, _)| is_empty(column, *row)) {
                continue;
            }
            let input = match &input {
                Some(input) => input,
                None => input.insert(self.input(&twins)?),
            };
            let facts = value.evaluate(input)?.into_array(twins.len())?;
            let mut chosen: Vec<(usize, usize)> = (0..column.len()).map(|row| (0, row)).collect();
            for (at, (row, _)) in twins.iter().enumerate() {
                if let Some(chosen) = chosen.get_mut(*row).filter(|_| is_empty(column, *row) && !is_empty(&facts, at)) {
                    *chosen = (1, at);
                }
            }
            *column = interleave(&[column, &facts], &chosen)?;
        }
        Ok(())
    }

    fn input(&self, twins: &[(usize, Told<'_>)]) -> Result<RecordBatch> {
        let column = |field: &Arc<Field>| -> ArrayRef {
            let name = field.name();
            if name == System::Time.name() {
                return Arc::new(twins.iter().map(|(_, told)| Some(told.time)).collect::<Int64Array>());
            }
            if !Told::knows(name) {
                return new_null_array(field.data_type(), twins.len());
            }
            Arc::new(twins.iter().map(|(_, told)| told.text(name)).collect::<StringArray>())
        };
        let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(twins.len()));
        let columns = self.schema.fields().iter().map(column).collect();
        Ok(RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?)
    }
}

/// The type of a field that is known of a record which gave way. Its initiator is that of the row, which needs no help.
fn kind(name: &str) -> Option<Type> {
    if name == System::Time.name() {
        return Some(Type::Datetime);
    }
    Initiator::from_name(name).map(Initiator::kind).or_else(|| Told::knows(name).then_some(Type::String))
}

#[cfg(test)]
mod tests {
    use telemetry::{Catalog, Twin};

    use super::*;

    #[test]
    fn all_that_a_record_tells_is_kept_until_it_has_given_way() {
        for name in ["DeviceProcessEvents", "_Im_ProcessEvent"] {
            let table = Catalog.table(name).unwrap().unwrap();
            let number = table.branches.iter().position(|branch| branch.twin == Some(Twin::Yields)).unwrap();
            let values = (0..table.columns.len()).filter_map(|column| table.value(number, column).unwrap());
            for field in values.flat_map(|value| value.fields) {
                assert!(kind(&field).is_some() || System::from_name(&field).is_some(), "{name}: {field}");
            }
        }
    }
}
