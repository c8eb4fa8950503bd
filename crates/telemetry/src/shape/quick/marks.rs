//! Marks: where quotes and backslashes stand among the next bytes, looked for in many of them at once.

use wide::u8x32;

/// How many bytes are looked at in one go.
pub const WIDTH: usize = 32;
/// Room for a key, and for a text behind it.
pub const WINDOW: usize = 3 * WIDTH;

/// A bit for each byte that is one, the first byte lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    pub quotes: u32,
    pub backslashes: u32,
}

impl Marks {
    #[inline]
    pub fn of(bytes: &[u8; WIDTH]) -> Marks {
        let bytes = u8x32::from(*bytes);
        let places = |byte| bytes.simd_eq(u8x32::splat(byte)).to_bitmask();
        Marks { quotes: places(b'"'), backslashes: places(b'\\') }
    }

    /// The bytes that a backslash escapes, given whether the first one is by what came before: 0 or 1.
    #[inline]
    fn escaped(self, is_first_escaped: &mut u32) -> u32 {
        const ODD: u32 = u32::from_le_bytes([0xaa; 4]);
        // Of a run of backslashes each second one is escaped, from the first that is not. A subtraction carries through a run, so
        // that no branch has to ask where one begins, be it at an odd place or at an even one.
        let may_escape = self.backslashes & !*is_first_escaped;
        let codes = ((may_escape << 1) | ODD).wrapping_sub(may_escape) ^ ODD;
        let escaped = codes ^ (self.backslashes | *is_first_escaped);
        *is_first_escaped = (codes & self.backslashes) >> (WIDTH - 1);
        escaped
    }
}

/// The quote that ends the text which begins at a place less than 64, if it is a short one that does not end in a backslash.
#[inline]
pub fn short_text(window: &[u8; WINDOW], start: usize) -> Option<usize> {
    let start = start % (2 * WIDTH);
    let bytes = window.get(start..)?.first_chunk::<WIDTH>()?;
    let quotes = u8x32::from(*bytes).simd_eq(u8x32::splat(b'"')).to_bitmask();
    let end = start + quotes.trailing_zeros() as usize;
    (quotes != 0 && window.get(end.wrapping_sub(1)) != Some(&b'\\')).then_some(end)
}

/// The quote that ends the text which begins at a place less than 64, if it is a short one without any backslash.
#[inline]
pub fn plain_text(window: &[u8; WINDOW], start: usize) -> Option<usize> {
    let start = start % (2 * WIDTH);
    let marks = Marks::of(window.get(start..)?.first_chunk::<WIDTH>()?);
    let end = (marks.quotes | marks.backslashes).trailing_zeros();
    (marks.quotes.checked_shr(end)? & 1 == 1).then_some(start + end as usize)
}

/// The quote that ends the text which begins at a place: the first that no backslash escapes.
#[inline(never)]
pub fn end_of_text(json: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    let mut is_first_escaped = 0;
    while let Some(bytes) = json.get(at..)?.first_chunk::<WIDTH>() {
        let marks = Marks::of(bytes);
        let ends = marks.quotes & !marks.escaped(&mut is_first_escaped);
        if ends != 0 {
            return Some(at + ends.trailing_zeros() as usize);
        }
        at += WIDTH;
    }
    let mut is_escaped = is_first_escaped == 1;
    for (place, byte) in json.get(at..)?.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'"' => return Some(at + place),
            byte => is_escaped = *byte == b'\\',
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_ends_with_a_quote_that_no_backslash_escapes() {
        let expected = |json: &[u8], start: usize| {
            let mut is_escaped = false;
            json.iter().enumerate().skip(start).find_map(|(place, byte)| {
                let is_end = *byte == b'"' && !is_escaped;
                is_escaped = *byte == b'\\' && !is_escaped;
                is_end.then_some(place)
            })
        };
        for text in ["", "a", r"a\n", r"\\", r#"\""#, &"x".repeat(31), &"x".repeat(32)] {
            let json = format!(r#""key":"{text}"{:96}"#, "");
            let window = json.as_bytes().first_chunk::<WINDOW>().unwrap();
            let is_short = text.len() < WIDTH && !text.contains(['"', '\\']) || text == r"a\n";
            assert_eq!(short_text(window, 7), is_short.then_some(7 + text.len()), "{text}");
            let is_plain = text.len() < WIDTH && !text.contains(['"', '\\']);
            assert_eq!(plain_text(window, 7), is_plain.then_some(7 + text.len()), "{text}");
        }
        assert_eq!(end_of_text(br#"a\"b\\\"c\\"d"#, 0), Some(11));
        for start in [0, 1, 2, 33] {
            for before in [0, 1, 5, 30, 31, 32, 64] {
                for run in 0..6 {
                    for after in [0, 1, 31, 40] {
                        let (before, run, after) =
                            ("a".repeat(before), "\\".repeat(30 * (run / 3) + run), "b".repeat(after));
                        let json = format!("{before}{run}\"{run}\"{after}\"");
                        let json = json.as_bytes();
                        assert_eq!(end_of_text(json, start), expected(json, start), "{start}");
                    }
                }
            }
        }
        assert_eq!((end_of_text(b"", 0), end_of_text(b"a", 2), end_of_text(br#"\""#, 0)), (None, None, None));
    }

    #[test]
    fn quotes_and_backslashes_have_a_bit_each() {
        let of = Marks::of(format!("{:.<WIDTH$}", r#"a\\"b""#).as_bytes().try_into().unwrap());
        assert_eq!((of.quotes, of.backslashes), (1 << 3 | 1 << 5, 1 << 1 | 1 << 2));
    }
}
