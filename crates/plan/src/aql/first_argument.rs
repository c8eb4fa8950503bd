//! Arguments that have to come first and to be written out, and that are easily swapped with the value beside them.

use functions::predicate::is_network;
use syntax::Span;
use syntax::aql::tree::{Expr, ExprKind};

use super::{Binder, messages};

impl Binder<'_> {
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
