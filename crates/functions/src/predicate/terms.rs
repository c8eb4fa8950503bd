//! Terms: the runs of letters and digits in a text, folded. They are what `has` looks for, and so what an index of texts may hold:
//! whoever knows all terms of a text knows where a needle cannot stand.

use super::Shape;
use super::fold::{fold, push_folded};

/// Whether a character belongs to a term.
pub(super) fn is_term(c: char) -> bool {
    c.is_alphanumeric()
}

/// What says which terms a text has: an index that was made under another definition knows nothing. Letters are Unicode's, and
/// each of its versions has more of them.
pub fn definition() -> String {
    let (major, minor, update) = char::UNICODE_VERSION;
    format!("terms 1, Unicode {major}.{minor}.{update}")
}

/// The terms of a text, one after another. The buffer is the caller's, who has many texts.
pub fn each_term(text: &str, folded: &mut String, mut take: impl FnMut(&str)) {
    folded.clear();
    push_folded(text, folded);
    if folded.is_ascii() {
        let mut start = 0;
        let mut ended = |end: usize, start: &mut usize| {
            if let Some(run) = folded.get(*start..end).filter(|run| !run.is_empty()) {
                take(run);
            }
            *start = end + 1;
        };
        for (end, byte) in folded.bytes().enumerate() {
            if !byte.is_ascii_alphanumeric() {
                ended(end, &mut start);
            }
        }
        ended(folded.len(), &mut start);
    } else {
        folded.split(|c| !is_term(c)).filter(|run| !run.is_empty()).for_each(&mut take);
    }
}

impl Shape {
    /// The terms that a text must have, whatever the case, where the needle stands in it so. None where it may have any.
    pub fn terms(self, needle: &str) -> Vec<String> {
        // Whether an edge of the needle is one of a term, where it cuts none in two.
        let (opens, closes) = match self {
            Shape::Equals | Shape::Has => (true, true),
            Shape::StartsWith | Shape::HasPrefix => (true, false),
            Shape::EndsWith | Shape::HasSuffix => (false, true),
            Shape::Contains => (false, false),
            Shape::Regex | Shape::Backtracking | Shape::Cidr => return Vec::new(),
        };
        let folded = fold(needle);
        let runs: Vec<&str> = folded.split(|c| !is_term(c)).collect();
        let last = runs.len() - 1;
        let is_whole =
            |(place, run): &(usize, &&str)| !run.is_empty() && (*place > 0 || opens) && (*place < last || closes);
        runs.iter().enumerate().filter(is_whole).map(|(_, run)| (*run).to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Arc;

    use super::super::Match;
    use super::super::matcher::Matcher;
    use super::*;

    const SHAPES: [Shape; 7] = [
        Shape::Equals,
        Shape::Contains,
        Shape::StartsWith,
        Shape::EndsWith,
        Shape::Has,
        Shape::HasPrefix,
        Shape::HasSuffix,
    ];

    fn terms(text: &str) -> HashSet<String> {
        let mut found = HashSet::new();
        each_term(text, &mut String::from("left over"), |term| {
            found.insert(term.to_owned());
        });
        found
    }

    #[test]
    fn terms_are_folded_runs_of_letters_and_digits() {
        let of = |text: &str| {
            let mut found: Vec<String> = terms(text).into_iter().collect();
            found.sort();
            found
        };
        assert_eq!(of(r#""C:\Windows\cmd.exe" /c a_b"#), ["a", "b", "c", "cmd", "exe", "windows"]);
        assert_eq!(of("Straße ΟΔΟΣ \u{212a}elvin 東京1"), ["straße", "οδοσ", "\u{212a}elvin", "東京1"]);
        assert_eq!(of("\u{fdd0}a b\u{fdd0}c"), ["a", "b", "c"]);
        assert!(of("").is_empty() && of("\\_-").is_empty());
    }

    #[test]
    fn only_terms_that_a_needle_cannot_cut_are_asked_for() {
        assert_eq!(Shape::Has.terms(r"\Temp\A.exe"), ["temp", "a", "exe"]);
        assert_eq!(Shape::Contains.terms(r"\Temp\A.exe"), ["temp", "a"]);
        assert_eq!(Shape::Contains.terms("-enc "), ["enc"]);
        assert_eq!(Shape::StartsWith.terms("powershell -e"), ["powershell"]);
        assert_eq!(Shape::EndsWith.terms("cmd.exe"), ["exe"]);
        assert_eq!(Shape::HasPrefix.terms("net us"), ["net"]);
        assert_eq!(Shape::HasSuffix.terms("net us"), ["us"]);
        assert_eq!(Shape::Equals.terms("S-1-5-18"), ["s", "1", "5", "18"]);
        for needle in ["", "\\", "_", "\u{fdd0}"] {
            assert!(SHAPES.iter().all(|shape| shape.terms(needle).is_empty()), "{needle:?}");
        }
        assert!(Shape::Regex.terms("a b c").is_empty() && Shape::Cidr.terms("10.0.0.0/8").is_empty());
    }

    /// With case and without, a run of letters in a text is one in the folded text.
    #[test]
    fn folding_makes_no_letter_something_else() {
        for c in '\0'..=char::MAX {
            let folded = fold(&c.to_string());
            assert!(folded.chars().all(|other| is_term(other) == is_term(c)) && folded.chars().count() == 1, "{c:?}");
        }
    }

    /// The index may say that a needle is there which is not; never that one is not which is.
    #[test]
    fn wherever_a_predicate_holds_all_its_terms_are_there() {
        const PIECES: [&str; 40] = [
            "a",
            "A",
            "b",
            "B",
            "i",
            "I",
            "k",
            "K",
            "s",
            "S",
            "\u{130}",
            "\u{131}",
            "\u{17f}",
            "\u{212a}",
            "σ",
            "ς",
            "Σ",
            "ß",
            "ẞ",
            "ﬁ",
            "é",
            "É",
            "e\u{301}",
            "ǅ",
            "ǆ",
            "0",
            "7",
            "²",
            "Ⅷ",
            "ⅷ",
            "_",
            "-",
            " ",
            "\\",
            ".",
            "\n",
            "東",
            "\u{345}",
            "\u{fdd0}",
            "\u{1f600}",
        ];
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = |below: usize| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            usize::try_from(seed >> 33).unwrap() % below
        };
        let mut held = 0;
        for _ in 0..60_000 {
            let pieces: Vec<&str> = (0..next(12)).map(|_| PIECES[next(PIECES.len())]).collect();
            let text = pieces.concat();
            let (start, most) = (next(pieces.len() + 1), pieces.len());
            let part = &pieces[start..start + next(most - start + 1)];
            // Now and then in another case, so that a needle of the text is one by folding alone.
            let needle = match next(4) {
                0 => part.concat().to_uppercase(),
                1 => part.concat().to_lowercase(),
                _ => part.concat(),
            };
            let known = terms(&text);
            for shape in SHAPES {
                let wanted = shape.terms(&needle);
                for predicate in [Match::kql(shape), Match::rule(shape)] {
                    for predicate in [predicate, predicate.case_sensitive(true)] {
                        // Four make an automaton.
                        for count in [1, 4] {
                            let matcher = Matcher::new(predicate, &vec![needle.as_str(); count], &Arc::default());
                            if matcher.unwrap().holds(&text) {
                                held += usize::from(!wanted.is_empty());
                                let missing = wanted.iter().find(|term| !known.contains(*term));
                                assert_eq!(missing, None, "{shape:?} {needle:?} in {text:?}");
                            }
                        }
                    }
                }
            }
        }
        assert!(held > 50_000, "{held}");
    }
}
