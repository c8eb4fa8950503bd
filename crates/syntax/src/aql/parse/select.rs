//! SELECT and its clauses, in whatever order they stand.

use super::{Parser, is_reserved, is_word};
use crate::Span;
use crate::aql::messages;
use crate::aql::token::Kind;
use crate::aql::tree::{Expr, ExprKind, From, Item, Limit, Name, Order, Select};
use crate::nearest::nearest;

/// The clauses after FROM, in the order that QRadar wants.
const CLAUSES: [&str; 10] =
    ["INTO", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "SESSION", "LAST", "START", "PARAMETERS"];

/// SQL's words that begin what AQL does not have, and what that is.
const NOT_AQL: [(&str, &str); 12] = [
    ("JOIN", "JOIN"),
    ("INNER", "JOIN"),
    ("LEFT", "JOIN"),
    ("RIGHT", "JOIN"),
    ("FULL", "JOIN"),
    ("CROSS", "JOIN"),
    ("UNION", "UNION"),
    ("INTERSECT", "INTERSECT"),
    ("EXCEPT", "EXCEPT"),
    ("OFFSET", "OFFSET"),
    ("WINDOW", "OVER"),
    ("QUALIFY", "OVER"),
];

impl Parser<'_> {
    pub(super) fn query(&mut self) -> Vec<Select> {
        let mut selects = Vec::new();
        loop {
            if self.is_word("WITH") {
                let message = messages::not_aql(self.span(), "WITH");
                self.give_up(message);
                return selects;
            }
            selects.push(self.select());
            let goes_on = self.eat_symbol(";") && self.is_word("SELECT");
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
        select.items = self.items();
        if self.keyword("FROM") {
            select.from = self.from();
        }
        self.clauses(&mut select);
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

    fn name(&mut self, text: String) -> Name {
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

    fn clauses(&mut self, select: &mut Select) {
        let mut seen: Vec<usize> = Vec::new();
        while !self.is_at_end() && !self.is_symbol(")") && !self.is_symbol(";") {
            let Some(clause) = CLAUSES.iter().position(|clause| self.is_word(clause)) else {
                self.not_a_clause();
                continue;
            };
            let (name, start) = (CLAUSES[clause], self.span());
            if seen.contains(&clause) {
                self.report(messages::twice(start, name));
            }
            if let Some(later) = seen.iter().find(|seen| **seen > clause) {
                self.report(messages::clause_order(start, name, CLAUSES[*later]));
            }
            seen.push(clause);
            self.clause(name, select);
        }
    }

    fn clause(&mut self, name: &str, select: &mut Select) {
        let start = self.span();
        if !matches!(name, "LAST" | "START") {
            self.bump();
        }
        match name {
            "INTO" => match self.kind() {
                Kind::Word(word) | Kind::Quoted(word) => select.into = Some(self.name(word.clone())),
                _ => self.expected("a name"),
            },
            "WHERE" => select.filter = Some(self.expr()),
            "HAVING" => select.having = Some(self.expr()),
            "GROUP" => {
                self.expect_word("BY");
                select.group = self.expressions();
            }
            "ORDER" => {
                self.expect_word("BY");
                select.order = self.order();
            }
            "LIMIT" => select.limit = self.limit(start),
            "LAST" | "START" => {
                let range = self.time_range();
                match (&select.range, range) {
                    (Some(_), Some(second)) => self.report(messages::range_twice(second.span())),
                    (None, range) => select.range = range,
                    _ => {}
                }
            }
            "SESSION" => {
                let help = "transactional queries follow sessions across events: group with GROUP BY instead";
                self.report(messages::not_supported(start, "SESSION BY", help));
                self.skip_to_clause();
            }
            // PARAMETERS tune QRadar's own servers; they change no answer.
            _ => self.skip_to_clause(),
        }
    }

    fn not_a_clause(&mut self) {
        let (span, found) = (self.span(), self.found());
        let word = self.upper_word();
        let refused = word.as_deref().and_then(|word| NOT_AQL.iter().find(|(known, _)| *known == word));
        if let Some((_, what)) = refused {
            self.report(messages::not_aql(span, what));
            self.skip_to_clause();
            return;
        }
        let near = word.as_deref().and_then(|word| nearest(word, CLAUSES));
        if let (Some(near), Some(word)) = (near, &word) {
            self.report(messages::misspelt(span, word, near));
            // Read on as if the word had been written right, if there is reading on: the end stays the end.
            if !self.has_given_up
                && let Some(token) = self.tokens.get_mut(self.at)
            {
                token.kind = Kind::Word(near.to_string());
            }
            return;
        }
        if word.is_some() && self.at > 0 && self.is_after_table() {
            let alias = self.source.slice(span).to_string();
            self.report(messages::table_alias(span, &alias));
            self.bump();
            return;
        }
        self.report(messages::unexpected(span, &found));
        self.bump();
        self.skip_to_clause();
    }

    fn is_after_table(&self) -> bool {
        let before = |count: usize| self.at.checked_sub(count).and_then(|at| self.tokens.get(at));
        let is = |count: usize, word: &str| before(count).is_some_and(|token| is_word(&token.kind, word));
        is(2, "FROM") || (is(1, "AS") && is(3, "FROM"))
    }

    /// To the next clause of this SELECT, over whatever stands between.
    fn skip_to_clause(&mut self) {
        let mut open = 0_usize;
        while !self.is_at_end() {
            if self.is_symbol("(") {
                open += 1;
            } else if self.is_symbol(")") {
                let Some(less) = open.checked_sub(1) else { return };
                open = less;
            } else if open == 0 && (self.is_symbol(";") || CLAUSES.iter().any(|clause| self.is_word(clause))) {
                return;
            }
            self.bump();
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

    fn order(&mut self) -> Vec<Order> {
        let mut all = Vec::new();
        loop {
            let expr = self.expr();
            let mut order = Order { expr, descending: false, collate: None };
            loop {
                if self.eat_word("DESC") {
                    order.descending = true;
                } else if self.is_word("COLLATE") {
                    let start = self.span();
                    self.bump();
                    if matches!(self.kind(), Kind::Text(_)) {
                        self.bump();
                    }
                    order.collate = Some(start.to(self.span_before()));
                } else if !self.eat_word("ASC") {
                    break;
                }
            }
            if order.expr.kind != ExprKind::Missing {
                all.push(order);
            }
            if !self.eat_symbol(",") {
                return all;
            }
        }
    }

    fn limit(&mut self, start: Span) -> Option<Limit> {
        match self.kind() {
            Kind::Long(rows) if *rows >= 0 => {
                let rows = rows.unsigned_abs();
                self.bump();
                Some(Limit { rows, span: start.to(self.span_before()) })
            }
            _ => {
                self.expected("a number of rows");
                None
            }
        }
    }
}
