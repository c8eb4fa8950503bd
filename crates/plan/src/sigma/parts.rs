//! The parts of a rule's condition, each with its place: all of them have to hold, so one that never does explains why nothing
//! was found.

use datafusion_expr::Expr;
use syntax::Span;
use syntax::sigma::{Condition, Search};

use super::Binder;

impl Binder<'_> {
    /// What has to hold together, taken apart as far as it goes; nothing where part of it is wrong.
    pub(super) fn parts(&mut self, condition: &Condition) -> Vec<(Span, Expr)> {
        match condition {
            Condition::And(all) => all.iter().flat_map(|part| self.parts(part)).collect(),
            Condition::Selection(index, span) => {
                let Some(selection) = self.rule.selections.get(*index) else { return Vec::new() };
                match &selection.search {
                    Search::All(all) => {
                        let part = |part: &Search| Some((span_of(part, *span), self.search(part, false)?));
                        all.iter().filter_map(part).collect()
                    }
                    search => {
                        self.search(search, false).map(|expr| (span_of(search, *span), expr)).into_iter().collect()
                    }
                }
            }
            other => self.condition(other, false).map(|expr| (place_of(other), expr)).into_iter().collect(),
        }
    }
}

/// Where a search stands; a list, which has no place of its own, is where it is asked for.
fn span_of(search: &Search, asked: Span) -> Span {
    match search {
        Search::Field(found) => found.span,
        Search::All(parts) | Search::Any(parts) => {
            let spans = || parts.iter().map(|part| span_of(part, asked));
            spans().next().zip(spans().next_back()).map_or(asked, |(first, last)| first.to(last))
        }
    }
}

fn place_of(condition: &Condition) -> Span {
    match condition {
        Condition::Selection(_, span) | Condition::AllOf(_, span) | Condition::OneOf(_, span) => *span,
        Condition::Not(inner) => place_of(inner),
        Condition::And(parts) | Condition::Or(parts) => match (parts.first(), parts.last()) {
            (Some(first), Some(last)) => place_of(first).to(place_of(last)),
            _ => Span::at(0),
        },
    }
}
