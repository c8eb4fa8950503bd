//! What a predicate requires: texts of which one has to stand in whatever it holds for, so that whoever looks for the texts of
//! thousands of predicates at once need ask few of these.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::{Match, Shape, fold};
use crate::several;

/// Longer ones find no less.
const LONGEST: usize = 64;
/// How many texts one predicate may look for.
const MOST: usize = 4096;

impl Match {
    /// Texts of which one has to stand in what [`push_looked`] makes of a text for which the predicate holds. `None` where any
    /// text may do.
    pub fn required(self, needles: &[&str]) -> Option<Vec<String>> {
        // Of several values each is a needle of its own.
        let needles = needles.iter().flat_map(|needle| several::values(needle));
        let each = needles.map(|needle| self.required_by(needle));
        match self.all {
            true => each.flatten().min_by(|a, b| commonness(a).total_cmp(&commonness(b))),
            false => together(each),
        }
        .filter(|texts| !texts.is_empty() && texts.len() <= MOST)
    }

    fn required_by(self, needle: &str) -> Option<Vec<String>> {
        match self.shape {
            Shape::Equals
            | Shape::Contains
            | Shape::StartsWith
            | Shape::EndsWith
            | Shape::Has
            | Shape::HasPrefix
            | Shape::HasSuffix => {
                let mut looked = String::new();
                push_looked(needle, &mut looked);
                (!looked.is_empty()).then(|| vec![cut(looked)])
            }
            Shape::Regex => {
                let mut parser = ParserBuilder::new().case_insensitive(!self.case_sensitive).build();
                of_regex(&parser.parse(needle).ok()?)
            }
            Shape::Backtracking | Shape::Cidr => None,
        }
    }
}

/// Appends a text as it is looked at: folded as predicates fold it, and the two letters beyond ASCII that regular expressions
/// take for letters of it as these.
pub fn push_looked(text: &str, out: &mut String) {
    let start = out.len();
    fold::push_folded(text, out);
    if !text.is_ascii() && out.get(start..).is_some_and(|looked| looked.contains(['\u{212a}', '\u{17f}'])) {
        let looked = out.split_off(start);
        out.push_str(&looked.replace('\u{212a}', "k").replace('\u{17f}', "s"));
    }
}

/// How much of all text is likely to hold one of these, as a number to compare with others.
pub fn commonness(texts: &[String]) -> f64 {
    let each = |text: &String| match COMMON.contains(end(text)) {
        true => 0.5,
        false => 0.5_f64.powf((text.len().min(24) as f64).mul_add(0.5, 1.0)),
    };
    texts.iter().map(each).sum()
}

/// Of longer texts the end is looked for: paths begin alike, a small automaton is soon made and stays in the cache, and what else stands in
/// the row is asked next.
pub fn end(text: &str) -> &str {
    const LONGEST: usize = 12;
    let start = text.len().saturating_sub(LONGEST);
    let start = (start..=text.len()).find(|start| text.is_char_boundary(*start)).unwrap_or(0);
    text.get(start..).unwrap_or(text)
}

/// What stands in much of what Windows logs, a text a line.
const COMMON: &str = r"c:\windows\system32\svchost.exe -k
c:\windows\syswow64\
c:\windows\system32\wbem\wmiprvse.exe
c:\windows\system32\cmd.exe /c 
c:\windows\system32\windowspowershell\v1.0\powershell.exe -
c:\windows\explorer.exe
c:\windows\system32\ntdll.dll+
c:\windows\system32\kernelbase.dll+
c:\windows\system32\kernel32.dll+
c:\program files (x86)\microsoft 
c:\program files\common files\
c:\programdata\microsoft\windows defender\
\appdata\local\temp\
c:\users\public\downloads\
hklm\software\microsoft\windows nt\currentversion\
hklm\system\currentcontrolset\services\
nt authority\system microsoft corporation https://www. http://
true false";

fn together(each: impl Iterator<Item = Option<Vec<String>>>) -> Option<Vec<String>> {
    let mut all: Vec<String> = Vec::new();
    for texts in each {
        all.extend(texts?);
        if all.len() > MOST {
            return None;
        }
    }
    all.sort_unstable();
    all.dedup();
    Some(all)
}

/// The end of a text: beginnings are alike.
fn cut(mut text: String) -> String {
    let start = text.len().saturating_sub(LONGEST);
    let start = (start..=text.len()).find(|start| text.is_char_boundary(*start)).unwrap_or(0);
    text.split_off(start)
}

fn of_regex(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Capture(capture) => of_regex(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => of_regex(&repetition.sub),
        HirKind::Alternation(ways) => together(ways.iter().map(of_regex)),
        HirKind::Concat(parts) => {
            let mut best: Option<(f64, Vec<String>)> = None;
            let mut better = |found: Vec<String>| {
                let common = commonness(&found);
                if best.as_ref().is_none_or(|(known, _)| common < *known) {
                    best = Some((common, found));
                }
            };
            let mut run = String::new();
            for part in parts {
                if !push_exact(part, &mut run) {
                    better(vec![std::mem::take(&mut run)]);
                    of_regex(part).into_iter().for_each(&mut better);
                }
            }
            better(vec![run]);
            let texts = best.map(|(_, texts)| texts).filter(|texts| texts.iter().all(|text| !text.is_empty()));
            texts.map(|texts| texts.into_iter().map(cut).collect())
        }
        _ => {
            let mut run = String::new();
            (push_exact(hir, &mut run) && !run.is_empty()).then(|| vec![cut(run)])
        }
    }
}

/// Appends what an expression stands for, where that is but one text whatever the case.
fn push_exact(hir: &Hir, run: &mut String) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
            Ok(text) => {
                push_looked(text, run);
                true
            }
            Err(_) => false,
        },
        HirKind::Class(class) => match one_letter(class) {
            Some(letter) => {
                run.push(letter);
                true
            }
            None => false,
        },
        _ => false,
    }
}

/// The letter of ASCII that all of a class are, whatever the case.
fn one_letter(class: &Class) -> Option<char> {
    const FEW: u32 = 3;
    let letters: Vec<char> = match class {
        Class::Unicode(class) => {
            let is_few = class.ranges().iter().all(|range| u32::from(range.end()) - u32::from(range.start()) < FEW);
            if !is_few || class.ranges().len() > FEW as usize {
                return None;
            }
            class.ranges().iter().flat_map(|range| range.start()..=range.end()).collect()
        }
        Class::Bytes(_) => return None,
    };
    let mut looked = letters.into_iter().map(|letter| {
        let mut out = String::new();
        push_looked(letter.encode_utf8(&mut [0; 4]), &mut out);
        out.chars().next().filter(char::is_ascii)
    });
    let first = looked.next()??;
    looked.all(|letter| letter == Some(first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn required(predicate: Match, needles: &[&str]) -> Option<Vec<String>> {
        predicate.required(needles)
    }

    fn of(pattern: &str) -> Option<Vec<String>> {
        required(Match::rule(Shape::Regex), &[pattern])
    }

    #[test]
    fn a_needle_stands_in_what_it_matches_whatever_the_case() {
        let rule = Match::rule(Shape::EndsWith);
        assert_eq!(required(rule, &["\\A.exe", "\\B.EXE"]).unwrap(), ["\\a.exe", "\\b.exe"]);
        assert_eq!(required(rule.case_sensitive(true), &["\\A.exe"]).unwrap(), ["\\a.exe"]);
        assert_eq!(required(rule, &["a", ""]), None);
        assert_eq!(required(rule, &[]), None);
        assert_eq!(required(rule.all(), &[" -k ", "mimikatz", ""]).unwrap(), ["mimikatz"]);
        assert_eq!(required(Match::rule(Shape::Cidr), &["10.0.0.0/8"]), None);
    }

    #[test]
    fn expressions_require_their_rarest_part() {
        assert_eq!(of(r"^C:\\.*\\evil\d+\.dll$").unwrap(), ["\\evil"]);
        assert_eq!(of("(?:first|second|(?-i)Third)x").unwrap(), ["first", "second", "third"]);
        assert_eq!(of("sks").unwrap(), ["sks"]);
        assert_eq!(of("(abc)+d?").unwrap(), ["abc"]);
        for open in [".*", "a?", "[a-z]+", "(one|.*)", "", "^$", r"\d{4}"] {
            assert_eq!(of(open), None, "{open}");
        }
    }

    /// Whatever holds for a text, one of its required texts stands in it as it is looked at.
    #[test]
    fn nothing_that_matches_lacks_what_is_required() {
        const LETTERS: [&str; 12] = ["a", "K", "s", "\u{212a}", "\u{17f}", "Ü", "ü", "Σ", "ς", "İ", ".", "\u{fdd0}"];
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % below
        };
        let shapes = [
            Shape::Equals,
            Shape::Contains,
            Shape::StartsWith,
            Shape::EndsWith,
            Shape::Has,
            Shape::HasPrefix,
            Shape::HasSuffix,
            Shape::Regex,
        ];
        let mut held = 0;
        for round in 0..40_000 {
            let mut text = |most: usize| -> String { (0..next(most)).map(|_| LETTERS[next(LETTERS.len())]).collect() };
            let (mut body, one, two) = (text(7), text(4), text(4));
            let shape = shapes[round % shapes.len()];
            if round % 3 == 0 && body.starts_with('\u{fdd0}') {
                body.insert(0, 'a');
            }
            let base = if round % 2 == 0 { Match::kql(shape) } else { Match::rule(shape) };
            let predicate = Match { all: round % 5 == 0, case_sensitive: round % 7 == 0, ..base };
            let needles = [one.as_str(), two.as_str()];
            let matcher = super::super::matcher::Matcher::new(predicate, &needles, &std::sync::Arc::default()).unwrap();
            if !matcher.holds(&body) {
                continue;
            }
            let Some(texts) = required(predicate, &needles) else { continue };
            held += 1;
            let mut looked = String::new();
            push_looked(&body, &mut looked);
            assert!(texts.iter().any(|text| looked.contains(text)), "{predicate:?} {needles:?} {body:?} {texts:?}");
        }
        assert!(held > 1000, "{held}");
    }
}
