//! A found row: what one variant of a detection gave. The row stays in the engine's batch until it is written out.

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use engine::replay::MOMENT;
use functions::origin::{self, Origins};
use functions::{Type, ticks};
use serde_json::{Map, Value};

/// One row of one variant.
#[derive(Debug, Clone)]
pub struct Found {
    /// Index of the plan that gave it.
    pub plan: usize,
    pub origins: Origins,
    /// The row's own event time, in ticks.
    pub time: Option<i64>,
    /// Of a replay, the time of the run that found it.
    pub moment: Option<i64>,
    batch: Arc<RecordBatch>,
    row: usize,
}

/// What the rows of a plan look like.
#[derive(Debug, Clone)]
pub struct Shape {
    pub columns: Arc<[render::Column]>,
    pub time_column: Option<String>,
}

impl Found {
    /// The visible columns of the row.
    pub fn object(&self, shape: &Shape) -> Map<String, Value> {
        render::ndjson::object(&shape.columns, &self.batch, self.row)
    }
}

impl Shape {
    /// The rows of a batch, whose columns are the visible ones and then the origin column; at most `room` of them, and how many
    /// there are. A total over no rows at all, whose origin is null, is nothing found.
    pub fn rows(&self, plan: usize, batch: RecordBatch, room: usize) -> (Vec<Found>, u64) {
        let batch = Arc::new(batch);
        let origins = batch.column_by_name(origin::COLUMN).and_then(|column| column.as_binary_opt::<i32>());
        let time = self.time_column.as_ref().and_then(|name| {
            let kind = self.columns.iter().find(|column| column.name == *name)?.kind;
            Some((batch.column_by_name(name)?.as_primitive_opt::<Int64Type>()?, kind))
        });
        let moments = batch.column_by_name(MOMENT).and_then(|column| column.as_primitive_opt::<Int64Type>());
        let row = |row: usize| Found {
            plan,
            moment: moments.filter(|moments| moments.is_valid(row)).map(|moments| moments.value(row)),
            origins: match origins {
                Some(cells) if cells.is_valid(row) => Origins::from_cell(cells.value(row)),
                _ => Origins::default(),
            },
            time: time.and_then(|(times, kind)| {
                let value = times.is_valid(row).then(|| times.value(row))?;
                // QRadar's times are milliseconds since 1970.
                if kind == Type::Datetime { Some(value) } else { ticks::from_unix_millis(value) }
            }),
            batch: batch.clone(),
            row,
        };
        let stands = |row: &usize| origins.is_none_or(|cells| cells.is_valid(*row));
        let count = batch.num_rows() - origins.map_or(0, |cells| cells.null_count());
        ((0..batch.num_rows()).filter(stands).take(room).map(row).collect(), count as u64)
    }
}
