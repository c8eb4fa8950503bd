//! Ends of lines: all bytes of a log are looked at, and one in a thousand is one.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, u8x64};

/// How many bytes are looked at in one go.
const STEP: usize = 64;

/// Where the line breaks stand.
pub fn ends(bytes: &[u8]) -> Vec<usize> {
    let mut ends = Vec::new();
    dispatch!(Level::new(), simd => ends_by(simd, bytes, &mut ends));
    ends
}

#[inline(always)]
fn ends_by<S: Simd>(simd: S, bytes: &[u8], ends: &mut Vec<usize>) {
    let (steps, rest) = bytes.as_chunks::<STEP>();
    for (step, begin) in steps.iter().zip((0..).step_by(STEP)) {
        let mut places = u8x64::simd_from(simd, *step).simd_eq(b'\n').to_bitmask();
        while places != 0 {
            ends.push(begin + places.trailing_zeros() as usize);
            places &= places - 1;
        }
    }
    let begin = steps.len() * STEP;
    ends.extend(memchr::memchr_iter(b'\n', rest).map(|end| begin + end));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_break_is_found_wherever_it_stands() {
        for length in [0, 1, 63, 64, 65, 200] {
            assert_eq!(ends(&vec![b'\n'; length]), (0..length).collect::<Vec<_>>());
            for place in 0..length {
                let mut text = vec![b'\r'; length];
                text[place] = b'\n';
                assert_eq!(ends(&text), [place]);
            }
        }
    }
}
