//! Parquet of other tools: rows of named columns, each read as the texts of its values.

mod columns;
mod flat;
mod group;
mod layout;
mod pick;
mod value;

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};

use crate::event::Fields;
use crate::guarded::guarded;
use crate::read::Parser;
use crate::rows::Rows;
use crate::rows::cells::Cells;
use crate::rows::guess::Said;
use crate::rows::tables::{BoundTable, TELLING};
use crate::sieve::Sieve;
use crate::text::Kind;
use layout::Layout;
use pick::Picker;
use value::Value;

const ROWS: usize = 1024;
/// How much of a file may be unpacked to be read.
const SPOOL: u64 = 8 << 30;
/// What a column of a row group may unpack to.
const LARGEST: i64 = 64 << 30;

/// A file whose footer is read.
#[derive(Debug)]
pub struct ParquetFile {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    /// Unpacked for this reading only.
    is_temporary: bool,
}

/// A piece of it.
#[derive(Debug)]
pub struct RowGroup {
    file: Arc<ParquetFile>,
    group: usize,
    /// The number of its first row, from 1.
    first: u64,
}

impl ParquetFile {
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::opened(path, false)
    }

    /// A Parquet is read from its end, so one that is packed is unpacked first.
    pub fn unpacked(reader: impl Read) -> io::Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("trapline-{}-{number}.parquet", std::process::id()));
        let mut file = fs::File::create_new(&path)?;
        let copied = io::copy(&mut reader.take(SPOOL), &mut file);
        drop(file);
        let outcome = copied.and_then(|bytes| match bytes {
            SPOOL.. => Err(io::Error::other("it is too large to be unpacked here: unpack it yourself")),
            _ => Self::opened(&path, true),
        });
        if outcome.is_err() {
            let _ = fs::remove_file(&path);
        }
        outcome
    }

    fn opened(path: &Path, is_temporary: bool) -> io::Result<Self> {
        let file = fs::File::open(path)?;
        // The Arrow schema that a writer left may name types that its columns do not have.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let load = || ArrowReaderMetadata::load(&file, options).map_err(|error| error.to_string());
        let metadata = guarded(load).map_err(io::Error::other)?;
        let sizes = metadata.metadata().row_groups().iter().flat_map(|group| group.columns());
        if sizes.map(|column| column.uncompressed_size()).any(|size| !(0..=LARGEST).contains(&size)) {
            return Err(io::Error::other("its footer claims sizes that no log has"));
        }
        Ok(ParquetFile { path: path.to_owned(), metadata, is_temporary })
    }

    /// The names of its columns.
    pub fn names(&self) -> Vec<&str> {
        self.metadata.schema().fields().iter().map(|field| field.name().as_str()).collect()
    }

    /// The columns with the types of the language that hold their values.
    pub fn columns(&self) -> Vec<(String, functions::Type)> {
        let fields = self.metadata.schema().fields().iter();
        fields.map(|field| (field.name().clone(), value::kind(field.data_type()))).collect()
    }

    /// What its first rows say of their table.
    pub fn said(&self) -> Said {
        let (mut said, mut cells) = (Said::default(), Cells::default());
        let first = guarded(|| open(self, 0, Some(&TELLING))).and_then(|mut batches| next(&mut batches));
        let Ok(Some(batch)) = first else { return said };
        let mut text = String::new();
        for row in 0..batch.num_rows() {
            cells.clear();
            for (name, value) in &values(&batch) {
                text.clear();
                let kind = value.write(row, &mut text);
                cells.push(name, &text, kind);
            }
            said.add(&cells);
        }
        said
    }

    /// Its row groups, each with its size.
    pub fn groups(self: &Arc<Self>) -> Vec<(RowGroup, u64)> {
        let mut first = 1;
        let groups = self.metadata.metadata().row_groups().iter().enumerate().map(|(group, metadata)| {
            let piece = RowGroup { file: Arc::clone(self), group, first };
            first += u64::try_from(metadata.num_rows()).unwrap_or(0);
            (piece, u64::try_from(metadata.compressed_size()).unwrap_or(0))
        });
        groups.collect()
    }
}

impl Drop for ParquetFile {
    fn drop(&mut self) {
        if self.is_temporary {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// One worker's reader.
pub struct ParquetReader<'a> {
    bound: &'a [BoundTable],
    sieve: Sieve,
    picker: Picker,
}

impl<'a> ParquetReader<'a> {
    /// `bound`: tables of the user's own making.
    pub fn new(fields: &Fields, bound: &'a [BoundTable]) -> Self {
        ParquetReader { bound, sieve: Sieve::new(&fields.texts), picker: Picker::default() }
    }

    /// Parses the rows of a group: as columns, or where only the rows can tell, one by one.
    pub fn parse(&mut self, group: &RowGroup, rows: &Rows, parser: &mut Parser<'_>) {
        let layout = Layout::new(group.file.metadata.schema(), rows, parser.fields(), self.bound);
        let (sieve, picker) = (&mut self.sieve, &mut self.picker);
        let is_read = layout.is_some_and(|layout| flat::read(group, &layout, sieve, picker, parser));
        if !is_read {
            parse(group, rows, parser);
        }
    }
}

fn parse(group: &RowGroup, rows: &Rows, parser: &mut Parser<'_>) {
    let expected = group.file.metadata.metadata().row_groups().get(group.group).map_or(0, |group| group.num_rows());
    let expected = u64::try_from(expected).unwrap_or(0);
    let mut number = group.first;
    let outcome = guarded(|| open(&group.file, group.group, None)).and_then(|mut batches| {
        while let Some(batch) = next(&mut batches)? {
            of_batch(&batch, &mut number, rows, parser);
            if parser.is_stopped() {
                return Ok(());
            }
        }
        Ok(())
    });
    if let Err(reason) = outcome {
        let missing = expected.saturating_sub(number - group.first).max(1);
        parser.damaged_records(missing, || format!("row group {}: {reason}", group.group));
    }
}

type Batches = Box<dyn Iterator<Item = Result<RecordBatch, arrow::error::ArrowError>>>;

/// Opens a row group; only some columns of it where they are named.
fn open(file: &ParquetFile, group: usize, only: Option<&[&str]>) -> Result<Batches, String> {
    let opened = fs::File::open(&file.path).map_err(|error| error.to_string())?;
    let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(opened, file.metadata.clone());
    if let Some(names) = only {
        let mask = ProjectionMask::columns(builder.parquet_schema(), names.iter().copied());
        builder = builder.with_projection(mask);
    }
    let reader = builder.with_row_groups(vec![group]).with_batch_size(ROWS).build();
    Ok(Box::new(reader.map_err(|error| error.to_string())?))
}

fn next(batches: &mut Batches) -> Result<Option<RecordBatch>, String> {
    guarded(|| batches.next().transpose().map_err(|error| error.to_string()))
}

/// The columns of a batch, each with its name.
fn values(batch: &RecordBatch) -> Vec<(String, Value<'_>)> {
    let names = batch.schema().fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>();
    names.into_iter().zip(batch.columns().iter().map(|column| Value::new(column.as_ref()))).collect()
}

fn of_batch(batch: &RecordBatch, number: &mut u64, rows: &Rows, parser: &mut Parser<'_>) {
    let values = values(batch);
    let mut text = String::new();
    for row in 0..batch.num_rows() {
        let cells = parser.cells();
        cells.know_null();
        for (name, value) in &values {
            text.clear();
            let kind = value.write(row, &mut text);
            if kind != Kind::Null {
                cells.push(name, &text, kind);
            }
        }
        let place = *number;
        *number += 1;
        match parser.read_cells(rows, false) {
            Ok(()) => parser.accept(place, i64::try_from(place).unwrap_or(i64::MAX), || None),
            Err(reason) => parser.damaged_record(|| format!("row {place}: {reason}")),
        }
        if parser.is_stopped() {
            return;
        }
    }
}

#[cfg(test)]
mod flat_tests;
#[cfg(test)]
mod tests;
