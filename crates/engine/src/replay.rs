//! A replay: a plan that speaks of now, run as if it had been run again and again while the evidence came in, in one pass.
//!
//! Each event becomes one row for every moment at which the plan would have seen it. The moment is a hidden column, which stands in
//! the place of now and is one more key of whatever brings rows together. What a plan finds at one moment is then what a run at
//! that time would have found.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion_common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion_common::{Column, NullHandling, Result, ScalarValue, UnnestOptions, not_impl_err};
use datafusion_expr::{
    Aggregate, Distinct, Expr, Filter, Join, JoinType, LogicalPlan, Operator, Projection, Sort, Union, Unnest, Window,
    binary_expr, lit, when,
};
use functions::moments::Moments;
use functions::ticks;
use plan::relation::field;

/// The hidden column that holds the moment, in ticks.
pub const MOMENT: &str = "\u{1}moment";
const OTHER: &str = "\u{1}other moment";

/// How far back a plan looks from now: at least and at most, in ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lookback {
    pub shortest: i64,
    pub longest: i64,
}

/// One query, bound at two times: what differs between the plans by just the time between is now, or counts from it.
pub struct Replay<'a> {
    pub plan: &'a LogicalPlan,
    pub now: i64,
    pub later: &'a LogicalPlan,
    /// How much later that was bound.
    pub by: i64,
    /// The column of each table's time, and whether it holds milliseconds since 1970.
    pub times: &'a HashMap<String, (String, bool)>,
}

impl Replay<'_> {
    /// How far back the plan looks; `None` where now is more to it than something to count from.
    pub fn lookback(&self) -> Option<Lookback> {
        let mut offsets = Vec::new();
        let is_even = self.pairs(self.plan, self.later, &mut |one, other| {
            offsets.extend(self.offset(one, other)?);
            Some(())
        });
        is_even?;
        let back = offsets.into_iter().map(|offset| -offset).filter(|back| *back > 0);
        let back: Vec<i64> = back.collect();
        Some(Lookback { shortest: *back.iter().min()?, longest: *back.iter().max()? })
    }

    /// Visits the literals of both plans side by side.
    fn pairs(
        &self,
        one: &LogicalPlan,
        other: &LogicalPlan,
        visit: &mut dyn FnMut(&ScalarValue, &ScalarValue) -> Option<()>,
    ) -> Option<()> {
        let (own, others) = (one.expressions(), other.expressions());
        if own.len() != others.len() {
            return None;
        }
        for (own, other) in own.iter().zip(&others) {
            let (own, other) = (literals(own)?, literals(other)?);
            if own.len() != other.len() {
                return None;
            }
            own.iter().zip(&other).try_for_each(|(own, other)| visit(own, other))?;
        }
        let (inputs, others) = (one.inputs(), other.inputs());
        if inputs.len() != others.len() {
            return None;
        }
        inputs.into_iter().zip(others).try_for_each(|(one, other)| self.pairs(one, other, visit))
    }

    /// How far from now a literal is, where it moved with it: `None` where it moved otherwise.
    fn offset(&self, one: &ScalarValue, other: &ScalarValue) -> Option<Option<i64>> {
        if one == other {
            return Some(None);
        }
        match (one, other) {
            (ScalarValue::Int64(Some(one)), ScalarValue::Int64(Some(other))) => match other - one {
                moved if moved == self.by => Some(Some(one - self.now)),
                moved if moved == self.by / ticks::PER_MILLISECOND => {
                    let back = one - ticks::to_unix_millis(self.now);
                    Some(Some(back.saturating_mul(ticks::PER_MILLISECOND)))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// The plan over all moments, with the moment as its last column.
    pub fn in_one_pass(&self, moments: Moments, seen: i64) -> Result<LogicalPlan> {
        let rewritten = self.rewritten(self.plan, self.later, moments, seen)?;
        if rewritten.has_moment { Ok(rewritten.plan) } else { not_impl_err!("the plan reads no table with a time") }
    }

    fn rewritten(&self, one: &LogicalPlan, other: &LogicalPlan, moments: Moments, seen: i64) -> Result<Rewritten> {
        if let LogicalPlan::TableScan(scan) = one {
            let Some((time, millis)) = self.times.get(scan.table_name.table()) else {
                return not_impl_err!("{} is read without a bound on its time", scan.table_name.table());
            };
            let time = Expr::Column(Column::new(Some(scan.table_name.clone()), time));
            let mut exprs: Vec<Expr> = columns(one);
            exprs.push(moments.of(time, *millis, seen).alias(MOMENT));
            let listed = LogicalPlan::Projection(Projection::try_new(exprs, Arc::new(one.clone()))?);
            let options = UnnestOptions { null_handling: NullHandling::Drop, recursions: Vec::new() };
            let names = vec![Column::new_unqualified(MOMENT)];
            let plan = LogicalPlan::Unnest(Unnest::try_new(Arc::new(listed), names, options)?);
            return Ok(Rewritten { plan, has_moment: true });
        }
        let (inputs, others) = (one.inputs(), other.inputs());
        if inputs.len() != others.len() {
            return not_impl_err!("the plan depends on when it runs");
        }
        let inputs = inputs.into_iter().zip(others).map(|(one, other)| self.rewritten(one, other, moments, seen));
        let mut inputs = inputs.collect::<Result<Vec<Rewritten>>>()?;
        if inputs.is_empty() {
            return Ok(Rewritten { plan: one.clone(), has_moment: false });
        }
        if let (LogicalPlan::Join(join), [_, _]) = (one, inputs.as_slice()) {
            let (Some(right), Some(left)) = (inputs.pop(), inputs.pop()) else {
                return not_impl_err!("a join of nothing");
            };
            return joined(join, left, right);
        }
        if inputs.iter().any(|input| !input.has_moment) {
            if inputs.iter().all(|input| !input.has_moment) && one.expressions() == other.expressions() {
                return Ok(Rewritten { plan: one.clone(), has_moment: false });
            }
            return not_impl_err!("rows with and without a time come together");
        }
        let mut exprs = Vec::new();
        for (own, other) in one.expressions().into_iter().zip(other.expressions()) {
            exprs.push(self.moved(own, other)?);
        }
        let mut inputs = inputs.into_iter().map(|input| Arc::new(input.plan));
        let Some(input) = inputs.next() else {
            return not_impl_err!("a plan without an input");
        };
        let plan = match one {
            LogicalPlan::Filter(_) => match exprs.pop() {
                Some(predicate) => LogicalPlan::Filter(Filter::try_new(predicate, input)?),
                None => return not_impl_err!("a filter without a condition"),
            },
            LogicalPlan::Projection(projection) => {
                // A value that speaks of now keeps its column's name.
                let fields = projection.schema.fields().iter().map(|field| field.name().clone());
                let mut named: Vec<Expr> =
                    exprs.into_iter().zip(fields).map(|(expr, name)| as_named(expr, &name)).collect();
                named.push(field(MOMENT));
                LogicalPlan::Projection(Projection::try_new(named, input)?)
            }
            LogicalPlan::Aggregate(aggregate) => {
                if aggregate.group_expr.iter().any(|key| matches!(key, Expr::GroupingSet(_))) {
                    return not_impl_err!("grouping sets");
                }
                let keys = aggregate.group_expr.len();
                let values = exprs.split_off(keys);
                exprs.push(field(MOMENT));
                LogicalPlan::Aggregate(Aggregate::try_new(input, exprs, values)?)
            }
            LogicalPlan::Distinct(Distinct::All(_)) => LogicalPlan::Distinct(Distinct::All(input)),
            LogicalPlan::Sort(sort) if sort.fetch.is_none() => {
                LogicalPlan::Sort(Sort { expr: sort.expr.clone(), input, fetch: None })
            }
            LogicalPlan::Union(_) => {
                let all = std::iter::once(input).chain(inputs).collect();
                LogicalPlan::Union(Union::try_new_with_loose_types(all)?)
            }
            LogicalPlan::Window(_) => windowed(exprs, input)?,
            other => return not_impl_err!("{}", other.display()),
        };
        Ok(Rewritten { plan, has_moment: true })
    }

    /// An expression with the moment in the place of now.
    fn moved(&self, own: Expr, other: Expr) -> Result<Expr> {
        let others = literals(&other).unwrap_or_default();
        if literals(&own).is_none_or(|own| own.len() != others.len()) {
            return not_impl_err!("an inner query speaks of now");
        }
        let mut others = others.into_iter();
        let moved = own.transform_down(|expr| {
            let Expr::Literal(value, _) = &expr else {
                return Ok(Transformed::no(expr));
            };
            let Some(other) = others.next() else {
                return not_impl_err!("the plan depends on when it runs");
            };
            match (self.offset(value, &other), value) {
                (Some(None), _) => Ok(Transformed::no(expr)),
                (Some(Some(offset)), ScalarValue::Int64(Some(own))) => {
                    let in_ticks = own - self.now == offset;
                    Ok(Transformed::new(from_moment(offset, in_ticks), true, TreeNodeRecursion::Jump))
                }
                _ => not_impl_err!("now is more than something to count from"),
            }
        })?;
        Ok(moved.data)
    }
}

struct Rewritten {
    plan: LogicalPlan,
    has_moment: bool,
}

/// The literals of an expression in order; `None` where a query stands within it.
fn literals(expr: &Expr) -> Option<Vec<ScalarValue>> {
    let mut found = Vec::new();
    let mut is_plain = true;
    let walked = expr.apply(|expr| {
        match expr {
            Expr::Literal(value, _) => found.push(value.clone()),
            Expr::InSubquery(_) | Expr::ScalarSubquery(_) | Expr::Exists(_) => is_plain = false,
            _ => {}
        }
        Ok(TreeNodeRecursion::Continue)
    });
    (walked.is_ok() && is_plain).then_some(found)
}

fn from_moment(offset: i64, in_ticks: bool) -> Expr {
    if in_ticks {
        return binary_expr(field(MOMENT), Operator::Plus, lit(offset));
    }
    let since = binary_expr(field(MOMENT), Operator::Minus, lit(ticks::UNIX_EPOCH));
    let millis = binary_expr(since, Operator::Divide, lit(ticks::PER_MILLISECOND));
    binary_expr(millis, Operator::Plus, lit(offset / ticks::PER_MILLISECOND))
}

fn as_named(expr: Expr, name: &str) -> Expr {
    match &expr {
        Expr::Alias(alias) if alias.name == name => expr,
        Expr::Column(column) if column.name == name => expr,
        _ => expr.alias(name),
    }
}

/// All columns of a plan, as they are.
fn columns(plan: &LogicalPlan) -> Vec<Expr> {
    plan.schema().columns().into_iter().map(Expr::Column).collect()
}

/// Rows meet at the same moment.
fn joined(join: &Join, left: Rewritten, right: Rewritten) -> Result<Rewritten> {
    let mut on = join.on.clone();
    let is_both = left.has_moment && right.has_moment;
    let right_plan = if is_both {
        let renamed = columns(&right.plan).into_iter().map(|expr| match &expr {
            Expr::Column(column) if column.name == MOMENT => expr.alias(OTHER),
            _ => expr,
        });
        on.push((field(MOMENT), field(OTHER)));
        LogicalPlan::Projection(Projection::try_new(renamed.collect(), Arc::new(right.plan))?)
    } else {
        right.plan
    };
    let plan = LogicalPlan::Join(Join::try_new(
        Arc::new(left.plan),
        Arc::new(right_plan),
        on,
        join.filter.clone(),
        join.join_type,
        join.join_constraint,
        join.null_equality,
        join.null_aware,
    )?);
    if !is_both {
        // What no row of the other side meets at a moment cannot be told where that side has none.
        return match (left.has_moment, join.join_type) {
            (_, JoinType::Inner) | (true, JoinType::Left | JoinType::LeftSemi | JoinType::LeftAnti) => {
                Ok(Rewritten { plan, has_moment: left.has_moment || right.has_moment })
            }
            (false, JoinType::Right | JoinType::RightSemi | JoinType::RightAnti) => {
                Ok(Rewritten { plan, has_moment: right.has_moment })
            }
            (false, _) if !right.has_moment => Ok(Rewritten { plan, has_moment: false }),
            _ => not_impl_err!("a join with rows that have no time"),
        };
    }
    let moment = match join.join_type {
        JoinType::Right => field(OTHER),
        JoinType::Full => when(field(MOMENT).is_not_null(), field(MOMENT)).otherwise(field(OTHER))?,
        JoinType::RightSemi | JoinType::RightAnti => field(OTHER),
        _ => field(MOMENT),
    };
    let is_moment = |expr: &Expr| matches!(expr, Expr::Column(column) if column.name == MOMENT || column.name == OTHER);
    let mut exprs: Vec<Expr> = columns(&plan).into_iter().filter(|expr| !is_moment(expr)).collect();
    exprs.push(moment.alias(MOMENT));
    Ok(Rewritten { plan: LogicalPlan::Projection(Projection::try_new(exprs, Arc::new(plan))?), has_moment: true })
}

/// Window functions look at the rows of one moment; their columns keep their names.
fn windowed(exprs: Vec<Expr>, input: Arc<LogicalPlan>) -> Result<LogicalPlan> {
    let names: Vec<String> = exprs.iter().map(|expr| expr.schema_name().to_string()).collect();
    let mut kept = columns(&input);
    let apart = exprs.into_iter().map(|expr| match expr {
        Expr::WindowFunction(mut window) => {
            window.params.partition_by.push(field(MOMENT));
            Ok(Expr::WindowFunction(window))
        }
        _ => not_impl_err!("a window that is renamed"),
    });
    let apart = apart.collect::<Result<Vec<Expr>>>()?;
    let renamed = apart.iter().zip(&names).map(|(expr, name)| field(&expr.schema_name().to_string()).alias(name));
    kept.extend(renamed.collect::<Vec<Expr>>());
    let plan = LogicalPlan::Window(Window::try_new(apart, input)?);
    Ok(LogicalPlan::Projection(Projection::try_new(kept, Arc::new(plan))?))
}
