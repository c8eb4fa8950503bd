//! `parse` and `parse-where`: a text and the pattern that takes it apart.

use crate::kql::parse::Parser;
use crate::kql::token::{Kind, Sign};
use crate::kql::tree::{OperatorKind, ParsePart, ParsePattern};

impl Parser<'_> {
    pub(super) fn parse_operator(&mut self, filters: bool) -> OperatorKind {
        let (mut kind, mut flags) = (None, None);
        for (name, value) in self.parameters() {
            match name.as_str() {
                "kind" => kind = Some(value),
                "flags" => flags = Some(value),
                _ => {}
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
                        let of = if self.eat(Sign::Colon) { self.name("a type") } else { None };
                        parts.push(ParsePart::Column(name, of));
                    }
                    None => break,
                },
            }
        }
        if parts.is_empty() {
            self.expected("a pattern of strings, '*' and column names");
        }
        OperatorKind::Parse(ParsePattern { text, parts, kind, flags, filters })
    }
}
