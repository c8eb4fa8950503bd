//! A found row: what one variant of a detection gave, taken from the engine's batches.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use functions::origin::{self, Origins};
use functions::{Type, ticks};
use serde_json::{Map, Value};

/// One row of one variant.
#[derive(Debug, Clone)]
pub struct Found {
    pub detection: usize,
    /// Index of the variant in its detection.
    pub variant: usize,
    pub origins: Origins,
    pub row: Map<String, Value>,
    /// The row's own event time, in ticks.
    pub time: Option<i64>,
}

/// What the rows of a plan look like.
#[derive(Debug, Clone)]
pub struct Shape {
    pub columns: Vec<render::Column>,
    pub time_column: Option<String>,
}

impl Shape {
    /// The rows of a batch, whose columns are the visible ones and then the origin column.
    pub fn rows(&self, detection: usize, variant: usize, batch: &RecordBatch) -> Vec<Found> {
        let origins = batch.column_by_name(origin::COLUMN).and_then(|column| column.as_binary_opt::<i32>());
        let time = self.time_column.as_ref().and_then(|name| {
            let kind = self.columns.iter().find(|column| column.name == *name)?.kind;
            Some((batch.column_by_name(name)?.as_primitive_opt::<Int64Type>()?, kind))
        });
        let row = |row: usize| Found {
            detection,
            variant,
            origins: match origins {
                Some(cells) if cells.is_valid(row) => Origins::from_cell(cells.value(row)),
                _ => Origins::default(),
            },
            row: render::ndjson::object(&self.columns, batch, row),
            time: time.and_then(|(times, kind)| {
                let value = times.is_valid(row).then(|| times.value(row))?;
                // QRadar's times are milliseconds since 1970.
                if kind == Type::Datetime { Some(value) } else { ticks::from_unix_millis(value) }
            }),
        };
        (0..batch.num_rows()).map(row).collect()
    }
}
