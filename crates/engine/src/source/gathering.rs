//! Gathering: the creations of processes, read before the reading that needs them or in the middle of it, and whether any need
//! be read at all.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion_common::Result;
use functions::origin::Origin;
use telemetry::{EventBatch, Fields, Outlook, ReadOptions};

use super::Source;
use crate::context::Context;
use crate::processes::{Gather, Processes};
use crate::program::Needs;

impl Source {
    /// What the rows of tables need to know beside their events. Reads the evidence where there are twins, and nobody has read it
    /// for them; of initiators nothing is known until some row asks.
    pub fn context(&self, needs: Needs) -> Result<Context<'_>> {
        let twins = if needs.twins { self.may_hold_twins() } else { Some(false) };
        let known = if twins == Some(true) { Some(self.gathered()?) } else { self.processes() };
        Ok(Context::new(self, known.filter(|_| needs.initiators || twins == Some(true)), twins))
    }

    /// Whether two logs may tell of one process creation; `None` where only a whole reading tells.
    pub fn may_hold_twins(&self) -> Option<bool> {
        if self.keeps_twins {
            return Some(false);
        }
        if let Some(known) = self.twins.get() {
            return Some(*known);
        }
        match self.outlook.get_or_init(|| self.evidence.outlook_on_twins()) {
            Outlook::Never => Some(false),
            Outlook::Open => None,
            Outlook::Likely => Some(true),
        }
    }

    /// As [`Source::may_hold_twins`], for those who cannot wait: looks at every byte of the evidence where that is needed.
    pub fn settle_twins(&self) -> bool {
        let looked = || *self.twins.get_or_init(|| self.evidence.may_hold_twins());
        self.may_hold_twins().unwrap_or_else(looked)
    }

    /// A reading met both of the logs that tell of process creations. Whether they may tell of the same, if it is not known
    /// better.
    pub fn met_both(&self) -> bool {
        *self.twins.get_or_init(|| true)
    }

    pub(crate) fn gathered(&self) -> Result<Arc<Processes>> {
        // Two scans of one plan may ask at once, and one gathering is enough.
        let _one = self.gathering.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = self.processes() {
            return Ok(known);
        }
        let made = Arc::new(self.gather()?);
        Ok(self.processes.get_or_init(|| made).clone())
    }

    /// Gathers the creations of processes from all of the evidence: what a process did may lie within bounds that its own
    /// creation does not.
    fn gather(&self) -> Result<Processes> {
        let fields = Fields::new(Gather::fields().iter().map(String::as_str), true).of_kinds(Gather::kinds());
        let gather = Mutex::new((Gather::new(self.room), None));
        let options = ReadOptions { threads: self.threads, in_order: true };
        let take = |events: EventBatch| {
            let mut gather = gather.lock().unwrap_or_else(PoisonError::into_inner);
            match gather.0.add(&events, &self.evidence) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    gather.1 = Some(error);
                    ControlFlow::Break(())
                }
            }
        };
        let report = self.evidence.read(&fields, &options, &take, &*self.progress);
        match gather.into_inner().unwrap_or_else(PoisonError::into_inner) {
            (_, Some(error)) => Err(error),
            (gather, None) => {
                self.twins.get_or_init(|| self.evidence.held_twins(&report));
                Ok(gather.finish(!self.keeps_twins, &self.evidence.named_hosts()))
            }
        }
    }

    /// How many records give way to another one of the same process creation, as far as that is known.
    pub fn twins(&self) -> u64 {
        let Some(processes) = self.processes() else { return 0 };
        let gives_way = |(stays, yields): &&(Origin, Origin)| {
            self.bounds().has_time(yields.time()) && self.is_of_host(yields) && self.is_of_host(stays)
        };
        processes.pairs().filter(gives_way).count() as u64
    }

    /// Whether a record is of a host that is looked at.
    pub(crate) fn is_of_host(&self, record: &Origin) -> bool {
        let hosts = &self.bounds().hosts;
        hosts.is_empty() || self.bounds().has_host(self.evidence.log(record.log).map(|log| log.computer).as_deref())
    }

    /// The creations of processes, if they were gathered.
    pub fn processes(&self) -> Option<Arc<Processes>> {
        self.processes.get().cloned()
    }
}
