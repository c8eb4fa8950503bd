//! Row-wise plans as legs: one chain of filters and projections over one table, for each way from a table to the result.
//!
//! A sweep runs thousands of detections over one reading of the evidence. Planning each through the optimiser would cost more
//! than the reading, so the plans that look at one row at a time are taken apart here and run as they are.

use std::collections::BTreeSet;

use datafusion_common::DFSchemaRef;
use datafusion_expr::{Expr, LogicalPlan};

/// One way from a table to the result. It speaks of the plan's own expressions: thousands of rules are wide.
#[derive(Debug, Clone)]
pub struct Leg<'p> {
    pub table: String,
    /// The table's columns that the chain reads, in the order of their names.
    pub reads: Vec<&'p str>,
    pub steps: Vec<Step<'p>>,
}

/// One operation on a batch. `input` is the schema that its expressions speak of.
#[derive(Debug, Clone)]
pub enum Step<'p> {
    Filter {
        predicate: &'p Expr,
        input: &'p DFSchemaRef,
    },
    /// The kept expressions with the names of their results.
    Project {
        exprs: Vec<(&'p str, &'p Expr)>,
        input: &'p DFSchemaRef,
    },
    /// The same columns under new names, by position: what a union does to its parts.
    Rename {
        names: Vec<&'p str>,
        input: &'p DFSchemaRef,
    },
}

/// The legs of a plan, or `None` where it is not row-wise: where any operator looks at more than one row.
pub fn legs(plan: &LogicalPlan) -> Option<Vec<Leg<'_>>> {
    collect(plan, None)
}

fn names(schema: &DFSchemaRef) -> impl Iterator<Item = &str> {
    schema.fields().iter().map(|field| field.name().as_str())
}

/// Steps of all legs below a plan, first step first, without the expressions whose values nobody reads; all are read where it is not said which.
/// Chains are walked by a loop: a query may be thousands of operators long.
fn collect<'p>(plan: &'p LogicalPlan, mut needed: Option<BTreeSet<&'p str>>) -> Option<Vec<Leg<'p>>> {
    let mut above: Vec<Step<'p>> = Vec::new();
    let mut plan = plan;
    loop {
        match plan {
            LogicalPlan::Filter(filter) => {
                if let Some(needed) = &mut needed {
                    needed.extend(columns(&filter.predicate));
                }
                above.push(Step::Filter { predicate: &filter.predicate, input: filter.input.schema() });
                plan = &filter.input;
            }
            LogicalPlan::Projection(projection) => {
                let exprs = names(&projection.schema).zip(&projection.expr);
                let is_needed = |name: &str| needed.as_ref().is_none_or(|needed| needed.contains(name));
                let exprs: Vec<(&str, &Expr)> = exprs.filter(|(name, _)| is_needed(name)).collect();
                needed = Some(exprs.iter().flat_map(|(_, expr)| columns(expr)).collect());
                above.push(Step::Project { exprs, input: projection.input.schema() });
                plan = &projection.input;
            }
            // The order of single rows is the caller's: findings have their own.
            LogicalPlan::Sort(sort) if sort.fetch.is_none() => plan = &sort.input,
            LogicalPlan::TableScan(scan) => {
                above.reverse();
                let reads = needed.unwrap_or_else(|| names(plan.schema()).collect()).into_iter().collect();
                return Some(vec![Leg { table: scan.table_name.table().to_string(), reads, steps: above }]);
            }
            LogicalPlan::Union(union) => {
                above.reverse();
                let mut legs = Vec::new();
                for input in &union.inputs {
                    for (mine, whole) in input.schema().fields().iter().zip(union.schema.fields()) {
                        if mine.data_type() != whole.data_type() {
                            return None;
                        }
                    }
                    let pairs = names(input.schema()).zip(names(&union.schema));
                    let needed = needed
                        .as_ref()
                        .map(|needed| pairs.filter(|(_, new)| needed.contains(new)).map(|(old, _)| old).collect());
                    for mut leg in collect(input, needed)? {
                        leg.steps.push(Step::Rename { names: names(&union.schema).collect(), input: input.schema() });
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

/// The columns that an expression looks at; most are but one, under its name.
fn columns(expr: &Expr) -> Vec<&str> {
    match expr {
        Expr::Column(column) => vec![&column.name],
        Expr::Alias(alias) => columns(&alias.expr),
        expr => expr.column_refs().into_iter().map(|column| column.name.as_str()).collect(),
    }
}
