//! A row group, of which columns are read one without the others.

use std::collections::BTreeSet;
use std::fs;

use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, Int64Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type, SchemaRef, TimeUnit};
use functions::ticks;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::statistics::Statistics;

use super::flat::Kind;
use super::layout::Layout;
use super::{RowGroup, guarded};
use crate::event::Fields;
use crate::row::parse_time;
use crate::sieve::{self, Batches, Known, Look, Place, Source};
use crate::texts::Stands;

/// How many rows are given at once.
const GIVEN: usize = 8 << 10;
/// How many bytes a batch that is given may have.
const BYTES: u64 = 8 << 20;
/// From here on a dictionary is large, and supposed to have so many words.
const LARGE: u64 = 4 << 20;
const WORDS: u64 = 1000;

/// The columns of a row group with what their names mean.
pub struct Columns<'g> {
    pub group: &'g RowGroup,
    pub layout: &'g Layout,
    /// Of which kinds the rows are that are sifted.
    pub kinds: Vec<(&'g str, i64)>,
}

impl<'g> Columns<'g> {
    /// The same columns, of which rows of these kinds are sifted.
    pub fn of<'k>(&self, kinds: &[&'k Kind]) -> Columns<'k>
    where
        'g: 'k,
    {
        let kinds = kinds.iter().map(|kind| (kind.spelling.as_str(), kind.event)).collect();
        Columns { group: self.group, layout: self.layout, kinds }
    }

    pub fn schema(&self) -> &SchemaRef {
        self.group.file.metadata.schema()
    }

    pub fn chunk(&self, column: usize) -> Option<&ColumnChunkMetaData> {
        self.group.file.metadata.metadata().row_groups().get(self.group.group)?.columns().get(column)
    }

    pub fn rows(&self) -> usize {
        let group = self.group.file.metadata.metadata().row_groups().get(self.group.group);
        group.and_then(|group| usize::try_from(group.num_rows()).ok()).unwrap_or(0)
    }

    /// How many rows lack a value, where that is known.
    pub fn nulls(&self, column: usize) -> Option<u64> {
        self.chunk(column)?.statistics()?.null_count_opt()
    }

    /// Whether some row has a text, or another value, as far as that is known.
    pub fn is_seen(&self, column: usize) -> bool {
        let is_empty = |chunk: &ColumnChunkMetaData| matches!(chunk.statistics(), Some(Statistics::ByteArray(texts)) if texts.max_opt().is_some_and(|most| most.is_empty()));
        let has_values = self.nulls(column).is_none_or(|nulls| nulls < self.rows() as u64);
        has_values && !self.chunk(column).is_some_and(is_empty)
    }

    /// The least and the greatest of whole numbers, where that is known.
    pub fn range(&self, column: usize) -> Option<(i64, i64)> {
        match self.chunk(column)?.statistics()? {
            Statistics::Int64(values) => Some((*values.min_opt()?, *values.max_opt()?)),
            Statistics::Int32(values) => Some((i64::from(*values.min_opt()?), i64::from(*values.max_opt()?))),
            _ => None,
        }
    }

    /// The text that all rows have, where that is known.
    pub fn text(&self, column: usize) -> Option<&str> {
        let Statistics::ByteArray(texts) = self.chunk(column)?.statistics()? else { return None };
        // Bounds need not be values, but between two that are equal there is but one.
        let (least, greatest) = (texts.min_opt()?, texts.max_opt()?);
        (least == greatest && self.nulls(column) == Some(0)).then(|| std::str::from_utf8(least.data()).ok()).flatten()
    }

    /// The oldest and the newest time of a column in ticks, where that is known.
    pub fn times(&self, column: usize) -> Option<(i64, i64)> {
        let DataType::Timestamp(unit, _) = self.schema().fields().get(column)?.data_type() else { return None };
        let (oldest, newest) = self.range(column)?;
        Some((ticks_of(oldest, *unit)?, ticks_of(newest, *unit)?))
    }

    /// Whether a column is a field that may be spared, and is asked for as nothing else.
    pub fn may_spare(&self, column: usize, fields: &Fields) -> bool {
        let is_system = self.layout.system.values().any(|place| *place == column);
        let is_spare = |name: &String| self.layout.place(name) == Some(column);
        !is_system && fields.spare.as_ref().is_some_and(|spare| spare.fields.iter().any(is_spare))
    }

    /// Columns of these rows, in batches of no more bytes than is good.
    pub fn given(&self, columns: &BTreeSet<usize>, rows: Option<RowSelection>) -> Result<Batches<'_>, String> {
        let row: u64 = columns.iter().map(|column| self.row_weight(*column)).sum();
        let most = BYTES / row.max(1);
        self.open(columns, rows, usize::try_from(most).unwrap_or(GIVEN).clamp(64, GIVEN), None)
    }

    /// About how many bytes a row has in a column.
    fn row_weight(&self, column: usize) -> u64 {
        let (weight, rows) = (self.weight(column), self.rows().max(1) as u64);
        let Some(chunk) = self.chunk(column) else { return 0 };
        let told = chunk.unencoded_byte_array_data_bytes().and_then(|bytes| u64::try_from(bytes).ok());
        match told {
            Some(bytes) => bytes.max(weight) / rows,
            // The words of a large dictionary may be long, and each be that of many rows.
            None if weight > LARGE && sieve::is_in_dictionary(chunk) => weight / rows + weight / WORDS,
            None => weight / rows,
        }
    }

    /// Whether a text stands in some value, or in the name of a column.
    pub fn hold(&self, look: &Look) -> Result<bool, String> {
        let fields = self.schema().fields();
        if fields.iter().any(|field| look.stands_in(&field.name().to_ascii_lowercase())) {
            return Ok(true);
        }
        for (column, field) in fields.iter().enumerate() {
            let is_text = match field.data_type() {
                DataType::Utf8 => true,
                kind if kind.is_primitive() || *kind == DataType::Boolean => false,
                _ => return Ok(true),
            };
            if !is_text {
                continue;
            }
            let mut known = Known::default();
            for batch in self.read(&BTreeSet::from([column]), None)? {
                let batch = batch?;
                let mut met = vec![false; batch.num_rows()];
                for array in batch.columns() {
                    look.mark(array, false, &mut met, &mut known)?;
                }
                if met.contains(&true) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// One column of all rows, its texts as it is best looked at.
    pub fn whole(&self, column: usize) -> Result<Vec<ArrayRef>, String> {
        let batches = self.read(&BTreeSet::from([column]), None)?;
        batches.map(|batch| batch?.columns().first().cloned().ok_or_else(|| "a column is missing".to_owned())).collect()
    }

    fn open(
        &self,
        columns: &BTreeSet<usize>,
        rows: Option<RowSelection>,
        size: usize,
        schema: Option<SchemaRef>,
    ) -> Result<Batches<'static>, String> {
        let file = fs::File::open(&self.group.file.path).map_err(|error| error.to_string())?;
        let known = &self.group.file.metadata;
        let metadata = match schema {
            None => known.clone(),
            Some(schema) => {
                let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true).with_schema(schema);
                ArrowReaderMetadata::try_new(known.metadata().clone(), options).map_err(|error| error.to_string())?
            }
        };
        let group = self.group.group;
        let columns = columns.clone();
        let mut reader = guarded(move || {
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata);
            let mask = ProjectionMask::roots(builder.parquet_schema(), columns);
            let builder = builder.with_row_groups(vec![group]).with_projection(mask).with_batch_size(size);
            let builder = match rows {
                Some(rows) => builder.with_row_selection(rows),
                None => builder,
            };
            builder.build().map_err(|error| error.to_string())
        })?;
        let next = move || -> Option<Result<RecordBatch, String>> {
            guarded(|| reader.next().transpose().map_err(|error| error.to_string())).transpose()
        };
        Ok(Box::new(std::iter::from_fn(next)))
    }
}

impl Source for Columns<'_> {
    fn fits(&self, stands: &Stands) -> bool {
        self.kinds.iter().any(|(channel, event)| stands.fits(channel, *event))
    }

    fn place(&self, field: &str) -> Place {
        match self.layout.place(field) {
            None => Place::Nowhere,
            Some(column) if self.schema().field(column).data_type() == &DataType::Utf8 => Place::Column(column),
            Some(_) => Place::Unknown,
        }
    }

    fn weight(&self, column: usize) -> u64 {
        self.chunk(column).map_or(0, |chunk| u64::try_from(chunk.uncompressed_size()).unwrap_or(0))
    }

    fn read(&self, columns: &BTreeSet<usize>, rows: Option<RowSelection>) -> Result<Batches<'_>, String> {
        let schema = sieve::looked_at(self.schema(), columns, |column| self.chunk(column));
        self.open(columns, rows, sieve::ROWS, Some(schema))
    }
}

/// A time that counts units since 1970.
fn ticks_of(time: i64, unit: TimeUnit) -> Option<i64> {
    let since = match unit {
        TimeUnit::Second => time.checked_mul(ticks::PER_SECOND)?,
        TimeUnit::Millisecond => time.checked_mul(ticks::PER_MILLISECOND)?,
        TimeUnit::Microsecond => time.checked_mul(ticks::PER_MICROSECOND)?,
        TimeUnit::Nanosecond => time.div_euclid(100),
    };
    since.checked_add(ticks::UNIX_EPOCH).filter(|ticks| (0..=ticks::MAX).contains(ticks))
}

/// Ticks of a column of times; an error where one is missing, or none that a log has.
pub fn ticks_in(times: &ArrayRef) -> Result<Vec<i64>, String> {
    let none = || "a row has no time".to_owned();
    let of_text = |text: Option<&str>| text.and_then(parse_time).ok_or_else(none);
    let unit = match times.data_type() {
        DataType::Timestamp(unit, _) => *unit,
        DataType::Utf8View => return times.as_string_view().iter().map(of_text).collect(),
        _ => {
            let texts = cast(times, &DataType::Utf8).map_err(|error| error.to_string())?;
            return texts.as_string::<i32>().iter().map(of_text).collect();
        }
    };
    let numbers = cast(times, &DataType::Int64).map_err(|error| error.to_string())?;
    let numbers: &Int64Array = numbers.as_any().downcast_ref().ok_or("it has no times")?;
    numbers.iter().map(|time| ticks_of(time?, unit)).collect::<Option<Vec<i64>>>().ok_or_else(none)
}

/// Whole numbers of a column in parts; an error where one is missing.
pub fn whole_numbers(parts: &[ArrayRef]) -> Result<Vec<i64>, String> {
    let mut all = Vec::new();
    for part in parts {
        let numbers = cast(part, &DataType::Int64).map_err(|error| error.to_string())?;
        let numbers: &Int64Array = numbers.as_any().downcast_ref().ok_or("it has no numbers")?;
        if numbers.null_count() > 0 {
            return Err("a row has no number".to_owned());
        }
        all.extend_from_slice(numbers.values());
    }
    Ok(all)
}

/// Texts of which many rows share each.
pub fn repeated(texts: &ArrayRef) -> Result<DictionaryArray<Int32Type>, String> {
    let kind = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let texts = cast(texts, &kind).map_err(|error| error.to_string())?;
    texts.as_dictionary_opt::<Int32Type>().cloned().ok_or_else(|| "it has no texts".to_owned())
}
