//! Replays: a detection that looks at several rows together is run as its SIEM would have run it, again and again while the events
//! came in; what it finds again is one finding.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::ControlFlow;

use catalogue::{Language, Variant};
use datafusion_common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion_common::{Column, DataFusionError, Result, ScalarValue, not_impl_err};
use datafusion_expr::{Expr, LogicalPlan, LogicalPlanBuilder, lit};
use engine::replay::{Lookback, Replay};
use engine::{EvidenceTables, Session};
use functions::moments::Moments;
use functions::{Type, ticks};
use plan::{Options, Output};

use crate::found::{Found, Shape};
use crate::language;
use crate::prepare::Prepared;

/// Runs of one detection, where each has to be a run of its own.
const MOST_RUNS: i64 = 500;
/// Moments at which one event is seen.
const MOST_SEEN: i64 = 3_000;
/// Rows that all runs of one detection may give.
const MOST_ROWS: usize = 100_000;
/// How much later a plan is bound a second time: nothing that a query rounds a time to divides it.
const LATER: i64 = ticks::PER_DAY + ticks::PER_HOUR + 61 * ticks::PER_SECOND + 70_000;

/// What a replay came to.
pub(crate) struct Replayed {
    pub found: Vec<Found>,
    /// How it was done, or why it was not.
    pub said: String,
}

/// Whether a plan has to be replayed: now bounds what it looks at, and rows are not looked at each alone.
pub(crate) fn is_stateful(prepared: &Prepared) -> bool {
    prepared.member.is_none()
        && prepared.language != Language::Sigma
        && prepared.output.bounds.iter().any(|bound| !bound.lifted)
}

/// What a run at some time is bound with.
pub(crate) struct Runs<'a> {
    pub tables: &'a EvidenceTables,
    pub session: &'a Session,
    pub options: &'a Options<'a>,
    pub now: i64,
}

impl Runs<'_> {
    pub fn replay(&self, index: usize, prepared: &Prepared, variant: &Variant) -> Result<Replayed> {
        let times = times(&prepared.output);
        let output = self.bound(variant, self.now)?;
        let later = self.bound(variant, self.now.saturating_add(LATER))?;
        let replay = Replay { plan: &output.plan, now: self.now, later: &later.plan, by: LATER, times: &times };
        let in_step = replay.lookback();
        let Some(lookback) = in_step.or_else(|| at_now(&output, self.now)) else {
            return self.once(index, prepared, "how far it looks back is not known");
        };
        let frequency = variant.frequency.and_then(|period| i64::try_from(period.0.as_secs()).ok());
        let frequency = frequency.map(|seconds| seconds.saturating_mul(ticks::PER_SECOND));
        let every = frequency.unwrap_or(lookback.shortest / 2).max(ticks::PER_SECOND);
        let moments = Moments { last: self.now, every };
        let is_dense = lookback.longest / every > MOST_SEEN;
        let plan = match in_step {
            Some(_) if !is_dense => replay.in_one_pass(moments, lookback.longest),
            _ => not_impl_err!("each run is one of its own"),
        };
        let mut found = Vec::new();
        let ran = plan.and_then(|plan| self.run(index, prepared, &plan, None, &mut found));
        if ran.is_err() {
            found.clear();
            let Some(oldest) = self.tables.source().oldest() else {
                return Ok(Replayed { found, said: String::new() });
            };
            let runs = (self.now - moments.first_from(oldest)) / every + 1;
            if runs > MOST_RUNS {
                return self.once(index, prepared, &format!("{runs} runs over all of the evidence would be needed"));
            }
            for run in (0..runs).rev() {
                let moment = self.now - run * every;
                let output = self.bound(variant, moment)?;
                let plan = until(output.plan, &times, moment)?;
                self.run(index, prepared, &plan, Some(moment), &mut found)?;
            }
        }
        let every = ticks::format_timespan(every);
        Ok(Replayed {
            found: without_repeats(found, &prepared.shape, lookback),
            said: format!("replayed: run every {every} while the events came in, up to now"),
        })
    }

    /// Where a replay is not to be had, the detection runs at now alone, and that is said.
    fn once(&self, index: usize, prepared: &Prepared, why: &str) -> Result<Replayed> {
        let mut found = Vec::new();
        self.run(index, prepared, &prepared.output.plan, None, &mut found)?;
        Ok(Replayed { found, said: format!("run at now alone, and not replayed: {why}") })
    }

    fn bound(&self, variant: &Variant, now: i64) -> Result<Output> {
        let now = || now;
        let options = Options { now: &now, ..*self.options };
        let bound = language::variant(variant, self.tables, &options).pop();
        bound
            .and_then(|bound| bound.output)
            .ok_or_else(|| DataFusionError::Plan("bound at another time it fails".into()))
    }

    fn run(
        &self,
        index: usize,
        prepared: &Prepared,
        plan: &LogicalPlan,
        moment: Option<i64>,
        found: &mut Vec<Found>,
    ) -> Result<()> {
        self.session.run(plan, &mut |batch| {
            let room = MOST_ROWS.saturating_sub(found.len());
            let (rows, count) = prepared.shape.rows(index, batch, room);
            if count > rows.len() as u64 {
                return Err(DataFusionError::ResourcesExhausted(format!("its runs give more than {MOST_ROWS} rows")));
            }
            found.extend(rows.into_iter().map(|mut row| {
                row.moment = row.moment.or(moment);
                row
            }));
            Ok(ControlFlow::Continue(()))
        })
    }
}

/// How far back a plan looks that rounds now, as at a run at now.
fn at_now(output: &Output, now: i64) -> Option<Lookback> {
    let bounds = output.bounds.iter().filter(|bound| !bound.lifted);
    let back = bounds.flat_map(|bound| {
        let mut found = Vec::new();
        let looked = bound.keeps.apply(|expr| {
            if let Expr::Literal(ScalarValue::Int64(Some(value)), _) = expr {
                let time = if bound.kind == Type::Datetime { Some(*value) } else { ticks::from_unix_millis(*value) };
                found.extend(time.map(|time| now.saturating_sub(time)).filter(|back| *back > 0));
            }
            Ok(TreeNodeRecursion::Continue)
        });
        if looked.is_ok() { found } else { Vec::new() }
    });
    let back: Vec<i64> = back.collect();
    Some(Lookback { shortest: *back.iter().min()?, longest: *back.iter().max()? })
}

/// The column of each table's time, and whether it holds milliseconds.
fn times(output: &Output) -> HashMap<String, (String, bool)> {
    let bounds = output.bounds.iter().filter(|bound| !bound.lifted);
    bounds.map(|bound| (bound.table.clone(), (bound.column.clone(), bound.kind != Type::Datetime))).collect()
}

/// The plan over the events up to a moment: those behind it had not happened yet.
fn until(plan: LogicalPlan, times: &HashMap<String, (String, bool)>, moment: i64) -> Result<LogicalPlan> {
    let bounded = plan.transform_up_with_subqueries(|node| {
        let LogicalPlan::TableScan(scan) = &node else {
            return Ok(Transformed::no(node));
        };
        let Some((time, millis)) = times.get(scan.table_name.table()) else {
            return Ok(Transformed::no(node));
        };
        let end = if *millis { ticks::to_unix_millis(moment) } else { moment };
        let time = Expr::Column(Column::new(Some(scan.table_name.clone()), time));
        Ok(Transformed::yes(LogicalPlanBuilder::from(node).filter(time.lt_eq(lit(end)))?.build()?))
    })?;
    Ok(bounded.data)
}

/// One finding for what several runs found: rows of one key of which most events are the same. The row with the most events is kept.
fn without_repeats(mut found: Vec<Found>, shape: &Shape, lookback: Lookback) -> Vec<Found> {
    found.sort_by_key(|row| row.moment);
    let mut kept: Vec<Found> = Vec::new();
    let mut of_key: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for row in found {
        let known = of_key.entry(key(&row, shape)).or_default();
        known.retain(|place| {
            kept.get(*place).is_some_and(|one| row.moment < one.moment.map(|at| at.saturating_add(lookback.longest)))
        });
        let repeated = known.iter().rev().copied().find(|place| {
            kept.get(*place).is_some_and(|one| one.moment != row.moment && is_repeat(one, &row, lookback))
        });
        match repeated.and_then(|place| kept.get_mut(place)) {
            Some(one) if row.origins.count > one.origins.count => *one = row,
            // What was seen last is compared with what comes next.
            Some(one) => one.moment = row.moment,
            None => {
                known.push(kept.len());
                kept.push(row);
            }
        }
    }
    kept
}

fn key(row: &Found, shape: &Shape) -> String {
    let object = row.object(shape);
    let texts = shape.columns.iter().filter(|column| matches!(column.kind, Type::String | Type::Guid | Type::Bool));
    let values: Vec<String> = texts.filter_map(|column| object.get(&column.name)).map(ToString::to_string).collect();
    values.join("\u{1}")
}

/// Whether most of what the one rests on is what the other rests on: of rows that also look far back, what is recent in them.
fn is_repeat(one: &Found, other: &Found, lookback: Lookback) -> bool {
    let is_whole = lookback.shortest == lookback.longest;
    let events = |row: &Found| -> HashSet<(u32, u64)> {
        if is_whole {
            return row.origins.places().map(|(place, _)| place).collect();
        }
        let from = row.moment.map_or(i64::MIN, |moment| moment.saturating_sub(lookback.shortest));
        let recent = row.origins.kept.iter().filter(move |origin| origin.time > from);
        recent.map(|origin| (origin.file, origin.ordinal)).collect()
    };
    let (own, others) = (events(one), events(other));
    if own.is_empty() && others.is_empty() {
        return one.origins == other.origins;
    }
    let least = own.len().min(others.len());
    least == 0 || own.intersection(&others).count() * 2 > least
}
