//! TEXT SEARCH: words looked for in the whole event, as its payload spells it. Case does not count, and a word stands
//! whole: between characters that are neither letters nor digits.

use datafusion_expr::{Expr as Plan, lit, not};
use functions::predicate::{Match, Shape};
use functions::regular;
use syntax::aql::search_text::{self, Part, Search};
use syntax::aql::tree::{Expr, ExprKind};

use super::scope::Place;
use super::{Binder, messages};
use crate::chain;
use crate::relation::field;

/// The field that is searched.
pub(super) const PAYLOAD: &str = "payload";

/// What stands between two words of a phrase, and around a word.
const BETWEEN: &str = r"[^\p{L}\p{N}]+";
const BEFORE: &str = r"(?:^|[^\p{L}\p{N}])";
const AFTER: &str = r"(?:$|[^\p{L}\p{N}])";

impl Binder<'_> {
    pub(super) fn text_search(&mut self, text: &Expr, place: Place<'_, '_>) -> Option<Plan> {
        let ExprKind::Text(wanted) = &text.kind else {
            return self.fail(messages::needs_literal(text.span, "what TEXT SEARCH looks for"));
        };
        let Some(payload) = place.scope.field(PAYLOAD).filter(|payload| !payload.is_raw) else {
            if place.scope.field("sourcepayload").is_some_and(|payload| !payload.is_raw) {
                self.report(messages::flows_without_payload(text.span));
                return Some(lit(false));
            }
            return self.fail(messages::unknown_field(text.span, PAYLOAD, place.scope.names()));
        };
        let payload = field(&payload.column);
        match search_text::parse(wanted) {
            Ok(read) => {
                if read.is_side_by_side {
                    self.report(messages::words_side_by_side(text.span));
                }
                self.found(&read.search, &payload, text)
            }
            Err(why) => self.fail(messages::bad_search(text.span, why)),
        }
    }

    fn found(&mut self, search: &Search, payload: &Plan, at: &Expr) -> Option<Plan> {
        let mut each = |all: &[Search]| -> Option<Vec<Plan>> {
            all.iter().map(|search| self.found(search, payload, at)).collect()
        };
        match search {
            Search::All(all) => each(all).map(chain::and),
            Search::Any(all) => each(all).map(chain::or),
            Search::Not(inner) => self.found(inner, payload, at).map(not),
            Search::Phrase(phrase) => {
                let words: Vec<&str> = phrase.split_whitespace().collect();
                match words.as_slice() {
                    [word] => Some(whole(payload, word)),
                    words => {
                        let words: Vec<String> = words.iter().map(|word| regular::escape(word)).collect();
                        self.pattern(&words.join(BETWEEN), payload, at)
                    }
                }
            }
            Search::Word(parts) => match parts.as_slice() {
                [Part::Text(word)] => Some(whole(payload, word)),
                [Part::Text(start), Part::AnyRun] if has_term(start) => {
                    Some(Match::rule(Shape::HasPrefix).literal(payload.clone(), [start.as_str()]))
                }
                parts => {
                    let spelt = parts.iter().map(|part| match part {
                        Part::Text(text) => regular::escape(text),
                        Part::AnyRun => r"\S*".to_string(),
                        Part::AnyOne => r"\S".to_string(),
                    });
                    self.pattern(&spelt.collect::<String>(), payload, at)
                }
            },
        }
    }

    fn pattern(&mut self, inner: &str, payload: &Plan, at: &Expr) -> Option<Plan> {
        let pattern = format!("{BEFORE}{inner}{AFTER}");
        if let Err(why) = self.regexes.admit(&pattern, false) {
            return self.fail(messages::bad_regex(at.span, &why));
        }
        Some(Match::rule(Shape::Regex).literal(payload.clone(), [pattern]))
    }
}

fn whole(payload: &Plan, word: &str) -> Plan {
    let shape = if has_term(word) { Shape::Has } else { Shape::Contains };
    Match::rule(shape).literal(payload.clone(), [word])
}

fn has_term(word: &str) -> bool {
    word.contains(char::is_alphanumeric)
}
