//! A program: how the rows of one table are made out of event batches. The one place where a table's mappings are run.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, new_null_array};
use arrow::compute::filter;
use arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion_common::{Result, exec_datafusion_err, exec_err};
use datafusion_expr::Expr;
use datafusion_physical_expr::PhysicalExpr;
use functions::{Type, origin};
use plan::relation::field;
use syntax::Source;
use telemetry::{EventBatch, Evidence, System, TableDef};

use crate::chain::physical;

/// A table's chosen columns, bound to the event columns that they read.
#[derive(Debug)]
pub struct TablePlan {
    /// Event columns to decode.
    pub reads: BTreeSet<String>,
    schema: SchemaRef,
    with_origin: bool,
    branches: Vec<BranchPlan>,
}

#[derive(Debug)]
struct BranchPlan {
    channel: Option<String>,
    events: Vec<i64>,
    values: Vec<Option<Expr>>,
}

impl TablePlan {
    /// `columns`: the table's columns that are wanted, in this order; a name that the table does not know is a raw field.
    pub fn new(table: &TableDef, columns: &[String], with_origin: bool) -> Result<Self> {
        let known: Vec<plan::Column> =
            System::ALL.iter().map(|field| plan::Column::new(field.name(), field.kind())).collect();
        let mut reads = BTreeSet::new();
        let mut fields = Vec::with_capacity(columns.len() + 1);
        let mut branches: Vec<BranchPlan> = table
            .branches
            .iter()
            .map(|branch| BranchPlan {
                channel: branch.channel.clone(),
                events: branch.events.clone(),
                values: Vec::new(),
            })
            .collect();
        for name in columns {
            let Some(index) = table.columns.iter().position(|column| column.name == *name) else {
                reads.insert(name.clone());
                fields.push(Field::new(name, Type::String.arrow(), true));
                branches.iter_mut().for_each(|branch| branch.values.push(Some(field(name))));
                continue;
            };
            let kind = table.columns[index].kind;
            fields.push(Field::new(name, kind.arrow(), true));
            for (branch, declared) in branches.iter_mut().zip(&table.branches) {
                let mapping = declared.mapping(index);
                let value = mapping.map(|text| bind(&table.name, name, text, kind, &known, &mut reads)).transpose()?;
                branch.values.push(value);
            }
        }
        if with_origin {
            fields.push(origin_field());
        }
        Ok(TablePlan { reads, schema: Arc::new(Schema::new(fields)), with_origin, branches })
    }

    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Makes it ready for batches of these event columns, which hold at least what it reads.
    pub fn compile(&self, events: &SchemaRef) -> Result<TableProgram> {
        let mut branches = Vec::with_capacity(self.branches.len());
        for branch in &self.branches {
            let values =
                branch.values.iter().map(|value| value.as_ref().map(|expr| physical(expr, events)).transpose());
            branches.push(BranchProgram {
                channel: branch.channel.clone(),
                events: branch.events.clone(),
                values: values.collect::<Result<_>>()?,
            });
        }
        Ok(TableProgram { schema: self.schema.clone(), with_origin: self.with_origin, branches })
    }
}

/// The hidden column as it stands in the schema of every table.
pub fn origin_field() -> Field {
    Field::new(origin::COLUMN, arrow::datatypes::DataType::Binary, true)
}

/// A mapping expression as an engine expression of the column's type.
fn bind(
    table: &str,
    column: &str,
    text: &str,
    kind: Type,
    known: &[plan::Column],
    reads: &mut BTreeSet<String>,
) -> Result<Expr> {
    let source = Source::new(format!("{table}.{column}"), text);
    let mapped = plan::kql::mapping::bind(&source, known);
    let Some((expr, found)) = mapped.value else {
        let why = mapped.diagnostics.first().map_or("it cannot be bound", |first| first.message.as_str());
        return exec_err!("the mapping of {table}.{column}: {why}");
    };
    reads.extend(mapped.raw_fields);
    // System fields are columns of the batch too; the binder reports only the raw ones.
    reads.extend(expr.column_refs().into_iter().map(|column| column.name.clone()));
    Ok(functions::cast::cast(expr, found, kind))
}

/// A [`TablePlan`] ready to run.
#[derive(Debug)]
pub struct TableProgram {
    schema: SchemaRef,
    with_origin: bool,
    branches: Vec<BranchProgram>,
}

#[derive(Debug)]
struct BranchProgram {
    channel: Option<String>,
    events: Vec<i64>,
    values: Vec<Option<Arc<dyn PhysicalExpr>>>,
}

impl TableProgram {
    /// The rows that a batch of events makes, one batch for each branch that has any. An event is a row of the first branch
    /// that it fits.
    pub fn run(&self, events: &EventBatch, evidence: &Evidence) -> Result<Vec<RecordBatch>> {
        let mut taken = vec![false; events.events.len()];
        let mut out = Vec::new();
        for branch in &self.branches {
            // A channel that no event of the evidence had so far has no number, and no rows here.
            let channel = match branch.channel.as_deref().map(|name| evidence.channel_id(name)) {
                Some(None) => continue,
                Some(known) => known,
                None => None,
            };
            let mut any = false;
            let mut chosen = Vec::with_capacity(taken.len());
            for ((taken, found), event) in taken.iter_mut().zip(&events.channels).zip(&events.events) {
                let fits = !*taken
                    && channel.is_none_or(|wanted| wanted == *found)
                    && (branch.events.is_empty() || branch.events.contains(event));
                *taken |= fits;
                any |= fits;
                chosen.push(fits);
            }
            if any {
                out.push(self.rows(branch, &events.batch, &BooleanArray::from(chosen))?);
            }
        }
        Ok(out)
    }

    fn rows(&self, branch: &BranchProgram, events: &RecordBatch, chosen: &BooleanArray) -> Result<RecordBatch> {
        let rows = chosen.true_count();
        let chosen = |column: &ArrayRef| -> Result<ArrayRef> {
            if rows == chosen.len() { Ok(column.clone()) } else { Ok(filter(column, chosen)?) }
        };
        // Unread columns of the batch need no filtering: their place is kept by nulls.
        let mut read = vec![false; events.num_columns()];
        for value in branch.values.iter().flatten() {
            for column in datafusion_physical_expr::utils::collect_columns(value) {
                if let Some(is_read) = read.get_mut(column.index()) {
                    *is_read = true;
                }
            }
        }
        let columns = events.columns().iter().zip(&read).map(|(column, is_read)| {
            if *is_read { chosen(column) } else { Ok(new_null_array(column.data_type(), rows)) }
        });
        let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(rows));
        let input = RecordBatch::try_new_with_options(events.schema(), columns.collect::<Result<_>>()?, &options)?;
        let mut out: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        for (value, field) in branch.values.iter().zip(self.schema.fields()) {
            out.push(match value {
                Some(value) => value.evaluate(&input)?.into_array(rows)?,
                None => new_null_array(field.data_type(), rows),
            });
        }
        if self.with_origin {
            let cells = events.column_by_name(origin::COLUMN);
            out.push(chosen(cells.ok_or_else(|| exec_datafusion_err!("the events were read without their origins"))?)?);
        }
        Ok(RecordBatch::try_new_with_options(self.schema.clone(), out, &options)?)
    }
}
