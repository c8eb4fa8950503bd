//! Arguments that have to be in one order: patterns of times, and what else is easily swapped with the value beside it.

use functions::predicate::is_network;
use functions::scalar::aql_time::Pattern;
use syntax::Span;
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

    /// The literal that a function has to have first.
    pub(super) fn first_text<'e>(
        &mut self,
        first: &'e Expr,
        second: &Expr,
        wanted: &str,
        usage: &str,
    ) -> Option<&'e str> {
        match (&first.kind, &second.kind) {
            (ExprKind::Text(text), _) => Some(text),
            (_, ExprKind::Text(_)) => self.fail(messages::swapped(first.span.to(second.span), usage)),
            _ => self.fail(messages::needs_literal(first.span, wanted)),
        }
    }

    /// The network of INCIDR().
    pub(super) fn network<'e>(&mut self, network: &'e Expr, address: &Expr) -> Option<&'e str> {
        let usage = "INCIDR('10.0.0.0/8', sourceip)";
        let text = self.first_text(network, address, "the network of INCIDR()", usage)?;
        let is_beside = matches!(&address.kind, ExprKind::Text(beside) if beside.contains('/') && is_network(beside));
        match is_network(text) {
            true => Some(text),
            false if is_beside => self.fail(messages::swapped(Span::to(network.span, address.span), usage)),
            false => self.fail(messages::bad_network(network.span, text)),
        }
    }
}

/// Whether this is a text with letters of a pattern, and with no others.
fn names_fields(expr: &Expr) -> bool {
    let ExprKind::Text(text) = &expr.kind else { return false };
    Pattern::parse(text)
        .is_ok_and(|pattern| ['y', 'Y', 'M', 'd', 'H', 'h', 'm', 's'].into_iter().any(|letter| pattern.has(letter)))
}
