//! An asked time: what a query's own conditions, which hold as written, ask of the time of a table's rows; and the time that
//! those rows have, for the query that asks for another.

use std::sync::{Mutex, PoisonError};

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use datafusion::datasource::source_as_provider;
use datafusion_common::tree_node::TreeNodeRecursion;
use datafusion_common::{Column, Result, ScalarValue};
use datafusion_expr::logical_plan::TableScanBuilder;
use datafusion_expr::utils::split_conjunction;
use datafusion_expr::{BinaryExpr, Expr, LogicalPlan, LogicalPlanBuilder, Operator};
use functions::{Type, ticks};

use crate::provider::{EventTable, TIMES};
use crate::session::Session;

/// The time that a plan asks of one table.
#[derive(Debug)]
pub struct AskedTime {
    pub table: String,
    pub column: String,
    kind: Type,
    /// The first and the last value that is asked for.
    from: Option<i64>,
    to: Option<i64>,
    /// The time of every row of the table.
    pub plan: LogicalPlan,
    seen: Mutex<Seen>,
}

/// What the rows have.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    rows: u64,
    inside: u64,
    oldest: Option<i64>,
    newest: Option<i64>,
}

/// The times that a plan asks for, of each table once. A bound that was stated relative to now is none of these: the caller knows
/// which plans have some.
pub fn of_plan(session: &Session, plan: &LogicalPlan) -> Result<Vec<AskedTime>> {
    if !compares_times(plan)? {
        return Ok(Vec::new());
    }
    let mut asked: Vec<AskedTime> = Vec::new();
    session.optimized(plan)?.apply_with_subqueries(|node| {
        if let LogicalPlan::Filter(filter) = node
            && let LogicalPlan::TableScan(scan) = &*filter.input
        {
            let provider = source_as_provider(&scan.source)?;
            let times = provider.downcast_ref::<EventTable>().into_iter().flat_map(EventTable::times);
            let ranges = times.filter_map(|(column, kind)| Some((column, kind, range(&filter.predicate, column)?)));
            if let Some((column, kind, (from, to))) = ranges.into_iter().next()
                && !asked.iter().any(|known| scan.table_name.table() == known.table)
            {
                let rows = TableScanBuilder::new(scan.table_name.clone(), scan.source.clone()).build()?;
                let of_table = Expr::Column(Column::new(Some(scan.table_name.clone()), column));
                asked.push(AskedTime {
                    table: scan.table_name.table().to_owned(),
                    column: column.to_owned(),
                    kind,
                    from,
                    to,
                    plan: LogicalPlanBuilder::from(LogicalPlan::TableScan(rows))
                        .project([of_table.alias(column)])?
                        .build()?,
                    seen: Mutex::default(),
                });
            }
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(asked)
}

impl AskedTime {
    /// Takes rows of its plan into account.
    pub fn see(&self, batch: &RecordBatch) {
        let Some(times) = batch.columns().first().and_then(|column| column.as_primitive_opt::<Int64Type>()) else {
            return;
        };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.rows += batch.num_rows() as u64;
        for time in times.iter().flatten() {
            let is_inside = self.from.is_none_or(|from| time >= from) && self.to.is_none_or(|to| time <= to);
            seen.inside += u64::from(is_inside);
            seen.oldest = Some(seen.oldest.map_or(time, |oldest| oldest.min(time)));
            seen.newest = seen.newest.max(Some(time));
        }
    }

    /// What was seen so far is void.
    pub fn forget(&self) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Seen::default();
    }

    /// Says that the table has rows and none of the time that is asked for, where that is so.
    pub fn told(&self, counted: impl Fn(u64) -> String, shown: impl Fn(i64) -> Option<String>) -> Option<String> {
        let seen = *self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.rows == 0 || seen.inside > 0 {
            return None;
        }
        let shown = |time: Option<i64>| {
            let time = time?;
            shown(if self.kind == Type::Datetime { time } else { ticks::from_unix_millis(time)? })
        };
        // What is left out by a hair, by `<` or `>`, is shown as it was written.
        let written = |time: Option<i64>, unit: i64| {
            let is_written = |time: &i64| time.rem_euclid(1000) == 0;
            time.map(|time| [time - unit].into_iter().find(is_written).unwrap_or(time))
        };
        let asked = match (shown(written(self.from, 1)), shown(written(self.to, -1))) {
            (Some(from), Some(to)) => format!("from {from} to {to}"),
            (Some(from), None) => format!("from {from} on"),
            (None, Some(to)) => format!("up to {to}"),
            (None, None) => return None,
        };
        let have = match (shown(seen.oldest), shown(seen.newest)) {
            (Some(oldest), Some(newest)) => format!("whose times go from {oldest} to {newest}"),
            _ => "which have no time".to_owned(),
        };
        Some(format!(
            "{} {asked} is asked for: that leaves out {} of {}, {have}",
            self.column,
            counted(seen.rows),
            self.table
        ))
    }
}

/// Whether a condition of the plan compares the time of rows with what is no column: most plans need no closer look, which costs.
fn compares_times(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::Filter(filter) = node {
            found |= split_conjunction(&filter.predicate).iter().any(|part| is_bound(part));
        }
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    Ok(found)
}

fn is_bound(part: &Expr) -> bool {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = part else { return false };
    let is_time = |side: &Expr| matches!(side, Expr::Column(column) if TIMES.contains(&column.name.as_str()));
    let is_given = |side: &Expr| side.column_refs().is_empty();
    matches!(op, Operator::Gt | Operator::GtEq | Operator::Lt | Operator::LtEq | Operator::Eq)
        && (is_time(left) && is_given(right) || is_given(left) && is_time(right))
}

/// The first and the last value of the column that a condition lets through; `None` where it says nothing of it.
fn range(predicate: &Expr, column: &str) -> Option<(Option<i64>, Option<i64>)> {
    let (mut from, mut to): (Option<i64>, Option<i64>) = (None, None);
    for part in split_conjunction(predicate) {
        let Expr::BinaryExpr(BinaryExpr { left, op, right }) = part else { continue };
        let (op, value) = match (&**left, &**right) {
            (Expr::Column(named), Expr::Literal(ScalarValue::Int64(Some(value)), _)) if named.name == column => {
                (Some(*op), *value)
            }
            (Expr::Literal(ScalarValue::Int64(Some(value)), _), Expr::Column(named)) if named.name == column => {
                (op.swap(), *value)
            }
            _ => continue,
        };
        let (first, last) = match op {
            Some(Operator::GtEq) => (Some(value), None),
            Some(Operator::Gt) => (value.checked_add(1), None),
            Some(Operator::LtEq) => (None, Some(value)),
            Some(Operator::Lt) => (None, value.checked_sub(1)),
            Some(Operator::Eq) => (Some(value), Some(value)),
            _ => continue,
        };
        from = from.max(first);
        to = [to, last].into_iter().flatten().min();
    }
    (from.is_some() || to.is_some()).then_some((from, to))
}
