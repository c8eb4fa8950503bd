//! Statements: SELECT with its items, FROM with its table or inner query, and the clauses after them.

use super::{Parser, is_reserved};
use crate::aql::messages;
use crate::aql::token::Kind;
use crate::aql::tree::{Expr, From, Item, Name, Select};
use crate::nearest::nearest;

/// What other languages begin a statement with that changes something.
const WRITES: [&str; 6] = ["INSERT", "UPDATE", "DELETE", "DROP", "CREATE", "ALTER"];

impl Parser<'_> {
    pub(super) fn query(&mut self) -> Vec<Select> {
        let mut selects = Vec::new();
        loop {
            if self.is_word("WITH") {
                let message = messages::not_aql(self.span(), "WITH");
                self.give_up(message);
                return selects;
            }
            let writes = self.upper_word().and_then(|word| WRITES.into_iter().find(|known| *known == word));
            if let Some(word) = writes {
                let message = messages::not_aql(self.span(), word);
                self.give_up(message);
                return selects;
            }
            selects.push(self.select());
            let goes_on = self.eat_symbol(";") && !self.is_at_end();
            if !goes_on {
                break;
            }
            if selects.len() >= super::MAX_STATEMENTS {
                let message = messages::many_statements(self.span());
                self.give_up(message);
            }
        }
        if !self.is_at_end() {
            let message = messages::unexpected(self.span(), &self.found());
            self.report(message);
        }
        selects
    }

    pub(super) fn select(&mut self) -> Select {
        let start = self.span();
        let mut select = Select::default();
        self.keyword("SELECT");
        if self.is_word("DISTINCT") {
            select.distinct = Some(self.span());
            self.bump();
        }
        if self.is_word("TOP") && matches!(self.kind_after(1), Kind::Long(_)) {
            self.report(messages::not_aql(self.span(), "TOP"));
            self.bump();
            self.bump();
        }
        select.items = self.items();
        let mut early = Vec::new();
        self.early_clauses(&mut select, &mut early);
        if self.keyword("FROM") {
            select.from = self.from();
        }
        self.clauses(&mut select, early);
        select.span = start.to(self.span_before());
        select
    }

    /// Steps over a word that has to stand here; a near miss is reported and taken as meant.
    fn keyword(&mut self, wanted: &'static str) -> bool {
        if self.eat_word(wanted) {
            return true;
        }
        if let Kind::Word(word) = self.kind()
            && nearest(word, [wanted]).is_some()
        {
            let message = messages::misspelt(self.span(), word, wanted);
            self.report(message);
            self.bump();
            return true;
        }
        let message = match wanted {
            "FROM" if !matches!(self.kind(), Kind::Quoted(_) | Kind::Text(_)) => messages::missing_from(self.span()),
            _ => messages::expected(self.span(), wanted, &self.found()),
        };
        self.report(message);
        false
    }

    fn items(&mut self) -> Vec<Item> {
        let mut items = Vec::new();
        loop {
            if self.is_symbol("*") {
                items.push(Item::All(self.span()));
                self.bump();
            } else {
                let expr = self.expr();
                let alias = self.alias();
                items.push(Item::Value { expr, alias });
            }
            if !self.eat_symbol(",") {
                return items;
            }
        }
    }

    /// `AS name`, `AS 'name'`, `AS "name"`, or the bare name where nothing else can follow it.
    fn alias(&mut self) -> Option<Name> {
        if self.eat_word("AS") {
            let name = match self.kind() {
                Kind::Word(word) | Kind::Quoted(word) | Kind::Text(word) => word.clone(),
                _ => {
                    self.expected("a name");
                    return None;
                }
            };
            return Some(self.name(name));
        }
        let ends = match self.kind_after(1) {
            Kind::Symbol(symbol) => matches!(*symbol, "," | ")"),
            Kind::Word(word) => is_reserved(word),
            Kind::End => true,
            _ => false,
        };
        match self.kind() {
            Kind::Word(word) if ends && !is_reserved(word) => Some(self.name(word.clone())),
            Kind::Quoted(word) | Kind::Text(word) if ends => Some(self.name(word.clone())),
            _ => None,
        }
    }

    pub(super) fn name(&mut self, text: String) -> Name {
        let name = Name { text, span: self.span() };
        self.check_name(&name.text, name.span);
        self.bump();
        name
    }

    fn from(&mut self) -> Option<From> {
        if self.is_symbol("(") {
            self.bump();
            let select = self.nested(Parser::select)?;
            self.expect_symbol(")");
            return Some(From::Select(Box::new(select)));
        }
        match self.kind() {
            Kind::Word(word) if !is_reserved(word) => {
                let name = self.name(word.clone());
                if self.eat_symbol("(") {
                    let what = format!("the saved search of {}()", name.text.to_uppercase());
                    let help = "put the saved search's own query here";
                    self.report(messages::not_supported(name.span, &what, help));
                    self.skip_to_closing();
                }
                Some(From::Table(name))
            }
            Kind::Quoted(word) => Some(From::Table(self.name(word.clone()))),
            _ => {
                self.expected("a table");
                None
            }
        }
    }

    /// Over everything to the parenthesis that closes the one just read.
    pub(super) fn skip_to_closing(&mut self) {
        let mut open = 1_usize;
        while !self.is_at_end() && open > 0 {
            if self.is_symbol("(") {
                open += 1;
            } else if self.is_symbol(")") {
                open -= 1;
            }
            self.bump();
        }
    }

    pub(super) fn expressions(&mut self) -> Vec<Expr> {
        let mut all = vec![self.expr()];
        while self.eat_symbol(",") {
            all.push(self.expr());
        }
        all
    }
}
