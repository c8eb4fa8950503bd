//! A table for the terminal: aligned columns, long cells cut, nothing that could move the cursor.

use std::io::{self, Write};

use arrow::array::RecordBatch;
use comfy_table::{ContentArrangement, Table, presets};

use crate::{Column, escape, value};

/// Rows that are laid out together.
const ROWS: usize = 2_000;
/// Characters of a cell that are shown.
const CELL: usize = 200;

/// Rows that wait for their widths.
pub(crate) struct TableRows {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
    width: Option<u16>,
}

impl TableRows {
    pub(crate) fn new(columns: &[Column], width: Option<u16>) -> Self {
        TableRows { columns: columns.to_vec(), rows: Vec::new(), width }
    }

    /// Adds a row; true where it is time to flush.
    pub(crate) fn push(&mut self, batch: &RecordBatch, row: usize) -> bool {
        let cells = self.columns.iter().zip(batch.columns());
        self.rows.push(cells.map(|(column, cells)| cut(&value::text(cells, row, column.kind), CELL)).collect());
        self.rows.len() >= ROWS
    }

    pub(crate) fn flush(&mut self, out: &mut impl Write) -> io::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let header = self.columns.iter().map(|column| escape::one_line(&column.name).into_owned());
        writeln!(out, "{}", layout(header.collect(), std::mem::take(&mut self.rows), self.width))
    }
}

/// A table of texts that are escaped already.
pub fn layout(header: Vec<String>, rows: Vec<Vec<String>>, width: Option<u16>) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header(header).add_rows(rows);
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    let text = table.to_string();
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// At most `chars` characters, escaped, with an ellipsis where there were more.
pub fn cut(text: &str, chars: usize) -> String {
    let mut kept: String = text.chars().take(chars).collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    escape::one_line(&kept).into_owned()
}
