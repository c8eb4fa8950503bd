//! Terms: `has` looks for whole words, which punctuation in what it looks for hides.

use syntax::Diagnostic;
use syntax::kql::texts::texts;
use syntax::kql::tree::{Ask, Comparison, Expr, ExprKind, Literal, Query};

use crate::messages;

pub(super) fn check(expr: &Expr, query: &Query, said: &mut Vec<Diagnostic>) {
    match &expr.kind {
        ExprKind::Text { operator, left, right, at } if !operator.negated => {
            let word = match operator.ask {
                Ask::Has => "has",
                Ask::HasAny => "has_any",
                Ask::HasAll => "has_all",
                _ => return,
            };
            let texts = texts(right, query);
            for misses in [goes_on, comes_before] {
                let told = texts.iter().find_map(|text| Some((text, misses(text)?)));
                said.extend(told.map(|(text, misses)| messages::term(*at, word, text, &misses)));
            }
        }
        ExprKind::Compare { comparison: Comparison::Equal, left, right, operator } => {
            if let (ExprKind::Name(name), ExprKind::Literal(Literal::Text(text))) = (&left.kind, &right.kind)
                && is_account(name)
                && text.chars().any(char::is_alphabetic)
            {
                said.push(messages::cased_account(*operator, name));
            }
        }
        _ => {}
    }
}

/// The beginning of a flag, which may be written longer or shorter.
fn goes_on(text: &str) -> Option<String> {
    let word = text.strip_prefix(['-', '/'])?.trim_end();
    let is_short = is_word(word) && word.len() <= SHORT;
    is_short.then(|| format!("does not find '{text}x', nor a shorter spelling"))
}

/// Longer flags are mostly written as they are.
const SHORT: usize = 4;

/// The ending of a name that other endings may follow.
fn comes_before(text: &str) -> Option<String> {
    is_word(text.strip_prefix('.')?).then(|| format!("finds 'name{text}.map' too"))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(char::is_alphanumeric)
}

fn is_account(name: &str) -> bool {
    ["AccountName", "UserName", "AccountUpn", "AccountDomain"].iter().any(|end| name.ends_with(end))
}
