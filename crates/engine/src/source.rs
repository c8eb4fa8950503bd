//! A source: the evidence with the bounds that hold for every reading of it, and what the readings came to.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use arrow::array::{Array, AsArray, BooleanArray};
use arrow::compute::filter_record_batch;
use arrow::datatypes::Int64Type;
use datafusion_common::{DataFusionError, Result, exec_datafusion_err};
pub use telemetry::Bounds;
use telemetry::{EventBatch, Evidence, Fields, Outlook, Progress, ReadOptions, Report, System};

use crate::processes::Processes;

mod gathering;

/// How many bytes the creations of processes may take, where nobody says otherwise.
const ROOM: usize = 512 << 20;

/// Evidence, bounded by time and host.
pub struct Source {
    pub evidence: Evidence,
    bounds: Bounds,
    threads: usize,
    progress: Box<dyn Fn(Progress) + Send + Sync>,
    /// What the first whole reading came to. Every whole reading meets the same damage.
    report: Mutex<Option<Report>>,
    newest: OnceLock<Option<i64>>,
    /// Raw fields that were asked for in a whole reading, and whether any event held them.
    seen: Mutex<HashMap<String, bool>>,
    /// By the first whole reading; until there is one, by the first that was not.
    outside: Mutex<Option<Outside>>,
    keeps_twins: bool,
    /// Whether two logs may tell of one process creation, once that is settled; and what was known of it before any reading.
    twins: OnceLock<bool>,
    outlook: OnceLock<Outlook>,
    /// Bytes that the creations of processes may take.
    room: usize,
    /// Made when a table needs them first.
    processes: OnceLock<Arc<Processes>>,
    gathering: Mutex<()>,
}

/// Events outside of the bounds, and those of them that have no time.
#[derive(Debug, Clone, Copy)]
struct Outside {
    counted: (u64, u64),
    is_whole: bool,
}

/// Takes batches of events, on any thread, and says whether more are wanted.
pub type Sink<'a> = &'a (dyn Fn(&EventBatch) -> ControlFlow<()> + Sync);

/// What of a reading lay within the bounds, and how many events did not.
#[derive(Debug, Default)]
struct Within {
    kinds: BTreeMap<(u32, i64), u64>,
    newest: Option<i64>,
    outside: u64,
    untimed: u64,
}

impl Source {
    pub fn new(evidence: Evidence, bounds: Bounds, threads: usize) -> Self {
        let progress = Box::new(|_: Progress| {});
        Source {
            evidence,
            bounds,
            threads,
            progress,
            report: Mutex::new(None),
            newest: OnceLock::new(),
            seen: Mutex::default(),
            outside: Mutex::default(),
            keeps_twins: false,
            twins: OnceLock::new(),
            outlook: OnceLock::new(),
            room: ROOM,
            processes: OnceLock::new(),
            gathering: Mutex::default(),
        }
    }

    /// How many threads work; as many as there are cores where nobody says.
    pub fn threads(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        }
    }

    /// Every record of a process creation is a row, also where two logs tell of the same one.
    pub fn keep_twins(mut self) -> Self {
        self.keeps_twins = true;
        self
    }

    /// How many bytes the creations of processes may take.
    pub fn with_room(mut self, bytes: usize) -> Self {
        self.room = bytes;
        self
    }

    pub fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// Tells every step of every reading.
    pub fn on_progress(mut self, progress: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.progress = Box::new(progress);
        self
    }

    /// The event columns to decode for these names, and those that the bounds look at.
    pub fn fields(&self, names: &[String], with_origin: bool) -> Fields {
        let mut wanted: Vec<&str> = names.iter().map(String::as_str).collect();
        if self.bounds.is_bounded() {
            wanted.push(System::Time.name());
        }
        if !self.bounds.hosts.is_empty() {
            wanted.push(System::Computer.name());
        }
        Fields::new(wanted, with_origin)
    }

    /// Reads the evidence once, with columns that [`Source::fields`] gave. The sink runs on several threads, in no order. The
    /// report's kinds and newest time are of the events within the bounds.
    pub fn read(&self, fields: &Fields, sink: Sink<'_>) -> Result<Report> {
        self.read_with(false, fields, sink)
    }

    /// As [`Source::read`], but the sink gets the batches one at a time, in the order of the evidence.
    pub fn read_in_order(&self, fields: &Fields, sink: Sink<'_>) -> Result<Report> {
        self.read_with(true, fields, sink)
    }

    fn read_with(&self, in_order: bool, fields: &Fields, sink: Sink<'_>) -> Result<Report> {
        let options = ReadOptions { threads: self.threads, in_order };
        let failure: OnceLock<DataFusionError> = OnceLock::new();
        let within: Mutex<Within> = Mutex::default();
        let bounded = |events: EventBatch| match self.within_bounds(events, &within) {
            Ok(events) if events.events.is_empty() => ControlFlow::Continue(()),
            Ok(events) => sink(&events),
            Err(error) => {
                // One failure ends the reading; which of several threads' it is does not matter.
                let _ = failure.set(error);
                ControlFlow::Break(())
            }
        };
        // What lies outside is counted by the source's own bounds, so they stand where there are any.
        let bounded_fields = self.bounds.is_bounded().then(|| fields.clone().within(self.bounds.clone()));
        let mut report =
            self.evidence.read(bounded_fields.as_ref().unwrap_or(fields), &options, &bounded, &*self.progress);
        if let Some(error) = failure.into_inner() {
            return Err(error);
        }
        if !report.was_stopped {
            // Counted before the bounds: one of the two records may lie outside of them.
            self.twins.get_or_init(|| self.evidence.held_twins(&report));
        }
        if self.bounds.is_bounded() {
            let mut within = within.into_inner().unwrap_or_else(PoisonError::into_inner);
            let withheld = &report.withheld;
            for (kind, count) in &withheld.kinds {
                *within.kinds.entry(*kind).or_default() += count;
            }
            let counted = (within.outside + withheld.outside, within.untimed + withheld.untimed);
            let mut outside = self.outside.lock().unwrap_or_else(PoisonError::into_inner);
            if outside.is_none_or(|known| !known.is_whole && !report.was_stopped) {
                *outside = Some(Outside { counted, is_whole: !report.was_stopped });
            }
            (report.kinds, report.newest) = (within.kinds, within.newest.max(withheld.newest));
        }
        if !report.was_stopped {
            let mut kept = self.report.lock().unwrap_or_else(PoisonError::into_inner);
            kept.get_or_insert_with(|| report.clone());
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            for (name, is_seen) in fields.raw().iter().zip(&report.fields_seen) {
                *seen.entry(name.clone()).or_default() |= is_seen;
            }
        }
        Ok(report)
    }

    /// How many events lay outside of the bounds, and how many events had no time to be bounded by.
    pub fn outside(&self) -> (u64, u64) {
        let outside = *self.outside.lock().unwrap_or_else(PoisonError::into_inner);
        outside.map(|outside| outside.counted).unwrap_or_default()
    }

    /// What a whole reading came to, if there was one.
    pub fn report(&self) -> Option<Report> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether any event held a raw field; `None` where no whole reading asked for it.
    pub fn has_field(&self, name: &str) -> Option<bool> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied()
    }

    /// The time of the oldest event; reads the evidence where nobody has.
    pub fn oldest(&self) -> Option<i64> {
        match self.report() {
            Some(report) => report.oldest,
            None => {
                let fields = self.fields(&[], false).of_kinds(Vec::new());
                self.read(&fields, &|_| ControlFlow::Continue(())).ok()?.oldest
            }
        }
    }

    /// The time of the newest event that is not later than the machine's clock; reads the evidence where nobody has.
    pub fn newest(&self) -> Option<i64> {
        *self.newest.get_or_init(|| match self.report() {
            Some(report) => report.newest,
            // No event is wanted: the report has the time.
            None => {
                let fields = self.fields(&[], false).of_kinds(Vec::new());
                self.read(&fields, &|_| ControlFlow::Continue(())).ok()?.newest
            }
        })
    }

    fn within_bounds(&self, events: EventBatch, within: &Mutex<Within>) -> Result<EventBatch> {
        let bounds = &self.bounds;
        if !bounds.is_bounded() {
            return Ok(events);
        }
        let column = |name: &str| {
            events.batch.column_by_name(name).ok_or_else(|| exec_datafusion_err!("the events were read without {name}"))
        };
        let mut keep = vec![true; events.events.len()];
        let times = column(System::Time.name())?.as_primitive::<Int64Type>();
        let time = |row: usize| times.is_valid(row).then(|| times.value(row));
        let mut untimed = 0;
        if bounds.is_timed() {
            for (row, keep) in keep.iter_mut().enumerate() {
                untimed += u64::from(time(row).is_none());
                *keep = bounds.has_time(time(row));
            }
        }
        if !bounds.hosts.is_empty() {
            let computers = column(System::Computer.name())?.as_string::<i32>();
            for (row, keep) in keep.iter_mut().enumerate() {
                *keep = *keep && bounds.has_host(computers.is_valid(row).then(|| computers.value(row)));
            }
        }
        let kept = |row: &usize| keep.get(*row).copied().unwrap_or(false);
        let rows: Vec<usize> = (0..keep.len()).filter(kept).collect();
        let clock = telemetry::clock();
        let newest = rows.iter().filter_map(|row| time(*row)).filter(|time| *time <= clock).max();
        let mut counted = within.lock().unwrap_or_else(PoisonError::into_inner);
        counted.outside += (keep.len() - rows.len()) as u64;
        counted.untimed += untimed;
        counted.newest = counted.newest.max(newest);
        for row in &rows {
            if let (Some(channel), Some(event)) = (events.channels.get(*row), events.events.get(*row)) {
                *counted.kinds.entry((*channel, *event)).or_default() += 1;
            }
        }
        drop(counted);
        chosen(&events, keep)
    }
}

/// The events within a range of time; `None` where all are, or their times were not read.
pub fn timed(events: &EventBatch, bounds: &Bounds) -> Result<Option<EventBatch>> {
    let Some(times) = events.batch.column_by_name(System::Time.name()).filter(|_| bounds.is_timed()) else {
        return Ok(None);
    };
    let times = times.as_primitive::<Int64Type>();
    let keep: Vec<bool> = times.iter().map(|time| bounds.has_time(time)).collect();
    if keep.iter().all(|keep| *keep) { Ok(None) } else { chosen(events, keep).map(Some) }
}

fn chosen(events: &EventBatch, keep: Vec<bool>) -> Result<EventBatch> {
    let rows = || keep.iter().enumerate().filter(|(_, keep)| **keep).map(|(row, _)| row);
    Ok(EventBatch {
        channels: rows().filter_map(|row| events.channels.get(row).copied()).collect(),
        events: rows().filter_map(|row| events.events.get(row).copied()).collect(),
        has_several: events.has_several,
        batch: filter_record_batch(&events.batch, &BooleanArray::from(keep))?,
    })
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("bounds", &self.bounds).finish_non_exhaustive()
    }
}
