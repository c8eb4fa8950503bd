//! Initiators as columns: what is known of the process that each event of a batch names.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Builder, RecordBatch, StringArray, StringBuilder, new_null_array};
use arrow::datatypes::{Field, Int64Type};
use datafusion_common::{Result, exec_datafusion_err};
use functions::several;
use telemetry::{Initiator, InitiatorKey, System};

use crate::processes::{Found, Key, Processes};

/// The fields of the initiator that a branch's mappings read, and how its events name it.
#[derive(Debug, Clone)]
pub struct Initiators {
    pub key: InitiatorKey,
    pub fields: Vec<Initiator>,
    /// Some column is of the initiator alone; else the creations are needed only for events that do not say it themselves.
    pub is_needed: bool,
}

impl Initiators {
    /// Of what mappings read, what is of the initiator; the rest is left.
    pub fn taken_from(reads: &mut BTreeSet<String>, key: Option<&InitiatorKey>, is_needed: bool) -> Option<Self> {
        let fields: Vec<Initiator> = reads.iter().filter_map(|name| Initiator::from_name(name)).collect();
        reads.retain(|name| Initiator::from_name(name).is_none());
        let key = key.filter(|_| !fields.is_empty())?.clone();
        Some(Initiators { key, fields, is_needed })
    }

    /// The event columns by which the initiator is found.
    pub fn reads(&self) -> impl Iterator<Item = String> {
        let InitiatorKey { guid, pid, image } = self.key.clone();
        let own = [Some(pid), guid, image].into_iter().flatten();
        own.chain([System::Time.name().to_owned(), System::Computer.name().to_owned()])
    }

    /// Those of them that are fields of the event's own data.
    pub fn keys(&self) -> impl Iterator<Item = &String> {
        [Some(&self.key.pid), self.key.guid.as_ref()].into_iter().flatten()
    }

    pub fn schema(&self) -> impl Iterator<Item = Field> {
        self.fields.iter().map(|field| Field::new(field.name(), field.kind().arrow(), true))
    }

    /// The columns for rows of these event columns; nulls without any processes.
    pub fn columns(&self, events: &RecordBatch, processes: Option<&Processes>) -> Result<Vec<ArrayRef>> {
        let Some(processes) = processes else {
            let nulls = self.schema().map(|field| new_null_array(field.data_type(), events.num_rows()));
            return Ok(nulls.collect());
        };
        let keys = Keys::new(events, &self.key)?;
        let rows = events.num_rows();
        let find = |row: usize| processes.find(&keys.of(row));
        let found: Vec<Option<Found<'_>>> = (0..rows).map(find).collect();
        let column = |field: &Initiator| -> ArrayRef {
            if matches!(field, Initiator::Time | Initiator::ParentTime) {
                let mut out = Int64Builder::with_capacity(rows);
                found.iter().for_each(|found| out.append_option(found.and_then(|found| found.time(*field))));
                return Arc::new(out.finish());
            }
            let mut out = StringBuilder::new();
            found.iter().for_each(|found| out.append_option(found.and_then(|found| found.text(*field))));
            Arc::new(out.finish())
        };
        Ok(self.fields.iter().map(column).collect())
    }
}

/// The keys of a batch.
struct Keys<'b> {
    hosts: &'b StringArray,
    times: &'b arrow::array::Int64Array,
    pids: &'b StringArray,
    guids: Option<&'b StringArray>,
    images: Option<&'b StringArray>,
}

impl<'b> Keys<'b> {
    fn new(events: &'b RecordBatch, key: &InitiatorKey) -> Result<Self> {
        let column = |name: &str| {
            events.column_by_name(name).ok_or_else(|| exec_datafusion_err!("the events were read without {name}"))
        };
        let text = |name: &String| column(name).map(|column| column.as_string::<i32>());
        Ok(Keys {
            hosts: column(System::Computer.name())?.as_string::<i32>(),
            times: column(System::Time.name())?.as_primitive::<Int64Type>(),
            pids: text(&key.pid)?,
            guids: key.guid.as_ref().map(text).transpose()?,
            images: key.image.as_ref().map(text).transpose()?,
        })
    }

    fn of(&self, row: usize) -> Key<'b> {
        let text = |array: &'b StringArray| array.is_valid(row).then(|| several::last(array.value(row)));
        Key {
            host: text(self.hosts).unwrap_or(""),
            guid: self.guids.and_then(text),
            pid: text(self.pids),
            image: self.images.and_then(text),
            time: self.times.is_valid(row).then(|| self.times.value(row)),
        }
    }
}
