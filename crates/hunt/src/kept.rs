//! The time bounds that hold in a hunt, and the rows that each leaves out, counted in the same reading: those relative to now, and
//! other times that a query asks for.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::RecordBatch;
use datafusion_common::Result;
use datafusion_expr::LogicalPlan;
use engine::asked_time::{self, AskedTime};
use engine::session::guarded;
use engine::{Session, bounds};
use render::count::counted;
use render::table::cut;
use render::value::datetime;

use crate::prepare::Prepared;
use crate::replay::is_stateful;

pub(crate) struct Bounds {
    kept: Vec<(usize, Kept)>,
}

enum Kept {
    /// A bound relative to now: what it says, its table, the plan of what lies outside, and its rows.
    Relative {
        written: String,
        table: String,
        plan: Box<LogicalPlan>,
        outside: AtomicU64,
    },
    Asked(Box<AskedTime>),
}

impl Bounds {
    /// The bounds of plans, by the index of each.
    /// Those of a plan that is replayed leave nothing out.
    pub fn of(ready: &[Prepared], session: &Session, replays: bool) -> Result<Self> {
        let mut kept = Vec::new();
        for (index, prepared) in ready.iter().enumerate().filter(|(_, one)| !(replays && is_stateful(one))) {
            let bounds = &prepared.output.bounds;
            for bound in bounds.iter().filter(|bound| !bound.lifted) {
                kept.push((
                    index,
                    Kept::Relative {
                        written: cut(prepared.source.slice(bound.span), 80),
                        table: bound.table.clone(),
                        plan: Box::new(bounds::outside(bound)?),
                        outside: AtomicU64::new(0),
                    },
                ));
            }
            if bounds.iter().all(|bound| bound.lifted) {
                let asked = guarded(|| asked_time::of_plan(session, &prepared.output.plan)).unwrap_or_default();
                kept.extend(asked.into_iter().map(|asked| (index, Kept::Asked(Box::new(asked)))));
            }
        }
        Ok(Bounds { kept })
    }

    pub fn plans(&self) -> impl Iterator<Item = &LogicalPlan> {
        self.kept.iter().map(|(_, kept)| kept.plan())
    }

    pub fn add(&self, bound: usize, batch: &RecordBatch) {
        match self.kept.get(bound) {
            Some((_, Kept::Relative { outside, .. })) => {
                outside.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
            }
            Some((_, Kept::Asked(asked))) => asked.see(batch),
            None => {}
        }
    }

    /// What was counted so far is void.
    pub fn clear(&self) {
        for (_, kept) in &self.kept {
            match kept {
                Kept::Relative { outside, .. } => outside.store(0, Ordering::Relaxed),
                Kept::Asked(asked) => asked.forget(),
            }
        }
    }

    pub fn alone(&self, bound: usize, session: &Session) -> Result<()> {
        let Some((_, kept)) = self.kept.get(bound) else {
            return Ok(());
        };
        session.run(kept.plan(), &mut |batch| {
            self.add(bound, &batch);
            Ok(ControlFlow::Continue(()))
        })
    }

    /// The plan that a bound is of, and what it says.
    pub fn written(&self, bound: usize) -> Option<(usize, String)> {
        let (index, kept) = self.kept.get(bound)?;
        let written = match kept {
            Kept::Relative { written, .. } => format!("'{written}'"),
            Kept::Asked(asked) => format!("the bound on {} of {}", asked.column, asked.table),
        };
        Some((*index, written))
    }

    /// What the bounds left out; times that were asked for are told of plans that found nothing.
    pub fn told(
        &self,
        ready: &[Prepared],
        has_found: impl Fn(usize) -> bool,
        name: impl Fn(&Prepared) -> String,
    ) -> Vec<String> {
        let told = self.kept.iter().filter_map(|(index, kept)| {
            let said = match kept {
                Kept::Relative { written, table, outside, .. } => {
                    let outside = outside.load(Ordering::Relaxed);
                    (outside > 0)
                        .then(|| format!("'{written}' left out {} of {table}", counted(outside, "row", "rows")))
                }
                Kept::Asked(_) if has_found(*index) => None,
                Kept::Asked(asked) => asked.told(|rows| counted(rows, "row", "rows"), datetime),
            };
            Some(format!("{}: {}", name(ready.get(*index)?), said?))
        });
        told.collect()
    }
}

impl Kept {
    fn plan(&self) -> &LogicalPlan {
        match self {
            Kept::Relative { plan, .. } => plan,
            Kept::Asked(asked) => &asked.plan,
        }
    }
}
