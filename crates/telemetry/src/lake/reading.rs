//! A reading: one part with the columns that some fields are made of.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::record_batch::RecordBatchReader;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::file::metadata::ColumnChunkMetaData;

use super::columns;
use super::commit::{Group, Part};
use super::part::Opened;
use super::rebuild::Shapes;
use super::terms::Filter;
use crate::event::{Fields, System};
use crate::sieve::{self, Batches, Place, Source};
use crate::texts::{Needle, Stands, WantedText};

/// How many rows and, by what the row group says of its size, bytes a batch may have.
const ROWS: usize = 8192;
const BYTES: u64 = 8 << 20;
const FEWEST: usize = 64;

/// The filters of a row group's columns that were looked at.
type Known = HashMap<usize, Option<Filter>>;

/// What a part needs to be read.
pub struct Reading<'p> {
    pub part: &'p Part,
    opened: Opened,
    pub shapes: Shapes,
    /// The column of each raw field, and whether some of its values have none.
    pub raw: Vec<(Option<String>, bool)>,
    pub projection: BTreeSet<usize>,
    /// EventData and payloads are made of some rows.
    pub with_whole: bool,
    /// The columns of row groups that are as they were written.
    checked: RefCell<HashSet<(usize, usize)>>,
}

impl<'p> Reading<'p> {
    /// `with_whole`: EventData and payloads are made of some rows.
    pub fn new(root: &Path, part: &'p Part, fields: &Fields, with_whole: bool) -> Result<Self, String> {
        let opened = Opened::new(&root.join(&part.path), part)?;
        let names = opened.metadata.schema().fields().iter().map(|field| field.name().clone());
        let shapes = Shapes::new(names.filter(|name| name.starts_with(columns::DATA)).collect(), fields.data());
        let raw = |name: &String| {
            let lower = name.to_ascii_lowercase();
            let column = shapes.by_name.get(&lower).and_then(|index| shapes.names.get(*index)).cloned();
            (column, part.rest.as_ref().is_none_or(|rest| rest.contains(&lower)))
        };
        let raw = fields.raw.iter().map(raw).collect();
        let mut reading =
            Reading { part, opened, shapes, raw, projection: BTreeSet::new(), with_whole, checked: RefCell::default() };
        for name in reading.wanted(fields, with_whole) {
            let place = reading.place(&name)?;
            reading.projection.insert(place);
        }
        Ok(reading)
    }

    /// The columns that these fields are made of.
    fn wanted(&self, fields: &Fields, with_whole: bool) -> BTreeSet<String> {
        let mut names = BTreeSet::from([columns::CHANNEL.to_owned(), columns::EVENT_ID.to_owned()]);
        let mut add = |wanted: &[&str]| names.extend(wanted.iter().map(|name| (*name).to_owned()));
        for field in &fields.system {
            match field {
                System::Time => add(&[columns::TIME, columns::TIME_DIGIT]),
                System::LogSource => add(&[columns::COMPUTER]),
                System::EventData | System::Payload if !with_whole => {}
                System::EventData | System::Payload => {
                    add(&[columns::SHAPE, columns::REST]);
                    self.shapes.names.iter().filter(|name| self.shapes.gives(name)).for_each(|name| add(&[name]));
                    if *field == System::Payload {
                        add(&[columns::TIME, columns::TIME_DIGIT]);
                        columns::PLAIN.iter().for_each(|(_, name)| add(&[name]));
                    }
                }
                field => columns::PLAIN.iter().filter(|(plain, _)| plain == field).for_each(|(_, name)| add(&[name])),
            }
        }
        for (column, is_split) in &self.raw {
            column.iter().for_each(|column| add(&[column]));
            if *is_split {
                add(&[columns::SHAPE, columns::REST]);
            }
        }
        if fields.has_origin {
            let own = [columns::TIME, columns::TIME_DIGIT, columns::COMPUTER, columns::RECORD];
            add(&own);
            add(&[columns::SOURCE, columns::SOURCE_ORDINAL]);
        }
        names
    }

    /// Whether a row group may hold, as far as its statistics and terms tell, a text that each of these asks for.
    pub fn may_hold(&self, group: usize, census: &Group, wanted: &[WantedText]) -> bool {
        let mut known = HashMap::new();
        let kinds = || census.kinds.iter().flat_map(|(name, events)| events.keys().map(move |event| (name, *event)));
        let mut may_meet = |needle: &Needle| {
            let mut of = needle.of.iter().filter(|of| kinds().any(|(name, event)| of.fits(name, event)));
            of.any(|of| of.or_lacking || of.fields.iter().any(|field| self.may_meet(group, field, needle, &mut known)))
        };
        wanted.iter().all(|text| text.needles.iter().any(&mut may_meet))
    }

    fn may_meet(&self, group: usize, field: &str, needle: &Needle, known: &mut Known) -> bool {
        let place = match self.stands(field) {
            Place::Unknown => return true,
            // A field that no event of the part has is no text.
            Place::Nowhere => return false,
            Place::Column(place) => place,
        };
        if !self.lies_within(group, place, needle) {
            return false;
        }
        let filter = || self.opened.filter(group, place);
        needle.terms.is_empty()
            || known.entry(place).or_insert_with(filter).as_ref().is_none_or(|filter| filter.may_hold(&needle.terms))
    }

    /// Where a field stands: nowhere but in its column, if it has one.
    pub fn stands(&self, field: &str) -> Place {
        let column = match System::from_name(field) {
            Some(system) => columns::PLAIN.iter().find(|(plain, _)| *plain == system).map(|(_, name)| *name),
            None => {
                let lower = field.to_ascii_lowercase();
                if self.part.rest.as_ref().is_none_or(|rest| rest.contains(&lower)) {
                    return Place::Unknown;
                }
                let Some(index) = self.shapes.by_name.get(&lower) else { return Place::Nowhere };
                self.shapes.names.get(*index).map(String::as_str)
            }
        };
        column.and_then(|name| self.place(name).ok()).map_or(Place::Unknown, Place::Column)
    }

    /// Whether a column has texts, and some may lie where a needle does.
    fn lies_within(&self, group: usize, place: usize, needle: &Needle) -> bool {
        let known = || {
            let group = self.opened.metadata.metadata().row_groups().get(group)?;
            let statistics = group.columns().get(place)?.statistics()?;
            if statistics.null_count_opt() == u64::try_from(group.num_rows()).ok() {
                return Some(false);
            }
            Some(needle.meets(statistics.min_bytes_opt()?, statistics.max_bytes_opt()?))
        };
        known().unwrap_or(true)
    }

    pub fn place(&self, name: &str) -> Result<usize, String> {
        self.opened.metadata.schema().index_of(name).map_err(|error| error.to_string())
    }

    /// Rows whose texts are long come in smaller batches.
    pub fn batch_size(&self, group: usize, census: &Group) -> usize {
        let size = self.opened.metadata.metadata().row_groups().get(group).map_or(0, |group| group.total_byte_size());
        let row = u64::try_from(size).unwrap_or(0) / census.rows.max(1);
        usize::try_from(BYTES / row.max(1)).unwrap_or(ROWS).clamp(FEWEST, ROWS)
    }

    /// These columns of all rows.
    pub fn whole(&self, group: usize, columns: &BTreeSet<usize>, census: &Group) -> Result<RecordBatch, String> {
        let rows = usize::try_from(census.rows).map_err(|error| error.to_string())?;
        let batches = self.read(group, columns, rows.max(1), None)?;
        let schema = batches.schema();
        let batches = batches.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
        let whole = concat_batches(&schema, &batches).map_err(|error| error.to_string())?;
        match whole.num_rows() == rows {
            true => Ok(whole),
            false => Err(format!("it has {} rows of {rows}", whole.num_rows())),
        }
    }

    pub fn read(
        &self,
        group: usize,
        columns: &BTreeSet<usize>,
        size: usize,
        selection: Option<RowSelection>,
    ) -> Result<ParquetRecordBatchReader, String> {
        self.read_as(group, columns, size, selection, self.opened.metadata.clone())
    }

    fn read_as(
        &self,
        group: usize,
        columns: &BTreeSet<usize>,
        size: usize,
        selection: Option<RowSelection>,
        metadata: ArrowReaderMetadata,
    ) -> Result<ParquetRecordBatchReader, String> {
        for column in columns.iter().filter(|column| !self.checked.borrow().contains(&(group, **column))) {
            self.opened.check(group, *column)?;
            self.checked.borrow_mut().insert((group, *column));
        }
        let file = self.opened.file.try_clone().map_err(|error| error.to_string())?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata);
        let mask = ProjectionMask::roots(builder.parquet_schema(), columns.iter().copied());
        let builder = builder.with_row_groups(vec![group]).with_projection(mask).with_batch_size(size);
        let builder = match selection {
            Some(selection) => builder.with_row_selection(selection),
            None => builder,
        };
        builder.build().map_err(|error| error.to_string())
    }

    fn chunk(&self, group: usize, column: usize) -> Option<&ColumnChunkMetaData> {
        self.opened.metadata.metadata().row_groups().get(group)?.columns().get(column)
    }
}

/// The columns of a row group, of which rows of some kinds are sifted.
pub struct Columns<'r> {
    pub reading: &'r Reading<'r>,
    pub group: usize,
    pub kinds: Vec<(&'r str, i64)>,
}

impl Source for Columns<'_> {
    fn fits(&self, stands: &Stands) -> bool {
        self.kinds.iter().any(|(channel, event)| stands.fits(channel, *event))
    }

    fn place(&self, field: &str) -> Place {
        self.reading.stands(field)
    }

    fn weight(&self, column: usize) -> u64 {
        let size = self.reading.chunk(self.group, column).map_or(0, ColumnChunkMetaData::uncompressed_size);
        u64::try_from(size).unwrap_or(0)
    }

    fn read(&self, columns: &BTreeSet<usize>, rows: Option<RowSelection>) -> Result<Batches<'_>, String> {
        let metadata = &self.reading.opened.metadata;
        let schema = sieve::looked_at(metadata.schema(), columns, |column| self.reading.chunk(self.group, column));
        let options = ArrowReaderOptions::new().with_schema(schema);
        let metadata = ArrowReaderMetadata::try_new(metadata.metadata().clone(), options);
        let metadata = metadata.map_err(|error| error.to_string())?;
        let batches = self.reading.read_as(self.group, columns, sieve::ROWS, rows, metadata)?;
        Ok(Box::new(batches.map(|batch| batch.map_err(|error| error.to_string()))))
    }
}
