//! Texts that are wanted: ranges in which a field's text must lie, for readers that know the least and the greatest of many.

/// An event matters only if one of the fields holds a text of one of the ranges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextRange {
    pub fields: Vec<String>,
    ranges: Vec<(String, String)>,
}

impl TextRange {
    /// `needles`: what the text must begin with, or be. `None` where that bounds nothing.
    pub fn new(fields: Vec<String>, needles: &[&str], ignores_case: bool) -> Option<TextRange> {
        let range = |needle: &&str| {
            // A letter beyond ASCII and its other case may lie anywhere, and so may i and k: they are the lower case of
            // U+0130 and U+212A.
            let is_bounding = |byte: u8| byte.is_ascii() && !b"iIkK".contains(&byte);
            let ascii = needle.bytes().position(|byte| !is_bounding(byte)).unwrap_or(needle.len());
            let bounding = if ignores_case { needle.get(..ascii)? } else { needle };
            let bounds = match ignores_case {
                true => (bounding.to_ascii_uppercase(), bounding.to_ascii_lowercase()),
                false => (bounding.to_owned(), bounding.to_owned()),
            };
            (!bounding.is_empty()).then_some(bounds)
        };
        let ranges = needles.iter().map(range).collect::<Option<Vec<_>>>()?;
        Some(TextRange { fields, ranges })
    }

    /// Whether a text from `least` to `greatest`, either of which may be cut short, may begin with what is wanted.
    pub(crate) fn meets(&self, least: &[u8], greatest: &[u8]) -> bool {
        // Behind a noncharacter stand several values, each of which is a text.
        let may_be_several = greatest.first().is_none_or(|byte| *byte >= 0xEF);
        let meets = |(low, high): &(String, String)| {
            let least = least.get(..high.len()).unwrap_or(least);
            greatest >= low.as_bytes() && least <= high.as_bytes()
        };
        may_be_several || self.ranges.iter().any(meets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meets(needles: &[&str], ignores_case: bool, least: &str, greatest: &str) -> bool {
        let range = TextRange::new(vec!["a".into()], needles, ignores_case).unwrap();
        range.meets(least.as_bytes(), greatest.as_bytes())
    }

    #[test]
    fn a_text_lies_between_the_least_and_the_greatest() {
        assert!(meets(&["cmd"], false, "calc", "notepad"));
        assert!(meets(&["cmd"], false, "cmd.exe /c", "cmd.exe /k"));
        assert!(!meets(&["cmd"], false, "d", "notepad"));
        assert!(!meets(&["cmd"], false, "a", "cmc"));
        assert!(meets(&["a", "z"], false, "y", "zz"));
        assert!(!meets(&["Cmd"], false, "a", "z"));
    }

    #[test]
    fn case_is_what_lies_between_upper_and_lower() {
        assert!(meets(&["cmd"], true, "CMD.EXE", "CMD.EXE"));
        assert!(meets(&["cmd"], true, "Cmd.exe", "Cmd.exe"));
        assert!(meets(&["CMD"], true, "cmd.exe", "cmd.exe"));
        assert!(!meets(&["cmd"], true, "cme", "z"));
        assert!(!meets(&["cmd"], true, "0", "CM"));
        assert!(meets(&["caf\u{e9}"], true, "CAF\u{c9}", "CAF\u{c9}"));
        assert!(meets(&["bank"], true, "ban\u{212a}", "ban\u{212a}"));
        assert_eq!(TextRange::new(Vec::new(), &["kernel"], true), None);
        assert_eq!(TextRange::new(Vec::new(), &["\u{e9}"], true), None);
        assert_eq!(TextRange::new(Vec::new(), &["a", ""], false), None);
    }

    #[test]
    fn several_values_may_be_anything() {
        assert!(meets(&["cmd"], false, "x", "\u{fdd0}x\u{fdd0}cmd"));
    }
}
