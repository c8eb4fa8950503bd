//! A matcher: a predicate made ready for a set of literal needles.

use std::collections::HashSet;

use aho_corasick::{AhoCorasick, MatchKind};
use datafusion_common::{Result, exec_datafusion_err};
use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use super::find::{self, Network};
use super::{Match, Shape};

/// The compiled size that one pattern may have: rules come from attackers too. Room for `\w{1,64}`, which published rules use
/// and whose Unicode classes take more than a MiB.
const REGEX_BYTES: usize = 4 << 20;
/// From this many needles on, one automaton is faster than one search for each.
const MANY: usize = 4;

#[derive(Debug)]
pub(super) struct Matcher {
    predicate: Match,
    way: Way,
}

#[derive(Debug)]
enum Way {
    /// Case folded where it does not count.
    Set(HashSet<String>),
    Each(Vec<String>),
    /// Any of many: candidates from one automaton, with the shape's boundaries checked.
    Automaton(Box<AhoCorasick>),
    Regexes(RegexSet, usize),
    Networks(Vec<Network>),
}

impl Matcher {
    pub(super) fn new(predicate: Match, needles: &[&str]) -> Result<Self> {
        let fold = |needle: &&str| if predicate.case_sensitive { needle.to_string() } else { needle.to_lowercase() };
        let way = match predicate.shape {
            Shape::Regex => {
                let set = RegexSetBuilder::new(needles)
                    .case_insensitive(!predicate.case_sensitive)
                    .size_limit(REGEX_BYTES * needles.len().clamp(1, 16))
                    .build()
                    .map_err(|error| exec_datafusion_err!("regular expression: {error}"))?;
                Way::Regexes(set, needles.len())
            }
            Shape::Cidr => Way::Networks(
                needles
                    .iter()
                    .map(|needle| Network::parse(needle))
                    .collect::<Option<_>>()
                    .ok_or_else(|| exec_datafusion_err!("not an IP network: {}", needles.join(", ")))?,
            ),
            Shape::Equals if !predicate.all => Way::Set(needles.iter().map(fold).collect()),
            Shape::Contains | Shape::Has | Shape::HasPrefix | Shape::HasSuffix
                if !predicate.all && needles.len() >= MANY && needles.iter().all(|needle| !needle.is_empty()) =>
            {
                let folded: Vec<String> = needles.iter().map(fold).collect();
                let built = AhoCorasick::builder()
                    .match_kind(MatchKind::Standard)
                    .ascii_case_insensitive(!predicate.case_sensitive)
                    .build(&folded);
                match built {
                    Ok(automaton) => Way::Automaton(Box::new(automaton)),
                    Err(_) => Way::Each(folded),
                }
            }
            _ => Way::Each(needles.iter().map(fold).collect()),
        };
        Ok(Matcher { predicate, way })
    }

    pub(super) fn holds(&self, text: &str) -> bool {
        match &self.way {
            Way::Regexes(set, count) => {
                if self.predicate.all {
                    set.matches(text).iter().count() == *count
                } else {
                    set.is_match(text)
                }
            }
            Way::Networks(networks) => self.quantify(networks, |network| network.holds(text)),
            Way::Automaton(automaton) => {
                if self.predicate.case_sensitive || text.is_ascii() {
                    self.automaton_holds(automaton, text)
                } else {
                    self.automaton_holds(automaton, &text.to_lowercase())
                }
            }
            Way::Set(set) => {
                if self.predicate.case_sensitive {
                    set.contains(text)
                } else {
                    self.folded(text, |text| set.contains(text))
                }
            }
            Way::Each(needles) => {
                let shape = self.predicate.shape;
                let each = |text: &str| self.quantify(needles, |needle| find::stands(shape, text, needle));
                if self.predicate.case_sensitive { each(text) } else { self.folded(text, each) }
            }
        }
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
        if !text.is_ascii() {
            return then(&text.to_lowercase());
        }
        let mut buffer = [0_u8; 512];
        let Some(short) = buffer.get_mut(..text.len()) else {
            return then(&text.to_ascii_lowercase());
        };
        short.copy_from_slice(text.as_bytes());
        short.make_ascii_lowercase();
        std::str::from_utf8(short).is_ok_and(then)
    }
}

/// Whether a text is a regular expression that the engine takes; the reason where it is not.
pub fn check_regex(pattern: &str) -> std::result::Result<(), String> {
    compile(pattern).map(|_| ()).map_err(|error| match error {
        regex::Error::CompiledTooBig(limit) => format!("the compiled pattern is larger than {limit} bytes"),
        other => {
            let text = other.to_string();
            text.lines().last().unwrap_or("").trim_start_matches("error: ").to_string()
        }
    })
}

fn compile(pattern: &str) -> std::result::Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).size_limit(REGEX_BYTES).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(predicate: Match, needles: &[&str], text: &str) -> bool {
        Matcher::new(predicate, needles).unwrap().holds(text)
    }

    #[test]
    fn any_and_all_of_none_are_false_and_true() {
        assert!(!holds(Match::kql(Shape::Has), &[], "x"));
        assert!(holds(Match::kql(Shape::Has).all(), &[], "x"));
    }

    #[test]
    fn case_is_folded_beyond_ascii() {
        assert!(holds(Match::kql(Shape::Equals), &["ZÜRICH"], "zürich"));
        assert!(!holds(Match::kql(Shape::Equals).case_sensitive(true), &["ZÜRICH"], "zürich"));
        assert!(holds(Match::kql(Shape::Contains), &["ÄÖ", "b", "c", "d"], "xäöx"));
    }

    #[test]
    fn many_needles_keep_the_term_rule() {
        let needles = ["Invoke-WebRequest", "Net.WebClient", "DownloadFile", "IEX"];
        assert!(holds(Match::kql(Shape::Has), &needles, "iex (new-object net.webclient).downloadfile('x')"));
        assert!(!holds(Match::kql(Shape::Has), &needles, "iexplore.exe downloadfiles"));
    }

    #[test]
    fn a_bad_pattern_is_refused_with_its_reason() {
        assert!(check_regex("a(b").is_err_and(|why| why.contains("unclosed group")));
        assert!(check_regex("(a{1000}){1000}").is_err_and(|why| why.contains("larger than")));
        assert!(check_regex("a.*b").is_ok());
    }
}
