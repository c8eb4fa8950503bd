//! The clauses that follow FROM. QRadar wants them in one order; any order is read, and what it would refuse is said.

use super::{Parser, is_word};
use crate::Span;
use crate::aql::messages;
use crate::aql::token::Kind;
use crate::aql::tree::{ExprKind, Limit, Name, Order, Select};
use crate::nearest::nearest;

/// The clauses after FROM, in the order that QRadar wants; STOP belongs to START.
const CLAUSES: [&str; 10] =
    ["INTO", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "SESSION", "LAST", "START", "PARAMETERS"];

/// Every clause, by its first word.
pub fn clauses() -> impl Iterator<Item = &'static str> {
    ["SELECT", "DISTINCT", "AS", "FROM", "STOP"].into_iter().chain(CLAUSES)
}

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
    /// `SELECT a INTO b FROM events`: clauses that stand before FROM are read as if they stood behind it.
    pub(super) fn early_clauses(&mut self, select: &mut Select, seen: &mut Vec<usize>) {
        while self.is_from_ahead()
            && let Some(clause) = self.clause_here()
        {
            let name = CLAUSES[clause];
            let is_stop = self.is_word("STOP");
            self.report(messages::before_from(self.span(), if is_stop { "STOP" } else { shown(name) }));
            seen.push(clause);
            self.clause(name, select);
        }
    }

    pub(super) fn clauses(&mut self, select: &mut Select, mut seen: Vec<usize>) {
        let early = seen.len();
        while !self.is_at_end() && !self.is_symbol(")") && !self.is_symbol(";") {
            let Some(clause) = self.clause_here() else {
                self.not_a_clause();
                continue;
            };
            let (name, start) = (CLAUSES[clause], self.span());
            if seen.contains(&clause) {
                self.report(messages::twice(start, shown(name)));
            }
            if let Some(later) = seen.iter().skip(early).find(|seen| **seen > clause) {
                self.report(messages::clause_order(start, shown(name), shown(CLAUSES[*later])));
            }
            seen.push(clause);
            self.clause(name, select);
        }
    }

    fn clause_here(&self) -> Option<usize> {
        let known = CLAUSES.iter().position(|clause| self.is_word(clause));
        known.or_else(|| CLAUSES.iter().position(|clause| self.is_word("STOP") && *clause == "START"))
    }

    /// Whether this SELECT still has its FROM to come.
    fn is_from_ahead(&self) -> bool {
        let mut open = 0_usize;
        for token in self.tokens.iter().skip(self.at) {
            match &token.kind {
                Kind::Symbol("(") => open += 1,
                Kind::Symbol(")") if open > 0 => open -= 1,
                Kind::Symbol(")" | ";") | Kind::End => return false,
                kind if open == 0 && is_word(kind, "FROM") => return true,
                _ => {}
            }
        }
        false
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
            "SESSION" => self.session(start),
            _ => self.parameters(),
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
        if self.is_word("COLLATE") {
            self.bump();
            if matches!(self.kind(), Kind::Text(_)) {
                self.bump();
            }
            self.report(messages::misplaced_collate(span.to(self.span_before())));
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
            self.eat_word("AS");
            let alias = self.source.slice(self.span()).to_string();
            self.report(messages::table_alias(self.span(), &alias));
            self.bump();
            return;
        }
        self.report(messages::unexpected(span, &found));
        self.bump();
        self.skip_to_clause();
    }

    fn is_after_table(&self) -> bool {
        let before = |count: usize| self.at.checked_sub(count).and_then(|at| self.tokens.get(at));
        before(2).is_some_and(|token| is_word(&token.kind, "FROM"))
    }

    /// To the next clause of this SELECT, over whatever stands between.
    pub(super) fn skip_to_clause(&mut self) {
        let mut open = 0_usize;
        while !self.is_at_end() {
            if self.is_symbol("(") {
                open += 1;
            } else if self.is_symbol(")") {
                let Some(less) = open.checked_sub(1) else { return };
                open = less;
            } else if open == 0 && (self.is_symbol(";") || self.clause_here().is_some()) {
                return;
            }
            self.bump();
        }
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
                    order.collate = self.collation();
                } else if self.is_word("NULLS") {
                    let is_first = super::is_word(self.kind_after(1), "FIRST");
                    self.report(messages::not_aql(self.span(), if is_first { "NULLS FIRST" } else { "NULLS LAST" }));
                    self.bump();
                    self.bump();
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

    /// `COLLATE 'de'`: the language whose order is wanted.
    fn collation(&mut self) -> Option<Name> {
        let start = self.span();
        self.bump();
        match self.kind() {
            Kind::Text(language) => {
                let text = language.clone();
                self.bump();
                Some(Name { text, span: start.to(self.span_before()) })
            }
            _ => {
                self.expected("a language such as 'de'");
                None
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

/// A clause as it is written.
fn shown(clause: &str) -> &str {
    match clause {
        "GROUP" => "GROUP BY",
        "ORDER" => "ORDER BY",
        "SESSION" => "SESSION BY",
        other => other,
    }
}
