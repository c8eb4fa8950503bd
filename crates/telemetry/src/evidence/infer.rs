//! Inference: the columns of a table that nobody declared, from the records of the files that are bound to it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read};

use functions::Type;

use super::{Evidence, File};
use crate::csv_file::CsvBlocks;
use crate::cut::Cutter;
use crate::cut::json::JsonRecords;
use crate::format::Format;
use crate::ndjson::LineBlocks;
use crate::parquet_file::ParquetFile;
use crate::row::parse_time;
use crate::rows::cells::Cells;
use crate::rows::{By, Rows, tables};
use crate::stream::Stream;
use crate::text::Kind;
use crate::zip_file::ZipFile;

/// How many columns a table may have.
const COLUMNS: usize = 4_096;

/// The bound tables that the catalog does not know.
pub fn tables(evidence: &Evidence) -> Vec<(String, Vec<(String, Type)>)> {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for file in &evidence.files {
        if let Rows::Table { name, by: By::Person } = &file.rows
            && tables::table(name).is_none()
        {
            names.insert(name);
        }
    }
    let columns = |name: &str| {
        let mut columns = Columns::default();
        let is_of = |file: &&File| matches!(&file.rows, Rows::Table { name: of, by: By::Person } if **of == *name);
        for file in evidence.files.iter().filter(is_of) {
            // What cannot be read here is told when it is read as a whole.
            let _ = columns.look_at(file);
        }
        columns.types()
    };
    names.into_iter().map(|name| (name.to_owned(), columns(name))).collect()
}

/// Columns in the order in which they appear.
#[derive(Default)]
struct Columns {
    names: Vec<String>,
    by_name: BTreeMap<String, usize>,
    seen: Vec<Seen>,
}

/// What the values of a column could all be.
#[derive(Clone, Copy)]
struct Seen {
    known: Option<Type>,
    values: u64,
    bool: bool,
    dynamic: bool,
    /// How many values are none.
    no_long: u64,
    no_real: u64,
    no_datetime: u64,
}

impl Columns {
    fn look_at(&mut self, file: &File) -> io::Result<()> {
        let Some(member) = file.member else {
            return self.look_into(file, Stream::open(fs::File::open(&file.path)?, None)?);
        };
        let mut archive = ZipFile::open(&file.path)?.archive;
        let member = archive.by_index(member).map_err(io::Error::other)?;
        let packed = member.compressed_size();
        self.look_into(file, Stream::open(member, Some(packed))?)
    }

    fn look_into(&mut self, file: &File, stream: Stream<'_>) -> io::Result<()> {
        let mut cells = Cells::default();
        match file.format {
            Format::Parquet => {
                let file = match stream.is_plain {
                    true => ParquetFile::open(&file.path)?,
                    false => ParquetFile::unpacked(stream.reader)?,
                };
                for (name, kind) in file.columns() {
                    if let Some(seen) = self.column(&name) {
                        seen.known = Some(kind);
                    }
                }
            }
            Format::Ndjson => {
                let mut blocks = LineBlocks::new(stream.reader.take(LOOKED_AT));
                while let Some(block) = blocks.next()? {
                    for line in block.bytes.split(|byte| *byte == b'\n') {
                        if cells.read_object(line).is_ok() {
                            self.add(&cells);
                        }
                    }
                }
            }
            Format::Json(wrapping) => {
                let mut cutter = JsonRecords::new(stream.reader.take(LOOKED_AT), wrapping);
                while let Some(block) = cutter.next()? {
                    for span in &block.spans {
                        let json = block.bytes.get(span.start..span.end).unwrap_or_default();
                        let read = match &block.header {
                            Some(header) => cells.read_list(json, &header.names),
                            None => cells.read_object(json),
                        };
                        if read.is_ok() {
                            self.add(&cells);
                        }
                    }
                }
            }
            Format::Csv => {
                if let Some(mut blocks) = CsvBlocks::new(stream.reader.take(LOOKED_AT), &stream.head)? {
                    for name in &blocks.header.names.clone() {
                        self.column(name);
                    }
                    while let Some(block) = blocks.next()? {
                        block.each(usize::MAX, &mut cells, &mut |cells| self.add(cells));
                    }
                }
            }
            Format::Evtx | Format::Xml | Format::Lake => {}
        }
        Ok(())
    }

    fn column(&mut self, name: &str) -> Option<&mut Seen> {
        let place = match self.by_name.get(name) {
            Some(place) => *place,
            None if self.names.len() >= COLUMNS => return None,
            None => {
                self.names.push(name.to_owned());
                self.by_name.insert(name.to_owned(), self.seen.len());
                self.seen.push(Seen {
                    known: None,
                    values: 0,
                    bool: true,
                    dynamic: true,
                    no_long: 0,
                    no_real: 0,
                    no_datetime: 0,
                });
                self.seen.len() - 1
            }
        };
        self.seen.get_mut(place)
    }

    fn add(&mut self, cells: &Cells) {
        for (name, value, kind) in cells.iter() {
            let Some(seen) = self.column(name) else { continue };
            if kind != Kind::Null && !value.is_empty() {
                seen.add(value, kind);
            }
        }
    }

    fn types(self) -> Vec<(String, Type)> {
        self.names.into_iter().zip(self.seen.iter().map(Seen::kind)).collect()
    }
}

impl Seen {
    fn add(&mut self, value: &str, kind: Kind) {
        self.values += 1;
        self.dynamic &= kind == Kind::Nested;
        self.bool = self.bool && matches!(value, "true" | "false" | "True" | "False");
        // A number that begins with zeros is a text that happens to be of digits.
        let digits = value.strip_prefix('-').unwrap_or(value);
        let is_number = !(digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0."))
            && digits.starts_with(|c: char| c.is_ascii_digit());
        if self.may_be(self.no_real) {
            self.no_long += u64::from(!is_number || value.parse::<i64>().is_err());
            self.no_real += u64::from(!is_number || value.parse::<f64>().is_err());
        }
        if self.may_be(self.no_datetime) {
            let looks_like_date =
                value.len() >= 8 && value.contains(['-', '/']) && value.starts_with(|c: char| c.is_ascii_digit());
            self.no_datetime += u64::from(!looks_like_date || parse_time(value).is_none());
        }
    }

    /// Whether it is worth to look on, with so many values that were none.
    fn may_be(&self, others: u64) -> bool {
        others <= 10 + self.values / 100
    }

    /// Whether so many others are slips, to be told as values that do not fit.
    fn is(&self, others: u64) -> bool {
        others == 0 || others.saturating_mul(SLIPS) <= self.values
    }

    fn kind(&self) -> Type {
        match self {
            Seen { known: Some(kind), .. } => *kind,
            Seen { values: 0, .. } => Type::String,
            Seen { dynamic: true, .. } => Type::Dynamic,
            Seen { bool: true, .. } => Type::Bool,
            seen if seen.is(seen.no_real) && seen.no_long == seen.no_real => Type::Long,
            seen if seen.is(seen.no_real) => Type::Real,
            seen if seen.is(seen.no_datetime) => Type::Datetime,
            _ => Type::String,
        }
    }
}

/// Of so many values of one type one may be another.
const SLIPS: u64 = 1_000;
/// How much of a file is read to learn its columns.
const LOOKED_AT: u64 = 256 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    /// The types of the columns of records that were written one a line.
    fn types(records: impl Iterator<Item = String>) -> Vec<(String, Type)> {
        let (mut columns, mut cells) = (Columns::default(), Cells::default());
        for record in records {
            cells.read_object(record.as_bytes()).unwrap();
            columns.add(&cells);
        }
        columns.types()
    }

    #[test]
    fn all_records_say_what_a_column_is() {
        let late =
            (0..1_001).map(|n| if n < 1_000 { format!(r#"{{"n":{n}}}"#) } else { r#"{"n":1,"late":"x"}"#.into() });
        assert_eq!(types(late), [("n".to_owned(), Type::Long), ("late".to_owned(), Type::String)]);
        let real = (0..100).map(|n| if n == 99 { r#"{"n":1.75}"#.into() } else { format!(r#"{{"n":{n}}}"#) });
        assert_eq!(types(real), [("n".to_owned(), Type::Real)]);
    }

    #[test]
    fn one_slip_in_a_thousand_makes_no_column_of_texts() {
        let with = |slips: usize| {
            types((0..2_000).map(move |n| if n < slips { r#"{"n":"n/a"}"#.into() } else { format!(r#"{{"n":{n}}}"#) }))
        };
        assert_eq!(with(2), [("n".to_owned(), Type::Long)]);
        assert_eq!(with(3), [("n".to_owned(), Type::String)]);
    }
}
