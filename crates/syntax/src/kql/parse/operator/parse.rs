//! `parse`, `parse-where` and `parse-kv`: a text and the pattern that takes it apart.

use super::setting::Known;
use crate::kql::messages;
use crate::kql::parse::Parser;
use crate::kql::token::{Kind, Sign};
use crate::kql::tree::{OperatorKind, ParseKv, ParsePart, ParsePattern};

const SETTINGS: &[Known] = &[("kind", &["simple", "regex", "relaxed"]), ("flags", &[])];

impl Parser<'_> {
    pub(super) fn parse_operator(&mut self, filters: bool) -> OperatorKind {
        let (mut kind, mut flags) = (None, None);
        for setting in self.settings(SETTINGS) {
            match setting.name.text.as_str() {
                "kind" => kind = Some(setting.value),
                _ => flags = Some(setting.value),
            }
        }
        let text = self.expression();
        self.expect_word("with");
        let mut parts = Vec::new();
        loop {
            match self.kind() {
                Kind::Text(_) => parts.push(ParsePart::Text(self.texts())),
                Kind::Sign(Sign::Star) => {
                    self.bump();
                    parts.push(ParsePart::Skip);
                }
                _ => match self.try_name() {
                    Some(name) => {
                        match parts.last() {
                            Some(ParsePart::Skip) => self.report(messages::text_behind_star(name.span)),
                            Some(ParsePart::Column(..)) => self.report(messages::text_before_column(name.span)),
                            Some(ParsePart::Text(_)) | None => {}
                        }
                        let of = if self.eat(Sign::Colon) { self.name("a type") } else { None };
                        parts.push(ParsePart::Column(name, of));
                    }
                    None => break,
                },
            }
        }
        if parts.is_empty() {
            self.missing("a pattern of strings, '*' and column names");
        }
        OperatorKind::Parse(ParsePattern { text, parts, kind, flags, filters })
    }

    pub(super) fn parse_kv(&mut self) -> OperatorKind {
        let text = self.expression();
        self.expect_word("as");
        let keys = self.parenthesized(Self::typed_name);
        let properties = if self.eat_word("with") { self.properties() } else { Vec::new() };
        OperatorKind::ParseKv(ParseKv { text, keys, properties })
    }
}
