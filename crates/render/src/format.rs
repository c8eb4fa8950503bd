//! Output formats of query results, and the writer that takes batches as they come.

use std::io::{self, Write};

use arrow::array::RecordBatch;

use crate::table::TableRows;
use crate::{Column, csv, json, ndjson};

/// How a result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Table,
    /// `{"columns":[{"name","type"}],"rows":[[…]]}`.
    Json,
    /// One object a row.
    Ndjson,
    Csv,
}

/// Writes one result. Batches go out as they come; only the table waits for widths, a bounded number of rows at a time.
pub struct ResultWriter<'a, W> {
    format: Format,
    columns: &'a [Column],
    out: W,
    rows: u64,
    table: TableRows,
}

impl<'a, W: Write> ResultWriter<'a, W> {
    /// `width`: the terminal's, for the table; `None` where there is none.
    pub fn new(format: Format, columns: &'a [Column], mut out: W, width: Option<u16>) -> io::Result<Self> {
        match format {
            Format::Json => json::begin(&mut out, columns)?,
            Format::Csv => csv::header(&mut out, columns)?,
            Format::Table | Format::Ndjson => {}
        }
        Ok(ResultWriter { format, columns, out, rows: 0, table: TableRows::new(columns, width) })
    }

    /// The visible columns are the first of the batch; what follows them is hidden.
    pub fn write(&mut self, batch: &RecordBatch) -> io::Result<()> {
        for row in 0..batch.num_rows() {
            match self.format {
                Format::Table => {
                    if self.table.push(batch, row) {
                        self.table.flush(&mut self.out)?;
                    }
                }
                Format::Json => json::row(&mut self.out, self.columns, batch, row, self.rows == 0)?,
                Format::Ndjson => ndjson::row(&mut self.out, self.columns, batch, row)?,
                Format::Csv => csv::row(&mut self.out, self.columns, batch, row)?,
            }
            self.rows += 1;
        }
        Ok(())
    }

    /// Ends the result and says how many rows it had.
    pub fn finish(mut self) -> io::Result<u64> {
        match self.format {
            Format::Table => self.table.flush(&mut self.out)?,
            Format::Json => json::end(&mut self.out)?,
            Format::Ndjson | Format::Csv => {}
        }
        self.out.flush()?;
        Ok(self.rows)
    }
}
