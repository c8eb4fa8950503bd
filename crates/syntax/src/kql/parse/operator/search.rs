//! `search` and `find`: a term in the columns of many tables.

use super::setting::Known;
use crate::kql::parse::Parser;
use crate::kql::token::Sign;
use crate::kql::tree::{Expr, Find, FindColumn, FindOutput, Search};

const SEARCH_SETTINGS: &[Known] = &[("kind", &["default", "case_insensitive", "case_sensitive"])];
const FIND_SETTINGS: &[Known] = &[("withsource", &[]), ("with_source", &[])];

impl Parser<'_> {
    pub(in crate::kql::parse) fn search(&mut self) -> Search {
        let mut settings = self.settings(SEARCH_SETTINGS);
        let tables = self.searched_tables();
        settings.extend(self.settings(SEARCH_SETTINGS));
        let case_sensitive = settings.iter().any(|setting| setting.value.text == "case_sensitive");
        Search { tables, condition: self.term_condition(), case_sensitive }
    }

    pub(in crate::kql::parse) fn find(&mut self) -> Find {
        let mut settings = self.settings(FIND_SETTINGS);
        let tables = self.searched_tables();
        settings.extend(self.settings(FIND_SETTINGS));
        self.eat_word("where");
        let condition = self.term_condition();
        let with_source = settings.pop().map(|setting| setting.value);
        Find { with_source, tables, condition, output: self.find_output() }
    }

    /// `in (tables)`.
    fn searched_tables(&mut self) -> Vec<Expr> {
        if self.word() != "in" || !self.is_at(1, Sign::OpenParen) {
            return Vec::new();
        }
        self.bump();
        self.parenthesized(Self::table_name)
    }

    fn term_condition(&mut self) -> Expr {
        let outer = std::mem::replace(&mut self.takes_terms, true);
        let condition = self.expression();
        self.takes_terms = outer;
        condition
    }

    fn find_output(&mut self) -> FindOutput {
        if self.word() != "project" {
            return FindOutput::Smart;
        }
        self.bump();
        if self.eat(Sign::Minus) {
            self.expect_word("smart");
            return FindOutput::Smart;
        }
        let mut pack = false;
        let columns = self.list(|parser| {
            if matches!(parser.word(), "pack" | "pack_all") && parser.is_at(1, Sign::OpenParen) {
                pack = true;
                parser.bump();
                parser.bump();
                parser.eat(Sign::Star);
                parser.expect(Sign::CloseParen, "')'");
                return None;
            }
            let name = parser.name("a column name")?;
            let kind = if parser.eat(Sign::Colon) { parser.name("a type") } else { None };
            Some(FindColumn { name, kind })
        });
        FindOutput::Columns { columns, pack }
    }
}
