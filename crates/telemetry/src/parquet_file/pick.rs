//! Picking: few rows of a column, for which pages are unpacked only as far as these rows lie in them, and a dictionary only where
//! one of them is in it. Whatever is not plainly as expected is left to the reading of whole pages, which is the definition.

mod header;
mod mark;
mod pages;
mod runs;
mod snappy;

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringBuilder};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use parquet::basic::Type;

use super::group::Columns;
use crate::sieve::Looked;
use header::{Header, Kind};
pub use mark::Marking;
use pages::Pages;
use snappy::Unpacking;

/// One row of so many, at most.
const FEW: usize = 64;
/// So many bytes are picked at once.
const MOST: usize = 64 << 20;
/// Encodings of values and of levels.
const PLAIN: i64 = 0;
const PLAIN_DICTIONARY: i64 = 2;
const RLE: i64 = 3;
const RLE_DICTIONARY: i64 = 8;

/// One worker's memory for pages and for what is looked at.
#[derive(Debug, Default)]
pub struct Picker {
    memory: Memory,
    looked: Looked,
    folded: Vec<u8>,
}

#[derive(Debug, Default)]
struct Memory {
    packed: Vec<u8>,
    unpacked: Vec<u8>,
}

/// Where a row's value is.
enum Cell {
    None,
    Bytes(Vec<u8>),
    /// In the dictionary.
    Word(u32),
}

/// How long values are.
#[derive(Clone, Copy)]
enum Width {
    Each,
    Eight,
}

impl Picker {
    /// Whether so few rows are wanted that each is worth its own search.
    pub fn is_for(rows: &[u32], total: usize) -> bool {
        rows.len() <= total / FEW
    }

    /// A column of some rows; `None` where it is to be read otherwise.
    pub fn pick(&mut self, columns: &Columns<'_>, column: usize, rows: &[u32]) -> Option<ArrayRef> {
        let field = columns.schema().fields().get(column)?;
        let width = match (columns.chunk(column)?.column_type(), field.data_type()) {
            (Type::BYTE_ARRAY, DataType::Utf8) => Width::Each,
            (Type::INT64, DataType::Int64 | DataType::Timestamp(..)) => Width::Eight,
            _ => return None,
        };
        let (mut pages, may_lack) = Pages::of(columns, column)?;
        let cells = self.cells(&mut pages, rows, may_lack, width)?;
        match width {
            Width::Each => {
                let mut texts = StringBuilder::new();
                for cell in cells {
                    texts.append_option(cell.as_deref().map(std::str::from_utf8).transpose().ok()?);
                }
                Some(Arc::new(texts.finish()))
            }
            Width::Eight => {
                let number = |cell: Option<Vec<u8>>| match cell {
                    None => Some(None),
                    Some(bytes) => Some(Some(i64::from_le_bytes(bytes.try_into().ok()?))),
                };
                let numbers: Int64Array = cells.into_iter().map(number).collect::<Option<Vec<Option<i64>>>>()?.into();
                cast(&numbers, field.data_type()).ok()
            }
        }
    }

    fn cells(&mut self, pages: &mut Pages, rows: &[u32], may_lack: bool, width: Width) -> Option<Vec<Option<Vec<u8>>>> {
        let mut cells = Vec::with_capacity(rows.len());
        let mut dictionary: Option<(Header, u64)> = None;
        let (mut rest, mut first) = (rows, 0_usize);
        while let Some(next) = rest.first() {
            let header = pages.header()?;
            if header.kind == Kind::Dictionary {
                if dictionary.is_some() || first > 0 {
                    return None;
                }
                dictionary = Some((header, pages.at));
                pages.pass(&header)?;
                continue;
            }
            let end = first.checked_add(header.values)?;
            if *next as usize >= end {
                pages.pass(&header)?;
                first = end;
                continue;
            }
            let (own, others) = rest.split_at(rest.partition_point(|row| (*row as usize) < end));
            let places: Vec<usize> = own.iter().map(|row| *row as usize - first).collect();
            let mut page = pages.begin(&header, &mut self.memory)?;
            of_page(&mut page, &header, &places, may_lack, width, &mut cells)?;
            (rest, first) = (others, end);
        }
        let wanted = cells.iter().filter_map(|cell| if let Cell::Word(word) = cell { Some(*word) } else { None });
        let mut words: BTreeMap<u32, Vec<u8>> = wanted.map(|word| (word, Vec::new())).collect();
        if !words.is_empty() {
            let (header, at) = dictionary?;
            let places: Vec<usize> = words.keys().map(|word| *word as usize).collect();
            if places.last().is_none_or(|last| *last >= header.values) || header.encoding > PLAIN_DICTIONARY {
                return None;
            }
            pages.at = at;
            let mut page = pages.begin(&header, &mut self.memory)?;
            for (bytes, value) in words.values_mut().zip(plain(&mut page, 0, &places, width)?) {
                *bytes = value;
            }
        }
        // A long word that many rows share is left to who reads them batch by batch.
        let mut size = 0_usize;
        let bytes = |cell| {
            let bytes = match cell {
                Cell::None => return Some(None),
                Cell::Bytes(bytes) => bytes,
                Cell::Word(word) => words.get(&word).filter(|word| size + word.len() <= MOST)?.clone(),
            };
            size += bytes.len();
            (size <= MOST).then_some(Some(bytes))
        };
        cells.into_iter().map(bytes).collect()
    }
}

/// The cells of some rows of a data page.
fn of_page(
    page: &mut Unpacking<'_>,
    header: &Header,
    rows: &[usize],
    may_lack: bool,
    width: Width,
    cells: &mut Vec<Cell>,
) -> Option<()> {
    let (values, start) = match may_lack {
        false => (rows.iter().copied().map(Some).collect(), 0),
        true if header.levels == RLE => {
            let length = page.number(0)?;
            (runs::values(page.bytes(4, length)?, rows)?, 4 + length)
        }
        true => return None,
    };
    let places: Vec<usize> = values.iter().copied().flatten().collect();
    let mut found = match header.encoding {
        _ if places.is_empty() => Vec::new(),
        PLAIN => plain(page, start, &places, width)?.into_iter().map(Cell::Bytes).collect(),
        PLAIN_DICTIONARY | RLE_DICTIONARY => {
            let bits = page.bytes(start, 1)?.first().copied().filter(|bits| *bits <= 32)?;
            runs::at(page.rest(start + 1)?, u32::from(bits), &places)?.into_iter().map(Cell::Word).collect()
        }
        _ => return None,
    }
    .into_iter();
    for value in values {
        cells.push(match value {
            None => Cell::None,
            Some(_) => found.next()?,
        });
    }
    Some(())
}

/// Values that stand one behind another, of which those at some places are wanted, which ascend.
fn plain(page: &mut Unpacking<'_>, start: usize, places: &[usize], width: Width) -> Option<Vec<Vec<u8>>> {
    let mut found = Vec::with_capacity(places.len());
    let (mut at, mut next) = (start, 0);
    for place in places {
        if let Width::Eight = width {
            let at = place.checked_mul(8)?.checked_add(start)?;
            found.push(page.bytes(at, 8)?.to_vec());
            continue;
        }
        while next < *place {
            at = at.checked_add(4)?.checked_add(page.number(at)?)?;
            next += 1;
        }
        let length = page.number(at)?;
        found.push(page.bytes(at.checked_add(4)?, length)?.to_vec());
    }
    Some(found)
}

#[cfg(test)]
mod tests;
