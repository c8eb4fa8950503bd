//! Runs: small numbers as pages hold them, repeated or packed bit by bit, of which those at some places are wanted.

enum Run<'b> {
    Repeated(u32),
    Packed(&'b [u8]),
}

/// The numbers of `width` bits at some places, which ascend.
pub fn at(bytes: &[u8], width: u32, places: &[usize]) -> Option<Vec<u32>> {
    let mut runs = Runs { bytes, at: 0, width };
    let mut found = Vec::with_capacity(places.len());
    let mut places = places.iter().copied().peekable();
    let mut start = 0;
    while places.peek().is_some() {
        let (run, length) = runs.next()?;
        let end = start + length;
        while let Some(place) = places.next_if(|place| *place < end) {
            found.push(match run {
                Run::Repeated(number) => number,
                Run::Packed(bytes) => unpacked(bytes, width, place - start)?,
            });
        }
        start = end;
    }
    Some(found)
}

/// Whether bits that say which rows have a value say so of so many rows, all in one run.
pub fn are_all(bytes: &[u8], count: usize) -> bool {
    let run = Runs { bytes, at: 0, width: 1 }.next();
    matches!(run, Some((Run::Repeated(1), length)) if length >= count)
}

/// Calls with so many numbers of `width` bits, up to 32, from the first on: with the place of each, and how many follow that are the same.
/// `None` where there are not so many, or a call says so.
pub fn each(
    bytes: &[u8],
    width: u32,
    count: usize,
    mut call: impl FnMut(usize, usize, u32) -> Option<()>,
) -> Option<()> {
    let mut runs = Runs { bytes, at: 0, width };
    let bits = usize::try_from(width).ok()?;
    let mask = (1_u64 << width) - 1;
    let mut start = 0;
    while start < count {
        let (run, length) = runs.next()?;
        let length = length.min(count - start);
        match run {
            Run::Repeated(number) => call(start, length, number)?,
            Run::Packed(bytes) => {
                for place in 0..length {
                    let first = place * bits;
                    let number = match bytes.get(first / 8..).and_then(|rest| rest.first_chunk()) {
                        Some(ahead) => u32::try_from(u64::from_le_bytes(*ahead) >> (first % 8) & mask).ok()?,
                        None => unpacked(bytes, width, place)?,
                    };
                    call(start + place, 1, number)?;
                }
            }
        }
        start += length;
    }
    Some(())
}

/// Of bits that say which rows have a value: which value some rows have, by its place among all of them.
pub fn values(bytes: &[u8], rows: &[usize]) -> Option<Vec<Option<usize>>> {
    let mut runs = Runs { bytes, at: 0, width: 1 };
    let mut found = Vec::with_capacity(rows.len());
    let mut rows = rows.iter().copied().peekable();
    let (mut start, mut before) = (0, 0);
    while rows.peek().is_some() {
        let (run, length) = runs.next()?;
        let end = start + length;
        // How many have a value up to a place, which only goes on.
        let (mut place, mut until) = (0, 0);
        let mut ones = |to: usize| {
            until += match run {
                Run::Repeated(0) => 0,
                Run::Repeated(_) => to - place,
                Run::Packed(bytes) => ones(bytes, place, to)?,
            };
            place = to;
            Some(until)
        };
        while let Some(row) = rows.next_if(|row| *row < end) {
            let (until, with) = (ones(row - start)?, ones(row - start + 1)?);
            found.push((with > until).then_some(before + until));
        }
        if rows.peek().is_some() {
            before += ones(length)?;
        }
        start = end;
    }
    Some(found)
}

struct Runs<'b> {
    bytes: &'b [u8],
    at: usize,
    width: u32,
}

impl<'b> Runs<'b> {
    fn next(&mut self) -> Option<(Run<'b>, usize)> {
        let (mut header, mut shift) = (0_u32, 0);
        loop {
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            header |= u32::from(byte & 0x7F).checked_shl(shift)?;
            shift += 7;
            if byte < 0x80 {
                break;
            }
        }
        let count = usize::try_from(header >> 1).ok().filter(|count| *count > 0)?;
        let rest = self.bytes.get(self.at..)?;
        if header & 1 == 1 {
            let length = count.checked_mul(usize::try_from(self.width).ok()?)?;
            // The last run may be shorter than it claims.
            let packed = rest.get(..length.min(rest.len()))?;
            self.at += packed.len();
            return Some((Run::Packed(packed), count.checked_mul(8)?));
        }
        let length = usize::try_from(self.width.div_ceil(8)).ok()?;
        let number = rest.get(..length)?.iter().rev().fold(0, |all, byte| all << 8 | u32::from(*byte));
        self.at += length;
        Some((Run::Repeated(number), count))
    }
}

fn unpacked(bytes: &[u8], width: u32, place: usize) -> Option<u32> {
    let width = usize::try_from(width).ok()?;
    let first = place.checked_mul(width)?;
    let last = (first + width).div_ceil(8);
    let bytes = bytes.get(first / 8..last)?;
    let all = bytes.iter().rev().fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
    u32::try_from(all >> (first % 8) & ((1 << width) - 1)).ok()
}

/// How many bits are set from one to another.
fn ones(bytes: &[u8], from: usize, to: usize) -> Option<usize> {
    let below = |count: usize| match count % 8 {
        0 => Some(0),
        left => Some((bytes.get(count / 8)? & ((1 << left) - 1)).count_ones()),
    };
    // Those below the first one are in the same byte as it.
    let whole: u32 = bytes.get(from / 8..to / 8)?.iter().map(|byte| byte.count_ones()).sum();
    usize::try_from((whole + below(to)?).checked_sub(below(from)?)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_in_both_kinds_of_runs() {
        // Eight numbers of three bits, 0 to 7, then five times 6.
        let bytes = [0x03, 0x88, 0xC6, 0xFA, 0x0A, 0x06];
        assert_eq!(at(&bytes, 3, &[0, 1, 5, 7, 8, 12]), Some(vec![0, 1, 5, 7, 6, 6]));
        let all = |count: usize| {
            let mut all = Vec::new();
            let call = |place: usize, count: usize, number: u32| -> Option<()> {
                assert_eq!(place, all.len());
                all.extend(std::iter::repeat_n(number, count));
                Some(())
            };
            each(&bytes, 3, count, call).map(|()| all)
        };
        assert_eq!(all(11), Some(vec![0, 1, 2, 3, 4, 5, 6, 7, 6, 6, 6]));
        assert_eq!((all(13).map(|all| all.len()), all(14)), (Some(13), None));
        assert_eq!(at(&bytes, 3, &[13]), None);
        assert_eq!(at(&bytes[..3], 3, &[7]), None);
        assert_eq!(at(&[0x00, 0x00], 3, &[0]), None);
        assert_eq!(at(&[0xFF; 9], 3, &[0]), None);
    }

    #[test]
    fn rows_know_their_values() {
        // Rows 0 to 7 have a value but 1 and 4; then three have none, and two have one.
        let bytes = [0x03, 0b1110_1101, 0x06, 0x00, 0x04, 0x01];
        let found = [Some(0), None, Some(1), Some(3), None, Some(6), Some(7)];
        assert_eq!(values(&bytes, &[0, 1, 2, 5, 9, 11, 12]), Some(found.to_vec()));
        assert_eq!(values(&bytes, &[13]), None);
        assert!(!are_all(&bytes, 2) && are_all(&[0x0E, 0x01], 7) && !are_all(&[0x0E, 0x01], 8));
        assert!(!are_all(&[0x0E, 0x00], 7) && !are_all(&[], 1));
    }
}
