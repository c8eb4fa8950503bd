//! A zip's directory, looked at before it is read: its entries are held in memory, and hostile zips have millions.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use crate::zip_file::MEMBERS;

/// What the end record begins with.
const SIGN: &[u8] = b"PK\x05\x06";
/// How long the directory of a zip may be.
const LENGTH: u64 = 64 << 20;
/// The end record with the longest comment that may follow it, and the records of large zips before it.
const END: u64 = 22 + 65_535 + 20 + 56;

/// Whether a file that does not begin as a zip ends as one.
pub fn is_behind(path: &Path) -> bool {
    let Ok(tail) = File::open(path).and_then(|mut file| tail(&mut file)) else { return false };
    let Some(end) = memchr::memmem::rfind(&tail, SIGN) else { return false };
    let comment =
        tail.get(end + 20..end + 22).map(|bytes| bytes.iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte)));
    comment == tail.len().checked_sub(end + 22) && counts(&tail).is_some_and(|(members, _)| members > 0)
}

fn tail(file: &mut File) -> io::Result<Vec<u8>> {
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(END)))?;
    let mut tail = Vec::new();
    Read::take(&mut *file, END).read_to_end(&mut tail)?;
    file.rewind()?;
    Ok(tail)
}

/// Why a zip is not opened at all.
pub fn refusal(file: &mut File) -> io::Result<Option<String>> {
    let tail = tail(file)?;
    let (members, directory) = counts(&tail).unwrap_or((0, 0));
    Ok(match (members, directory) {
        (MEMBERS.., _) => {
            Some(format!("the zip has {members} members, more than the {MEMBERS} that are opened: unpack it"))
        }
        (_, LENGTH..) => Some("the directory of the zip is too long to be held: unpack it".to_owned()),
        _ => None,
    })
}

/// How many members there are, and how long the directory is.
fn counts(tail: &[u8]) -> Option<(u64, u64)> {
    let number = |at: usize, bytes: usize| {
        let field = tail.get(at..at + bytes)?;
        Some(field.iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte)))
    };
    let end = memchr::memmem::rfind(tail, SIGN)?;
    let large = memchr::memmem::rfind(tail.get(..end)?, b"PK\x06\x06");
    let (mut members, mut length) = (number(end + 10, 2)?, number(end + 12, 4)?);
    if let Some(large) = large {
        members = members.max(number(large + 32, 8)?);
        length = length.max(number(large + 40, 8).filter(|_| length == u64::from(u32::MAX)).unwrap_or(0));
    }
    Some((members, if length == u64::from(u32::MAX) { 0 } else { length }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_zip_says_how_many_members_it_has() {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for number in 0..70_000 {
            zip.start_file(number.to_string(), zip::write::SimpleFileOptions::default()).unwrap();
        }
        let bytes = zip.finish().unwrap().into_inner();
        let tail = &bytes[bytes.len() - 200..];
        assert_eq!(counts(tail).map(|(members, _)| members), Some(70_000));
        assert_eq!(counts(b"PK\x05\x06"), None);
    }
}
