//! Unpacking a page that Snappy packed, only as far as something is wanted of it.

use std::io::Read;

/// At least so much is unpacked at once.
const STRIDE: usize = 4 << 10;
/// So much of what is packed is read at once: it is unpacked while it is in the cache.
const READ: usize = 64 << 10;
/// What an element and its length may take, but for a long literal.
const ELEMENT: usize = 2 * WIDE;
/// Short pieces are copied in steps that may reach over their ends.
const SLACK: usize = 2 * WIDE;
const STEP: usize = 16;
/// No copy is longer.
const WIDE: usize = 64;
/// Literals from here on have their length behind the tag.
const LITERAL: usize = 60;

/// What begins to be unpacked.
pub struct Unpacking<'b> {
    packed: Packed<'b>,
    at: usize,
    made: usize,
    total: usize,
    out: &'b mut Vec<u8>,
}

/// What is packed, read when it is its turn.
pub struct Packed<'b> {
    from: &'b mut dyn Read,
    /// How many bytes of it are not read yet.
    left: usize,
    memory: &'b mut Vec<u8>,
    read: usize,
}

impl<'b> Packed<'b> {
    /// So many bytes; `memory` is that of an earlier page.
    pub fn new(from: &'b mut dyn Read, left: usize, memory: &'b mut Vec<u8>) -> Self {
        Packed { from, left, memory, read: 0 }
    }

    fn bytes(&self) -> &[u8] {
        self.memory.get(..self.read).unwrap_or_default()
    }

    /// Reads on; `None` where nothing is left or it cannot be read.
    fn more(&mut self, at_least: usize) -> Option<()> {
        let count = at_least.max(READ).min(self.left);
        let end = self.read.checked_add(count).filter(|_| count > 0)?;
        if self.memory.len() < end {
            self.memory.resize(end, 0);
        }
        self.from.read_exact(self.memory.get_mut(self.read..end)?).ok()?;
        self.left -= count;
        self.read = end;
        Some(())
    }

    /// Reads on where so many bytes behind a place are not there but could be.
    fn reach(&mut self, at: usize, count: usize) -> Option<()> {
        let lacking = at.checked_add(count)?.saturating_sub(self.read).min(self.left);
        if lacking > 0 { self.more(lacking) } else { Some(()) }
    }
}

impl<'b> Unpacking<'b> {
    /// `None` where it does not unpack to `total` bytes. `out` is memory from an earlier page.
    pub fn new(mut packed: Packed<'b>, total: usize, out: &'b mut Vec<u8>) -> Option<Self> {
        let (mut said, mut at) = (0_u64, 0);
        packed.reach(0, ELEMENT)?;
        loop {
            let byte = *packed.bytes().get(at)?;
            said |= u64::from(byte & 0x7F).checked_shl(u32::try_from(at).ok()? * 7)?;
            at += 1;
            if byte < 0x80 {
                break;
            }
        }
        if said != total as u64 {
            return None;
        }
        if out.len() < total + SLACK {
            // Memory that is asked for as zeros is not touched before something is unpacked to it.
            *out = vec![0; total + SLACK];
        }
        Some(Unpacking { packed, at, made: 0, total, out })
    }

    /// The bytes from `start`, `count` of them; `None` where there are not so many, or none can be unpacked.
    #[inline]
    pub fn bytes(&mut self, start: usize, count: usize) -> Option<&[u8]> {
        let end = start.checked_add(count).filter(|end| *end <= self.total)?;
        if end > self.made {
            self.make(end.max(self.made + STRIDE).min(self.total))?;
        }
        self.out.get(start..end)
    }

    /// A number of four bytes.
    #[inline]
    pub fn number(&mut self, start: usize) -> Option<usize> {
        let bytes = self.bytes(start, 4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(bytes)).ok()
    }

    pub fn rest(&mut self, start: usize) -> Option<&[u8]> {
        self.bytes(start, self.total.checked_sub(start)?)
    }

    /// All bytes, to be changed in place, behind which nothing is unpacked any more.
    pub fn whole(mut self) -> Option<&'b mut [u8]> {
        self.make(self.total)?;
        self.out.get_mut(..self.total)
    }

    fn make(&mut self, wanted: usize) -> Option<()> {
        self.packed.reach(self.at, ELEMENT)?;
        self.make_short(wanted)?;
        while self.made < wanted {
            self.packed.reach(self.at, ELEMENT)?;
            let tag = *self.packed.bytes().get(self.at)?;
            self.at += 1;
            let high = usize::from(tag >> 2);
            match tag & 3 {
                0 => {
                    let more = high.saturating_sub(59);
                    let length = if more == 0 { high } else { self.little(more)? };
                    self.literal(length.checked_add(1)?)?;
                }
                1 => {
                    let low = self.little(1)?;
                    self.copy(usize::from(tag >> 5) << 8 | low, 4 + (high & 7))?;
                }
                2 => {
                    let offset = self.little(2)?;
                    self.copy(offset, high + 1)?;
                }
                _ => {
                    let offset = self.little(4)?;
                    self.copy(offset, high + 1)?;
                }
            }
            self.make_short(wanted)?;
        }
        Some(())
    }

    /// Short literals and copies that do not overlap in a step, which are nearly all, far from the end of what is packed. Steps are wide, so that
    /// hardly any element takes several.
    fn make_short(&mut self, wanted: usize) -> Option<()> {
        let (packed, out) = (self.packed.memory.get(..self.packed.read)?, self.out.as_mut_slice());
        let (mut at, mut made) = (self.at, self.made);
        while made < wanted {
            let Some(ahead) = packed.get(at..).and_then(|rest| rest.first_chunk::<{ WIDE + 1 }>()) else { break };
            let [tag, low, high, ..] = *ahead;
            let size = usize::from(tag >> 2);
            let (offset, length, read) = match tag & 3 {
                0 if size < STEP => {
                    let literal = ahead.get(1..)?.first_chunk::<STEP>()?;
                    *out.get_mut(made..)?.first_chunk_mut::<STEP>()? = *literal;
                    at += size + 2;
                    made += size + 1;
                    continue;
                }
                0 if size < LITERAL => {
                    let [_, literal @ ..] = ahead;
                    *out.get_mut(made..)?.first_chunk_mut::<WIDE>()? = *literal;
                    at += size + 2;
                    made += size + 1;
                    continue;
                }
                1 => (usize::from(tag >> 5) << 8 | usize::from(low), 4 + (size & 7), 2),
                2 => (usize::from(u16::from_le_bytes([low, high])), size + 1, 3),
                _ => break,
            };
            if offset < 8 || offset > made {
                break;
            }
            let from = made - offset;
            if offset >= WIDE {
                let step = *out.get(from..)?.first_chunk::<WIDE>()?;
                *out.get_mut(made..)?.first_chunk_mut::<WIDE>()? = step;
            } else if offset >= STEP {
                for done in (0..length).step_by(STEP) {
                    let step = *out.get(from + done..)?.first_chunk::<STEP>()?;
                    *out.get_mut(made + done..)?.first_chunk_mut::<STEP>()? = step;
                }
            } else {
                for done in (0..length).step_by(8) {
                    let step = *out.get(from + done..)?.first_chunk::<8>()?;
                    *out.get_mut(made + done..)?.first_chunk_mut::<8>()? = step;
                }
            }
            at += read;
            made += length;
        }
        (self.at, self.made) = (at, made);
        (made <= self.total).then_some(())
    }

    fn little(&mut self, count: usize) -> Option<usize> {
        let bytes = self.packed.bytes().get(self.at..self.at + count)?;
        let number = bytes.iter().rev().fold(0, |all, byte| all << 8 | usize::from(*byte));
        self.at += count;
        Some(number)
    }

    fn literal(&mut self, length: usize) -> Option<()> {
        let end = self.made.checked_add(length).filter(|end| *end <= self.total)?;
        self.packed.reach(self.at, length)?;
        let literal = self.packed.bytes().get(self.at..self.at.checked_add(length)?)?;
        self.out.get_mut(self.made..end)?.copy_from_slice(literal);
        self.at += length;
        self.made = end;
        Some(())
    }

    fn copy(&mut self, offset: usize, length: usize) -> Option<()> {
        let from = self.made.checked_sub(offset).filter(|_| offset > 0)?;
        let end = self.made.checked_add(length).filter(|end| *end <= self.total)?;
        // One after another, for they may overlap.
        for place in 0..length {
            self.out.copy_within(from + place..=from + place, self.made + place);
        }
        self.made = end;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpacked(packed: &[u8], total: usize, end: usize) -> Option<Vec<u8>> {
        let (mut memory, mut out, mut from) = (Vec::new(), Vec::new(), packed);
        let packed = Packed::new(&mut from, packed.len(), &mut memory);
        Unpacking::new(packed, total, &mut out)?.bytes(0, end).map(<[u8]>::to_vec)
    }

    #[test]
    fn literals_and_copies_make_what_was_packed() {
        // Ten bytes: "ab", then eight more of what lies two back.
        let packed = [10, 0x04, b'a', b'b', 0x11, 0x02];
        assert_eq!(unpacked(&packed, 10, 10).unwrap(), b"ababababab");
        // Seventeen letters, then three of what lies seventeen back.
        let packed = [&[20, 0x40][..], b"abcdefghijklmnopq", &[0x0A, 17, 0]].concat();
        assert_eq!(unpacked(&packed, 20, 20).unwrap(), b"abcdefghijklmnopqabc");
    }

    #[test]
    fn what_is_damaged_makes_nothing() {
        assert_eq!(unpacked(&[10, 0x04, b'a', b'b', 0x11, 0x03], 10, 10), None);
        assert_eq!(unpacked(&[10, 0x04, b'a', b'b', 0x11, 0x00], 10, 10), None);
        assert_eq!(unpacked(&[10, 0x04, b'a', b'b', 0x15, 0x02], 10, 10), None);
        assert_eq!(unpacked(&[10, 0x04, b'a', b'b'], 10, 10), None);
        assert_eq!(unpacked(&[10, 0x28, b'a'], 10, 10), None);
        assert_eq!(unpacked(&[10, 0xFC, 0xFF, 0xFF, 0xFF, 0xFF], 10, 10), None);
        assert_eq!(unpacked(&[0xFF; 20], 10, 10), None);
        assert_eq!(unpacked(&[9], 10, 0), None);
        assert_eq!(unpacked(&[], 0, 0), None);
        assert_eq!(unpacked(&[2, 0x04, b'a', b'b'], 2, 3), None);
    }
}
