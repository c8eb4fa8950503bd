//! Patterns with look-around or back references. They are matched step by step, which can take very long, so that steps are
//! counted: over each text, and over all texts of a query.
//!
//! A text may take steps in proportion to its length for nothing, so that what a query may take does not depend on how many
//! events there are. Beyond that each text is charged to the query. How many steps a text takes is found in stages, for the
//! engine says only that a limit was reached.

use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use datafusion_common::{DataFusionError, Result, exec_datafusion_err};
use fancy_regex::{Regex, RegexBuilder, RuntimeError};

use crate::regular;

/// The limits that a text is tried with, one after the other.
const STAGES: [usize; 9] = [1_000, 4_000, 16_000, 64_000, 256_000, 1_000_000, 4_000_000, 16_000_000, 64_000_000];
/// What one text may take, beyond what is in proportion to its length.
const OF_TEXT: usize = 1_000_000;
/// What all texts of one query may take.
const OF_QUERY: u64 = 200_000_000;

/// What is left of a query's steps.
#[derive(Debug)]
pub struct Steps {
    left: AtomicU64,
}

impl Default for Steps {
    fn default() -> Self {
        Steps::of(OF_QUERY)
    }
}

impl Steps {
    pub fn of(steps: u64) -> Self {
        Steps { left: AtomicU64::new(steps) }
    }

    fn take(&self, steps: usize) -> bool {
        let less = |left: u64| left.checked_sub(steps as u64);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }
}

/// Why a query ended: there is no answer for a text, and none is better than a wrong one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooManySteps {
    /// The pattern, as the engine spells it.
    pub pattern: String,
    /// The text that it was matched with.
    pub text: String,
    pub most: Most,
}

/// Which limit was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Most {
    OfText(usize),
    OfQuery(u64),
    /// What is still to be tried did not fit into the engine's memory.
    Memory,
}

impl fmt::Display for Most {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Most::OfText(steps) => write!(f, "more than {steps} steps over one text"),
            Most::Memory => write!(f, "more memory than there is for one text"),
            Most::OfQuery(steps) => write!(f, "more than {steps} steps over all texts of the query"),
        }
    }
}

impl fmt::Display for TooManySteps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a regular expression took {}", self.most)
    }
}

impl Error for TooManySteps {}

impl TooManySteps {
    /// The reason beneath an error of the engine, if it is this.
    pub fn beneath(error: &DataFusionError) -> Option<&TooManySteps> {
        let mut next: Option<&(dyn Error + 'static)> = Some(error);
        while let Some(error) = next {
            if let Some(found) = error.downcast_ref::<TooManySteps>() {
                return Some(found);
            }
            next = error.source();
        }
        None
    }
}

/// The patterns of one predicate.
#[derive(Debug)]
pub(crate) struct Stepwise {
    patterns: Vec<Pattern>,
    steps: Arc<Steps>,
    gave_up: AtomicBool,
    failure: Mutex<Option<TooManySteps>>,
}

/// One pattern, compiled for a stage when a text first needs it.
#[derive(Debug)]
pub(crate) struct Pattern {
    text: String,
    case_sensitive: bool,
    is_explosive: bool,
    stages: [OnceLock<Option<Regex>>; STAGES.len()],
}

impl Stepwise {
    pub(crate) fn compile(patterns: &[&str], case_sensitive: bool, steps: Arc<Steps>) -> Result<Self> {
        let patterns = patterns.iter().map(|pattern| Pattern::new(pattern, case_sensitive));
        let patterns =
            patterns.collect::<Result<_, _>>().map_err(|why| exec_datafusion_err!("regular expression: {why}"))?;
        Ok(Stepwise { patterns, steps, gave_up: AtomicBool::new(false), failure: Mutex::new(None) })
    }

    pub(crate) fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// Once there is no answer for a text, nothing further is looked at.
    pub(crate) fn is_match(&self, pattern: &Pattern, text: &str) -> bool {
        if self.gave_up.load(Ordering::Relaxed) {
            return false;
        }
        pattern.is_match(text, &self.steps).unwrap_or_else(|most| {
            let failure = TooManySteps { pattern: pattern.text.clone(), text: text.to_owned(), most };
            self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(failure);
            self.gave_up.store(true, Ordering::Relaxed);
            false
        })
    }

    pub(crate) fn check(&self) -> Result<()> {
        if !self.gave_up.load(Ordering::Relaxed) {
            return Ok(());
        }
        match self.failure.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            Some(failure) => Err(DataFusionError::External(Box::new(failure.clone()))),
            None => Ok(()),
        }
    }
}

impl Pattern {
    pub(crate) fn new(text: &str, case_sensitive: bool) -> Result<Self, String> {
        let is_explosive = is_explosive(text);
        let pattern = Pattern { text: text.to_owned(), case_sensitive, is_explosive, stages: Default::default() };
        let first =
            pattern.built(0).map_err(|error| error.to_string().lines().last().unwrap_or_default().to_owned())?;
        let _ = pattern.stages[0].set(Some(first));
        Ok(pattern)
    }

    fn built(&self, stage: usize) -> Result<Regex, Box<fancy_regex::Error>> {
        RegexBuilder::new(&self.text)
            .case_insensitive(!self.case_sensitive)
            .backtrack_limit(STAGES.get(stage).copied().unwrap_or(OF_TEXT))
            .delegate_size_limit(regular::EACH)
            .build()
            .map_err(Box::new)
    }

    fn is_match(&self, text: &str, steps: &Steps) -> Result<bool, Most> {
        // What nests no repetition takes a power of the length at most.
        let (each, most) = if self.is_explosive { (4, OF_TEXT) } else { (64, usize::MAX) };
        let free = text.len().saturating_mul(each).saturating_add(1_000);
        let first = STAGES.iter().position(|limit| *limit >= free).unwrap_or(STAGES.len() - 1);
        for (stage, limit) in STAGES.into_iter().enumerate().skip(first) {
            let regex = self.stages.get(stage).and_then(|known| known.get_or_init(|| self.built(stage).ok()).as_ref());
            match regex.map(|regex| regex.is_match(text)) {
                Some(Ok(found)) => return Ok(found),
                Some(Err(fancy_regex::Error::RuntimeError(RuntimeError::StackOverflow))) => return Err(Most::Memory),
                // What compiled once compiles again.
                None => return Err(Most::OfText(limit)),
                Some(Err(_)) if !steps.take(limit) => return Err(Most::OfQuery(OF_QUERY)),
                Some(Err(_)) if limit >= most => return Err(Most::OfText(limit)),
                Some(Err(_)) => {}
            }
        }
        Err(Most::OfText(STAGES.last().copied().unwrap_or(OF_TEXT)))
    }
}

/// Whether the steps can grow beyond any power of the text's length: where what is repeated can itself match in several ways,
/// or a part of the text is asked for again. Says yes too often rather than too rarely.
fn is_explosive(pattern: &str) -> bool {
    let mut groups: Vec<bool> = Vec::new();
    let mut closed_repeats = false;
    let mut in_class = false;
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        let was_closed = std::mem::take(&mut closed_repeats);
        match letter {
            '\\' => match letters.next() {
                Some('1'..='9' | 'k') if !in_class => return true,
                _ => {}
            },
            '[' if !in_class => {
                in_class = true;
                // The first letter of a class ends it no more than that behind a `^` does.
                letters.next_if_eq(&'^');
                letters.next_if_eq(&']');
            }
            ']' => in_class = false,
            _ if in_class => {}
            '(' => {
                groups.push(false);
                // The sign behind it opens a group of its own kind and repeats nothing.
                letters.next_if_eq(&'?');
            }
            ')' => {
                let repeats = groups.pop().unwrap_or(false);
                if let Some(around) = groups.last_mut() {
                    *around |= repeats;
                }
                closed_repeats = repeats;
            }
            '*' | '+' | '{' => {
                if was_closed {
                    return true;
                }
                if let Some(group) = groups.last_mut() {
                    *group = true;
                }
            }
            '|' | '?' => {
                if let Some(group) = groups.last_mut() {
                    *group = true;
                }
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn predicate(pattern: &str) -> Stepwise {
        Stepwise::compile(&[pattern], true, Arc::default()).unwrap()
    }

    fn matches(stepwise: &Stepwise, text: &str) -> bool {
        stepwise.is_match(&stepwise.patterns()[0], text)
    }

    #[test]
    fn repetitions_in_repetitions_and_back_references_explode() {
        for pattern in [
            r"(a*)*\1b",
            "(a+b)*c",
            "(?:(a+)|b)+",
            "(a*){2,}",
            r"(.)\1",
            "(?:a|a)*b",
            "(a?){30}",
            "[](](a+)+",
            "[^](](a+)+",
        ] {
            assert!(is_explosive(pattern), "{pattern}");
        }
        for pattern in ["(?!.*a).*(?<=b)c.*", r"\A(?:[(*+]x.*(?=y).*)\z", "(?:a|b)c*(?:de*)?", r"a\(b*\)+", "[]+](a*)"]
        {
            assert!(!is_explosive(pattern), "{pattern}");
        }
    }

    #[test]
    fn long_texts_are_no_failure_of_what_looks_around() {
        let found = predicate(r"\A(?:(?!.*helpdesk).*(?<=-)enc.*)\z");
        let text = format!("{}-enc{}", "x".repeat(400_000), "y".repeat(500_000));
        assert!(matches(&found, &text));
        assert!(!matches(&found, &text.replace("-enc", "_enc")));
        assert!(found.check().is_ok());
        assert!(!matches(&found, &text.repeat(2)));
        assert_eq!(TooManySteps::beneath(&found.check().unwrap_err()).unwrap().most, Most::Memory);
    }

    #[test]
    fn one_text_may_take_so_many_steps() {
        let found = predicate(r"\A(?:(a*)*\1b)\z");
        assert!(!matches(&found, &"a".repeat(60)));
        let error = found.check().unwrap_err();
        let reason = TooManySteps::beneath(&error).unwrap();
        assert_eq!(reason.to_string(), "a regular expression took more than 1000000 steps over one text");
        assert_eq!((reason.pattern.as_str(), reason.text.len()), (r"\A(?:(a*)*\1b)\z", 60));
    }

    #[test]
    fn all_texts_of_a_query_may_take_so_many_together() {
        let steps = Arc::new(Steps { left: AtomicU64::new(10_000) });
        let found = Stepwise::compile(&[r"\A(?:(a*)*\1b)\z"], true, steps.clone()).unwrap();
        // Each takes some thousand steps and has its answer.
        let answers = (0..50).take_while(|_| !matches(&found, &"a".repeat(12)) && found.check().is_ok());
        let count = answers.count();
        assert!((1..50).contains(&count), "{count}");
        let error = found.check().unwrap_err();
        assert_eq!(TooManySteps::beneath(&error).unwrap().most, Most::OfQuery(OF_QUERY));
    }
}
