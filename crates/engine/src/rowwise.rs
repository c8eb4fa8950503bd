//! Row-wise plans as legs: one chain of filters and projections over one table, for each way from a table to the result.
//!
//! A sweep runs thousands of detections over one reading of the evidence. Planning each through the optimiser would cost more
//! than the reading, so the plans that look at one row at a time are taken apart here and run as they are.

use std::collections::BTreeSet;

use datafusion_common::{Column, DFSchemaRef};
use datafusion_expr::{Expr, LogicalPlan};

/// One way from a table to the result.
#[derive(Debug, Clone)]
pub struct Leg {
    pub table: String,
    /// The table's columns that the chain reads.
    pub reads: Vec<String>,
    pub steps: Vec<Step>,
}

/// One operation on a batch. `input` is the schema that its expressions speak of.
#[derive(Debug, Clone)]
pub enum Step {
    Filter {
        predicate: Expr,
        input: DFSchemaRef,
    },
    /// The kept expressions with the names of their results.
    Project {
        exprs: Vec<(String, Expr)>,
        input: DFSchemaRef,
    },
    /// The same columns under new names, by position: what a union does to its parts.
    Rename {
        names: Vec<String>,
        input: DFSchemaRef,
    },
}

/// The legs of a plan, or `None` where it is not row-wise: where any operator looks at more than one row.
pub fn legs(plan: &LogicalPlan) -> Option<Vec<Leg>> {
    let outputs: Vec<String> = plan.schema().fields().iter().map(|field| field.name().clone()).collect();
    let mut legs = collect(plan)?;
    for leg in &mut legs {
        prune(leg, &outputs);
    }
    Some(legs)
}

/// Steps of all legs below a plan, first step first. Chains are walked by a loop: a query may be thousands of operators long.
fn collect(plan: &LogicalPlan) -> Option<Vec<Leg>> {
    let mut above: Vec<Step> = Vec::new();
    let mut plan = plan;
    loop {
        match plan {
            LogicalPlan::Filter(filter) => {
                let input = filter.input.schema().clone();
                above.push(Step::Filter { predicate: filter.predicate.clone(), input });
                plan = &filter.input;
            }
            LogicalPlan::Projection(projection) => {
                let names = projection.schema.fields().iter().map(|field| field.name().clone());
                let exprs = names.zip(projection.expr.iter().cloned()).collect();
                above.push(Step::Project { exprs, input: projection.input.schema().clone() });
                plan = &projection.input;
            }
            // The order of single rows is the caller's: findings have their own.
            LogicalPlan::Sort(sort) if sort.fetch.is_none() => plan = &sort.input,
            LogicalPlan::TableScan(scan) => {
                above.reverse();
                return Some(vec![Leg { table: scan.table_name.table().to_string(), reads: Vec::new(), steps: above }]);
            }
            LogicalPlan::Union(union) => {
                above.reverse();
                let names: Vec<String> = union.schema.fields().iter().map(|field| field.name().clone()).collect();
                let mut legs = Vec::new();
                for input in &union.inputs {
                    for (mine, whole) in input.schema().fields().iter().zip(union.schema.fields()) {
                        if mine.data_type() != whole.data_type() {
                            return None;
                        }
                    }
                    for mut leg in collect(input)? {
                        leg.steps.push(Step::Rename { names: names.clone(), input: input.schema().clone() });
                        leg.steps.extend(above.iter().cloned());
                        legs.push(leg);
                    }
                }
                return Some(legs);
            }
            _ => return None,
        }
    }
}

/// Drops every expression whose value nobody reads, from the result back to the table.
fn prune(leg: &mut Leg, outputs: &[String]) {
    let mut needed: BTreeSet<String> = outputs.iter().cloned().collect();
    for step in leg.steps.iter_mut().rev() {
        match step {
            Step::Filter { predicate, .. } => add_columns(predicate, &mut needed),
            Step::Project { exprs, .. } => {
                exprs.retain(|(name, _)| needed.contains(name));
                needed = BTreeSet::new();
                for (_, expr) in exprs {
                    add_columns(expr, &mut needed);
                }
            }
            Step::Rename { names, input } => {
                let old = input.fields().iter().map(|field| field.name().clone());
                let renamed = old.zip(names.iter()).filter(|(_, new)| needed.contains(*new));
                needed = renamed.map(|(old, _)| old).collect();
            }
        }
    }
    leg.reads = needed.into_iter().collect();
}

fn add_columns(expr: &Expr, into: &mut BTreeSet<String>) {
    let columns: std::collections::HashSet<&Column> = expr.column_refs();
    into.extend(columns.into_iter().map(|column| column.name.clone()));
}
