//! Trials: evidence in a folder of a test's own, and what a query over it gives, by both ways that a plan can run.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use arrow::array::RecordBatch;
use arrow::util::display::array_value_to_string;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion_common::Result;
use datafusion_expr::LogicalPlan;
use functions::origin::{self, Origins};
use plan::binding::Rows;
use plan::{Mode, Nulls, Options, Output, Window};
use telemetry::lake::Ingest;
use telemetry::{Bounds, Evidence};

use crate::{EvidenceTables, Limits, Session, Source, Sweep};

pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("trapline-engine-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub fn with(self, name: &str, text: &str) -> Self {
        std::fs::write(self.0.join(name), text).unwrap();
        self
    }

    pub fn source(&self) -> Source {
        self.bounded(Bounds::default())
    }

    pub fn bounded(&self, bounds: Bounds) -> Source {
        Source::new(Evidence::discover(std::slice::from_ref(&self.0)).unwrap(), bounds, 2)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A Sysmon process creation of process `pid` at so many milliseconds of a day.
pub fn sysmon(host: &str, pid: u32, millis: u32, image: &str, more: &str) -> String {
    let time = time(millis);
    format!(
        r#"{{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"Hostname":"{host}","TimeCreated":"{time}","ProcessId":"{pid}","Image":"{image}"{more}}}"#
    ) + "\n"
}

/// A process creation of the Security log.
pub fn security(host: &str, pid: u32, millis: u32, image: &str, more: &str) -> String {
    let time = time(millis);
    format!(
        r#"{{"Channel":"Security","EventID":4688,"Hostname":"{host}","TimeCreated":"{time}","NewProcessId":"{pid:#x}","NewProcessName":"{image}"{more}}}"#
    ) + "\n"
}

pub fn time(millis: u32) -> String {
    let (seconds, millis) = (millis / 1000, millis % 1000);
    format!("2024-05-06T{:02}:{:02}:{:02}.{millis:03}Z", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn bound(tables: &EvidenceTables, kql: &str, origins: bool) -> Output {
    bound_with(tables, kql, origins, None)
}

fn bound_with(tables: &EvidenceTables, kql: &str, origins: bool, rows: Option<Rows<'_>>) -> Output {
    let text = syntax::Source::new("query", kql);
    let parsed = syntax::kql::parse(&text);
    let options = Options {
        now: &|| 0,
        rows,
        window: Window::AsWritten,
        mode: Mode::Helpful,
        origins,
        no_limit: false,
        nulls: Nulls::TwoValued,
        trace: false,
    };
    let bound = plan::kql::bind(&text, &parsed.tree, tables, &options);
    bound.output.unwrap_or_else(|| panic!("{:?} {:?}", parsed.diagnostics, bound.diagnostics))
}

/// The plan of a query as it runs.
pub fn optimized(source: &Arc<Source>, kql: &str) -> LogicalPlan {
    let plan = bound(&EvidenceTables::new(source.clone()), kql, false).plan;
    SessionStateBuilder::new().build().optimize(&plan).unwrap()
}

/// The plan of a query.
pub fn planned(source: &Arc<Source>, kql: &str) -> LogicalPlan {
    bound(&EvidenceTables::new(source.clone()), kql, false).plan
}

/// A lake of what the folder holds.
pub fn ingested(folder: &Folder) -> Folder {
    let lake = Folder::new();
    let evidence = Evidence::discover(std::slice::from_ref(&folder.0)).unwrap();
    let to = lake.0.join("lake");
    let ingest =
        Ingest { evidence: &evidence, to: &to, memory: 64 << 20, threads: 2, waiting: &|| {}, progress: &|_| {} };
    ingest.run().unwrap();
    lake
}

/// The rows of a query through the engine, their values with commas between; null is `-`.
pub fn rows(source: &Arc<Source>, kql: &str) -> Result<Vec<String>> {
    let tables = EvidenceTables::new(source.clone());
    let session = Session::new(Limits { memory: 1 << 30, threads: 2 })?;
    let mut rows = Vec::new();
    session.run(&bound(&tables, kql, false).plan, &mut |batch| {
        rows.extend(texts(&batch));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(rows)
}

/// The rows of a row-wise query through a sweep, in order, each with the number of its events behind it.
pub fn swept(source: &Arc<Source>, kql: &str) -> Result<Vec<String>> {
    let tables = EvidenceTables::new(source.clone());
    let plan = bound(&tables, kql, true).plan;
    let mut sweep = Sweep::default();
    assert!(sweep.add(0, &plan));
    let found = Mutex::new(Vec::new());
    let swept = sweep
        .run(&tables, &|_, batch| found.lock().unwrap().extend(texts(&batch)), &|| found.lock().unwrap().clear())?;
    assert!(swept.failed.is_empty() && swept.refused.is_empty(), "{:?}", swept.failed);
    let mut rows = found.into_inner().unwrap();
    rows.sort();
    Ok(rows)
}

/// What several row-wise queries found in one sweep.
pub struct Together {
    pub rows: Vec<Vec<String>>,
    /// The places of those that failed.
    pub failed: Vec<usize>,
}

pub fn swept_together(source: &Arc<Source>, kql: &[&str]) -> Result<Together> {
    let tables = EvidenceTables::new(source.clone());
    let plans: Vec<LogicalPlan> = kql.iter().map(|kql| bound(&tables, kql, true).plan).collect();
    let mut sweep = Sweep::default();
    plans.iter().enumerate().for_each(|(index, plan)| assert!(sweep.add(index, plan)));
    let found = Mutex::new(vec![Vec::new(); kql.len()]);
    let take = |index: usize, batch| found.lock().unwrap()[index].extend(texts(&batch));
    let swept = sweep.run(&tables, &take, &|| found.lock().unwrap().iter_mut().for_each(Vec::clear))?;
    let failed = swept.failed.iter().map(|(index, _)| *index).collect();
    Ok(Together { rows: found.into_inner().unwrap(), failed })
}

/// What a query lacks, after a sweep.
pub fn lacked(folder: &Folder, kql: &str) -> Option<std::collections::BTreeSet<String>> {
    let tables = EvidenceTables::new(Arc::new(folder.source()));
    let plan = bound(&tables, kql, true).plan;
    let mut sweep = Sweep::default();
    assert!(sweep.add(0, &plan));
    sweep.run(&tables, &|_, _| {}, &|| {}).unwrap();
    crate::lacking::Lacking::new(&tables).of(&plan)
}

/// The rows of a query through the engine, each with the numbers of its events behind it.
pub fn traced(source: &Arc<Source>, kql: &str) -> Result<Vec<String>> {
    let tables = EvidenceTables::new(source.clone());
    let session = Session::new(Limits { memory: 1 << 30, threads: 2 })?;
    let mut rows = Vec::new();
    let asked: Rows<'_> = &|plan| session.collect(plan);
    session.run(&bound_with(&tables, kql, true, Some(asked)).plan, &mut |batch| {
        rows.extend(texts_with(&batch, |origins| {
            let numbers: Vec<String> = origins.kept.iter().map(|origin| origin.ordinal.to_string()).collect();
            numbers.join("+")
        }));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(rows)
}

fn texts(batch: &RecordBatch) -> Vec<String> {
    texts_with(batch, |origins| origins.count.to_string())
}

fn texts_with(batch: &RecordBatch, told: impl Fn(&Origins) -> String) -> Vec<String> {
    let schema = batch.schema();
    let cell = |column: usize, row: usize| {
        let array = batch.column(column);
        if schema.field(column).name() == origin::COLUMN {
            let cells: &arrow::array::BinaryArray = array.as_any().downcast_ref().unwrap();
            return told(&Origins::from_cell(cells.value(row)));
        }
        if array.is_null(row) { "-".to_owned() } else { array_value_to_string(array, row).unwrap() }
    };
    let row = |row| (0..batch.num_columns()).map(|column| cell(column, row)).collect::<Vec<_>>().join(",");
    (0..batch.num_rows()).map(row).collect()
}
