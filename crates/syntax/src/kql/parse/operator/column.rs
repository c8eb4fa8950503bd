//! What operators list: assignments, sort keys, and patterns of column names.

use crate::kql::parse::Parser;
use crate::kql::token::{Kind, Sign};
use crate::kql::tree::{Assigned, Name, NameOrder, Pattern, SortKey};

impl Parser<'_> {
    /// `name = value` or a value, divided by commas.
    pub(in crate::kql::parse) fn assignments(&mut self) -> Vec<Assigned> {
        self.list(|parser| Some(parser.assigned()))
    }

    pub(in crate::kql::parse) fn assigned(&mut self) -> Assigned {
        let mut names = self.assigned_names();
        let name = if names.is_empty() { None } else { Some(names.remove(0)) };
        Assigned { name, more_names: names, value: self.expression() }
    }

    /// The names before a `=`, with the `=`; none where a value stands alone.
    pub(super) fn assigned_names(&mut self) -> Vec<Name> {
        let length = self.name_length();
        if length > 0 && self.is_at(length, Sign::Assign) {
            let name = self.try_name();
            self.bump();
            return name.into_iter().collect();
        }
        let start = self.at;
        let mut names = Vec::new();
        if self.eat(Sign::OpenParen) {
            while self.name_length() > 0 {
                names.extend(self.try_name());
                if !self.eat(Sign::Comma) {
                    break;
                }
            }
            if !names.is_empty() && self.eat(Sign::CloseParen) && self.eat(Sign::Assign) {
                return names;
            }
        }
        self.at = start;
        Vec::new()
    }

    pub(super) fn sort_key(&mut self) -> Option<SortKey> {
        let value = self.expression();
        let ascending = self.ascending().unwrap_or(false);
        let nulls_first = if self.eat_word("nulls") {
            let is_first = self.word() == "first";
            if is_first || self.word() == "last" {
                self.bump();
            } else {
                self.expected("'first' or 'last'");
            }
            Some(is_first)
        } else {
            None
        };
        Some(SortKey { value, ascending, nulls_first })
    }

    /// `asc` or `desc`, where one stands here.
    pub(super) fn ascending(&mut self) -> Option<bool> {
        let ascending = match self.word() {
            "asc" => true,
            "desc" => false,
            _ => return None,
        };
        self.bump();
        Some(ascending)
    }

    pub(in crate::kql::parse) fn pattern(&mut self) -> Option<Pattern> {
        let start = self.span();
        if let Some(name) = self.try_name() {
            let tail = self.pattern_tail();
            return Some(Pattern { text: name.text + &tail, span: start.to(self.last_span()) });
        }
        if self.eat(Sign::Star) {
            let tail = self.pattern_tail();
            return Some(Pattern { text: format!("*{tail}"), span: start.to(self.last_span()) });
        }
        self.missing("a column name");
        None
    }

    /// In a pattern a glued `*` is always a wildcard, and digits behind one belong to it.
    fn pattern_tail(&mut self) -> String {
        let mut tail = String::new();
        while self.last_span().end == self.span().start {
            match self.kind() {
                Kind::Sign(Sign::Star) => tail.push('*'),
                Kind::Name | Kind::Long(_) | Kind::Timespan(_) => tail.push_str(self.source.slice(self.span())),
                _ => break,
            }
            self.bump();
        }
        tail
    }

    pub(super) fn reordered(&mut self) -> Option<(Pattern, Option<NameOrder>)> {
        let pattern = self.pattern()?;
        let plain = self.ascending().map(|ascending| NameOrder { ascending, by_numbers: false });
        Some((pattern, plain.or_else(|| self.granny_order())))
    }

    /// `granny-asc`: by the numbers within the names.
    fn granny_order(&mut self) -> Option<NameOrder> {
        if self.word() != "granny" || !self.is_at(1, Sign::Minus) {
            return None;
        }
        self.bump();
        self.bump();
        let order = self.ascending();
        if order.is_none() {
            self.expected("'asc' or 'desc'");
        }
        order.map(|ascending| NameOrder { ascending, by_numbers: true })
    }
}
