//! Regular expressions: one way to compile them, for the check when a query is bound and for its run.
//!
//! Rules come from attackers too: a pattern may not exceed a compiled size, nor may all patterns of one query together. What
//! the check has let through compiles at run time, alone and beside others.

mod bound;
mod fitting;

pub use regex::escape;
use regex::{Error, Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use crate::stepwise::Pattern;

/// The compiled size that one pattern may have. Room for `\w{1,64}`, which published rules use and whose Unicode classes take
/// more than a MiB.
pub(crate) const EACH: usize = 4 << 20;
/// Above what the check allows: functions put anchors and a group around a pattern.
const SLACK: usize = 64 << 10;
/// The compiled size that the patterns of one query may have together.
const TOGETHER: usize = 64 << 20;
/// Even a small one takes so much, with what it needs to run.
const LEAST: usize = 16 << 10;
/// What one with look-around counts for: its size is not known.
const BACKTRACKING: usize = 1 << 20;
/// The engine says only whether a pattern fits into a size, so its size is found in steps.
const STEPS: [usize; 5] = [16 << 10, 64 << 10, 256 << 10, 1 << 20, EACH];

/// What the patterns of one query have taken so far.
#[derive(Debug, Default)]
pub struct Budget {
    spent: usize,
}

impl Budget {
    /// As [`Budget::admit`], for a pattern with look-around or back references.
    pub fn admit_backtracking(&mut self, pattern: &str, case_sensitive: bool) -> Result<(), String> {
        Pattern::new(pattern, case_sensitive)?;
        self.spend(BACKTRACKING)
    }

    /// Takes a pattern that is going to be compiled, or says why it cannot be.
    pub fn admit(&mut self, pattern: &str, case_sensitive: bool) -> Result<(), String> {
        self.spend(size(pattern, case_sensitive)?)
    }

    fn spend(&mut self, size: usize) -> Result<(), String> {
        self.spent = self.spent.saturating_add(size);
        if self.spent > TOGETHER {
            let limit = TOGETHER >> 20;
            return Err(format!("all compiled patterns together are larger than {limit} MiB"));
        }
        Ok(())
    }
}

/// Whether a text is a regular expression that the engine takes; the reason where it is not.
pub fn check(pattern: &str, case_sensitive: bool) -> Result<(), String> {
    size(pattern, case_sensitive).map(|_| ())
}

fn size(pattern: &str, case_sensitive: bool) -> Result<usize, String> {
    // A long pattern is not compiled time and again to find that it needs more; each of its characters takes some bytes.
    let least = pattern.len().saturating_mul(8).min(EACH);
    let parsed = fitting::parsed(pattern, case_sensitive);
    // What surely fits is not made to see that it does.
    if let Some(bound) = parsed.as_ref().and_then(bound::bound) {
        return Ok(bound.max(LEAST));
    }
    for (tried, step) in STEPS.into_iter().filter(|step| *step >= least).enumerate() {
        match &parsed {
            Some(parsed) if fitting::fits(parsed, step) => return Ok(step),
            // Some need no automaton of their own, whatever the size; which, only the engine knows.
            Some(_) if tried > 0 => continue,
            _ => {}
        }
        match built(pattern, case_sensitive, step) {
            Ok(_) => return Ok(step),
            Err(Error::CompiledTooBig(_)) => {}
            Err(error) => {
                let text = error.to_string();
                return Err(text.lines().last().unwrap_or("").trim_start_matches("error: ").to_string());
            }
        }
    }
    Err(format!("the compiled pattern is larger than {} MiB", EACH >> 20))
}

pub(crate) fn compile(pattern: &str, case_sensitive: bool) -> Result<Regex, Error> {
    built(pattern, case_sensitive, EACH + SLACK)
}

fn built(pattern: &str, case_sensitive: bool, limit: usize) -> Result<Regex, Error> {
    let build = |pattern: &str| RegexBuilder::new(pattern).case_insensitive(!case_sensitive).size_limit(limit).build();
    match build(pattern) {
        Err(Error::Syntax(why)) => match build(&plain_braces(pattern)) {
            Err(Error::Syntax(_)) => Err(Error::Syntax(why)),
            built => built,
        },
        built => built,
    }
}

/// A pattern in which braces that count nothing stand for themselves, as in most engines and in many published rules.
fn plain_braces(pattern: &str) -> String {
    let mut plain = String::with_capacity(pattern.len() + 4);
    let mut rest = pattern;
    let (mut in_class, mut counts) = (false, false);
    while let Some(letter) = rest.chars().next() {
        let length = match letter {
            // `\p{…}`, `\x{…}` and their kin have braces of their own.
            '\\' if rest.get(1..).is_some_and(|rest| rest.starts_with(['p', 'P', 'x', 'u', 'U'])) => {
                match rest.get(2..) {
                    Some(braced) if braced.starts_with('{') => rest.find('}').map_or(rest.len(), |end| end + 1),
                    _ => 2,
                }
            }
            '\\' => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
            '{' if !(in_class || counts && is_count(rest)) => {
                plain.push('\\');
                1
            }
            letter => letter.len_utf8(),
        };
        in_class = (in_class || letter == '[') && letter != ']';
        counts = !matches!(letter, '(' | '|' | '^');
        let (taken, left) = rest.split_at(length.min(rest.len()));
        plain.push_str(taken);
        rest = left;
    }
    plain
}

/// Whether a text begins with how often something comes: `{2}`, `{2,}` or `{2,3}`.
fn is_count(text: &str) -> bool {
    let Some((inside, _)) = text.get(1..).and_then(|text| text.split_once('}')) else { return false };
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !least.is_empty() && is_number(least) && is_number(most)
}

/// Several patterns over one text.
#[derive(Debug)]
pub(crate) enum Regexes {
    /// All in one automaton: the text is read once.
    Joint(RegexSet),
    /// What is too large for one automaton.
    Single(Vec<Regex>),
}

impl Regexes {
    pub(crate) fn compile(patterns: &[&str], case_sensitive: bool) -> Result<Self, Error> {
        let joint = RegexSetBuilder::new(patterns)
            .case_insensitive(!case_sensitive)
            .size_limit((EACH + SLACK).saturating_mul(patterns.len().clamp(1, 16)))
            .build();
        match joint {
            Ok(set) => Ok(Regexes::Joint(set)),
            Err(_) => patterns
                .iter()
                .map(|pattern| compile(pattern, case_sensitive))
                .collect::<Result<_, _>>()
                .map(Regexes::Single),
        }
    }

    pub(crate) fn any(&self, text: &str) -> bool {
        match self {
            Regexes::Joint(set) => set.is_match(text),
            Regexes::Single(each) => each.iter().any(|regex| regex.is_match(text)),
        }
    }

    pub(crate) fn all(&self, text: &str) -> bool {
        match self {
            Regexes::Joint(set) => set.matches(text).matched_all(),
            Regexes::Single(each) => each.iter().all(|regex| regex.is_match(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_pattern_is_refused_with_its_reason() {
        assert!(check("a(b", true).is_err_and(|why| why.contains("unclosed group")));
        assert!(check("(a{1000}){1000}", true).is_err_and(|why| why.contains("larger than 4 MiB")));
        assert!(check(r"\w{1,64}", false).is_ok());
    }

    #[test]
    fn braces_that_count_nothing_stand_for_themselves() {
        for (pattern, text) in [
            ("Invoke-WinEnum{|Get-SPN", "function Invoke-WinEnum{"),
            (r#"{"Name":"Block","Value":"([^"]+)""#, r#"[{"Name":"Block","Value":"True"}]"#),
            (r"a{2}{x}\p{L}", "aa{x}b"),
            ("[{]|{x", "{"),
        ] {
            assert!(check(pattern, true).is_ok(), "{pattern}");
            assert!(compile(pattern, true).unwrap().is_match(text), "{pattern}");
        }
        assert!(check("a(b{", true).is_err());
    }

    #[test]
    fn the_check_counts_the_letters_of_both_cases() {
        let pattern = "[a-z]{1,20000}";
        assert_eq!(check(pattern, false).is_ok(), compile(pattern, false).is_ok());
        assert!(check(pattern, false).is_err());
    }

    #[test]
    fn what_is_admitted_compiles_together() {
        let patterns: Vec<String> = (0..60).map(|index| format!(r"\w{{1,64}}x{index}$")).collect();
        let mut budget = Budget::default();
        let admitted: Vec<&str> =
            patterns.iter().map(String::as_str).take_while(|pattern| budget.admit(pattern, false).is_ok()).collect();
        assert!((4..60).contains(&admitted.len()), "{}", admitted.len());
        let regexes = Regexes::compile(&admitted, false).unwrap();
        assert!(regexes.any("abcX3") && !regexes.all("abcX3") && !regexes.any("x"));
    }
}
