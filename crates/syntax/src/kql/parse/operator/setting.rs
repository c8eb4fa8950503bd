//! Settings before an operator's own text: `kind=inner`, `hint.strategy=shuffle`; and `with (name=value, …)`.

use crate::kql::messages;
use crate::kql::parse::Parser;
use crate::kql::token::{Kind, Sign};
use crate::kql::tree::{Expr, Name, Property, Setting};

/// A setting that an operator has, and its values; none: any.
pub(super) type Known = (&'static str, &'static [&'static str]);

/// What follows `hint.`; the values are left to the engine that takes them.
const HINTS: &[&str] = &[
    "hint.concurrency",
    "hint.distribution",
    "hint.materialized",
    "hint.num_partitions",
    "hint.pass_filters",
    "hint.pass_filters_column",
    "hint.progressive_top",
    "hint.remote",
    "hint.shufflekey",
    "hint.spread",
    "hint.strategy",
];

impl Parser<'_> {
    /// The settings that stand here; hints go to the operator itself.
    pub(super) fn settings(&mut self, known: &[Known]) -> Vec<Setting> {
        let mut found = Vec::new();
        while let Some(length) = self.setting_length() {
            let span = self.span().to(self.span_at(length - 1));
            let text = self.source.slice(span).to_string();
            let is_hint = length > 1;
            let values = known.iter().find(|(name, _)| *name == text).map(|(_, values)| *values);
            if !is_hint && values.is_none() {
                return found;
            }
            if is_hint && !HINTS.contains(&text.as_str()) {
                self.report(messages::unknown_setting(span, &text, "hint", HINTS));
            }
            self.at += length + 1;
            let Some(value) = self.setting_value() else {
                return found;
            };
            if let Some(values) = values.filter(|values| !values.is_empty() && !values.contains(&value.text.as_str())) {
                self.report(messages::unknown_value(value.span, &text, &value.text, values));
            }
            let setting = Setting { name: Name { text, span }, value };
            if is_hint { self.hints.push(setting) } else { found.push(setting) }
        }
        found
    }

    /// As `settings`, where nothing else could stand before a `=`.
    pub(super) fn only_settings(&mut self, operator: &str, known: &[Known]) -> Vec<Setting> {
        let mut found = Vec::new();
        loop {
            found.extend(self.settings(known));
            if self.setting_length() != Some(1) {
                return found;
            }
            let names: Vec<&'static str> = known.iter().map(|(name, _)| *name).collect();
            let diagnostic = messages::unknown_setting(self.span(), self.word(), operator, &names);
            self.report(diagnostic);
            self.at += 2;
            self.setting_value();
        }
    }

    /// How many tokens the setting's name has where a `=` follows it: a name, or names with dots.
    fn setting_length(&self) -> Option<usize> {
        let mut length = 1;
        if self.word() == "hint" {
            while self.is_at(length, Sign::Dot) && *self.kind_at(length + 1) == Kind::Name {
                length += 2;
            }
        }
        (*self.kind() == Kind::Name && self.is_at(length, Sign::Assign)).then_some(length)
    }

    /// A word, a number or a text.
    fn setting_value(&mut self) -> Option<Name> {
        if let Some(name) = self.try_name() {
            return Some(name);
        }
        match self.kind() {
            Kind::Text(_) => {
                let start = self.span();
                let text = self.texts();
                let span = start.to(self.last_span());
                self.check_name(&text, span);
                Some(Name { text, span })
            }
            Kind::Long(_) | Kind::Real(_) | Kind::Timespan(_) | Kind::Typed { .. } => {
                let span = self.bump();
                Some(Name { text: self.source.slice(span).to_string(), span })
            }
            _ => {
                self.missing("a value");
                None
            }
        }
    }

    /// `(name = value, …)`.
    pub(in crate::kql::parse) fn properties(&mut self) -> Vec<Property> {
        self.expect(Sign::OpenParen, "'('");
        let found = self.property_list();
        self.expect(Sign::CloseParen, "')'");
        found
    }

    /// `name = value, …`. A value without a name is one more of the property before it: `ycolumns = a, b`.
    pub(super) fn property_list(&mut self) -> Vec<Property> {
        let mut found: Vec<Property> = Vec::new();
        while self.name_length() > 0 || !found.is_empty() && !self.is(Sign::CloseParen) {
            let before = self.at;
            let length = self.name_length();
            let name = if length > 0 && self.is_at(length, Sign::Assign) {
                let name = self.try_name();
                self.bump();
                name
            } else {
                found.last().map(|property| property.name.clone())
            };
            let Some(name) = name else {
                self.expected("'name = value'");
                return found;
            };
            let value = self.expression();
            found.push(Property { name, value });
            // Older queries leave the comma out.
            let goes_on =
                self.eat(Sign::Comma) || self.name_length() > 0 && self.is_at(self.name_length(), Sign::Assign);
            if !goes_on || self.at == before {
                return found;
            }
        }
        found
    }

    /// A column, with the members of a path behind it.
    pub(super) fn column(&mut self) -> Expr {
        let start = self.span();
        match self.name("a column name") {
            Some(name) => {
                let span = name.span;
                self.steps(Expr { kind: crate::kql::tree::ExprKind::Name(name.text), span })
            }
            None => Expr::missing(start),
        }
    }
}
