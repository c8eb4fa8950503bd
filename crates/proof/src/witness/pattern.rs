//! Patterns: a short text that a regular expression matches.

use regex_syntax::hir::{Class, Hir, HirKind};

/// `None` where the pattern is none, or asks for what no text has.
pub(super) fn text_of(pattern: &str) -> Option<String> {
    // What is called a group by .NET's spelling is one to this one too.
    let hir = regex_syntax::parse(pattern).ok()?;
    let mut out = String::new();
    add(&hir, &mut out).then_some(out)
}

/// A text that a pattern matches, of which a group takes just this; 0 is the whole of it.
pub(super) fn text_with(pattern: &str, group: usize, text: &str) -> Option<String> {
    let hir = regex_syntax::parse(pattern).ok()?;
    if group == 0 {
        return Some(text.to_owned());
    }
    let mut out = String::new();
    add_with(&hir, group, text, &mut out).then_some(out)
}

fn add_with(hir: &Hir, group: usize, text: &str, out: &mut String) -> bool {
    match hir.kind() {
        HirKind::Capture(capture) if capture.index as usize == group => {
            out.push_str(text);
            true
        }
        HirKind::Capture(capture) => add_with(&capture.sub, group, text, out),
        HirKind::Concat(parts) => parts.iter().all(|part| add_with(part, group, text, out)),
        HirKind::Alternation(parts) => {
            let holds_group = |part: &&Hir| holds(part, group);
            match parts.iter().find(holds_group) {
                Some(part) => add_with(part, group, text, out),
                None => add(hir, out),
            }
        }
        HirKind::Repetition(repetition) if holds(&repetition.sub, group) => add_with(&repetition.sub, group, text, out),
        _ => add(hir, out),
    }
}

fn holds(hir: &Hir, group: usize) -> bool {
    match hir.kind() {
        HirKind::Capture(capture) => capture.index as usize == group || holds(&capture.sub, group),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(|part| holds(part, group)),
        HirKind::Repetition(repetition) => holds(&repetition.sub, group),
        _ => false,
    }
}

fn add(hir: &Hir, out: &mut String) -> bool {
    if out.len() > LONGEST {
        return false;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
            Ok(text) => {
                out.push_str(text);
                true
            }
            Err(_) => false,
        },
        HirKind::Class(class) => match one_of(class) {
            Some(c) => {
                out.push(c);
                true
            }
            None => false,
        },
        HirKind::Repetition(repetition) => (0..repetition.min).all(|_| add(&repetition.sub, out)),
        HirKind::Capture(capture) => add(&capture.sub, out),
        HirKind::Concat(parts) => parts.iter().all(|part| add(part, out)),
        HirKind::Alternation(parts) => parts.iter().any(|part| {
            let before = out.len();
            let is_added = add(part, out);
            if !is_added {
                out.truncate(before);
            }
            is_added
        }),
    }
}

/// A letter or digit where the class has one, else what it has first.
fn one_of(class: &Class) -> Option<char> {
    let has = |wanted: char| match class {
        Class::Unicode(class) => class.iter().any(|range| (range.start()..=range.end()).contains(&wanted)),
        Class::Bytes(class) => u8::try_from(wanted)
            .is_ok_and(|wanted| class.iter().any(|range| (range.start()..=range.end()).contains(&wanted))),
    };
    let usual = ['a', 'A', '1', '0', ' ', '\\', '/', '.', '-', '_'].into_iter().find(|c| has(*c));
    usual.or_else(|| match class {
        Class::Unicode(class) => class.iter().next().map(|range| range.start()),
        Class::Bytes(class) => class.iter().next().map(|range| char::from(range.start())),
    })
}

const LONGEST: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_made_that_the_pattern_matches() {
        for pattern in
            [r"^C:\\Users\\[^\\]+\\x\.(exe|dll)$", r"\d{3}-[a-f]{2}", r"(?i)abc\s+def?", r"[^a-zA-Z0-9 ]+", r"\bx\b|y"]
        {
            let text = text_of(pattern).unwrap();
            assert!(regex::Regex::new(pattern).unwrap().is_match(&text), "{pattern} {text}");
        }
        assert_eq!(text_of("("), None);
        assert_eq!(text_with(r"^https?://([^/]*)/", 1, "a.zip").as_deref(), Some("http://a.zip/"));
        assert_eq!(text_with(r".*\.(.*)", 1, "exe").as_deref(), Some(".exe"));
    }
}
