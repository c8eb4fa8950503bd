//! CSV: a header and a line a row, quoted as RFC 4180 says.

use std::borrow::Cow;
use std::io::{self, Write};

use arrow::array::RecordBatch;

use crate::{Column, value};

pub(crate) fn header(out: &mut impl Write, columns: &[Column]) -> io::Result<()> {
    line(out, columns.iter().map(|column| Cow::Borrowed(column.name.as_str())))
}

pub(crate) fn row(out: &mut impl Write, columns: &[Column], batch: &RecordBatch, row: usize) -> io::Result<()> {
    line(out, columns.iter().zip(batch.columns()).map(|(column, cells)| value::text(cells, row, column.kind)))
}

pub(crate) fn line<'a>(out: &mut impl Write, cells: impl Iterator<Item = Cow<'a, str>>) -> io::Result<()> {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        if cell.contains([',', '"', '\n', '\r']) {
            write!(out, "\"{}\"", cell.replace('"', "\"\""))?;
        } else {
            out.write_all(cell.as_bytes())?;
        }
    }
    out.write_all(b"\r\n")
}
