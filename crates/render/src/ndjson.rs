//! NDJSON: one object a row, and one answer a line for batches of queries.

use std::io::{self, Write};

use arrow::array::RecordBatch;
use serde_json::{Map, Value};

use crate::{Column, value};

pub(crate) fn row(out: &mut impl Write, columns: &[Column], batch: &RecordBatch, row: usize) -> io::Result<()> {
    writeln!(out, "{}", Value::from(object(columns, batch, row)))
}

/// A row as an object of its visible columns.
pub fn object(columns: &[Column], batch: &RecordBatch, row: usize) -> Map<String, Value> {
    let cell = |(column, cells): (&Column, &arrow::array::ArrayRef)| {
        (column.name.clone(), value::json(cells, row, column.kind))
    };
    columns.iter().zip(batch.columns()).map(cell).collect()
}
