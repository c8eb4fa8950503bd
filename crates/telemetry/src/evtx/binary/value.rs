//! Values: their bytes as the text that Windows shows.

use std::fmt::Write;

use functions::{several, ticks};

use crate::evtx::{from_filetime, u32_at, u64_at};

pub const NULL: u8 = 0x00;
pub const ARRAY: u8 = 0x81;
pub const BINARY_XML: u8 = 0x21;
const STRING: u8 = 0x01;
const BINARY: u8 = 0x0e;
const FILETIME: u8 = 0x11;
/// How many units of a text are looked at in one go.
const BLOCK: usize = 32;

/// A value of an instance: its type, and where its bytes are in the chunk.
#[derive(Debug, Clone, Copy)]
pub struct Value {
    pub kind: u8,
    pub start: usize,
    pub end: usize,
}

impl Value {
    fn bytes<'c>(&self, chunk: &'c [u8]) -> Option<&'c [u8]> {
        chunk.get(self.start..self.end)
    }

    /// Whether an optional substitution leaves nothing behind.
    pub fn is_nothing(&self, chunk: &[u8]) -> bool {
        match self.kind {
            NULL => true,
            STRING => self.bytes(chunk).is_none_or(|bytes| bytes.is_empty() || bytes.starts_with(&[0, 0])),
            BINARY | BINARY_XML => self.start == self.end,
            kind => kind & 0x80 != 0 && self.start == self.end,
        }
    }

    /// A whole number that is shown as such.
    pub fn number(&self, chunk: &[u8]) -> Option<i64> {
        let bytes = self.bytes(chunk)?;
        Some(match (self.kind, bytes) {
            (0x03, &[byte]) => i64::from(byte.cast_signed()),
            (0x04, &[byte]) => i64::from(byte),
            (0x05, &[a, b]) => i64::from(i16::from_le_bytes([a, b])),
            (0x06, &[a, b]) => i64::from(u16::from_le_bytes([a, b])),
            (0x07, &[a, b, c, d]) => i64::from(i32::from_le_bytes([a, b, c, d])),
            (0x08, &[a, b, c, d]) => i64::from(u32::from_le_bytes([a, b, c, d])),
            (0x09, bytes) => i64::from_le_bytes(bytes.try_into().ok()?),
            (0x0a, bytes) => i64::try_from(u64::from_le_bytes(bytes.try_into().ok()?)).ok()?,
            _ => return None,
        })
    }

    pub fn filetime(&self, chunk: &[u8]) -> Option<u64> {
        if self.kind != FILETIME { None } else { u64::from_le_bytes(self.bytes(chunk)?.try_into().ok()?).into() }
    }

    /// Appends the value's text; `None` for what is rare or not as it should be.
    pub fn push_text(&self, chunk: &[u8], out: &mut String) -> Option<()> {
        let bytes = self.bytes(chunk)?;
        match self.kind {
            NULL => {}
            STRING => push_utf16(bytes, out)?,
            0x03..=0x09 => {
                // Writing to a String cannot fail.
                let _ = write!(out, "{}", self.number(chunk)?);
            }
            0x0a => {
                let _ = write!(out, "{}", u64::from_le_bytes(bytes.try_into().ok()?));
            }
            0x0d => match i32::from_le_bytes(bytes.try_into().ok()?) {
                0 => out.push_str("false"),
                1 => out.push_str("true"),
                other => {
                    let _ = write!(out, "{other}");
                }
            },
            BINARY => bytes.iter().for_each(|byte| push_hex(out, *byte, b"0123456789ABCDEF")),
            0x0f => push_guid(bytes.try_into().ok()?, out),
            0x10 | 0x14 if bytes.len() == 4 => {
                let _ = write!(out, "0x{:x}", u32_at(bytes, 0)?);
            }
            0x10 | 0x15 if bytes.len() == 8 => {
                let _ = write!(out, "0x{:x}", u64_at(bytes, 0)?);
            }
            FILETIME => {
                let time = ticks::to_civil(from_filetime(self.filetime(chunk)?)?)?;
                let _ = write!(out, "{}", time.format("%Y-%m-%dT%H:%M:%S"));
                let _ = write!(out, ".{:07}Z", self.filetime(chunk)? % 10_000_000);
            }
            0x13 => push_sid(bytes, out)?,
            // Most lists have one item.
            ARRAY if items(bytes)?.count() < 2 => self.push_items(chunk, out)?,
            _ => return None,
        }
        Some(())
    }

    /// Replaces a text by the items of a list of texts.
    pub fn push_items(&self, chunk: &[u8], out: &mut String) -> Option<()> {
        for (place, item) in items(self.bytes(chunk)?)?.enumerate() {
            if place == 0 {
                push_utf16(item, out)?;
                continue;
            }
            let mut text = String::new();
            push_utf16(item, &mut text)?;
            several::add(out, &text);
        }
        Some(())
    }
}

/// The texts of a list, each of which ends with a zero.
fn items(bytes: &[u8]) -> Option<impl Iterator<Item = &[u8]>> {
    let is_whole = bytes.is_empty() || (bytes.len().is_multiple_of(2) && bytes.ends_with(&[0, 0]));
    let mut rest = bytes;
    let items = std::iter::from_fn(move || {
        let end = rest.chunks_exact(2).position(|unit| unit == [0, 0])?;
        let item = rest.get(..2 * end)?;
        rest = rest.get(2 * end + 2..)?;
        Some(item)
    });
    is_whole.then_some(items)
}

/// Appends UTF-16 up to its first zero. What XML has no room for is `_`, as Windows shows it.
pub fn push_utf16(bytes: &[u8], out: &mut String) -> Option<()> {
    let (mut units, odd) = bytes.as_chunks::<2>();
    if !odd.is_empty() {
        return None;
    }
    while !units.is_empty() {
        let mut narrow = [b' '; BLOCK];
        let (block, rest) = units.split_at_checked(BLOCK).unwrap_or((units, &[]));
        let mut is_plain = true;
        for (byte, unit) in narrow.iter_mut().zip(block) {
            let unit = u16::from_le_bytes(*unit);
            is_plain &= (0x20..0x80).contains(&unit);
            *byte = (unit & 0x7f) as u8;
        }
        if is_plain {
            out.push_str(std::str::from_utf8(narrow.get(..block.len())?).ok()?);
            units = rest;
        } else {
            units = push_units(units, out);
        }
    }
    Some(())
}

/// Appends a block of units one by one, and gives what follows: nothing after a zero.
fn push_units<'u>(units: &'u [[u8; 2]], out: &mut String) -> &'u [[u8; 2]] {
    let mut at = 0;
    while let Some(unit) = units.get(at).filter(|_| at < BLOCK) {
        at += 1;
        let unit = u16::from_le_bytes(*unit);
        out.push(match unit {
            0 => return &[],
            0xd800..0xdc00 => {
                let low = units.get(at).map_or(0, |low| u16::from_le_bytes(*low));
                match char::decode_utf16([unit, low]).next() {
                    Some(Ok(pair)) => {
                        at += 1;
                        pair
                    }
                    _ => '_',
                }
            }
            0x09 | 0x0a | 0x0d | 0x20..0xfffe => char::from_u32(u32::from(unit)).unwrap_or('_'),
            _ => '_',
        });
    }
    units.get(at..).unwrap_or_default()
}

/// The fields of a GUID are little-endian, up to its last eight bytes.
fn push_guid(bytes: [u8; 16], out: &mut String) {
    const ORDER: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    out.push('{');
    for (place, index) in ORDER.into_iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        push_hex(out, bytes.get(index).copied().unwrap_or(0), b"0123456789abcdef");
    }
    out.push('}');
}

fn push_sid(bytes: &[u8], out: &mut String) -> Option<()> {
    let [revision, count, a, b, c, d, e, f, authorities @ ..] = bytes else { return None };
    if authorities.len() != 4 * usize::from(*count) {
        return None;
    }
    let authority = u64::from_be_bytes([0, 0, *a, *b, *c, *d, *e, *f]);
    let _ = write!(out, "S-{revision}-{authority}");
    for part in authorities.chunks_exact(4) {
        let _ = write!(out, "-{}", u32_at(part, 0)?);
    }
    Some(())
}

fn push_hex(out: &mut String, byte: u8, digits: &[u8; 16]) {
    for place in [byte >> 4, byte & 0xf] {
        out.push(char::from(digits.get(usize::from(place)).copied().unwrap_or(b'0')));
    }
}
