//! Zip files: opened by their directory; of one that was cut short, by what stands before each of its members.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use flate2::{Decompress, FlushDecompress, Status};
use zip::{CompressionMethod, ZipArchive};

/// How many members of one zip are opened.
pub const MEMBERS: u64 = 100_000;
/// How much a member may unpack to whose length only its end tells.
const UNPACKED: u64 = 16 << 30;
/// How many times its length what is deflated may unpack to.
const DENSEST: u64 = 1032;
const LOCAL: &[u8] = b"PK\x03\x04";
const DESCRIPTOR: &[u8] = b"PK\x07\x08";
/// How long the fixed part of what stands before a member is.
const FIXED: usize = 30;
const DEFLATED: u64 = 8;
/// A member says so whose length stands behind it.
const LENGTH_BEHIND: u64 = 1 << 3;

/// An open zip.
pub struct ZipFile {
    pub archive: Archive,
    /// It has no directory, so that what was behind its last member here is missing.
    pub is_cut: bool,
}

pub type Archive = ZipArchive<BufReader<WithEnd>>;

impl ZipFile {
    pub fn open(path: &Path) -> io::Result<ZipFile> {
        let open = |end: Vec<u8>| -> io::Result<_> {
            let file = WithEnd::new(File::open(path)?, end)?;
            Ok(ZipArchive::new(BufReader::new(file)).map_err(|error| io::Error::other(error.to_string())))
        };
        let error = match open(Vec::new())? {
            Ok(archive) => return Ok(ZipFile { archive, is_cut: false }),
            Err(error) => error,
        };
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let members = members(&mut BufReader::new(file), length)?;
        if members.is_empty() {
            return Err(error);
        }
        Ok(ZipFile { archive: open(directory(&members, length))??, is_cut: true })
    }
}

/// A file as if it went on with these bytes.
#[derive(Debug)]
pub struct WithEnd {
    file: File,
    length: u64,
    end: Vec<u8>,
    at: u64,
}

impl WithEnd {
    fn new(file: File, end: Vec<u8>) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(WithEnd { file, length, end, at: 0 })
    }
}

impl Read for WithEnd {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match self.at.checked_sub(self.length) {
            None => self.file.read(buffer)?,
            Some(place) => {
                let place = usize::try_from(place).unwrap_or(usize::MAX);
                let mut rest = self.end.get(place..).unwrap_or_default();
                rest.read(buffer)?
            }
        };
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for WithEnd {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (from, by) = match to {
            SeekFrom::Start(at) => (at, 0),
            SeekFrom::Current(by) => (self.at, by),
            SeekFrom::End(by) => (self.length + self.end.len() as u64, by),
        };
        let before = || io::Error::new(io::ErrorKind::InvalidInput, "a place before the beginning of the zip");
        self.at = from.checked_add_signed(by).ok_or_else(before)?;
        self.file.seek(SeekFrom::Start(self.at))?;
        Ok(self.at)
    }
}

/// What stands before a member, with what stands behind it where that counts.
struct Member {
    place: u64,
    /// Its fixed part, and its name.
    header: [u8; FIXED],
    name: Vec<u8>,
    checksum: u64,
    packed: u64,
    unpacked: u64,
}

/// The members that follow one another from the beginning of a file of this length.
fn members(file: &mut BufReader<File>, length: u64) -> io::Result<Vec<Member>> {
    let mut members = Vec::new();
    let mut at = 0;
    while at < length && (members.len() as u64) < MEMBERS {
        file.seek(SeekFrom::Start(at))?;
        let Some(mut member) = header(file, at)? else { break };
        let data = file.stream_position()?;
        let rest = length - data.min(length);
        let flags = number(&member.header, 6, 2);
        let mut end = data.saturating_add(member.packed);
        if flags & LENGTH_BEHIND != 0 {
            // Without its length only what unpacks itself tells where it ends.
            let is_deflated = number(&member.header, 8, 2) == DEFLATED && flags & 1 == 0;
            let lengths = if is_deflated { lengths(&mut file.take(rest))? } else { None };
            (member.packed, member.unpacked) = lengths.unwrap_or((rest, rest.saturating_mul(DENSEST)));
            end = data + member.packed;
            file.seek(SeekFrom::Start(end))?;
            let mut behind = Vec::new();
            file.take(DESCRIPTOR.len() as u64 + 20).read_to_end(&mut behind)?;
            let sign = if behind.starts_with(DESCRIPTOR) { DESCRIPTOR.len() } else { 0 };
            member.checksum = number(&behind, sign, 4);
            // Large ones have longer numbers.
            let short = sign + 12;
            end += if number(&behind, sign + 4, 4) == member.packed & u64::from(u32::MAX)
                && number(&behind, sign + 8, 4) == member.unpacked & u64::from(u32::MAX)
            {
                short as u64
            } else {
                short as u64 + 8
            };
        }
        // The last one may not be whole: what there is of it can be read.
        member.packed = member.packed.min(rest);
        members.push(member);
        at = end;
    }
    Ok(members)
}

/// What stands before the member at this place, if that is whole.
fn header(file: &mut impl Read, place: u64) -> io::Result<Option<Member>> {
    let mut fixed = Vec::new();
    file.take(FIXED as u64).read_to_end(&mut fixed)?;
    let Ok(header) = <[u8; FIXED]>::try_from(fixed.as_slice()) else { return Ok(None) };
    if !header.starts_with(LOCAL) {
        return Ok(None);
    }
    let (name_length, extra_length) = (number(&header, 26, 2), number(&header, 28, 2));
    let (mut name, mut extra) = (Vec::new(), Vec::new());
    file.take(name_length).read_to_end(&mut name)?;
    file.take(extra_length).read_to_end(&mut extra)?;
    if (name.len() as u64, extra.len() as u64) != (name_length, extra_length) {
        return Ok(None);
    }
    let (mut packed, mut unpacked) = (number(&header, 18, 4), number(&header, 22, 4));
    let large = large(&extra);
    if unpacked == u64::from(u32::MAX)
        && let Some(large) = large
    {
        unpacked = number(large, 0, 8);
        packed = if packed == u64::from(u32::MAX) { number(large, 8, 8) } else { packed };
    }
    Ok(Some(Member { place, header, name, checksum: number(&header, 14, 4), packed, unpacked }))
}

/// The numbers of a large member, among what more is said of it.
fn large(mut extra: &[u8]) -> Option<&[u8]> {
    loop {
        let (id, length) = (number(extra.get(..4)?, 0, 2), number(extra, 2, 2));
        let end = 4 + usize::try_from(length).ok()?;
        if id == 1 {
            return extra.get(4..end);
        }
        extra = extra.get(end..)?;
    }
}

/// How long what is deflated here is, packed and unpacked; `None` where it does not end.
fn lengths(reader: &mut impl Read) -> io::Result<Option<(u64, u64)>> {
    let mut inflate = Decompress::new(false);
    let (mut input, mut output) = (vec![0; 64 << 10], vec![0; 256 << 10]);
    loop {
        let filled = reader.read(&mut input)?;
        if filled == 0 {
            return Ok(None);
        }
        let mut given = input.get(..filled).unwrap_or_default();
        loop {
            let before = (inflate.total_in(), inflate.total_out());
            let Ok(status) = inflate.decompress(given, &mut output, FlushDecompress::None) else { return Ok(None) };
            if status == Status::StreamEnd {
                return Ok(Some((inflate.total_in(), inflate.total_out())));
            }
            let taken = usize::try_from(inflate.total_in() - before.0).unwrap_or(usize::MAX);
            given = given.get(taken..).unwrap_or_default();
            if inflate.total_out() > UNPACKED {
                return Ok(None);
            }
            let has_more = inflate.total_out() - before.1 == output.len() as u64;
            if given.is_empty() && !has_more || (inflate.total_in(), inflate.total_out()) == before {
                break;
            }
        }
    }
}

/// A directory of these members, behind a file of this length.
fn directory(members: &[Member], length: u64) -> Vec<u8> {
    let mut out = Vec::new();
    for member in members {
        out.extend_from_slice(b"PK\x01\x02\x2d\x00\x2d\x00");
        // Flags, method and time are those that stand before the member.
        out.extend_from_slice(member.header.get(6..14).unwrap_or_default());
        push(&mut out, member.checksum, 4);
        push(&mut out, u64::from(u32::MAX), 4);
        push(&mut out, u64::from(u32::MAX), 4);
        push(&mut out, member.name.len() as u64, 2);
        push(&mut out, 28, 2);
        out.extend_from_slice(&[0; 10]);
        push(&mut out, u64::from(u32::MAX), 4);
        out.extend_from_slice(&member.name);
        push(&mut out, 1, 2);
        push(&mut out, 24, 2);
        for number in [member.unpacked, member.packed, member.place] {
            push(&mut out, number, 8);
        }
    }
    let (count, size) = (members.len() as u64, out.len() as u64);
    out.extend_from_slice(b"PK\x06\x06");
    push(&mut out, 44, 8);
    out.extend_from_slice(&[0x2d, 0, 0x2d, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for number in [count, count, size, length] {
        push(&mut out, number, 8);
    }
    out.extend_from_slice(b"PK\x06\x07\0\0\0\0");
    push(&mut out, length + size, 8);
    push(&mut out, 1, 4);
    out.extend_from_slice(b"PK\x05\x06\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0");
    out
}

fn push(out: &mut Vec<u8>, number: u64, bytes: usize) {
    out.extend(number.to_le_bytes().iter().take(bytes));
}

/// The number of so many bytes at a place, the least first; 0 where there are not so many.
fn number(bytes: &[u8], at: usize, length: usize) -> u64 {
    let field = bytes.get(at..at + length).unwrap_or_default();
    field.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// Why a member is not read, if it is not.
pub fn refusal<R: Read>(member: &zip::read::ZipFile<'_, R>) -> Option<String> {
    if member.encrypted() {
        return Some("it is encrypted, and nobody can say its password here: unpack the zip".to_owned());
    }
    let known = [
        (CompressionMethod::DEFLATE64, "Deflate64"),
        (CompressionMethod::BZIP2, "bzip2"),
        (CompressionMethod::LZMA, "LZMA"),
        (CompressionMethod::ZSTD, "zstd"),
        (CompressionMethod::XZ, "xz"),
        (CompressionMethod::PPMD, "PPMd"),
    ];
    let method = member.compression();
    if [CompressionMethod::STORE, CompressionMethod::DEFLATE].contains(&method) {
        return None;
    }
    let name = known.iter().find(|(known, _)| *known == method).map_or("a method of its own", |(_, name)| name);
    Some(format!("it is packed with {name}, of which a zip's members are not read: unpack the zip"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::write::SimpleFileOptions;

    use crate::trial::{Folder, read};

    fn zipped(members: &[(&str, &str)], is_streamed: bool) -> Vec<u8> {
        fn fill<W: Write + std::io::Seek>(mut zip: zip::ZipWriter<W>, members: &[(&str, &str)]) -> W {
            for (name, text) in members {
                zip.start_file(*name, SimpleFileOptions::default()).unwrap();
                zip.write_all(text.as_bytes()).unwrap();
            }
            zip.finish().unwrap()
        }
        match is_streamed {
            true => fill(zip::ZipWriter::new_stream(Vec::new()), members).into_inner(),
            false => fill(zip::ZipWriter::new(std::io::Cursor::new(Vec::new())), members).into_inner(),
        }
    }

    #[test]
    fn a_zip_that_was_cut_gives_what_members_it_has() {
        let lines = |id: u32| format!("{{\"EventID\":{id},\"Channel\":\"A\"}}\n").repeat(100);
        let (first, second) = (lines(1), lines(2));
        let noise: String = (0_u32..4_000).map(|at| format!("{:08x}", at.wrapping_mul(2_654_435_761))).collect();
        let third = format!("{}{{\"EventID\":4,\"Channel\":\"A\",\"x\":\"{noise}\"}}\n", lines(3));
        for is_streamed in [false, true] {
            let whole = zipped(&[("a.json", &first), ("b/c.json", &second), ("d.json", &third)], is_streamed);
            let cut = &whole[..whole.len() - 4_000];
            let folder = Folder::new().with("a.zip", cut);
            let evidence = folder.evidence();
            let names: Vec<_> = evidence.files.iter().map(|file| file.name.as_str()).collect();
            assert_eq!(names, ["a.zip!a.json", "a.zip!b/c.json", "a.zip!d.json"], "{is_streamed}");
            let said = "the zip was cut short, for its directory is missing: its 3 members are read by what stands before each";
            let ignored: Vec<_> = evidence.ignored.iter().map(|file| (file.reason.as_str(), file.is_failure)).collect();
            assert_eq!(ignored, [(said, true)]);
            let (_, report) = read(&evidence, &[]);
            let events: Vec<_> = report.files.iter().map(|file| (file.events, file.problem.is_some())).collect();
            assert_eq!(events, [(100, false), (100, false), (100, true)], "{is_streamed}");
        }
        let evidence = Folder::new().with("a.zip", &b"PK\x03\x04 and no more"[..]).evidence();
        assert!(evidence.ignored[0].reason.starts_with("the zip cannot be read: "), "{:?}", evidence.ignored);
    }

    #[test]
    fn other_bytes_may_stand_before_a_zip() {
        let lines = "{\"EventID\":1,\"Channel\":\"A\"}\n".repeat(3);
        let whole = zipped(&[("a.json", &lines)], false);
        let folder = Folder::new().with("self-extracting.exe", [b"MZ\0program".as_slice(), &whole].concat());
        let (_, report) = read(&folder.evidence(), &[]);
        assert_eq!((report.files[0].events, report.files[0].problem.is_some()), (3, false));
        let folder = Folder::new().with("a.bin", &b"MZ no zip PK\x05\x06 at all"[..]);
        assert_eq!(folder.evidence().files.len(), 0);
    }

    #[test]
    fn what_is_damaged_within_may_be_garbled_and_that_is_said() {
        let mut stored = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        stored.start_file("a.json", options).unwrap();
        stored.write_all("{\"EventID\":1,\"Channel\":\"A\"}\n".repeat(3).as_bytes()).unwrap();
        let mut bytes = stored.finish().unwrap().into_inner();
        let place = bytes.windows(3).rposition(|bytes| bytes == b"\"A\"").unwrap();
        bytes[place + 1] = b'B';
        let (_, report) = read(&Folder::new().with("a.zip", &bytes[..]).evidence(), &[]);
        let said =
            "cannot be read to its end: Invalid checksum: it is damaged, so that what was read of it may be garbled";
        assert!(report.files[0].describe().is_some_and(|told| told.contains(said)), "{:?}", report.files[0].describe());
    }
}
