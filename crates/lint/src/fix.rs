//! Fixes: what diagnostics would change in a text, held to change nothing that a query finds.

use syntax::{Diagnostic, Source, Span};

/// Fixes of one text that are tried at once.
const MOST: usize = 100;

/// Fixes of a query that would take a comment with them, or leave what does not parse, are none.
pub(crate) fn keep_safe(source: &Source, diagnostics: &mut [Diagnostic]) {
    // Each is tried on the whole text: those beyond wait for the next time.
    diagnostics.iter_mut().filter(|one| one.fix.is_some()).skip(MOST).for_each(|one| one.fix = None);
    for one in diagnostics.iter_mut().filter(|one| one.fix.is_some()) {
        if let Some(fix) = &mut one.fix {
            fix.span = behind_comments(source, fix.span);
        }
        let is_safe = one.fix.as_ref().is_none_or(|fix| {
            let after = mended(source.text(), std::slice::from_ref(one));
            let parses = |text: String| !syntax::kql::parse(&Source::new("", text)).has_errors();
            let rest = source.text().get(fix.span.range().end..).unwrap_or("");
            // A comment at the end of the line speaks of what would go.
            let is_spoken_of = rest.trim_start_matches([' ', '\t']).starts_with("//");
            !is_spoken_of && !source.slice(fix.span).contains("//") && after.is_some_and(|(text, _)| parses(text))
        });
        if !is_safe {
            one.fix = None;
        }
    }
}

/// The part of a cut that begins with the operator's own line: comments before it speak of others.
fn behind_comments(source: &Source, span: Span) -> Span {
    let mut start = span.start as usize;
    for line in source.slice(span).split_inclusive('\n') {
        let text = line.trim();
        if !text.is_empty() && !text.starts_with("//") {
            let is_own = text.starts_with('|') && start > span.start as usize;
            // With the end of the line before it, which may be of two characters.
            let ending = if source.text().get(..start).is_some_and(|before| before.ends_with("\r\n")) { 2 } else { 1 };
            return if is_own { Span::new(start - ending, span.end as usize) } else { span };
        }
        start += line.len();
    }
    span
}

/// A text with the fixes of its diagnostics, and how many these were; where two overlap, the first is made. None where none is.
pub fn mended(text: &str, diagnostics: &[Diagnostic]) -> Option<(String, usize)> {
    let mut fixes: Vec<_> = diagnostics.iter().filter_map(|one| one.fix.as_ref()).collect();
    fixes.sort_by_key(|fix| (fix.span.start, fix.span.end));
    fixes.dedup();
    let mut mended = String::with_capacity(text.len());
    let (mut end, mut count) = (0, 0);
    for fix in fixes {
        let range = fix.span.range();
        if range.start >= end && range.end > range.start && text.get(range.clone()).is_some() {
            mended.push_str(text.get(end..range.start)?);
            mended.push_str(&fix.text);
            end = range.end;
            count += 1;
        }
    }
    mended.push_str(text.get(end..)?);
    (count > 0).then_some((mended, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> String {
        let mut text = text.to_string();
        loop {
            let source = Source::new("q.kql", text.as_str());
            let said = crate::kql::check(&source, &syntax::kql::parse(&source).tree, None);
            match mended(&text, &said) {
                Some((next, _)) => text = next,
                None => return text,
            }
        }
    }

    #[test]
    fn a_column_that_is_computed_for_nothing_is_left_out() {
        assert_eq!(all("T | extend A = B, C = D | project C"), "T | extend C = D | project C");
        assert_eq!(all("T | extend C = D, A = (B), E = (1 + 2) | project C"), "T | extend C = D | project C");
        assert_eq!(all("T\n| extend A = f(B), C = D\n| where E > 1\n| distinct E"), "T\n| where E > 1\n| distinct E");
        assert_eq!(all("T // all\r\n| extend A = f(B)\r\n| distinct E\r\n"), "T // all\r\n| distinct E\r\n");
        assert_eq!(
            all("T // all\n// rows\n| extend A = f(B)\n| where E > 1\n| distinct E"),
            "T // all\n// rows\n| where E > 1\n| distinct E"
        );
        assert_eq!(all("T | extend A = B | extend C = A | summarize count() by D"), "T | summarize count() by D");
        assert_eq!(all("T | project A = 1, B | top 5 by B | project B"), "T | project B | top 5 by B | project B");
    }

    #[test]
    fn what_could_tell_the_difference_stays() {
        for text in [
            "T | extend A = B | project-away A",
            "T | extend A = B | mv-expand C | project C",
            "T | extend A = B | union U | project C",
            "T | extend A = B // why\n, C = D | project C",
            "T | extend A = B, // why\nC = D | project C",
            "T | extend X = X",
            "T\n| extend A = B // why\n| project C",
            "T | extend C = D, A = B // why\n| project C",
        ] {
            assert_eq!(all(text), text);
        }
    }

    #[test]
    fn a_name_is_given_once() {
        assert_eq!(all("T | project A = A, ['b c'] = ['b c'], D"), "T | project A, ['b c'], D");
    }

    #[test]
    fn overlapping_fixes_are_made_one_after_the_other() {
        assert_eq!(all("T | extend A = 1, B = 2, C = 3, D = 4 | project D"), "T | extend D = 4 | project D");
        assert_eq!(all("T | extend A = 1, B = 2 | project E"), "T | project E");
    }
}
