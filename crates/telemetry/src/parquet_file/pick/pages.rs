//! Pages: those of a column of a row group, one behind another as they lie in the file.

use std::fs;
use std::io::{Read, Seek, SeekFrom};

use parquet::basic::Compression;

use super::Memory;
use super::header::Header;
use super::snappy::{Packed, Unpacking};
use crate::parquet_file::group::Columns;

/// So much is read for a header at first, and at most.
const HEADER: usize = 512;
const LONGEST: usize = 64 << 10;
/// A page unpacks to no more.
const LARGEST: usize = 64 << 20;

pub struct Pages {
    file: fs::File,
    pub at: u64,
    end: u64,
}

impl Pages {
    /// Those of a column that holds one value of each row, packed by Snappy, and whether rows may lack it; `None` for others.
    pub fn of(columns: &Columns<'_>, column: usize) -> Option<(Pages, bool)> {
        let chunk = columns.chunk(column)?;
        let described = chunk.column_descr();
        let is_flat = described.max_rep_level() == 0 && described.max_def_level() <= 1;
        if !is_flat || chunk.compression() != Compression::SNAPPY {
            return None;
        }
        let start = chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset());
        let at = u64::try_from(start).ok()?;
        let end = at.checked_add(u64::try_from(chunk.compressed_size()).ok()?)?;
        let file = fs::File::open(&columns.group.file.path).ok()?;
        Some((Pages { file, at, end }, described.max_def_level() == 1))
    }

    /// The header of the next page, behind which its bytes stand then.
    pub fn header(&mut self) -> Option<Header> {
        let mut size = HEADER;
        loop {
            let left = self.end.checked_sub(self.at).filter(|left| *left > 0)?;
            let mut bytes = Vec::with_capacity(size);
            self.file.seek(SeekFrom::Start(self.at)).ok()?;
            (&self.file).take(left.min(size as u64)).read_to_end(&mut bytes).ok()?;
            match Header::read(&bytes) {
                Some((header, length)) => {
                    self.at += length as u64;
                    return Some(header);
                }
                None if size < LONGEST => size = LONGEST,
                None => return None,
            }
        }
    }

    pub fn pass(&mut self, header: &Header) -> Option<()> {
        self.at = self.at.checked_add(header.packed as u64).filter(|at| *at <= self.end)?;
        Some(())
    }

    /// Passes a page, and begins to unpack it.
    pub fn begin<'p>(&'p mut self, header: &Header, memory: &'p mut Memory) -> Option<Unpacking<'p>> {
        // Packing makes no page larger than this.
        let most_packed = header.unpacked + header.unpacked / 6 + 32;
        if header.unpacked > LARGEST || header.packed > most_packed {
            return None;
        }
        let at = self.at;
        self.pass(header)?;
        self.file.seek(SeekFrom::Start(at)).ok()?;
        let packed = Packed::new(&mut self.file, header.packed, &mut memory.packed);
        Unpacking::new(packed, header.unpacked, &mut memory.unpacked)
    }
}
