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
            None => {}
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
                if !text.contains(['%', '_']) && bound.as_ref().is_some_and(|bound| is_for_a_part(op, bound)) {
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
        Some(self.known(test, &[&bound?.expr], exact))
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

/// Whether the author said what may stand before and after: by `.*` or by anchors.
fn is_open_ended(pattern: &str) -> bool {
    let flags = pattern.strip_prefix("(?i)").unwrap_or(pattern);
    let starts = flags.starts_with(".*") || flags.starts_with('^') || flags.starts_with("(.*");
    let ends = pattern.ends_with(".*") || pattern.ends_with('$') || pattern.ends_with(".*)");
    starts || ends
}
