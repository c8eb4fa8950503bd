//! A bound of an expression's automata: how large they are at most, told from its parts without making them.
//!
//! Thousands of rules are bound before each hunt, and making the automata of each expression only to see that they fit took longer than all
//! else that is known of it. What a part takes is what the engine's compiler makes of it: a state for each byte, copies of what comes
//! several times, states that join. A class of letters beyond ASCII is made once, and what it took is kept.

use std::cell::RefCell;

use regex_automata::nfa::thompson::{Config, NFA, State, WhichCaptures};
use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind};

/// A state, its own place alone.
const STATE: usize = 32;
/// What a state keeps for each transition or alternative.
const EACH: usize = 8;
/// Around each expression: what finds it anywhere, its start, end and match.
const AROUND: usize = 16 * STATE;
/// How many classes a thread keeps.
const CLASSES: usize = 128;

thread_local! {
    static CLASSES_KNOWN: RefCell<Vec<(ClassUnicode, usize)>> = const { RefCell::new(Vec::new()) };
}

/// Bytes that the larger of the two automata takes at most; `None` where that is beyond what any may take.
pub(super) fn bound(parsed: &Hir) -> Option<usize> {
    sum(of(parsed, false)?, AROUND)
}

fn sum(one: usize, other: usize) -> Option<usize> {
    one.checked_add(other).filter(|sum| *sum <= super::EACH)
}

/// `is_beside`: it stands beside others of which any may match.
fn of(hir: &Hir, is_beside: bool) -> Option<usize> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(STATE),
        // Texts beside each other may become a trie, whose states branch.
        HirKind::Literal(literal) if is_beside => literal.0.len().checked_mul(3 * STATE + 2 * EACH),
        HirKind::Literal(literal) => literal.0.len().checked_mul(STATE + 2 * EACH)?.checked_add(2 * STATE),
        HirKind::Class(Class::Bytes(class)) => Some(2 * STATE + EACH * class.ranges().len()),
        HirKind::Class(Class::Unicode(class)) if class.is_ascii() => Some(2 * STATE + EACH * class.ranges().len()),
        HirKind::Class(Class::Unicode(class)) => beyond_ascii(class),
        HirKind::Repetition(repetition) => {
            let copies = repetition.max.unwrap_or(repetition.min.saturating_add(1)).max(1);
            let copies = usize::try_from(copies).ok()?;
            let each = of(&repetition.sub, is_beside)?.checked_add(2 * STATE + 2 * EACH)?;
            sum(each.checked_mul(copies)?, 3 * STATE)
        }
        HirKind::Capture(capture) => sum(of(&capture.sub, is_beside)?, 2 * STATE),
        HirKind::Concat(parts) => parts.iter().try_fold(STATE, |all, part| sum(all, of(part, is_beside)?)),
        HirKind::Alternation(parts) => {
            parts.iter().try_fold(3 * STATE, |all, part| sum(all, of(part, true)?.checked_add(STATE + EACH)?))
        }
    }
}

fn beyond_ascii(class: &ClassUnicode) -> Option<usize> {
    let known =
        |known: &Vec<(ClassUnicode, usize)>| known.iter().find(|(known, _)| known == class).map(|(_, size)| *size);
    if let Some(size) = CLASSES_KNOWN.with_borrow(known) {
        return Some(size);
    }
    let size = made(class, false)?.max(made(class, true)?);
    CLASSES_KNOWN.with_borrow_mut(|known| {
        if known.len() < CLASSES {
            known.push((class.clone(), size));
        }
    });
    Some(size)
}

/// What an automaton of a class alone takes.
fn made(class: &ClassUnicode, reverse: bool) -> Option<usize> {
    let config = NFA::config().which_captures(WhichCaptures::None).reverse(reverse);
    let config: Config = config.nfa_size_limit(Some(super::EACH));
    let hir = Hir::class(Class::Unicode(class.clone()));
    let made = NFA::compiler().configure(config).build_from_hir(&hir).ok()?;
    let each = |state: &State| match state {
        State::Sparse(sparse) => STATE + EACH * sparse.transitions.len(),
        State::Union { alternates } => STATE + EACH * alternates.len(),
        // All 256 of them.
        State::Dense(_) => STATE + 256 * EACH,
        _ => STATE,
    };
    Some(made.states().iter().map(each).sum::<usize>() + 4 * STATE)
}

#[cfg(test)]
mod tests {
    use super::super::fitting::{fits, parsed};
    use super::*;

    /// Of every pattern, by both automata: it fits into its bound, and not into a small part of it.
    #[test]
    fn no_automaton_is_larger_than_its_bound_nor_much_smaller() {
        let long = "a".repeat(3000);
        let words: String = (0..200).map(|n| format!("word{n}x|")).collect();
        for pattern in [
            "",
            "a",
            r"\w{4}",
            r"\w{1,64}",
            r"[^\s]{1,40}x\d{3}$",
            r"(?i)\bstraße\b",
            r"(?s).{200}",
            r"^(a|b(?:c[d-z]+)?)*$",
            &long,
            "a{",
            "(?P<x>y)",
            r".*(evil|wicked)\.exe",
            r"\p{L}{9}",
            &words,
            r"(?:a|b|cd){3,}",
            r"(?i)skript\s+-k\w*$",
            r"(x?){30}",
            r"((a{2,5}){2,5}){2,5}",
            r"(?-u:[\x00-\x7f])+",
            r"(?s-u:[a-z]).*?\p{Greek}?",
            r"(|a||b)+",
            r"\b\B^$",
            r"(?i)(powershell|pwsh)(\.exe)?\s.{0,8}-e[nc]*\s",
        ] {
            for case_sensitive in [true, false] {
                let hir = parsed(pattern, case_sensitive).unwrap();
                let bound = bound(&hir).unwrap();
                assert!(fits(&hir, bound), "{pattern}");
                assert!(!fits(&hir, bound.saturating_sub(AROUND) / 8), "{pattern} {bound}");
            }
        }
    }

    #[test]
    fn what_has_no_bound_is_left_to_the_engine() {
        assert_eq!(bound(&parsed(r"\w{200}", true).unwrap()), None);
        assert_eq!(bound(&parsed(r"((a{1000}){1000}){1000}", true).unwrap()), None);
        // Whatever else there is, the sum ends where it is too large.
        let classes: String = (0..12_000).map(|n| format!("[^\\W\\x{{{:x}}}]", 0x4e00 + n)).collect();
        assert_eq!(bound(&parsed(&classes, true).unwrap()), None);
        assert!(CLASSES_KNOWN.with_borrow(Vec::len) < CLASSES);
    }
}
