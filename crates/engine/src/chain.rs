//! A chain: the steps of a leg made ready to run over batches of its table.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow::compute::{filter_record_batch, prep_null_mask_filter};
use arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion_common::cast::as_boolean_array;
use datafusion_common::{DFSchema, Result};
use datafusion_expr::Expr;
use datafusion_expr::execution_props::ExecutionProps;
use datafusion_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion_physical_expr::{PhysicalExpr, create_physical_expr};

use crate::rowwise::{Leg, Step};

/// Runs over batches whose schema is `input`.
#[derive(Debug)]
pub struct Chain {
    steps: Vec<Ready>,
}

#[derive(Debug)]
enum Ready {
    Filter(Arc<dyn PhysicalExpr>),
    Project(Projection),
    Rename(Vec<(usize, String)>),
}

impl Chain {
    /// A leg over batches of this schema, which has the columns that the leg reads.
    pub fn new(leg: &Leg<'_>, input: &Schema) -> Result<Self> {
        let mut schema: SchemaRef = Arc::new(input.clone());
        let mut steps = Vec::with_capacity(leg.steps.len());
        for step in &leg.steps {
            match step {
                Step::Filter { predicate, .. } => {
                    let known = DFSchema::try_from(schema.clone())?;
                    steps.push(Ready::Filter(physical(&bare(predicate)?, &known)?));
                }
                Step::Project { exprs, .. } => {
                    if let Some(chosen) = selection(exprs, &schema) {
                        schema = renamed(&schema, &chosen);
                        steps.push(Ready::Rename(chosen));
                        continue;
                    }
                    let exprs = exprs.iter().map(|(name, expr)| Ok((*name, bare(expr)?)));
                    let projection = Projection::new(exprs.collect::<Result<Vec<_>>>()?, &schema)?;
                    schema = projection.schema.clone();
                    steps.push(Ready::Project(projection));
                }
                Step::Rename { names, input } => {
                    let pairs = input.fields().iter().zip(names);
                    let chosen: Vec<(usize, String)> = pairs
                        .filter_map(|(old, new)| Some((schema.index_of(old.name()).ok()?, (*new).to_owned())))
                        .collect();
                    schema = renamed(&schema, &chosen);
                    steps.push(Ready::Rename(chosen));
                }
            }
        }
        Ok(Chain { steps })
    }

    /// The rows of a batch that come through, as the plan gives them.
    pub fn run(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let mut batch = batch.clone();
        for step in &self.steps {
            if batch.num_rows() == 0 {
                break;
            }
            batch = match step {
                Ready::Filter(predicate) => filtered(predicate, &batch)?,
                Ready::Project(projection) => projection.run(&batch)?,
                Ready::Rename(chosen) => {
                    let columns = chosen.iter().map(|(index, _)| batch.column(*index).clone()).collect();
                    assemble(renamed(&batch.schema(), chosen), columns, batch.num_rows())?
                }
            };
        }
        Ok(batch)
    }
}

/// Expressions over a batch, evaluated to a new batch.
#[derive(Debug)]
pub(crate) struct Projection {
    exprs: Vec<Arc<dyn PhysicalExpr>>,
    pub(crate) schema: SchemaRef,
}

impl Projection {
    /// `exprs` with the names of their results; columns are unqualified.
    pub(crate) fn new(exprs: Vec<(&str, Expr)>, input: &SchemaRef) -> Result<Self> {
        let mut ready = Vec::with_capacity(exprs.len());
        let mut fields = Vec::with_capacity(exprs.len());
        let known = DFSchema::try_from(input.clone())?;
        for (name, expr) in exprs {
            let expr = physical(&expr, &known)?;
            fields.push(Field::new(name, expr.data_type(input)?, true));
            ready.push(expr);
        }
        Ok(Projection { exprs: ready, schema: Arc::new(Schema::new(fields)) })
    }

    pub(crate) fn run(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let rows = batch.num_rows();
        let columns = self.exprs.iter().map(|expr| expr.evaluate(batch)?.into_array(rows));
        assemble(self.schema.clone(), columns.collect::<Result<_>>()?, rows)
    }
}

fn assemble(schema: SchemaRef, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(schema, columns, &options)?)
}

pub(crate) fn without_nulls(keep: &BooleanArray) -> BooleanArray {
    if keep.null_count() == 0 { keep.clone() } else { prep_null_mask_filter(keep) }
}

/// The rows of a batch for which a predicate holds.
pub(crate) fn filtered(predicate: &Arc<dyn PhysicalExpr>, batch: &RecordBatch) -> Result<RecordBatch> {
    let keep = predicate.evaluate(batch)?.into_array(batch.num_rows())?;
    let keep = without_nulls(as_boolean_array(&keep)?);
    if keep.true_count() == batch.num_rows() { Ok(batch.clone()) } else { Ok(filter_record_batch(batch, &keep)?) }
}

pub(crate) fn physical(expr: &Expr, input: &DFSchema) -> Result<Arc<dyn PhysicalExpr>> {
    create_physical_expr(expr, input, &ExecutionProps::new(), &PhysicalPlanningContext::default())
}

/// The places and new names of a projection that computes nothing; most of a rule's columns are passed on like this.
fn selection(exprs: &[(&str, &Expr)], input: &Schema) -> Option<Vec<(usize, String)>> {
    let place = |(name, expr): &(&str, &Expr)| {
        let mut expr = *expr;
        while let Expr::Alias(alias) = expr {
            expr = &alias.expr;
        }
        match expr {
            Expr::Column(column) => Some((input.index_of(&column.name).ok()?, (*name).to_owned())),
            _ => None,
        }
    };
    exprs.iter().map(place).collect()
}

fn renamed(schema: &Schema, chosen: &[(usize, String)]) -> SchemaRef {
    let field = |(index, name): &(usize, String)| schema.field(*index).clone().with_name(name);
    Arc::new(Schema::new(chosen.iter().map(field).collect::<Vec<Field>>()))
}

/// The expression with its columns unqualified: a batch knows no qualifiers.
pub(crate) fn bare(expr: &Expr) -> Result<Expr> {
    use datafusion_common::Column;
    use datafusion_common::tree_node::{Transformed, TreeNode};
    let stripped = expr.clone().transform(|node| match node {
        Expr::Column(column) if column.relation.is_some() => {
            Ok(Transformed::yes(Expr::Column(Column::new_unqualified(column.name))))
        }
        other => Ok(Transformed::no(other)),
    })?;
    Ok(stripped.data)
}
