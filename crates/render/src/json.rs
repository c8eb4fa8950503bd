//! JSON: one object with the columns and all rows.

use std::io::{self, Write};

use arrow::array::RecordBatch;
use serde_json::{Value, json};

use crate::{Column, value};

pub(crate) fn begin(out: &mut impl Write, columns: &[Column]) -> io::Result<()> {
    let described: Vec<Value> =
        columns.iter().map(|column| json!({"name": column.name, "type": column.kind.name()})).collect();
    write!(out, "{{\"columns\":{},\"rows\":[", Value::from(described))
}

pub(crate) fn row(
    out: &mut impl Write,
    columns: &[Column],
    batch: &RecordBatch,
    row: usize,
    first: bool,
) -> io::Result<()> {
    let cells = columns.iter().zip(batch.columns()).map(|(column, cells)| value::json(cells, row, column.kind));
    write!(out, "{}{}", if first { "" } else { "," }, Value::from(cells.collect::<Vec<_>>()))
}

pub(crate) fn end(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "]}}")
}

/// All rows of a result as one value.
pub fn rows(columns: &[Column], batches: &[RecordBatch]) -> Value {
    let of_batch = |batch: &RecordBatch| -> Vec<Value> {
        let cells =
            |row| columns.iter().zip(batch.columns()).map(move |(column, cells)| value::json(cells, row, column.kind));
        (0..batch.num_rows()).map(|row| Value::from(cells(row).collect::<Vec<_>>())).collect()
    };
    Value::from(batches.iter().flat_map(of_batch).collect::<Vec<_>>())
}
