//! Inference: the columns of a table that nobody declared, from the first records of the files that are bound to it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read};

use functions::Type;

use super::{Evidence, File};
use crate::csv_file::CsvBlocks;
use crate::cut::Cutter;
use crate::cut::json::JsonRecords;
use crate::format::Format;
use crate::parquet_file::ParquetFile;
use crate::row::parse_time;
use crate::rows::cells::Cells;
use crate::rows::{By, Rows, tables};
use crate::stream::Stream;
use crate::text::Kind;
use crate::zip_file::ZipFile;

/// How many records of a file are looked at, and how many columns a table may have.
const RECORDS: usize = 1_000;
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
    is_any: bool,
    known: Option<Type>,
    bool: bool,
    long: bool,
    real: bool,
    datetime: bool,
    dynamic: bool,
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
                let mut head = Vec::new();
                stream.reader.take(LOOKED_AT).read_to_end(&mut head)?;
                for line in head.split(|byte| *byte == b'\n').take(RECORDS) {
                    if cells.read_object(line).is_ok() {
                        self.add(&cells);
                    }
                }
            }
            Format::Json(wrapping) => {
                let mut cutter = JsonRecords::new(stream.reader.take(LOOKED_AT), wrapping);
                let mut left = RECORDS;
                while left > 0
                    && let Some(block) = cutter.next()?
                {
                    for span in block.spans.iter().take(left) {
                        let json = block.bytes.get(span.start..span.end).unwrap_or_default();
                        let read = match &block.header {
                            Some(header) => cells.read_list(json, &header.names),
                            None => cells.read_object(json),
                        };
                        if read.is_ok() {
                            self.add(&cells);
                        }
                    }
                    left = left.saturating_sub(block.spans.len());
                }
            }
            Format::Csv => {
                if let Some(mut blocks) = CsvBlocks::new(stream.reader.take(LOOKED_AT), &stream.head)? {
                    for name in &blocks.header.names.clone() {
                        self.column(name);
                    }
                    if let Some(block) = blocks.next()? {
                        block.each(RECORDS, &mut cells, &mut |cells| self.add(cells));
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
                    is_any: false,
                    known: None,
                    bool: true,
                    long: true,
                    real: true,
                    datetime: true,
                    dynamic: true,
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
        self.is_any = true;
        self.dynamic &= kind == Kind::Nested;
        self.bool &= matches!(value, "true" | "false" | "True" | "False");
        // A number that begins with zeros is a text that happens to be of digits.
        let digits = value.strip_prefix('-').unwrap_or(value);
        let is_number = !(digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0."));
        self.long &= is_number && value.parse::<i64>().is_ok();
        self.real &= is_number && digits.starts_with(|c: char| c.is_ascii_digit()) && value.parse::<f64>().is_ok();
        let looks_like_date =
            value.len() >= 8 && value.contains(['-', '/']) && value.starts_with(|c: char| c.is_ascii_digit());
        self.datetime &= looks_like_date && parse_time(value).is_some();
    }

    fn kind(&self) -> Type {
        match self {
            Seen { known: Some(kind), .. } => *kind,
            Seen { is_any: false, .. } => Type::String,
            Seen { dynamic: true, .. } => Type::Dynamic,
            Seen { bool: true, .. } => Type::Bool,
            Seen { long: true, .. } => Type::Long,
            Seen { real: true, .. } => Type::Real,
            Seen { datetime: true, .. } => Type::Datetime,
            _ => Type::String,
        }
    }
}

/// How much of a file is read to learn its columns.
const LOOKED_AT: u64 = 4 << 20;
