//! Marks: where quotes and backslashes stand among the next bytes, looked for in many of them at once.

use wide::u8x32;

/// How many bytes are looked at in one go.
pub const WIDTH: usize = 32;

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

    /// The first quote that is not escaped, where the first byte may be by what came before.
    #[inline]
    pub fn end(self, is_first_escaped: bool) -> Option<usize> {
        let mut quotes = self.quotes;
        while quotes != 0 {
            let place = quotes.trailing_zeros();
            if !self.escapes(place, is_first_escaped) {
                return Some(place as usize);
            }
            quotes &= quotes - 1;
        }
        None
    }

    /// Whether the first byte of what follows is escaped.
    #[inline]
    pub fn escapes_next(self, is_first_escaped: bool) -> bool {
        self.escapes(WIDTH as u32, is_first_escaped)
    }

    /// Whether the byte at a place is escaped: by an odd number of backslashes right before it. An escape before the first
    /// byte is one more, if they reach there.
    #[inline]
    fn escapes(self, place: u32, is_first_escaped: bool) -> bool {
        let before = !u64::from(self.backslashes).wrapping_shl(u64::BITS - place);
        let run = before.leading_zeros().min(place);
        (run % 2 == 1) != (is_first_escaped && run == place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(text: &str) -> Marks {
        Marks::of(format!("{text:.<WIDTH$}").as_bytes().try_into().unwrap())
    }

    #[test]
    fn a_text_ends_with_a_quote_that_no_backslash_escapes() {
        let of = marks(r#"a\\"b\\\"c""#);
        assert_eq!((of.quotes, of.end(false)), (1 << 3 | 1 << 8 | 1 << 10, Some(3)));
        assert_eq!(marks(r#"a\"b\\\"c""#).end(false), Some(9));
        assert_eq!(marks(r#"a\"b\\\"c\""#).end(false), None);
        let of = marks(r#""\\".\""#);
        assert_eq!((of.end(false), of.end(true)), (Some(0), Some(3)));
        assert_eq!(marks(r#"\"\".\""#).end(true), Some(1));
    }

    #[test]
    fn an_escape_reaches_into_what_follows() {
        let ends = |count: usize| marks(&format!("{}{}", ".".repeat(WIDTH - count), "\\".repeat(count)));
        for count in 0..WIDTH {
            assert_eq!(ends(count).escapes_next(false), count % 2 == 1, "{count}");
            assert_eq!(ends(count).escapes_next(true), count % 2 == 1, "{count}");
        }
        assert!(!ends(WIDTH).escapes_next(false) && ends(WIDTH).escapes_next(true));
    }
}
