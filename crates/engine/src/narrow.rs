//! Narrowing: of the object that holds all fields of an event, only those that a plan asks for by name are made.
//!
//! An object of twenty fields for each of millions of events costs more than all else that a plan does with two of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::catalog::default_table_source::provider_as_source;
use datafusion::datasource::source_as_provider;
use datafusion_common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion_common::{Column, DFSchema, Result, ScalarValue};
use datafusion_expr::{Expr, LogicalPlan};
use functions::scalar::dynamic;

use crate::provider::EventTable;

/// The plan whose tables know which fields it asks for. Columns that it does not use must be pruned from it.
pub fn narrowed(plan: LogicalPlan) -> Result<LogicalPlan> {
    let Some(names) = asked(&plan)? else { return Ok(plan) };
    let narrow = |node: LogicalPlan| {
        let LogicalPlan::TableScan(mut scan) = node else { return Ok(Transformed::no(node)) };
        let provider = source_as_provider(&scan.source)?;
        let Some(table) = provider.downcast_ref::<EventTable>() else {
            return Ok(Transformed::no(LogicalPlan::TableScan(scan)));
        };
        scan.source = provider_as_source(Arc::new(table.of_data(&names)));
        Ok(Transformed::yes(LogicalPlan::TableScan(scan)))
    };
    Ok(plan.transform_down_with_subqueries(narrow)?.data)
}

/// The names of the fields that a plan asks for in the data columns of its tables; `None` where it may need all.
fn asked(plan: &LogicalPlan) -> Result<Option<BTreeSet<String>>> {
    let mut uses = Uses { columns: BTreeSet::new(), names: BTreeSet::new(), needs_all: false };
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            let provider = source_as_provider(&scan.source)?;
            let table = provider.downcast_ref::<EventTable>();
            uses.columns.extend(table.iter().flat_map(|table| table.data_columns()).map(str::to_owned));
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    uses.needs_all = uses.columns.is_empty() || uses.is_in(plan.schema());
    plan.apply_with_subqueries(|node| {
        let hands_on_by_name = matches!(
            node,
            LogicalPlan::Projection(_)
                | LogicalPlan::Filter(_)
                | LogicalPlan::Aggregate(_)
                | LogicalPlan::Sort(_)
                | LogicalPlan::Limit(_)
                | LogicalPlan::Join(_)
                | LogicalPlan::TableScan(_)
        );
        uses.needs_all |= !hands_on_by_name && node.inputs().iter().any(|input| uses.is_in(input.schema()));
        // What a projection hands on under its own name may still be used by name alone, or be in the result.
        let is_projection = matches!(node, LogicalPlan::Projection(_));
        node.apply_expressions(|expr| match is_projection && hands_on(expr) {
            true => Ok(TreeNodeRecursion::Continue),
            false => uses.look(expr),
        })
    })?;
    Ok((!uses.needs_all).then_some(uses.names))
}

fn hands_on(expr: &Expr) -> bool {
    match expr {
        Expr::Column(_) => true,
        Expr::Alias(alias) => matches!(&*alias.expr, Expr::Column(column) if column.name == alias.name),
        _ => false,
    }
}

/// How a plan uses data columns, all of one name together.
struct Uses {
    columns: BTreeSet<String>,
    names: BTreeSet<String>,
    needs_all: bool,
}

impl Uses {
    fn is_in(&self, schema: &DFSchema) -> bool {
        schema.fields().iter().any(|field| self.columns.contains(field.name()))
    }

    fn look(&mut self, expr: &Expr) -> Result<TreeNodeRecursion> {
        expr.apply(|part| {
            if let Some((name, further)) = self.path(part) {
                self.names.insert(name.to_owned());
                for expr in further {
                    self.look(expr)?;
                }
                return Ok(TreeNodeRecursion::Jump);
            }
            match part {
                Expr::Column(column) | Expr::OuterReferenceColumn(_, column) => {
                    self.needs_all |= self.columns.contains(&column.name);
                }
                // What a query within an expression gives is named by no column of that expression.
                Expr::InSubquery(of) => self.needs_all |= self.is_in(of.subquery.subquery.schema()),
                Expr::ScalarSubquery(of) => self.needs_all |= self.is_in(of.subquery.schema()),
                _ => {}
            }
            Ok(TreeNodeRecursion::Continue)
        })
    }

    /// The name that a path into a data column begins with, and the rest of the path.
    fn path<'e>(&self, expr: &'e Expr) -> Option<(&'e str, &'e [Expr])> {
        let (Expr::Column(Column { name, .. }), path) = dynamic::got(expr)? else { return None };
        match path.split_first()? {
            (Expr::Literal(ScalarValue::Utf8(Some(first)), _), further) if self.columns.contains(name) => {
                Some((first, further))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
