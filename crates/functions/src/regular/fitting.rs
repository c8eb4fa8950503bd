//! Whether a regular expression fits into a size: its two automata are made, and nothing else of what would run it.
//!
//! Thousands of rules are bound before each hunt, and few of them ever run. The engine makes room for the automata anew for each expression that it compiles; here a
//! thread keeps it.

use std::cell::RefCell;

use regex_automata::nfa::thompson::{Compiler, Config, NFA, WhichCaptures};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::Hir;

use super::plain_braces;

thread_local! {
    static FORWARD: RefCell<Compiler> = RefCell::new(NFA::compiler());
    static BACKWARD: RefCell<Compiler> = RefCell::new(NFA::compiler());
}

/// A pattern as the engine reads it; `None` where it does not.
pub(super) fn parsed(pattern: &str, case_sensitive: bool) -> Option<Hir> {
    let parse = |pattern: &str| ParserBuilder::new().case_insensitive(!case_sensitive).build().parse(pattern).ok();
    parse(pattern).or_else(|| parse(&plain_braces(pattern)))
}

/// Whether the engine's automata of a pattern fit into so many bytes, as its own limit counts them.
pub(super) fn fits(parsed: &Hir, limit: usize) -> bool {
    let config = || NFA::config().nfa_size_limit(Some(limit)).shrink(false);
    let backward = config().which_captures(WhichCaptures::None).reverse(true);
    FORWARD.with_borrow_mut(|compiler| can_compile(compiler, config(), parsed))
        && BACKWARD.with_borrow_mut(|compiler| can_compile(compiler, backward, parsed))
}

fn can_compile(compiler: &mut Compiler, config: Config, parsed: &Hir) -> bool {
    compiler.configure(config).build_from_hir(parsed).is_ok()
}

#[cfg(test)]
mod tests {
    use super::super::{STEPS, built};
    use super::*;

    #[test]
    fn what_fits_is_what_the_engine_compiles() {
        let long = "a".repeat(3000);
        let classes =
            [r"\w{4}", r"\w{1,64}", r"[^\s]{1,40}x\d{3}$", r"(?i)\bstraße\b", r"(?s).{200}", r"^(a|b(?:c[d-z]+)?)*$"];
        let patterns =
            classes.into_iter().chain([long.as_str(), "a{", "(?P<x>y)", r".*(evil|wicked)\.exe", r"\p{L}{9}"]);
        for pattern in patterns {
            for case_sensitive in [true, false] {
                let hir = parsed(pattern, case_sensitive).unwrap();
                for step in STEPS {
                    let compiles = built(pattern, case_sensitive, step).is_ok();
                    assert!(compiles || !fits(&hir, step), "{pattern} {step}");
                    // A text alone is looked for without automata.
                    assert!(!compiles || fits(&hir, step) || pattern == long, "{pattern} {step}");
                }
            }
        }
        assert!(parsed("a(b", true).is_none());
    }
}
