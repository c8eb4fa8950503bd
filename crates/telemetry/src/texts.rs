//! Texts that are wanted, for readers that know of many texts which is the least and the greatest, or which terms they have.

use std::sync::Arc;

use functions::predicate::{Match, Shape};
use xxhash_rust::xxh3::xxh3_64;

use crate::logs::Logs;

/// An event matters only if one of these needles stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedText {
    pub needles: Vec<Needle>,
}

/// What a text must be like that one of the fields holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needle {
    pub(crate) of: Arc<[Stands]>,
    /// The least and the greatest text that it may begin with, where anything bounds it.
    range: Option<(String, String)>,
    /// What its terms must hash to.
    pub(crate) terms: Vec<u64>,
    /// Texts of which one stands in it, as [`functions::predicate::push_looked`] makes it; of none nothing is known.
    pub(crate) looked: Vec<String>,
}

/// Where events of some kinds have what is asked for: in one of some fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stands {
    /// `None` for all logs, or with `is_everywhere` for exported tables too.
    pub channel: Option<String>,
    pub except: Option<String>,
    /// Empty for all of the channel.
    pub events: Vec<i64>,
    pub is_everywhere: bool,
    pub fields: Vec<String>,
    /// An event will do too of which one of them says nothing: what it stands for is said elsewhere. Without a field, any event.
    pub or_lacking: bool,
}

impl Stands {
    /// In a field of this name of whatever there is.
    pub fn anywhere(field: &str) -> Self {
        let fields = vec![field.to_owned()];
        Stands { channel: None, except: None, events: Vec::new(), is_everywhere: true, fields, or_lacking: false }
    }

    pub(crate) fn fits(&self, channel: &str, event: i64) -> bool {
        let is = |known: &String| known.eq_ignore_ascii_case(channel);
        let is_of = match &self.channel {
            Some(known) => is(known),
            None => self.is_everywhere || Logs::table_of(channel).is_none(),
        };
        is_of && !self.except.as_ref().is_some_and(is) && (self.events.is_empty() || self.events.contains(&event))
    }
}

/// How a column is made of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// It is the field.
    Whole,
    /// A part of its text, to whose ends no term reaches from outside.
    Part,
}

/// What a row may have in a text where the event has something else.
pub const MADE: [char; 2] = ['\n', '\u{fffd}'];

/// By what an index knows a term.
pub(crate) fn hash_of(term: &str) -> u64 {
    xxh3_64(term.as_bytes())
}

impl Needle {
    /// `texts`: all of them have to stand in a text so. `None` where that bounds nothing.
    pub fn new(of: Arc<[Stands]>, made: Made, shape: Shape, texts: &[&str], ignores_case: bool) -> Option<Needle> {
        let has_range = made == Made::Whole && matches!(shape, Shape::Equals | Shape::StartsWith);
        // Each of several bounds the text; one is enough.
        let range = texts.iter().filter(|_| has_range).find_map(|text| range(text, ignores_case));
        let terms: Vec<u64> = texts.iter().flat_map(|text| shape.terms(text)).map(|term| hash_of(&term)).collect();
        let looked = Match::rule(shape).case_sensitive(!ignores_case).all().required(texts).unwrap_or_default();
        // What rows of a table show so may be several values, or the sign between them, in what is read.
        let looked = if looked.iter().any(|text| text.contains(MADE)) { Vec::new() } else { looked };
        let bounds = range.is_some() || !terms.is_empty() || !looked.is_empty();
        bounds.then_some(Needle { of, range, terms, looked })
    }

    /// Whether a text from `least` to `greatest`, either of which may be cut short, may be like that.
    pub(crate) fn meets(&self, least: &[u8], greatest: &[u8]) -> bool {
        let Some((low, high)) = &self.range else { return true };
        // Behind a noncharacter stand several values, each of which is a text.
        let may_be_several = greatest.first().is_none_or(|byte| *byte >= 0xEF);
        let least = least.get(..high.len()).unwrap_or(least);
        may_be_several || greatest >= low.as_bytes() && least <= high.as_bytes()
    }
}

/// Between what a text lies that begins with this one.
fn range(text: &str, ignores_case: bool) -> Option<(String, String)> {
    // A letter beyond ASCII and its other case may lie anywhere, and so may i and k: they are the lower case of
    // U+0130 and U+212A.
    let is_bounding = |byte: u8| byte.is_ascii() && !b"iIkK".contains(&byte);
    let ascii = text.bytes().position(|byte| !is_bounding(byte)).unwrap_or(text.len());
    let bounding = if ignores_case { text.get(..ascii)? } else { text };
    let bounds = match ignores_case {
        true => (bounding.to_ascii_uppercase(), bounding.to_ascii_lowercase()),
        false => (bounding.to_owned(), bounding.to_owned()),
    };
    (!bounding.is_empty()).then_some(bounds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needle(shape: Shape, texts: &[&str], ignores_case: bool) -> Option<Needle> {
        Needle::new(Arc::new([Stands::anywhere("a")]), Made::Whole, shape, texts, ignores_case)
    }

    fn meets(text: &str, ignores_case: bool, least: &str, greatest: &str) -> bool {
        let needle = needle(Shape::StartsWith, &[text], ignores_case).unwrap();
        needle.meets(least.as_bytes(), greatest.as_bytes())
    }

    #[test]
    fn a_text_lies_between_the_least_and_the_greatest() {
        assert!(meets("cmd", false, "calc", "notepad"));
        assert!(meets("cmd", false, "cmd.exe /c", "cmd.exe /k"));
        assert!(!meets("cmd", false, "d", "notepad"));
        assert!(!meets("cmd", false, "a", "cmc"));
        assert!(!meets("Cmd", false, "a", "z"));
    }

    #[test]
    fn case_is_what_lies_between_upper_and_lower() {
        assert!(meets("cmd", true, "CMD.EXE", "CMD.EXE"));
        assert!(meets("cmd", true, "Cmd.exe", "Cmd.exe"));
        assert!(meets("CMD", true, "cmd.exe", "cmd.exe"));
        assert!(!meets("cmd", true, "cme", "z"));
        assert!(!meets("cmd", true, "0", "CM"));
        assert!(meets("caf\u{e9}", true, "CAF\u{c9}", "CAF\u{c9}"));
        assert!(meets("bank", true, "ban\u{212a}", "ban\u{212a}"));
        assert_eq!(needle(Shape::StartsWith, &["kernel"], true).unwrap().range, None);
        assert_eq!(needle(Shape::StartsWith, &["\u{e9}"], true).unwrap().range, None);
        assert_eq!(needle(Shape::Equals, &[""], false), None);
    }

    #[test]
    fn several_values_may_be_anything() {
        assert!(meets("cmd", false, "x", "\u{fdd0}x\u{fdd0}cmd"));
    }

    #[test]
    fn what_rows_alone_have_is_not_looked_for_in_events() {
        let looked = |text| needle(Shape::Contains, &[text], true).map(|needle| needle.looked);
        assert_eq!(looked("ab"), Some(vec!["ab".to_owned()]));
        assert_eq!((looked("a\nb"), looked("\u{fffd}b")), (None, None));
        assert_eq!(needle(Shape::Has, &["a\nb"], true).unwrap().looked, Vec::<String>::new());
    }

    #[test]
    fn what_stands_anywhere_is_known_by_its_terms() {
        let terms = |shape, texts| needle(shape, texts, true).map(|needle| needle.terms.len());
        assert_eq!(terms(Shape::Has, &["cmd.exe", "/c"]), Some(3));
        assert_eq!(terms(Shape::Equals, &["kernel"]), Some(1));
        assert_eq!(terms(Shape::Contains, &["cmd"]), Some(0));
        assert_eq!(terms(Shape::Contains, &[""]), None);
        assert!(needle(Shape::Has, &["cmd"], true).unwrap().meets(b"x", b"y"));
        // Lakes hold these numbers, so they stay what they are.
        assert_eq!(hash_of(""), 0x2d06_8005_38d3_94c2);
    }
}
