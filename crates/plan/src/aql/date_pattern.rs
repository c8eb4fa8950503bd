//! The pattern of DATEFORMAT() and PARSETIMESTAMP(): Java's letters, and what easily goes wrong with them.

use functions::scalar::aql_time::Pattern;
use syntax::aql::tree::{Expr, ExprKind};

use super::{Binder, messages};

impl Binder<'_> {
    /// The pattern of DATEFORMAT() or PARSETIMESTAMP(), and the argument beside it. `usage` is how the call is written.
    pub(super) fn check_date_pattern(&mut self, pattern: &Expr, beside: &Expr, usage: &str) -> Option<()> {
        if !names_fields(pattern) && names_fields(beside) {
            return self.fail(messages::swapped(pattern.span.to(beside.span), usage));
        }
        let ExprKind::Text(text) = &pattern.kind else {
            return self.fail(messages::needs_literal(pattern.span, "the pattern of a time"));
        };
        match Pattern::parse(text) {
            Err(letter) => return self.fail(messages::bad_pattern(pattern.span, letter)),
            Ok(parsed) => {
                if parsed.has('Y') && !parsed.has('w') {
                    self.report(messages::week_year(pattern.span));
                }
                if parsed.has('h') && !parsed.has('a') {
                    self.report(messages::half_day(pattern.span));
                }
            }
        }
        Some(())
    }
}

/// Whether this is a text with letters of a pattern, and with no others.
fn names_fields(expr: &Expr) -> bool {
    let ExprKind::Text(text) = &expr.kind else { return false };
    Pattern::parse(text)
        .is_ok_and(|pattern| ['y', 'Y', 'M', 'd', 'H', 'h', 'm', 's'].into_iter().any(|letter| pattern.has(letter)))
}
