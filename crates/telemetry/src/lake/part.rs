//! A part: one Parquet file, written and checked. Each column of each row group has a checksum in the footer, and the commit
//! has one of the footer, so that what rots on a disk is told and not served. Behind each row group stand filters of its terms.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::{KeyValue, PageIndexPolicy, ParquetMetaData, RowGroupMetaData};
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use super::chunk::{Layout, Sorted};
use super::columns;
use super::commit::{Group, Part};
use super::terms::{self, Filter, Index, Indexer};

/// Rows of a row group.
const ROWS: usize = 128 << 10;
const LEVEL: i32 = 3;
/// The entry of the footer with the checksums of the columns, row group by row group: 16 hexadecimal digits each.
const CHECKSUMS: &str = "trapline.checksums";
const DIGITS: usize = 16;
/// How many names of fields without a column a commit lists.
const LISTED: usize = 4096;

/// Writes a range of rows to a new file, which is on the disk when this returns.
pub fn write(file: &Path, path: String, sorted: &Sorted<'_>, range: Range<usize>) -> Result<Part, String> {
    let layout = Layout::new(sorted, &range);
    let starts = range.clone().step_by(ROWS);
    let chunks = starts.map(|start| layout.chunk(sorted, start..range.end.min(start + ROWS)));
    let part = store(file, path, layout.schema.clone(), chunks)?;
    let fields = layout.fields.into_values().collect();
    let rest = (layout.rest.len() <= LISTED).then(|| layout.rest.into_iter().collect());
    Ok(Part { fields, rest, ..part })
}

/// Writes row groups to a new file. Which fields they hold is not looked at.
pub fn store(
    file: &Path,
    path: String,
    schema: SchemaRef,
    chunks: impl Iterator<Item = Result<(RecordBatch, Group), String>>,
) -> Result<Part, String> {
    let words = |error: &dyn std::fmt::Display| error.to_string();
    let out = File::options().read(true).write(true).create_new(true).open(file).map_err(|error| words(&error))?;
    let mut reader = out.try_clone().map_err(|error| words(&error))?;
    let properties = properties().map_err(|error| words(&error))?;
    let mut writer = ArrowWriter::try_new(out, schema, Some(properties)).map_err(|error| words(&error))?;
    let (mut groups, mut lines, mut indexer) = (Vec::new(), Vec::new(), Indexer::default());
    for chunk in chunks {
        let (batch, census) = chunk?;
        writer.write(&batch).and_then(|()| writer.flush()).map_err(|error| words(&error))?;
        groups.push(census);
        let filters = indexer.filters(&batch, writer.bytes_written() as u64)?;
        writer.write_all(&filters.bytes).map_err(|error| words(&error))?;
        lines.push(filters.line);
    }
    writer.sync().map_err(|error| words(&error))?;
    let footer = writer.bytes_written() as u64;
    let written = File::open(file).map_err(|error| words(&error))?;
    let mut checksums = String::new();
    for group in writer.flushed_row_groups() {
        for column in 0..group.num_columns() {
            checksums.push_str(&checksum(&written, group, column)?);
        }
    }
    writer.append_key_value_metadata(KeyValue::new(CHECKSUMS.to_owned(), checksums));
    writer.append_key_value_metadata(KeyValue::new(terms::ENTRY.to_owned(), Index::text(&lines)));
    writer.finish().map_err(|error| words(&error))?;
    writer.inner().sync_all().map_err(|error| words(&error))?;
    let bytes = reader.seek(SeekFrom::End(0)).map_err(|error| words(&error))?;
    let footer_blake3 = blake3::hash(&read(&written, footer..bytes)?).to_hex().to_string();
    Ok(Part { path, bytes, footer, footer_blake3, fields: Vec::new(), rest: None, groups })
}

/// A part that is open for reading.
pub struct Opened {
    pub file: File,
    pub metadata: ArrowReaderMetadata,
    checksums: Vec<String>,
    index: Index,
}

impl Opened {
    pub fn new(path: &Path, part: &Part) -> Result<Self, String> {
        let file = File::open(path).map_err(|error| error.to_string())?;
        let bytes = file.metadata().map_err(|error| error.to_string())?.len();
        if bytes != part.bytes || part.footer > bytes {
            return Err(format!("it has {bytes} bytes, not {}", part.bytes));
        }
        let footer = read(&file, part.footer..bytes)?;
        if blake3::hash(&footer).to_hex().as_str() != part.footer_blake3 {
            return Err("its footer was altered, or is damaged".to_owned());
        }
        let options = ArrowReaderOptions::new()
            .with_offset_index_policy(PageIndexPolicy::Optional)
            .with_column_index_policy(PageIndexPolicy::Skip);
        let metadata = ArrowReaderMetadata::load(&file, options).map_err(|error| error.to_string())?;
        let checksums = checksums_of(metadata.metadata()).ok_or("its footer has no checksums")?;
        let index = Index::new(entry(metadata.metadata(), terms::ENTRY));
        Ok(Opened { file, metadata, checksums, index })
    }

    /// The terms of a column of a row group, where they are known.
    pub fn filter(&self, group: usize, column: usize) -> Option<Filter> {
        self.index.filter(&self.file, group, column)
    }

    /// Checks that a column of a row group is as it was written.
    pub fn check(&self, group: usize, column: usize) -> Result<(), String> {
        let columns = self.metadata.parquet_schema().num_columns();
        let known = self.checksums.get(group * columns + column);
        let of_group = self.metadata.metadata().row_groups().get(group);
        let (Some(known), Some(of_group)) = (known, of_group) else { return Err("its footer is not whole".to_owned()) };
        match checksum(&self.file, of_group, column)? == *known {
            true => Ok(()),
            false => Err("it was altered, or is damaged".to_owned()),
        }
    }
}

fn properties() -> Result<WriterProperties, parquet::errors::ParquetError> {
    let mut properties = WriterProperties::builder()
        .set_created_by(concat!("trapline ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(LEVEL)?))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_max_row_group_row_count(Some(ROWS));
    for name in [columns::TIME, columns::COMPUTER, columns::CHANNEL, columns::EVENT_ID] {
        properties = properties.set_column_statistics_enabled(name.into(), EnabledStatistics::Page);
    }
    // What hardly ever repeats and goes up by little.
    for name in [columns::TIME, columns::RECORD, columns::SOURCE_ORDINAL] {
        properties = properties.set_column_dictionary_enabled(name.into(), false);
        properties = properties.set_column_encoding(name.into(), Encoding::DELTA_BINARY_PACKED);
    }
    properties = properties.set_column_bloom_filter_enabled(columns::COMPUTER.into(), true);
    properties = properties.set_column_bloom_filter_max_ndv(columns::COMPUTER.into(), 1024);
    Ok(properties.build())
}

fn checksums_of(metadata: &ParquetMetaData) -> Option<Vec<String>> {
    let checksums: Vec<String> = entry(metadata, CHECKSUMS)?
        .as_bytes()
        .chunks(DIGITS)
        .map(|digits| String::from_utf8_lossy(digits).into_owned())
        .collect();
    Some(checksums)
}

fn entry<'m>(metadata: &'m ParquetMetaData, key: &str) -> Option<&'m str> {
    let entries = metadata.file_metadata().key_value_metadata()?;
    entries.iter().find(|entry| entry.key == key)?.value.as_deref()
}

fn checksum(file: &File, group: &RowGroupMetaData, column: usize) -> Result<String, String> {
    Ok(checksum_of(&read(file, range_of(group, column))?))
}

pub fn checksum_of(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().as_str().chars().take(DIGITS).collect()
}

fn range_of(group: &RowGroupMetaData, column: usize) -> Range<u64> {
    let (start, length) = group.columns().get(column).map_or((0, 0), |column| column.byte_range());
    start..start.saturating_add(length)
}

pub fn read(file: &File, range: Range<u64>) -> Result<Vec<u8>, String> {
    let length = range.end.saturating_sub(range.start);
    let mut reader = file.try_clone().map_err(|error| error.to_string())?;
    reader.seek(SeekFrom::Start(range.start)).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    reader.take(length).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    match bytes.len() as u64 == length {
        true => Ok(bytes),
        false => Err("it ends too early".to_owned()),
    }
}
