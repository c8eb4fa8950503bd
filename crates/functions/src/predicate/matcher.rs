//! A matcher: a predicate made ready for a set of literal needles.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use aho_corasick::{AhoCorasick, MatchKind};
use datafusion_common::{Result, exec_datafusion_err};

use super::find::{self, Network};
use super::fold::fold;
use super::{Absent, Match, Shape};
use crate::regular::Regexes;
use crate::several;
use crate::stepwise::{Steps, Stepwise};

/// From this many needles on, one automaton is faster than one search for each.
const MANY: usize = 4;
/// An automaton costs as much as a search for each needle in so many texts. Most rules of a hunt are asked about fewer.
const WORTH: usize = 24;

#[derive(Debug)]
pub(super) struct Matcher {
    predicate: Match,
    way: Way,
    /// Where each needle has to match: the needles, and a matcher for each once a text was met that is several values.
    needles: Vec<String>,
    single: OnceLock<Vec<Matcher>>,
    steps: Arc<Steps>,
}

#[derive(Debug)]
enum Way {
    /// Case folded where it does not count. Few texts are as long as one of them: a bit for each length tells, the last one
    /// for all that are longer.
    Set {
        needles: HashSet<String>,
        lengths: u64,
    },
    Each(Vec<String>),
    /// Of ASCII alone, whatever its case, and at an edge of the text, which need not be folded: no letter beyond ASCII folds to one of it.
    Edges(Vec<String>),
    /// Any of many: candidates from one automaton, with the shape's boundaries checked.
    Many(Many),
    Regexes(Regexes),
    Stepwise(Stepwise),
    Networks(Vec<Network>),
}

/// Needles of which any may stand in a text, once there have been texts enough in one automaton.
#[derive(Debug)]
struct Many {
    needles: Vec<String>,
    texts: AtomicUsize,
    automaton: OnceLock<Option<Box<AhoCorasick>>>,
}

impl Many {
    /// `None` while one search for each needle is the quicker way, or the only one.
    fn automaton(&self, case_sensitive: bool) -> Option<&AhoCorasick> {
        let build = || {
            let mut builder = AhoCorasick::builder();
            builder.match_kind(MatchKind::Standard).ascii_case_insensitive(!case_sensitive);
            builder.build(&self.needles).ok().map(Box::new)
        };
        match self.automaton.get() {
            Some(automaton) => automaton.as_deref(),
            None if self.texts.fetch_add(1, Ordering::Relaxed) < WORTH => None,
            None => self.automaton.get_or_init(build).as_deref(),
        }
    }
}

impl Matcher {
    pub(super) fn new(predicate: Match, needles: &[&str], steps: &Arc<Steps>) -> Result<Self> {
        let fold = |needle: &&str| if predicate.case_sensitive { needle.to_string() } else { fold(needle) };
        let way = match predicate.shape {
            Shape::Regex => Way::Regexes(
                Regexes::compile(needles, predicate.case_sensitive)
                    .map_err(|error| exec_datafusion_err!("regular expression: {error}"))?,
            ),
            Shape::Backtracking => Way::Stepwise(Stepwise::compile(needles, predicate.case_sensitive, steps.clone())?),
            Shape::Cidr => Way::Networks(
                needles
                    .iter()
                    .map(|needle| Network::parse(needle))
                    .collect::<Option<_>>()
                    .ok_or_else(|| exec_datafusion_err!("not an IP network: {}", needles.join(", ")))?,
            ),
            Shape::Equals if !predicate.all => {
                let needles: HashSet<String> = needles.iter().map(fold).collect();
                let lengths = needles.iter().fold(0, |lengths, needle| lengths | length_bit(needle));
                Way::Set { needles, lengths }
            }
            Shape::Contains | Shape::Has | Shape::HasPrefix | Shape::HasSuffix
                if !predicate.all && needles.len() >= MANY && needles.iter().all(|needle| !needle.is_empty()) =>
            {
                let needles = needles.iter().map(fold).collect();
                Way::Many(Many { needles, texts: AtomicUsize::new(0), automaton: OnceLock::new() })
            }
            Shape::StartsWith | Shape::EndsWith
                if !predicate.case_sensitive && needles.iter().all(|needle| needle.is_ascii()) =>
            {
                Way::Edges(needles.iter().map(|needle| (*needle).to_owned()).collect())
            }
            _ => Way::Each(needles.iter().map(fold).collect()),
        };
        let needles = needles.iter().filter(|_| predicate.all).map(|needle| (*needle).to_owned()).collect();
        Ok(Matcher { predicate, way, needles, single: OnceLock::new(), steps: steps.clone() })
    }

    /// Whether it holds for a text; of several values any has to match a needle, as rules have it.
    pub(super) fn holds(&self, text: &str) -> bool {
        match self.predicate.absent {
            Absent::NoMatch if several::are_in(text) => self.any_holds(text),
            _ => self.one_holds(text),
        }
    }

    /// Whether every answer so far was one: a pattern that took too many steps has none.
    pub(super) fn check(&self) -> Result<()> {
        match &self.way {
            Way::Stepwise(each) => each.check(),
            _ => Ok(()),
        }
    }

    fn any_holds(&self, text: &str) -> bool {
        if !self.predicate.all {
            return several::values(text).any(|value| self.one_holds(value));
        }
        let predicate = Match { all: false, ..self.predicate };
        // What compiled together compiles alone.
        let each = |needle: &String| Matcher::new(predicate, &[needle.as_str()], &self.steps).ok();
        let single = self.single.get_or_init(|| self.needles.iter().filter_map(each).collect());
        single.len() == self.needles.len() && single.iter().all(|matcher| matcher.any_holds(text))
    }

    fn one_holds(&self, text: &str) -> bool {
        match &self.way {
            Way::Regexes(regexes) => {
                if self.predicate.all {
                    regexes.all(text)
                } else {
                    regexes.any(text)
                }
            }
            Way::Stepwise(each) => self.quantify(each.patterns(), |pattern| each.is_match(pattern, text)),
            Way::Networks(networks) => self.quantify(networks, |network| network.holds(text)),
            Way::Many(many) => match many.automaton(self.predicate.case_sensitive) {
                Some(automaton) if self.predicate.case_sensitive || text.is_ascii() => {
                    self.automaton_holds(automaton, text)
                }
                Some(automaton) => self.automaton_holds(automaton, &fold(text)),
                None => self.each_holds(&many.needles, text),
            },
            Way::Set { needles, lengths } => {
                // Folding changes no length of ASCII.
                let may_be = lengths & length_bit(text) != 0 || !text.is_ascii();
                match self.predicate.case_sensitive {
                    true => may_be && needles.contains(text),
                    false => may_be && self.folded(text, |text| needles.contains(text)),
                }
            }
            Way::Each(needles) => self.each_holds(needles, text),
            Way::Edges(needles) => {
                let is_first = self.predicate.shape == Shape::StartsWith;
                self.quantify(needles, |needle| find::stands_at_edge(is_first, text.as_bytes(), needle.as_bytes()))
            }
        }
    }

    fn each_holds(&self, needles: &[String], text: &str) -> bool {
        let shape = self.predicate.shape;
        let each = |text: &str| self.quantify(needles, |needle| find::stands(shape, text, needle));
        if self.predicate.case_sensitive { each(text) } else { self.folded(text, each) }
    }

    fn automaton_holds(&self, automaton: &AhoCorasick, text: &str) -> bool {
        if self.predicate.shape == Shape::Contains {
            return automaton.is_match(text);
        }
        automaton
            .find_overlapping_iter(text)
            .any(|found| find::is_bounded(self.predicate.shape, text, found.start(), found.end()))
    }

    fn quantify<T>(&self, items: &[T], mut holds: impl FnMut(&T) -> bool) -> bool {
        if self.predicate.all { items.iter().all(holds) } else { items.iter().any(&mut holds) }
    }

    /// Lower case without an allocation for the short texts that paths and names are.
    fn folded(&self, text: &str, then: impl FnOnce(&str) -> bool) -> bool {
        let mut buffer = [0_u8; 512];
        let Some(short) = buffer.get_mut(..text.len()).filter(|_| text.is_ascii()) else {
            return then(&fold(text));
        };
        short.copy_from_slice(text.as_bytes());
        short.make_ascii_lowercase();
        std::str::from_utf8(short).is_ok_and(then)
    }
}

fn length_bit(text: &str) -> u64 {
    1 << text.len().min(63)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(predicate: Match, needles: &[&str], text: &str) -> bool {
        Matcher::new(predicate, needles, &Arc::default()).unwrap().holds(text)
    }

    #[test]
    fn any_and_all_of_none_are_false_and_true() {
        assert!(!holds(Match::kql(Shape::Has), &[], "x"));
        assert!(holds(Match::kql(Shape::Has).all(), &[], "x"));
    }

    #[test]
    fn of_several_values_any_matches_a_needle_and_none_reaches_into_the_next() {
        let mut text = "C:\\a.exe".to_owned();
        several::add(&mut text, "D:\\B.exe -k");
        let rule = |shape| Match::rule(shape);
        assert!(holds(rule(Shape::Equals), &["c:\\A.exe"], &text));
        assert!(holds(rule(Shape::EndsWith), &["\\a.exe"], &text) && holds(rule(Shape::StartsWith), &["d:"], &text));
        assert!(holds(rule(Shape::Regex), &["^d:.*k$"], &text));
        assert!(
            !holds(rule(Shape::Contains), &["exed"], &text) && !holds(rule(Shape::Regex), &["a.exe.*b.exe"], &text)
        );
        assert!(holds(rule(Shape::Contains).all(), &["a.exe", "-k"], &text));
        assert!(!holds(rule(Shape::Contains).all(), &["a.exe", "-x"], &text));
    }

    #[test]
    fn case_is_folded_beyond_ascii() {
        assert!(holds(Match::kql(Shape::Equals), &["ZÜRICH"], "zürich"));
        assert!(!holds(Match::kql(Shape::Equals).case_sensitive(true), &["ZÜRICH"], "zürich"));
        assert!(holds(Match::kql(Shape::Contains), &["ÄÖ", "b", "c", "d"], "xäöx"));
        assert!(holds(Match::kql(Shape::Contains), &["ΟΔΟΣ"], "ΟΔΟΣΑ"));
        assert!(holds(Match::kql(Shape::StartsWith), &["οδος"], "ΟΔΟΣΑ"));
        assert!(holds(Match::kql(Shape::StartsWith), &["x", "Sk"], "sK\u{fc}"));
        assert!(
            holds(Match::kql(Shape::EndsWith), &["SK", "x"], "\u{fc}sk")
                && holds(Match::kql(Shape::EndsWith), &[""], "")
        );
        assert!(
            !holds(Match::kql(Shape::EndsWith), &["sk"], "s\u{212a}")
                && !holds(Match::kql(Shape::StartsWith), &["sk"], "\u{17f}k")
        );
        assert!(
            !holds(Match::kql(Shape::StartsWith).all(), &["a", "b"], "Ab")
                && holds(Match::kql(Shape::EndsWith).all(), &["b", "Ab"], "xaB")
        );
    }

    #[test]
    fn texts_of_any_length_equal_what_they_equal() {
        let long = "x".repeat(70);
        let needles = ["", "pwsh.exe", "\u{212a}", &long];
        let equals = Match::kql(Shape::Equals);
        for text in ["", "PWSH.exe", "\u{212a}", &long, &long.to_uppercase()] {
            assert!(holds(equals, &needles, text), "{text}");
        }
        for text in ["pwsh.ex", "pwsh_exe", &long[1..], "xx"] {
            assert!(!holds(equals, &needles, text), "{text}");
        }
        assert!(!holds(equals.case_sensitive(true), &needles, "PWSH.exe"));
    }

    /// The first texts are looked at needle by needle, the others by an automaton.
    #[test]
    fn the_last_texts_are_matched_as_the_first_ones() {
        let needles = ["aa", "ß.exe", "ÄÖ", "-enc", "b_c"];
        let texts = ["AA", "aaa", "x aa y", "SS.EXE", "äö", "xäöx", "-ENC x", "-encoded", "b_c", "ab_cd", "", "ä aa"];
        for shape in [Shape::Contains, Shape::Has, Shape::HasPrefix, Shape::HasSuffix] {
            for case_sensitive in [true, false] {
                let predicate = Match::kql(shape).case_sensitive(case_sensitive);
                let matcher = Matcher::new(predicate, &needles, &Arc::default()).unwrap();
                let answers = || texts.iter().map(|text| matcher.holds(text)).collect::<Vec<bool>>();
                let first = answers();
                (0..WORTH).for_each(|_| assert_eq!(answers(), first, "{predicate:?}"));
                assert!(first.contains(&true) && first.contains(&false));
            }
        }
    }

    #[test]
    fn many_needles_keep_the_term_rule() {
        let needles = ["Invoke-WebRequest", "Net.WebClient", "DownloadFile", "IEX"];
        assert!(holds(Match::kql(Shape::Has), &needles, "iex (new-object net.webclient).downloadfile('x')"));
        assert!(!holds(Match::kql(Shape::Has), &needles, "iexplore.exe downloadfiles"));
    }
}
