//! A sieve: which rows of some columns may hold the texts that are wanted, judged column by column, the lightest first, so that
//! of the others nothing else is decoded.

mod look;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, BooleanBufferBuilder, RecordBatch};
use arrow::compute::{cast, concat, filter};
use arrow::datatypes::{DataType, FieldRef, Schema, SchemaRef};
use parquet::arrow::arrow_reader::{RowSelection, RowSelector};
use parquet::basic::Encoding;
use parquet::file::metadata::ColumnChunkMetaData;

use crate::texts::{Needle, Stands, WantedText};
pub use look::{AT_ONCE, Known, Look, Looked, says_nothing};

/// After so many rows a column has to have left out half of them, to be worth looking at.
const TRIED: u64 = 256 << 10;

/// How many bytes of what was looked at are kept for those who want it.
const KEPT: usize = 16 << 20;

/// How many rows are looked at at once.
pub const ROWS: usize = 32 << 10;

/// Where a field stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Column(usize),
    /// No row has it.
    Nowhere,
    /// Elsewhere, or nobody knows where.
    Unknown,
}

/// Columns that can be read one without the others.
pub trait Source {
    /// Whether some of its rows are of these kinds.
    fn fits(&self, stands: &Stands) -> bool;
    fn place(&self, field: &str) -> Place;
    /// How many bytes a column has, unpacked.
    fn weight(&self, column: usize) -> u64;
    /// A column of some rows, as it is best looked at.
    fn read(&self, columns: &BTreeSet<usize>, rows: Option<RowSelection>) -> Result<Batches<'_>, String>;
    /// Of all rows, or of some in order, those in which a column holds what is sought, where that is told quicker than by reading it.
    fn mark(&mut self, _column: usize, _sought: &[Sought<'_>], _rows: Option<&[u32]>) -> Option<Marked> {
        None
    }
}

/// What is looked for in a column.
#[derive(Debug, Clone, Copy)]
pub struct Sought<'l> {
    pub look: &'l Look,
    /// A row will do too whose text says nothing.
    pub or_lacking: bool,
}

/// Rows that hold what is sought.
#[derive(Debug)]
pub struct Marked {
    pub rows: Vec<u32>,
    /// Their texts, where they were at hand.
    pub texts: Option<ArrayRef>,
}

pub type Batches<'s> = Box<dyn Iterator<Item = Result<RecordBatch, String>> + 's>;

/// Looks for the texts that a reading wants.
#[derive(Debug, Default)]
pub struct Sieve {
    /// All have to be met.
    wanted: Vec<Wanted>,
}

/// Some tests, of which one has to be met, and how often that was so.
#[derive(Debug)]
struct Wanted {
    tests: Vec<Test>,
    rows: u64,
    passed: u64,
}

/// Some texts, of which one has to stand in one of some fields.
#[derive(Debug)]
struct Test {
    of: Arc<[Stands]>,
    look: Look,
}

/// The rows that are left.
#[derive(Debug, Default)]
pub struct Sifted {
    /// In order; `None` for all.
    pub rows: Option<Vec<u32>>,
    /// Columns of these rows that were decoded for it, as plain texts.
    pub columns: BTreeMap<usize, ArrayRef>,
}

impl Sieve {
    pub fn new(texts: &[WantedText]) -> Self {
        Sieve { wanted: texts.iter().filter_map(Wanted::new).collect() }
    }

    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    /// Of so many rows, all of them or these in order, those that may hold what is wanted.
    pub fn sift(&mut self, source: &mut dyn Source, total: usize, rows: Option<Vec<u32>>) -> Result<Sifted, String> {
        let mut sifted = Sifted { rows, columns: BTreeMap::new() };
        let known = |(number, wanted): (usize, &Wanted)| {
            let columns = wanted.columns(&*source)?;
            let weight: u64 = columns.iter().map(|column| source.weight(*column)).sum();
            Some((weight, number, columns))
        };
        let mut order: Vec<(u64, usize, BTreeSet<usize>)> =
            self.wanted.iter().enumerate().filter(|(_, wanted)| wanted.is_worth_it()).filter_map(known).collect();
        order.sort();
        for (_, number, columns) in order {
            let left = sifted.rows.as_ref().map_or(total, Vec::len);
            let Some(wanted) = self.wanted.get_mut(number).filter(|_| left > 0) else { break };
            wanted.rows += left as u64;
            if let Some((rows, texts)) = wanted.mark(source, &columns, &sifted) {
                wanted.passed += rows.len() as u64;
                sifted.keep_rows(rows, texts)?;
                continue;
            }
            let (mask, read) = wanted.judge(&*source, &columns, &sifted, left)?;
            wanted.passed += mask.true_count() as u64;
            sifted.keep(&mask, read)?;
        }
        Ok(sifted)
    }
}

impl Sifted {
    /// Of the rows that are left these.
    fn keep_rows(&mut self, rows: Vec<u32>, texts: Option<Read>) -> Result<(), String> {
        if !self.columns.is_empty() {
            let mut kept = rows.iter().peekable();
            let mask: BooleanArray =
                self.rows.iter().flatten().map(|row| Some(kept.next_if_eq(&row).is_some())).collect();
            for column in self.columns.values_mut() {
                *column = filter(column, &mask).map_err(|error| error.to_string())?;
            }
        }
        self.columns.extend(texts);
        self.rows = Some(rows);
        Ok(())
    }

    fn keep(&mut self, mask: &BooleanArray, read: BTreeMap<usize, ArrayRef>) -> Result<(), String> {
        for column in self.columns.values_mut() {
            *column = filter(column, mask).map_err(|error| error.to_string())?;
        }
        self.columns.extend(read);
        let left = mask.values().set_indices();
        self.rows = Some(match &self.rows {
            None => left.filter_map(|row| u32::try_from(row).ok()).collect(),
            Some(rows) => left.filter_map(|row| rows.get(row).copied()).collect(),
        });
        Ok(())
    }
}

impl Wanted {
    /// `None` where some text would do of which nothing is known.
    fn new(wanted: &WantedText) -> Option<Self> {
        let mut together: Vec<(&Arc<[Stands]>, Vec<&str>)> = Vec::new();
        for Needle { of, looked, .. } in &wanted.needles {
            if looked.is_empty() {
                return None;
            }
            let looked = looked.iter().map(String::as_str);
            match together.iter_mut().find(|(known, _)| *known == of) {
                Some((_, all)) => all.extend(looked),
                None => together.push((of, looked.collect())),
            }
        }
        let test = |(of, looked): (&Arc<[Stands]>, Vec<&str>)| Some(Test { of: of.clone(), look: Look::new(&looked)? });
        Some(Wanted { tests: together.into_iter().map(test).collect::<Option<_>>()?, rows: 0, passed: 0 })
    }

    fn is_worth_it(&self) -> bool {
        self.rows < TRIED || self.passed * 2 < self.rows
    }

    /// The columns that its fields are; `None` where one of them may be elsewhere, or any row will do.
    fn columns(&self, source: &dyn Source) -> Option<BTreeSet<usize>> {
        let mut columns = BTreeSet::new();
        for of in self.tests.iter().flat_map(|test| test.of(source)) {
            if of.or_lacking && of.fields.is_empty() {
                return None;
            }
            for field in &of.fields {
                match source.place(field) {
                    Place::Column(column) => columns.extend([column]),
                    Place::Nowhere if of.or_lacking => return None,
                    Place::Nowhere => {}
                    Place::Unknown => return None,
                }
            }
        }
        Some(columns)
    }

    /// The rows that it leaves, and their texts in a column, where its columns can all be marked.
    fn mark(
        &self,
        source: &mut dyn Source,
        columns: &BTreeSet<usize>,
        sifted: &Sifted,
    ) -> Option<(Vec<u32>, Option<Read>)> {
        if columns.iter().any(|column| sifted.columns.contains_key(column)) {
            return None;
        }
        let mut all: Vec<u32> = Vec::new();
        let mut texts = None;
        for column in columns {
            let stands = self.tests.iter().flat_map(|test| test.of(&*source).map(move |of| (test, of)));
            let is_there = |of: &Stands| of.fields.iter().any(|field| source.place(field) == Place::Column(*column));
            let sought = stands.filter(|(_, of)| is_there(of));
            let sought: Vec<Sought<'_>> =
                sought.map(|(test, of)| Sought { look: &test.look, or_lacking: of.or_lacking }).collect();
            let marked = source.mark(*column, &sought, sifted.rows.as_deref())?;
            if columns.len() == 1 {
                texts = marked.texts.map(|texts| (*column, texts));
            }
            all = if all.is_empty() { marked.rows } else { either(&all, &marked.rows) };
        }
        Some((all, texts))
    }

    /// Which of the rows that are left it leaves, and what was read of these.
    fn judge(
        &self,
        source: &dyn Source,
        columns: &BTreeSet<usize>,
        sifted: &Sifted,
        left: usize,
    ) -> Result<(BooleanArray, BTreeMap<usize, ArrayRef>), String> {
        let unread: BTreeSet<usize> =
            columns.iter().copied().filter(|column| !sifted.columns.contains_key(column)).collect();
        let mut memo = Memo::new();
        if unread.is_empty() {
            let of = |column: usize| sifted.columns.get(&column).cloned();
            return Ok((self.met(source, &of, left, &mut memo)?, BTreeMap::new()));
        }
        let mut masks = BooleanBufferBuilder::new(left);
        let mut read: BTreeMap<usize, Vec<ArrayRef>> = BTreeMap::new();
        let mut bytes = 0;
        for batch in source.read(&unread, sifted.rows.as_deref().map(selection))? {
            let batch = batch?;
            let (start, rows) = (masks.len(), batch.num_rows());
            let of = |column: usize| match unread.iter().position(|known| *known == column) {
                Some(place) => batch.columns().get(place).cloned(),
                None => sifted.columns.get(&column).map(|whole| whole.slice(start, rows)),
            };
            let mask = self.met(source, &of, rows, &mut memo)?;
            for (column, array) in unread.iter().zip(batch.columns()) {
                if bytes > KEPT {
                    break;
                }
                let kept = filter(array, &mask).and_then(|kept| cast(&kept, &DataType::Utf8));
                let kept = kept.map_err(|error| error.to_string())?;
                bytes += kept.get_array_memory_size();
                read.entry(*column).or_default().push(kept);
            }
            if bytes > KEPT {
                // They are read again, batch by batch.
                read.clear();
            }
            masks.append_buffer(mask.values());
        }
        if masks.len() != left {
            return Err(format!("it has {} rows of {left}", masks.len()));
        }
        let mut whole = BTreeMap::new();
        for (column, parts) in read {
            let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
            whole.insert(column, concat(&parts).map_err(|error| error.to_string())?);
        }
        Ok((BooleanArray::new(masks.finish(), None), whole))
    }

    /// Of some rows those that meet one of the tests.
    fn met(
        &self,
        source: &dyn Source,
        column: &dyn Fn(usize) -> Option<ArrayRef>,
        rows: usize,
        memo: &mut Memo,
    ) -> Result<BooleanArray, String> {
        let mut met = vec![false; rows];
        for (number, test) in self.tests.iter().enumerate() {
            for of in test.of(source) {
                for field in &of.fields {
                    let Place::Column(place) = source.place(field) else { continue };
                    let array = column(place).filter(|array| array.len() == rows).ok_or("a column is missing")?;
                    test.look.mark(
                        &array,
                        of.or_lacking,
                        &mut met,
                        memo.entry((number, place, of.or_lacking)).or_default(),
                    )?;
                }
            }
        }
        Ok(BooleanArray::from(met))
    }
}

impl Test {
    /// Where rows of these kinds have it.
    fn of<'a>(&'a self, source: &'a dyn Source) -> impl Iterator<Item = &'a Stands> + 'a {
        self.of.iter().filter(|of| source.fits(of))
    }
}

/// A column with what was read of it.
type Read = (usize, ArrayRef);

/// Rows of one or the other, both in order.
fn either(one: &[u32], other: &[u32]) -> Vec<u32> {
    let mut all: Vec<u32> = one.iter().chain(other).copied().collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// What is known of a test's columns, and of rows that lack them or not.
type Memo = HashMap<(usize, usize, bool), Known>;

/// A schema whose texts in some columns come as they are best looked at: each once where all are in a dictionary, else where they
/// lie.
pub fn looked_at<'c>(
    schema: &SchemaRef,
    columns: &BTreeSet<usize>,
    chunk: impl Fn(usize) -> Option<&'c ColumnChunkMetaData>,
) -> SchemaRef {
    let dictionary = || DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let field = |(place, field): (usize, &FieldRef)| {
        let is_text = |kind: &DataType| *kind == DataType::Utf8;
        let is_looked_at = match field.data_type() {
            DataType::Dictionary(_, values) => is_text(values),
            kind => is_text(kind),
        };
        if !columns.contains(&place) || !is_looked_at {
            return field.clone();
        }
        let kind = if chunk(place).is_some_and(is_in_dictionary) { dictionary() } else { DataType::Utf8View };
        Arc::new(field.as_ref().clone().with_data_type(kind))
    };
    let fields: Vec<FieldRef> = schema.fields().iter().enumerate().map(field).collect();
    Arc::new(Schema::new(fields))
}

/// Whether all values of a column are in a dictionary.
pub fn is_in_dictionary(chunk: &ColumnChunkMetaData) -> bool {
    match chunk.page_encoding_stats_mask() {
        Some(mask) => mask.is_only(Encoding::RLE_DICTIONARY) || mask.is_only(Encoding::PLAIN_DICTIONARY),
        None => chunk
            .encodings()
            .all(|encoding| matches!(encoding, Encoding::RLE | Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY)),
    }
}

/// Rows, in order, as a selection.
pub fn selection(rows: &[u32]) -> RowSelection {
    let mut selectors: Vec<RowSelector> = Vec::new();
    let mut next = 0;
    for row in rows.iter().map(|row| *row as usize) {
        match selectors.last_mut().filter(|last| row == next && !last.skip) {
            Some(last) => last.row_count += 1,
            None => {
                if row > next {
                    selectors.push(RowSelector::skip(row - next));
                }
                selectors.push(RowSelector::select(1));
            }
        }
        next = row + 1;
    }
    RowSelection::from(selectors)
}
