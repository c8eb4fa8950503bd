//! LIKE, ILIKE, MATCHES and IMATCHES: patterns over whole values. A backslash in a pattern is a backslash.

use datafusion_expr::{LogicalPlan, lit};
use functions::Type;
use functions::predicate::pattern::{Piece, classify};
use functions::predicate::{Match, Shape};
use syntax::aql::java_regex::{self, Translated};
use syntax::aql::tree::{Expr, LikeOp};

use super::condition::Test;
use super::scope::Place;
use super::text_search::PAYLOAD;
use super::value::Value;
use super::{Binder, messages};
use crate::binding::Stepwise;
use crate::chain;
use crate::tables::Ariel;

impl Binder<'_> {
    pub(super) fn like(
        &mut self,
        op: LikeOp,
        value: &Expr,
        patterns: &[Expr],
        place: Place<'_, '_>,
        exact: bool,
    ) -> Option<Test> {
        let bound = self.value(value, place);
        let spelt = self.source.slice(value.span);
        match bound.as_ref().and_then(|bound| bound.ariel) {
            Some(Ariel::Host) => return self.fail(messages::address_is_no_text(value.span, spelt, op.name())),
            Some(Ariel::Port | Ariel::Mac) => self.report(messages::not_a_text(value.span, spelt, op.name())),
            Some(Ariel::Bytes) => self.report(messages::payload_bytes(value.span)),
            Some(Ariel::Property) | None => {}
        }
        if let (Some(bound), true) = (&bound, patterns.len() > 1) {
            self.repeat(bound, patterns.len(), value.span)?;
        }
        let mut tests = Vec::with_capacity(patterns.len());
        for pattern in patterns {
            let wanted = self.value(pattern, place)?;
            let Some(text) = wanted.literal_text() else {
                return self.fail(messages::needs_literal(pattern.span, &format!("the pattern of {}", op.name())));
            };
            if matches!(op, LikeOp::Like | LikeOp::Ilike) {
                if has_escaped_backslash(text) {
                    self.report(messages::doubled_backslash(pattern.span));
                }
                if text.is_empty() {
                    self.report(messages::empty_pattern(pattern.span, op.name()));
                } else if !text.contains(['%', '_']) && bound.as_ref().is_some_and(|bound| is_for_a_part(op, bound)) {
                    self.report(messages::whole_value(pattern.span, op.name(), "%"));
                }
            }
            let value = text_of(bound.clone()?);
            tests.push(match op {
                LikeOp::Like | LikeOp::Ilike => self.wildcards(op, value, text, pattern)?,
                LikeOp::Matches | LikeOp::Imatches => self.regex(op, value, text, pattern)?,
            });
        }
        let test = match (tests.pop(), tests.is_empty()) {
            (Some(only), true) => only,
            (last, _) => Test::Plain(chain::or(tests.into_iter().chain(last).map(Test::call).collect())),
        };
        Some(self.known(test, &[&bound?], exact))
    }

    fn wildcards(&mut self, op: LikeOp, value: Value, pattern: &str, at: &Expr) -> Option<Test> {
        let pieces = pieces(pattern);
        let (shape, needle) = classify(&pieces);
        let insensitive = op == LikeOp::Ilike;
        let is_folded = insensitive || value.folded.is_some();
        if shape == Shape::Regex
            && let Err(why) = self.regexes.admit(&needle, !is_folded)
        {
            return self.fail(messages::bad_regex(at.span, &why));
        }
        if insensitive && value.folded.is_some() {
            // Case does not count on either side: the fold changes nothing.
            let text = value.folded.map_or(value.expr, |(_, inner)| *inner);
            return Some(Test::Text { predicate: Match::rule(shape), text, needles: vec![needle] });
        }
        Some(match self.unfold(value, pattern, at.span) {
            Some((text, case_sensitive)) => {
                let predicate = Match::rule(shape).case_sensitive(case_sensitive && !insensitive);
                Test::Text { predicate, text, needles: vec![needle] }
            }
            None => Test::Plain(lit(false)),
        })
    }

    fn regex(&mut self, op: LikeOp, value: Value, pattern: &str, at: &Expr) -> Option<Test> {
        let java = self.java(pattern, op == LikeOp::Imatches, at, |inner| format!(r"\A(?:{inner})\z"))?;
        if let Some(class) = path_class(pattern) {
            self.report(messages::path_in_regex(at.span, class, op.name()));
        }
        if !is_open_ended(pattern) {
            self.report(messages::whole_value(at.span, op.name(), ".*"));
        }
        // Case is in the pattern already.
        let rule = |shape| Match::rule(shape).case_sensitive(true);
        if !java.backtracks {
            return Some(Test::Text { predicate: rule(Shape::Regex), text: value.expr, needles: vec![java.pattern] });
        }
        let found = rule(Shape::Backtracking).stepwise(value.expr.clone(), &java.pattern, &self.steps);
        if let Some(input) = self.inputs.last() {
            let (text, input) = (value.expr, LogicalPlan::clone(input));
            self.stepwise.push(Stepwise { span: at.span, pattern: java.pattern, text, input });
        }
        Some(Test::Plain(found))
    }

    /// Java's pattern in the engine's spelling, with what has to stand around it, once it is sure to compile.
    pub(super) fn java(
        &mut self,
        pattern: &str,
        ignores_case: bool,
        at: &Expr,
        around: impl FnOnce(&str) -> String,
    ) -> Option<Translated> {
        let admitted = java_regex::translate(pattern, ignores_case).and_then(|java| {
            let java = Translated { pattern: around(&java.pattern), ..java };
            match java.backtracks {
                true => self.regexes.admit_backtracking(&java.pattern, true)?,
                false => self.regexes.admit(&java.pattern, true)?,
            }
            Ok(java)
        });
        admitted.map_err(|why| self.report(messages::bad_regex(at.span, &why))).ok()
    }
}

/// A pattern without wildcards: of a payload nobody knows the whole, and ILIKE and LOWER() are the ways to ask for equality
/// whatever the case.
fn is_for_a_part(op: LikeOp, value: &Value) -> bool {
    let is_payload = value.expr.column_refs().iter().any(|column| column.name == PAYLOAD);
    is_payload || (op == LikeOp::Like && value.folded.is_none())
}

/// Numbers are compared as they print.
fn text_of(value: Value) -> Value {
    if value.is_text() { value } else { Value::new(value.cast(Type::String), Type::String) }
}

/// `%` is any run, `_` any one character; nothing escapes them.
pub(super) fn pieces(pattern: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for c in pattern.chars() {
        match c {
            '%' if pieces.last() == Some(&Piece::AnyRun) => {}
            '%' => pieces.push(Piece::AnyRun),
            '_' => pieces.push(Piece::AnyOne),
            other => match pieces.last_mut() {
                Some(Piece::Text(text)) => text.push(other),
                _ => pieces.push(Piece::Text(other.to_string())),
            },
        }
    }
    pieces
}

/// `%\\cmd.exe`, `C:\\Windows`: as other languages write one backslash. `\\server` at the beginning or after a blank is a
/// true pair, and so is one beside single backslashes, as in `%\\localhost\admin$`.
pub(super) fn has_escaped_backslash(pattern: &str) -> bool {
    let mut runs = pattern.split(|c| c != '\\').map(str::len);
    if runs.any(|length| length % 2 == 1) {
        return false;
    }
    let mut before = None;
    for (at, c) in pattern.char_indices() {
        let pair = pattern.get(at..).and_then(|rest| rest.strip_prefix(r"\\"));
        let continues = |c: char| c.is_alphanumeric() || matches!(c, ':' | '%' | '.' | '_');
        if pair.is_some_and(|rest| rest.starts_with(char::is_alphanumeric)) && before.is_some_and(continues) {
            return true;
        }
        before = Some(c);
    }
    false
}

/// Whether the author said what may stand before or after: by anchors, or by what repeats without end.
fn is_open_ended(pattern: &str) -> bool {
    let inside = pattern.strip_prefix("(?i)").unwrap_or(pattern);
    let starts = inside.trim_start_matches(['(', '?', ':']);
    let ends = inside.trim_end_matches([')', '?']);
    starts.starts_with('^') || ends.ends_with('$') || begins_anywhere(starts) || ends_anywhere(ends)
}

/// `.*`, `\w+`, `[^\\]*` and their kin at the beginning.
fn begins_anywhere(pattern: &str) -> bool {
    let rest = match pattern.strip_prefix('[') {
        Some(class) => class.find(']').and_then(|end| class.get(end + 1..)),
        None => pattern.strip_prefix('.').or_else(|| pattern.strip_prefix('\\')?.strip_prefix(CLASSES)),
    };
    rest.is_some_and(|rest| rest.starts_with(['*', '+']))
}

fn ends_anywhere(pattern: &str) -> bool {
    let Some(one) = pattern.strip_suffix(['*', '+']) else { return false };
    one.ends_with([']', '.']) || one.strip_suffix(CLASSES).is_some_and(|rest| rest.ends_with('\\'))
}

/// The letters that are classes behind a backslash.
const CLASSES: [char; 6] = ['d', 'D', 's', 'S', 'w', 'W'];

/// Folders whose names begin with such a letter.
const FOLDERS: [&str; 7] = ["Windows", "System32", "SysWOW64", "Startup", "Desktop", "Documents", "Downloads"];

/// A class that stands where a path would have a backslash and a folder: `C:\Windows`, `.*\System32`.
fn path_class(pattern: &str) -> Option<&str> {
    let mut escaped = false;
    for (at, c) in pattern.char_indices() {
        escaped = c == '\\' && !escaped;
        let (before, rest) = pattern.split_at_checked(at)?;
        let Some(name) = rest.get(1..).filter(|_| escaped) else { continue };
        let is_of_drive = ends_with_drive(before) && name.starts_with(CLASSES);
        let is = |folder: &&str| name.get(..folder.len()).is_some_and(|name| name.eq_ignore_ascii_case(folder));
        if is_of_drive || FOLDERS.iter().any(is) {
            return rest.get(..2);
        }
    }
    None
}

/// `C:`, and neither `(?:` nor `\w:`.
fn ends_with_drive(pattern: &str) -> bool {
    let Some(before) = pattern.strip_suffix(':') else { return false };
    let mut letters = before.chars().rev();
    letters.next().is_some_and(|letter| letter.is_ascii_alphabetic())
        && letters.next().is_none_or(|c| c != '\\' && !c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_repeats_without_end_is_open_ended() {
        for pattern in [".*a", "a.*", "^a", "a$", r"\w+", r"(?i)(\d+)x", "[^/]*x", r"(?:a|b)\S*", "x(.+?)"] {
            assert!(is_open_ended(pattern), "{pattern}");
        }
        for pattern in ["a", "a+", "powershell", r"\d{4}", "(a|b)", "[ab]c"] {
            assert!(!is_open_ended(pattern), "{pattern}");
        }
    }

    #[test]
    fn a_class_in_a_path_is_noticed() {
        assert_eq!(path_class(r"C:\Windows.*"), Some(r"\W"));
        assert_eq!(path_class(r".*\System32\\.*"), Some(r"\S"));
        for pattern in [
            r"C:\\Windows.*",
            r".*\\System32\\.*",
            r"\w+",
            r"net\suser",
            r"\bcmd\b",
            r"\Wcmd\W",
            r"\S+",
            r"\w:\S+",
            r"-k(?:\s?p)?",
        ] {
            assert_eq!(path_class(pattern), None, "{pattern}");
        }
    }
}
