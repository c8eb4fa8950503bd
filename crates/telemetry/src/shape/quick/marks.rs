//! Marks: where the quotes and backslashes of a record stand. They are looked for in many bytes at once before anything is
//! read, so that finding a text's end does not have to wait for where the one before it ended.
//!
//! What takes a [`Simd`] is compiled once for each width of registers, and inlined into what was chosen for this processor.

use fearless_simd::prelude::*;
#[cfg(target_arch = "x86_64")]
use fearless_simd::{Avx512, u32x16};
use fearless_simd::{Level, dispatch, u8x64};
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    _mm512_add_epi32, _mm512_castsi512_si128, _mm512_cvtepu8_epi32, _mm512_maskz_compress_epi8, _mm512_set1_epi32,
};

/// How many bytes are looked at in one go.
pub const WIDTH: usize = 64;
/// How much of a record is marked; what follows in longer ones is looked at text by text.
const MARKED: usize = 64 << 10;
/// How many quotes are written down in one go.
const STEP: usize = 8;
/// As many as this are found without asking for one after the other, where the processor can.
const FEW: usize = 16;

/// The marks of a record. Their memory is used again for the next one.
#[derive(Default)]
pub struct Marks {
    /// Where the quotes stand that no backslash escapes, and how many of these are this record's.
    quotes: Vec<u32>,
    count: usize,
    /// A bit for each byte that is a backslash.
    backslashes: Vec<u64>,
    /// How many bytes are marked.
    length: usize,
}

impl Marks {
    /// Marks a record of this length, given what follows it too.
    pub fn read(&mut self, beyond: &[u8], length: usize) {
        self.length = length.min(beyond.len()).min(MARKED);
        let words = self.length.div_ceil(WIDTH);
        if self.backslashes.len() < words {
            self.backslashes.resize(words, 0);
            self.quotes.resize(words * WIDTH + WIDTH, 0);
        }
        dispatch!(Level::new(), simd => self.read_by(simd, beyond));
    }

    #[inline(always)]
    fn read_by<S: Simd>(&mut self, simd: S, beyond: &[u8]) {
        let words = self.length.div_ceil(WIDTH);
        let whole = beyond.as_chunks::<WIDTH>().0;
        let whole = whole.get(..words).unwrap_or(whole);
        let last = (whole.len() < words).then(|| padded(beyond, whole.len() * WIDTH));
        // Of the last one, what follows the record is none of it.
        let (end, of_last) = (self.length, u64::MAX >> (words * WIDTH - self.length));
        let quotes = self.quotes.as_mut_slice();
        let (mut at, mut count, mut is_first_escaped) = (0, 0, 0);
        for (bytes, backslashes) in whole.iter().chain(&last).zip(&mut self.backslashes) {
            let bytes = u8x64::simd_from(simd, *bytes);
            *backslashes = places(bytes, b'\\');
            let base = u32::try_from(at).unwrap_or_default();
            at += WIDTH;
            let is_of_record = if at > end { of_last } else { u64::MAX };
            let found = places(bytes, b'"') & !escaped(*backslashes, &mut is_first_escaped) & is_of_record;
            let Some(out) = quotes.get_mut(count..).and_then(<[u32]>::first_chunk_mut::<WIDTH>) else { break };
            write_places(simd, base, found, out);
            count += found.count_ones() as usize;
        }
        self.count = count;
    }

    /// Where the quotes stand.
    #[inline(always)]
    pub fn quotes(&self) -> &[u32] {
        self.quotes.get(..self.count).unwrap_or_default()
    }

    /// The number of the first quote from a place on, given that of one before it.
    #[inline(always)]
    pub fn quote_from(&self, quote: usize, at: usize) -> usize {
        let before = |place: &&u32| (**place as usize) < at;
        quote + self.quotes().iter().skip(quote).take_while(before).count()
    }

    /// The first backslash from a place on, before another place.
    #[inline]
    pub fn backslash(&self, json: &[u8], from: usize, end: usize) -> Option<usize> {
        if end > self.length {
            return memchr::memchr(b'\\', json.get(from..end)?).map(|place| from + place);
        }
        let mut word = from / WIDTH;
        let mut bits = self.backslashes.get(word)? & (u64::MAX << (from % WIDTH));
        loop {
            if bits != 0 {
                let place = word * WIDTH + bits.trailing_zeros() as usize;
                return (place < end).then_some(place);
            }
            word += 1;
            if word * WIDTH >= end {
                return None;
            }
            bits = *self.backslashes.get(word)?;
        }
    }
}

/// Writes where the set bits are, and behind them what the next ones overwrite.
#[inline(always)]
fn write_places<S: Simd>(simd: S, base: u32, mut bits: u64, out: &mut [u32; WIDTH]) {
    #[cfg(target_arch = "x86_64")]
    if let Some(token) = simd.level().as_avx512()
        && bits.count_ones() as usize <= FEW
        && let Some(out) = out.first_chunk_mut::<FEW>()
    {
        *out = few_places(token, base, bits);
        return;
    }
    for step in out.as_chunks_mut::<STEP>().0 {
        for place in step {
            *place = base + bits.trailing_zeros();
            bits &= bits.wrapping_sub(1);
        }
        if bits == 0 {
            break;
        }
    }
}

#[cfg(target_arch = "x86_64")]
fearless_simd::kernel!(
    #[inline(always)]
    fn few_places(token: Avx512, base: u32, bits: u64) -> [u32; FEW] {
        const BYTES: [u8; WIDTH] = {
            let (mut bytes, mut place) = ([0; WIDTH], 0);
            while place < WIDTH {
                bytes[place] = place as u8;
                place += 1;
            }
            bytes
        };
        let all: u8x64<Avx512> = BYTES.simd_into(token);
        let places = _mm512_maskz_compress_epi8(bits, all.into());
        let wide = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(places));
        let places: u32x16<Avx512> = _mm512_add_epi32(wide, _mm512_set1_epi32(base.cast_signed())).simd_into(token);
        places.into()
    }
);

/// The bytes from a place on, and zeros where there are no more.
#[inline(always)]
pub fn window<S: Simd>(simd: S, json: &[u8], at: usize) -> u8x64<S> {
    match json.get(at..).and_then(<[u8]>::first_chunk::<WIDTH>) {
        Some(bytes) => u8x64::simd_from(simd, *bytes),
        None => u8x64::simd_from(simd, padded(json, at)),
    }
}

#[inline(never)]
fn padded(json: &[u8], at: usize) -> [u8; WIDTH] {
    let mut bytes = [0; WIDTH];
    let rest = json.get(at..).unwrap_or_default();
    if let Some(start) = bytes.get_mut(..rest.len()) {
        start.copy_from_slice(rest);
    }
    bytes
}

/// A bit for each byte that is this one, the first byte lowest.
#[inline(always)]
pub fn places<S: Simd>(bytes: u8x64<S>, byte: u8) -> u64 {
    bytes.simd_eq(byte).to_bitmask()
}

/// How many of the bytes are digits before the first that is none.
#[inline(always)]
pub fn digits<S: Simd>(bytes: u8x64<S>) -> usize {
    let is_digit = (bytes - b'0').simd_lt(10);
    is_digit.to_bitmask().trailing_ones() as usize
}

/// The bytes that a backslash escapes, given whether the first one is by what came before: 0 or 1.
#[inline(always)]
pub fn escaped(backslashes: u64, is_first_escaped: &mut u64) -> u64 {
    const ODD: u64 = u64::from_le_bytes([0xaa; 8]);
    // Of a run of backslashes each second one is escaped, from the first that is not. A subtraction carries through a run, so
    // that no branch has to ask where one begins, be it at an odd place or at an even one.
    let may_escape = backslashes & !*is_first_escaped;
    let codes = ((may_escape << 1) | ODD).wrapping_sub(may_escape) ^ ODD;
    let escaped = codes ^ (backslashes | *is_first_escaped);
    // What follows is escaped by a run at the end of an odd length. Only where that is all there is does it matter what came
    // before, so that what comes next need not wait for this.
    *is_first_escaped = match backslashes {
        u64::MAX => *is_first_escaped,
        _ => u64::from(backslashes.leading_ones() & 1),
    };
    escaped
}

/// The quote that ends the text which begins at a place, in a record that is marked no further.
#[inline(never)]
pub fn end_of_text(json: &[u8], start: usize) -> Option<usize> {
    dispatch!(Level::new(), simd => text_end(simd, json, start))
}

#[inline(always)]
fn text_end<S: Simd>(simd: S, json: &[u8], start: usize) -> Option<usize> {
    let (mut at, mut is_first_escaped) = (start, 0);
    while at < json.len() {
        let bytes = window(simd, json, at);
        let ends = places(bytes, b'"') & !escaped(places(bytes, b'\\'), &mut is_first_escaped);
        if ends != 0 {
            return Some(at + ends.trailing_zeros() as usize);
        }
        at += WIDTH;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Those from a place on that no backslash behind it escapes.
    fn quotes(json: &[u8], start: usize) -> Vec<usize> {
        let mut is_escaped = false;
        let mut of = |byte: u8| {
            let is_quote = byte == b'"' && !is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            is_quote
        };
        (start..json.len()).filter(|at| of(json[*at])).collect()
    }

    #[test]
    fn a_text_ends_with_a_quote_that_no_backslash_escapes() {
        assert_eq!(end_of_text(br#"a\"b\\\"c\\"d"#, 0), Some(11));
        let mut marks = Marks::default();
        for before in [0, 1, 5, 62, 63, 64, 128] {
            for run in 0..6 {
                for after in [0, 1, 63, 80] {
                    let (before, run, after) =
                        ("a".repeat(before), "\\".repeat(62 * (run / 3) + run), "b".repeat(after));
                    let json = format!("{before}{run}\"{run}\"{after}\"");
                    let json = json.as_bytes();
                    for start in [0, 1, 2, 65] {
                        assert_eq!(end_of_text(json, start), quotes(json, start).first().copied(), "{start}");
                    }
                    marks.read(json, json.len());
                    let found: Vec<usize> = marks.quotes().iter().map(|place| *place as usize).collect();
                    assert_eq!(found, quotes(json, 0));
                    let first = memchr::memchr(b'\\', json);
                    assert_eq!(marks.backslash(json, 0, json.len()), first);
                    assert_eq!(marks.backslash(json, 0, before.len()), None);
                    let last = memchr::memrchr(b'\\', json);
                    assert_eq!(marks.backslash(json, last.unwrap_or(0), json.len()), last);
                }
            }
        }
        assert_eq!((end_of_text(b"", 0), end_of_text(b"a", 2), end_of_text(br#"\""#, 0)), (None, None, None));
    }

    #[test]
    fn all_quotes_are_found_however_many_there_are_and_a_long_record_is_marked_in_part() {
        let mut marks = Marks::default();
        for length in [0, 1, 63, 64, 65, 1000, MARKED - 1, MARKED, MARKED + 100] {
            let json = "\"".repeat(length) + "\\";
            marks.read(json.as_bytes(), json.len());
            assert!(marks.quotes().iter().map(|place| *place as usize).eq(0..length.min(MARKED)));
            assert_eq!(marks.quote_from(0, length / 2), length / 2);
            assert_eq!(marks.backslash(json.as_bytes(), 0, json.len()), Some(length));
        }
    }

    #[test]
    fn every_level_of_a_processor_marks_the_same() {
        let text = format!("{:.<100}", r#"123a\\"b""#);
        let found = |level: Level| {
            dispatch!(level, simd => {
                let (bytes, rest) = (window(simd, text.as_bytes(), 0), window(simd, text.as_bytes(), 60));
                (places(bytes, b'"'), places(bytes, b'\\'), digits(bytes), places(rest, b'.'))
            })
        };
        let expected = (1 << 6 | 1 << 8, 1 << 4 | 1 << 5, 3, (1 << 40) - 1);
        assert_eq!((found(Level::new()), found(Level::baseline())), (expected, expected));
    }
}
