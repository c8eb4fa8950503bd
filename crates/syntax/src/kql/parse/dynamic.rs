//! `dynamic(...)` literals: JSON that also takes single quotes and typed literals.

use super::Parser;
use crate::kql::token::{Kind, Sign};
use crate::kql::tree::{Expr, ExprKind, Json, Literal};
use crate::span::Span;

impl Parser<'_> {
    /// From the parenthesis after `dynamic`.
    pub(super) fn dynamic(&mut self, start: Span) -> Expr {
        self.bump();
        let json = if self.is(Sign::CloseParen) { None } else { self.nested(Self::json).flatten() };
        self.expect(Sign::CloseParen, "')'");
        let json = json.unwrap_or(Json::Value(Literal::Null));
        Expr { kind: ExprKind::Dynamic(json), span: start.to(self.last_span()) }
    }

    fn json(&mut self) -> Option<Json> {
        let negative = self.eat(Sign::Minus);
        let value = match self.kind().clone() {
            Kind::Text(_) if !negative => return Some(Json::Value(Literal::Text(self.texts()))),
            Kind::Sign(Sign::OpenBracket) if !negative => return self.array(),
            Kind::Sign(Sign::OpenBrace) if !negative => return self.object(),
            Kind::Long(value) => Literal::Long(if negative { value.wrapping_neg() } else { value }),
            Kind::Beyond if negative => Literal::Long(i64::MIN),
            Kind::Real(value) => Literal::Real(if negative { -value } else { value }),
            Kind::Timespan(ticks) => Literal::Timespan(if negative { -ticks } else { ticks }),
            Kind::Typed { word, raw } if negative && !raw.starts_with('-') => {
                Literal::Typed { word, raw: format!("-{raw}") }
            }
            Kind::Typed { word, raw } if !negative => Literal::Typed { word, raw },
            Kind::Name if !negative => match self.word() {
                "true" => Literal::Bool(true),
                "false" => Literal::Bool(false),
                "null" => Literal::Null,
                "dynamic" if self.is_at(1, Sign::OpenParen) => {
                    self.bump();
                    self.bump();
                    let inner = self.nested(Self::json).flatten();
                    self.expect(Sign::CloseParen, "')'");
                    return inner;
                }
                _ => {
                    self.missing("a literal");
                    return None;
                }
            },
            _ => {
                self.missing("a literal");
                return None;
            }
        };
        self.bump();
        Some(Json::Value(value))
    }

    fn array(&mut self) -> Option<Json> {
        self.bump();
        let mut items = Vec::new();
        while items.is_empty() && !self.is(Sign::CloseBracket) || self.eat(Sign::Comma) {
            items.push(self.nested(Self::json).flatten()?);
        }
        self.expect(Sign::CloseBracket, "']'");
        Some(Json::Array(items))
    }

    fn object(&mut self) -> Option<Json> {
        self.bump();
        let mut members = Vec::new();
        while members.is_empty() && !self.is(Sign::CloseBrace) || self.eat(Sign::Comma) {
            let key = match self.kind() {
                Kind::Text(_) => self.texts(),
                _ => {
                    self.missing("a property name in quotes");
                    return None;
                }
            };
            self.expect(Sign::Colon, "':'");
            members.push((key, self.nested(Self::json).flatten()?));
        }
        self.expect(Sign::CloseBrace, "'}'");
        Some(Json::Object(members))
    }
}
