//! A stream: what a file or a member of a zip holds once it is unpacked and its text is UTF-8, with the head that says what
//! it is.

mod guard;
mod utf16;

use std::cell::{Cell, OnceCell};
use std::io::{self, BufReader, Cursor, Read};
use std::rc::Rc;

use flate2::read::MultiGzDecoder;

pub use self::guard::{Budget, Guarded};
use self::guard::{Counted, Whole};
use crate::format::HEAD;

/// The first bytes of a log that has its header.
const LOG: &[u8] = b"ElfFile\0";
/// How often one file may be compressed over.
const LAYERS: usize = 2;
/// The largest window of zstd, as a power of two: what `zstd --long` makes.
const WINDOW: u32 = 27;

/// An open stream. It ends where its source breaks off, and then knows why.
pub struct Stream<'a> {
    pub head: Vec<u8>,
    /// More follows the head, or may.
    pub goes_on: bool,
    /// The head and what follows it.
    pub reader: Box<dyn Read + 'a>,
    /// Nothing lies between the bytes of the file and these.
    pub is_plain: bool,
    taken: Rc<Cell<u64>>,
    problem: Rc<OnceCell<String>>,
}

impl<'a> Stream<'a> {
    /// `packed`: how long the source is where it is itself unpacked from something, such as a zip.
    pub fn open(source: impl Read + 'a, packed: Option<u64>) -> io::Result<Self> {
        Stream::within(source, packed, None)
    }

    /// A member of a zip, so long there, within what all of its members may unpack to.
    pub fn of_member(source: impl Read + 'a, packed: u64, budget: &Budget) -> io::Result<Self> {
        Stream::within(source, Some(packed), Some(budget.clone()))
    }

    fn within(source: impl Read + 'a, packed: Option<u64>, budget: Option<Budget>) -> io::Result<Self> {
        let taken = Rc::new(Cell::new(0));
        let problem = Rc::new(OnceCell::new());
        let mut reader: Box<dyn Read + 'a> = Box::new(Counted { inner: source, taken: taken.clone() });
        let mut layers = 0;
        let room;
        loop {
            let (magic, rest) = peek(reader, LOG.len())?;
            let Some(packing) = Packing::of(magic.get(..4).unwrap_or(&magic)) else {
                reader = rest;
                // A log says by its first bytes what it is.
                room = if magic == LOG { LOG.len() } else { HEAD };
                break;
            };
            if layers == LAYERS {
                return Err(io::Error::other("it is compressed more than twice: unpack it"));
            }
            layers += 1;
            reader = packing.unpacked(rest)?;
        }
        if layers > 0 || packed.is_some() {
            reader = Box::new(Guarded::new(reader, taken.clone(), packed, budget));
        }
        reader = Box::new(Whole { inner: reader, problem: problem.clone() });
        let (mut head, mut reader) = peek(reader, room)?;
        let mut goes_on = head.len() >= room;
        let mut is_plain = layers == 0 && packed.is_none();
        if let Some(encoding) = utf16::encoding(&head) {
            is_plain = false;
            (head, reader) = peek(Box::new(utf16::Decoded::new(reader, encoding)), HEAD)?;
            goes_on = head.len() >= HEAD;
        }
        if head.starts_with(BOM) {
            is_plain = false;
            io::copy(&mut (&mut reader).take(BOM.len() as u64), &mut io::sink())?;
            head.drain(..BOM.len());
        }
        Ok(Stream { head, goes_on, reader, is_plain, taken, problem })
    }

    /// Makes the head a longer one.
    pub fn look_further(self, bytes: usize) -> io::Result<Self> {
        let (head, reader) = peek(self.reader, bytes)?;
        Ok(Stream { goes_on: head.len() >= bytes, head, reader, ..self })
    }

    /// How far the source is read.
    pub fn taken(&self) -> Rc<Cell<u64>> {
        self.taken.clone()
    }

    /// Why it ended before its end, once it did.
    pub fn problem(&self) -> Rc<OnceCell<String>> {
        self.problem.clone()
    }
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Reads the first bytes, and gives them with a reader that begins with them again.
fn peek<'a>(mut reader: Box<dyn Read + 'a>, bytes: usize) -> io::Result<(Vec<u8>, Box<dyn Read + 'a>)> {
    let mut head = Vec::with_capacity(bytes);
    (&mut reader).take(bytes as u64).read_to_end(&mut head)?;
    let again: Box<dyn Read + 'a> = Box::new(Cursor::new(head.clone()).chain(reader));
    Ok((head, again))
}

#[derive(Debug, Clone, Copy)]
enum Packing {
    Gzip,
    Zstd,
}

impl Packing {
    fn of(magic: &[u8]) -> Option<Packing> {
        match magic {
            [0x1f, 0x8b, 8, ..] => Some(Packing::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd] => Some(Packing::Zstd),
            // A frame to be skipped, with which multi-threaded writers begin.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18] => Some(Packing::Zstd),
            _ => None,
        }
    }

    fn unpacked<'a>(self, reader: Box<dyn Read + 'a>) -> io::Result<Box<dyn Read + 'a>> {
        let reader = BufReader::with_capacity(64 << 10, reader);
        Ok(match self {
            Packing::Gzip => Box::new(MultiGzDecoder::new(reader)),
            Packing::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(reader)?;
                decoder.window_log_max(WINDOW)?;
                Box::new(decoder)
            }
        })
    }
}

#[cfg(test)]
mod tests;
