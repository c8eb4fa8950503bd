//! Definitions: a template as it stands in a chunk, written anew so that the same template is the same bytes in every chunk.

use std::ops::Range;

use crate::evtx::u32_at;

pub const OPEN: u8 = 0x01;
pub const CLOSE_START: u8 = 0x02;
pub const CLOSE_EMPTY: u8 = 0x03;
pub const CLOSE: u8 = 0x04;
pub const TEXT: u8 = 0x05;
pub const ATTRIBUTE: u8 = 0x06;
pub const SUBSTITUTION: u8 = 0x0d;
pub const OPTIONAL: u8 = 0x0e;
const FRAGMENT: u8 = 0x0f;
const END: u8 = 0x00;
/// Tokens that further ones of their kind follow have this bit; elements have it where attributes follow.
const MORE: u8 = 0x40;
const STRING: u8 = 0x01;
/// How long a definition may become. Names may be long, and cost but four bytes where they come again.
const LONGEST: usize = 256 << 10;
/// The next definition, a GUID, and the size of what follows.
const HEADER: usize = 24;

/// Where the definition at this place stands, without its header.
pub fn bytes(chunk: &[u8], at: usize) -> Option<Range<usize>> {
    let size = usize::try_from(u32_at(chunk, at.checked_add(HEADER - 4)?)?).ok()?;
    let start = at + HEADER;
    let end = start.checked_add(size)?;
    (end <= chunk.len()).then_some(start..end)
}

/// Appends the tokens of a definition, names and texts in full: [`OPEN`], the element's dependency and its name; [`TEXT`] and
/// the text; [`ATTRIBUTE`] and its name; a substitution and its number. Gives whether all names stand within it. `None` for any
/// other token.
pub fn write(chunk: &[u8], bytes: Range<usize>, out: &mut Vec<u8>) -> Option<bool> {
    let mut cursor = Cursor { bytes: chunk.get(..bytes.end)?, at: bytes.start, first_name: usize::MAX };
    while cursor.at < cursor.bytes.len() {
        if out.len() > LONGEST {
            return None;
        }
        let token = cursor.byte()?;
        match token & !MORE {
            END => break,
            FRAGMENT => cursor.at += 3,
            OPEN => {
                out.push(OPEN);
                out.extend_from_slice(cursor.take(2)?);
                cursor.take(4)?;
                cursor.name(out)?;
                if token & MORE != 0 {
                    cursor.take(4)?;
                }
            }
            CLOSE_START | CLOSE_EMPTY | CLOSE => out.push(token),
            TEXT => {
                if cursor.byte()? != STRING {
                    return None;
                }
                out.push(TEXT);
                cursor.counted(out)?;
            }
            ATTRIBUTE => {
                out.push(ATTRIBUTE);
                cursor.name(out)?;
            }
            SUBSTITUTION | OPTIONAL => {
                out.push(token);
                out.extend_from_slice(cursor.take(2)?);
                cursor.byte()?;
            }
            _ => return None,
        }
    }
    Some(cursor.first_name >= bytes.start)
}

/// The tokens of a definition that was written anew.
pub struct Tokens<'d> {
    cursor: Cursor<'d>,
}

impl<'d> Tokens<'d> {
    pub fn new(bytes: &'d [u8]) -> Self {
        Tokens { cursor: Cursor { bytes, at: 0, first_name: usize::MAX } }
    }

    pub fn is_done(&self) -> bool {
        self.cursor.at >= self.cursor.bytes.len()
    }

    pub fn peek(&self) -> Option<u8> {
        self.cursor.bytes.get(self.cursor.at).copied()
    }

    pub fn token(&mut self) -> Option<u8> {
        self.cursor.byte()
    }

    /// A dependency, or the number of a substitution.
    pub fn number(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.cursor.take(2)?.try_into().ok()?))
    }

    /// The units of a name or a text.
    pub fn units(&mut self) -> Option<&'d [u8]> {
        let count = usize::from(self.number()?);
        self.cursor.take(2 * count)
    }
}

struct Cursor<'c> {
    bytes: &'c [u8],
    at: usize,
    /// Where the first of the names stands that were met.
    first_name: usize,
}

impl<'c> Cursor<'c> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn take(&mut self, count: usize) -> Option<&'c [u8]> {
        let bytes = self.bytes.get(self.at..)?.get(..count)?;
        self.at += count;
        Some(bytes)
    }

    /// A name stands where it is first used, and is named by its place after that.
    fn name(&mut self, out: &mut Vec<u8>) -> Option<()> {
        let at = usize::try_from(u32_at(self.bytes, self.at)?).ok()?;
        self.at += 4;
        // Before the name stand the place of another one and a hash.
        let mut name = Cursor { bytes: self.bytes, at: at.checked_add(6)?, first_name: 0 };
        self.first_name = self.first_name.min(at);
        name.counted(out)?;
        if at == self.at {
            self.at = name.at + 2;
        }
        Some(())
    }

    /// A count of units, and the units.
    fn counted(&mut self, out: &mut Vec<u8>) -> Option<()> {
        let count = self.take(2)?;
        let units = self.take(2 * usize::from(u16::from_le_bytes(count.try_into().ok()?)))?;
        out.extend_from_slice(count);
        out.extend_from_slice(units);
        Some(())
    }
}
