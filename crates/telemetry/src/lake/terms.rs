//! The terms of a row group's texts: for each column of texts a Bloom filter over them, behind the row group in its file, so that
//! readers may leave out row groups in which a needle of `has` cannot stand.
//!
//! Where the filters are stands in the footer, one line for each row group behind one that says what a term is. What is not
//! there, was cut, or rotted tells nothing, and then nothing is left out: an index is no event.

use std::collections::HashSet;
use std::fmt::Write;
use std::fs::File;
use std::ops::Range;

use arrow::array::{Array, AsArray, RecordBatch, StringArray};
use arrow::datatypes::Int32Type;
use functions::predicate::{definition, each_term};
use parquet::bloom_filter::Sbbf;

use super::columns;
use super::part::{checksum_of, read};
use crate::texts::hash_of;

/// The entry of the footer.
pub const ENTRY: &str = "trapline.terms";

/// So many bits for each term let one in a hundred through that is not there.
const BITS: usize = 10;
/// A column of more terms than these bytes take has no filter.
const LARGEST: usize = 1 << 20;
const BLOCK: usize = 32;
/// After so many texts it shows whether they repeat.
const PROBED: usize = 256;
const MOST: usize = LARGEST * 8 / BITS;

/// The filters of a row group, and what the footer says of them.
pub struct Filters {
    pub bytes: Vec<u8>,
    pub line: String,
}

/// Makes filters, with what it needs for each text.
#[derive(Default)]
pub struct Indexer {
    folded: String,
    hashes: HashSet<u64, foldhash::fast::RandomState>,
}

impl Indexer {
    /// Of a row group that begins to be followed at this place of the file.
    pub fn filters(&mut self, rows: &RecordBatch, start: u64) -> Result<Filters, String> {
        let mut filters = Filters { bytes: Vec::new(), line: format!("{start}") };
        for (place, (field, column)) in rows.schema().fields().iter().zip(rows.columns()).enumerate() {
            let texts = match field.name().as_str() {
                columns::COMPUTER => column.as_dictionary_opt::<Int32Type>().and_then(|of| of.values().as_string_opt()),
                name if name.starts_with(columns::DATA) => column.as_string_opt::<i32>(),
                _ => None,
            };
            let Some(texts) = texts.filter(|texts| texts.null_count() < texts.len()) else { continue };
            if !self.gather(texts) {
                continue;
            }
            let blocks = (self.hashes.len() * BITS).div_ceil(BLOCK * 8).max(1);
            let mut filter = Sbbf::new(&vec![0; blocks * BLOCK]);
            self.hashes.iter().for_each(|hash| filter.insert(&hash.to_le_bytes()[..]));
            let before = filters.bytes.len();
            filter.write_bitset(&mut filters.bytes).map_err(|error| error.to_string())?;
            let own = filters.bytes.get(before..).unwrap_or_default();
            let sum = checksum_of(own);
            write!(filters.line, " {place}:{}:{sum}", own.len()).map_err(|error| error.to_string())?;
        }
        Ok(filters)
    }

    /// Takes in the terms of all texts; false where they are too many.
    fn gather(&mut self, texts: &StringArray) -> bool {
        self.hashes.clear();
        // Texts repeat, and each need be looked at once; but to remember those of a column where hardly one does costs more.
        let mut known: HashSet<&str, foldhash::fast::RandomState> = HashSet::default();
        let mut before = "";
        for (seen, text) in texts.iter().flatten().enumerate() {
            let repeats = seen < PROBED || known.len() * 2 < seen;
            if text == before || repeats && !known.insert(text) {
                continue;
            }
            before = text;
            each_term(text, &mut self.folded, |term| {
                self.hashes.insert(hash_of(term));
            });
            if self.hashes.len() > MOST {
                return false;
            }
        }
        true
    }
}

/// What a footer says of the filters of a file.
#[derive(Debug, Default)]
pub struct Index(Vec<String>);

impl Index {
    pub fn new(text: Option<&str>) -> Self {
        let mut lines = text.unwrap_or_default().lines();
        match lines.next() == Some(&definition()) {
            true => Index(lines.map(str::to_owned).collect()),
            false => Index::default(),
        }
    }

    pub fn text(lines: &[String]) -> String {
        let mut text = definition();
        for line in lines {
            text.push('\n');
            text.push_str(line);
        }
        text
    }

    /// The filter of a column of a row group, as far as there is one and it is as it was written.
    pub fn filter(&self, file: &File, group: usize, column: usize) -> Option<Filter> {
        let mut words = self.0.get(group)?.split(' ');
        let mut start: u64 = words.next()?.parse().ok()?;
        for word in words {
            let mut parts = word.split(':');
            let (place, length, sum) = (parts.next()?, parts.next()?, parts.next()?);
            let end = start.checked_add(length.parse().ok()?)?;
            if place.parse() == Ok(column) {
                return Filter::read(file, start..end, sum);
            }
            start = end;
        }
        None
    }
}

/// The terms of a column, and now and then one more.
#[derive(Debug)]
pub struct Filter(Sbbf);

impl Filter {
    fn read(file: &File, range: Range<u64>, sum: &str) -> Option<Self> {
        let length = usize::try_from(range.end - range.start).ok()?;
        if length == 0 || length > LARGEST + BLOCK || length % BLOCK != 0 {
            return None;
        }
        let bytes = read(file, range).ok()?;
        (checksum_of(&bytes) == sum).then(|| Filter(Sbbf::new(&bytes)))
    }

    pub fn may_hold(&self, terms: &[u64]) -> bool {
        terms.iter().all(|term| self.0.check(&term.to_le_bytes()[..]))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::datatypes::{DataType, Field, Schema};

    use super::*;
    use crate::trial::Folder;

    /// The filter of a column with these texts, and what of it is on the disk.
    fn stored(texts: Vec<Option<String>>) -> (Folder, File, String, Vec<u8>) {
        let schema = Schema::new(vec![Field::new("data_X", DataType::Utf8, true)]);
        let rows = RecordBatch::try_new(Arc::new(schema), vec![Arc::new(StringArray::from(texts))]).unwrap();
        let filters = Indexer::default().filters(&rows, 3).unwrap();
        let bytes = [b"abc".as_slice(), &filters.bytes].concat();
        let folder = Folder::new().with("filters", bytes.clone());
        let file = File::open(folder.0.join("filters")).unwrap();
        (folder, file, Index::text(&[filters.line]), bytes)
    }

    fn holds(file: &File, text: &str, term: &str) -> Option<bool> {
        Some(Index::new(Some(text)).filter(file, 0, 0)?.may_hold(&[hash_of(term)]))
    }

    #[test]
    fn a_filter_knows_what_is_there_and_most_of_what_is_not() {
        let texts = (0..5000).map(|n| (n % 7 > 0).then(|| format!("C:\\P{n}\\Run{}.exe", n % 10))).collect();
        let (_folder, file, text, bytes) = stored(texts);
        let of = |term: &str| holds(&file, &text, term).unwrap();
        assert!(of("c") && of("exe") && of("run9") && (0..5000).filter(|n| n % 7 > 0).all(|n| of(&format!("p{n}"))));
        let wrong = (0..10_000).filter(|n| of(&format!("q{n}"))).count();
        assert!(wrong < 300, "{wrong}");
        assert_eq!((bytes.len() - 3).div_ceil(BLOCK), (4297_usize * BITS).div_ceil(256));
    }

    #[test]
    fn what_was_altered_tells_nothing() {
        let (folder, file, text, bytes) = stored(vec![Some("a b".to_owned()), None]);
        assert_eq!((holds(&file, &text, "a"), holds(&file, &text, "c")), (Some(true), Some(false)));
        let other = |from: &str, to: &str| holds(&file, &text.replace(from, to), "a");
        assert_eq!(other("terms 1", "terms 0"), None);
        assert_eq!(other(":32:", ":64:"), None);
        assert_eq!(other(":32:", ":0:"), None);
        assert_eq!(other(":32:", ":18446744073709551615:"), None);
        assert_eq!(other("\n3", "\n4"), None);
        assert_eq!(other("\n3 0:", "\n3 1:"), None);
        assert_eq!(other("\n", "\nx\n"), None);
        assert_eq!(Index::new(None).filter(&file, 0, 0).map(|_| ()), None);
        for at in 3..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1;
            std::fs::write(folder.0.join("filters"), bytes).unwrap();
            assert_eq!(holds(&File::open(folder.0.join("filters")).unwrap(), &text, "a"), None);
        }
    }

    #[test]
    fn a_column_of_too_many_terms_has_no_filter() {
        let many = |terms: usize| stored(vec![Some((0..terms).map(|n| format!("{n:x} ")).collect())]);
        let (_folder, file, text, _) = many(MOST + 1);
        assert_eq!(holds(&file, &text, "0"), None);
        let (_folder, file, text, _) = many(MOST);
        assert_eq!(holds(&file, &text, "0"), Some(true));
    }
}
